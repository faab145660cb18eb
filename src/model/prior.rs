//! p(z) of a frozen model in double precision: a mixture of diagonal Gaussians, of which N(0, I) is the simplest.

use std::f64::consts::TAU;

use crate::config::Place;

/// Σ π_k N(z; m_k, diag s_k²).
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    pub latent: usize,
    /// ln π (K).
    pub log_weight: Vec<f64>,
    /// m and s: (K, latent).
    pub mean: Vec<f64>,
    pub scale: Vec<f64>,
}

impl Prior {
    /// N(0, I).
    pub fn normal(latent: usize) -> Self {
        Self { latent, log_weight: vec![0.0], mean: vec![0.0; latent], scale: vec![1.0; latent] }
    }

    /// logits: (K), before their softmax; mean, log_scale: (K, latent).
    pub fn mixture(logits: &[f32], mean: &[f32], log_scale: &[f32], latent: usize) -> Self {
        let logits: Vec<f64> = logits.iter().map(|&l| f64::from(l)).collect();
        let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_sum = most + logits.iter().map(|l| (l - most).exp()).sum::<f64>().ln();
        Self {
            latent,
            log_weight: logits.iter().map(|l| l - log_sum).collect(),
            mean: mean.iter().map(|&m| f64::from(m)).collect(),
            scale: log_scale.iter().map(|&s| f64::from(s).exp()).collect(),
        }
    }

    pub fn is_normal(&self) -> bool {
        *self == Self::normal(self.latent)
    }

    /// How many components there are.
    pub fn len(&self) -> usize {
        self.log_weight.len()
    }

    pub fn is_empty(&self) -> bool {
        self.log_weight.is_empty()
    }

    /// Mean and scale of a component: (latent) each.
    pub fn component(&self, k: usize) -> (&[f64], &[f64]) {
        let at = k * self.latent..(k + 1) * self.latent;
        (&self.mean[at.clone()], &self.scale[at])
    }

    /// ln π_k N(z; m_k, diag s_k²) of each component. z: (latent).
    fn terms(&self, z: &[f64]) -> impl Iterator<Item = f64> + Clone {
        (0..self.len()).map(move |k| {
            let (mean, scale) = self.component(k);
            let of = |((z, m), s): ((&f64, &f64), &f64)| -0.5 * ((z - m) / s).powi(2) - s.ln() - 0.5 * TAU.ln();
            self.log_weight[k] + z.iter().zip(mean).zip(scale).map(of).sum::<f64>()
        })
    }

    /// log p(z). z: (latent).
    pub fn log_density(&self, z: &[f64]) -> f64 {
        let terms = self.terms(z);
        let most = terms.clone().fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            return most;
        }
        most + terms.map(|t| (t - most).exp()).sum::<f64>().ln()
    }

    /// log p of a place, where codes have two dimensions.
    pub fn log_density_at(&self, place: Place) -> f64 {
        self.log_density(&place.map(f64::from))
    }

    /// ∇ log p(z). z: (latent).
    pub fn gradient(&self, z: &[f64]) -> Vec<f64> {
        let log = self.log_density(z);
        let mut gradient = vec![0.0; self.latent];
        for (k, term) in self.terms(z).enumerate() {
            let share = (term - log).exp();
            let (mean, scale) = self.component(k);
            for d in 0..self.latent {
                gradient[d] -= share * (z[d] - mean[d]) / (scale[d] * scale[d]);
            }
        }
        gradient
    }

    /// The component that a number from 0 to 1 picks by its weight.
    pub fn pick(&self, share: f64) -> usize {
        let mut left = share;
        for (k, weight) in self.log_weight.iter().enumerate() {
            left -= weight.exp();
            if left < 0.0 {
                return k;
            }
        }
        self.len() - 1
    }

    /// The code that a draw from N(0, I) stands for in the component that `share` picks. eps: (latent).
    pub fn code(&self, share: f64, eps: &[f32]) -> Vec<f32> {
        let (mean, scale) = self.component(self.pick(share));
        eps.iter().zip(mean.iter().zip(scale)).map(|(&e, (m, s))| (m + s * f64::from(e)) as f32).collect()
    }

    /// Opposite corners of what lies within `reach` scales of any component.
    pub fn bounds(&self, reach: f64) -> (Vec<f64>, Vec<f64>) {
        let (mut low, mut high) = (vec![f64::INFINITY; self.latent], vec![f64::NEG_INFINITY; self.latent]);
        for k in 0..self.len() {
            let (mean, scale) = self.component(k);
            for d in 0..self.latent {
                low[d] = low[d].min(mean[d] - reach * scale[d]);
                high[d] = high[d].max(mean[d] + reach * scale[d]);
            }
        }
        (low, high)
    }
}
