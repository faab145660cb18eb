//! Pictures: what a plane or a plot shows as marks, and marks as SVG, PNG, GIF and animated PNG. Whoever paints the marks (the
//! screen elsewhere, SVG here) shows the same. Pure: bytes come out, no file is written; knows no screen and starts no thread.
//!
//! Data -> [`Plane`] -> [`marks`] -> a painter; curves -> [`Chart`] -> marks likewise.

mod axis;
mod chart;
mod classes;
mod cloud;
mod curves;
mod encode;
mod estimates;
mod frame;
mod framed;
mod frontier;
mod kind;
mod losses;
mod marks;
pub mod overlays;
mod page;
mod palette;
mod planes;
mod raster;
mod render;
mod scale;
mod strips;
mod svg;
mod sweep;
pub mod text;
mod theme;
mod tint;

pub use axis::{Axis, Tick};
pub use chart::{Chart, Marker, Rule, Series};
pub use classes::{ClassShares, class_chart};
pub use cloud::{Cloud, Depth, Emphasis, Extent};
pub use curves::{chart, curve_marks};
pub use estimates::estimate_chart;
pub use frame::{Anchor, Frame, Spot, View};
pub use framed::framed_picture;
pub use frontier::{Tangent, Theory, Trace, frontier_chart};
pub use kind::{
    AnimationKind, FigureError, FigureKind, PictureKind, StripKind, encode_animation, encode_figure, encode_picture,
    encode_raster,
};
pub use losses::{Quantity, loss_chart};
pub use marks::{Align, HALO, Mark, Marks};
pub use overlays::{
    AxisNames, Component, Drawing, FieldLayer, Gaussian, Manifold, Mean, Path, Plane, Rings, TruePosterior, WordsLayer,
    marks,
};
pub use page::{FigureOptions, LegendEntry, class_legend};
pub use palette::{CLASSES, MOST_CLASSES, PLAIN, RUNS, class_color, class_colors, readable_on, run_color};
pub use planes::{Panel, Show, caption, planes, whole_view};
pub use raster::{Channels, Raster};
pub use scale::Scale;
pub use strips::{Strip, encode_strips};
pub use svg::Svg;
pub use sweep::{Spread, frontier_of_means, setting_chart};
pub use theme::{ACCENT, Ink, POSTERIOR, Paint, Stroke, Theme, WARNING};
pub use tint::{Legend, posterior_raster, tint};
