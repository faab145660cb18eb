//! The mathematics, in candle: an autoencoder, its loss, its weights as plain numbers. Nothing above `train` sees a
//! tensor: a model takes and gives slices of numbers.

mod architecture;
mod autoencoder;
mod checkpoint;
mod closed_form;
mod codes;
mod compute;
mod curvature;
mod divergence;
mod evaluate;
mod export;
mod frozen;
mod graph;
mod import;
pub mod kernels;
mod layer;
mod likelihood;
mod loss;
mod memory;
mod onnx_format;
mod parameters;
mod pca;
mod plane;
mod prior;
mod sequence;
mod start;
mod subspace;
mod terms;

pub use architecture::Architecture;
pub use autoencoder::{Autoencoder, Posterior};
pub use checkpoint::{Checkpoint, Moments, Progress, Serialized};
pub use closed_form::{Unit, fit, refit};
pub use codes::{Codes, Places};
pub use compute::Compute;
pub use divergence::{divergences, entropy};
pub use evaluate::{Evaluation, TermsEach, evaluate, perplexity};
pub use export::{ExportedFile, Runner, export};
pub use frozen::Frozen;
pub use import::{Facts, Imported, import, import_onnx, is_foreign};
pub use kernels::{AdamStep, DistancesTo, LogSum, Output, Step, Team, nearest_words, squared_distances};
pub use likelihood::Likelihoods;
pub use loss::{Loss, bernoulli_nll, gaussian_constant, gaussian_nll, kl};
pub use memory::{Copies, TrainingMemory};
pub use parameters::{initial_parameters, layout, named};
pub use pca::Pca;
pub use plane::{InPlane, Plane, dimension};
pub use prior::Prior;
pub use start::start;
pub use terms::{Kl, TERMS, Term, Terms};

use std::path::PathBuf;

use crate::config::{ConfigError, DeviceName, Memory};
use crate::progress::Cancelled;

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
    #[error("{what}, more than the {allowed} allowed: {remedy}")]
    TooLarge { what: String, allowed: Memory, remedy: String },
    #[error("the model cannot be exported: {0}")]
    Export(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the weights do not make a file: {0}")]
    Unwritable(String),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
