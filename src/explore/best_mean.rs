//! Why decoded images are blurred: where posteriors overlap, the best that a decoder can do at a code is to answer the mean of all
//! images that the code may have come from.

use rand::RngExt;

use crate::config::{Likelihood, Place};
use crate::data::Images;
use crate::model::Places;
use crate::random::{Purpose, standard_normal, stream};

/// The mean that maximises Σ_n q(z|x_n) log p(x_n|z) at a code z, whatever the network.
#[derive(Clone, Debug, PartialEq)]
pub struct BestMean {
    /// f*(z) = Σ_n q(z|x_n) x_n / Σ_n q(z|x_n): (pixels).
    pub image: Vec<f32>,
    /// (Σ q)² / Σ q²: of how many images it is the mean, in effect (Kong 1992).
    pub effective: f64,
}

/// At a code, of images with these posteriors; none where codes are points or there are no images.
pub fn best_mean(codes: &Places, images: &dyn Images, z: Place) -> Option<BestMean> {
    let logvar = codes.logvar.as_ref()?;
    let log_q = |(mu, logvar): (&Place, &Place)| -> f64 {
        let of = |d: usize| {
            let (off, logvar) = (f64::from(z[d]) - f64::from(mu[d]), f64::from(logvar[d]));
            -0.5 * (off * off * (-logvar).exp() + logvar)
        };
        of(0) + of(1)
    };
    let logs: Vec<f64> = codes.mu.iter().zip(logvar).map(log_q).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return None;
    }
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mut image = vec![0.0; images.width()];
    // Far below what a picture shows.
    for (n, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 1e-9 * total) {
        let x = images.read(n..n + 1);
        image.iter_mut().zip(x.iter()).for_each(|(sum, v)| *sum += weight / total * f64::from(*v));
    }
    Some(BestMean {
        image: image.into_iter().map(|v| v as f32).collect(),
        effective: total * total / weights.iter().map(|w| w * w).sum::<f64>(),
    })
}

/// A draw of all pixels from p(x|z) about the decoded mean (pixels): what the model says an image looks like, noise and all. Gaussian
/// pixels are not kept within [0, 1].
pub fn drawn_pixels(mean: &[f32], likelihood: Likelihood, seed: u64) -> Vec<f32> {
    let mut rng = stream(seed, Purpose::Samples, u64::MAX >> 9);
    match likelihood.c() {
        Some(c) => {
            let deviation = c.sqrt() as f32;
            let noise = standard_normal(&mut rng, mean.len());
            mean.iter().zip(noise).map(|(mean, eps)| mean + deviation * eps).collect()
        }
        None => mean.iter().map(|&p| f32::from(u8::from(rng.random::<f32>() < p))).collect(),
    }
}
