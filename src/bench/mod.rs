//! What measures how fast the program is: the window, without a display.

mod window;

pub use window::{WindowReport, measure_window};
