//! What is asked of the workers: decoded samples, and the training image nearest to one of them.

use std::sync::Arc;

use crate::config::Place;
use crate::data::Dataset;
use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::{Picture, decode_tiled, nearest_image};
use crate::model::Checkpoint;

/// Codes of a run to be decoded, so many to a row.
#[derive(Clone)]
pub struct SamplesRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    pub codes: Vec<Place>,
    pub across: usize,
}

impl PartialEq for SamplesRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && self.codes == other.codes && self.across == other.across
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
        let model = job.model(&self.checkpoint)?;
        let picture = job.watch(|progress| decode_tiled(&*model, &self.codes, self.across, &progress))?;
        Ok(Arc::new(picture))
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
