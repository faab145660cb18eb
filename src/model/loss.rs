//! The loss as plain candle operations: its terms in nats per image, summed over pixels or latent dimensions, averaged over
//! images.

use std::f64::consts::TAU;

use candle_core::{Result, Tensor};

use super::terms::Terms;

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

/// −H(q) − log p(z) of a batch, the KL from a prior that has no closed form, at the codes z that were drawn. logvar, log_density:
/// (batch, latent), (batch) -> scalar.
pub fn kl_drawn(logvar: &Tensor, log_density: &Tensor) -> Result<Tensor> {
    let batch = logvar.dim(0)? as f64;
    let entropy = ((logvar + (1.0 + TAU.ln()))?.sum_all()? * (0.5 / batch))?;
    (entropy.neg()? - (log_density.sum_all()? / batch)?)?.contiguous()
}

/// log Σ π_k N(z; m_k, diag s_k²). z: (batch, latent), logits: (K), mean, log_scale: (K, latent) -> (batch).
pub fn mixture_log_density(z: &Tensor, logits: &Tensor, mean: &Tensor, log_scale: &Tensor) -> Result<Tensor> {
    let latent = z.dim(1)? as f64;
    let t =
        z.unsqueeze(1)?.broadcast_sub(&mean.unsqueeze(0)?)?.broadcast_mul(&log_scale.neg()?.exp()?.unsqueeze(0)?)?;
    let squares = (t.sqr()?.sum(2)? * -0.5)?;
    let offset = ((logits.broadcast_sub(&logits.log_sum_exp(0)?)? - log_scale.sum(1)?)? - 0.5 * latent * TAU.ln())?;
    squares.broadcast_add(&offset.unsqueeze(0)?)?.log_sum_exp(1)
}
