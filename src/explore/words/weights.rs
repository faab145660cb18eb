//! The learned categorical prior over words: the shares under which images are most likely.

use std::sync::Arc;

use super::Words;
use crate::data::Split;
use crate::explore::inference::learned_prior;
use crate::model::{Frozen, InPlane, ModelError};
use crate::progress::Progress;

/// Likelihoods that are held at most: of so many images times words.
const MOST: usize = 4_000_000;

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
    /// Fitted by expectation maximisation to images, the first of them where there are many words; of a code that is
    /// one word.
    pub fn of(model: &InPlane, words: &Words, images: &Split, progress: &Progress) -> Result<Self, ModelError> {
        let whole = model.whole();
        let count = images.len().min((MOST / words.len().max(1)).max(1));
        let likelihoods = whole.likelihoods_of(&words.codes(), &progress.part(0.0, 0.2))?;
        let mut terms = Vec::with_capacity(count * words.len());
        let size = whole.compute().memory.rows(images.pixels(), count.max(1));
        for start in (0..count).step_by(size) {
            let (some, progress) = (start..(start + size).min(count), progress.part(0.2, 0.5));
            let all = [(0..words.len(), (0..some.len()).collect())];
            let progress = progress.part(some.start as f64 / count as f64, some.end as f64 / count as f64);
            terms.extend(likelihoods.groups(&images.gather(some), &all, &whole.compute().team, &progress)?.concat());
        }
        let learned = learned_prior(&terms, words.len(), &progress.part(0.5, 1.0))?;
        let shares = learned.log_weight.iter().map(|log| log.exp()).collect();
        let log_evidence = learned.mean_log_evidence.last().copied().unwrap_or(f64::NEG_INFINITY);
        Ok(Self { shares: Arc::new(shares), images: count, log_evidence })
    }
}
