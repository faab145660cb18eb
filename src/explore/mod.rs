//! Pure functions of codes and of a frozen model. Knows nothing of threads or screens.

mod contours;
pub mod dimensions;
mod draw;
mod exact;
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
mod words;

pub use contours::{Contour, contours, lines, mass_within};
pub use draw::{Source, drawn};
pub use exact::exact_evidence;
pub use fields::{Cells, Field, FieldKind, density, field, grid, magnification, prior_density, vote};
pub use frontier::{Frontier, killing_betas, unit_variances};
pub use gaussian::{Gaussian, log_prior};
pub use geodesic::geodesic;
pub use nearest::{nearest, nearest_codes, nearest_image, nearest_images, neighbour};
pub use path::{Interpolation, length, path};
pub use picture::{Picture, decode_codes, decode_grid, decode_grid_within, decode_strip, decode_tiled, stack, tile};
pub use route::{FollowedRoute, Route, Spacing, Waypoint, follow, resolve};
pub use select::contains;
pub use sketch::{Line, ground_of, sketch};
pub use summary::{Summary, class_counts, frequent};
pub use words::{Weights, Words, cut, cut_to, draw_words, softmax};
