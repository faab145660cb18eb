//! The list of words of a quantised code (van den Oord et al. 2017) as a plane shows it: where the words lie, what part of the
//! plane each stands for, how often they are chosen, and what they say of an image.

mod cells;
mod weights;

pub use cells::{cut, cut_to};
pub use weights::Weights;

use rand::RngExt;

use crate::config::Place;
use crate::model::{Frozen, InPlane, ModelError, Plane, perplexity};
use crate::progress::Progress;
use crate::random::{Purpose, stream};

/// Distances that are computed between two reports.
const COMPARED: usize = 1_000_000;

/// The words of a run. With several tokens a plane shows one of them; the others stand where the plane's origin has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// (K, size)
    pub vectors: Vec<f32>,
    /// Latent dimensions of a word.
    pub size: usize,
    pub tokens: usize,
    /// The token that the plane shows, from 0.
    pub token: usize,
    /// How many codes chose each word, all tokens together: (K).
    pub chosen: Vec<u64>,
    /// The images that these codes are of.
    pub images: usize,
    /// Where each word is in the plane.
    pub places: Vec<Place>,
    /// Squared distance of each word from the token's part of the plane's origin.
    squares: Vec<f64>,
    plane: Plane,
}

impl Words {
    /// None where codes are not quantised. codes: (n, latent), which the choices are counted over.
    pub fn of(model: &InPlane, codes: &[f32], progress: &Progress) -> Result<Option<Self>, ModelError> {
        let (whole, plane, config) = (model.whole(), model.plane(), model.config());
        let Some(vectors) = whole.words()? else { return Ok(None) };
        let (size, tokens, latent) = (config.word_size(), config.codebook.tokens, config.latent);
        let mut chosen = vec![0; vectors.len() / size];
        let some = (COMPARED / vectors.len().max(1)).max(1) * latent;
        for (i, part) in codes.chunks(some).enumerate() {
            progress.done(i * some, codes.len())?;
            for (word, _) in whole.words_of(part)?.into_iter().flatten() {
                chosen[word] += 1;
            }
        }
        let token = shown_token(plane, size, tokens);
        let origin = &plane.origin[token * size..(token + 1) * size];
        let square = |word: &[f32]| word.iter().zip(origin).map(|(e, o)| f64::from(e - o).powi(2)).sum();
        let squares = vectors.chunks_exact(size).map(square).collect();
        let (images, plane) = (codes.len() / latent, plane.clone());
        let mut words = Self { vectors, size, tokens, token, chosen, images, places: Vec::new(), squares, plane };
        words.places = (0..words.len()).map(|k| words.plane.place(&words.code(k))).collect();
        Ok(Some(words))
    }

    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    pub fn vector(&self, word: usize) -> &[f32] {
        &self.vectors[word * self.size..(word + 1) * self.size]
    }

    /// The code (latent) of a word in the token that is shown.
    pub fn code(&self, word: usize) -> Vec<f32> {
        let mut code = self.plane.origin.clone();
        self.put(&mut code, word);
        code
    }

    /// The codes of all words: (K, latent).
    pub fn codes(&self) -> Vec<f32> {
        (0..self.len()).flat_map(|k| self.code(k)).collect()
    }

    /// A code (latent) with every word in its place in the token that is shown: (K, latent).
    pub fn codes_about(&self, code: &[f32]) -> Vec<f32> {
        let with = |k: usize| {
            let mut code = code.to_vec();
            self.put(&mut code, k);
            code
        };
        (0..self.len()).flat_map(with).collect()
    }

    /// The code (latent) that a word a token makes up.
    pub fn spell(&self, tuple: &[usize]) -> Vec<f32> {
        tuple.iter().flat_map(|&word| self.vector(word)).copied().collect()
    }

    fn put(&self, code: &mut [f32], word: usize) {
        code[self.token * self.size..(self.token + 1) * self.size].copy_from_slice(self.vector(word));
    }

    /// The word that a place of the plane stands for: the nearest by squared distance, the first of several. Of
    /// ‖z − e_k‖² = ‖z‖² − 2 z·e_k + ‖e_k‖², taken from the plane's origin, only what depends on k is compared.
    pub fn nearest(&self, at: Place) -> usize {
        let from = |k: usize| {
            let dot: f64 = (0..2).map(|d| f64::from(at[d]) * f64::from(self.places[k][d])).sum();
            self.squares[k] - 2.0 * dot
        };
        (0..self.len()).map(|k| (k, from(k))).reduce(|a, b| if b.1 < a.1 { b } else { a }).map_or(0, |(k, _)| k)
    }

    /// The share of codes that chose a word.
    pub fn share(&self, word: usize) -> f64 {
        self.chosen[word] as f64 / self.chosen.iter().sum::<u64>().max(1) as f64
    }

    /// Whether no code chose it.
    pub fn is_dead(&self, word: usize) -> bool {
        self.chosen[word] == 0
    }

    /// How many words some code chose.
    pub fn used(&self) -> usize {
        self.chosen.iter().filter(|&&n| n > 0).count()
    }

    /// e^H of the choices.
    pub fn perplexity(&self) -> f64 {
        perplexity(&self.chosen)
    }

    /// The words by number, or those first that are chosen most.
    pub fn order(&self, by_usage: bool) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        if by_usage {
            order.sort_by_key(|&k| std::cmp::Reverse(self.chosen[k]));
        }
        order
    }

    /// p(k|x) of an image (pixels) for the words of the token that is shown, all of them as likely before: e^(log p(x|e_k)),
    /// normalised. The other tokens are as the encoder has them.
    pub fn posterior(&self, model: &InPlane, image: &[f32], progress: &Progress) -> Result<Vec<f64>, ModelError> {
        let whole = model.whole();
        let code = whole.codes_of(image, &progress.part(0.0, 0.1))?.mu;
        Ok(softmax(&whole.log_likelihoods_of(image, &self.codes_about(&code), &progress.part(0.1, 1.0))?))
    }
}

/// The token along which the axes of a plane run, or most of them.
fn shown_token(plane: &Plane, size: usize, tokens: usize) -> usize {
    let along = |token: &usize| -> f32 {
        let part = token * size..(token + 1) * size;
        plane.axes.iter().flat_map(|axis| &axis[part.clone()]).map(|e| e * e).sum()
    };
    (0..tokens).map(|token| (token, along(&token))).reduce(|a, b| if b.1 > a.1 { b } else { a }).map_or(0, |(t, _)| t)
}

/// e^terms, normalised.
pub fn softmax(terms: &[f64]) -> Vec<f64> {
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = terms.iter().map(|term| (term - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// Draw `draw` of an integer a token from shares (K), which add up to 1. The same draw of other shares comes of the same
/// random numbers.
pub fn draw_words(shares: &[f64], tokens: usize, draw: u64) -> Vec<usize> {
    let mut rng = stream(draw, Purpose::Samples, u64::MAX >> 9);
    let one = |_| {
        let mut left: f64 = rng.random::<f64>() * shares.iter().sum::<f64>();
        let found = shares.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        found.unwrap_or(shares.len().saturating_sub(1))
    };
    (0..tokens).map(one).collect()
}
