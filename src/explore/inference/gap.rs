//! The gap log p(x) − ELBO(x) = KL(q(z|x) ‖ p(z|x)), and what it is made of (Cremer, Li and Duvenaud 2018): what no diagonal
//! Gaussian could do better, and what the encoder loses by answering at once.

use super::super::Cells;
use super::super::gaussian::{DiagonalGaussian, log_prior_f64};
use super::evidence::Evidence;
use super::likelihood::LogLikelihood;
use super::posterior::Posterior;
use crate::config::Place;
use crate::model::ModelError;
use crate::progress::{Cancelled, Progress};

/// Cells along a side of the grid at most, and as many to a σ of the narrower Gaussian.
const MOST_ACROSS: usize = 160;
const CELLS_A_SIGMA: f64 = 2.0;
/// How far a Gaussian is followed, in σ, and the places on each side of its mean where it is looked at for its own ELBO.
const REACH: f64 = 6.0;
const NODES: i32 = 20;
/// Steps of the search for the best Gaussian, at most, and the nats below which it ends.
const MOST_STEPS: usize = 300;
const ENOUGH: f64 = 1e-6;

/// Of one image, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    pub log_evidence: f64,
    /// Of the encoder's answer, its expectation by quadrature.
    pub elbo: f64,
    /// Of the best diagonal Gaussian.
    pub best_elbo: f64,
    pub best: DiagonalGaussian,
    /// KL(q(z|x) ‖ p(z|x)), computed as such.
    pub divergence: f64,
}

impl Gap {
    /// log p(x) − ELBO of the encoder's answer.
    pub fn whole(&self) -> f64 {
        self.log_evidence - self.elbo
    }

    /// What no diagonal Gaussian could do better.
    pub fn approximation(&self) -> f64 {
        self.log_evidence - self.best_elbo
    }

    /// What the encoder loses by answering at once.
    pub fn amortisation(&self) -> f64 {
        self.best_elbo - self.elbo
    }
}

/// E_q[log p(x|z)] of an image and KL(q ‖ p(z|x)) + log p(x), by the trapezoidal rule in units of q's σ, however small.
fn expected(
    q: &DiagonalGaussian,
    likelihood: &impl LogLikelihood,
    image: usize,
    progress: &Progress,
) -> Result<(f64, f64), ModelError> {
    let along = || (-NODES..=NODES).map(|i| REACH * f64::from(i) / f64::from(NODES));
    let places: Vec<[f64; 2]> = along().flat_map(|x| along().map(move |y| [x, y])).collect();
    let place = |t: &[f64; 2]| [0, 1].map(|d| q.mu[d] + q.sigma[d] * t[d]);
    let codes: Vec<Place> = places.iter().map(|t| place(t).map(|v| v as f32)).collect();
    let terms = likelihood.of_image(image, &codes, progress)?;
    let (mut fit, mut divergence, mut total) = (0.0, 0.0, 0.0);
    for (t, term) in places.iter().zip(terms) {
        let (z, weight) = (place(t), (-0.5 * (t[0] * t[0] + t[1] * t[1])).exp());
        let log_q = log_prior_f64(*t) - (q.sigma[0] * q.sigma[1]).ln();
        total += weight;
        fit += weight * term;
        divergence += weight * (log_q - log_prior_f64(z) - term);
    }
    Ok((fit / total, divergence / total))
}

/// log p(x|z) of one image on a grid, to search for the best Gaussian on.
struct Table {
    places: Vec<[f64; 2]>,
    terms: Vec<f64>,
    /// Sides of a cell; a Gaussian that is narrower is not seen.
    cell: [f64; 2],
}

impl Table {
    /// Over where the posterior is and over `REACH` σ about Gaussians.
    fn new(
        likelihood: &impl LogLikelihood,
        image: usize,
        gaussians: &[DiagonalGaussian],
        region: &Cells,
        progress: &Progress,
    ) -> Result<Self, ModelError> {
        let reach = |d: usize, sign: f64| gaussians.iter().map(move |q| (q.mu[d] + sign * REACH * q.sigma[d]) as f32);
        let min = [0, 1].map(|d| reach(d, -1.0).fold(region.min[d], f32::min));
        let max = [0, 1].map(|d| reach(d, 1.0).fold(region.max[d], f32::max));
        let count = |d: usize| {
            let narrowest = gaussians.iter().map(|q| q.sigma[d]).fold(f64::INFINITY, f64::min);
            let cells = CELLS_A_SIGMA * f64::from(max[d] - min[d]) / narrowest;
            (cells.ceil() as usize).clamp(24, MOST_ACROSS)
        };
        let cells = Cells { min, max, across: count(0), down: count(1) };
        let codes = cells.centres();
        let terms = likelihood.of_image(image, &codes, progress)?;
        let places = codes.into_iter().map(|z| z.map(f64::from)).collect();
        Ok(Self { places, terms, cell: cells.cell().map(f64::from) })
    }

