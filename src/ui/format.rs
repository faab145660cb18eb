//! How numbers read.

use crate::config::Code;
pub use crate::figure::number::{grouped, short, trimmed as tick};

/// Two numbers of a kind.
pub fn pair([a, b]: [f64; 2]) -> String {
    format!("{}, {}", short(a), short(b))
}

/// A point of the plane.
pub fn code(z: Code) -> String {
    format!("({:+.2}, {:+.2})", z[0], z[1]).replace('-', "−")
}
