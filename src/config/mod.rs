//! What a person can choose: one serialisable struct a concern, validated on the way in.
//! Knows nothing of tensors, threads or screens.

mod data;
mod graph;
mod image;
mod likelihood;
mod memory;
mod model;
mod train;

pub use data::{
    Binarise, DataSource, FASHION_MNIST, Fit, MNIST, Reading, SHAPES, TEST_SHARE, USUAL_SIDE, validate_size,
    validate_test_share,
};
pub use graph::{Function, Graph, Graphs, MOST_OPERATIONS, Node, Operation, Window};
pub use image::{ImageShape, MOST_NUMBERS, MOST_SIDE};
pub use likelihood::{DEFAULT_C, LARGEST_C, Likelihood, SMALLEST_C, validate_c};
pub use memory::Memory;
pub use model::{
    Arch, Codebook, Link, MOST_COMPONENTS, MOST_LATENT, MOST_PARAMETERS, MOST_TOKENS, MOST_WORDS, ModelConfig,
    ModelKind, ModelSpec, Posterior, PriorKind, parse_hidden, validate_hidden,
};
pub use train::{Beta, TrainConfig, validate_batch, validate_beta, validate_learning_rate};

use std::fmt;

use serde::{Deserialize, Serialize};

/// A point of the plane on the screen.
pub type Place = [f32; PLANE];

/// Dimensions of the plane.
pub const PLANE: usize = 2;

/// Which plane through a latent space of more than two dimensions is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaneChoice {
    pub axes: Axes,
    /// The image of the probe whose code it goes through; without one it goes through 0.
    pub anchor: Option<usize>,
}

/// What its axes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axes {
    /// Two latent dimensions, counted from 0.
    Dimensions([usize; 2]),
    /// The first two principal components of the codes.
    Components,
}

impl Default for Axes {
    fn default() -> Self {
        Self::Dimensions([0, 1])
    }
}

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceName {
    Cpu,
    Cuda,
    Metal,
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        })
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "images of {0}: they need 1 to {MOST_SIDE} pixels a side, grey or of three colours, and {MOST_NUMBERS} numbers at most"
    )]
    Image(ImageShape),
    #[error("memory `{0}`: give a size from 1M on, e.g. 4G or 512M")]
    Memory(String),
    #[error("images of size {0}: give the pixels of the longer side, from 1 to {MOST_SIDE}")]
    Size(usize),
    #[error("a test share of {0}: give the share of images that is held out, from 0.001 to 0.999")]
    TestShare(f64),
    #[error("batch {0}: give a number of images from 1 to 65536")]
    Batch(usize),
    #[error("learning rate {0}: give a positive number up to {most}, e.g. 0.001", most = train::LARGEST_RATE)]
    LearningRate(f64),
    #[error("beta {0}: give a number from 0, which switches the KL term off, to {most}", most = train::LARGEST_BETA)]
    Beta(f64),
    #[error("c = {0}: give a variance of a pixel from {SMALLEST_C} to {LARGEST_C}, e.g. 0.05")]
    C(f64),
    #[error("hidden layers {0:?}: give at most {most} sizes from 1 to {widest}, e.g. 512,256, or none", most = model::MOST_LAYERS, widest = model::WIDEST_LAYER)]
    Hidden(Vec<usize>),
    #[error("hidden layers `{0}`: give sizes separated by commas, e.g. 512,256, or none for a linear network")]
    HiddenText(String),
    #[error(
        "a network of {} million weights needs {:.1} GB to be trained: at most {} million are; choose smaller hidden layers or images",
        .0 / 1_000_000, *.0 as f64 * model::BYTES_A_PARAMETER / 1e9, MOST_PARAMETERS / 1_000_000
    )]
    Parameters(u64),
    #[error("{0} latent dimensions: give a number from 1 to {MOST_LATENT}")]
    Latent(usize),
    #[error("a prior of {0} components: give a number from 1 to {MOST_COMPONENTS}")]
    Components(usize),
    #[error("a codebook of {0} words: give a number from 1 to {MOST_WORDS}")]
    Words(usize),
    #[error(
        "{tokens} tokens of {latent} latent dimensions: give 1 to {MOST_TOKENS} tokens that share the dimensions evenly"
    )]
    Tokens { tokens: usize, latent: usize },
    #[error(
        "codebook weights (gamma {gamma}, decay {decay}): gamma must be finite and not negative, decay from 0 to below 1"
    )]
    Codebook { gamma: f64, decay: f64 },
    #[error("the network of the other program: {0}")]
    Graph(String),
    #[error("the network of another program is explored as it is and cannot be trained; train one of ours beside it")]
    Frozen,
    #[error("{what} has no use for {option}: {remedy}")]
    Unused { what: String, option: &'static str, remedy: &'static str },
}
