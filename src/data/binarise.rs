//! Grey pixels made black or white: the Bernoulli likelihood is a probability of such images alone.

use rand::RngExt;

use super::{Dataset, Split};
use crate::config::Binarise;
use crate::random::{Purpose, stream};

/// Streams of pixels that are drawn once; those that are drawn anew count steps from 0.
const ONCE: [u64; 2] = [1 << 54, (1 << 54) + 1];
/// The least value that becomes white: more than a half of 255.
const WHITE: u8 = 128;

/// All images but those that are drawn anew whenever they are learned from, with draws that follow from `seed`.
pub fn binarise(set: &mut Dataset, how: Binarise, seed: u64) {
    let [train, test] = ONCE;
    match how {
        Binarise::None => {}
        Binarise::Threshold => [&mut set.train, &mut set.test].into_iter().for_each(cut),
        Binarise::Static => {
            draw_once(&mut set.train, seed, train);
            draw_once(&mut set.test, seed, test);
        }
        Binarise::Dynamic => draw_once(&mut set.test, seed, test),
    }
}

/// Values in [0, 1] as draws of what has each value as its probability, for a step of a run of this seed.
pub fn draw(values: &mut [f32], seed: u64, step: u64) {
    let mut rng = stream(seed, Purpose::Pixels, step);
    values.iter_mut().for_each(|value| *value = f32::from(rng.random::<f32>() < *value));
}

fn cut(split: &mut Split) {
    split.images.iter_mut().for_each(|value| *value = if *value >= WHITE { u8::MAX } else { 0 });
}

fn draw_once(split: &mut Split, seed: u64, index: u64) {
    let mut rng = stream(seed, Purpose::Pixels, index);
    // White with a probability of value / 255.
    split.images.iter_mut().for_each(|value| *value = if rng.random_range(0..u8::MAX) < *value { u8::MAX } else { 0 });
}
