//! Estimators of the gradient of the ELBO in μ and σ over the same samples: by reparameterisation, by the score function
//! (REINFORCE, Williams 1992), and by that less a baseline, which for each sample is the mean of the others (leave-one-out,
//! Mnih and Rezende 2016); KL(q ‖ N(0, I)) and its gradient are known in closed form. What another prior is
//! beside N(0, I) counts as part of the likelihood.

use serde::Serialize;

use super::super::gaussian::DiagonalGaussian;
use super::likelihood::tilt;
use crate::config::{PLANE, Place};
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;
use crate::random::{Purpose, standard_normal, stream};

/// Mean and variance of an estimate from one sample, for ∂/∂μ₀, ∂/∂μ₁, ∂/∂σ₀, ∂/∂σ₁.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GradientSpread {
    pub reparameterised_mean: [f64; 4],
    pub reparameterised_variance: [f64; 4],
    pub score_mean: [f64; 4],
    pub score_variance: [f64; 4],
    pub baseline_mean: [f64; 4],
    pub baseline_variance: [f64; 4],
}

/// Of an image (pixels) and the encoder's answer q, over so many samples.
pub fn gradient_spread(
    model: &dyn Frozen,
    image: &[f32],
    q: DiagonalGaussian,
    samples: usize,
    seed: u64,
    progress: &Progress,
) -> Result<GradientSpread, ModelError> {
    let eps = standard_normal(&mut stream(seed, Purpose::Estimates, u64::MAX >> 8), samples * PLANE);
    let eps: Vec<[f64; 2]> = eps.as_chunks::<PLANE>().0.iter().map(|eps| eps.map(f64::from)).collect();
    let codes: Vec<Place> = eps.iter().map(|eps| [0, 1].map(|d| (q.mu[d] + q.sigma[d] * eps[d]) as f32)).collect();
    let mut slopes = model.likelihood_gradients(image, &codes, &progress.part(0.0, 0.8))?;
    let mut terms = model.log_likelihoods(image, &codes, &progress.part(0.8, 0.95))?;
    let prior = model.prior()?;
    if let Some(tilt) = tilt(prior, &codes, &progress.part(0.95, 1.0))? {
        for (slope, z) in slopes.iter_mut().zip(&codes) {
            let of_prior = prior.gradient(&z.map(f64::from));
            *slope = [0, 1].map(|d| slope[d] + of_prior[d] as f32 + z[d]);
        }
        terms.iter_mut().zip(tilt).for_each(|(term, tilt)| *term += tilt);
    }
    // −∂KL/∂μ and −∂KL/∂σ.
    let kl = [-q.mu[0], -q.mu[1], 1.0 / q.sigma[0] - q.sigma[0], 1.0 / q.sigma[1] - q.sigma[1]];
    let reparameterised = eps.iter().zip(&slopes).map(|(eps, slope)| {
        let [a, b] = slope.map(f64::from);
        [a, b, a * eps[0], b * eps[1]]
    });
    let (count, sum) = (terms.len() as f64, terms.iter().sum::<f64>());
    let by_score = |baseline: &dyn Fn(f64) -> f64| -> Vec<[f64; 4]> {
        let of = |(eps, &term): (&[f64; 2], &f64)| {
            let gain = term - baseline(term);
            let of_mu = |d: usize| gain * eps[d] / q.sigma[d];
            let of_sigma = |d: usize| gain * (eps[d] * eps[d] - 1.0) / q.sigma[d];
            [of_mu(0), of_mu(1), of_sigma(0), of_sigma(1)]
        };
        eps.iter().zip(&terms).map(of).collect()
    };
    let spread = |all: Vec<[f64; 4]>| {
        let n = all.len() as f64;
        let mean: [f64; 4] = std::array::from_fn(|i| all.iter().map(|g| g[i]).sum::<f64>() / n);
        let variance: [f64; 4] =
            std::array::from_fn(|i| all.iter().map(|g| (g[i] - mean[i]).powi(2)).sum::<f64>() / (n - 1.0));
        (std::array::from_fn(|i| mean[i] + kl[i]), variance)
    };
    let (reparameterised_mean, reparameterised_variance) = spread(reparameterised.collect());
    let (score_mean, score_variance) = spread(by_score(&|_| 0.0));
    let (baseline_mean, baseline_variance) = spread(by_score(&|term| (sum - term) / (count - 1.0)));
    Ok(GradientSpread {
        reparameterised_mean,
        reparameterised_variance,
        score_mean,
        score_variance,
        baseline_mean,
        baseline_variance,
    })
}
