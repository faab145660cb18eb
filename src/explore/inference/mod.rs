//! Exact inference: integrals over the latent plane by quadrature, which two dimensions make possible, and sums over all words
//! of a list; estimates by sampling where codes have more dimensions.

mod adapted;
mod annealing;
mod best_gaussian;
mod beyond;
mod check;
mod correlated;
mod cross_check;
mod estimates;
mod evidence;
mod gap;
mod gradients;
mod image;
mod likelihood;
mod posterior;
mod sampling;
mod words;

pub use super::gaussian::DiagonalGaussian;
pub use adapted::{Adapted, adapted};
pub use annealing::{Annealing, annealed};
pub use beyond::BeyondPlane;
pub use check::{Check, check};
pub use correlated::Gaussian as CorrelatedGaussian;
pub use cross_check::cross_check;
pub use estimates::{Estimate, Estimator, estimates};
pub use evidence::{Cell, Evidence, Hint, MeanEvidence, Quadrature};
pub use gap::{Gap, TrainedFor, gap};
pub use gradients::{GradientSpread, gradient_spread};
pub use image::{Draws, Inference, Sampled, evidence_of, evidence_of_split};
pub use likelihood::{Group, LogLikelihood, OfModel};
pub use posterior::{Posterior, posterior_density};
pub use sampling::{Diagonal, Importance, SAMPLES, Weighted, importance, pareto_shape};
pub use words::{LearnedPrior, MOST_CODES, WordCodes, WordPosterior, learned_prior};
