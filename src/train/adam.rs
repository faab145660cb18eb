//! Adam (Kingma and Ba 2015, algorithm 1), without weight decay: the constants, and the plain formula that the fused step
//! is held against and that other devices use.

use candle_core::{DType, Result, Tensor, Var};

use crate::model::{AdamStep, Moments};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The constants of step number `step`, which counts from 1.
pub fn adam_step(step: i32, learning_rate: f64) -> AdamStep {
    AdamStep {
        beta_1: BETA_1 as f32,
        beta_2: BETA_2 as f32,
        epsilon: EPSILON as f32,
        rate: (learning_rate / (1.0 - BETA_1.powi(step))) as f32,
        square_scale: (1.0 / (1.0 - BETA_2.powi(step))) as f32,
    }
}

/// Running means of the gradient and of its square.
pub struct Adam {
    mean: Tensor,
    square: Tensor,
    steps: i32,
}

impl Adam {
    pub fn new(parameters: &Var) -> Result<Self> {
        Ok(Self { mean: parameters.zeros_like()?, square: parameters.zeros_like()?, steps: 0 })
    }

    /// Goes on from where another stood.
    pub fn resume(parameters: &Var, moments: &Moments) -> Result<Self> {
        let like = |values: &[f32]| Tensor::new(values, parameters.device())?.to_dtype(parameters.dtype());
        Ok(Self { mean: like(&moments.mean)?, square: like(&moments.square)?, steps: moments.steps })
    }

    pub fn moments(&self) -> Result<Moments> {
        let numbers = |tensor: &Tensor| tensor.to_dtype(DType::F32)?.to_vec1();
        Ok(Moments { steps: self.steps, mean: numbers(&self.mean)?, square: numbers(&self.square)? })
    }

    pub fn step(&mut self, parameters: &Var, gradient: &Tensor, learning_rate: f64) -> Result<()> {
        self.steps = self.steps.saturating_add(1);
        self.mean = ((&self.mean * BETA_1)? + (gradient * (1.0 - BETA_1))?)?;
        self.square = ((&self.square * BETA_2)? + (gradient.sqr()? * (1.0 - BETA_2))?)?;
        let denominator = ((&self.square / (1.0 - BETA_2.powi(self.steps)))?.sqrt()? + EPSILON)?;
        let update = ((&self.mean * (learning_rate / (1.0 - BETA_1.powi(self.steps))))? / denominator)?;
        parameters.set(&(parameters.as_tensor() - update)?)
    }
}
