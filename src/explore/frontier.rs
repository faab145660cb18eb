//! Rate and distortion by linear theory: what a bit of code costs, and what it buys.

use crate::config::Likelihood;
use crate::model::{Compute, Pca};
use crate::progress::{Cancelled, Progress};

/// Images whose mean is taken between two reports.
const IMAGES: usize = 2_000;

/// The β from which on a linear VAE has no use for each of its units: a direction of the data with variance λ pays for its code as long
/// as λ > β c, c being the variance that the likelihood gives a pixel (Lucas et al. 2019). Bernoulli pixels are measured in
/// units of their own p (1 − p), which makes c 1 to second order about the mean image. images: (n, pixels).
pub fn killing_betas(
    images: &[f32],
    pixels: usize,
    units: usize,
    likelihood: Likelihood,
    compute: &Compute,
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    let c = likelihood.c();
    let variances = unit_variances(images, pixels, units, c.is_none(), compute, progress)?;
    Ok(variances.into_iter().map(|v| v / c.unwrap_or(1.0)).collect())
}

/// The variances λ of the data along its first principal components, one of `units` latent dimensions each: of the pixels, or of pixels in
/// units of their own p (1 − p). images: (n, pixels).
pub fn unit_variances(
    images: &[f32],
    pixels: usize,
    units: usize,
    bernoulli: bool,
    compute: &Compute,
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    let scale: Option<Vec<f32>> = match bernoulli {
        false => None,
        true => {
            let n = (images.len() / pixels) as f32;
            let mut means = vec![0.0; pixels];
            for (i, image) in images.chunks_exact(pixels).enumerate() {
                if i % IMAGES == 0 {
                    progress.part(0.0, 0.2).done(i, images.len() / pixels)?;
                }
                means.iter_mut().zip(image).for_each(|(mean, v)| *mean += v / n);
            }
            // Pixels that are never on say nothing.
            let of = |p: f32| if p * (1.0 - p) > 1e-4 { (p * (1.0 - p)).powf(-0.5) } else { 0.0 };
            Some(means.into_iter().map(of).collect())
        }
    };
    Ok(Pca::of(images, pixels, units, scale.as_deref(), compute, &progress.part(0.2, 1.0))?.variances)
}

/// The frontier near a run as linear theory has it: each of `units` active units gains ½ nat of rate where β falls by e, and the
/// frontier's slope is −β. The β at which it has the rate `kl`, and the distortion there.
pub fn along_frontier(beta: f64, [kl_now, recon_now]: [f64; 2], units: f64, kl: f64) -> (f64, f64) {
    let fall = 2.0 / units.max(1.0);
    let there = beta * ((kl_now - kl) * fall).exp();
    (there, recon_now + (there - beta) / fall)
}
