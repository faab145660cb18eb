//! log p(x) where it is known exactly at little cost: of a linear decoder with Gaussian pixels, and of a list of words.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::statistics::log_sum_exp;
use crate::config::{Link, ModelConfig};
use crate::model::{Autoencoder, Frozen, ModelError};
use crate::progress::Progress;

/// Combinations of words that are gone through at most.
const MOST_CODES: usize = 4_096;
/// Pairs of a code and an image whose terms are computed together, and images between two reports.
const PAIRS: usize = 100_000;
const IMAGES: usize = 500;

/// log p(x) of each image (n, pixels), in nats; `None` where it takes an integral.
pub fn exact_evidence(
    model: &Autoencoder,
    images: &[f32],
    progress: &Progress,
) -> Result<Option<Vec<f64>>, ModelError> {
    if let Some(words) = model.words()? {
        return match sentences(model.config(), &words) {
            Some(codes) => of_codes(model, &codes, images, progress).map(Some),
            None => Ok(None),
        };
    }
    let config = model.config();
    let is_linear = config.link() == Link::Identity && config.has_gaussian() && model.prior()?.is_normal();
    match config.likelihood.c() {
        Some(c) if is_linear => of_linear(model, c, images, progress),
        _ => Ok(None),
    }
}

/// Every code that words can make up: (K^M, latent); `None` where there are too many.
fn sentences(config: &ModelConfig, words: &[f32]) -> Option<Vec<f32>> {
    let (size, tokens) = (config.word_size(), config.codebook.tokens as u32);
    let count = words.len() / size;
    let all = count.checked_pow(tokens).filter(|&all| all <= MOST_CODES)?;
    let word = |i: usize, token: u32| i / count.pow(token) % count * size;
    let sentence = |i: usize| (0..tokens).flat_map(move |token| &words[word(i, token)..][..size]);
    Some((0..all).flat_map(sentence).copied().collect())
}

/// log 1/K Σ_k p(x|e_k), all codes (K, latent) being as likely.
fn of_codes(model: &Autoencoder, codes: &[f32], images: &[f32], progress: &Progress) -> Result<Vec<f64>, ModelError> {
    let (pixels, count) = (model.config().pixels(), codes.len() / model.latent());
    let likelihoods = model.likelihoods_of(codes, &progress.part(0.0, 0.1))?;
    let parts = images.chunks((PAIRS / count).max(1) * pixels);
    let mut all = Vec::with_capacity(images.len() / pixels);
    for (i, some) in parts.clone().enumerate() {
        let group = (0..count, (0..some.len() / pixels).collect());
        let progress = progress.part(0.1, 1.0).part_of(i, parts.len());
        let terms = likelihoods.groups(some, &[group], &model.compute().team, &progress)?.concat();
        all.extend(terms.chunks_exact(count).map(|of| log_sum_exp(of.iter().copied()) - (count as f64).ln()));
    }
    Ok(all)
}

/// log N(x; m, WWᵀ + c·I) of a decoder f = m + Wz under N(0, I) (Tipping and Bishop 1999), with M = WᵀW + c·I:
/// −½ [P ln 2π + (P − D) ln c + ln |M| + (‖r‖² − rᵀW M⁻¹ Wᵀr) / c], r = x − m, of P pixels and D dimensions.
fn of_linear(model: &Autoencoder, c: f64, images: &[f32], progress: &Progress) -> Result<Option<Vec<f64>>, ModelError> {
    let (pixels, latent) = (model.config().pixels(), model.latent());
    let mut codes = vec![0.0; (latent + 1) * latent];
    (0..latent).for_each(|d| codes[(d + 1) * latent + d] = 1.0);
    let decoded = model.decoded(&codes, &progress.part(0.0, 0.1))?;
    let (mean, moved) = decoded.split_at(pixels);
    let away = |values: &[f32]| values.iter().zip(mean).map(|(v, m)| f64::from(*v) - f64::from(*m)).collect::<Vec<_>>();
    let weight = DMatrix::from_iterator(pixels, latent, moved.chunks_exact(pixels).flat_map(away));
    let inner = weight.transpose() * &weight + DMatrix::identity(latent, latent) * c;
    let Some(inner) = Cholesky::new(inner) else { return Ok(None) };
    let log_det: f64 = 2.0 * inner.l_dirty().diagonal().iter().map(|v| v.ln()).sum::<f64>();
    let constant = pixels as f64 * std::f64::consts::TAU.ln() + (pixels as f64 - latent as f64) * c.ln() + log_det;
    let mut all = Vec::with_capacity(images.len() / pixels);
    for image in images.chunks_exact(pixels) {
        if all.len() % IMAGES == 0 {
            progress.part(0.1, 1.0).done(all.len(), images.len() / pixels)?;
        }
        let rest = DVector::from_vec(away(image));
        let along = weight.tr_mul(&rest);
        let square = rest.norm_squared() - along.dot(&inner.solve(&along));
        all.push(-0.5 * (constant + square / c));
    }
    Ok(Some(all))
}
