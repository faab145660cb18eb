//! A second opinion on log p(x): a few draws from about the encoder's answer bound it from below on average (Burda, Grosse and
//! Salakhutdinov 2016), and share with quadrature nothing but the likelihood.

use super::evidence::{Evidence, Hint};
use super::likelihood::LogLikelihood;
use super::sampling::{Diagonal, importance};
use crate::config::Place;
use crate::explore::gaussian::log_prior_f64;
use crate::model::ModelError;
use crate::progress::Progress;

/// Draws for each image, and for one that they speak against.
const FEW: usize = 30;
const MANY: usize = 5_000;
/// Standard errors that an estimate may be above an integral.
const ERRORS: f64 = 3.0;

/// Raises the alarm for each image of whose mass an estimate by importance sampling finds more than the integral did, beyond
/// doubt: by more than its three standard errors and `tolerance`; `evidence` and `hints` have one an image.
pub fn cross_check(
    likelihood: &impl LogLikelihood,
    hints: &[Hint],
    evidence: &mut [Evidence],
    tolerance: f64,
    progress: &Progress,
) -> Result<(), ModelError> {
    let count = evidence.len();
    for (i, (evidence, hint)) in evidence.iter_mut().zip(hints).enumerate() {
        let progress = progress.part_of(i, count);
        progress.at(0.0)?;
        let (mu, sigma) = (hint.mu.map(f64::from), [f64::from(hint.sigma); 2]);
        let speaks_against = |draws: usize| -> Result<bool, ModelError> {
            let terms = |codes: &[f32], progress: &Progress| {
                likelihood.of_image(i, codes.as_chunks::<2>().0 as &[Place], progress)
            };
            // What a prior is beside N(0, I) is part of the likelihood.
            let log_prior = |z: &[f64]| log_prior_f64([z[0], z[1]]);
            let q = Diagonal { mu: &mu, sigma: &sigma };
            let found = importance(q, draws, i as u64, terms, log_prior, &progress)?.estimate;
            Ok(found.log - ERRORS * found.standard_error > evidence.log + tolerance)
        };
        evidence.is_contradicted = speaks_against(FEW)? && speaks_against(MANY)?;
    }
    Ok(())
}
