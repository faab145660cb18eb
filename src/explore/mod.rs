//! Pure functions of codes and of a frozen model. Knows nothing of threads or screens.

mod fields;
mod nearest;
mod path;
mod picture;
mod samples;
mod select;
mod sketch;
mod summary;

pub use fields::{Cells, Field, FieldKind, density, field, magnification};
pub use nearest::{nearest, neighbour};
pub use path::{Interpolation, path};
pub use picture::{Picture, PictureError, decode_grid, decode_strip, grid, stack, tile};
pub use samples::{Gaussian, nearest_image};
pub use select::{contains, nearest_codes, nearest_images};
pub use sketch::{Line, sketch};
pub use summary::{Summary, log_prior};
