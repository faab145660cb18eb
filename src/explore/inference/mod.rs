//! Exact inference, which two dimensions make possible: integrals over the latent plane by quadrature.

mod estimates;
mod evidence;
mod gap;
mod gradients;
mod image;
mod posterior;

pub use estimates::{Estimate, Estimator, estimates};
pub use evidence::{Cell, Evidence, Group, Hint, LogLikelihood, OfModel, Quadrature, mean_evidence};
pub use gap::{DiagonalGaussian, Gap, gap};
pub use gradients::{GradientSpread, gradient_spread};
pub use image::{Draws, Inference, Sampled, evidence_of};
pub use posterior::{Posterior, posterior_density};

/// log Σ e^t; −∞ of nothing.
pub fn log_sum_exp(terms: impl IntoIterator<Item = f64> + Clone) -> f64 {
    let most = terms.clone().into_iter().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + terms.into_iter().map(|t| (t - most).exp()).sum::<f64>().ln()
}
