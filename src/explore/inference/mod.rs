//! Exact inference, which two dimensions make possible: integrals over the latent plane by quadrature.

mod estimates;
mod evidence;
mod gap;
mod gradients;
mod image;
mod likelihood;
mod posterior;
mod words;

pub use super::gaussian::DiagonalGaussian;
pub use estimates::{Estimate, Estimator, estimates};
pub use evidence::{Cell, Evidence, Hint, Quadrature, mean_evidence};
pub use gap::{Gap, gap};
pub use gradients::{GradientSpread, gradient_spread};
pub use image::{Draws, Inference, Sampled, evidence_of};
pub use likelihood::{Group, LogLikelihood, OfModel};
pub use posterior::{Posterior, posterior_density};
pub use words::{LearnedPrior, MOST_CODES, WordCodes, WordPosterior, learned_prior};
