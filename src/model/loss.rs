//! The terms of the loss, in nats per image: summed over pixels or latent dimensions, averaged over images.

use std::f64::consts::TAU;

use candle_core::{Result, Tensor};

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

/// The loss of a batch as a scalar to differentiate, with the terms it is made of.
pub struct Loss {
    pub total: Tensor,
    pub terms: Terms,
}

/// −log p(x|z) of the Bernoulli likelihood on grey pixels, softplus(l) − l·x, written so that large logits stay finite:
/// relu(l) − l·x + ln(1 + e^−|l|). logits, x: (batch, pixels) -> scalar.
pub fn bernoulli_nll(logits: &Tensor, x: &Tensor) -> Result<Tensor> {
    let softplus_tail = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    let per_pixel = ((logits.relu()? - (logits * x)?)? + softplus_tail)?;
    per_pixel.sum_all()? / x.dim(0)? as f64
}

/// −log N(x; f, c·I) of decoded pixels f, the constant included. f, x: (batch, pixels) -> scalar.
pub fn gaussian_nll(f: &Tensor, x: &Tensor, c: f64) -> Result<Tensor> {
    let squares = ((f - x)?.sqr()?.sum_all()? / (2.0 * c * x.dim(0)? as f64))?;
    squares + gaussian_constant(x.dim(1)?, c)
}

/// ½ D ln 2πc, what the squared error of D pixels leaves out.
pub fn gaussian_constant(pixels: usize, c: f64) -> f64 {
    0.5 * pixels as f64 * (TAU * c).ln()
}

/// KL(N(μ, σ²) ‖ N(0, I)) in its two parts (Kingma and Welling 2014, appendix B). mu, logvar: (batch, latent) ->
/// scalars kl_mean, kl_variance.
pub fn kl(mu: &Tensor, logvar: &Tensor) -> Result<(Tensor, Tensor)> {
    let half_batch = 2.0 * mu.dim(0)? as f64;
    let mean = (mu.sqr()?.sum_all()? / half_batch)?;
    let variance = (((logvar.exp()? - 1.0)? - logvar)?.sum_all()? / half_batch)?;
    Ok((mean, variance))
}
