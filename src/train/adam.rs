//! Adam (Kingma and Ba 2015, algorithm 1), without weight decay.

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The optimiser's state: running means of each gradient and of its square.
pub struct Adam {
    slots: Vec<Slot>,
    steps: i32,
}

struct Slot {
    parameter: Var,
    mean: Tensor,
    square: Tensor,
}

impl Adam {
    pub fn new(parameters: impl IntoIterator<Item = Var>) -> Result<Self> {
        let slots = parameters
            .into_iter()
            .map(|parameter| Ok(Slot { mean: parameter.zeros_like()?, square: parameter.zeros_like()?, parameter }))
            .collect::<Result<_>>()?;
        Ok(Self { slots, steps: 0 })
    }

    /// Moves every parameter that has a gradient.
    pub fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        self.steps = self.steps.saturating_add(1);
        let mean_bias = 1.0 - BETA_1.powi(self.steps);
        let square_bias = 1.0 - BETA_2.powi(self.steps);
        for slot in &mut self.slots {
            let Some(gradient) = gradients.get(slot.parameter.as_tensor()) else { continue };
            slot.mean = ((&slot.mean * BETA_1)? + (gradient * (1.0 - BETA_1))?)?;
            slot.square = ((&slot.square * BETA_2)? + (gradient.sqr()? * (1.0 - BETA_2))?)?;
            let denominator = ((&slot.square / square_bias)?.sqrt()? + EPSILON)?;
            let update = ((&slot.mean * (learning_rate / mean_bias))? / denominator)?;
            slot.parameter.set(&(slot.parameter.as_tensor() - update)?)?;
        }
        Ok(())
    }
}
