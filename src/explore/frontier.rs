//! Rate and distortion by linear theory: what a bit of code costs, and what it buys.

use crate::config::Likelihood;
use crate::data::Images;
use crate::model::{Compute, Pca, gaussian_constant};
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

/// What linear theory needs to know of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// `unit_variances`.
    pub variances: Vec<f64>,
    /// What the mean image alone leaves open of an image: of Bernoulli pixels its entropy in nats, else the variance of all pixels
    /// together.
    pub open: f64,
    pub pixels: usize,
}

impl Spectrum {
    pub fn of(
        images: &dyn Images,
        units: usize,
        bernoulli: bool,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let variances = unit_variances(images, units, bernoulli, compute, &progress.part(0.0, 0.8))?;
        let (n, pixels) = (images.count(), images.width());
        let (mut sums, mut squares) = (vec![0.0; pixels], vec![0.0; pixels]);
        let some = compute.memory.rows(pixels, IMAGES);
        for start in (0..n).step_by(some) {
            progress.part(0.8, 1.0).done(start, n)?;
            for image in images.read(start..(start + some).min(n)).chunks_exact(pixels) {
                for ((sum, square), v) in sums.iter_mut().zip(&mut squares).zip(image) {
                    (*sum, *square) = (*sum + f64::from(*v), *square + f64::from(*v).powi(2));
                }
            }
        }
        let mean = |sum: &f64| sum / n as f64;
        let of_pixel = |(sum, square): (&f64, &f64)| match bernoulli {
            true => entropy(mean(sum)) + entropy(1.0 - mean(sum)),
            false => mean(square) - mean(sum).powi(2),
        };
        Ok(Self { variances, open: sums.iter().zip(&squares).map(of_pixel).sum(), pixels })
    }

    /// The frontier under a likelihood of the kind that the spectrum was taken for.
    pub fn frontier(&self, likelihood: Likelihood) -> Frontier {
        let c = likelihood.c();
        let flat = c.map_or(self.open, |c| 0.5 * self.open / c + gaussian_constant(self.pixels, c));
        Frontier::new(self.variances.iter().map(|v| v / c.unwrap_or(1.0)).collect(), flat)
    }
}

/// −p ln p; 0 of 0.
fn entropy(p: f64) -> f64 {
    if p > 0.0 { -p * p.ln() } else { 0.0 }
}

/// The frontier of linear VAEs: with λ the variances of the data along their components in units of a pixel's variance c, the
/// best one of each β has the rate Σ ½ ln⁺(λ/β) and the distortion D₀ − ½ Σ (λ − β)⁺, D₀ being that of the mean image (Lucas et al.
/// 2019; reverse water-filling, Cover and Thomas 2006). Its slope is −β.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// λ: the β at which each unit dies, the last to die first; all above 0.
    deaths: Vec<f64>,
    flat: f64,
}

impl Frontier {
    /// A unit along which the data do not vary was never alive.
    pub fn new(mut deaths: Vec<f64>, flat: f64) -> Self {
        deaths.retain(|&death| death > 0.0);
        deaths.sort_unstable_by(|a, b| b.total_cmp(a));
        Self { deaths, flat }
    }

    pub fn deaths(&self) -> &[f64] {
        &self.deaths
    }

    pub fn rate(&self, beta: f64) -> f64 {
        self.deaths.iter().map(|death| 0.5 * (death / beta).ln().max(0.0)).sum()
    }

    pub fn distortion(&self, beta: f64) -> f64 {
        self.flat - self.deaths.iter().map(|death| 0.5 * (death - beta).max(0.0)).sum::<f64>()
    }

    /// The β of a rate; at 0 and below the least that has none.
    pub fn beta(&self, rate: f64) -> f64 {
        let mut logs = 0.0;
        for (i, death) in self.deaths.iter().enumerate() {
            logs += death.ln();
            let beta = ((logs - 2.0 * rate) / (i + 1) as f64).exp();
            // Where no more than these units live.
            if self.deaths.get(i + 1).is_none_or(|&next| beta >= next) {
                return beta.min(self.deaths[0]);
            }
        }
        f64::INFINITY
    }
}
