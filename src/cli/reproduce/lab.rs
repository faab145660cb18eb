//! What studies train and measure with.

use std::sync::Arc;

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{Beta, ModelSpec, TrainConfig};
use crate::data::{Dataset, Split};
use crate::model::{Autoencoder, Compute, Evaluation, evaluate};
use crate::progress::Progress;
use crate::train::{LockStep, RunSettings};

pub struct Lab {
    pub dataset: Arc<Dataset>,
    pub compute: Compute,
    pub seed: u64,
    epochs: u64,
    images: usize,
    bar: ProgressBar,
}

impl Lab {
    /// For so many trainings of so many epochs each; `images` of the test set are looked at closely.
    pub fn new(
        dataset: Arc<Dataset>,
        compute: Compute,
        [epochs, trainings]: [u64; 2],
        images: usize,
        seed: u64,
    ) -> Self {
        let steps = dataset.train.len().div_ceil(TrainConfig::default().batch) as u64;
        let bar = ProgressBar::new(trainings * epochs * steps);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {msg}  {percent} %  {eta} left") {
            bar.set_style(style);
        }
        Self { dataset, compute, seed, epochs, images, bar }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// A model that has learned all its epochs; `each` sees it after every one of them.
    pub fn train(
        &self,
        model: ModelSpec,
        beta: f64,
        mut each: impl FnMut(u64, &Autoencoder) -> Result<()>,
    ) -> Result<Autoencoder> {
        self.bar.set_message(format!("{} {}, β {beta}", model.kind, model.arch));
        let train = TrainConfig { beta: Beta::both(beta), seed: self.seed, ..TrainConfig::default() };
        let mut lockstep = LockStep::new(self.dataset.clone(), &[RunSettings { model, train }], self.compute.clone())?;
        while lockstep.epoch() < self.epochs {
            lockstep.step();
            let run = &lockstep.runs[0];
            if let Some(reason) = &run.failure {
                bail!(reason.clone());
            }
            self.bar.inc(1);
            if run.at_epoch_start() {
                each(run.epoch(), run.trainer.model())?;
            }
        }
        lockstep.checkpoint()?;
        Ok(lockstep.runs[0].last_good.restore(self.compute.clone())?)
    }

    /// A model whose parameters follow from the training images.
    pub fn fit(&self, model: ModelSpec) -> Result<Autoencoder> {
        let settings = RunSettings { model, train: TrainConfig { seed: self.seed, ..TrainConfig::default() } };
        let lockstep = LockStep::new(self.dataset.clone(), &[settings], self.compute.clone())?;
        Ok(lockstep.runs[0].last_good.restore(self.compute.clone())?)
    }

    /// The test images that are looked at closely.
    pub fn some(&self) -> Split {
        self.dataset.test.spread(self.images)
    }

    /// On all test images.
    pub fn evaluate(&self, model: &Autoencoder) -> Result<Evaluation> {
        Ok(evaluate(model, &self.dataset.test, self.seed, &Progress::silent())?)
    }
}
