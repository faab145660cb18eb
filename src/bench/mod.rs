//! What measures how fast the program is, and whether it holds out: the window, without a display.

mod driver;
mod soak;
mod window;

pub use soak::{SoakReport, soak};
pub use window::{WindowReport, measure_window};
