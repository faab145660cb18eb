//! Distances between many vectors at once.
#![allow(unsafe_code, reason = "a product of three slices of one function")]

use super::math;
use super::matrix::{Mat, product};

/// ‖a − b‖² of every row of a (n, width) from every row of b (m, width): (n, m). By ‖a‖² + ‖b‖² − 2 a · b, so that small
/// distances between long vectors lose digits.
pub fn squared_distances(a: &[f32], b: &[f32], width: usize) -> Vec<f32> {
    let norms = |values: &[f32]| -> Vec<f32> {
        values.chunks_exact(width).map(|row| row.iter().map(|v| v * v).sum()).collect()
    };
    let (a_norms, b_norms) = (norms(a), norms(b));
    let mut distances = vec![0.0; a_norms.len() * b_norms.len()];
    if distances.is_empty() {
        return distances;
    }
    // SAFETY: three slices of this function.
    unsafe {
        product(Mat::new(&mut distances, b_norms.len()), Mat::read(a, width), Mat::read(b, width).transposed());
    }
    for (row, norm) in distances.chunks_exact_mut(b_norms.len()).zip(a_norms) {
        math::from_products(row, &b_norms, norm);
    }
    distances
}
