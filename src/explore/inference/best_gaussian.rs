//! The best diagonal Gaussian near a start, for the ELBO or for an objective that weighs the KL otherwise.

use super::super::gaussian::DiagonalGaussian;
use super::likelihood::LogLikelihood;
use crate::config::{Beta, Place};
use crate::model::ModelError;
use crate::progress::Progress;

/// A table: places on each side of a Gaussian's mean, and the σ from one to the next. The rule is off by e^(−2π²/step²) or so.
const NODES: i32 = 8;
const STEP: f64 = 0.75;
/// A table serves Gaussians that are no narrower than this share of its own, and that it reaches by so many σ: a variance that is cut
/// off at 5 σ is too small by 2e-5.
const NARROWER: f64 = 0.65;
const REACH: f64 = 5.0;
/// The same where a number is to be reported: log p(x|z) may have kinks.
const FINE_NODES: i32 = 20;
const FINE_STEP: f64 = 0.3;
/// Steps of the search, at most, and the nats below which it ends: what is at its best is off by no more than that, but another
/// objective of the same Gaussian by as much as its root.
const MOST_STEPS: usize = 200;
const ENOUGH: f64 = 1e-9;

/// What a diagonal Gaussian q is to make large: E_q[log p(x|z)] less the KL from the prior, weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Objective(pub Beta);

impl Objective {
    pub const ELBO: Self = Self(Beta::both(1.0));

    /// What enters its expectation: of log p(x|z) + log p(z) / N(z; 0, I) the latter is part of the KL.
    fn term(&self, term: f64, tilt: f64) -> f64 {
        term + (self.0.mean - 1.0) * tilt
    }

    fn value(&self, q: &DiagonalGaussian, fit: f64) -> f64 {
        let [means, variances] = q.kl_halves();
        fit - self.0.mean * means - self.0.variance * variances
    }

    /// The same of one image, by the trapezoidal rule in units of q's σ, however small, shifted by a share of a step.
    pub fn of(
        &self,
        q: &DiagonalGaussian,
        likelihood: &impl LogLikelihood,
        image: usize,
        shift: f64,
        progress: &Progress,
    ) -> Result<f64, ModelError> {
        let table = Table::new(*q, (FINE_NODES, FINE_STEP, shift), likelihood, image, progress)?;
        let [fit] = table.expectation(q, *self, |_, term| [term]);
        Ok(self.value(q, fit))
    }
}

/// log p(x|z) of one image about a Gaussian.
struct Table {
    about: DiagonalGaussian,
    reach: f64,
    places: Vec<[f64; 2]>,
    /// log p(x|z) p(z) / N(z; 0, I), and of this log p(z) / N(z; 0, I).
    terms: Vec<(f64, f64)>,
}

impl Table {
    fn new(
        about: DiagonalGaussian,
        (nodes, step, shift): (i32, f64, f64),
        likelihood: &impl LogLikelihood,
        image: usize,
        progress: &Progress,
    ) -> Result<Self, ModelError> {
        let along = || (-nodes..=nodes).map(|i| step * (f64::from(i) + shift));
        let place = |t: [f64; 2]| [0, 1].map(|d| about.mu[d] + about.sigma[d] * t[d]);
        let places: Vec<[f64; 2]> = along().flat_map(|x| along().map(move |y| place([x, y]))).collect();
        let codes: Vec<Place> = places.iter().map(|z| z.map(|v| v as f32)).collect();
        let terms = likelihood.of_image(image, &codes, &progress.part(0.0, 0.9))?;
        let tilts = likelihood.tilts(&codes, &progress.part(0.9, 1.0))?;
        let tilt = |i: usize| tilts.as_ref().map_or(0.0, |tilts| tilts[i]);
        let terms = terms.into_iter().enumerate().map(|(i, term)| (term, tilt(i))).collect();
        Ok(Self { about, reach: step * f64::from(nodes), places, terms })
    }

