//! How a run learns.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Far above where every unit of a code is dead, and far below where gradients leave the range of their numbers.
pub(super) const LARGEST_BETA: f64 = 1e6;
/// Adam moves each weight by about this much a step.
pub(super) const LARGEST_RATE: f64 = 10.0;

/// The weights of the two halves of the KL from N(0, I).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Beta {
    /// Of ½ Σ μ², which pulls the means to 0 (global).
    pub mean: f64,
    /// Of ½ Σ (σ² − 1 − ln σ²), which keeps the variances at 1 (local).
    pub variance: f64,
}

/// Files from before there were two weights have one number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(f64),
    Two { mean: f64, variance: f64 },
}

impl From<Written> for Beta {
    fn from(written: Written) -> Self {
        match written {
            Written::One(beta) => Self::both(beta),
            Written::Two { mean, variance } => Self { mean, variance },
        }
    }
}

impl Beta {
    pub const OFF: Self = Self::both(0.0);

    pub const fn both(beta: f64) -> Self {
        Self { mean: beta, variance: beta }
    }

    /// The weight of the whole KL, where both are the same.
    pub fn whole(self) -> Option<f64> {
        (self.mean == self.variance).then_some(self.mean)
    }

    pub fn validate(self) -> Result<(), ConfigError> {
        validate_beta(self.mean)?;
        validate_beta(self.variance)
    }
}

impl From<f64> for Beta {
    fn from(beta: f64) -> Self {
        Self::both(beta)
    }
}

/// Whether the whole KL has this weight.
impl PartialEq<f64> for Beta {
    fn eq(&self, other: &f64) -> bool {
        self.whole() == Some(*other)
    }
}

impl fmt::Display for Beta {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.whole() {
            Some(beta) => write!(f, "{beta}"),
            None => write!(f, "{} (mean), {} (variance)", self.mean, self.variance),
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
    /// The KL weights; what has no KL has no use for them.
    pub beta: Beta,
    /// Where every random number of the run comes from.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self { batch: 128, learning_rate: 1e-3, beta: Beta::both(1.0), seed: 0 }
    }
}

impl TrainConfig {
    pub fn validate(&self) -> Result<(), ConfigError> {
        validate_batch(self.batch)?;
        validate_learning_rate(self.learning_rate)?;
        self.beta.validate()
    }
}

pub fn validate_batch(batch: usize) -> Result<(), ConfigError> {
    if (1..=1 << 16).contains(&batch) { Ok(()) } else { Err(ConfigError::Batch(batch)) }
}

pub fn validate_beta(beta: f64) -> Result<(), ConfigError> {
    if (0.0..=LARGEST_BETA).contains(&beta) { Ok(()) } else { Err(ConfigError::Beta(beta)) }
}

pub fn validate_learning_rate(rate: f64) -> Result<(), ConfigError> {
    if rate > 0.0 && rate <= LARGEST_RATE { Ok(()) } else { Err(ConfigError::LearningRate(rate)) }
}
