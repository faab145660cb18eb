//! What is asked of the workers: the list of words, p(k|x) of an image, the learned prior over words, and images of codes that
//! words make up.

use std::sync::Arc;

use crate::data::Split;
use crate::engine::{Job, JobError, Request, RunId, Shared, Urgency};
use crate::explore::{Picture, Weights, Words, decode_codes, tile};
use crate::figure::WordsLayer;
use crate::model::{Checkpoint, Codes, Frozen};

/// The list of words of a run, and how often these codes choose each.
#[derive(Clone, PartialEq)]
pub struct ListRequest {
    pub run: RunId,
    pub checkpoint: Shared<Checkpoint>,
    pub codes: Shared<Codes>,
}

#[derive(Clone)]
pub struct List {
    pub layer: WordsLayer,
    /// The images of all words, so many to a row.
    pub picture: Arc<Picture>,
    pub across: usize,
}

impl Request for ListRequest {
    type Reply = List;
    const NAME: &'static str = "words";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    /// While a run learns, the words of a moment ago are better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<List>) -> Result<List, JobError> {
        let model = job.model(&self.checkpoint)?;
        let found = job.watch(|progress| WordsLayer::with_images(&model, &self.codes, &progress))?;
        let (layer, images) = found.ok_or_else(|| "this run has no words".to_owned())?;
        let across = (layer.words.len() as f64).sqrt().ceil() as usize;
        let picture = tile(&images, model.config().shape, across);
        Ok(List { layer, picture: Arc::new(picture), across })
    }
}

/// p(k|x) of an image of the probe.
#[derive(Clone, PartialEq)]
pub struct PosteriorRequest {
    pub run: RunId,
    pub checkpoint: Shared<Checkpoint>,
    pub words: Shared<Words>,
    pub probe: Shared<Split>,
    pub image: usize,
}

impl Request for PosteriorRequest {
    type Reply = Arc<Vec<f64>>;
    const NAME: &'static str = "p(k|x)";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    /// While a run learns or the cursor moves, what was there a moment ago is better than nothing.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let image = self.probe.gather([self.image]);
        Ok(Arc::new(job.watch(|progress| self.words.posterior(&model, &image, &progress))?))
    }
}

/// The categorical prior over words that makes the probe's images most likely.
#[derive(Clone, PartialEq)]
pub struct WeightsRequest {
    pub run: RunId,
    pub checkpoint: Shared<Checkpoint>,
    pub words: Shared<Words>,
    pub probe: Shared<Split>,
}

impl Request for WeightsRequest {
    type Reply = Weights;
    const NAME: &'static str = "prior over words";

    fn urgency(&self) -> Urgency {
        Urgency::Map
    }

    /// While a run learns, the prior of a moment ago is better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Weights>) -> Result<Weights, JobError> {
        let model = job.model(&self.checkpoint)?;
        Ok(job.watch(|progress| Weights::of(&model, &self.words, &self.probe, &progress))?)
    }
}

/// Images of what was drawn.
#[derive(Clone, PartialEq)]
pub struct DrawsRequest {
    pub run: RunId,
    pub checkpoint: Shared<Checkpoint>,
    /// A word a token of each, newest first.
    pub tuples: Vec<Vec<usize>>,
    /// The codes (latent) that they make up, one after the other.
    pub codes: Vec<f32>,
}

impl Request for DrawsRequest {
    /// The images in a row.
    type Reply = Arc<Picture>;
    const NAME: &'static str = "drawn words";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    /// While a run learns, the images of its last state are better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run && self.tuples == asked.tuples
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let (codes, across) = (&self.codes, self.tuples.len());
        Ok(Arc::new(job.watch(|progress| decode_codes(model.whole(), codes, across, &progress))?))
    }
}
