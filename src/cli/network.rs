//! What can be said of a network and how it learns on the command line.

use clap::{Args, ValueEnum};

use crate::config::{self, Arch, DEFAULT_C, Likelihood};

#[derive(Clone, Debug, Args)]
pub struct NetworkArguments {
    /// Images a step
    #[arg(long, default_value = "128", value_parser = batch)]
    pub batch: usize,
    /// Adam's step size
    #[arg(long, default_value = "0.001", value_parser = learning_rate)]
    pub lr: f64,
    /// The layers of the network
    #[arg(long, value_enum, default_value = "mlp")]
    pub arch: ArchName,
    /// Sizes of the encoder's hidden layers in an mlp; the decoder mirrors them [default: 512,256]
    #[arg(long, value_parser = hidden)]
    pub hidden: Option<Hidden>,
    /// p(x|z): Bernoulli, or Gaussian about the decoded pixels with the variance --c
    #[arg(long, value_enum, default_value = "bernoulli")]
    pub likelihood: LikelihoodName,
    /// The variance of a pixel, or `learned`: it then follows the mean squared error [default: 0.05]
    #[arg(long, value_parser = variance)]
    pub c: Option<Variance>,
}

impl NetworkArguments {
    /// The layers asked for.
    pub fn arch(&self) -> Result<Arch, &'static str> {
        match (self.arch, &self.hidden) {
            (ArchName::Conv, Some(_)) => Err("--hidden is for --arch mlp; the layers of conv are fixed"),
            (ArchName::Mlp, Some(Hidden(hidden))) => Ok(Arch::Mlp(hidden.clone())),
            (name, None) => Ok(name.into()),
        }
    }

    /// The likelihood asked for.
    pub fn likelihood(&self) -> Result<Likelihood, &'static str> {
        match (self.likelihood, self.c) {
            (LikelihoodName::Bernoulli, None) => Ok(Likelihood::Bernoulli),
            (LikelihoodName::Bernoulli, Some(_)) => Err("--c is for --likelihood gaussian"),
            (LikelihoodName::Gaussian, c) => {
                let Variance { c, learned } = c.unwrap_or(Variance { c: DEFAULT_C, learned: false });
                Ok(Likelihood::Gaussian { c, learned })
            }
        }
    }
}

/// The layers of a network.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ArchName {
    /// Fully connected
    Mlp,
    /// Two strided convolutions and a dense layer, mirrored by the decoder
    Conv,
}

impl From<ArchName> for Arch {
    fn from(name: ArchName) -> Self {
        match name {
            ArchName::Mlp => Self::default(),
            ArchName::Conv => Self::Conv,
        }
    }
}

/// p(x|z).
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LikelihoodName {
    /// The decoded pixels are probabilities
    Bernoulli,
    /// The decoded pixels are the means of Gaussians with the variance --c
    Gaussian,
}

/// The variance of a pixel, and whether it is learned from there on.
#[derive(Clone, Copy, Debug)]
pub struct Variance {
    pub c: f64,
    pub learned: bool,
}

fn variance(text: &str) -> Result<Variance, String> {
    match text {
        "learned" => Ok(Variance { c: DEFAULT_C, learned: true }),
        number => checked(number, config::validate_c).map(|c| Variance { c, learned: false }),
    }
}

/// Hidden layer sizes; a type of its own, for clap reads a bare `Vec` as an option given several times.
#[derive(Clone, Debug)]
pub struct Hidden(pub Vec<usize>);

fn hidden(text: &str) -> Result<Hidden, String> {
    config::parse_hidden(text).map(Hidden).map_err(|e| e.to_string())
}

pub fn checked(text: &str, validate: fn(f64) -> Result<(), config::ConfigError>) -> Result<f64, String> {
    let value = text.parse().map_err(|_| "not a number".to_owned())?;
    validate(value).map(|()| value).map_err(|e| e.to_string())
}

pub fn batch(text: &str) -> Result<usize, String> {
    let batch = text.parse().map_err(|_| "not a whole number".to_owned())?;
    config::validate_batch(batch).map(|()| batch).map_err(|e| e.to_string())
}

fn learning_rate(text: &str) -> Result<f64, String> {
    checked(text, config::validate_learning_rate)
}
