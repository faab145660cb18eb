//! Distances between many vectors at once.
#![allow(unsafe_code, reason = "a product of three slices of one function")]

use super::math;
use super::matrix::{Mat, product};

/// Vectors that the distances of others are taken to.
pub struct DistancesTo<'a> {
    vectors: &'a [f32],
    width: usize,
    norms: Vec<f32>,
}

impl<'a> DistancesTo<'a> {
    /// vectors: (m, width)
    pub fn new(vectors: &'a [f32], width: usize) -> Self {
        Self { vectors, width, norms: norms(vectors, width) }
    }

    /// ‖a − b‖² of every row of a (n, width) from every vector b: (n, m). By ‖a‖² + ‖b‖² − 2 a · b, so that small distances
    /// between long vectors lose digits.
    pub fn squared_from(&self, a: &[f32]) -> Vec<f32> {
        let a_norms = norms(a, self.width);
        let mut distances = vec![0.0; a_norms.len() * self.norms.len()];
        if distances.is_empty() {
            return distances;
        }
        let (target, b) = (Mat::new(&mut distances, self.norms.len()), Mat::read(self.vectors, self.width));
        // SAFETY: three slices of this function.
        unsafe { product(target, Mat::read(a, self.width), b.transposed()) };
        for (row, norm) in distances.chunks_exact_mut(self.norms.len()).zip(a_norms) {
            math::from_products(row, &self.norms, norm);
        }
        distances
    }
}

fn norms(vectors: &[f32], width: usize) -> Vec<f32> {
    vectors.chunks_exact(width).map(|row| row.iter().map(|v| v * v).sum()).collect()
}

/// ‖a − b‖² of every row of a (n, width) from every row of b (m, width): (n, m).
pub fn squared_distances(a: &[f32], b: &[f32], width: usize) -> Vec<f32> {
    DistancesTo::new(b, width).squared_from(a)
}
