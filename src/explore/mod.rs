//! Pure functions of codes and of a frozen model. Knows nothing of threads or screens.

mod fields;
mod frontier;
mod geodesic;
pub mod inference;
pub mod measures;
mod nearest;
mod path;
mod picture;
mod samples;
mod select;
mod sketch;
mod summary;

pub use fields::{Cells, Field, FieldKind, density, field, magnification, vote};
pub use frontier::{along_frontier, killing_betas, unit_variances};
pub use geodesic::geodesic;
pub use nearest::{nearest, neighbour};
pub use path::{Interpolation, Route, Spacing, Way, follow, length, path};
pub use picture::{Picture, decode_grid, decode_strip, grid, stack, tile};
pub use samples::{Gaussian, nearest_image};
pub use select::{contains, nearest_codes, nearest_images};
pub use sketch::{Line, sketch};
pub use summary::{Summary, log_prior};
