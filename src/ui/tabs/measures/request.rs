//! What is asked of the workers: the measures of a run, and the variances of the data that linear theory needs.

use std::sync::Arc;

use crate::data::Dataset;
use crate::engine::{Job, JobError, Request, Urgency};
use crate::explore::Spectrum;
use crate::explore::measures::{Effort, Measures, measure};
use crate::model::{Checkpoint, Compute};

/// Training images that the variances of the data are read from.
const THEORY_IMAGES: usize = 10_000;

/// The state of a run that is to be measured.
#[derive(Clone)]
pub struct MeasuresRequest {
    pub checkpoint: Arc<Checkpoint>,
    pub dataset: Arc<Dataset>,
}

impl PartialEq for MeasuresRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && Arc::ptr_eq(&self.dataset, &other.dataset)
    }
}

impl Request for MeasuresRequest {
    type Reply = Arc<Measures>;
    const NAME: &'static str = "measures";

    fn urgency(&self) -> Urgency {
        Urgency::Study
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let beta = self.checkpoint.progress.train.beta;
        Ok(Arc::new(job.watch(|progress| measure(model.whole(), &self.dataset, beta, Effort::USUAL, &progress))?))
    }
}

/// Whose variances linear theory is asked for, one a latent unit: of pixels in units of p (1 − p), or as they are.
#[derive(Clone)]
pub struct TheoryRequest {
    pub dataset: Arc<Dataset>,
    pub units: usize,
    pub bernoulli: bool,
}

impl PartialEq for TheoryRequest {
    fn eq(&self, other: &Self) -> bool {
        let asked = (self.units, self.bernoulli);
        Arc::ptr_eq(&self.dataset, &other.dataset) && asked == (other.units, other.bernoulli)
    }
}

impl Request for TheoryRequest {
    type Reply = Spectrum;
    const NAME: &'static str = "linear theory";

    fn urgency(&self) -> Urgency {
        Urgency::Study
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let some = self.dataset.train.spread(THEORY_IMAGES);
        let compute = Compute::cpu(1).within(job.compute().memory);
        Ok(job.watch(|progress| Spectrum::of(&some, self.units, self.bernoulli, &compute, &progress))?)
    }
}
