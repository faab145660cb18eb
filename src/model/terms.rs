//! The measured terms of the loss, in nats per image, and how each is read off a measurement. Plain numbers; no tensors.

use serde::{Deserialize, Serialize};

use crate::catalogue::{self, About};
use crate::config::Beta;
use crate::format::Number;

/// The KL divergence of posteriors from the prior.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kl {
    /// Of Gaussians from N(0, I), in its two parts.
    Halves {
        /// ½ Σ μ², what pulls the means to 0.
        mean: f64,
        /// ½ Σ (σ² − 1 − ln σ²), what keeps the variances at 1.
        variance: f64,
    },
    /// From another prior, which has no such parts.
    Whole(f64),
}

impl Kl {
    pub fn total(self) -> f64 {
        match self {
            Self::Halves { mean, variance } => mean + variance,
            Self::Whole(kl) => kl,
        }
    }

    pub fn mean(self) -> Option<f64> {
        match self {
            Self::Halves { mean, .. } => Some(mean),
            Self::Whole(_) => None,
        }
    }

    pub fn variance(self) -> Option<f64> {
        match self {
            Self::Halves { variance, .. } => Some(variance),
            Self::Whole(_) => None,
        }
    }

    /// What is written of it: its parts if it has any, or the whole.
    pub fn read(mean: Option<f64>, variance: Option<f64>, whole: Option<f64>) -> Option<Self> {
        let halves = mean.zip(variance).map(|(mean, variance)| Self::Halves { mean, variance });
        halves.or(whole.map(Self::Whole))
    }

    fn weighted(self, beta: Beta) -> f64 {
        match self {
            Self::Halves { mean, variance } => beta.mean * mean + beta.variance * variance,
            Self::Whole(kl) => beta.mean * kl,
        }
    }
}

/// The measured terms of a batch or a set, in nats per image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Terms {
    /// −log p(x|z).
    pub recon: f64,
    /// An AE, which has no posterior, has none.
    pub kl: Option<Kl>,
    /// ‖z_e − e_k‖² of a quantised code; not in nats.
    pub quantisation: Option<f64>,
}

impl Terms {
    /// KL(q(z|x) ‖ p(z)).
    pub fn kl(&self) -> Option<f64> {
        self.kl.map(Kl::total)
    }

    /// −(recon + kl), whatever beta the run is trained with.
    pub fn elbo(&self) -> Option<f64> {
        self.kl().map(|kl| -(self.recon + kl))
    }

    /// recon + β · kl, what the run minimises; or recon and the square that moves codes and words towards each other.
    pub fn loss(&self, beta: Beta) -> f64 {
        match self.quantisation {
            Some(square) => self.recon + square,
            None => self.recon + self.kl.map_or(0.0, |kl| kl.weighted(beta)),
        }
    }

    /// Whether every term that there is, is.
    pub fn is_finite(&self) -> bool {
        self.recon.is_finite() && self.kl().is_none_or(f64::is_finite) && self.quantisation.is_none_or(f64::is_finite)
    }

    /// The weighted mean of two measurements of one model.
    pub fn mix(self, weight: f64, other: Self, other_weight: f64) -> Self {
        let mean = |a: f64, b: f64| (a * weight + b * other_weight) / (weight + other_weight);
        let kl = self.kl.zip(other.kl).map(|pair| match pair {
            (Kl::Halves { mean: a, variance: v }, Kl::Halves { mean: b, variance: w }) => {
                Kl::Halves { mean: mean(a, b), variance: mean(v, w) }
            }
            (a, b) => Kl::Whole(mean(a.total(), b.total())),
        });
        let quantisation = self.quantisation.zip(other.quantisation).map(|(a, b)| mean(a, b));
        Self { recon: mean(self.recon, other.recon), kl, quantisation }
    }
}

/// Terms as they are kept, each number to its last bit.
#[derive(Serialize, Deserialize)]
struct Stored {
    recon: Number,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kl_mean: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kl_variance: Option<Number>,
    /// Where it has no parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kl: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantisation: Option<Number>,
}

impl From<Terms> for Stored {
    fn from(terms: Terms) -> Self {
        let kl = terms.kl.filter(|kl| kl.mean().is_none()).map(Kl::total);
        Self {
            recon: Number(terms.recon),
            kl_mean: terms.kl.and_then(Kl::mean).map(Number),
            kl_variance: terms.kl.and_then(Kl::variance).map(Number),
            kl: kl.map(Number),
            quantisation: terms.quantisation.map(Number),
        }
    }
}

impl From<Stored> for Terms {
    fn from(stored: Stored) -> Self {
        let number = |number: Option<Number>| number.map(|Number(value)| value);
        Self {
            recon: stored.recon.0,
            kl: Kl::read(number(stored.kl_mean), number(stored.kl_variance), number(stored.kl)),
            quantisation: number(stored.quantisation),
        }
    }
}

/// A term, and how it is read off a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub about: &'static About,
    /// `None` where the model has no such term.
    pub read: fn(&Terms) -> Option<f64>,
}

/// Every term that can be read off a measurement, in the order in which they are shown.
pub static TERMS: [Term; 7] = [
    Term { about: &catalogue::RECON, read: |terms| Some(terms.recon) },
    Term { about: &catalogue::KL_MEAN, read: |terms| terms.kl.and_then(Kl::mean) },
    Term { about: &catalogue::KL_VARIANCE, read: |terms| terms.kl.and_then(Kl::variance) },
    Term { about: &catalogue::KL, read: Terms::kl },
    Term { about: &catalogue::QUANTISATION, read: |terms| terms.quantisation },
    Term { about: &catalogue::ELBO, read: Terms::elbo },
    Term { about: &catalogue::NEGATIVE_ELBO, read: |terms| terms.elbo().map(|elbo| -elbo) },
];

impl Term {
    /// The term with this id in the catalogue.
    pub fn of(id: &str) -> Option<&'static Self> {
        TERMS.iter().find(|term| term.about.id == id)
    }
}
