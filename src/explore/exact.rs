//! log p(x) where it is known exactly at little cost: of a linear decoder with Gaussian pixels, and of a list of words.

use super::inference::WordCodes;
use super::statistics::log_sum_exp;
use crate::model::{Autoencoder, Frozen, ModelError};
use crate::progress::Progress;

/// Pairs of a code and an image whose terms are computed together.
const PAIRS: usize = 100_000;

/// log p(x) of each image (n, pixels), in nats, all words being as likely; `None` where it takes an integral.
pub fn exact_evidence(
    model: &Autoencoder,
    images: &[f32],
    progress: &Progress,
) -> Result<Option<Vec<f64>>, ModelError> {
    let Some(codes) = WordCodes::of(model, &progress.part(0.0, 0.1))? else {
        return model.exact_evidence(images, progress);
    };
    let (pixels, count) = (model.config().pixels(), codes.len());
    let parts = images.chunks((PAIRS / count).max(1) * pixels);
    let mut all = Vec::with_capacity(images.len() / pixels);
    for (i, some) in parts.clone().enumerate() {
        let terms = codes.log_likelihoods(some, &progress.part(0.1, 1.0).part_of(i, parts.len()))?;
        all.extend(terms.chunks_exact(count).map(|of| log_sum_exp(of.iter().copied()) - (count as f64).ln()));
    }
    Ok(Some(all))
}
