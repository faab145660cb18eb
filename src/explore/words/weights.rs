//! The learned categorical prior over words: the shares under which images are most likely.

use std::sync::Arc;

use super::Words;
use crate::model::{Frozen, InPlane, ModelError};
use crate::progress::{Cancelled, Progress};

/// Likelihoods that are held at most: of so many images times words.
const MOST: usize = 4_000_000;
/// Rounds at most, and the gain in nats an image below which there are no more.
const ROUNDS: usize = 500;
const GAIN: f64 = 1e-7;

/// A categorical distribution over words, and what it was fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// (K), which add up to 1.
    pub shares: Arc<Vec<f64>>,
    pub images: usize,
    /// The mean of log Σ_k π_k p(x|e_k) over these images, in nats.
    pub log_evidence: f64,
}

impl Weights {
    /// Fitted by expectation maximisation to images (n, pixels), the first of them where there are many words; of a code that is
    /// one word.
    pub fn of(model: &InPlane, words: &Words, images: &[f32], progress: &Progress) -> Result<Self, ModelError> {
        let (whole, pixels) = (model.whole(), model.config().pixels());
        let count = (images.len() / pixels).min((MOST / words.len().max(1)).max(1));
        let images = &images[..count * pixels];
        let likelihoods = whole.likelihoods_of(&words.codes(), &progress.part(0.0, 0.2))?;
        let all = [(0..words.len(), (0..count).collect())];
        let terms = likelihoods.groups(images, &all, &whole.compute().team, &progress.part(0.2, 0.5))?.concat();
        let (shares, log_evidence) = fit_weights(&terms, words.len(), &progress.part(0.5, 1.0))?;
        Ok(Self { shares: Arc::new(shares), images: count, log_evidence })
    }
}

/// The shares π that maximise the mean over images of log Σ_k π_k e^terms, by expectation maximisation from equal ones
/// (Dempster, Laird and Rubin 1977): each round π_k becomes the mean of p(k|x). terms: (n, words), row by row; the shares and
/// the mean.
pub fn fit_weights(terms: &[f64], words: usize, progress: &Progress) -> Result<(Vec<f64>, f64), Cancelled> {
    let mut shares = vec![1.0 / words.max(1) as f64; words];
    let count = (terms.len() / words.max(1)).max(1) as f64;
    let most = |row: &[f64]| row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Nothing below depends on what is taken off a row but the mean, which it is put back to.
    let base = terms.chunks_exact(words.max(1)).map(most).sum::<f64>() / count;
    let powers: Vec<f64> = terms
        .chunks_exact(words.max(1))
        .flat_map(|row| {
            let most = most(row);
            row.iter().map(move |term| (term - most).exp())
        })
        .collect();
    let mut before = f64::NEG_INFINITY;
    for round in 0..ROUNDS {
        progress.done(round, ROUNDS)?;
        let (mut next, mut mean) = (vec![0.0; words], 0.0);
        for row in powers.chunks_exact(words.max(1)) {
            let evidence: f64 = row.iter().zip(&shares).map(|(power, share)| power * share).sum();
            mean += evidence.ln() / count;
            let scale = 1.0 / (evidence * count);
            next.iter_mut().zip(row.iter().zip(&shares)).for_each(|(next, (p, share))| *next += p * share * scale);
        }
        if mean - before < GAIN {
            return Ok((shares, base + mean));
        }
        (shares, before) = (next, mean);
    }
    Ok((shares, base + before))
}
