//! Runs that learn together: every step, each sees the same batch.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{History, Opened, StepError, Trainer};
use crate::config::{Binarise, ConfigError, DataSource, ModelConfig, ModelSpec, TrainConfig};
use crate::data::{Batches, Dataset};
use crate::model::{Checkpoint, Compute, Copies, Evaluation, ModelError, Terms, TrainingMemory};
use crate::progress::Progress;

/// Steps that the running mean of a run's terms looks back on.
const RUNNING_MEAN: u64 = 50;

/// What a run is started with, besides the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    #[serde(flatten)]
    pub model: ModelSpec,
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
    copies: Copies,
}

impl LockStep {
    /// Without a run; those that come all compute on `compute`.
    pub fn empty(dataset: Arc<Dataset>, compute: Compute) -> Self {
        Self { dataset, runs: Vec::new(), compute, copies: Copies::TRAINED }
    }

    /// Of whose weights there are so many copies.
    pub fn with_copies(self, copies: Copies) -> Self {
        Self { copies, ..self }
    }

    /// Runs at step 0.
    pub fn new(dataset: Arc<Dataset>, settings: &[RunSettings], compute: Compute) -> Result<Self, ModelError> {
        Self::empty(dataset, compute).and_new(settings)
    }

    /// Runs that go on from where they were.
    pub fn resume(dataset: Arc<Dataset>, runs: &[Opened], compute: Compute) -> Result<Self, ModelError> {
        Self::empty(dataset, compute).and_resumed(runs)
    }

    /// And runs at step 0.
    pub fn and_new(mut self, settings: &[RunSettings]) -> Result<Self, ModelError> {
        settings.iter().try_for_each(|settings| self.add(settings))?;
        Ok(self)
    }

    /// And runs that go on from where they were.
    pub fn and_resumed(mut self, runs: &[Opened]) -> Result<Self, ModelError> {
        runs.iter().try_for_each(|run| self.fork(&run.checkpoint, run.history.clone()))?;
        Ok(self)
    }

    /// Adds a run at step 0.
    pub fn add(&mut self, settings: &RunSettings) -> Result<(), ModelError> {
        let model = ModelConfig { shape: self.dataset.train.shape, spec: settings.model.clone() };
        model.validate()?;
        if model.is_frozen() {
            return Err(ConfigError::Frozen.into());
        }
        let compute = self.compute.clone();
        TrainingMemory::check(&model, settings.train.batch, self.copies, &self.memory(), &compute)?;
        let trainer = Trainer::fitted(&model, settings.train.clone(), &self.dataset.train, compute)?;
        self.push(trainer, History::default())
    }

    /// Adds a run that goes on from a checkpoint, and has a past.
    pub fn fork(&mut self, checkpoint: &Checkpoint, history: History) -> Result<(), ModelError> {
        let batch = checkpoint.progress.train.batch;
        TrainingMemory::check(&checkpoint.model, batch, self.copies, &self.memory(), &self.compute)?;
        let trainer = Trainer::resume(checkpoint, self.compute.clone())?;
        self.push(trainer, history)
    }

    /// What each run takes.
    fn memory(&self) -> Vec<TrainingMemory> {
        let of = |run: &Run| TrainingMemory::of(run.trainer.model().config(), run.trainer.config().batch, self.copies);
        self.runs.iter().map(of).collect()
    }

    fn push(&mut self, trainer: Trainer, history: History) -> Result<(), ModelError> {
        let TrainConfig { batch, seed, .. } = *trainer.config();
        let are_drawn = self.dataset.source.reading.binarise == Binarise::Dynamic;
        let mut batches = Batches::new(self.dataset.train.len(), batch, seed).drawn(are_drawn);
        batches.seek(trainer.steps());
        let last_good = Arc::new(trainer.checkpoint(batches.epoch(), &self.dataset.source)?);
        self.runs.push(Run { trainer, history, last: None, recent: None, failure: None, last_good, batches });
        Ok(())
    }

    /// One step of every run that is still well and not frozen, and how many images that was. A run whose loss is not finite, or
    /// whose computation fails or panics, is stopped with its reason, goes back to its last good weights, and holds up no other.
    pub fn step(&mut self) -> usize {
        let mut images = 0;
        for run in self.runs.iter_mut().filter(|run| run.failure.is_none() && !run.is_frozen()) {
            match catch_unwind(AssertUnwindSafe(|| run.step(&self.dataset))) {
                Ok(Ok(count)) => images += count,
                Ok(Err(error)) => run.fail(error.to_string(), &self.compute),
                Err(panic) => run.fail(reason(&*panic), &self.compute),
            }
        }
        images
    }

    /// Whether all runs have failed or stay as they are, so that there is nothing left to train.
    pub fn is_over(&self) -> bool {
        self.runs.iter().all(|run| run.failure.is_some() || run.is_frozen())
    }

