//! Probabilistic principal components (Tipping and Bishop 1999), and what becomes of them at another weight of the KL (Lucas et
//! al. 2019): the parameters of a linear network that are known at once.

use std::f64::consts::TAU;

use nalgebra::{Cholesky, DMatrix, DVector};

use super::architecture::Architecture;
use super::{Autoencoder, Compute, Frozen, ModelError, Pca, layout};
use crate::config::{Beta, LARGEST_C, Likelihood, Link, ModelConfig, SMALLEST_C};
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
    let mut parameters = vec![0.0; layout(config).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()];
    let architecture = Architecture::new(config);
    let spectrum = architecture.as_ref().and_then(|architecture| Some((architecture, architecture.spectrum.as_ref()?)));
    let Some((architecture, spectrum)) = spectrum else { return Ok(Autoencoder::new(config, &parameters, compute)?) };
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
    let Some(architecture) = model.architecture().cloned() else { return Ok(()) };
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
    /// log p(x) of images (n, pixels), in nats, of a linear decoder f = m + Wz under N(0, I) with Gaussian pixels, of which principal
    /// components are one: log N(x; m, WWᵀ + c·I) (Tipping and Bishop 1999). With M = WᵀW + c·I, r = x − m, P pixels and D
    /// dimensions it is −½ [P ln 2π + (P − D) ln c + ln |M| + (‖r‖² − rᵀW M⁻¹ Wᵀr) / c]. None of others.
    pub fn linear_evidence(&self, images: &[f32], progress: &Progress) -> Result<Option<Vec<f64>>, ModelError> {
        let (config, Some(c)) = (self.config(), self.config().likelihood.c()) else { return Ok(None) };
        if config.link() != Link::Identity || !config.has_gaussian() || !self.prior()?.is_normal() {
            return Ok(None);
        }
        let Some(Architecture { out, .. }) = self.architecture() else { return Ok(None) };
        let (pixels, latent) = (config.pixels(), config.latent);
        let parameters = self.parameters()?;
        let (mean, weight) = (&parameters[out.bias.clone()], &parameters[out.weight.clone()]);
        let weight = DMatrix::from_row_iterator(pixels, latent, weight.iter().map(|&w| f64::from(w)));
        let inner = weight.tr_mul(&weight) + DMatrix::identity(latent, latent) * c;
        let Some(inner) = Cholesky::new(inner) else { return Ok(None) };
        let log_det: f64 = 2.0 * inner.l_dirty().diagonal().iter().map(|v| v.ln()).sum::<f64>();
        let constant = pixels as f64 * TAU.ln() + (pixels as f64 - latent as f64) * c.ln() + log_det;
        let mut reports = progress.throttled(PRODUCTS);
        let mut all = Vec::with_capacity(images.len() / pixels);
        for image in images.chunks_exact(pixels) {
            reports.before(pixels * (1 + latent), all.len(), images.len() / pixels)?;
            let rest = image.iter().zip(mean).map(|(&x, &m)| f64::from(x) - f64::from(m));
            let rest = DVector::from_iterator(pixels, rest);
            let along = weight.tr_mul(&rest);
            let square = rest.norm_squared() - along.dot(&inner.solve(&along));
            all.push(-0.5 * (constant + square / c));
        }
        Ok(Some(all))
    }
}
