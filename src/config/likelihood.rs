//! p(x|z): what is said of pixels, given what a decoder makes of a code.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// The variance of a pixel in [0, 1].
pub const SMALLEST_C: f64 = 1e-4;
pub const LARGEST_C: f64 = 10.0;

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

/// About what two dimensions leave of MNIST.
pub const DEFAULT_C: f64 = 0.05;

impl Likelihood {
    /// Gaussian, its variance learned from where it usually is.
    pub const LEARNED: Self = Self::Gaussian { c: DEFAULT_C, learned: true };

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

pub fn validate_c(c: f64) -> Result<(), ConfigError> {
    if (SMALLEST_C..=LARGEST_C).contains(&c) { Ok(()) } else { Err(ConfigError::C(c)) }
}
