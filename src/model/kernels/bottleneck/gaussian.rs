//! z = μ + σ·ε, and the KL from N(0, I) in closed form (Kingma and Welling 2014, appendix B).

use super::{Heads, Weights};
use crate::model::kernels::{Sums, math};

pub fn forward(heads: &Heads, z: &mut [f32]) -> Sums {
    let (n, latent) = (heads.images, heads.latent);
    let (mut mean, mut variance) = (0.0, 0.0);
    for d in 0..latent {
        let row = d * n..(d + 1) * n;
        let (mu, logvar, z) = (&heads.mu[row.clone()], &heads.logvar[row.clone()], &mut z[row]);
        for i in 0..n {
            z[i] = mu[i] + math::exp(0.5 * logvar[i]) * heads.noise[i * latent + d];
            mean += 0.5 * mu[i] * mu[i];
            variance += 0.5 * (math::exp(logvar[i]) - 1.0 - logvar[i]);
        }
    }
    Sums { kl_mean: f64::from(mean), kl_variance: f64::from(variance), ..Sums::default() }
}

pub fn backward(heads: &Heads, weights: Weights, dz: &[f32], dmu: &mut [f32], dlogvar: &mut [f32]) {
    let n = heads.images;
    for d in 0..heads.latent {
        for i in 0..n {
            let at = d * n + i;
            let (sigma, noise) = (math::exp(0.5 * heads.logvar[at]), heads.noise[i * heads.latent + d]);
            dlogvar[at] = 0.5 * dz[at] * noise * sigma + 0.5 * weights.variance * (math::exp(heads.logvar[at]) - 1.0);
            dmu[at] = dz[at] + weights.mean * heads.mu[at];
        }
    }
}
