//! Rate and distortion by linear theory: what a bit of code costs, and what it buys.

use crate::config::Likelihood;
use crate::data::Images;
use crate::model::{Compute, Pca};
use crate::progress::{Cancelled, Progress};

/// Images whose mean is taken between two reports.
const IMAGES: usize = 2_000;

/// The β from which on a linear VAE has no use for each of its units: a direction of the data with variance λ pays for its code as long
/// as λ > β c, c being the variance that the likelihood gives a pixel (Lucas et al. 2019). Bernoulli pixels are measured in
/// units of their own p (1 − p), which makes c 1 to second order about the mean image.
pub fn killing_betas(
    images: &dyn Images,
    units: usize,
    likelihood: Likelihood,
    compute: &Compute,
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    let c = likelihood.c();
    let variances = unit_variances(images, units, c.is_none(), compute, progress)?;
    Ok(variances.into_iter().map(|v| v / c.unwrap_or(1.0)).collect())
}

/// The variances λ of the data along its first principal components, one of `units` latent dimensions each: of the pixels, or of pixels in
/// units of their own p (1 − p).
pub fn unit_variances(
    images: &dyn Images,
    units: usize,
    bernoulli: bool,
    compute: &Compute,
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    let scale: Option<Vec<f32>> = match bernoulli {
        false => None,
        true => {
            let (n, pixels) = (images.count(), images.width());
            let some = compute.memory.rows(pixels, IMAGES);
            let mut means = vec![0.0; pixels];
            for start in (0..n).step_by(some) {
                progress.part(0.0, 0.2).done(start, n)?;
                for image in images.read(start..(start + some).min(n)).chunks_exact(pixels) {
                    means.iter_mut().zip(image).for_each(|(mean, v)| *mean += v / n as f32);
                }
            }
            // Pixels that are never on say nothing.
            let of = |p: f32| if p * (1.0 - p) > 1e-4 { (p * (1.0 - p)).powf(-0.5) } else { 0.0 };
            Some(means.into_iter().map(of).collect())
        }
    };
    Ok(Pca::of_images(images, units, scale.as_deref(), compute, &progress.part(0.2, 1.0))?.variances)
}

/// The frontier near a run as linear theory has it: each unit that lives gains ½ nat of rate where β falls by e, and the
/// frontier's slope is −β.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// The β and the place (rate, distortion) of the run.
    beta: f64,
    at: [f64; 2],
    /// The β at which each unit dies, rising; the last is taken to live for ever, so that every rate has its β.
    deaths: Vec<f64>,
}

impl Frontier {
    /// `deaths` are above 0; where they are unknown, no unit dies.
    pub fn new(beta: f64, at: [f64; 2], units: usize, deaths: &[f64]) -> Self {
        let mut deaths: Vec<f64> = deaths.iter().copied().take(units).collect();
        deaths.resize(units.max(1), f64::INFINITY);
        deaths.sort_unstable_by(f64::total_cmp);
        deaths.iter_mut().next_back().into_iter().for_each(|last| *last = f64::INFINITY);
        Self { beta, at, deaths }
    }

    /// The rate where the slope is −β.
    pub fn rate(&self, beta: f64) -> f64 {
        let lost = |death: &f64| (beta.min(*death) / self.beta.min(*death)).ln();
        self.at[0] - 0.5 * self.deaths.iter().map(lost).sum::<f64>()
    }

    /// The distortion where the slope is −β.
    pub fn distortion(&self, beta: f64) -> f64 {
        let gained = |death: &f64| beta.min(*death) - self.beta.min(*death);
        self.at[1] + 0.5 * self.deaths.iter().map(gained).sum::<f64>()
    }

    /// The β at a rate: from one death to the next the rate is linear in ln β.
    pub fn beta(&self, rate: f64) -> f64 {
        let (mut beta, mut known, falls) = (self.beta, self.at[0], rate < self.at[0]);
        loop {
            let lives = |death: &&f64| if falls { **death > beta } else { **death >= beta };
            let alive = self.deaths.iter().filter(lives).count() as f64;
            let there = beta * ((known - rate) * 2.0 / alive).exp();
            let next = match falls {
                true => self.deaths.iter().copied().find(|&death| death > beta && death < there),
                false => self.deaths.iter().rev().copied().find(|&death| death < beta && death > there),
            };
            let Some(next) = next else { return there };
            (beta, known) = (next, self.rate(next));
        }
    }
}
