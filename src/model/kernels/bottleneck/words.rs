//! The nearest word of a list in the place of the encoder's answer (van den Oord et al. 2017): straight through on the way
//! back, and what moves the words.

use super::{Heads, Weights};
use crate::model::architecture::Words;
use crate::model::kernels::Sums;

/// Keeps the shares of rare words from 0 (Laplace's ε).
const EPSILON: f32 = 1e-5;

/// The words as they are in a step: (K, size).
pub struct Choice {
    weight: Vec<f32>,
    words: usize,
    size: usize,
    gamma: f32,
}

/// Of each piece of `size` numbers the word of (K, size) that is nearest, and its squared distance, in double precision; the
/// first of several.
pub fn nearest_words(codes: &[f32], weight: &[f32], size: usize) -> Vec<(usize, f64)> {
    let of = |code: &[f32]| {
        let mut nearest = (0, f64::INFINITY);
        for (k, word) in weight.chunks_exact(size).enumerate() {
            let square = code.iter().zip(word).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            if square < nearest.1 {
                nearest = (k, square);
            }
        }
        nearest
    };
    codes.chunks_exact(size).map(of).collect()
}

impl Choice {
    pub fn new(words: &Words, weight: &[f32]) -> Self {
        let size = words.weight.shape[1];
        Self { weight: weight.to_vec(), words: words.choice.words, size, gamma: words.choice.gamma as f32 }
    }

    /// `kept` is the word of each token of each image: (tokens, images). `own` counts the codes that chose each word (K) and adds
    /// them up (K, size).
    pub fn forward(&self, heads: &Heads, z: &mut [f32], kept: &mut [f32], own: &mut [f32]) -> Sums {
        let (n, size) = (heads.images, self.size);
        let (counts, totals) = own.split_at_mut(self.words);
        let mut sums = Sums::default();
        let mut code = vec![0.0; size];
        for token in 0..heads.latent / size {
            for i in 0..n {
                code.iter_mut().enumerate().for_each(|(d, v)| *v = heads.mu[(token * size + d) * n + i]);
                let (word, square) = nearest_words(&code, &self.weight, size)[0];
                sums.quantisation += square;
                kept[token * n + i] = word as f32;
                counts[word] += 1.0;
                for d in 0..size {
                    z[(token * size + d) * n + i] = self.weight[word * size + d];
                    totals[word * size + d] += code[d];
                }
            }
        }
        sums
    }

    /// Straight through, and the pull of the commitment.
    pub fn backward(&self, heads: &Heads, weights: Weights, (dz, kept): (&[f32], &[f32]), dmu: &mut [f32]) {
        let (n, size) = (heads.images, self.size);
        for row in 0..heads.latent {
            for i in 0..n {
                let at = row * n + i;
                let word = kept[row / size * n + i] as usize;
                let away = heads.mu[at] - self.weight[word * size + row % size];
                dmu[at] = dz[at] + 2.0 * self.gamma * weights.mean * away;
            }
        }
    }
}

/// Moves the words towards the codes that chose them, by running means with Laplace smoothing (van den Oord et al. 2017,
/// appendix A.1; Razavi et al. 2019), and counts the steps for which each has not been chosen. `own`: how many codes chose each
/// word (K), and their sums (K, size).
pub fn update_words(words: &Words, parameters: &mut [f32], own: &[f32]) {
    let (count, size) = (words.choice.words, words.weight.shape[1]);
    let (chosen, totals) = own.split_at(count);
    for (unused, &n) in parameters[words.unused.at.clone()].iter_mut().zip(chosen) {
        *unused = if n > 0.0 { 0.0 } else { *unused + 1.0 };
    }
    let Some(decay) = words.choice.decay.map(|decay| decay as f32) else { return };
    let mean = |values: &mut [f32], new: &[f32]| {
        values.iter_mut().zip(new).for_each(|(value, new)| *value = decay * *value + (1.0 - decay) * new);
    };
    mean(&mut parameters[words.size.at.clone()], chosen);
    mean(&mut parameters[words.sum.at.clone()], totals);
    let sizes = parameters[words.size.at.clone()].to_vec();
    let total: f32 = sizes.iter().sum();
    for (k, &n) in sizes.iter().enumerate().filter(|(_, n)| **n > 0.0) {
        let smoothed = (n + EPSILON) / (total + count as f32 * EPSILON) * total;
        for d in 0..size {
            parameters[words.weight.at.start + k * size + d] = parameters[words.sum.at.start + k * size + d] / smoothed;
        }
    }
}

/// Of Σ ‖sg(z_e) − e_k‖², weighted, in the words.
pub fn gradient(words: &Words, parameters: &[f32], own: &[f32], weights: Weights) -> Vec<f32> {
    let size = words.weight.shape[1];
    let (chosen, totals) = own.split_at(words.choice.words);
    let weight = &parameters[words.weight.at.clone()];
    let of = |(i, total): (usize, &f32)| 2.0 * weights.mean * (chosen[i / size] * weight[i] - total);
    totals.iter().enumerate().map(of).collect()
}
