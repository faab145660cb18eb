//! One run: a model, its optimiser, and a step.

use super::Adam;
use crate::config::{LATENT, ModelConfig, TrainConfig};
use crate::data::{Batch, Split};
use crate::model::{Autoencoder, Checkpoint, Evaluation, ModelError, Progress, Terms, evaluate, initial_parameters};
use crate::random::{Purpose, standard_normal, stream};

pub struct Trainer {
    model: Autoencoder,
    adam: Adam,
    config: TrainConfig,
    step: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(
        "the loss was {loss} at step {step}: the run has diverged; reset it with a smaller learning rate (it was {learning_rate})"
    )]
    NotFinite { step: u64, loss: f64, learning_rate: f64 },
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl From<candle_core::Error> for StepError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}

impl Trainer {
    /// A run at step 0, with the weights that follow from its seed.
    pub fn new(model: &ModelConfig, config: TrainConfig) -> Result<Self, ModelError> {
        let model = Autoencoder::new(model, &initial_parameters(model, config.seed))?;
        Self::with_model(model, config, 0)
    }

    /// A run that goes on from a checkpoint, with fresh moments in its optimiser.
    pub fn resume(checkpoint: &Checkpoint) -> Result<Self, ModelError> {
        Self::with_model(checkpoint.restore()?, checkpoint.progress.train.clone(), checkpoint.progress.step)
    }

    fn with_model(model: Autoencoder, config: TrainConfig, step: u64) -> Result<Self, ModelError> {
        let adam = Adam::new(model.variables().iter().map(|(_, var)| var.clone()))?;
        Ok(Self { model, adam, config, step })
    }

    /// Learns from one batch; a loss that is not finite leaves the weights alone.
    pub fn step(&mut self, batch: &Batch) -> Result<Terms, StepError> {
        let x = self.model.rows(&batch.images, self.model.config().pixels())?;
        let noise = standard_normal(&mut stream(self.config.seed, Purpose::Noise, self.step), batch.len * LATENT);
        let loss = self.model.loss(&x, &self.model.rows(&noise, LATENT)?, self.config.beta)?;
        let value = loss.terms.loss(self.config.beta);
        if !value.is_finite() {
            let learning_rate = self.config.learning_rate;
            return Err(StepError::NotFinite { step: self.step, loss: value, learning_rate });
        }
        self.adam.step(&loss.total.backward()?, self.config.learning_rate)?;
        self.step += 1;
        Ok(loss.terms)
    }

    /// The terms on held-out images.
    pub fn evaluate(&self, split: &Split) -> Result<Evaluation, ModelError> {
        evaluate(&self.model, split, self.config.seed)
    }

    pub fn model(&self) -> &Autoencoder {
        &self.model
    }

    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The KL weight from the next step on.
    pub fn set_beta(&mut self, beta: f64) {
        self.config.beta = beta;
    }

    /// Adam's step size from the next step on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.config.learning_rate = learning_rate;
    }

    /// A copy of the weights; `epoch` and `data` say where the run is.
    pub fn checkpoint(&self, epoch: u64, data: &str) -> Result<Checkpoint, ModelError> {
        let progress = Progress { step: self.step, epoch, data: data.to_owned(), train: self.config.clone() };
        Ok(Checkpoint { model: self.model.config().clone(), progress, parameters: self.model.parameters()? })
    }
}
