//! A small dense network and its losses in plain double precision, term by term as the texts have them: Kingma and Welling
//! (2014), Tomczak and Welling (2018). Knows nothing of the program but the names of its parameters.

use std::collections::HashMap;
use std::f64::consts::TAU;

use latent_explorer::config::{Beta, Likelihood, ModelConfig, PriorKind};
use latent_explorer::model::layout;

pub struct Reference {
    config: ModelConfig,
    /// Where each parameter is in the flat ones, and its shape.
    at: HashMap<String, (usize, Vec<usize>)>,
}

/// KL weights, noise (latent) an image.
pub struct Setting<'a> {
    pub beta: Beta,
    pub images: &'a [f64],
    pub noise: &'a [f64],
}

impl Reference {
    pub fn new(config: &ModelConfig) -> Self {
        let mut start = 0;
        let of = |(name, shape): (String, Vec<usize>)| {
            let first = start;
            start += shape.iter().product::<usize>();
            (name, (first, shape))
        };
        Self { config: config.clone(), at: layout(config).into_iter().map(of).collect() }
    }

    /// The flat index of a parameter's first number, and how many it has.
    pub fn part(&self, name: &str) -> (usize, usize) {
        let (start, shape) = &self.at[name];
        (*start, shape.iter().product())
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.at.keys()
    }

    pub fn of<'a>(&self, flat: &'a [f64], name: &str) -> &'a [f64] {
        let (start, count) = self.part(name);
        &flat[start..start + count]
    }

    fn affine(&self, flat: &[f64], layer: &str, input: &[f64]) -> Vec<f64> {
        let weight = self.of(flat, &format!("{layer}.weight"));
        let bias = self.of(flat, &format!("{layer}.bias"));
        let row = |(b, w): (&f64, &[f64])| b + w.iter().zip(input).map(|(w, x)| w * x).sum::<f64>();
        bias.iter().zip(weight.chunks_exact(input.len())).map(row).collect()
    }

    fn hidden(&self, flat: &[f64], side: &str, input: &[f64]) -> Vec<f64> {
        let mut units = input.to_vec();
        for i in 0.. {
            let layer = format!("{side}.{i}");
            if !self.at.contains_key(&format!("{layer}.weight")) {
                break;
            }
            units = self.affine(flat, &layer, &units).into_iter().map(|v| v.max(0.0)).collect();
        }
        units
    }

    /// mu and ln σ².
    pub fn encode(&self, flat: &[f64], image: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let units = self.hidden(flat, "encoder", image);
        (self.affine(flat, "encoder.mu", &units), self.affine(flat, "encoder.logvar", &units))
    }

    /// What the encoder says alone, where there is no ln σ².
    pub fn code(&self, flat: &[f64], image: &[f64]) -> Vec<f64> {
        self.affine(flat, "encoder.mu", &self.hidden(flat, "encoder", image))
    }

    /// −log p(x|z).
    pub fn nll(&self, flat: &[f64], z: &[f64], image: &[f64]) -> f64 {
        let out = self.affine(flat, "decoder.out", &self.hidden(flat, "decoder", z));
        let sigmoid = |l: f64| 1.0 / (1.0 + (-l).exp());
        let of = |(&l, &x): (&f64, &f64)| match self.config.likelihood {
            Likelihood::Bernoulli => -x * sigmoid(l).ln() - (1.0 - x) * (1.0 - sigmoid(l)).ln(),
            // Of a network without hidden layers the decoder is linear.
            Likelihood::Gaussian { c, .. } => {
                let f = if self.at.contains_key("decoder.0.weight") { sigmoid(l) } else { l };
                (x - f).powi(2) / (2.0 * c) + 0.5 * (TAU * c).ln()
            }
        };
        out.iter().zip(image).map(of).sum()
    }

    /// The components of p(z): weight, mean, scale.
    pub fn components(&self, flat: &[f64]) -> Vec<(f64, Vec<f64>, Vec<f64>)> {
        let latent = self.config.latent;
        match self.config.prior {
            PriorKind::Normal => vec![(1.0, vec![0.0; latent], vec![1.0; latent])],
            PriorKind::Mixture { components } => {
                let [logits, mean, log_scale] =
                    ["prior.logits", "prior.mean", "prior.log_scale"].map(|name| self.of(flat, name));
                let total: f64 = logits.iter().map(|l| l.exp()).sum();
                let of = |k: usize| {
                    let row = k * latent..(k + 1) * latent;
                    let scale = log_scale[row.clone()].iter().map(|s| s.exp()).collect();
                    (logits[k].exp() / total, mean[row].to_vec(), scale)
                };
                (0..components).map(of).collect()
            }
            PriorKind::Vamp { components } => {
                let of = |logits: &[f64]| {
                    let image: Vec<f64> = logits.iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect();
                    let (mean, logvar) = self.encode(flat, &image);
                    (1.0 / components as f64, mean, logvar.iter().map(|v| (0.5 * v).exp()).collect())
                };
                self.of(flat, "prior.pseudo_logits").chunks_exact(self.config.pixels()).map(of).collect()
            }
        }
    }

    /// p(z), not its logarithm.
    pub fn density(components: &[(f64, Vec<f64>, Vec<f64>)], z: &[f64]) -> f64 {
        let of = |(weight, mean, scale): &(f64, Vec<f64>, Vec<f64>)| {
            let one = |((z, m), s): ((&f64, &f64), &f64)| (-0.5 * ((z - m) / s).powi(2)).exp() / (s * TAU.sqrt());
            weight * z.iter().zip(mean).zip(scale).map(one).product::<f64>()
        };
        components.iter().map(of).sum()
    }

    /// The loss of a batch: recon + β·(ln q(z|x) − ln p(z)) in the mean over its images, where ln q is taken in expectation; with
    /// N(0, I) its two parts with their weights.
    pub fn loss(&self, flat: &[f64], setting: &Setting) -> f64 {
        let (pixels, latent) = (self.config.pixels(), self.config.latent);
        let images = setting.images.chunks_exact(pixels);
        let (count, components) = (images.len() as f64, self.components(flat));
        let of = |(image, noise): (&[f64], &[f64])| {
            let (mu, logvar) = self.encode(flat, image);
            let drawn = mu.iter().zip(&logvar).zip(noise).map(|((m, v), e)| m + v.exp().sqrt() * e);
            let z: Vec<f64> = drawn.collect();
            let kl = match self.config.prior {
                PriorKind::Normal => {
                    let mean: f64 = mu.iter().map(|m| 0.5 * m * m).sum();
                    let variance: f64 = logvar.iter().map(|v| 0.5 * (v.exp() - 1.0 - v)).sum();
                    setting.beta.mean * mean + setting.beta.variance * variance
                }
                _ => {
                    let entropy: f64 = logvar.iter().map(|v| 0.5 * (TAU * std::f64::consts::E * v.exp()).ln()).sum();
                    setting.beta.mean * (-entropy - Self::density(&components, &z).ln())
                }
            };
            self.nll(flat, &z, image) + kl
        };
        images.zip(setting.noise.chunks_exact(latent)).map(of).sum::<f64>() / count
    }
}
