//! A mixture of diagonal Gaussians fitted to codes by expectation maximisation (Dempster, Laird and Rubin 1977).

use std::f64::consts::TAU;

use rand::RngExt;

use super::super::statistics::log_sum_exp;
use super::codes::squared_distance;
use crate::model::{Codes, Prior};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, stream};

/// The rounds end where they gain less than this, in nats a code.
const GAIN: f64 = 1e-5;
const ROUNDS: usize = 200;
/// No component is narrower than this share of the codes' own spread: on a single code it could have any density.
const NARROWEST: f64 = 1e-3;
/// The index of the draws of what components start from.
const START: u64 = 3;

/// Components of codes whose spread is about 1; one for every ten codes at most. The first are codes that are drawn far from one
/// another (k-means++, Arthur and Vassilvitskii 2007).
pub fn mixture(codes: &Codes, components: usize, seed: u64, progress: &Progress) -> Result<Prior, Cancelled> {
    let (latent, n) = (codes.latent, codes.len());
    let components = components.min(n / 10).max(1);
    let mut prior = Prior {
        latent,
        log_weight: vec![-(components as f64).ln(); components],
        mean: far_apart(codes, components, seed).into_iter().flat_map(|i| codes.of(i)).map(|&z| f64::from(z)).collect(),
        scale: vec![(components as f64).powf(-1.0 / latent as f64); components * latent],
    };
    let mut before = f64::NEG_INFINITY;
    for round in 0..ROUNDS {
        progress.done(round, ROUNDS)?;
        let log = improve(&mut prior, codes);
        if log - before < GAIN {
            break;
        }
        before = log;
    }
    progress.at(1.0)?;
    Ok(prior)
}

/// A round of expectation and maximisation; the mean log density before it.
fn improve(prior: &mut Prior, codes: &Codes) -> f64 {
    let (latent, k) = (prior.latent, prior.len());
    let (mut weight, mut sum, mut square) = (vec![0.0; k], vec![0.0; k * latent], vec![0.0; k * latent]);
    let height = |i: usize| {
        let (_, scale) = prior.component(i);
        prior.log_weight[i] - scale.iter().map(|s| s.ln()).sum::<f64>() - 0.5 * latent as f64 * TAU.ln()
    };
    let heights: Vec<f64> = (0..k).map(height).collect();
    let (mut terms, mut total) = (vec![0.0; k], 0.0);
    for code in codes.mu.chunks_exact(latent) {
        for (i, term) in terms.iter_mut().enumerate() {
            let (mean, scale) = prior.component(i);
            let of = |d: usize| ((f64::from(code[d]) - mean[d]) / scale[d]).powi(2);
            *term = heights[i] - 0.5 * (0..latent).map(of).sum::<f64>();
        }
        let log = log_sum_exp(terms.iter().copied());
        total += log;
        for (i, term) in terms.iter().enumerate() {
            let share = (term - log).exp();
            weight[i] += share;
            for (d, &z) in code.iter().enumerate() {
                sum[i * latent + d] += share * f64::from(z);
                square[i * latent + d] += share * f64::from(z).powi(2);
            }
        }
    }
    let n = codes.len() as f64;
    // A component that no code is near stays where it is, without weight.
    for i in (0..k).filter(|&i| weight[i] > 1e-9) {
        for at in i * latent..(i + 1) * latent {
            let mean = sum[at] / weight[i];
            prior.mean[at] = mean;
            prior.scale[at] = (square[at] / weight[i] - mean * mean).max(0.0).sqrt().max(NARROWEST);
        }
    }
    prior.log_weight = weight.iter().map(|weight| (weight / n).max(f64::MIN_POSITIVE).ln()).collect();
    total / n
}

/// Codes of which each is drawn by its squared distance from those before it.
fn far_apart(codes: &Codes, count: usize, seed: u64) -> Vec<usize> {
    let mut rng = stream(seed, Purpose::Estimates, START);
    let mut chosen = vec![rng.random_range(0..codes.len())];
    let mut squares = vec![f64::INFINITY; codes.len()];
    while chosen.len() < count {
        let last = codes.of(chosen[chosen.len() - 1]);
        for (square, code) in squares.iter_mut().zip(codes.mu.chunks_exact(codes.latent)) {
            *square = square.min(f64::from(squared_distance(code, last)));
        }
        let mut left = rng.random::<f64>() * squares.iter().sum::<f64>();
        let next = squares.iter().position(|square| {
            left -= square;
            left < 0.0
        });
        chosen.push(next.unwrap_or(codes.len() - 1));
    }
    chosen
}
