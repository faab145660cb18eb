//! The terms over a whole set of held-out images.

use serde::Serialize;

use super::divergence::{divergences, entropy};
use super::{Autoencoder, Codes, Frozen, Kl, ModelError, Terms};
use crate::data::Split;
use crate::progress::Progress;
use crate::random::{Purpose, standard_normal, stream};

/// Images that share a stream of noise; as many are evaluated together where they fit.
const CHUNK: usize = 1_000;
/// Tables of the images of a chunk that there are at once, as an evaluation goes through the network.
const TABLES: usize = 4;

/// Averages over a set, in nats per image; what a model lacks is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// −log p(x|z) at one sampled code an image.
    pub recon: f64,
    pub kl_mean: Option<f64>,
    pub kl_variance: Option<f64>,
    /// KL(q(z|x) ‖ p(z)), whatever the prior.
    pub kl: Option<f64>,
    pub elbo: Option<f64>,
    /// ‖z_e − e_k‖² of a quantised code.
    pub quantisation: Option<f64>,
    /// e^H of how often each word is chosen, and how many are at all.
    pub perplexity: Option<f64>,
    pub codes_used: Option<usize>,
    /// Squared error a pixel of the reconstruction at mu.
    pub mse: f64,
}

impl Evaluation {
    pub fn terms(&self) -> Terms {
        let kl = Kl::read(self.kl_mean, self.kl_variance, self.kl);
        Terms { recon: self.recon, kl, quantisation: self.quantisation }
    }
}

/// The terms of each image, in nats.
pub struct TermsEach {
    pub recon: Vec<f64>,
    /// kl_mean and kl_variance, where the prior is N(0, I).
    pub halves: Option<(Vec<f64>, Vec<f64>)>,
    /// The whole KL; an AE has none.
    pub kl: Option<Vec<f64>>,
    /// Squared error a pixel of the reconstruction at mu.
    pub mse: Vec<f64>,
}

impl TermsEach {
    /// The ELBO of each image; an AE has none.
    pub fn elbo(&self) -> Option<Vec<f64>> {
        let kl = self.kl.as_ref()?;
        Some(self.recon.iter().zip(kl).map(|(recon, kl)| -(recon + kl)).collect())
    }
}

impl Autoencoder {
    /// The terms of each image of a set, whose codes are known; the noise is that of `evaluate` with this seed.
    pub fn terms_each(
        &self,
        images: &Split,
        codes: &Codes,
        seed: u64,
        progress: &Progress,
    ) -> Result<TermsEach, ModelError> {
        let (pixels, latent) = (self.config().pixels(), codes.latent);
        let some = self.compute().memory.rows(TABLES * pixels, CHUNK);
        let prior = self.prior()?;
        let mut drawn_kl = Vec::new();
        let mut each = TermsEach { recon: Vec::new(), halves: None, kl: None, mse: Vec::new() };
        let chunks = codes.mu.chunks(CHUNK * latent);
        for (i, mu) in chunks.clone().enumerate() {
            let (start, progress) = (i * CHUNK, progress.part(0.0, 0.8).part_of(i, chunks.len()));
            let mut z = mu.to_vec();
            if let Some(logvar) = &codes.logvar {
                let logvar = &logvar[start * latent..start * latent + mu.len()];
                let eps = standard_normal(&mut stream(seed, Purpose::Evaluation, i as u64), mu.len());
                z.iter_mut().zip(logvar).zip(&eps).for_each(|((z, v), eps)| *z += (0.5 * v).exp() * eps);
                let drawn = z.chunks_exact(latent).zip(logvar.chunks_exact(latent));
                let kl = |(z, logvar): (&[f32], &[f32])| {
                    let z: Vec<f64> = z.iter().map(|&v| f64::from(v)).collect();
                    -entropy(logvar) - prior.log_density(&z)
                };
                if !prior.is_normal() && latent > 2 {
                    drawn_kl.extend(drawn.map(kl));
                }
            }
            let parts = mu.chunks(some * latent).zip(z.chunks(some * latent));
            for (i, (mu, z)) in parts.clone().enumerate() {
                let (start, progress) = (start + i * some, progress.part_of(i, parts.len()));
                let likelihoods = self.likelihoods_of(z, &progress.part(0.0, 0.5))?;
                let decoded = self.decoded(mu, &progress.part(0.5, 1.0))?;
                progress.at(1.0)?;
                let images = images.gather(start..start + mu.len() / latent);
                for (k, image) in images.chunks_exact(pixels).enumerate() {
                    each.recon.push(-likelihoods.of_one(image, k));
                    let square = image.iter().zip(&decoded[k * pixels..]).map(|(a, b)| f64::from(a - b).powi(2));
                    each.mse.push(square.sum::<f64>() / pixels as f64);
                }
            }
        }
        match &codes.logvar {
            Some(logvar) if prior.is_normal() => {
                let sums = |values: &[f32], of: fn(f64) -> f64| -> Vec<f64> {
                    values.chunks_exact(latent).map(|row| row.iter().map(|&v| of(f64::from(v))).sum()).collect()
                };
                let means = sums(&codes.mu, |m| 0.5 * m * m);
                let variances = sums(logvar, |v| 0.5 * (v.exp() - 1.0 - v));
                each.kl = Some(means.iter().zip(&variances).map(|(a, b)| a + b).collect());
                each.halves = Some((means, variances));
            }
            Some(_) => each.kl = divergences(prior, codes, &progress.part(0.8, 1.0))?.or(Some(drawn_kl)),
            None => each.kl = self.uniform_kl().map(|kl| vec![kl.total(); each.recon.len()]),
        }
        Ok(each)
    }
}

