//! The terms over a whole set of held-out images.

use serde::Serialize;

use super::{Autoencoder, Codes, Kl, ModelError, Terms};
use crate::config::{Code, LATENT};
use crate::data::Split;
use crate::progress::Progress;
use crate::random::{Purpose, standard_normal, stream};

/// Images that are evaluated together.
const CHUNK: usize = 1_000;

/// Averages over a set, in nats per image; what an AE lacks is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// −log p(x|z) at one sampled code an image.
    pub recon: f64,
    pub kl_mean: Option<f64>,
    pub kl_variance: Option<f64>,
    pub elbo: Option<f64>,
    /// Squared error a pixel of the reconstruction at mu.
    pub mse: f64,
}

impl Evaluation {
    pub fn terms(&self) -> Terms {
        let kl = self.kl_mean.zip(self.kl_variance).map(|(mean, variance)| Kl { mean, variance });
        Terms { recon: self.recon, kl }
    }
}

/// The terms of each image, in nats.
pub struct TermsEach {
    pub recon: Vec<f64>,
    /// kl_mean and kl_variance; an AE has none.
    pub kl: Option<(Vec<f64>, Vec<f64>)>,
    /// Squared error a pixel of the reconstruction at mu.
    pub mse: Vec<f64>,
}

impl Autoencoder {
    /// The terms of each image (n, pixels), whose codes are known; the noise is that of `evaluate` with this seed.
    pub fn terms_each(
        &self,
        images: &[f32],
        codes: &Codes,
        seed: u64,
        progress: &Progress,
    ) -> Result<TermsEach, ModelError> {
        let pixels = self.config().pixels();
        let noise = |i: usize, n: usize| standard_normal(&mut stream(seed, Purpose::Evaluation, i as u64), n * LATENT);
        let mut each = TermsEach { recon: Vec::new(), kl: None, mse: Vec::new() };
        let chunks = codes.mu.chunks(CHUNK);
        for (i, mu) in chunks.clone().enumerate() {
            let (start, progress) = (i * CHUNK, progress.part_of(i, chunks.len()));
            let eps = noise(i, mu.len());
            let z = |(k, mu): (usize, &Code)| match &codes.logvar {
                Some(v) => [0, 1].map(|d| mu[d] + (0.5 * v[start + k][d]).exp() * eps[LATENT * k + d]),
                None => *mu,
            };
            let drawn: Vec<Code> = mu.iter().enumerate().map(z).collect();
            let likelihoods = self.likelihoods(&drawn, &progress.part(0.0, 0.5))?;
            let decoded = self.decode_codes_with(mu, &progress.part(0.5, 1.0))?;
            progress.at(1.0)?;
            for (k, image) in images[start * pixels..].chunks_exact(pixels).take(mu.len()).enumerate() {
                each.recon.push(-likelihoods.of_one(image, k));
                let square = image.iter().zip(&decoded[k * pixels..]).map(|(a, b)| f64::from(a - b).powi(2));
                each.mse.push(square.sum::<f64>() / pixels as f64);
            }
        }
        if let Some(logvar) = &codes.logvar {
            let of_mean = |mu: &Code| 0.5 * mu.iter().map(|&m| f64::from(m).powi(2)).sum::<f64>();
            let of_variance = |v: &Code| 0.5 * v.iter().map(|&v| f64::from(v).exp() - 1.0 - f64::from(v)).sum::<f64>();
            each.kl = Some((codes.mu.iter().map(of_mean).collect(), logvar.iter().map(of_variance).collect()));
        }
        Ok(each)
    }
}

/// Evaluates `model` on every image of `split`; `seed` gives the noise of the sampled reconstruction.
pub fn evaluate(model: &Autoencoder, split: &Split, seed: u64, progress: &Progress) -> Result<Evaluation, ModelError> {
    let (mut mean, mut squared) = (None::<Terms>, 0.0);
    let count = split.len().div_ceil(CHUNK);
    for (i, start) in (0..split.len()).step_by(CHUNK).enumerate() {
        let (end, progress) = ((start + CHUNK).min(split.len()), progress.part_of(i, count));
        let images = split.gather(start..end);
        let eps = standard_normal(&mut stream(seed, Purpose::Evaluation, i as u64), (end - start) * LATENT);
        let terms = model.terms_with(&images, &eps, &progress.part(0.0, 0.5))?;
        mean = Some(mean.map_or(terms, |mean| mean.mix(start as f64, terms, (end - start) as f64)));
        let mu = model.encode_images_with(&images, &progress.part(0.5, 0.75))?.mu;
        let reconstructions = model.decode_codes_with(&mu, &progress.part(0.75, 1.0))?;
        squared += images.iter().zip(&reconstructions).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>();
    }
    let terms = mean.unwrap_or_default();
    Ok(Evaluation {
        recon: terms.recon,
        kl_mean: terms.kl.map(|kl| kl.mean),
        kl_variance: terms.kl.map(|kl| kl.variance),
        elbo: terms.elbo(),
        mse: squared / (split.len() * split.pixels()) as f64,
    })
}
