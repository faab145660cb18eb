//! A run's weights at a step, as plain numbers; in `file` as the bytes of a file.

mod file;
mod header;
mod serialized;

pub use serialized::Serialized;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Architecture, Autoencoder, Compute, InPlane, ModelError, Plane};
use crate::config::{DataSource, Likelihood, ModelConfig, TrainConfig};

/// How far a run has come, and on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub step: u64,
    pub epoch: u64,
    /// The images that it learned.
    pub data: DataSource,
    /// The settings in force at this step.
    pub train: TrainConfig,
}

/// An immutable copy of a run's weights at a step; plain data, so it may cross threads.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub model: ModelConfig,
    pub progress: Progress,
    /// One after the other in the order of `layout`; shared, for they may be large.
    pub parameters: Arc<Vec<f32>>,
    /// Where the optimiser stood, if that was kept.
    pub moments: Option<Arc<Moments>>,
    /// The plane in which its codes are looked at; a file does not hold it.
    pub plane: Arc<Plane>,
}

/// Where Adam stands: what a run needs besides its weights to go on as it would have.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Steps that the running means have seen.
    pub steps: i32,
    /// Running means of the gradient and of its square, as flat as the parameters.
    pub mean: Vec<f32>,
    pub square: Vec<f32>,
}

impl Checkpoint {
    /// The frozen model, which computes on `compute`.
    pub fn restore(&self, compute: Compute) -> Result<Autoencoder, ModelError> {
        Ok(Autoencoder::new(&self.model, &self.parameters, compute)?)
    }

    /// The same as its plane shows it.
    pub fn restore_in_plane(&self, compute: Compute) -> Result<InPlane, ModelError> {
        Ok(InPlane::new(self.restore(compute)?, self.plane.clone()))
    }

    /// Where the variance of the directions left out is among the parameters, if another was given.
    fn noise_variance(&self) -> Option<usize> {
        match self.model.likelihood {
            Likelihood::Gaussian { learned: false, .. } => {
                Architecture::new(&self.model)?.spectrum.map(|spectrum| spectrum.noise_variance.at.start)
            }
            _ => None,
        }
    }

    /// Whether weights and moments are.
    pub fn is_finite(&self) -> bool {
        let moments = self.moments.iter().flat_map(|moments| moments.mean.iter().chain(&moments.square));
        self.parameters.iter().chain(moments).all(|v| v.is_finite())
    }
}
