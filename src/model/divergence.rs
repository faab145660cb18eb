//! KL(q(z|x) ‖ p(z)) of Gaussian posteriors from a prior that is no Gaussian: by quadrature where codes have one or two
//! dimensions.

use std::f64::consts::TAU;

use super::{Codes, Prior};
use crate::progress::{Cancelled, Progress};

/// How far a posterior is followed, in σ, and the nodes on each side of its mean: a step of 0.4 σ. About a component of the prior
/// that is a twentieth as wide as the posterior it is off by a hundredth of a nat, this way or that.
const REACH: f64 = 6.0;
const NODES: i32 = 15;
/// Products between two reports.
const WORK: usize = 10_000_000;
/// Sums of products below this have lost digits.
const SMALLEST: f64 = 1e-250;

/// The entropy of N(μ, diag σ²), in nats. logvar: (latent).
pub fn entropy(logvar: &[f32]) -> f64 {
    logvar.iter().map(|&v| 0.5 * (1.0 + TAU.ln() + f64::from(v))).sum()
}

/// The KL of each posterior, in nats, −H(q) − E_q log p(z): the expectation by the trapezoidal rule in units of q's σ. `None`
/// where codes have more than two dimensions or no posteriors.
pub fn divergences(prior: &Prior, codes: &Codes, progress: &Progress) -> Result<Option<Vec<f64>>, Cancelled> {
    let latent = codes.latent;
    let Some(logvar) = codes.logvar.as_ref().filter(|_| (1..=2).contains(&latent)) else { return Ok(None) };
    let rule = Rule::new();
    let mut reports = progress.throttled(WORK);
    let mut all = Vec::with_capacity(codes.len());
    for (i, (mu, logvar)) in codes.mu.chunks_exact(latent).zip(logvar.chunks_exact(latent)).enumerate() {
        reports.before(prior.len() * rule.nodes.len().pow(latent as u32), i, codes.len())?;
        all.push(-entropy(logvar) - rule.expected_log_density(prior, mu, logvar));
    }
    Ok(Some(all))
}

/// Nodes and weights for the expectation of a function of t from N(0, 1).
struct Rule {
    nodes: Vec<f64>,
    weights: Vec<f64>,
}

impl Rule {
    fn new() -> Self {
        let nodes: Vec<f64> = (-NODES..=NODES).map(|i| REACH * f64::from(i) / f64::from(NODES)).collect();
        let densities = nodes.iter().map(|t| (-0.5 * t * t).exp());
        let total: f64 = densities.clone().sum();
        Self { weights: densities.map(|density| density / total).collect(), nodes }
    }

    /// E_q log p(z). mu, logvar: (latent), of one or two dimensions. A component's density is a product over the dimensions, so
    /// that exponentials are taken along each of them alone.
    fn expected_log_density(&self, prior: &Prior, mu: &[f32], logvar: &[f32]) -> f64 {
        let place = |d: usize, t: f64| f64::from(mu[d]) + (0.5 * f64::from(logvar[d])).exp() * t;
        let along = |d: usize| Line::new(prior, d, self.nodes.iter().map(|&t| place(d, t)));
        let across = along(0);
        let down = if mu.len() == 2 { along(1) } else { Line::point(prior) };
        let (mut expected, mut sums) = (0.0, vec![0.0; down.most.len()]);
        for (i, (weight, most)) in self.weights.iter().zip(&across.most).enumerate() {
            sums.fill(0.0);
            for (k, densities) in down.densities.chunks_exact(sums.len()).enumerate() {
                let of = across.densities[k * self.nodes.len() + i];
                sums.iter_mut().zip(densities).for_each(|(sum, density)| *sum += of * density);
            }
            for (j, sum) in sums.iter().enumerate() {
                let node = [i, j];
                let z = || (0..mu.len()).map(|d| place(d, self.nodes[node[d]])).collect::<Vec<f64>>();
                let is_safe = *sum > SMALLEST;
                let log = if is_safe { sum.ln() + most + down.most[j] } else { prior.log_density(&z()) };
                expected += weight * if mu.len() == 2 { self.weights[j] } else { 1.0 } * log;
            }
        }
        expected
    }
}

/// The densities of a prior's components along one dimension, each place's in units of the largest there.
struct Line {
    /// (components, places)
    densities: Vec<f64>,
    /// ln of the largest at each place.
    most: Vec<f64>,
}

impl Line {
    /// Along dimension `d`; the first carries the components' weights.
    fn new(prior: &Prior, d: usize, places: impl Iterator<Item = f64> + Clone) -> Self {
        let count = places.clone().count();
        let (mut densities, mut most) = (Vec::with_capacity(prior.len() * count), vec![f64::NEG_INFINITY; count]);
        for k in 0..prior.len() {
            let (mean, scale) = prior.component(k);
            let weight = if d == 0 { prior.log_weight[k] } else { 0.0 };
            let constant = weight - scale[d].ln() - 0.5 * TAU.ln();
            densities.extend(places.clone().map(|z| constant - 0.5 * ((z - mean[d]) / scale[d]).powi(2)));
        }
        for row in densities.chunks_exact(count) {
            most.iter_mut().zip(row).for_each(|(most, log)| *most = most.max(*log));
        }
        for row in densities.chunks_exact_mut(count) {
            row.iter_mut().zip(&most).for_each(|(log, most)| *log = (*log - most).exp());
        }
        Self { densities, most }
    }

    /// What stands in for a dimension that there is not.
    fn point(prior: &Prior) -> Self {
        Self { densities: vec![1.0; prior.len()], most: vec![0.0] }
    }
}
