//! The image whose code lies nearest.

use crate::config::Code;

/// The index of the code nearest to `z` and its Euclidean distance; `None` where there are no codes.
pub fn nearest(codes: &[Code], z: Code) -> Option<(usize, f32)> {
    let squared = |c: &Code| (c[0] - z[0]).powi(2) + (c[1] - z[1]).powi(2);
    codes
        .iter()
        .enumerate()
        .map(|(i, code)| (i, squared(code)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(i, squared)| (i, squared.sqrt()))
}
