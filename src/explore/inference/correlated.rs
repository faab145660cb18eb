//! Gaussians of any number of dimensions D whose dimensions may be correlated.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;

use super::sampling::{Diagonal, double};
use crate::random::standard_normal;

/// N(mean, L Lᵀ), the rows of L up to its diagonal.
#[derive(Clone, Debug)]
pub struct Gaussian {
    pub mean: Vec<f64>,
    pub factor: Vec<Vec<f64>>,
}

impl Gaussian {
    pub fn diagonal(q: Diagonal) -> Self {
        let row = |(d, &sigma): (usize, &f64)| (0..=d).map(|e| if e == d { sigma } else { 0.0 }).collect();
        Self { mean: q.mu.to_vec(), factor: q.sigma.iter().enumerate().map(row).collect() }
    }

    /// Of a covariance, its rows up to the diagonal, by Cholesky's factor.
    pub fn of(mean: Vec<f64>, covariance: &[Vec<f64>]) -> Self {
        let mut factor: Vec<Vec<f64>> = Vec::with_capacity(mean.len());
        for (d, covariances) in covariance.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(d + 1);
            for (e, covariance) in covariances.iter().enumerate() {
                let known: f64 = row.iter().zip(factor.get(e).unwrap_or(&row)).map(|(a, b)| a * b).sum();
                row.push(if e == d { (covariance - known).sqrt() } else { (covariance - known) / factor[e][e] });
            }
            factor.push(row);
        }
        Self { mean, factor }
    }

    /// The same about another mean, and so many times as wide.
    pub fn about(&self, mean: &[f64], times: f64) -> Self {
        let factor = self.factor.iter().map(|row| row.iter().map(|l| times * l).collect()).collect();
        Self { mean: mean.to_vec(), factor }
    }

    pub fn log_density(&self, z: &[f64]) -> f64 {
        let mut white = Vec::with_capacity(z.len());
        let mut log = 0.0;
        for ((z, mean), row) in z.iter().zip(&self.mean).zip(&self.factor) {
            let across: f64 = row.iter().zip(&white).map(|(l, w)| l * w).sum();
            let scale = row[white.len()];
            let w = (z - mean - across) / scale;
            log -= 0.5 * (w * w + TAU.ln()) + scale.ln();
            white.push(w);
        }
        log
    }

    /// mean + keep (z − mean) + step L ε from each of some codes z.
    pub fn moved(&self, codes: &[f32], keep: f64, step: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let eps = double(&standard_normal(rng, codes.len()));
        let mut moved = Vec::with_capacity(codes.len());
        for (z, eps) in codes.chunks_exact(self.mean.len()).zip(eps.chunks_exact(self.mean.len())) {
            for ((z, mean), row) in z.iter().zip(&self.mean).zip(&self.factor) {
                let across: f64 = row.iter().zip(eps).map(|(l, e)| l * e).sum();
                moved.push((mean + keep * (f64::from(*z) - mean) + step * across) as f32);
            }
        }
        moved
    }
}
