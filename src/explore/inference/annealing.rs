//! log p(x) of one image by annealed importance sampling, for codes of any number of dimensions D ≥ 1. Knows a model only by
//! its log p(x|z), asked of all chains at once, and its log p(z).
//!
//! The chains walk, they do not leap: a mode of the posterior far from q, in units of σ, is missed as `sampling` says.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::correlated::Gaussian;
use super::sampling::{Diagonal, Weighted, double};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, stream};

/// The stream of `Purpose::Estimates`, beyond those of repetitions and of importance sampling.
const STREAM: u64 = (1 << 32) + 1;
/// The acceptance aimed at, and how fast the logarithm of the step follows it.
const ACCEPTANCE: f64 = 0.35;
const RATE: f64 = 0.3;
/// How far the pilot's covariance is drawn to its diagonal, and how much wider than it the Gaussian is.
const SHRINKAGE: f64 = 0.2;
const INFLATION: f64 = 1.2;

/// How much is done: a likelihood is asked for chains × (1 + pilot + temperatures) codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annealing {
    pub chains: usize,
    /// Steps of each chain to the Gaussian that annealing starts from; without any it is q.
    pub pilot: usize,
    pub temperatures: usize,
}

impl Annealing {
    /// For errors of 0.01 to 0.05 nat where the posterior is nearly Gaussian, to 64 dimensions, and of 0.1 where it is bent.
    pub fn for_dimensions(dimensions: usize) -> Self {
        Self { chains: 200, pilot: 100 + 10 * dimensions, temperatures: 50 + 5 * dimensions }
    }
}

/// Annealed importance sampling (Neal 2001) from a Gaussian g to p(x, z) along g^(1−t) p(x, z)^t. Pilot chains first walk from
/// q to the posterior by random-walk Metropolis, and g is fitted to where they have been: a q that is shifted or too narrow
/// costs steps, not nats. It is fixed before a weight is drawn. `log_likelihood`: (chains, D) -> (chains).
pub fn annealed<E: From<Cancelled>>(
    q: Diagonal,
    annealing: Annealing,
    seed: u64,
    mut log_likelihood: impl FnMut(&[f32], &Progress) -> Result<Vec<f64>, E>,
    log_prior: impl Fn(&[f64]) -> f64,
    progress: &Progress,
) -> Result<Weighted, E> {
    let Annealing { chains, pilot, temperatures } = annealing;
    let (dimensions, chains, temperatures) = (q.mu.len(), chains.max(1), temperatures.max(1));
    let mut rng = stream(seed, Purpose::Estimates, STREAM);
    let (mut asked, all) = (0, 1 + pilot + temperatures);
    let mut log_joint = |codes: &[f32]| -> Result<Vec<f64>, E> {
        let terms = log_likelihood(codes, &progress.part_of(asked, all))?;
        asked += 1;
        progress.done(asked, all)?;
        Ok(codes.chunks_exact(dimensions).zip(terms).map(|(z, term)| term + log_prior(&double(z))).collect())
    };

    let q = Gaussian::diagonal(q);
    let origin = vec![0.0; chains * dimensions];
    let codes = q.moved(&origin, 0.0, 1.0, &mut rng);
    let mut walk = Chains { values: log_joint(&codes)?, codes };
    let (mut moments, mut step) = (Moments::new(&q), 2.0 / (dimensions as f64).sqrt());
    for turn in 0..pilot {
        let codes = q.moved(&walk.codes, 1.0, step, &mut rng);
        let proposed = Chains { values: log_joint(&codes)?, codes };
        step *= (RATE * (walk.accept(proposed, 1.0, &mut rng) - ACCEPTANCE)).exp();
        // In the first half they only come nearer.
        if 2 * turn >= pilot {
            moments.add(&walk.codes);
        }
    }

    let base = if pilot == 0 { q } else { moments.gaussian() };
    // Of each code log p(x, z) / g(z).
    let mut log_ratio = |codes: Vec<f32>| -> Result<Chains, E> {
        let joint = log_joint(&codes)?.into_iter();
        let values = codes.chunks_exact(dimensions).zip(joint).map(|(z, joint)| joint - base.log_density(&double(z)));
        Ok(Chains { values: values.collect(), codes })
    };
    let mut now = log_ratio(base.moved(&origin, 0.0, 1.0, &mut rng))?;
    let (mut log_weights, mut step) = (vec![0.0; now.values.len()], 0.7_f64);
    for turn in 1..=temperatures {
        log_weights.iter_mut().zip(&now.values).for_each(|(weight, ratio)| *weight += ratio / temperatures as f64);
        if turn < temperatures {
            // Preconditioned Crank–Nicolson (Cotter et al. 2013): reversible under g, so that only (p/g)^t decides.
            let proposed = log_ratio(base.moved(&now.codes, (1.0 - step * step).sqrt(), step, &mut rng))?;
            let accepted = now.accept(proposed, turn as f64 / temperatures as f64, &mut rng);
            step = f64::min(1.0, step * (RATE * (accepted - ACCEPTANCE)).exp());
        }
    }
    Ok(Weighted::of(&log_weights))
}

