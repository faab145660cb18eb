//! Importance sampling whose draws come from where pilot rounds have found mass: an encoder's Gaussian may be at the wrong mode
//! or miss how a posterior is bent. Population Monte Carlo with mixtures of Gaussians (Cappé et al. 2008).

use rand_chacha::ChaCha8Rng;

use super::super::statistics::log_sum_exp;
use super::correlated::Gaussian;
use super::sampling::{Diagonal, Importance, Weighted, double, pareto_shape};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, stream};

/// The stream of `Purpose::Estimates`, beyond those of `sampling`, `annealing` and `beyond`.
const STREAM: u64 = (1 << 32) + 3;
/// Rounds before the one that counts, and the draws of each.
const ROUNDS: usize = 5;
const PILOT: usize = 1_500;
/// Gaussians that are fitted where codes have so few dimensions that a bent posterior can be made up of them; else one.
const PARTS: usize = 10;
const FEW_DIMENSIONS: usize = 4;
const STEPS: usize = 20;
/// How much wider a fitted Gaussian is drawn from, and how far its covariance is drawn to its diagonal in many dimensions.
const INFLATION: f64 = 1.15;
const SHRINKAGE: f64 = 0.2;
/// Of q's σ: what a fitted Gaussian has at least.
const NARROWEST: f64 = 0.1;
/// How much wider than q a part of the draws is.
const WIDER: f64 = 1.5;

/// An estimate, and mean and σ of the posterior as its weights show them, (D) each.
pub struct Adapted {
    pub importance: Importance,
    pub mu: Vec<f64>,
    pub sigma: Vec<f64>,
}

/// Gaussians and the shares of the draws that come from each of them, exactly (Veach and Guibas 1995).
struct Proposal(Vec<(usize, Gaussian)>);

impl Proposal {
    /// For so many draws; the shares add up to 1.
    fn new(parts: Vec<(f64, Gaussian)>, draws: usize) -> Self {
        let mut until = 0.0;
        let mut taken = 0;
        let mut counted = Vec::with_capacity(parts.len());
        for (share, gaussian) in parts {
            until += share;
            let to = ((until * draws as f64).round() as usize).min(draws);
            counted.push((to - taken, gaussian));
            taken = to;
        }
        counted.retain(|(count, _)| *count > 0);
        Self(counted)
    }

    fn draw(&self, dimensions: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let of = |(count, gaussian): &(usize, Gaussian)| gaussian.moved(&vec![0.0; count * dimensions], 0.0, 1.0, rng);
        self.0.iter().flat_map(of).collect()
    }

    fn log_density(&self, z: &[f64]) -> f64 {
        let all: usize = self.0.iter().map(|(count, _)| count).sum();
        let terms: Vec<f64> =
            self.0.iter().map(|(count, g)| (*count as f64 / all as f64).ln() + g.log_density(z)).collect();
        log_sum_exp(terms)
    }
}

/// log p(x) from `samples` draws after the pilot rounds. `prior`: Gaussians that reach all of p(z), and their shares.
/// `log_likelihood`: (K, D) -> (K).
pub fn adapted<E: From<Cancelled>>(
    q: Diagonal,
    prior: &[(f64, Gaussian)],
    samples: usize,
    seed: u64,
    mut log_likelihood: impl FnMut(&[f32], &Progress) -> Result<Vec<f64>, E>,
    log_prior: impl Fn(&[f64]) -> f64,
    progress: &Progress,
) -> Result<Adapted, E> {
    let dimensions = q.mu.len();
    let mut rng = stream(seed, Purpose::Estimates, STREAM);
    let wider: Vec<f64> = q.sigma.iter().map(|s| WIDER * s).collect();
    let floor: Vec<f64> = q.sigma.iter().map(|s| NARROWEST * s).collect();
    let parts = |fitted: &[(f64, Gaussian)], shares: [f64; 4]| -> Vec<(f64, Gaussian)> {
        let scaled = |all: &[(f64, Gaussian)], by: f64| -> Vec<(f64, Gaussian)> {
            all.iter().map(|(share, gaussian)| (by * share, gaussian.clone())).collect()
        };
        let own =
            [(shares[1], Gaussian::diagonal(q)), (shares[2], Gaussian::diagonal(Diagonal { sigma: &wider, ..q }))];
        [scaled(fitted, shares[0]), own.to_vec(), scaled(prior, shares[3])].concat()
    };
    let mut weigh = |proposal: &Proposal, progress: &Progress, rng: &mut ChaCha8Rng| -> Result<_, E> {
        let codes = proposal.draw(dimensions, rng);
        let terms = log_likelihood(&codes, progress)?;
        progress.at(1.0)?;
        let codes: Vec<Vec<f64>> = codes.chunks_exact(dimensions).map(double).collect();
        let weight = |(z, term): (&Vec<f64>, f64)| term + log_prior(z) - proposal.log_density(z);
        let log_weights: Vec<f64> = codes.iter().zip(terms).map(weight).collect();
        Ok((codes, log_weights))
    };

    let (mut fitted, all) = (Vec::new(), ROUNDS * PILOT + samples);
    for round in 0..ROUNDS {
        let shares = if fitted.is_empty() { [0.0, 0.5, 0.2, 0.3] } else { [0.5, 0.15, 0.1, 0.25] };
        let proposal = Proposal::new(parts(&fitted, shares), PILOT);
        let progress = progress.part(share(round * PILOT, all), share((round + 1) * PILOT, all));
        let (codes, log_weights) = weigh(&proposal, &progress, &mut rng)?;
        fitted = fit(&codes, &tempered(&log_weights, 40 + 5 * dimensions), &floor);
    }
    let shares = if fitted.is_empty() { [0.0, 0.7, 0.2, 0.1] } else { [0.6, 0.2, 0.1, 0.1] };
    let proposal = Proposal::new(parts(&fitted, shares), samples.max(1));
    let (codes, log_weights) = weigh(&proposal, &progress.part(share(ROUNDS * PILOT, all), 1.0), &mut rng)?;
    let importance = Importance { estimate: Weighted::of(&log_weights), k_hat: pareto_shape(&log_weights) };
    let (mu, variances) = moments(&codes, &tempered(&log_weights, 1));
    let sigma = variances.iter().zip(q.sigma).map(|(v, q)| v.max(0.0).sqrt().max(0.5 * q)).collect();
    Ok(Adapted { importance, mu, sigma })
}

