//! Every random number of the program: a ChaCha stream for each purpose and index, so that a number depends
//! on the seed and on what it is for, never on the order in which threads or features asked for it.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Initial weights; the index is the parameter's position in the network.
    Weights,
    /// The order of the training images; the index is the epoch.
    Shuffle,
    /// The reparameterisation's noise; the index is the step.
    Noise,
    /// The noise of an evaluation; the index is the batch.
    Evaluation,
    /// Codes that are drawn to be decoded.
    Samples,
    /// Codes that an estimate is made of; the index is the repetition.
    Estimates,
    /// Draws with replacement; the index is how many there are to draw from.
    Resamples,
    /// Where a prior or a codebook starts; the index is the step.
    Start,
    /// Which images are held out.
    Division,
    /// The factors of images that the program draws.
    Shapes,
    /// Grey pixels that become black or white; the index is the step, or says which images.
    Pixels,
}

/// The generator for `index` of a purpose under `seed`.
pub fn stream(seed: u64, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((purpose as u64) << 56) ^ index);
    rng
}

/// `n` draws from N(0, 1).
pub fn standard_normal(rng: &mut ChaCha8Rng, n: usize) -> Vec<f32> {
    StandardNormal.sample_iter(rng).take(n).collect()
}
