//! What is asked of the workers: exact inference for one image in one run's model.

use std::sync::Arc;

use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::inference::{Draws, Inference, LogLikelihood, OfModel, Posterior, Sampled, posterior_density};
use crate::explore::{Cells, log_prior};
use crate::figure::{TruePosterior, posterior_raster};
use crate::model::{Checkpoint, Frozen, ModelError};
use crate::progress::Progress;

/// Cells along each side of a plane.
pub const ACROSS: usize = 64;
/// How far the planes of prior and likelihood reach.
const REACH: f32 = 4.0;
/// Nats from the brightest to the darkest where densities are shown by their logarithm.
pub const NATS: f64 = 200.0;

#[derive(Clone)]
pub struct InferenceRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    pub image: Arc<Vec<f32>>,
    /// Whether estimates are to be drawn, which takes seconds.
    pub draws: bool,
}

/// What a model says of an image.
#[derive(Clone)]
pub struct InferenceReply {
    pub inference: Arc<Inference>,
    pub sampled: Option<Arc<Sampled>>,
    /// Prior, likelihood, their product and the posterior on `ACROSS` x `ACROSS` cells, as shares of their highest value.
    pub planes: Arc<[Vec<f32>; 4]>,
    /// Where the posterior has its mass.
    pub zoom: Cells,
    /// The posterior as a plane shows it.
    pub posterior: TruePosterior,
}

impl InferenceRequest {
    fn is_about(&self, other: &Self) -> bool {
        self.run == other.run && (Arc::ptr_eq(&self.image, &other.image) || self.image == other.image)
    }
}

impl PartialEq for InferenceRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && self.is_about(other) && self.draws == other.draws
    }
}

impl Request for InferenceRequest {
    type Reply = InferenceReply;
    const NAME: &'static str = "inference";

    fn urgency(&self) -> Urgency {
        Urgency::Study
    }

    /// While a run learns, what its last state says of the same image is better than nothing.
    fn answers(&self, asked: &Self) -> bool {
        self.is_about(asked) && (!self.draws || asked.draws)
    }

    fn work(&self, job: &Job<InferenceReply>) -> Result<InferenceReply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let share = if self.draws { 0.2 } else { 1.0 };
        let first = job.watch(|progress| infer(&*model, &self.image, &progress.part(0.0, share)))?;
        let (true, Some((q, _))) = (self.draws, &first.inference.encoder) else { return Ok(first) };
        job.preview(first.clone());
        let draws =
            |progress: Progress| Sampled::of(&*model, &self.image, *q, Draws::default(), &progress.part(share, 1.0));
        Ok(InferenceReply { sampled: Some(Arc::new(job.watch(draws)?)), ..first })
    }
}

fn infer(model: &dyn Frozen, image: &[f32], progress: &Progress) -> Result<InferenceReply, ModelError> {
    let inference = Inference::of(model, image, &progress.part(0.0, 0.9))?;
    let likelihood = OfModel { model, images: image };
    let wide = Cells { min: [-REACH; 2], max: [REACH; 2], across: ACROSS, down: ACROSS };
    let centres = wide.centres();
    let terms = likelihood.groups(&centres, &[(0..centres.len(), vec![0])], &progress.part(0.9, 0.95))?.concat();
    let zoom = square(Posterior::region(&inference.evidence));
    let density = posterior_density(&likelihood, 0, inference.evidence.log, &zoom, &progress.part(0.95, 1.0))?;
    let prior: Vec<f64> = centres.into_iter().map(|z| f64::from(log_prior(z))).collect();
    let planes = Arc::new(planes(&prior, &terms, &density));
    let encoder = inference.encoder.as_ref().map(|(q, _)| (q.mu.map(|v| v as f32), q.sigma.map(|v| v as f32)));
    let image = Arc::new(posterior_raster(&density, &zoom));
    let posterior = TruePosterior { image, min: zoom.min, max: zoom.max, encoder };
    Ok(InferenceReply { inference: Arc::new(inference), sampled: None, planes, zoom, posterior })
}

/// The smallest square about a region, a little larger.
fn square(cells: Cells) -> Cells {
    let half = 0.6 * (cells.max[0] - cells.min[0]).max(cells.max[1] - cells.min[1]);
    let centre = [0, 1].map(|d| 0.5 * (cells.min[d] + cells.max[d]));
    Cells { min: centre.map(|c| c - half), max: centre.map(|c| c + half), across: ACROSS, down: ACROSS }
}

/// The four planes of Bayes' rule, as shares of their highest value; of likelihood and joint by their logarithm.
fn planes(prior: &[f64], terms: &[f64], density: &[f64]) -> [Vec<f32>; 4] {
    let joint: Vec<f64> = prior.iter().zip(terms).map(|(prior, term)| prior + term).collect();
    let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let relative = |values: &[f64]| -> Vec<f32> {
        let most = most(values);
        values.iter().map(|v| (1.0 + (v - most) / NATS).max(0.0).powi(2) as f32).collect()
    };
    let (highest, highest_density) = (most(prior), most(density));
    [
        prior.iter().map(|p| (p - highest).exp() as f32).collect(),
        relative(terms),
        relative(&joint),
        density.iter().map(|p| (p / highest_density) as f32).collect(),
    ]
}
