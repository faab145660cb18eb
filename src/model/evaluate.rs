//! The terms over a whole set of held-out images.

use serde::Serialize;

use super::{Autoencoder, Kl, ModelError, Terms};
use crate::config::LATENT;
use crate::data::Split;
use crate::random::{Purpose, standard_normal, stream};

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

/// Evaluates `model` on every image of `split`; `seed` gives the noise of the sampled reconstruction.
pub fn evaluate(model: &Autoencoder, split: &Split, seed: u64) -> Result<Evaluation, ModelError> {
    let (mut mean, mut squared) = (None::<Terms>, 0.0);
    for (i, start) in (0..split.len()).step_by(CHUNK).enumerate() {
        let end = (start + CHUNK).min(split.len());
        let images = split.gather(start..end);
        let eps = standard_normal(&mut stream(seed, Purpose::Evaluation, i as u64), (end - start) * LATENT);
        let terms = model.terms(&images, &eps)?;
        mean = Some(mean.map_or(terms, |mean| mean.mix(start as f64, terms, (end - start) as f64)));
        let reconstructions = model.decode_codes(&model.encode_images(&images)?.mu)?;
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