    /// E_q of something that depends on the place and on log p(x|z).
    fn expectation<const N: usize>(&self, q: &DiagonalGaussian, of: impl Fn([f64; 2], f64) -> [f64; N]) -> [f64; N] {
        let (mut sums, mut total) = ([0.0; N], 0.0);
        for (&z, &term) in self.places.iter().zip(&self.terms) {
            let weight = (q.log_density(z)).exp();
            if weight > 0.0 {
                total += weight;
                sums.iter_mut().zip(of(z, term)).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        sums.map(|sum| sum / total)
    }

    fn elbo(&self, q: &DiagonalGaussian) -> f64 {
        let [fit] = self.expectation(q, |_, term| [term]);
        fit - q.kl()
    }

    /// The diagonal Gaussian of the highest ELBO near `start`, by natural-gradient steps: with Stein's identities for the
    /// expected gradient g and curvature h of log p(x|z), 1/σ² moves to 1 − h and μ by σ² (g − μ) (Khan and Lin 2017), as far
    /// as the ELBO grows.
    fn best(&self, start: DiagonalGaussian, progress: &Progress) -> Result<DiagonalGaussian, Cancelled> {
        let start = DiagonalGaussian { sigma: [0, 1].map(|d| start.sigma[d].max(self.cell[d])), ..start };
        let (mut q, mut elbo, mut rate) = (start, self.elbo(&start), 0.5);
        for step in 0..MOST_STEPS {
            progress.done(step, MOST_STEPS)?;
            let [base] = self.expectation(&q, |_, term| [term]);
            let [g0, g1, h0, h1] = self.expectation(&q, |z, term| {
                let t = [0, 1].map(|d| (z[d] - q.mu[d]) / q.sigma[d]);
                let f = term - base;
                [
                    f * t[0] / q.sigma[0],
                    f * t[1] / q.sigma[1],
                    f * (t[0] * t[0] - 1.0) / q.sigma[0].powi(2),
                    f * (t[1] * t[1] - 1.0) / q.sigma[1].powi(2),
                ]
            });
            let (g, h) = ([g0, g1], [h0, h1]);
            let sigma = [0, 1].map(|d| {
                let precision = (1.0 - rate) / q.sigma[d].powi(2) + rate * (1.0 - h[d]).max(0.1 / q.sigma[d].powi(2));
                precision.powf(-0.5)
            });
            let mu = [0, 1].map(|d| q.mu[d] + rate * sigma[d].powi(2) * (g[d] - q.mu[d]));
            let next = DiagonalGaussian { mu, sigma };
            let gained = self.elbo(&next) - elbo;
            if gained > 0.0 {
                (q, elbo, rate) = (next, elbo + gained, f64::min(1.0, 1.3 * rate));
            } else {
                rate *= 0.4;
            }
            if (0.0..ENOUGH).contains(&gained) || rate < 1e-4 {
                break;
            }
        }
        Ok(q)
    }
}

/// Where the search begins besides the encoder's answer, which may lie at the wrong mode: at the posterior's moments and at each
/// of its modes, there as wide as the mass is that lies nearer to it than to any other.
fn starts(evidence: &Evidence, posterior: &Posterior) -> Vec<DiagonalGaussian> {
    let variances = [posterior.covariance[0], posterior.covariance[2]];
    let moments = DiagonalGaussian { mu: posterior.mean, sigma: variances.map(|v| v.max(0.0).sqrt()) };
    let mut sums = vec![([0.0; 2], 0.0); posterior.modes.len()];
    for (cell, log) in &evidence.cells {
        let from = |mode: &Place| [0, 1].map(|d| f64::from(cell.centre[d] - mode[d]));
        let square = |mode: &Place| from(mode).iter().map(|v| v * v).sum::<f64>();
        let nearest = posterior.modes.iter().enumerate().min_by(|(_, a), (_, b)| square(a).total_cmp(&square(b)));
        let Some((nearest, mode)) = nearest else { continue };
        let (mass, from) = ((log - evidence.log).exp(), from(mode));
        let (squares, total) = &mut sums[nearest];
        *total += mass;
        // A cell that is alone has a width, too.
        (0..2).for_each(|d| squares[d] += mass * (from[d].powi(2) + f64::from(cell.half[d]).powi(2) / 3.0));
    }
    let of_mode = |(mode, (squares, total)): (&Place, ([f64; 2], f64))| DiagonalGaussian {
        mu: mode.map(f64::from),
        sigma: squares.map(|sum| (sum / total).sqrt()),
    };
    let modes = posterior.modes.iter().zip(sums).map(of_mode);
    let is_wide = |q: &DiagonalGaussian| q.sigma.iter().all(|&s| s.is_finite() && s > 0.0);
    std::iter::once(moments).chain(modes).filter(is_wide).collect()
}

/// The gap of image `image`, whose evidence and posterior are known, for the encoder's answer q.
pub fn gap(
    likelihood: &impl LogLikelihood,
    image: usize,
    (evidence, posterior): (&Evidence, &Posterior),
    q: DiagonalGaussian,
    progress: &Progress,
) -> Result<Gap, ModelError> {
    let region = Posterior::region(evidence);
    let table = Table::new(likelihood, image, &[q], &region, &progress.part(0.0, 0.2))?;
    let (fit, divergence) = expected(&q, likelihood, image, &progress.part(0.2, 0.3))?;
    let elbo = fit - q.kl();
    let mut found = vec![table.best(q, &progress.part(0.3, 0.5))?];
    let starts = starts(evidence, posterior);
    if !starts.is_empty() {
        let table = Table::new(likelihood, image, &starts, &region, &progress.part(0.5, 0.6))?;
        for (i, start) in starts.iter().enumerate() {
            found.push(table.best(*start, &progress.part(0.6, 0.9).part_of(i, starts.len()))?);
        }
    }
    // The encoder's own, as a grid may not show how good a very narrow one is.
    let (mut best, mut best_elbo) = (q, elbo);
    let progress = progress.part(0.9, 1.0);
    for (i, candidate) in found.iter().enumerate() {
        let fit = expected(candidate, likelihood, image, &progress.part_of(i, found.len()))?.0;
        if fit - candidate.kl() > best_elbo {
            (best, best_elbo) = (*candidate, fit - candidate.kl());
        }
    }
    Ok(Gap { log_evidence: evidence.log, elbo, best_elbo, best, divergence: divergence + evidence.log })
}
