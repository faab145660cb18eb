//! The list of words of a quantised code.

use std::sync::OnceLock;

use candle_core::Result;

use super::{Autoencoder, numbers};
use crate::model::architecture::{Bottleneck, Prior};
use crate::model::kernels::{self, nearest_words};
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

impl Autoencoder {
    /// The words that codes (n, latent) stand for, token by token, and the squared distances to them; none where codes are not
    /// quantised.
    pub fn words_of(&self, codes: &[f32]) -> Result<Option<Vec<(usize, f64)>>> {
        let Some(weight) = self.words()? else { return Ok(None) };
        Ok(Some(nearest_words(codes, &weight, self.config.word_size())))
    }

    /// The list of words: (K, size of a word).
    pub fn words(&self) -> Result<Option<Vec<f32>>> {
        let Bottleneck::Quantised(words) = &self.bottleneck else { return Ok(None) };
        Ok(Some(numbers(&self.part(&words.weight)?)?))
    }

    /// How many codes of these images (n, pixels) chose each word, (K), and their sums, (K, size of a word).
    pub(crate) fn chosen_words(&self, images: &[f32]) -> std::result::Result<Option<Vec<f32>>, ModelError> {
        let Some(weight) = self.words()? else { return Ok(None) };
        let (size, codes) = (self.config.word_size(), self.codes_of(images, &Progress::silent())?.mu);
        let count = weight.len() / size;
        let mut own = vec![0.0; count * (1 + size)];
        for ((word, _), code) in nearest_words(&codes, &weight, size).into_iter().zip(codes.chunks_exact(size)) {
            own[word] += 1.0;
            own[count + word * size..].iter_mut().zip(code).for_each(|(sum, v)| *sum += v);
        }
        Ok(Some(own))
    }

    /// After a step by the plain formulas: moves the words towards the codes that chose them, keeps the scales of a mixture where
    /// they may be, and forgets p(z) as it was.
    pub(crate) fn settle(&mut self, chosen: Option<Vec<f32>>) -> std::result::Result<(), ModelError> {
        self.prior = OnceLock::new();
        let mut parameters = match &self.bottleneck {
            Bottleneck::Quantised(_) | Bottleneck::Gaussian(Prior::Mixture { .. }) => self.parameters()?,
            _ => return Ok(()),
        };
        kernels::settle(&self.bottleneck, &mut parameters, chosen.as_deref().unwrap_or_default());
        Ok(self.set_parameters(&parameters)?)
    }

    /// What a decoder is given in the place of codes (n, latent): the words that they stand for, or the codes.
    pub(super) fn decodable<'a>(&self, codes: &'a [f32]) -> Result<std::borrow::Cow<'a, [f32]>> {
        let Some(weight) = self.words()? else { return Ok(codes.into()) };
        let size = self.config.word_size();
        let words = nearest_words(codes, &weight, size);
        Ok(words.iter().flat_map(|(k, _)| &weight[k * size..(k + 1) * size]).copied().collect::<Vec<f32>>().into())
    }
}
