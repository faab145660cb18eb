//! The order in which a training set is seen.

use rand::seq::SliceRandom;

use super::{Split, binarise};
use crate::random::{Purpose, stream};

/// Images for one step.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// (len, pixels) in [0, 1], row by row.
    pub images: Vec<f32>,
    pub len: usize,
}

/// An endless run through a training set: every epoch sees each image once, in an order that follows from the seed and
/// the epoch alone. The last batch of an epoch holds what is left.
#[derive(Clone, Debug)]
pub struct Batches {
    batch: usize,
    seed: u64,
    /// Whether pixels are drawn as black or white.
    are_drawn: bool,
    epoch: u64,
    seen: usize,
    order: Vec<usize>,
    /// Its memory serves from step to step.
    current: Batch,
}

impl Batches {
    pub fn new(images: usize, batch: usize, seed: u64) -> Self {
        let mut batches = Self {
            batch,
            seed,
            are_drawn: false,
            epoch: 0,
            seen: 0,
            order: (0..images).collect(),
            current: Batch::default(),
        };
        batches.shuffle();
        batches
    }

    /// The same images, each pixel drawn as black or white whenever it is seen, if `are_drawn`.
    pub fn drawn(self, are_drawn: bool) -> Self {
        Self { are_drawn, ..self }
    }

    /// Puts the run where it is after `step` batches.
    pub fn seek(&mut self, step: u64) {
        let a_epoch = self.steps_an_epoch();
        self.epoch = step / a_epoch;
        self.seen = (step % a_epoch) as usize * self.batch;
        self.shuffle();
    }

    pub fn next(&mut self, split: &Split) -> &Batch {
        let end = (self.seen + self.batch).min(self.order.len());
        let indices = &self.order[self.seen..end];
        split.gather_into(indices.iter().copied(), &mut self.current.images);
        self.current.len = indices.len();
        if self.are_drawn {
            let step = self.epoch * self.steps_an_epoch() + (self.seen / self.batch) as u64;
            binarise::draw(&mut self.current.images, self.seed, step);
        }
        self.seen = end;
        if self.seen == self.order.len() {
            self.epoch += 1;
            self.seen = 0;
            self.shuffle();
        }
        &self.current
    }

    pub fn steps_an_epoch(&self) -> u64 {
        self.order.len().div_ceil(self.batch) as u64
    }

    /// Whole epochs seen.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the next batch is the first of an epoch.
    pub fn at_epoch_start(&self) -> bool {
        self.seen == 0
    }

    fn shuffle(&mut self) {
        self.order.sort_unstable();
        self.order.shuffle(&mut stream(self.seed, Purpose::Shuffle, self.epoch));
    }
}
