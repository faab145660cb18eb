//! Runs that learn together: every step, each sees the same batch.

use std::sync::Arc;

use super::{History, StepError, Trainer};
use crate::config::{Arch, ModelConfig, ModelKind, TrainConfig};
use crate::data::{Batches, Dataset};
use crate::model::{Checkpoint, Compute, Evaluation, ModelError, Terms};

/// Steps that the running mean of a run's terms looks back on.
const RUNNING_MEAN: u64 = 50;

/// What a run is started with, besides the data.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSettings {
    pub kind: ModelKind,
    pub arch: Arch,
    pub train: TrainConfig,
}

/// A run and what is known of it.
pub struct Run {
    pub trainer: Trainer,
    pub history: History,
    /// What the last step measured.
    pub last: Option<Terms>,
    /// The same as a running mean over about fifty steps.
    pub recent: Option<Terms>,
    /// Why the run stopped, if it did.
    pub failure: Option<String>,
    /// The newest weights that are known to be finite.
    pub last_good: Arc<Checkpoint>,
}

/// Runs on one data set that see the same batches in the same order.
pub struct LockStep {
    pub dataset: Arc<Dataset>,
    pub runs: Vec<Run>,
    batches: Batches,
    compute: Compute,
}

impl LockStep {
    /// Runs at step 0, which all compute on `compute`; batches follow the first run's batch size and seed.
    pub fn new(dataset: Arc<Dataset>, settings: &[RunSettings], compute: Compute) -> Result<Self, ModelError> {
        let train = settings.first().map(|s| s.train.clone()).unwrap_or_default();
        let runs = settings
            .iter()
            .map(|s| {
                let (rows, cols) = (dataset.train.rows, dataset.train.cols);
                let model = ModelConfig { kind: s.kind, rows, cols, arch: s.arch.clone() };
                Run::new(Trainer::new(&model, s.train.clone(), compute.clone())?, 0, &dataset.name)
            })
            .collect::<Result<_, _>>()?;
        let batches = Batches::new(dataset.train.len(), train.batch, train.seed);
        Ok(Self { dataset, runs, batches, compute })
    }

    /// Runs that go on from checkpoints; batches follow the first of them.
    pub fn resume(
        dataset: Arc<Dataset>,
        checkpoints: &[Arc<Checkpoint>],
        compute: Compute,
    ) -> Result<Self, ModelError> {
        let runs = checkpoints
            .iter()
            .map(|c| Run::new(Trainer::resume(c, compute.clone())?, c.progress.epoch, &dataset.name))
            .collect::<Result<_, _>>()?;
        let train = checkpoints.first().map(|c| c.progress.train.clone()).unwrap_or_default();
        let mut batches = Batches::new(dataset.train.len(), train.batch, train.seed);
        batches.seek(checkpoints.first().map_or(0, |c| c.progress.step));
        Ok(Self { dataset, runs, batches, compute })
    }

    /// One step of every run that is still well, and how many images that was. A run whose loss is not finite, or whose
    /// computation fails, is stopped with its reason, goes back to its last good weights, and holds up no other.
    pub fn step(&mut self) -> usize {
        let batch = self.batches.next(&self.dataset.train);
        let mut images = 0;
        for run in self.runs.iter_mut().filter(|run| run.failure.is_none()) {
            match run.trainer.step(batch) {
                Ok(terms) => {
                    let count = run.trainer.steps().clamp(1, RUNNING_MEAN) as f64;
                    run.last = Some(terms);
                    run.recent = Some(run.recent.map_or(terms, |mean| mean.mix(count - 1.0, terms, 1.0)));
                    run.history.train.push(run.trainer.steps(), terms);
                    images += batch.len;
                }
                Err(error) => run.fail(&error, &self.compute),
            }
        }
        images
    }

    /// Whether all runs have failed, so that there is nothing left to train.
    pub fn is_over(&self) -> bool {
        self.runs.iter().all(|run| run.failure.is_some())
    }

    /// Whether the last step ended an epoch (or none was taken).
    pub fn at_epoch_start(&self) -> bool {
        self.batches.at_epoch_start()
    }

    /// Whole epochs seen.
    pub fn epoch(&self) -> u64 {
        self.batches.epoch()
    }

    pub fn steps_an_epoch(&self) -> u64 {
        self.batches.steps_an_epoch()
    }

    /// The held-out terms of each run that is well, on all test images; noted in its history.
    pub fn evaluate(&mut self) -> Result<Vec<Option<Evaluation>>, ModelError> {
        let test = &self.dataset.test;
        let mut all = Vec::with_capacity(self.runs.len());
        for run in &mut self.runs {
            if run.failure.is_some() {
                all.push(None);
                continue;
            }
            let evaluation = run.trainer.evaluate(test)?;
            run.history.held_out.push(run.trainer.steps(), evaluation.terms());
            all.push(Some(evaluation));
        }
        Ok(all)
    }

    /// Takes a checkpoint of each run that is well; a run whose weights are no longer finite is stopped instead.
    pub fn checkpoint(&mut self) -> Result<(), ModelError> {
        let epoch = self.batches.epoch();
        for run in self.runs.iter_mut().filter(|run| run.failure.is_none()) {
            let checkpoint = run.trainer.checkpoint(epoch, &self.dataset.name)?;
            if checkpoint.is_finite() {
                run.last_good = Arc::new(checkpoint);
            } else {
                let (step, learning_rate) = (run.trainer.steps(), run.trainer.config().learning_rate);
                run.fail(&StepError::NotFinite { step, loss: f64::NAN, learning_rate }, &self.compute);
            }
        }
        Ok(())
    }
}

impl Run {
    fn new(trainer: Trainer, epoch: u64, data: &str) -> Result<Self, ModelError> {
        let last_good = Arc::new(trainer.checkpoint(epoch, data)?);
        Ok(Self { trainer, history: History::default(), last: None, recent: None, failure: None, last_good })
    }

    fn fail(&mut self, error: &StepError, compute: &Compute) {
        self.failure = Some(error.to_string());
        if let Ok(trainer) = Trainer::resume(&self.last_good, compute.clone()) {
            self.trainer = trainer;
        }
    }
}
