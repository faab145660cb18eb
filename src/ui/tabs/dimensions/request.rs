//! What is asked of the workers: how much each latent dimension of a run is used, and what each of them moves.

use std::sync::Arc;

use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::dimensions::{Usage, traversal, usage};
use crate::explore::{Picture, decode_codes};
use crate::model::{Checkpoint, Codes, Frozen};

/// Images of a strip; the middle one is at 0 of its dimension, or at the mean of the codes.
pub const STEPS: usize = 11;

/// The dimensions of a run, and strips along each of them through a code.
#[derive(Clone)]
pub struct DimensionsRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    pub codes: Arc<Codes>,
    /// The image whose code the strips go through; without one they go through 0.
    pub image: Option<usize>,
}

/// In the order of the dimensions.
pub struct Dimensions {
    pub usage: Vec<Usage>,
    /// Strips, a row each.
    pub strips: Arc<Picture>,
}

impl PartialEq for DimensionsRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && Arc::ptr_eq(&self.codes, &other.codes)
            && self.image == other.image
    }
}

impl Request for DimensionsRequest {
    type Reply = Dimensions;
    const NAME: &'static str = "dimensions";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    /// While a run learns or one drags, the strips of a moment ago are better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Dimensions>) -> Result<Dimensions, JobError> {
        let model = job.model(&self.checkpoint)?;
        let (model, config) = (model.whole(), model.config());
        let usage = usage(&self.codes, config);
        let image = self.image.filter(|&image| image < self.codes.len());
        let through = image.map_or(vec![0.0; config.latent], |image| self.codes.of(image).to_vec());
        let codes: Vec<f32> = usage.iter().flat_map(|of| traversal(&through, of.index, of.range(), STEPS)).collect();
        let strips = job.watch(|progress| decode_codes(model, &codes, STEPS, &progress))?;
        Ok(Dimensions { usage, strips: Arc::new(strips) })
    }
}
