//! Codes that are drawn, not encoded: from a model's own prior, whatever that is, or from a Gaussian fitted to codes.

use rand::RngExt;

use super::fitted::Fitted;
use crate::model::{Autoencoder, Codes, Frozen, ModelError};
use crate::random::{Purpose, standard_normal, stream};

/// Keeps the draws that pick components and words apart from those of N(0, I).
const SHARES: u64 = 1 << 48;

/// What codes are drawn from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The model's p(z): N(0, I), a mixture, the posteriors of pseudo-inputs, or a list of words, all of them as likely. An AE
    /// has none, and N(0, I) stands in.
    Prior,
    /// A Gaussian with the mean and the covariance of these codes, which have the model's dimensions.
    Fitted(&'a Codes),
}

/// `count` codes of a model: (count, latent). The noise of a seed and an index is the same for every model and every source
/// with as many dimensions, so that what differs between two galleries is the models' doing. A quantised code is made of words.
pub fn drawn(model: &Autoencoder, source: Source, count: usize, seed: u64, index: u64) -> Result<Vec<f32>, ModelError> {
    let latent = model.latent();
    let noise = || standard_normal(&mut stream(seed, Purpose::Samples, index), count * latent);
    let shares = |count: usize| -> Vec<f64> {
        let mut rng = stream(seed, Purpose::Samples, index ^ SHARES);
        (0..count).map(|_| rng.random()).collect()
    };
    if let Source::Fitted(codes) = source {
        let gaussian = Fitted::new(codes);
        return Ok(noise().chunks_exact(latent).flat_map(|eps| gaussian.code(eps)).collect());
    }
    if let Some(words) = model.words()? {
        let (size, tokens) = (model.config().word_size(), model.config().codebook.tokens);
        let last = words.len() / size - 1;
        let word = |share: f64| ((share * (last + 1) as f64) as usize).min(last) * size;
        return Ok(shares(count * tokens).into_iter().flat_map(|s| &words[word(s)..word(s) + size]).copied().collect());
    }
    let prior = model.prior()?;
    if prior.is_normal() {
        return Ok(noise());
    }
    let noise = noise();
    Ok(shares(count).into_iter().zip(noise.chunks_exact(latent)).flat_map(|(s, eps)| prior.code(s, eps)).collect())
}
