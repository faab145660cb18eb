//! The measured terms of the loss, in nats per image, and how each is read off a measurement. Plain numbers; no tensors.

use crate::catalogue::{self, About};

/// The KL divergence of a Gaussian posterior from N(0, I), in its two parts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kl {
    /// ½ Σ μ², what pulls the means to 0.
    pub mean: f64,
    /// ½ Σ (σ² − 1 − ln σ²), what keeps the variances at 1.
    pub variance: f64,
}

/// The measured terms of a batch or a set, in nats per image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// −log p(x|z).
    pub recon: f64,
    /// An AE, which has no posterior, has none.
    pub kl: Option<Kl>,
}

impl Terms {
    /// KL(q(z|x) ‖ p(z)).
    pub fn kl(&self) -> Option<f64> {
        self.kl.map(|kl| kl.mean + kl.variance)
    }

    /// −(recon + kl), whatever beta the run is trained with.
    pub fn elbo(&self) -> Option<f64> {
        self.kl().map(|kl| -(self.recon + kl))
    }

    /// recon + beta · kl, what the run minimises.
    pub fn loss(&self, beta: f64) -> f64 {
        self.recon + beta * self.kl().unwrap_or(0.0)
    }

    /// The weighted mean of two measurements of one model.
    pub fn mix(self, weight: f64, other: Self, other_weight: f64) -> Self {
        let mean = |a: f64, b: f64| (a * weight + b * other_weight) / (weight + other_weight);
        let kl = self.kl.zip(other.kl);
        let kl = kl.map(|(a, b)| Kl { mean: mean(a.mean, b.mean), variance: mean(a.variance, b.variance) });
        Self { recon: mean(self.recon, other.recon), kl }
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
pub static TERMS: [Term; 6] = [
    Term { about: &catalogue::RECON, read: |terms| Some(terms.recon) },
    Term { about: &catalogue::KL_MEAN, read: |terms| terms.kl.map(|kl| kl.mean) },
    Term { about: &catalogue::KL_VARIANCE, read: |terms| terms.kl.map(|kl| kl.variance) },
    Term { about: &catalogue::KL, read: Terms::kl },
    Term { about: &catalogue::ELBO, read: Terms::elbo },
    Term { about: &catalogue::NEGATIVE_ELBO, read: |terms| terms.elbo().map(|elbo| -elbo) },
];

impl Term {
    /// The term with this id in the catalogue.
    pub fn of(id: &str) -> Option<&'static Self> {
        TERMS.iter().find(|term| term.about.id == id)
    }
}
