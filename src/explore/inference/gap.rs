//! The gap log p(x) − ELBO(x) = KL(q(z|x) ‖ p(z|x)), and what it is made of (Cremer, Li and Duvenaud 2018): what no diagonal
//! Gaussian could do better, what the best one for the objective that the run was trained with does worse, and what the encoder
//! loses in that objective by answering at once.

use super::super::gaussian::DiagonalGaussian;
use super::best_gaussian::{Objective, best_gaussian};
use super::evidence::Evidence;
use super::likelihood::LogLikelihood;
use super::posterior::Posterior;
use crate::config::{Beta, Place};
use crate::model::ModelError;
use crate::progress::Progress;

/// A start that lies so near to a Gaussian that was found would lead there again: σ of it, and the ratio of the σ.
const NEAR: f64 = 0.3;
const ALIKE: f64 = 1.3;

/// Of one image, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    pub log_evidence: f64,
    /// Of the encoder's answer, its expectation by quadrature.
    pub elbo: f64,
    /// Of the best diagonal Gaussian.
    pub best_elbo: f64,
    pub best: DiagonalGaussian,
    /// None where the objective has no price for a code, so that a point is best.
    pub trained_for: Option<TrainedFor>,
}

/// What the objective that a run was trained with makes of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainedFor {
    /// The best diagonal Gaussian for it, and the ELBO of that one.
    pub best: DiagonalGaussian,
    pub elbo: f64,
    /// By how much the objective of the encoder's answer is lower.
    pub lost: f64,
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

    /// What the best Gaussian for the objective loses against the best for the ELBO; 0 if that is the objective.
    pub fn objective(&self) -> Option<f64> {
        self.trained_for.map(|trained| self.best_elbo - trained.elbo)
    }

    /// What the encoder loses by answering at once, in the objective that it was trained with. The three add up to the whole where
    /// that is the ELBO.
    pub fn amortisation(&self) -> Option<f64> {
        self.trained_for.map(|trained| trained.lost)
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

/// Whether a search from `start` would end where one has ended before.
fn is_known(start: &DiagonalGaussian, found: &[(DiagonalGaussian, f64)]) -> bool {
    found.iter().any(|(known, _)| {
        (0..2).all(|d| {
            let ratio = start.sigma[d] / known.sigma[d];
            (start.mu[d] - known.mu[d]).abs() < NEAR * known.sigma[d] && (1.0 / ALIKE..ALIKE).contains(&ratio)
        })
    })
}

/// The gap of image `image`, whose evidence and posterior are known, for the encoder's answer q of a run that was trained with
/// the KL's weights `beta`.
pub fn gap(
    likelihood: &impl LogLikelihood,
    image: usize,
    (evidence, posterior): (&Evidence, &Posterior),
    q: DiagonalGaussian,
    beta: Beta,
    progress: &Progress,
) -> Result<Gap, ModelError> {
    // As narrow as what was seen of the posterior at least: the search would have to begin by widening it, anyway.
    let seen = |d: usize| evidence.cells.iter().map(|(cell, _)| f64::from(cell.half[d])).fold(f64::INFINITY, f64::min);
    let finest = [0, 1].map(seen).map(|half| if half.is_finite() { half } else { 0.0 });
    let own = DiagonalGaussian { sigma: [0, 1].map(|d| q.sigma[d].max(finest[d])), ..q };
    let mut starts = starts(evidence, posterior);
    starts.push(own);
    let search = |objective: Objective, more: &[DiagonalGaussian], progress: &Progress| {
        // The encoder's own, as no search may have come so far.
        let (mut best, mut reached) = (q, objective.of(&q, likelihood, image, 0.0, &progress.part(0.0, 0.1))?);
        let of_encoder = reached;
        let mut found: Vec<(DiagonalGaussian, f64)> = Vec::new();
        for (i, start) in starts.iter().chain(more).enumerate() {
            if !is_known(start, &found) {
                let progress = progress.part(0.1, 0.9).part_of(i, starts.len() + more.len());
                found.push(best_gaussian(objective, *start, likelihood, image, &progress)?);
            }
        }
        if let Some((candidate, _)) = found.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b)) {
            let of_candidate = objective.of(&candidate, likelihood, image, 0.0, &progress.part(0.9, 1.0))?;
            if of_candidate > reached {
                (best, reached) = (candidate, of_candidate);
            }
        }
        Ok::<_, ModelError>((best, reached, of_encoder))
    };
    let (best, best_elbo, elbo) = search(Objective::ELBO, &[], &progress.part(0.0, 0.5))?;
    let trained_for = match beta {
        _ if beta == 1.0 => Some(TrainedFor { best, elbo: best_elbo, lost: best_elbo - elbo }),
        Beta { mean, variance } if mean > 0.0 && variance > 0.0 => {
            let (of_objective, reached, of_encoder) = search(Objective(beta), &[best], &progress.part(0.5, 0.9))?;
            let elbo = Objective::ELBO.of(&of_objective, likelihood, image, 0.0, &progress.part(0.9, 1.0))?;
            Some(TrainedFor { best: of_objective, elbo, lost: reached - of_encoder })
        }
        _ => None,
    };
    Ok(Gap { log_evidence: evidence.log, elbo, best_elbo, best, trained_for })
}
