//! What pictures are made of. A painter (of SVG here, of the screen elsewhere) draws marks one after the other, each over those
//! before it, and adds nothing of its own. Lengths are pixels of the figure, which are points of the screen.

use std::sync::Arc;

use super::cloud::Cloud;
use super::frame::Spot;
use super::raster::Raster;
use super::theme::{Paint, Stroke};

/// How far the halo of a text reaches, in pixels.
pub const HALO: f32 = 1.0;

/// Which part of a text is at its spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Its left or upper end.
    Start,
    Middle,
    /// Its right or lower end.
    End,
}

/// One thing to draw.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A line from point to point, and back to the first if it is closed.
    Line { points: Vec<Spot>, closed: bool, stroke: Stroke },
    /// What a closed line surrounds. In planes it is convex; the band about a curve need not be.
    Polygon { points: Vec<Spot>, fill: Paint },
    /// An ellipse along the axes; centre and radii are in units of the plane.
    Ellipse { centre: [f32; 2], radii: [f32; 2], stroke: Stroke },
    /// A disc, a circle or both; the outline is centred on the edge.
    Disc { centre: Spot, radius: f32, fill: Option<Paint>, outline: Option<Stroke> },
    /// A rectangle of a width and height with round corners; the outline is centred on the edge.
    Rect { centre: Spot, size: [f32; 2], rounding: f32, fill: Option<Paint>, outline: Option<Stroke> },
    /// One line of text, `size` high from line to line. Its alignment is across and down, and down it is the capitals that are
    /// aligned (see `text::baseline`). A halo reaches one pixel around the letters.
    Label { at: Spot, align: [Align; 2], size: f32, text: String, paint: Paint, halo: Option<Paint> },
    /// An image between a lower left and an upper right corner; smooth or in visible pixels. A grey one is light on dark, which
    /// a light theme shows as ink on paper (`Theme::grey`).
    Raster { corners: [Spot; 2], image: Arc<Raster>, smooth: bool, opacity: f32 },
    /// Codes as discs in the colours of their classes, all of them together as opaque as it says.
    Points { cloud: Cloud, opacity: f32 },
}

/// The marks of a frame.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Nothing of these is drawn outside of the frame.
    pub inside: Vec<Mark>,
    /// Drawn after those, and wherever they are.
    pub around: Vec<Mark>,
}
