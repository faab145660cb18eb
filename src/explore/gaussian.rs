//! Gaussians over the plane: the prior, one fitted to codes, and an encoder's q(z|x).

use std::f64::consts::TAU;

use crate::config::Place;

/// log N(z; 0, I).
pub fn log_prior(z: Place) -> f32 {
    -0.5 * (z[0] * z[0] + z[1] * z[1]) - std::f32::consts::TAU.ln()
}

/// The same in double precision.
pub fn log_prior_f64([x, y]: [f64; 2]) -> f64 {
    -0.5 * (x * x + y * y) - TAU.ln()
}

/// Mean and covariance, (0, 0), (1, 0), (1, 1), of codes; 0 of none.
pub fn moments(codes: &[Place]) -> ([f64; 2], [f64; 3]) {
    let n = codes.len().max(1) as f64;
    let mean = [0, 1].map(|d| codes.iter().map(|z| f64::from(z[d])).sum::<f64>() / n);
    let covariance = |(a, b): (usize, usize)| {
        codes.iter().map(|z| (f64::from(z[a]) - mean[a]) * (f64::from(z[b]) - mean[b])).sum::<f64>() / n
    };
    (mean, [(0, 0), (1, 0), (1, 1)].map(covariance))
}

/// A Gaussian over the plane to draw codes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    pub mean: Place,
    /// Lower triangle of the covariance's Cholesky factor: (0, 0), (1, 0), (1, 1).
    factor: [f32; 3],
}

impl Gaussian {
    /// N(0, I).
    pub const PRIOR: Self = Self { mean: [0.0, 0.0], factor: [1.0, 0.0, 1.0] };

    /// With the mean and the covariance of `codes`.
    pub fn fitted(codes: &[Place]) -> Self {
        let (mean, [xx, yx, yy]) = moments(codes);
        let first = xx.sqrt();
        let across = if first > 0.0 { yx / first } else { 0.0 };
        let second = (yy - across * across).max(0.0).sqrt();
        Self { mean: mean.map(|m| m as f32), factor: [first as f32, across as f32, second as f32] }
    }

    /// The code that a draw from N(0, I) stands for: mean + factor · eps.
    pub fn code(&self, eps: Place) -> Place {
        let [a, b, c] = self.factor;
        [self.mean[0] + a * eps[0], self.mean[1] + b * eps[0] + c * eps[1]]
    }
}

/// N(μ, diag σ²).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiagonalGaussian {
    pub mu: [f64; 2],
    pub sigma: [f64; 2],
}

impl DiagonalGaussian {
    /// q(z|x) as an encoder gives it.
    pub fn of(mu: Place, logvar: Place) -> Self {
        Self { mu: mu.map(f64::from), sigma: logvar.map(|v| (0.5 * f64::from(v)).exp()) }
    }

    /// log q(z).
    pub fn log_density(&self, z: [f64; 2]) -> f64 {
        let of = |d: usize| {
            let t = (z[d] - self.mu[d]) / self.sigma[d];
            -0.5 * t * t - self.sigma[d].ln() - 0.5 * TAU.ln()
        };
        of(0) + of(1)
    }

    /// KL(q ‖ N(0, I)).
    pub fn kl(&self) -> f64 {
        let [means, variances] = self.kl_halves();
        means + variances
    }

    /// Its halves, ½ Σ μ² and ½ Σ (σ² − 1 − ln σ²).
    pub fn kl_halves(&self) -> [f64; 2] {
        let variance = |sigma: f64| 0.5 * (sigma * sigma - 1.0) - sigma.ln();
        [0.5 * self.mu.iter().map(|mu| mu * mu).sum::<f64>(), self.sigma.iter().map(|&sigma| variance(sigma)).sum()]
    }
}
