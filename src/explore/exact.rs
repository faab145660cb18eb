//! log p(x) where it is known exactly at little cost: of a linear decoder with Gaussian pixels, and of a list of words.

use super::inference::WordCodes;
use super::statistics::log_sum_exp;
use crate::data::Images;
use crate::model::{Autoencoder, Frozen, ModelError};
use crate::progress::Progress;

/// Images whose closed form is taken together.
const IMAGES: usize = 1_000;
/// Pairs of a code and an image whose terms are computed together.
const PAIRS: usize = 100_000;

/// log p(x) of each image of a set, in nats, all words being as likely; `None` where it takes an integral.
pub fn exact_evidence(
    model: &Autoencoder,
    images: &dyn Images,
    progress: &Progress,
) -> Result<Option<Vec<f64>>, ModelError> {
    let codes = WordCodes::of(model, &progress.part(0.0, 0.1))?;
    let most = codes.as_ref().map_or(IMAGES, |codes| (PAIRS / codes.len()).max(1));
    let (n, size) = (images.count(), model.compute().memory.rows(images.width(), most));
    let (progress, parts) = (progress.part(0.1, 1.0), n.div_ceil(size));
    let mut all = Vec::with_capacity(n);
    for i in 0..parts {
        let (progress, some) = (progress.part_of(i, parts), images.read(i * size..((i + 1) * size).min(n)));
        let Some(codes) = &codes else {
            let Some(exact) = model.exact_evidence(&some, &progress)? else { return Ok(None) };
            all.extend(exact);
            continue;
        };
        let (terms, count) = (codes.log_likelihoods(&some, &progress)?, codes.len());
        all.extend(terms.chunks_exact(count).map(|of| log_sum_exp(of.iter().copied()) - (count as f64).ln()));
    }
    Ok(Some(all))
}
