//! What is asked of the workers: decoded samples, and the training image nearest to one of them.

use std::sync::Arc;

use crate::data::Dataset;
use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::{Picture, Source, decode_codes, drawn, nearest_image};
use crate::model::{Checkpoint, Codes};
use crate::progress::Progress;

/// Codes of a run, with all of their dimensions, that are to be drawn and decoded, so many to a row.
#[derive(Clone)]
pub struct SamplesRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    /// From a Gaussian fitted to these rather than from the prior.
    pub fitted: Option<Arc<Codes>>,
    pub count: usize,
    /// Which draw; the noise of a draw is the same for every run.
    pub draw: u64,
    pub across: usize,
}

impl SamplesRequest {
    fn decoded(&self, job: &Job<Arc<Picture>>, progress: &Progress) -> Result<Picture, JobError> {
        let model = job.model(&self.checkpoint)?;
        let model = model.whole();
        let source = self.fitted.as_deref().map_or(Source::Prior, Source::Fitted);
        let codes = drawn(model, source, self.count, self.draw, 0)?;
        Ok(decode_codes(model, &codes, self.across, progress)?)
    }
}

impl PartialEq for SamplesRequest {
    fn eq(&self, other: &Self) -> bool {
        let is_same_source = match (&self.fitted, &other.fitted) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            (ours, theirs) => ours.is_none() && theirs.is_none(),
        };
        is_same_source
            && Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && (self.count, self.draw, self.across) == (other.count, other.draw, other.across)
    }
}

impl Request for SamplesRequest {
    type Reply = Arc<Picture>;
    const NAME: &'static str = "samples";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    /// While a run learns, the samples of its last state are better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        Ok(Arc::new(job.watch(|progress| self.decoded(job, &progress))?))
    }
}

/// A sample whose nearest training image is to be found.
#[derive(Clone)]
pub struct NearestRequest {
    pub sample: Picture,
    pub dataset: Arc<Dataset>,
}

impl PartialEq for NearestRequest {
    fn eq(&self, other: &Self) -> bool {
        self.sample == other.sample && Arc::ptr_eq(&self.dataset, &other.dataset)
    }
}

impl Request for NearestRequest {
    /// The image, and how much it differs.
    type Reply = Option<(usize, f32)>;
    const NAME: &'static str = "nearest image";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        Ok(job.watch(|progress| nearest_image(&self.sample.pixels, &self.dataset.train, &progress))?)
    }
}
