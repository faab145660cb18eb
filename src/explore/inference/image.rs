//! All that exact inference says of one image.

use serde::Serialize;

use super::super::gaussian::DiagonalGaussian;
use super::{
    Estimate, Estimator, Evidence, Gap, GradientSpread, Hint, OfModel, Posterior, Quadrature, estimates, gap,
    gradient_spread,
};
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// Cells along each side of the first grid for a single image.
const ACROSS: usize = 96;

/// The evidence and the true posterior of an image, and how far its encoder is from them.
#[derive(Clone, Debug)]
pub struct Inference {
    pub evidence: Evidence,
    pub posterior: Posterior,
    /// The encoder's answer and its gap; an AE gives no Gaussian.
    pub encoder: Option<(DiagonalGaussian, Gap)>,
}

/// What needs many samples.
#[derive(Clone, Debug, Serialize)]
pub struct Sampled {
    pub prior: Vec<Estimate>,
    pub importance: Vec<Estimate>,
    pub gradients: GradientSpread,
}

/// How much is drawn for `Sampled`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draws {
    /// The largest K.
    pub most: usize,
    pub repetitions: usize,
    /// Samples for the gradients.
    pub gradients: usize,
    pub seed: u64,
}

impl Default for Draws {
    fn default() -> Self {
        Self { most: 10_000, repetitions: 10, gradients: 1_000, seed: 0 }
    }
}

impl Inference {
    /// Of an image (pixels) in [0, 1].
    pub fn of(model: &dyn Frozen, image: &[f32], progress: &Progress) -> Result<Self, ModelError> {
        let likelihood = OfModel { model, images: image };
        let codes = model.encode_places_with(image, progress)?;
        let hints = Hint::of(&codes);
        let rule = Quadrature { across: ACROSS, ..Quadrature::default() };
        let bounds = Quadrature::bounds(model.prior()?, &hints);
        let mut evidence = rule.evidence(&likelihood, &hints, bounds, &progress.part(0.0, 0.5))?.swap_remove(0);
        if let Some(exact) = model.exact_evidence(image, &progress.part(0.5, 0.5))? {
            evidence = Evidence { cells: evidence.cells, ..Evidence::exact(exact[0]) };
        }
        let posterior = Posterior::new(&likelihood, 0, &evidence, &progress.part(0.5, 0.6))?;
        let encoder = match &codes.logvar {
            Some(logvar) => {
                let q = DiagonalGaussian::of(codes.mu[0], logvar[0]);
                Some((q, gap(&likelihood, 0, (&evidence, &posterior), q, &progress.part(0.6, 1.0))?))
            }
            None => None,
        };
        Ok(Self { evidence, posterior, encoder })
    }
}

impl Sampled {
    /// For an image (pixels) and the encoder's answer.
    pub fn of(
        model: &dyn Frozen,
        image: &[f32],
        q: DiagonalGaussian,
        draws: Draws,
        progress: &Progress,
    ) -> Result<Self, ModelError> {
        let likelihood = OfModel { model, images: image };
        let many = (draws.most, draws.repetitions);
        let sources = (model.prior()?, q);
        let of =
            |estimator, progress: Progress| estimates(&likelihood, 0, estimator, sources, many, draws.seed, &progress);
        Ok(Self {
            prior: of(Estimator::Prior, progress.part(0.0, 0.45))?,
            importance: of(Estimator::Importance, progress.part(0.45, 0.9))?,
            gradients: gradient_spread(model, image, q, draws.gradients, draws.seed, &progress.part(0.9, 1.0))?,
        })
    }
}

/// log p(x) of each image (n, pixels), in closed form where there is one, or from one grid that all of them share.
pub fn evidence_of(
    model: &dyn Frozen,
    images: &[f32],
    rule: Quadrature,
    progress: &Progress,
) -> Result<Vec<Evidence>, ModelError> {
    if let Some(exact) = model.exact_evidence(images, progress)? {
        return Ok(exact.into_iter().map(Evidence::exact).collect());
    }
    let hints = Hint::of(&model.encode_places_with(images, &progress.part(0.0, 0.05))?);
    let bounds = Quadrature::bounds(model.prior()?, &hints);
    rule.evidence(&OfModel { model, images }, &hints, bounds, &progress.part(0.05, 1.0))
}
