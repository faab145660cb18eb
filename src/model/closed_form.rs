//! Probabilistic principal components (Tipping and Bishop 1999), and what becomes of them at another weight of the KL (Lucas et
//! al. 2019): the parameters of a linear network that are known at once.

use std::f64::consts::TAU;

use super::architecture::Architecture;
use super::{Autoencoder, Compute, ModelError, Pca};
use crate::config::{Beta, LARGEST_C, Likelihood, ModelConfig, SMALLEST_C};
use crate::data::Split;
use crate::progress::Progress;

/// Products of a pixel and a direction between two reports.
const PRODUCTS: usize = 10_000_000;
/// Weights of the KL below this stand for it: at 0 a posterior would be a point.
const SMALLEST_BETA: f64 = 1e-6;

/// One latent dimension: w of the decoder, the slope of the encoder's mean in the direction's coordinate a, and the posterior's
/// variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    pub weight: f64,
    pub slope: f64,
    pub variance: f64,
}

impl Unit {
    /// The best at the variance λ of the data in its direction, c of a pixel, and the weights of both halves of the KL. With
    /// v = w², the loss of a direction is λ β_m / 2(v + c β_m) + ½ β_v ln(v + c β_v) and a constant; at β_m = β_v = β the best is
    /// v = λ − β c.
    pub fn best(lambda: f64, c: f64, beta: Beta) -> Self {
        let (m, b) = (beta.mean.max(SMALLEST_BETA), beta.variance.max(SMALLEST_BETA));
        let loss = |v: f64| 0.5 * lambda * m / (v + c * m) + 0.5 * b * (v + c * b).ln();
        let root = lambda * m * (lambda * m + 4.0 * b * c * (b - m));
        let v = (0.5 * (lambda * m + root.max(0.0).sqrt()) / b - c * m).max(0.0);
        let v = if root >= 0.0 && loss(v) < loss(0.0) { v } else { 0.0 };
        Self { weight: v.sqrt(), slope: v.sqrt() / (v + c * m), variance: c * b / (v + c * b) }
    }
}

/// The variance of a pixel that the directions left out have on average, (tr S − Σ λ_i) / (P − D).
fn left_out(pca: &Pca) -> f64 {
    let rest = pca.mean.len().saturating_sub(pca.variances.len()).max(1) as f64;
    ((pca.total - pca.variances.iter().sum::<f64>()) / rest).clamp(SMALLEST_C, LARGEST_C)
}

/// A model of `config` fitted to training images, all at once.
pub fn fit(
    config: &ModelConfig,
    beta: Beta,
    split: &Split,
    compute: Compute,
    progress: &Progress,
) -> Result<Autoencoder, ModelError> {
    let pca = Pca::of_split(split, config.latent, &compute, progress)?;
    let architecture = Architecture::new(config);
    let mut parameters = vec![0.0; architecture.parameters];
    let Some(spectrum) = &architecture.spectrum else { return Ok(Autoencoder::new(config, &parameters, compute)?) };
    parameters[architecture.out.bias.clone()].copy_from_slice(&pca.mean);
    // Of fewer pixels than dimensions the others stay without a direction.
    parameters[spectrum.components.at.clone()][..pca.components.len()].copy_from_slice(&pca.components);
    let eigenvalues = &mut parameters[spectrum.eigenvalues.at.clone()];
    eigenvalues.iter_mut().zip(&pca.variances).for_each(|(to, &v)| *to = v as f32);
    parameters[spectrum.noise_variance.at.start] = left_out(&pca) as f32;
    let mut model = Autoencoder::new(config, &parameters, compute)?;
    refit(&mut model, beta)?;
    Ok(model)
}

