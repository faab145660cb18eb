//! One run: a model, its optimiser, and a step.

use super::adam::{Adam, adam_step};
use crate::config::{LARGEST_C, LATENT, Likelihood, ModelConfig, SMALLEST_C, TrainConfig};
use crate::data::{Batch, Split};
use crate::model::{
    Autoencoder, Checkpoint, Compute, Evaluation, ModelError, Moments, Progress, Step, Terms, evaluate,
    gaussian_constant, initial_parameters, kernels,
};
use crate::progress;
use crate::random::{Purpose, standard_normal, stream};

/// How fast a learned c follows the squared error of a batch.
const C_RATE: f64 = 0.02;

pub struct Trainer {
    model: Autoencoder,
    optimizer: Optimizer,
    config: TrainConfig,
    step: u64,
    /// Steps that the optimiser's moments have seen.
    moments: i32,
}

/// Who computes a step.
enum Optimizer {
    Fused(Box<Step>),
    Composite(Adam),
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

impl Trainer {
    /// A run at step 0, with the weights that follow from its seed.
    pub fn new(model: &ModelConfig, config: TrainConfig, compute: Compute) -> Result<Self, ModelError> {
        let model = Autoencoder::new(model, &initial_parameters(model, config.seed), compute)?;
        Self::with_model(model, config, 0)
    }

    /// A run that goes on from a checkpoint: with the moments of its optimiser if the checkpoint has them, and then bit for
    /// bit as the run itself did, or with fresh ones.
    pub fn resume(checkpoint: &Checkpoint, compute: Compute) -> Result<Self, ModelError> {
        let train = checkpoint.progress.train.clone();
        let mut trainer = Self::with_model(checkpoint.restore(compute)?, train, checkpoint.progress.step)?;
        if let Some(moments) = &checkpoint.moments {
            trainer.moments = moments.steps;
            match &mut trainer.optimizer {
                Optimizer::Fused(step) => {
                    step.mean.copy_from_slice(&moments.mean);
                    step.square.copy_from_slice(&moments.square);
                }
                Optimizer::Composite(adam) => *adam = Adam::resume(trainer.model.variable(), moments)?,
            }
        }
        Ok(trainer)
    }

    /// A run of `model`, whatever its device and type, with fresh moments.
    pub fn with_model(model: Autoencoder, config: TrainConfig, step: u64) -> Result<Self, ModelError> {
        let optimizer = match model.new_step(adam_step(1, config.learning_rate)) {
            Some(step) => Optimizer::Fused(Box::new(step)),
            None => Optimizer::Composite(Adam::new(model.variable())?),
        };
        Ok(Self { model, optimizer, config, step, moments: 0 })
    }

    /// Learns from one batch; a loss that is not finite leaves the weights alone.
    pub fn step(&mut self, batch: &Batch) -> Result<Terms, StepError> {
        let noise = standard_normal(&mut stream(self.config.seed, Purpose::Noise, self.step), batch.len * LATENT);
        let terms = self.step_with_noise(&batch.images, &noise)?;
        let value = terms.loss(self.config.beta);
        if !value.is_finite() {
            let learning_rate = self.config.learning_rate;
            return Err(StepError::NotFinite { step: self.step, loss: value, learning_rate });
        }
        self.learn_c(&terms);
        self.step += 1;
        self.moments = self.moments.saturating_add(1);
        Ok(terms)
    }

    /// One step, unless a term of the loss is not finite. images: (n, pixels) in [0, 1], noise: (n, latent).
    fn step_with_noise(&mut self, images: &[f32], noise: &[f32]) -> Result<Terms, ModelError> {
        let TrainConfig { beta, learning_rate, .. } = self.config;
        match &mut self.optimizer {
            Optimizer::Fused(step) => {
                step.beta = beta as f32;
                step.adam = adam_step(self.moments + 1, learning_rate);
                let likelihood = self.model.config().likelihood;
                Ok(self.model.fused_step(kernels::Batch { images, noise, likelihood }, step)?)
            }
            Optimizer::Composite(adam) => {
                let x = self.model.rows(images, self.model.config().pixels())?;
                let loss = self.model.loss(&x, &self.model.rows(noise, LATENT)?, beta)?;
                if loss.terms.loss(beta).is_finite() {
                    let gradients = loss.total.backward()?;
                    if let Some(gradient) = gradients.get(self.model.variable().as_tensor()) {
                        adam.step(self.model.variable(), gradient, learning_rate)?;
                    }
                }
                Ok(loss.terms)
            }
        }
    }

    /// Has a learned c follow the mean squared error of the batches, as a running mean.
    fn learn_c(&mut self, terms: &Terms) {
        let (pixels, likelihood) = (self.model.config().pixels(), self.model.config().likelihood);
        let Likelihood::Gaussian { c, learned: true } = likelihood else { return };
        let mse = 2.0 * c * (terms.recon - gaussian_constant(pixels, c)) / pixels as f64;
        let c = (c + C_RATE * (mse - c)).clamp(SMALLEST_C, LARGEST_C);
        self.model.set_likelihood(Likelihood::Gaussian { c, learned: true });
    }

    /// p(x|z) from the next step on.
    pub fn set_likelihood(&mut self, likelihood: Likelihood) {
        self.model.set_likelihood(likelihood);
    }

    /// The terms on held-out images; `progress` says how far it is.
    pub fn evaluate(&self, split: &Split, progress: &progress::Progress) -> Result<Evaluation, ModelError> {
        evaluate(&self.model, split, self.config.seed, progress)
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
        let parameters = self.model.parameters()?;
        Ok(Checkpoint { model: self.model.config().clone(), progress, parameters, moments: None })
    }

    /// A copy of where the optimiser stands.
    pub fn moments(&self) -> Result<Moments, ModelError> {
        Ok(match &self.optimizer {
            Optimizer::Fused(step) => {
                Moments { steps: self.moments, mean: step.mean.clone(), square: step.square.clone() }
            }
            Optimizer::Composite(adam) => adam.moments().map_err(ModelError::from)?,
        })
    }
}
