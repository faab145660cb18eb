//! Runs that learn together: every step, each sees the same batch.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{History, StepError, Trainer};
use crate::config::{Arch, Likelihood, ModelConfig, ModelKind, TrainConfig};
use crate::data::{Batches, Dataset};
use crate::model::{Checkpoint, Compute, Evaluation, ModelError, Terms};

/// Steps that the running mean of a run's terms looks back on.
const RUNNING_MEAN: u64 = 50;

/// What a run is started with, besides the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    pub kind: ModelKind,
    pub arch: Arch,
    pub likelihood: Likelihood,
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
    batches: Batches,
}

/// Runs on one data set. At the same step, runs of one seed and batch size see the same batch.
pub struct LockStep {
    pub dataset: Arc<Dataset>,
    pub runs: Vec<Run>,
    compute: Compute,
}

impl LockStep {
    /// Runs at step 0, which all compute on `compute`.
    pub fn new(dataset: Arc<Dataset>, settings: &[RunSettings], compute: Compute) -> Result<Self, ModelError> {
        let mut lockstep = Self { dataset, runs: Vec::new(), compute };
        settings.iter().try_for_each(|settings| lockstep.add(settings))?;
        Ok(lockstep)
    }

    /// Runs that go on from checkpoints.
    pub fn resume(
        dataset: Arc<Dataset>,
        checkpoints: &[Arc<Checkpoint>],
        compute: Compute,
    ) -> Result<Self, ModelError> {
        let mut lockstep = Self { dataset, runs: Vec::new(), compute };
        checkpoints.iter().try_for_each(|checkpoint| lockstep.fork(checkpoint, History::default()))?;
        Ok(lockstep)
    }

    /// Adds a run at step 0.
    pub fn add(&mut self, settings: &RunSettings) -> Result<(), ModelError> {
        let (rows, cols) = (self.dataset.train.rows, self.dataset.train.cols);
        let RunSettings { kind, arch, likelihood, .. } = settings.clone();
        let model = ModelConfig { kind, rows, cols, arch, likelihood };
        let trainer = Trainer::new(&model, settings.train.clone(), self.compute.clone())?;
        self.push(trainer, History::default())
    }

    /// Adds a run that goes on from a checkpoint, and has a past.
    pub fn fork(&mut self, checkpoint: &Checkpoint, history: History) -> Result<(), ModelError> {
        let trainer = Trainer::resume(checkpoint, self.compute.clone())?;
        self.push(trainer, history)
    }

    fn push(&mut self, trainer: Trainer, history: History) -> Result<(), ModelError> {
        let TrainConfig { batch, seed, .. } = *trainer.config();
        let mut batches = Batches::new(self.dataset.train.len(), batch, seed);
        batches.seek(trainer.steps());
        let last_good = Arc::new(trainer.checkpoint(batches.epoch(), &self.dataset.name)?);
        self.runs.push(Run { trainer, history, last: None, recent: None, failure: None, last_good, batches });
        Ok(())
    }

    /// One step of every run that is still well, and how many images that was. A run whose loss is not finite, or whose
    /// computation fails, is stopped with its reason, goes back to its last good weights, and holds up no other.
    pub fn step(&mut self) -> usize {
        let mut images = 0;
        for run in self.runs.iter_mut().filter(|run| run.failure.is_none()) {
            let batch = run.batches.next(&self.dataset.train);
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

    /// Whole epochs that the run that is farthest has seen.
    pub fn epoch(&self) -> u64 {
        self.runs.iter().map(Run::epoch).max().unwrap_or(0)
    }

    /// Of the first run.
    pub fn steps_an_epoch(&self) -> u64 {
        self.runs.first().map_or(0, Run::steps_an_epoch)
    }

    /// The held-out terms of each run that is well and has just ended an epoch; noted in its history.
    pub fn evaluate_ended(&mut self) -> Result<(), ModelError> {
        let ended = self.runs.iter_mut().filter(|run| run.failure.is_none() && run.at_epoch_start());
        for run in ended {
            run.evaluate(&self.dataset)?;
        }
        Ok(())
    }

    /// The held-out terms of each run that is well, on all test images; noted in its history.
    pub fn evaluate(&mut self) -> Result<Vec<Option<Evaluation>>, ModelError> {
        let all = self.runs.iter_mut().map(|run| match run.failure {
            None => run.evaluate(&self.dataset).map(Some),
            Some(_) => Ok(None),
        });
        all.collect()
    }

    /// Takes a checkpoint of each run that is well; a run whose weights are no longer finite is stopped instead.
    pub fn checkpoint(&mut self) -> Result<(), ModelError> {
        for run in self.runs.iter_mut().filter(|run| run.failure.is_none()) {
            let checkpoint = run.trainer.checkpoint(run.epoch(), &self.dataset.name)?;
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
    /// Whole epochs seen.
    pub fn epoch(&self) -> u64 {
        self.batches.epoch()
    }

    /// Whether the last step ended an epoch (or none was taken).
    pub fn at_epoch_start(&self) -> bool {
        self.batches.at_epoch_start()
    }

    pub fn steps_an_epoch(&self) -> u64 {
        self.batches.steps_an_epoch()
    }

    fn evaluate(&mut self, dataset: &Dataset) -> Result<Evaluation, ModelError> {
        let evaluation = self.trainer.evaluate(&dataset.test)?;
        self.history.held_out.push(self.trainer.steps(), evaluation.terms());
        Ok(evaluation)
    }

    fn fail(&mut self, error: &StepError, compute: &Compute) {
        self.failure = Some(error.to_string());
        if let Ok(trainer) = Trainer::resume(&self.last_good, compute.clone()) {
            self.trainer = trainer;
        }
    }
}