/// Codes (chains, D), and of each the logarithm that decides whether a step is taken.
struct Chains {
    codes: Vec<f32>,
    values: Vec<f64>,
}

impl Chains {
    /// A Metropolis step of each chain at temperature t; returns the share that is taken.
    fn accept(&mut self, proposed: Self, t: f64, rng: &mut ChaCha8Rng) -> f64 {
        let (chains, dimensions) = (self.values.len(), self.codes.len() / self.values.len().max(1));
        let mut accepted = 0;
        let codes = self.codes.chunks_exact_mut(dimensions).zip(proposed.codes.chunks_exact(dimensions));
        for ((code, next), (value, proposed)) in codes.zip(self.values.iter_mut().zip(proposed.values)) {
            if rng.random::<f64>().ln() < t * (proposed - *value) {
                code.copy_from_slice(next);
                *value = proposed;
                accepted += 1;
            }
        }
        f64::from(accepted) / chains as f64
    }
}

/// Sums over codes, each measured from `origin`.
struct Moments {
    origin: Vec<f64>,
    count: f64,
    sums: Vec<f64>,
    /// Σ z_d z_e for e ≤ d.
    products: Vec<Vec<f64>>,
}

impl Moments {
    /// With one code's worth of q: a variance is never 0.
    fn new(q: &Gaussian) -> Self {
        let products = q.factor.iter().enumerate().map(|(d, row)| row.iter().map(|l| l * row[d]).collect()).collect();
        Self { origin: q.mean.clone(), count: 1.0, sums: vec![0.0; q.mean.len()], products }
    }

    fn add(&mut self, codes: &[f32]) {
        for code in codes.chunks_exact(self.origin.len()) {
            let z: Vec<f64> = code.iter().zip(&self.origin).map(|(z, origin)| f64::from(*z) - origin).collect();
            self.count += 1.0;
            for ((z_d, sum), row) in z.iter().zip(&mut self.sums).zip(&mut self.products) {
                *sum += z_d;
                row.iter_mut().zip(&z).for_each(|(product, z_e)| *product += z_d * z_e);
            }
        }
    }

    /// Of the codes' mean and covariance, the latter shrunk and inflated.
    fn gaussian(&self) -> Gaussian {
        let mean: Vec<f64> = self.sums.iter().map(|sum| sum / self.count).collect();
        let row = |(d, products): (usize, &Vec<f64>)| -> Vec<f64> {
            let of = |(e, product): (usize, &f64)| {
                let shrunk = if e == d { 1.0 } else { 1.0 - SHRINKAGE };
                INFLATION.powi(2) * shrunk * (product / self.count - mean[d] * mean[e])
            };
            products.iter().enumerate().map(of).collect()
        };
        let covariance: Vec<Vec<f64>> = self.products.iter().enumerate().map(row).collect();
        Gaussian::of(self.origin.iter().zip(&mean).map(|(origin, mean)| origin + mean).collect(), &covariance)
    }
}
