//! Pure functions of codes and of a frozen model. Knows nothing of threads or screens.

pub mod dimensions;
mod fields;
mod frontier;
mod gaussian;
mod geodesic;
pub mod inference;
pub mod measures;
mod nearest;
mod path;
mod picture;
mod route;
mod select;
mod sketch;
mod statistics;
mod summary;

pub use fields::{Cells, Field, FieldKind, density, field, grid, magnification, vote};
pub use frontier::{along_frontier, killing_betas, unit_variances};
pub use gaussian::{Gaussian, log_prior};
pub use geodesic::geodesic;
pub use nearest::{nearest, nearest_codes, nearest_image, nearest_images, neighbour};
pub use path::{Interpolation, length, path};
pub use picture::{Picture, decode_grid, decode_strip, decode_tiled, stack, tile};
pub use route::{FollowedRoute, Route, Spacing, Waypoint, follow, resolve};
pub use select::contains;
pub use sketch::{Line, sketch};
pub use summary::Summary;
