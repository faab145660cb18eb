//! log p(x|z) of images for many codes, as the integrals need it: of a model, or of anything else that knows it.

use std::ops::Range;

use super::super::statistics::log_sum_exp;
use crate::config::Place;
use crate::model::{Frozen, LogSum, ModelError};
use crate::progress::Progress;

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

/// The likelihood of a model for images (n, pixels).
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
        Ok(likelihoods.groups(self.images, groups, &self.model.compute().team, &progress.part(0.5, 1.0))?)
    }

    fn log_sums(
        &self,
        codes: &[Place],
        log_weights: &[f64],
        margin: f64,
        progress: &Progress,
    ) -> Result<Vec<LogSum>, ModelError> {
        let weights: Vec<f32> = log_weights.iter().map(|&w| w as f32).collect();
        let likelihoods = self.model.likelihoods(codes, &progress.part(0.0, 0.3))?;
        Ok(likelihoods.log_sums(
            self.images,
            &weights,
            margin as f32,
            &self.model.compute().team,
            &progress.part(0.3, 1.0),
        )?)
    }
}
