//! Where the parameters of a prior or a codebook start: among the codes and the images of the training set.

use rand::seq::index::sample;
use rand::{Rng, RngExt};

use super::architecture::{Bottleneck, Prior, Words};
use super::{Autoencoder, Codes, Frozen, ModelError};
use crate::data::Split;
use crate::progress::Progress;
use crate::random::{Purpose, stream};

/// Training images whose codes are looked at.
const IMAGES: usize = 5_000;
/// Rounds of k-means.
const ROUNDS: usize = 20;
/// The step before which a mixture is put among the codes, which say something by then.
const MIXTURE_AT: u64 = 200;
/// A pixel of a pseudo-input is kept so far from 0 and 1, where its logit would be infinite.
const MARGIN: f32 = 0.02;

impl Autoencoder {
    /// The step before which `start` is due; none where nothing waits for it.
    pub fn starts_at(&self) -> Option<u64> {
        match self.bottleneck() {
            Bottleneck::Gaussian(Prior::Mixture { .. }) => Some(MIXTURE_AT),
            Bottleneck::Gaussian(Prior::Vamp { .. }) | Bottleneck::Quantised(_) => Some(0),
            Bottleneck::Point | Bottleneck::Gaussian(Prior::Normal) => None,
        }
    }

    /// Starts again words that have been chosen by no code for `patience` steps, each at a code of these images (n, pixels).
    pub fn restart_words(&mut self, images: &[f32], patience: u64, rng: &mut impl Rng) -> Result<(), ModelError> {
        let Bottleneck::Quantised(words) = self.bottleneck().clone() else { return Ok(()) };
        let is_due = |unused: &f32| *unused >= patience as f32;
        if !self.read(&words.unused.at, |unused| unused.iter().any(is_due))? {
            return Ok(());
        }
        let codes = self.codes_of(images, &Progress::silent())?.mu;
        let size = words.weight.shape[1];
        let mut parameters = self.parameters()?;
        for k in 0..words.choice.words {
            if is_due(&parameters[words.unused.at.start + k]) {
                let code = rng.random_range(0..codes.len() / size) * size;
                put_word(&words, &mut parameters, k, &codes[code..code + size]);
            }
        }
        Ok(self.set_parameters(&parameters)?)
    }
}

/// Puts a mixture's means and scales at the centres of k-means on the codes, words at codes that k-means++ picks, pseudo-inputs at
/// training images.
pub fn start(model: &mut Autoencoder, split: &Split, seed: u64) -> Result<(), ModelError> {
    let (some, mut rng) = (split.spread(IMAGES), stream(seed, Purpose::Start, 0));
    let mut parameters = model.parameters()?;
    match model.bottleneck().clone() {
        Bottleneck::Gaussian(Prior::Mixture { components, logits, mean, log_scale }) => {
            let codes = model.codes_of_split(&some, &Progress::silent())?;
            let centres = kmeans(&codes.mu, codes.latent, components, ROUNDS, &mut rng);
            let fitted = clusters(&codes, &centres);
            for (part, values) in [(logits, fitted.logits), (mean, centres), (log_scale, fitted.log_scales)] {
                parameters[part.at].copy_from_slice(&values);
            }
        }
        Bottleneck::Gaussian(Prior::Vamp { components, pseudo }) => {
            let taken = sample(&mut rng, some.len(), components.min(some.len())).into_vec();
            let pixels = taken.iter().cycle().take(components).flat_map(|&i| some.gather([i]));
            let logit = |p: f32| {
                let p = p.clamp(MARGIN, 1.0 - MARGIN);
                (p / (1.0 - p)).ln()
            };
            parameters[pseudo.at].iter_mut().zip(pixels).for_each(|(to, p)| *to = logit(p));
        }
        Bottleneck::Quantised(words) => {
            let codes = model.codes_of_split(&some, &Progress::silent())?.mu;
            let size = words.weight.shape[1];
            let picked = kmeans(&codes, size, words.choice.words, 0, &mut rng);
            for (k, word) in picked.chunks_exact(size).enumerate() {
                put_word(&words, &mut parameters, k, word);
            }
        }
        Bottleneck::Point | Bottleneck::Gaussian(Prior::Normal) => return Ok(()),
    }
    Ok(model.set_parameters(&parameters)?)
}

