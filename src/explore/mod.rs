//! Pure functions of codes and of a frozen model. Knows nothing of threads or screens.

mod encode;
mod fields;
mod figure;
mod frontier;
mod geodesic;
pub mod inference;
mod losses;
pub mod measures;
mod nearest;
mod palette;
mod path;
mod picture;
mod samples;
mod select;
mod sketch;
mod strips;
mod summary;

pub use fields::{Cells, Field, FieldKind, density, field, magnification, vote};
pub use figure::{
    Chart, FigureError, FigureOptions, Panel, Series, Show, Stroke, caption, chart, planes, save_animation, save_figure,
};
pub use frontier::{Trace, along_frontier, frontier_chart, killing_betas, rate_chart, unit_variances};
pub use geodesic::geodesic;
pub use losses::{Quantity, loss_chart};
pub use nearest::{nearest, neighbour};
pub use palette::{CLASSES, Legend, RUNS, tint};
pub use path::{Interpolation, Route, Spacing, Way, follow, length, path};
pub use picture::{Picture, PictureError, decode_grid, decode_strip, grid, stack, tile};
pub use samples::{Gaussian, nearest_image};
pub use select::{contains, nearest_codes, nearest_images};
pub use sketch::{Line, sketch};
pub use strips::{Strip, save_strips};
pub use summary::{Summary, log_prior};