    fn serves(&self, q: &DiagonalGaussian) -> bool {
        (0..2).all(|d| {
            let reach = (q.mu[d] - self.about.mu[d]).abs() + REACH * q.sigma[d];
            q.sigma[d] >= NARROWER * self.about.sigma[d] && reach <= self.reach * self.about.sigma[d]
        })
    }

    /// E_q of something that depends on the place and on what the objective takes there.
    fn expectation<const N: usize>(
        &self,
        q: &DiagonalGaussian,
        objective: Objective,
        of: impl Fn([f64; 2], f64) -> [f64; N],
    ) -> [f64; N] {
        let (mut sums, mut total) = ([0.0; N], 0.0);
        for (&z, &(term, tilt)) in self.places.iter().zip(&self.terms) {
            let weight = q.log_density(z).exp();
            total += weight;
            sums.iter_mut().zip(of(z, objective.term(term, tilt))).for_each(|(sum, value)| *sum += weight * value);
        }
        sums.map(|sum| sum / total)
    }
}

/// The diagonal Gaussian of the highest objective near `start`, and the objective, by natural-gradient steps: with Stein's identities
/// for the expected gradient g and curvature h of log p(x|z), 1/σ² moves to 1 − h/β and μ by (g − β μ) / (β − h), as far as the
/// objective grows (Khan and Lin 2017).
pub(super) fn best_gaussian(
    objective: Objective,
    start: DiagonalGaussian,
    likelihood: &impl LogLikelihood,
    image: usize,
    progress: &Progress,
) -> Result<(DiagonalGaussian, f64), ModelError> {
    let about = |q: DiagonalGaussian| Table::new(q, (NODES, STEP, 0.0), likelihood, image, &progress.part(0.0, 0.0));
    let value = |table: &Table, q: &DiagonalGaussian| {
        let [fit] = table.expectation(q, objective, |_, term| [term]);
        objective.value(q, fit)
    };
    let beta = objective.0;
    let mut table = about(start)?;
    let (mut q, mut reached, mut rate) = (start, value(&table, &start), 0.5);
    for step in 0..MOST_STEPS {
        progress.done(step, MOST_STEPS)?;
        let [base] = table.expectation(&q, objective, |_, term| [term]);
        let [g0, g1, h0, h1] = table.expectation(&q, objective, |z, term| {
            let t = [0, 1].map(|d| (z[d] - q.mu[d]) / q.sigma[d]);
            let f = term - base;
            let curvature = |d: usize| f * (t[d] * t[d] - 1.0) / q.sigma[d].powi(2);
            [f * t[0] / q.sigma[0], f * t[1] / q.sigma[1], curvature(0), curvature(1)]
        });
        let (g, h) = ([g0, g1], [h0, h1]);
        let precision = |d: usize| {
            let now = q.sigma[d].powi(-2);
            (1.0 - rate) * now + rate * (1.0 - h[d] / beta.variance).max(0.1 * now)
        };
        let sigma = [0, 1].map(|d| precision(d).powf(-0.5));
        let steepness = |d: usize| (beta.mean + beta.variance * (precision(d) - 1.0)).max(0.1 * beta.mean);
        let mu = [0, 1].map(|d| q.mu[d] + rate * (g[d] - beta.mean * q.mu[d]) / steepness(d));
        let next = DiagonalGaussian { mu, sigma };
        let other = if table.serves(&next) { None } else { Some(about(next)?) };
        let gained = value(other.as_ref().unwrap_or(&table), &next) - reached;
        if gained > 0.0 {
            (q, reached, rate) = (next, reached + gained, f64::min(1.0, 1.3 * rate));
            table = other.unwrap_or(table);
        } else {
            rate *= 0.4;
        }
        if (0.0..ENOUGH).contains(&gained) || rate < 1e-4 {
            break;
        }
    }
    Ok((q, reached))
}
