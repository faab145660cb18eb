//! log p(x|z) of images for many codes, as integrals under N(0, I) need it: of a model, or of anything else that knows it. As
//! ∫ p(x|z) p(z) dz = ∫ N(z; 0, I) [p(x|z) p(z) / N(z; 0, I)] dz, what a prior is beside N(0, I) is part of the likelihood: all
//! that is written for N(0, I) is right for it too.

use std::ops::Range;

use super::super::gaussian::log_prior_f64;
use super::super::statistics::log_sum_exp;
use crate::config::Place;
use crate::model::{Frozen, LogSum, ModelError, Prior};
use crate::progress::{Cancelled, Progress};

/// Components of a prior at codes that are looked at between two reports.
const LOOKED_AT: usize = 200_000;

/// Some of the codes, and the images that are looked at with them.
pub type Group = (Range<usize>, Vec<usize>);

/// log p(x|z) of some images.
pub trait LogLikelihood {
    /// How many images there are.
    fn images(&self) -> usize;

    /// Of each group log p(x|z) of each of its images for each of its codes: (images, codes), row by row.
    fn groups(&self, codes: &[Place], groups: &[Group], progress: &Progress) -> Result<Vec<Vec<f64>>, ModelError>;

    /// log p(x|z) of one image for each code.
    fn of_image(&self, image: usize, codes: &[Place], progress: &Progress) -> Result<Vec<f64>, ModelError> {
        Ok(self.groups(codes, &[(0..codes.len(), vec![image])], progress)?.concat())
    }

    /// Of every image log Σ_k p(x|z_k) e^(log_weight_k), and its terms within `margin` nats of the largest.
    fn log_sums(
        &self,
        codes: &[Place],
        log_weights: &[f64],
        margin: f64,
        progress: &Progress,
    ) -> Result<Vec<LogSum>, ModelError> {
        let terms = self.groups(codes, &[(0..codes.len(), (0..self.images()).collect())], progress)?.concat();
        let of = |terms: &[f64]| {
            let terms: Vec<f64> = terms.iter().zip(log_weights).map(|(term, weight)| term + weight).collect();
            let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log = log_sum_exp(terms.iter().copied());
            let kept = (0..).zip(terms).filter(|(_, term)| *term >= most - margin).collect();
            LogSum { log, terms: kept }
        };
        Ok(terms.chunks_exact(codes.len()).map(of).collect())
    }
}

/// log p(z) − log N(z; 0, I) at codes; none where the prior is N(0, I).
pub(super) fn tilt(prior: &Prior, codes: &[Place], progress: &Progress) -> Result<Option<Vec<f64>>, Cancelled> {
    if prior.is_normal() {
        return Ok(None);
    }
    let mut reports = progress.throttled(LOOKED_AT);
    let mut tilts = Vec::with_capacity(codes.len());
    for z in codes {
        reports.before(prior.len(), tilts.len(), codes.len())?;
        tilts.push(prior.log_density_at(*z) - log_prior_f64(z.map(f64::from)));
    }
    Ok(Some(tilts))
}

/// The likelihood of a model for images (n, pixels), times p(z) / N(z; 0, I) where its prior is another.
pub struct OfModel<'a> {
    pub model: &'a dyn Frozen,
    pub images: &'a [f32],
}

impl LogLikelihood for OfModel<'_> {
    fn images(&self) -> usize {
        self.images.len() / self.model.config().pixels()
    }

    fn groups(&self, codes: &[Place], groups: &[Group], progress: &Progress) -> Result<Vec<Vec<f64>>, ModelError> {
        let likelihoods = self.model.likelihoods(codes, &progress.part(0.0, 0.5))?;
        let team = &self.model.compute().team;
        let mut terms = likelihoods.groups(self.images, groups, team, &progress.part(0.5, 0.9))?;
        if let Some(tilt) = tilt(self.model.prior()?, codes, &progress.part(0.9, 1.0))? {
            for (terms, (range, _)) in terms.iter_mut().zip(groups).filter(|(_, (range, _))| !range.is_empty()) {
                for row in terms.chunks_exact_mut(range.len()) {
                    row.iter_mut().zip(&tilt[range.clone()]).for_each(|(term, tilt)| *term += tilt);
                }
            }
        }
        Ok(terms)
    }

    fn log_sums(
        &self,
        codes: &[Place],
        log_weights: &[f64],
        margin: f64,
        progress: &Progress,
    ) -> Result<Vec<LogSum>, ModelError> {
        let weights: Vec<f32> = match tilt(self.model.prior()?, codes, &progress.part(0.0, 0.1))? {
            Some(tilt) => log_weights.iter().zip(tilt).map(|(w, tilt)| (w + tilt) as f32).collect(),
            None => log_weights.iter().map(|&w| w as f32).collect(),
        };
        let likelihoods = self.model.likelihoods(codes, &progress.part(0.1, 0.3))?;
        Ok(likelihoods.log_sums(
            self.images,
            &weights,
            margin as f32,
            &self.model.compute().team,
            &progress.part(0.3, 1.0),
        )?)
    }
}
