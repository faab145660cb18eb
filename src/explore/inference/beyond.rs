//! What is known of one image where there is no plane to integrate over: log p(x) from samples, and the ELBO.

use serde::Serialize;

use super::super::statistics::mean_and_variance;
use super::adapted::{Adapted, adapted};
use super::annealing::{Annealing, annealed};
use super::correlated::Gaussian;
use super::sampling::{Diagonal, Importance, SAMPLES, Weighted};
use crate::model::{Frozen, ModelError, Prior};
use crate::progress::Progress;
use crate::random::{Purpose, standard_normal, stream};

/// Draws from q that the ELBO is made of.
const DRAWS: usize = 1_000;
/// Components of a prior that samples are drawn from one by one, at most.
const COMPONENTS: usize = 20;
/// The stream of `Purpose::Estimates`, beyond those of `sampling` and `annealing`.
const STREAM: u64 = (1 << 32) + 2;

/// The encoder's answer, and log p(x) from samples about it, in nats.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BeyondPlane {
    /// log p(x), where it has a closed form.
    pub exact: Option<f64>,
    /// μ and σ of q(z|x): (D) each.
    pub mu: Vec<f64>,
    pub sigma: Vec<f64>,
    /// The mean over draws from q, and its standard error.
    pub elbo: f64,
    pub elbo_error: f64,
    pub importance: Importance,
    /// Where it was asked for: it takes many times as long.
    pub annealed: Option<Weighted>,
}

impl BeyondPlane {
    /// Of an image (pixels) in [0, 1], in all dimensions of the model; none where there is no Gaussian to draw from.
    pub fn of(
        model: &dyn Frozen,
        image: &[f32],
        seed: u64,
        anneals: bool,
        progress: &Progress,
    ) -> Result<Option<Self>, ModelError> {
        let latent = model.latent();
        let codes = model.codes_of(image, &progress.part(0.0, 0.01))?;
        let Some(logvar) = &codes.logvar else { return Ok(None) };
        let mu: Vec<f64> = codes.mu.iter().map(|&m| f64::from(m)).collect();
        let sigma: Vec<f64> = logvar.iter().map(|&v| (0.5 * f64::from(v)).exp()).collect();
        let q = Diagonal { mu: &mu, sigma: &sigma };
        let prior = model.prior()?;
        let log_prior = |z: &[f64]| prior.log_density(z);
        let log_likelihood = |codes: &[f32], progress: &Progress| model.log_likelihoods_of(image, codes, progress);

        // log p(x|z) + log p(z) − log q(z|x) at each draw.
        let eps = standard_normal(&mut stream(seed, Purpose::Estimates, STREAM), DRAWS * latent);
        let draw = |(at, eps): (usize, &f32)| (mu[at % latent] + sigma[at % latent] * f64::from(*eps)) as f32;
        let drawn: Vec<f32> = eps.iter().enumerate().map(draw).collect();
        let terms = log_likelihood(&drawn, &progress.part(0.01, 0.1))?;
        let bound = |(z, term): (&[f32], f64)| {
            let z: Vec<f64> = z.iter().map(|&v| f64::from(v)).collect();
            term + log_prior(&z) - q.log_density(&z)
        };
        let bounds: Vec<f64> = drawn.chunks_exact(latent).zip(terms).map(bound).collect();
        let (elbo, variance) = mean_and_variance(&bounds);

        let share = if anneals { 0.2 } else { 1.0 };
        let (reach, part) = (reach(prior), progress.part(0.1, share));
        let Adapted { importance, mu: mean, sigma: deviation } =
            adapted(q, &reach, SAMPLES, seed, log_likelihood, log_prior, &part)?;
        let annealed = match anneals {
            true => {
                let annealing = Annealing::for_dimensions(latent);
                // From where the posterior was found, which the encoder's answer may be far from.
                let from = Diagonal { mu: &mean, sigma: &deviation };
                Some(annealed(from, annealing, seed, log_likelihood, log_prior, &progress.part(share, 1.0))?)
            }
            false => None,
        };
        let exact = model.exact_evidence(image, &progress.part(1.0, 1.0))?.and_then(|all| all.first().copied());
        let elbo_error = (variance / DRAWS as f64).sqrt();
        Ok(Some(Self { exact, mu, sigma, elbo, elbo_error, importance, annealed }))
    }

    /// log p(x): exact where it is known, else by importance sampling.
    pub fn log_evidence(&self) -> f64 {
        self.exact.unwrap_or(self.importance.estimate.log)
    }

    /// log p(x) − ELBO.
    pub fn gap(&self) -> f64 {
        self.log_evidence() - self.elbo
    }
}

/// Gaussians that reach all of a prior, and their shares: its components, or a single one as wide as all of them together.
fn reach(prior: &Prior) -> Vec<(f64, Gaussian)> {
    let diagonal = |mu: &[f64], sigma: &[f64]| Gaussian::diagonal(Diagonal { mu, sigma });
    let weights = prior.log_weight.iter().map(|log| log.exp());
    if prior.len() <= COMPONENTS {
        let component = |(k, share): (usize, f64)| {
            let (mean, scale) = prior.component(k);
            (share, diagonal(mean, scale))
        };
        return weights.enumerate().map(component).collect();
    }
    let average = |of: &dyn Fn(usize) -> f64| weights.clone().enumerate().map(|(k, share)| share * of(k)).sum::<f64>();
    let mean: Vec<f64> = (0..prior.latent).map(|d| average(&|k| prior.component(k).0[d])).collect();
    let variance = |d: usize| {
        average(&|k| {
            let (m, s) = prior.component(k);
            (m[d] - mean[d]).powi(2) + s[d].powi(2)
        })
    };
    let sigma: Vec<f64> = (0..prior.latent).map(|d| variance(d).sqrt()).collect();
    vec![(1.0, diagonal(&mean, &sigma))]
}
