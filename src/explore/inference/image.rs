//! All that exact inference says of one image.

use serde::Serialize;

use super::super::gaussian::DiagonalGaussian;
use super::{
    Estimate, Estimator, Evidence, Gap, GradientSpread, Hint, OfModel, Posterior, Quadrature, estimates, gap,
    gradient_spread,
};
use crate::data::Split;
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// Cells along each side of the first grid for a single image.
const ACROSS: usize = 96;

/// Numbers of all images that are decoded for an estimate, at most.
const NUMBERS: usize = 20_000_000;

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

impl Draws {
    /// The largest K that an image of so many numbers is given time for.
    pub fn most_for(pixels: usize) -> usize {
        Self::default().most.min((NUMBERS / pixels).max(100))
    }
}

impl Inference {
    /// Of an image (pixels) in [0, 1].
    pub fn of(model: &dyn Frozen, image: &[f32], progress: &Progress) -> Result<Self, ModelError> {
        Ok(Self::of_each(model, image, progress)?.swap_remove(0))
    }

    /// Of each image of a set.
    pub fn of_split(model: &dyn Frozen, split: &Split, progress: &Progress) -> Result<Vec<Self>, ModelError> {
        let parts = split.parts(model.compute().memory.rows(split.pixels(), split.len().max(1)));
        let count = parts.len();
        let mut all = Vec::with_capacity(split.len());
        for (i, (_, images)) in parts.enumerate() {
            all.extend(Self::of_each(model, &images, &progress.part_of(i, count))?);
        }
        Ok(all)
    }

    /// Of images (n, pixels), which share the first grid.
    fn of_each(model: &dyn Frozen, images: &[f32], progress: &Progress) -> Result<Vec<Self>, ModelError> {
        let likelihood = OfModel { model, images };
        let codes = model.encode_places_with(images, progress)?;
        let hints = Hint::of(&codes);
        let count = hints.len();
        let rule = Quadrature { across: ACROSS, ..Quadrature::default() };
        let bounds = Quadrature::bounds(model.prior()?, &hints);
        // The more images there are, the less the grid counts.
        let grid = 0.5 / count as f64;
        let mut all = rule.evidence(&likelihood, &hints, bounds, &progress.part(0.0, grid))?;
        if let Some(exact) = model.exact_evidence(images, &progress.part(grid, grid))? {
            let known = |(of, exact): (Evidence, f64)| Evidence { cells: of.cells, ..Evidence::exact(exact) };
            all = all.into_iter().zip(exact).map(known).collect();
        }
        let progress = progress.part(grid, 1.0);
        let of = |(i, evidence): (usize, Evidence)| {
            let progress = progress.part_of(i, count);
            let posterior = Posterior::new(&likelihood, i, &evidence, &progress.part(0.0, 0.2))?;
            let encoder = match &codes.logvar {
                Some(logvar) => {
                    let q = DiagonalGaussian::of(codes.mu[i], logvar[i]);
                    Some((q, gap(&likelihood, i, (&evidence, &posterior), q, &progress.part(0.2, 1.0))?))
                }
                None => None,
            };
            Ok(Self { evidence, posterior, encoder })
        };
        all.into_iter().enumerate().map(of).collect()
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

/// log p(x) of each image of a set, from a grid for as many as fit into the memory together.
pub fn evidence_of_split(
    model: &dyn Frozen,
    split: &Split,
    rule: Quadrature,
    progress: &Progress,
) -> Result<Vec<Evidence>, ModelError> {
    let parts = split.parts(model.compute().memory.rows(split.pixels(), split.len().max(1)));
    let count = parts.len();
    let mut all = Vec::with_capacity(split.len());
    for (i, (_, images)) in parts.enumerate() {
        all.extend(evidence_of(model, &images, rule, &progress.part_of(i, count))?);
    }
    Ok(all)
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
