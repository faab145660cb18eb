//! What a person can choose: one serialisable struct a concern, validated on the way in.
//! Knows nothing of tensors, threads or screens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Dimensions of a code: the plane that the program draws.
pub const LATENT: usize = 2;

/// A point of the latent plane.
pub type Code = [f32; LATENT];

const WIDEST_LAYER: usize = 16_384;
const MOST_LAYERS: usize = 8;
/// The variance of a pixel in [0, 1].
pub const SMALLEST_C: f64 = 1e-4;
pub const LARGEST_C: f64 = 10.0;
/// About what two dimensions leave of MNIST.
pub const DEFAULT_C: f64 = 0.05;

/// Which autoencoder is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Deterministic: a code is a point.
    Ae,
    /// Variational: a code is drawn from a Gaussian posterior that pays its KL divergence to N(0, I).
    Vae,
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Ae => "AE",
            Self::Vae => "VAE",
        })
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

/// What the layers of a network are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// Fully connected: the sizes of the encoder's hidden layers, which the decoder mirrors.
    Mlp(Vec<usize>),
    /// Two strided convolutions and a dense layer, which the decoder mirrors.
    Conv,
}

impl Default for Arch {
    fn default() -> Self {
        Self::Mlp(vec![512, 256])
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Mlp(hidden) => f.write_str(&hidden.iter().map(usize::to_string).collect::<Vec<_>>().join(",")),
            Self::Conv => f.write_str("conv"),
        }
    }
}

/// p(x|z): what the decoder's output says of the pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Likelihood {
    /// The decoded pixels are probabilities; grey values are taken as such too.
    #[default]
    Bernoulli,
    /// N(f(z), c·I) about the decoded pixels f(z). A learned c follows the mean squared error, which is where the
    /// likelihood is highest (Rybkin et al. 2021).
    Gaussian { c: f64, learned: bool },
}

impl Likelihood {
    /// The variance of a pixel, if it is Gaussian.
    pub fn c(self) -> Option<f64> {
        match self {
            Self::Bernoulli => None,
            Self::Gaussian { c, .. } => Some(c),
        }
    }

    pub fn validate(self) -> Result<(), ConfigError> {
        self.c().map_or(Ok(()), validate_c)
    }
}

impl fmt::Display for Likelihood {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Bernoulli => f.write_str("Bernoulli"),
            Self::Gaussian { c, .. } => write!(f, "Gaussian, c = {c:.4}"),
        }
    }
}

/// The network: `rows * cols` pixels, its layers, two latent dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    pub kind: ModelKind,
    pub rows: usize,
    pub cols: usize,
    pub arch: Arch,
    /// Files from before there was a choice have none.
    #[serde(default)]
    pub likelihood: Likelihood,
}

impl ModelConfig {
    pub fn pixels(&self) -> usize {
        self.rows * self.cols
    }

    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.rows == 0 || self.cols == 0 || self.rows.saturating_mul(self.cols) > 1 << 20 {
            return Err(ConfigError::ImageSize { rows: self.rows, cols: self.cols });
        }
        self.likelihood.validate()?;
        match &self.arch {
            Arch::Mlp(hidden) => validate_hidden(hidden),
            Arch::Conv => Ok(()),
        }
    }
}

/// How one run learns; `beta` and `learning_rate` may change while it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Images a step.
    pub batch: usize,
    /// Adam's step size.
    pub learning_rate: f64,
    /// The KL weight; an AE has no use for it.
    pub beta: f64,
    /// Where every random number of the run comes from.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self { batch: 128, learning_rate: 1e-3, beta: 1.0, seed: 0 }
    }
}

impl TrainConfig {
    pub fn validate(&self) -> Result<(), ConfigError> {
        validate_batch(self.batch)?;
        validate_learning_rate(self.learning_rate)?;
        validate_beta(self.beta)
    }
}

pub fn validate_batch(batch: usize) -> Result<(), ConfigError> {
    if (1..=1 << 16).contains(&batch) { Ok(()) } else { Err(ConfigError::Batch(batch)) }
}

pub fn validate_beta(beta: f64) -> Result<(), ConfigError> {
    if beta.is_finite() && beta >= 0.0 { Ok(()) } else { Err(ConfigError::Beta(beta)) }
}

pub fn validate_learning_rate(rate: f64) -> Result<(), ConfigError> {
    if rate.is_finite() && rate > 0.0 { Ok(()) } else { Err(ConfigError::LearningRate(rate)) }
}

pub fn validate_c(c: f64) -> Result<(), ConfigError> {
    if (SMALLEST_C..=LARGEST_C).contains(&c) { Ok(()) } else { Err(ConfigError::C(c)) }
}

pub fn validate_hidden(hidden: &[usize]) -> Result<(), ConfigError> {
    let wrong = hidden.is_empty() || hidden.len() > MOST_LAYERS || hidden.iter().any(|&n| n == 0 || n > WIDEST_LAYER);
    if wrong { Err(ConfigError::Hidden(hidden.to_vec())) } else { Ok(()) }
}

/// Reads `512,256` as the sizes of hidden layers.
pub fn parse_hidden(text: &str) -> Result<Vec<usize>, ConfigError> {
    let sizes: Result<Vec<usize>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let sizes = sizes.map_err(|_| ConfigError::HiddenText(text.to_owned()))?;
    validate_hidden(&sizes)?;
    Ok(sizes)
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    #[error("images of {rows} x {cols} pixels: both sides must be at least 1, and their product at most 1,048,576")]
    ImageSize { rows: usize, cols: usize },
    #[error("batch {0}: give a number of images from 1 to 65536")]
    Batch(usize),
    #[error("learning rate {0}: give a positive finite number, e.g. 0.001")]
    LearningRate(f64),
    #[error("beta {0}: give a finite number that is not negative; 0 switches the KL term off")]
    Beta(f64),
    #[error("c = {0}: give a variance of a pixel from {SMALLEST_C} to {LARGEST_C}, e.g. 0.05")]
    C(f64),
    #[error("hidden layers {0:?}: give one to {MOST_LAYERS} sizes from 1 to {WIDEST_LAYER}, e.g. 512,256")]
    Hidden(Vec<usize>),
    #[error("hidden layers `{0}`: give sizes separated by commas, e.g. 512,256")]
    HiddenText(String),
}