fn share(count: usize, all: usize) -> f64 {
    count as f64 / all as f64
}

/// Weights that add up to 1, drawn together by a power below 1 if fewer than `least` would count.
fn tempered(log_weights: &[f64], least: usize) -> Vec<f64> {
    let at = |power: f64| -> Vec<f64> {
        let log = log_sum_exp(log_weights.iter().map(|w| power * w));
        log_weights.iter().map(|w| if log.is_finite() { (power * w - log).exp() } else { 0.0 }).collect()
    };
    let enough = |weights: &[f64]| weights.iter().map(|w| w * w).sum::<f64>() * least as f64 <= 1.0;
    let whole = at(1.0);
    if enough(&whole) {
        return whole;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if enough(&at(middle)) { low = middle } else { high = middle }
    }
    at(low)
}

/// Mean and variances, (D) each, of codes whose weights add up to 1.
fn moments(codes: &[Vec<f64>], weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let dimensions = codes.first().map_or(0, Vec::len);
    let of = |value: &dyn Fn(&[f64], usize) -> f64| -> Vec<f64> {
        (0..dimensions).map(|d| codes.iter().zip(weights).map(|(z, w)| w * value(z, d)).sum()).collect()
    };
    let mean = of(&|z, d| z[d]);
    let variances = of(&|z, d| (z[d] - mean[d]).powi(2));
    (mean, variances)
}

/// Gaussians fitted to weighted codes by expectation-maximisation, and their shares; none of codes without weight.
fn fit(codes: &[Vec<f64>], weights: &[f64], floor: &[f64]) -> Vec<(f64, Gaussian)> {
    let some: Vec<(&[f64], f64)> =
        codes.iter().zip(weights).filter(|(_, w)| **w > 1e-9).map(|(z, w)| (z.as_slice(), *w)).collect();
    let Some(whole) = fitted(&some, floor) else { return Vec::new() };
    if floor.len() > FEW_DIMENSIONS {
        return vec![(1.0, whole.1)];
    }
    // Begun at draws that are taken by their weights, all as wide as half of the whole.
    let mut parts: Vec<(f64, Gaussian)> = Vec::with_capacity(PARTS);
    let (total, mut sum) = (whole.0, 0.0);
    for (z, weight) in &some {
        sum += weight / total;
        while parts.len() < PARTS && (parts.len() as f64 + 0.5) / PARTS as f64 <= sum {
            parts.push((1.0 / PARTS as f64, whole.1.about(z, 0.5)));
        }
    }
    for _ in 0..STEPS {
        let mut shares: Vec<Vec<(&[f64], f64)>> = vec![Vec::with_capacity(some.len()); parts.len()];
        for (z, weight) in &some {
            let terms: Vec<f64> = parts.iter().map(|(share, gaussian)| share.ln() + gaussian.log_density(z)).collect();
            let log = log_sum_exp(terms.iter().copied());
            let of =
                |term: f64| if log.is_finite() { weight * (term - log).exp() } else { weight / terms.len() as f64 };
            shares.iter_mut().zip(&terms).for_each(|(part, &term)| part.push((*z, of(term))));
        }
        let next = shares.iter().filter_map(|part| fitted(part, floor));
        let next: Vec<(f64, Gaussian)> = next.map(|(share, gaussian)| (share / total, gaussian)).collect();
        parts = next.into_iter().filter(|(share, _)| *share > 1e-3).collect();
        let sum: f64 = parts.iter().map(|(share, _)| share).sum();
        parts.iter_mut().for_each(|(share, _)| *share /= sum);
    }
    parts
}

/// The whole weight of codes, and the Gaussian of their mean and covariance, somewhat wider.
fn fitted(codes: &[(&[f64], f64)], floor: &[f64]) -> Option<(f64, Gaussian)> {
    let total: f64 = codes.iter().map(|(_, weight)| weight).sum();
    if total < 1e-9 {
        return None;
    }
    let average = |of: &dyn Fn(&[f64]) -> f64| codes.iter().map(|(z, weight)| weight * of(z)).sum::<f64>() / total;
    let mean: Vec<f64> = (0..floor.len()).map(|d| average(&|z| z[d])).collect();
    let kept = if floor.len() > FEW_DIMENSIONS { 1.0 - SHRINKAGE } else { 1.0 };
    let row = |d: usize| -> Vec<f64> {
        let of = |e: usize| {
            let covariance = average(&|z| (z[d] - mean[d]) * (z[e] - mean[e]));
            INFLATION.powi(2) * if e == d { covariance + floor[d].powi(2) } else { kept * covariance }
        };
        (0..=d).map(of).collect()
    };
    let covariance: Vec<Vec<f64>> = (0..floor.len()).map(row).collect();
    Some((total, Gaussian::of(mean, &covariance)))
}
