//! The mathematics, in candle: an autoencoder, its loss, its weights as plain numbers. Nothing above `train` sees a
//! tensor: a model takes and gives slices of numbers.

mod architecture;
mod autoencoder;
mod checkpoint;
mod compute;
mod evaluate;
pub mod kernels;
mod layer;
mod likelihood;
mod loss;
mod parameters;
mod pca;
mod terms;

pub use architecture::Architecture;
pub use autoencoder::{Autoencoder, Posterior};
pub use checkpoint::{Checkpoint, Moments, Progress};
pub use compute::Compute;
pub use evaluate::{Evaluation, TermsEach, evaluate};
pub use kernels::{AdamStep, DistancesTo, LogSum, Step, Team, squared_distances};
pub use likelihood::Likelihoods;
pub use loss::{Loss, bernoulli_nll, gaussian_constant, gaussian_nll, kl};
pub use parameters::{initial_parameters, layout, named};
pub use pca::Pca;
pub use terms::{Kl, TERMS, Term, Terms};

use std::path::PathBuf;

use crate::config::{Code, DeviceName};
use crate::progress::Cancelled;

/// What an encoder says of n images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Codes {
    /// The codes of an AE, the posterior means of a VAE: n points.
    pub mu: Vec<Code>,
    /// The log variances of a VAE's posteriors: n pairs; an AE has none.
    pub logvar: Option<Vec<Code>>,
}

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the computation failed: {0}")]
    Candle(#[from] candle_core::Error),
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("this program was built without {0}: build it with `--features {0}`, or take --device cpu")]
    NotBuilt(DeviceName),
    #[error("no {name} device answers: {source}; take --device cpu")]
    NoDevice { name: DeviceName, source: candle_core::Error },
    #[error("{file}: {what}")]
    Checkpoint { file: String, what: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
