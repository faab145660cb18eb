//! Estimates of log p(x) from K samples: naive ones from the prior, and importance sampling from the encoder's answer.

use rand::RngExt;
use serde::Serialize;

use super::super::gaussian::{DiagonalGaussian, log_prior, log_prior_f64};
use super::super::statistics::{log_sum_exp, mean_and_variance};
use super::likelihood::LogLikelihood;
use crate::config::{PLANE, Place};
use crate::model::{ModelError, Prior};
use crate::progress::Progress;
use crate::random::{Purpose, standard_normal, stream};

/// Where samples come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Estimator {
    /// log 1/K Σ p(x|z), z from p(z).
    Prior,
    /// log 1/K Σ p(x|z) p(z) / q(z|x), z from q(z|x): the bound of Burda et al. (2016).
    Importance,
}

/// An estimate from K samples, over repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    pub samples: usize,
    pub mean: f64,
    /// Over the repetitions.
    pub deviation: f64,
}

/// Estimates for K = 1, 2, 5, 10, … up to `most`, each from `repetitions` draws of its own.
pub fn estimates(
    likelihood: &impl LogLikelihood,
    image: usize,
    estimator: Estimator,
    (prior, q): (&Prior, DiagonalGaussian),
    (most, repetitions): (usize, usize),
    seed: u64,
    progress: &Progress,
) -> Result<Vec<Estimate>, ModelError> {
    let counts: Vec<usize> =
        (0..).flat_map(|power| [1, 2, 5].map(|m| m * 10usize.pow(power))).take_while(|&count| count <= most).collect();
    let mut results: Vec<Vec<f64>> = vec![Vec::new(); counts.len()];
    let is_normal = prior.is_normal();
    for repetition in 0..repetitions {
        let progress = progress.part_of(repetition, repetitions);
        let mut rng = stream(seed, Purpose::Estimates, repetition as u64);
        let eps = standard_normal(&mut rng, most * PLANE);
        let mut place = |eps: &Place| match estimator {
            Estimator::Prior if is_normal => *eps,
            Estimator::Prior => {
                let code = prior.code(rng.random(), eps);
                [code[0], code[1]]
            }
            Estimator::Importance => [0, 1].map(|d| (q.mu[d] + q.sigma[d] * f64::from(eps[d])) as f32),
        };
        let codes: Vec<Place> = eps.as_chunks::<PLANE>().0.iter().map(&mut place).collect();
        let terms = likelihood.of_image(image, &codes, &progress)?;
        progress.at(1.0)?;
        let weight = |(z, term): (&Place, f64)| match estimator {
            Estimator::Prior if is_normal => term,
            // What the likelihood has of the prior is where the codes come from here.
            Estimator::Prior => term + log_prior_f64(z.map(f64::from)) - prior.log_density_at(*z),
            Estimator::Importance => term + f64::from(log_prior(*z)) - q.log_density(z.map(f64::from)),
        };
        let weights: Vec<f64> = codes.iter().zip(terms).map(weight).collect();
        for (count, results) in counts.iter().zip(&mut results) {
            results.push(log_sum_exp(weights[..*count].iter().copied()) - (*count as f64).ln());
        }
    }
    let estimate = |(samples, values): (usize, Vec<f64>)| {
        let (mean, variance) = mean_and_variance(&values);
        Estimate { samples, mean, deviation: variance.sqrt() }
    };
    Ok(counts.into_iter().zip(results).map(estimate).collect())
}
