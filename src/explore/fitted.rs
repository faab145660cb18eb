//! A Gaussian of any dimension with the mean and the covariance of codes, and codes in its own coordinates.

use crate::model::{Codes, Prior};

/// N(m, L Lᵀ).
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// (latent)
    mean: Vec<f32>,
    /// L, the covariance's Cholesky factor: (latent, latent), 0 above the diagonal.
    factor: Vec<f32>,
}

/// A direction along which codes spread less than this share of the most is none.
const FLAT: f32 = 1e-6;

impl Fitted {
    /// Of codes.
    pub fn new(codes: &Codes) -> Self {
        let (latent, n) = (codes.latent, codes.len().max(1) as f64);
        let column = |d: usize| codes.mu.iter().skip(d).step_by(latent).map(|&z| f64::from(z));
        let mean: Vec<f64> = (0..latent).map(|d| column(d).sum::<f64>() / n).collect();
        let covariance =
            |i: usize, j: usize| column(i).zip(column(j)).map(|(a, b)| (a - mean[i]) * (b - mean[j])).sum::<f64>() / n;
        Self::with(&mean, covariance)
    }

    /// Of a prior: N(0, I) itself, or the Gaussian nearest to a mixture.
    pub fn of_prior(prior: &Prior) -> Self {
        let over = |of: &dyn Fn(&[f64], &[f64]) -> f64| {
            let component = |k: usize| {
                let (mean, scale) = prior.component(k);
                prior.log_weight[k].exp() * of(mean, scale)
            };
            (0..prior.len()).map(component).sum::<f64>()
        };
        let mean: Vec<f64> = (0..prior.latent).map(|d| over(&|m, _| m[d])).collect();
        let covariance = |i: usize, j: usize| {
            over(&|m, s| (m[i] - mean[i]) * (m[j] - mean[j]) + if i == j { s[i] * s[i] } else { 0.0 })
        };
        Self::with(&mean, covariance)
    }

    fn with(mean: &[f64], covariance: impl Fn(usize, usize) -> f64) -> Self {
        let latent = mean.len();
        let mut factor = vec![0.0; latent * latent];
        for i in 0..latent {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| factor[i * latent + k] * factor[j * latent + k]).sum();
                let left = covariance(i, j) - known;
                let pivot = factor[j * latent + j];
                // Codes that leave a direction out have a singular covariance: nothing is drawn along it.
                factor[i * latent + j] = match i == j {
                    true => left.max(0.0).sqrt(),
                    false if pivot > 0.0 => left / pivot,
                    false => 0.0,
                };
            }
        }
        let single = |values: &[f64]| values.iter().map(|&v| v as f32).collect();
        Self { mean: single(mean), factor: single(&factor) }
    }

    fn latent(&self) -> usize {
        self.mean.len()
    }

    /// Whether there is a direction along which nothing is drawn: there are no distances then.
    pub fn is_flat(&self) -> bool {
        let pivots = || self.factor.iter().step_by(self.latent() + 1).copied();
        let most = pivots().fold(0.0, f32::max);
        pivots().any(|pivot| pivot <= FLAT * most)
    }

    /// m + L · eps; eps: (latent).
    pub fn code(&self, eps: &[f32]) -> Vec<f32> {
        self.mean.iter().zip(self.along(eps)).map(|(mean, along)| mean + along).collect()
    }

    /// L · u; u: (latent).
    pub fn along(&self, u: &[f32]) -> Vec<f32> {
        let row = |row: &[f32]| row.iter().zip(u).map(|(f, u)| f * u).sum();
        self.factor.chunks_exact(self.latent()).map(row).collect()
    }

    /// Lᵀ · v; v: (latent).
    pub fn across(&self, v: &[f32]) -> Vec<f32> {
        let latent = self.latent();
        (0..latent).map(|d| v.iter().enumerate().map(|(i, v)| self.factor[i * latent + d] * v).sum()).collect()
    }

    /// L⁻¹ (z − m), whose length is the Mahalanobis distance of z from the mean; z: (latent). Not of a flat one.
    pub fn whitened(&self, z: &[f32]) -> Vec<f32> {
        let mut u: Vec<f64> = Vec::with_capacity(z.len());
        for (i, row) in self.factor.chunks_exact(self.latent()).enumerate() {
            let known: f64 = u.iter().zip(row).map(|(u, &f)| u * f64::from(f)).sum();
            u.push((f64::from(z[i]) - f64::from(self.mean[i]) - known) / f64::from(row[i]));
        }
        u.into_iter().map(|u| u as f32).collect()
    }

    /// The same of many codes: (n, latent).
    pub fn all_whitened(&self, codes: &[f32]) -> Vec<f32> {
        codes.chunks_exact(self.latent()).flat_map(|z| self.whitened(z)).collect()
    }
}
