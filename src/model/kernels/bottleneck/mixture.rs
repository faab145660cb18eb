//! z = μ + σ·ε, and the KL from a mixture of diagonal Gaussians: −H(q) − log p(z), the entropy in closed form and the other part
//! at the z that the decoder sees.

use std::f32::consts::TAU;

use super::{Heads, Weights};
use crate::model::kernels::{Sums, math};

/// p(z) = Σ π_k N(z; m_k, diag s_k²).
pub struct Components {
    latent: usize,
    /// π (K).
    weight: Vec<f32>,
    /// ln π_k − Σ ln s_k − ½ latent ln 2π (K).
    offset: Vec<f32>,
    /// m, 1 / s: (K, latent)
    mean: Vec<f32>,
    inverse: Vec<f32>,
}

impl Components {
    /// logits: (K), before their softmax; mean, log_scale: (K, latent).
    pub fn new(logits: &[f32], mean: &[f32], log_scale: &[f32], latent: usize) -> Self {
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let log_sum = most + logits.iter().map(|l| (l - most).exp()).sum::<f32>().ln();
        let constant = 0.5 * latent as f32 * TAU.ln();
        let scales = log_scale.chunks_exact(latent);
        Self {
            latent,
            weight: logits.iter().map(|l| (l - log_sum).exp()).collect(),
            offset: logits.iter().zip(scales).map(|(l, s)| l - log_sum - s.iter().sum::<f32>() - constant).collect(),
            mean: mean.to_vec(),
            inverse: log_scale.iter().map(|s| (-s).exp()).collect(),
        }
    }

    /// `kept` is ∂(−log p(z))/∂z. `own` gains the gradient in the logits (K), the means and the log scales (K, latent each).
    pub fn forward(&self, heads: &Heads, weights: Weights, z: &mut [f32], kept: &mut [f32], own: &mut [f32]) -> Sums {
        let (n, latent, count) = (heads.images, self.latent, self.weight.len());
        let mut entropy = 0.0;
        for d in 0..latent {
            for i in 0..n {
                let logvar = heads.logvar[d * n + i];
                z[d * n + i] = heads.mu[d * n + i] + math::exp(0.5 * logvar) * heads.noise[i * latent + d];
                entropy += f64::from(0.5 * (1.0 + TAU.ln() + logvar));
            }
        }
        let (mut share, log) = self.shares(z, n);
        let (logits, rest) = own.split_at_mut(count);
        let (means, scales) = rest.split_at_mut(count * latent);
        kept.fill(0.0);
        for (k, share) in share.chunks_exact_mut(n).enumerate() {
            let total: f32 = share.iter().sum();
            logits[k] += weights.mean * (n as f32 * self.weight[k] - total);
            for d in 0..latent {
                let (mean, inverse) = (self.mean[k * latent + d], self.inverse[k * latent + d]);
                let (mut in_mean, mut in_scale) = (0.0, 0.0);
                for i in 0..n {
                    let t = (z[d * n + i] - mean) * inverse;
                    let pull = share[i] * t;
                    kept[d * n + i] += pull * inverse;
                    in_mean += pull;
                    in_scale += pull * t - share[i];
                }
                means[k * latent + d] -= weights.mean * in_mean * inverse;
                scales[k * latent + d] -= weights.mean * in_scale;
            }
        }
        Sums { kl: -entropy - log.iter().map(|&log| f64::from(log)).sum::<f64>(), ..Sums::default() }
    }

    /// What share of p(z) each component has, (K, n), and log p(z) (n). z: (latent, n).
    fn shares(&self, z: &[f32], n: usize) -> (Vec<f32>, Vec<f32>) {
        let latent = self.latent;
        let mut terms = vec![0.0; self.weight.len() * n];
        let mut most = vec![f32::NEG_INFINITY; n];
        for (k, terms) in terms.chunks_exact_mut(n).enumerate() {
            terms.fill(self.offset[k]);
            for d in 0..latent {
                let (mean, inverse) = (self.mean[k * latent + d], self.inverse[k * latent + d]);
                for (term, z) in terms.iter_mut().zip(&z[d * n..(d + 1) * n]) {
                    let t = (z - mean) * inverse;
                    *term -= 0.5 * t * t;
                }
            }
            most.iter_mut().zip(terms).for_each(|(most, term)| *most = most.max(*term));
        }
        let mut sums = vec![0.0; n];
        for terms in terms.chunks_exact_mut(n) {
            for ((term, most), sum) in terms.iter_mut().zip(&most).zip(&mut sums) {
                *term = math::exp(*term - most);
                *sum += *term;
            }
        }
        for terms in terms.chunks_exact_mut(n) {
            terms.iter_mut().zip(&sums).for_each(|(term, sum)| *term /= sum);
        }
        let log = most.iter().zip(&sums).map(|(most, sum)| most + sum.ln()).collect();
        (terms, log)
    }
}

/// The entropy's part of the gradient is −½ in ln σ².
pub fn backward(heads: &Heads, weights: Weights, (dz, kept): (&[f32], &[f32]), dmu: &mut [f32], dlogvar: &mut [f32]) {
    let n = heads.images;
    for d in 0..heads.latent {
        for i in 0..n {
            let at = d * n + i;
            let (sigma, noise) = (math::exp(0.5 * heads.logvar[at]), heads.noise[i * heads.latent + d]);
            dmu[at] = dz[at] + weights.mean * kept[at];
            dlogvar[at] = 0.5 * dmu[at] * noise * sigma - 0.5 * weights.mean;
        }
    }
}