    /// Whether all runs stay as they are.
    pub fn is_frozen(&self) -> bool {
        !self.runs.is_empty() && self.runs.iter().all(Run::is_frozen)
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
    pub fn evaluate_ended(&mut self, progress: &Progress) -> Result<(), ModelError> {
        self.evaluate_where(Run::at_epoch_start, progress)
    }

    /// The held-out terms of each run that is well and whose history does not have them for its step; noted there.
    pub fn evaluate_missing(&mut self, progress: &Progress) -> Result<(), ModelError> {
        let is_missing =
            |run: &Run| run.history.held_out.points().last().map(|last| last.0) != Some(run.trainer.steps());
        self.evaluate_where(is_missing, progress)
    }

    fn evaluate_where(&mut self, wanted: impl Fn(&Run) -> bool, progress: &Progress) -> Result<(), ModelError> {
        let count = self.runs.len() as f64;
        for (i, run) in self.runs.iter_mut().enumerate().filter(|(_, run)| run.failure.is_none() && wanted(run)) {
            run.evaluate(&self.dataset, &self.compute, &progress.part(i as f64 / count, (i + 1) as f64 / count))?;
        }
        Ok(())
    }

    /// The held-out terms of each run that is well, on all test images; noted in its history.
    pub fn evaluate(&mut self) -> Result<Vec<Option<Evaluation>>, ModelError> {
        let all = self.runs.iter_mut().map(|run| match run.failure {
            None => run.evaluate(&self.dataset, &self.compute, &Progress::silent()),
            Some(_) => Ok(None),
        });
        all.collect()
    }

    /// Takes a checkpoint of each run that is well; a run whose weights or moments are no longer finite is stopped instead.
    pub fn checkpoint(&mut self) -> Result<(), ModelError> {
        for run in self.runs.iter_mut().filter(|run| run.failure.is_none()) {
            let checkpoint = run.checkpoint(&self.dataset.source)?;
            let step = run.trainer.steps();
            let TrainConfig { beta, learning_rate, .. } = *run.trainer.config();
            if !checkpoint.is_finite() {
                run.fail(StepError::NotFinite { step, loss: f64::NAN, learning_rate }.to_string(), &self.compute);
            } else if !run.trainer.has_finite_moments()? {
                run.fail(StepError::Moments { step, beta, learning_rate }.to_string(), &self.compute);
            } else {
                run.last_good = Arc::new(checkpoint);
            }
        }
        Ok(())
    }
}

impl Run {
    /// Whether it is another program's network, which stays as it is.
    fn is_frozen(&self) -> bool {
        self.trainer.model().config().is_frozen()
    }

    /// Its weights as they are, which it shares with the last that were good as long as they are the same.
    pub fn checkpoint(&self, data: &DataSource) -> Result<Checkpoint, ModelError> {
        self.trainer.checkpoint_after(&self.last_good.parameters, self.epoch(), data)
    }

    /// The same with where the optimiser stands, from which it goes on bit for bit.
    pub fn state(&self, data: &DataSource) -> Result<Checkpoint, ModelError> {
        self.trainer.with_moments(self.checkpoint(data)?)
    }

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

    /// One step; how many images that was.
    fn step(&mut self, dataset: &Dataset) -> Result<usize, StepError> {
        self.trainer.start_parts(&dataset.train)?;
        let patience = self.batches.steps_an_epoch();
        let batch = self.batches.next(&dataset.train);
        let terms = self.trainer.step(batch)?;
        self.trainer.restart_words(batch, patience)?;
        let count = self.trainer.steps().clamp(1, RUNNING_MEAN) as f64;
        self.last = Some(terms);
        self.recent = Some(self.recent.map_or(terms, |mean| mean.mix(count - 1.0, terms, 1.0)));
        self.history.train.push(self.trainer.steps(), terms);
        Ok(batch.len)
    }

    /// The terms on held-out images; where they are not finite the run is stopped, and they are not noted.
    fn evaluate(
        &mut self,
        dataset: &Dataset,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Option<Evaluation>, ModelError> {
        let evaluation = self.trainer.evaluate(&dataset.test, progress)?;
        let (step, learning_rate) = (self.trainer.steps(), self.trainer.config().learning_rate);
        if !evaluation.terms().is_finite() {
            self.fail(StepError::HeldOut { step, learning_rate }.to_string(), compute);
            return Ok(None);
        }
        self.history.held_out.push(step, evaluation.terms());
        Ok(Some(evaluation))
    }

    fn fail(&mut self, reason: String, compute: &Compute) {
        self.failure = Some(reason);
        if let Ok(trainer) = Trainer::resume(&self.last_good, compute.clone()) {
            self.trainer = trainer;
        }
    }
}

/// Why a step that panicked was not taken.
fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown reason");
    format!("the computation failed: {text}")
}
