//! What the measures are taken of, and what codes are drawn from.

use std::collections::BTreeMap;

use super::super::draw::{Source, drawn};
use super::super::fitted::Fitted;
use super::{Effort, Estimated};
use crate::config::Beta;
use crate::data::{self, Dataset, Split};
use crate::model::{Autoencoder, Codes, Frozen, ModelError, TermsEach};
use crate::progress::Progress;

/// The index of the samples' noise.
const SAMPLES: u64 = 1;
/// Training images that are encoded together.
const SOME: usize = 1_000;

/// The measures of a model, by the names of the catalogue; what a model does not have is missing, and of images
/// without classes what needs them.
pub type Measures = BTreeMap<&'static str, Estimated>;

pub struct Inputs<'a> {
    pub model: &'a Autoencoder,
    pub dataset: &'a Dataset,
    pub test: &'a Split,
    pub codes: &'a Codes,
    pub terms: &'a TermsEach,
    /// Codes of training images, of a model without a prior: what a prior is fitted to.
    pub trained: Option<&'a Codes>,
    /// The KL's weights that the run was trained with.
    pub beta: Beta,
    pub effort: Effort,
}

impl Inputs<'_> {
    /// Codes from the model's prior, or of an AE, which has none, from N(0, I) all the same: (count, latent).
    pub fn of_prior(&self, count: usize) -> Result<Vec<f32>, ModelError> {
        drawn(self.model, Source::Prior, count, self.effort.seed, SAMPLES)
    }

    /// What the model's codes are drawn from: the prior, or of an AE a Gaussian fitted to them: (count, latent).
    pub fn drawn(&self, count: usize) -> Result<Vec<f32>, ModelError> {
        match self.trained {
            None => self.of_prior(count),
            Some(trained) => drawn(self.model, Source::Fitted(trained), count, self.effort.seed, SAMPLES),
        }
    }

    /// The Gaussian that these draws come from, or the one nearest to what they come from.
    pub fn drawn_from(&self, draws: &[f32]) -> Result<Fitted, ModelError> {
        let latent = self.codes.latent;
        Ok(match self.trained {
            Some(trained) => Fitted::new(trained),
            None if self.model.config().is_quantised() => {
                Fitted::new(&Codes { latent, mu: draws.to_vec(), logvar: None })
            }
            None => Fitted::of_prior(self.model.prior()?),
        })
    }
}

/// The codes of so many training images, spread over the set.
pub fn codes_of_training(
    model: &Autoencoder,
    dataset: &Dataset,
    count: usize,
    progress: &Progress,
) -> Result<Codes, ModelError> {
    let train = &dataset.train;
    let mut codes = model.codes_of(&[], &Progress::silent())?;
    let images: Vec<usize> = data::spread(train.len(), count).collect();
    let parts = images.chunks(model.compute().memory.rows(train.pixels(), SOME));
    for (i, part) in parts.clone().enumerate() {
        codes.extend(model.codes_of(&train.gather(part.iter().copied()), &progress.part_of(i, parts.len()))?);
    }
    Ok(codes)
}
