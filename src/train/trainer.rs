//! One run: a model, its optimiser, and a step.

use std::sync::Arc;

use super::adam::{Adam, adam_step};
use crate::config::{Beta, DataSource, LARGEST_C, Likelihood, ModelConfig, ModelSpec, SMALLEST_C, TrainConfig};
use crate::data::{Batch, Split};
use crate::model::{
    Autoencoder, Checkpoint, Compute, Evaluation, ModelError, Moments, Plane, Progress, Step, Terms, evaluate, fit,
    gaussian_constant, initial_parameters, kernels, refit, start,
};
use crate::progress;
use crate::random::{Purpose, standard_normal, stream};

/// How fast a learned c follows the squared error of a batch.
const C_RATE: f64 = 0.02;

pub struct Trainer {
    model: Autoencoder,
    learner: Learner,
    config: TrainConfig,
    step: u64,
    /// Steps that the optimiser's moments have seen.
    moments: i32,
}

/// How a run comes by its parameters.
enum Learner {
    /// Gradient steps by the kernels.
    Fused(Box<Step>),
    /// Gradient steps by the plain formulas.
    Composite(Adam),
    /// They are known, or stay as they are: a step only measures.
    Known,
}

#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(
        "the loss was {loss} at step {step}: the run has diverged; reset it with a smaller learning rate (it was {learning_rate})"
    )]
    NotFinite { step: u64, loss: f64, learning_rate: f64 },
    #[error(
        "the optimiser's moments were not finite at step {step}: the run has diverged; reset it with a smaller beta or learning rate (they were {beta} and {learning_rate})"
    )]
    Moments { step: u64, beta: Beta, learning_rate: f64 },
    #[error(
        "the loss on held-out images was not finite at step {step}: the run has diverged; reset it with a smaller learning rate (it was {learning_rate})"
    )]
    HeldOut { step: u64, learning_rate: f64 },
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Trainer {
    /// A run at step 0, with the weights that follow from its seed.
    pub fn new(model: &ModelConfig, config: TrainConfig, compute: Compute) -> Result<Self, ModelError> {
        let model = Autoencoder::new(model, &initial_parameters(model, config.seed), compute)?;
        Self::with_model(model, config, 0)
    }

    /// A run at step 0 whose parameters follow from the training images, where they do.
    pub fn fitted(
        model: &ModelConfig,
        config: TrainConfig,
        split: &Split,
        compute: Compute,
    ) -> Result<Self, ModelError> {
        if !model.is_closed_form() {
            return Self::new(model, config, compute);
        }
        let model = fit(model, config.beta, split, compute, &progress::Progress::silent())?;
        Self::with_model(model, config, 0)
    }

    /// A run that goes on from a checkpoint: with the moments of its optimiser if the checkpoint has them, and then bit for
    /// bit as the run itself did, or with fresh ones.
    pub fn resume(checkpoint: &Checkpoint, compute: Compute) -> Result<Self, ModelError> {
        let train = checkpoint.progress.train.clone();
        let mut trainer = Self::with_model(checkpoint.restore(compute)?, train, checkpoint.progress.step)?;
        if let Some(moments) = &checkpoint.moments {
            trainer.moments = moments.steps;
            match &mut trainer.learner {
                Learner::Known => {}
                Learner::Fused(step) => {
                    step.mean.copy_from_slice(&moments.mean);
                    step.square.copy_from_slice(&moments.square);
                }
                Learner::Composite(adam) => *adam = Adam::resume(trainer.model.variable(), moments)?,
            }
        }
        Ok(trainer)
    }

    /// A run of `model`, whatever its device and type, with fresh moments.
    pub fn with_model(model: Autoencoder, config: TrainConfig, step: u64) -> Result<Self, ModelError> {
        let learner = match model.new_step(adam_step(1, config.learning_rate)) {
            _ if !model.config().learns() => Learner::Known,
            Some(step) => Learner::Fused(Box::new(step)),
            None => Learner::Composite(Adam::new(model.variable())?),
        };
        Ok(Self { model, learner, config, step, moments: 0 })
    }

    /// Learns from one batch; a loss that is not finite leaves the weights alone.
    pub fn step(&mut self, batch: &Batch) -> Result<Terms, StepError> {
        let noise = standard_normal(
            &mut stream(self.config.seed, Purpose::Noise, self.step),
            batch.len * self.model.config().latent,
        );
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
        match &mut self.learner {
            Learner::Known => self.model.terms(images, noise),
            Learner::Fused(step) => {
                step.beta = beta;
                step.adam = adam_step(self.moments + 1, learning_rate);
                let likelihood = self.model.config().likelihood;
                Ok(self.model.fused_step(kernels::Batch { images, noise, likelihood }, step)?)
            }
            Learner::Composite(adam) => {
                let x = self.model.rows(images, self.model.config().pixels())?;
                let loss = self.model.loss(&x, &self.model.rows(noise, self.model.config().latent)?, beta)?;
                if loss.terms.loss(beta).is_finite() {
                    let chosen = self.model.chosen_words(images)?;
                    let gradients = loss.total.backward()?;
                    if let Some(gradient) = gradients.get(self.model.variable().as_tensor()) {
                        adam.step(self.model.variable(), gradient, learning_rate)?;
                    }
                    self.model.settle(chosen)?;
                }
                Ok(loss.terms)
            }
        }
    }

    /// What has to be done between steps where the prior or the words of a list are learned: puts them among the codes of the
    /// training images when that is due.
    pub fn start_parts(&mut self, split: &Split) -> Result<(), ModelError> {
        if self.model.starts_at() == Some(self.step) {
            start(&mut self.model, split, self.config.seed)?;
        }
        Ok(())
    }

    /// Starts words again that no code has chosen for `patience` steps, each at a code of the batch.
    pub fn restart_words(&mut self, batch: &Batch, patience: u64) -> Result<(), ModelError> {
        let mut rng = stream(self.config.seed, Purpose::Start, self.step);
        self.model.restart_words(&batch.images, patience, &mut rng)
    }

    /// Has a learned c follow the mean squared error of the batches, as a running mean.
    fn learn_c(&mut self, terms: &Terms) {
        let (pixels, likelihood) = (self.model.config().pixels(), self.model.config().likelihood);
        let Likelihood::Gaussian { c, learned: true } = likelihood else { return };
        if self.model.config().is_closed_form() {
            return;
        }
        let mse = 2.0 * c * (terms.recon - gaussian_constant(pixels, c)) / pixels as f64;
        let c = (c + C_RATE * (mse - c)).clamp(SMALLEST_C, LARGEST_C);
        self.model.set_likelihood(Likelihood::Gaussian { c, learned: true });
    }

    /// p(x|z) from the next step on; what the model cannot have changes nothing.
    pub fn set_likelihood(&mut self, likelihood: Likelihood) -> Result<(), ModelError> {
        let model = self.model.config();
        if (ModelSpec { likelihood, ..model.spec.clone() }).validate().is_err() {
            return Ok(());
        }
        self.model.set_likelihood(likelihood);
        self.refit()
    }

    /// Where the parameters are known, those for the settings in force.
    fn refit(&mut self) -> Result<(), ModelError> {
        match self.learner {
            Learner::Known => refit(&mut self.model, self.config.beta),
            Learner::Fused(_) | Learner::Composite(_) => Ok(()),
        }
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

    /// The KL weights from the next step on.
    pub fn set_beta(&mut self, beta: Beta) -> Result<(), ModelError> {
        self.config.beta = beta;
        self.refit()
    }

    /// Adam's step size from the next step on.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.config.learning_rate = learning_rate;
    }

    /// A copy of the weights; `epoch` and `data` say where the run is.
    pub fn checkpoint(&self, epoch: u64, data: &DataSource) -> Result<Checkpoint, ModelError> {
        self.checkpoint_after(&Arc::default(), epoch, data)
    }

    /// The same, which shares the parameters of an earlier one if they are still the same.
    pub fn checkpoint_after(
        &self,
        earlier: &Arc<Vec<f32>>,
        epoch: u64,
        data: &DataSource,
    ) -> Result<Checkpoint, ModelError> {
        let progress = Progress { step: self.step, epoch, data: data.clone(), train: self.config.clone() };
        let parameters = self.model.parameters_like(earlier)?;
        let (model, plane) = (self.model.config().clone(), Arc::new(Plane::of(self.model.config().latent)));
        Ok(Checkpoint { model, progress, parameters, moments: None, plane })
    }

    /// Whether the optimiser can go on: a moment that is not finite freezes its weight for good.
    pub fn has_finite_moments(&self) -> Result<bool, ModelError> {
        Ok(match &self.learner {
            Learner::Known => true,
            Learner::Fused(step) => step.mean.iter().chain(&step.square).all(|v| v.is_finite()),
            Learner::Composite(_) => {
                let Moments { mean, square, .. } = self.moments()?;
                mean.iter().chain(&square).all(|v| v.is_finite())
            }
        })
    }

    /// A copy of weights and optimiser, from which the run goes on bit for bit.
    pub fn state(&self, epoch: u64, data: &DataSource) -> Result<Checkpoint, ModelError> {
        self.with_moments(self.checkpoint(epoch, data)?)
    }

    /// A checkpoint of now with where the optimiser stands.
    pub fn with_moments(&self, checkpoint: Checkpoint) -> Result<Checkpoint, ModelError> {
        let moments = self.model.config().learns().then(|| self.moments().map(Arc::new)).transpose()?;
        Ok(Checkpoint { moments, ..checkpoint })
    }

    /// A copy of where the optimiser stands.
    pub fn moments(&self) -> Result<Moments, ModelError> {
        Ok(match &self.learner {
            Learner::Known => Moments { steps: 0, mean: Vec::new(), square: Vec::new() },
            Learner::Fused(step) => {
                Moments { steps: self.moments, mean: step.mean.clone(), square: step.square.clone() }
            }
            Learner::Composite(adam) => adam.moments().map_err(ModelError::from)?,
        })
    }
}
