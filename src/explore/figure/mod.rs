//! Figures for a paper or a slide: the planes of some runs beside each other, or curves, as SVG, PNG, GIF or animated PNG.

mod chart;
mod file;
mod paper;
mod planes;

pub use chart::{Chart, Series, chart};
pub use file::{FigureError, save_animation, save_figure};
pub use planes::{Panel, Show, Stroke, caption, planes};

/// What every figure has.
#[derive(Clone, Debug)]
pub struct FigureOptions {
    /// In pixels.
    pub width: usize,
    pub height: usize,
    /// Light on dark.
    pub dark: bool,
    /// A line of settings at the foot.
    pub caption: String,
}
