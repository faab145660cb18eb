//! All that exact inference says of one image.

use serde::Serialize;

use super::super::gaussian::DiagonalGaussian;
use super::{
    Check, Estimate, Estimator, Evidence, Gap, GradientSpread, Hint, OfModel, Posterior, Quadrature, check,
    cross_check, estimates, gap, gradient_spread,
};
use crate::config::{Beta, Place};
use crate::data::Split;
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// For images one by one, whose gap is a small difference: a coarser first grid, and finer ones where there is mass.
const CLOSELY: Quadrature = Quadrature { across: 96, tolerance: 1e-3, margin: 10.0, most_levels: 14 };

/// How many times the tolerance an ELBO may be above log p(x), by the errors of both integrals.
const ABOVE: f64 = 5.0;

/// Numbers of all images that are decoded for an estimate, at most.
const NUMBERS: usize = 20_000_000;

/// The evidence and the true posterior of an image, and how far its encoder is from them.
#[derive(Clone, Debug)]
pub struct Inference {
    pub evidence: Evidence,
    pub posterior: Posterior,
    /// The encoder's answer and its gap; an AE gives no Gaussian.
    pub encoder: Option<(DiagonalGaussian, Gap)>,
    /// Of a single image: whether all of it holds together.
    pub check: Option<Check>,
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
    /// Of an image (pixels) in [0, 1]; the run was trained with the KL's weights `beta`.
    pub fn of(model: &dyn Frozen, image: &[f32], beta: Beta, progress: &Progress) -> Result<Self, ModelError> {
        let together = Together::of(model, image, beta, &progress.part(0.0, 0.6))?;
        let (rule, hints, bounds) = (together.rule, together.hints, together.bounds);
        let mut all = together.all;
        let mut one = all.swap_remove(0);
        let encoder = one.encoder.as_ref().map(|(q, gap)| (q, gap.elbo));
        let likelihood = OfModel { model, images: image };
        let of = (&one.evidence, &hints[0]);
        one.check = Some(check(&likelihood, 0, of, encoder, (&rule, bounds), &progress.part(0.6, 1.0))?);
        Ok(one)
    }

    /// Of each image of a set.
    pub fn of_split(
        model: &dyn Frozen,
        split: &Split,
        beta: Beta,
        progress: &Progress,
    ) -> Result<Vec<Self>, ModelError> {
        let parts = split.parts(model.compute().memory.rows(split.pixels(), split.len().max(1)));
        let count = parts.len();
        let mut all = Vec::with_capacity(split.len());
        for (i, (_, images)) in parts.enumerate() {
            all.extend(Together::of(model, &images, beta, &progress.part_of(i, count))?.all);
        }
        Ok(all)
    }
}

/// Images that share a first grid.
struct Together {
    all: Vec<Inference>,
    rule: Quadrature,
    hints: Vec<Hint>,
    bounds: (Place, Place),
}

impl Together {
    /// Of images (n, pixels).
    fn of(model: &dyn Frozen, images: &[f32], beta: Beta, progress: &Progress) -> Result<Self, ModelError> {
        let likelihood = OfModel { model, images };
        let codes = model.encode_places_with(images, progress)?;
        let hints = Hint::of(&codes);
        let count = hints.len();
        let rule = CLOSELY;
        let bounds = Quadrature::bounds(model.prior()?, &hints);
        // The more images there are, the less the grid counts.
        let grid = 0.5 / count as f64;
        let (mut all, bounds) = rule.evidence_in_reach(&likelihood, &hints, bounds, &progress.part(0.0, grid))?;
        if let Some(exact) = model.exact_evidence(images, &progress.part(grid, grid))? {
            let known = |(of, exact): (Evidence, f64)| Evidence { cells: of.cells, ..Evidence::exact(exact) };
            all = all.into_iter().zip(exact).map(known).collect();
        }
        cross_check(&likelihood, &hints, &mut all, rule.tolerance, &progress.part(grid, grid))?;
        let progress = progress.part(grid, 1.0);
        let of = |(i, mut evidence): (usize, Evidence)| {
            let progress = progress.part_of(i, count);
            let posterior = Posterior::new(&evidence);
            let encoder = match &codes.logvar {
                Some(logvar) => {
                    let q = DiagonalGaussian::of(codes.mu[i], logvar[i]);
                    Some((q, gap(&likelihood, i, (&evidence, &posterior), q, beta, &progress)?))
                }
                None => None,
            };
            // No ELBO is above log p(x), whatever the Gaussian.
            let is_above = |gap: &Gap| gap.approximation() < -ABOVE * rule.tolerance;
            evidence.is_contradicted |= encoder.as_ref().is_some_and(|(_, gap)| is_above(gap));
            Ok(Inference { evidence, posterior, encoder, check: None })
        };
        let all = all.into_iter().enumerate().map(of).collect::<Result<_, ModelError>>()?;
        Ok(Self { all, rule, hints, bounds })
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
    let likelihood = OfModel { model, images };
    let (mut all, _) = rule.evidence_in_reach(&likelihood, &hints, bounds, &progress.part(0.05, 0.8))?;
    cross_check(&likelihood, &hints, &mut all, rule.tolerance, &progress.part(0.8, 1.0))?;
    Ok(all)
}
