//! Whether evidence, posterior and ELBO hold together, taken once more on grids that share no place with the first.

use super::super::gaussian::{DiagonalGaussian, log_prior_f64};
use super::evidence::{Evidence, Hint, Quadrature};
use super::likelihood::LogLikelihood;
use crate::config::Place;
use crate::model::ModelError;
use crate::progress::Progress;

/// The other grid is wider by this share, and has fewer cells: none of its places is one of the first's.
const WIDER: f32 = 0.0371;
const FEWER: usize = 12;
/// Places on each side of an encoder's mean, the σ from one to the next, and by how much they are shifted: no place of the ELBO's.
const NODES: i32 = 26;
const STEP: f64 = 0.23;
const SHIFT: f64 = 0.29;

/// What ought to be 1, and what ought to be 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// ∫ p(z|x) dz = ∫ p(z) p(x|z) dz / p(x) on the other grid.
    pub mass: f64,
    /// ELBO + KL(q ‖ p(z|x)) − log p(x), the KL and the p(z|x) in it by other places: nats. An AE has none.
    pub identity: Option<f64>,
}

/// Of image `image` of a likelihood whose evidence is known, and the encoder's answer with its ELBO, if there is one.
pub fn check(
    likelihood: &impl LogLikelihood,
    image: usize,
    (evidence, hint): (&Evidence, &Hint),
    encoder: Option<(&DiagonalGaussian, f64)>,
    (rule, (min, max)): (&Quadrature, (Place, Place)),
    progress: &Progress,
) -> Result<Check, ModelError> {
    let one = OneOf { likelihood, image };
    let rule = Quadrature { across: rule.across - FEWER, ..*rule };
    let margin = [0, 1].map(|d| WIDER * (max[d] - min[d]));
    let bounds = ([0, 1].map(|d| min[d] - margin[d]), [0, 1].map(|d| max[d] + 1.3 * margin[d]));
    let hints = std::slice::from_ref(hint);
    let other = rule.evidence(&one, hints, bounds, &progress.part(0.0, 0.8))?.first().map_or(f64::NAN, |e| e.log);
    let identity = match encoder {
        Some((q, elbo)) => {
            let divergence = log_ratio(q, likelihood, image, &progress.part(0.8, 1.0))? + other;
            Some(elbo + divergence - evidence.log)
        }
        None => None,
    };
    Ok(Check { mass: (other - evidence.log).exp(), identity })
}

/// E_q[log q(z) / p(z) p(x|z)].
fn log_ratio(
    q: &DiagonalGaussian,
    likelihood: &impl LogLikelihood,
    image: usize,
    progress: &Progress,
) -> Result<f64, ModelError> {
    let along = || (-NODES..=NODES).map(|i| STEP * (f64::from(i) + SHIFT));
    let places: Vec<[f64; 2]> = along()
        .flat_map(|x| along().map(move |y| [x, y]))
        .map(|t| [0, 1].map(|d| q.mu[d] + q.sigma[d] * t[d]))
        .collect();
    let codes: Vec<Place> = places.iter().map(|z| z.map(|v| v as f32)).collect();
    let terms = likelihood.of_image(image, &codes, progress)?;
    let (mut sum, mut total) = (0.0, 0.0);
    for (z, term) in places.into_iter().zip(terms) {
        let log_q = q.log_density(z);
        total += log_q.exp();
        sum += log_q.exp() * (log_q - log_prior_f64(z) - term);
    }
    Ok(sum / total)
}

/// A single image of a likelihood.
struct OneOf<'a, L> {
    likelihood: &'a L,
    image: usize,
}

impl<L: LogLikelihood> LogLikelihood for OneOf<'_, L> {
    fn images(&self) -> usize {
        1
    }

    fn groups(
        &self,
        codes: &[Place],
        groups: &[super::Group],
        progress: &Progress,
    ) -> Result<Vec<Vec<f64>>, ModelError> {
        let own = |(range, _): &super::Group| (range.clone(), vec![self.image]);
        self.likelihood.groups(codes, &groups.iter().map(own).collect::<Vec<_>>(), progress)
    }

    fn rises(&self, codes: &[Place], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        self.likelihood.rises(codes, progress)
    }
}