/// Word `k` at `code`, as if one code had chosen it.
fn put_word(words: &Words, parameters: &mut [f32], k: usize, code: &[f32]) {
    for part in [&words.weight, &words.sum] {
        let first = part.at.start + k * code.len();
        parameters[first..first + code.len()].copy_from_slice(code);
    }
    parameters[words.size.at.start + k] = 1.0;
    parameters[words.unused.at.start + k] = 0.0;
}

/// The centres (count, width) of points (n, width): picked by k-means++ (Arthur and Vassilvitskii 2007), then moved by so many
/// rounds of Lloyd's algorithm. Of fewer points than centres some are picked twice.
pub fn kmeans(points: &[f32], width: usize, count: usize, rounds: usize, rng: &mut impl Rng) -> Vec<f32> {
    let point = |i: usize| &points[i * width..(i + 1) * width];
    let square = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
    let n = points.len() / width;
    let mut centres = point(rng.random_range(0..n)).to_vec();
    let mut nearest: Vec<f64> = (0..n).map(|i| square(point(i), &centres)).collect();
    while centres.len() < count * width {
        let mut left = rng.random::<f64>() * nearest.iter().sum::<f64>();
        let hit = nearest.iter().position(|&distance| {
            left -= distance;
            left < 0.0
        });
        let picked = hit.unwrap_or_else(|| rng.random_range(0..n));
        centres.extend_from_slice(point(picked));
        for (i, nearest) in nearest.iter_mut().enumerate() {
            *nearest = nearest.min(square(point(i), point(picked)));
        }
    }
    for _ in 0..rounds {
        let (mut sums, mut sizes) = (vec![0.0f64; centres.len()], vec![0usize; count]);
        for (i, (k, _)) in super::nearest_words(points, &centres, width).into_iter().enumerate() {
            sizes[k] += 1;
            sums[k * width..].iter_mut().zip(point(i)).for_each(|(sum, &v)| *sum += f64::from(v));
        }
        for (k, size) in sizes.into_iter().enumerate().filter(|(_, size)| *size > 0) {
            for d in k * width..(k + 1) * width {
                centres[d] = (sums[d] / size as f64) as f32;
            }
        }
    }
    centres
}

/// Weights and scales of a mixture.
struct Clusters {
    /// (K)
    logits: Vec<f32>,
    /// (K, latent)
    log_scales: Vec<f32>,
}

/// Of the posteriors whose means are nearest to each centre: how many there are, and how far they spread with their own widths. One
/// posterior more, as wide as the prior, keeps small ones from a scale of 0.
fn clusters(codes: &Codes, centres: &[f32]) -> Clusters {
    let latent = codes.latent;
    let count = centres.len() / latent;
    let (mut squares, mut sizes) = (vec![1.0f64; centres.len()], vec![1.0f64; count]);
    for (i, (k, _)) in super::nearest_words(&codes.mu, centres, latent).into_iter().enumerate() {
        sizes[k] += 1.0;
        for d in 0..latent {
            let own = codes.logvar.as_ref().map_or(0.0, |logvar| f64::from(logvar[i * latent + d]).exp());
            let away = f64::from(codes.of(i)[d] - centres[k * latent + d]);
            squares[k * latent + d] += away * away + own;
        }
    }
    let scale = |(i, square): (usize, &f64)| (0.5 * (square / sizes[i / latent]).ln()).clamp(-3.0, 2.0) as f32;
    Clusters {
        log_scales: squares.iter().enumerate().map(scale).collect(),
        logits: sizes.iter().map(|size| size.ln() as f32).collect(),
    }
}
