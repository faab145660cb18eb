//! What is asked of the workers: exact inference for one image in one run's model, or what comes nearest to it.

use std::sync::Arc;

use crate::config::{Beta, PriorKind};
use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::inference::{
    BeyondPlane, Draws, Inference, OfModel, Posterior, Sampled, WordCodes, WordPosterior, posterior_density,
};
use crate::explore::{Cells, Picture, tile};
use crate::figure::{TruePosterior, posterior_raster};
use crate::model::{Autoencoder, Checkpoint, Frozen, ModelError, Prior};
use crate::progress::Progress;

/// Cells along each side of a plane.
pub const ACROSS: usize = 64;
/// How far the planes of prior and likelihood reach, in σ of the prior.
const REACH: f64 = 4.0;
/// Words that are shown by their images, the most probable ones.
const SHOWN: usize = 24;
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

/// What a model says of an image, as far as it allows an answer.
#[derive(Clone)]
pub enum Answer {
    Plane(InferenceReply),
    Words(Arc<WordsReply>),
    Beyond(Arc<BeyondPlane>),
    /// None, and why.
    None(&'static str),
}

/// Where a code is one of finitely many.
pub struct WordsReply {
    pub found: WordPosterior,
    /// The words of the code that was chosen, token by token.
    pub chosen: Vec<usize>,
    /// The words of the most probable codes, p(k|x), and their images.
    pub shown: Vec<(Vec<usize>, f64, Arc<Picture>)>,
}

/// Where codes have two dimensions.
#[derive(Clone)]
pub struct InferenceReply {
    pub inference: Arc<Inference>,
    pub sampled: Option<Arc<Sampled>>,
    /// Prior, likelihood, their product and the posterior on `ACROSS` x `ACROSS` cells, as shares of their highest value.
    pub planes: Arc<[Vec<f32>; 4]>,
    /// The prior as a formula, and where the planes of prior and likelihood are.
    pub prior: &'static str,
    pub wide: Cells,
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
    type Reply = Answer;
    const NAME: &'static str = "inference";

    fn urgency(&self) -> Urgency {
        Urgency::Study
    }

    /// While a run learns, what its last state says of the same image is better than nothing.
    fn answers(&self, asked: &Self) -> bool {
        self.is_about(asked) && (!self.draws || asked.draws)
    }

    fn work(&self, job: &Job<Answer>) -> Result<Answer, JobError> {
        let model = job.model(&self.checkpoint)?;
        let share = if self.draws { 0.2 } else { 1.0 };
        let spec = &model.config().spec;
        if spec.is_quantised() {
            return Ok(job.watch(|progress| over_words(model.whole(), &self.image, &progress))?);
        }
        if !spec.is_plane() {
            let of = |anneals, progress: Progress| BeyondPlane::of(model.whole(), &self.image, 0, anneals, &progress);
            let Some(first) = job.watch(|progress| of(false, progress.part(0.0, share)))? else {
                return Ok(Answer::None(NO_GAUSSIAN));
            };
            job.preview(Answer::Beyond(Arc::new(first.clone())));
            let all = if self.draws { job.watch(|progress| of(true, progress.part(share, 1.0)))? } else { None };
            return Ok(Answer::Beyond(Arc::new(all.unwrap_or(first))));
        }
        let beta = self.checkpoint.progress.train.beta;
        let first = job.watch(|progress| infer(&*model, &self.image, beta, &progress.part(0.0, share)))?;
        let (true, Some((q, _))) = (self.draws, &first.inference.encoder) else { return Ok(Answer::Plane(first)) };
        job.preview(Answer::Plane(first.clone()));
        let draws =
            |progress: Progress| Sampled::of(&*model, &self.image, *q, Draws::default(), &progress.part(share, 1.0));
        Ok(Answer::Plane(InferenceReply { sampled: Some(Arc::new(job.watch(draws)?)), ..first }))
    }
}

const NO_GAUSSIAN: &str = "An AE gives no Gaussian to draw samples from, and in more dimensions than two there is no plane to \
                           integrate over: log p(x) is not to be had.";
const TOO_MANY: &str = "There are more than 4,096 combinations of words: too many to add up p(x|e_k) over all of them.";

fn over_words(model: &Autoencoder, image: &[f32], progress: &Progress) -> Result<Answer, ModelError> {
    let Some(codes) = WordCodes::of(model, &progress.part(0.0, 0.6))? else { return Ok(Answer::None(TOO_MANY)) };
    let terms = codes.log_likelihoods(image, &progress.part(0.6, 0.8))?;
    let chosen = codes.chosen(image, &progress.part(0.8, 0.9))?[0];
    let found = WordPosterior::new(&terms, &codes.uniform(), chosen);
    let most: Vec<usize> = found.order().into_iter().take(SHOWN).collect();
    let config = model.config();
    let decoded = codes.images(&most, &progress.part(0.9, 1.0))?;
    let pictures = decoded.chunks_exact(config.pixels()).map(|image| Arc::new(tile(image, config.shape, 1)));
    let shown = most.iter().zip(pictures);
    let shown =
        shown.map(|(&code, picture)| (codes.words_of(code), found.log_posterior[code].exp(), picture)).collect();
    Ok(Answer::Words(Arc::new(WordsReply { chosen: codes.words_of(chosen), found, shown })))
}

fn infer(model: &dyn Frozen, image: &[f32], beta: Beta, progress: &Progress) -> Result<InferenceReply, ModelError> {
    let inference = Inference::of(model, image, beta, &progress.part(0.0, 0.9))?;
    let likelihood = OfModel { model, images: image };
    let prior = model.prior()?;
    let wide = reach(prior);
    let centres = wide.centres();
    // Without the prior, which has a plane of its own.
    let terms = model.log_likelihoods(image, &centres, &progress.part(0.9, 0.95))?;
    let zoom = square(Posterior::region(&inference.evidence));
    let density = posterior_density(&likelihood, 0, inference.evidence.log, &zoom, &progress.part(0.95, 1.0))?;
    let log_prior: Vec<f64> = centres.into_iter().map(|z| prior.log_density_at(z)).collect();
    let planes = Arc::new(planes(&log_prior, &terms, &density));
    let prior = match model.config().prior {
        PriorKind::Normal => "p(z) = N(0, I)",
        PriorKind::Mixture { .. } => "p(z) = Σ π N(m, s²)",
        PriorKind::Vamp { .. } => "p(z) = 1/K Σ q(z|u)",
    };
    let encoder = inference.encoder.as_ref().map(|(q, _)| (q.mu.map(|v| v as f32), q.sigma.map(|v| v as f32)));
    let image = Arc::new(posterior_raster(&density, &zoom));
    let posterior = TruePosterior { image, min: zoom.min, max: zoom.max, encoder };
    Ok(InferenceReply { inference: Arc::new(inference), sampled: None, planes, prior, wide, zoom, posterior })
}

/// The smallest square about all that a prior reaches.
fn reach(prior: &Prior) -> Cells {
    let (low, high) = prior.bounds(REACH);
    let half = (0..2).map(|d| 0.5 * (high[d] - low[d])).fold(0.0, f64::max) as f32;
    let centre = [0, 1].map(|d| (0.5 * (low[d] + high[d])) as f32);
    Cells { min: centre.map(|c| c - half), max: centre.map(|c| c + half), across: ACROSS, down: ACROSS }
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