/// Evaluates `model` on every image of `split`; `seed` gives the noise of the sampled reconstruction.
pub fn evaluate(model: &Autoencoder, split: &Split, seed: u64, progress: &Progress) -> Result<Evaluation, ModelError> {
    let latent = model.config().latent;
    let some = model.compute().memory.rows(TABLES * split.pixels(), CHUNK);
    let (mut mean, mut squared) = (None::<Terms>, 0.0);
    let mut chosen = vec![0u64; model.config().codebook.words];
    let count = split.len().div_ceil(CHUNK);
    for (i, start) in (0..split.len()).step_by(CHUNK).enumerate() {
        let (end, progress) = ((start + CHUNK).min(split.len()), progress.part_of(i, count));
        let eps = standard_normal(&mut stream(seed, Purpose::Evaluation, i as u64), (end - start) * latent);
        let parts = eps.chunks(some * latent);
        for (i, eps) in parts.clone().enumerate() {
            let (start, images, progress) = (start + i * some, eps.len() / latent, progress.part_of(i, parts.len()));
            let pixels = split.gather(start..start + images);
            let mut terms = model.terms_with(&pixels, eps, &progress.part(0.0, 0.4))?;
            let codes = model.codes_of(&pixels, &progress.part(0.4, 0.6))?;
            if let Some(Kl::Whole(kl)) = &mut terms.kl {
                *kl = whole_kl(model, &codes, &progress.part(0.6, 0.8))?.unwrap_or(*kl);
            }
            mean = Some(mean.map_or(terms, |mean| mean.mix(start as f64, terms, images as f64)));
            for (word, _) in model.words_of(&codes.mu)?.into_iter().flatten() {
                chosen[word] += 1;
            }
            let reconstructions = model.decoded(&codes.mu, &progress.part(0.8, 1.0))?;
            squared += pixels.iter().zip(&reconstructions).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>();
        }
    }
    let terms = mean.unwrap_or_default();
    let is_quantised = model.config().is_quantised();
    Ok(Evaluation {
        recon: terms.recon,
        kl_mean: terms.kl.and_then(Kl::mean),
        kl_variance: terms.kl.and_then(Kl::variance),
        kl: terms.kl(),
        elbo: terms.elbo(),
        quantisation: terms.quantisation,
        perplexity: is_quantised.then(|| perplexity(&chosen)),
        codes_used: is_quantised.then(|| chosen.iter().filter(|&&n| n > 0).count()),
        mse: squared / (split.len() * split.pixels()) as f64,
    })
}

/// The mean KL from a prior that is no Gaussian, where quadrature says it better than the reconstruction's own sample.
fn whole_kl(model: &Autoencoder, codes: &Codes, progress: &Progress) -> Result<Option<f64>, ModelError> {
    Ok(divergences(model.prior()?, codes, progress)?.map(|each| each.iter().sum::<f64>() / each.len().max(1) as f64))
}

/// e^H of how often each word was chosen: as many words, all chosen as often, would say as much.
pub fn perplexity(chosen: &[u64]) -> f64 {
    let total = chosen.iter().sum::<u64>() as f64;
    let shares = chosen.iter().filter(|&&n| n > 0).map(|&n| n as f64 / total);
    (-shares.map(|p| p * p.ln()).sum::<f64>()).exp()
}