/// The same model with other weights of the KL, or another variance of a pixel.
pub fn refit(model: &mut Autoencoder, beta: Beta) -> Result<(), ModelError> {
    let architecture = model.architecture().clone();
    let Some(spectrum) = &architecture.spectrum else { return Ok(()) };
    let mut parameters = model.parameters()?;
    if let Likelihood::Gaussian { learned: true, .. } = model.config().likelihood {
        let c = f64::from(parameters[spectrum.noise_variance.at.start]);
        model.set_likelihood(Likelihood::Gaussian { c: c.clamp(SMALLEST_C, LARGEST_C), learned: true });
    }
    let c = model.config().likelihood.c().unwrap_or(1.0);
    let (latent, pixels) = (architecture.latent, architecture.out.bias.len());
    let (mu, out) = (&architecture.mu, &architecture.out);
    for i in 0..latent {
        let lambda = f64::from(parameters[spectrum.eigenvalues.at.start + i]);
        let unit = Unit::best(lambda, c, beta);
        let mut offset = 0.0;
        for p in 0..pixels {
            let u = f64::from(parameters[spectrum.components.at.start + i * pixels + p]);
            parameters[mu.weight.start + i * pixels + p] = (unit.slope * u) as f32;
            parameters[out.weight.start + p * latent + i] = (unit.weight * u) as f32;
            offset -= unit.slope * u * f64::from(parameters[out.bias.start + p]);
        }
        parameters[mu.bias.start + i] = offset as f32;
        if let Some(logvar) = &architecture.logvar {
            parameters[logvar.bias.start + i] = unit.variance.ln() as f32;
        }
    }
    Ok(model.set_parameters(&parameters)?)
}

impl Autoencoder {
    /// log p(x) of principal components for images (n, pixels), in nats: with ν_i = w_i² + c, a = Uᵀ(x − m) and P pixels,
    /// −½ [P ln 2π + Σ ln ν_i + (P − D) ln c + Σ a_i²/ν_i + (‖x − m‖² − Σ a_i²)/c] (Tipping and Bishop 1999). None of others.
    pub fn linear_evidence(&self, images: &[f32], progress: &Progress) -> Result<Option<Vec<f64>>, ModelError> {
        let (architecture, Some(c)) = (self.architecture(), self.config().likelihood.c()) else { return Ok(None) };
        if architecture.spectrum.is_none() {
            return Ok(None);
        }
        let parameters = self.parameters()?;
        let out = &architecture.out;
        let mean: Vec<f64> = parameters[out.bias.clone()].iter().map(|&m| f64::from(m)).collect();
        let (latent, pixels) = (architecture.latent, mean.len());
        let column = |i: usize| -> Vec<f64> {
            parameters[out.weight.clone()].iter().skip(i).step_by(latent).map(|&w| f64::from(w)).collect()
        };
        // A direction with w = 0 is one of those that have variance c.
        let directions: Vec<(Vec<f64>, f64)> = (0..latent)
            .map(column)
            .map(|w| (w.iter().map(|v| v * v).sum::<f64>(), w))
            .filter(|(square, _)| *square > 0.0)
            .map(|(square, w)| (w.into_iter().map(|v| v / square.sqrt()).collect(), square + c))
            .collect();
        let rest = (pixels - directions.len()) as f64 * c.ln();
        let constant = pixels as f64 * TAU.ln() + rest + directions.iter().map(|(_, nu)| nu.ln()).sum::<f64>();
        let mut reports = progress.throttled(PRODUCTS);
        let mut all = Vec::with_capacity(images.len() / pixels);
        for image in images.chunks_exact(pixels) {
            reports.before(pixels * (1 + directions.len()), all.len(), images.len() / pixels)?;
            let from: Vec<f64> = image.iter().zip(&mean).map(|(&x, m)| f64::from(x) - m).collect();
            let mut squares = from.iter().map(|v| v * v).sum::<f64>() / c;
            for (u, nu) in &directions {
                let a: f64 = u.iter().zip(&from).map(|(u, v)| u * v).sum();
                squares += a * a * (1.0 / nu - 1.0 / c);
            }
            all.push(-0.5 * (constant + squares));
        }
        Ok(Some(all))
    }
}
