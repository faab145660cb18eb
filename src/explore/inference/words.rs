//! Exact inference where a code is one of finitely many: log p(x) = log Σ_k π_k p(x|e_k), and p(k|x).

use serde::Serialize;

use super::super::statistics::log_sum_exp;
use crate::model::{Autoencoder, Frozen, Likelihoods, ModelError, nearest_words};
use crate::progress::{Cancelled, Progress};

/// Codes that are all looked at, at most.
pub const MOST_CODES: usize = 4_096;
/// Steps of the expectation-maximisation at most, and the nats an image that a step must gain for another to follow.
const MOST_STEPS: usize = 500;
const ENOUGH: f64 = 1e-7;
/// Terms that are looked through between two reports.
const TERMS: usize = 1_000_000;

/// All codes that a list of K words can make up with M tokens: K^M, the last token changing first.
pub struct WordCodes<'a> {
    model: &'a Autoencoder,
    words: Vec<f32>,
    count: usize,
    likelihoods: Likelihoods,
}

impl<'a> WordCodes<'a> {
    /// None where codes are no words, or where there are more than `MOST_CODES`.
    pub fn of(model: &'a Autoencoder, progress: &Progress) -> Result<Option<Self>, ModelError> {
        let Some(words) = model.words()? else { return Ok(None) };
        let (size, tokens) = (model.config().word_size(), model.config().codebook.tokens);
        let all = words.len() / size;
        let Some(count) = all.checked_pow(tokens as u32).filter(|&count| count <= MOST_CODES) else { return Ok(None) };
        let mut codes = Vec::with_capacity(count * tokens * size);
        for code in 0..count {
            for word in spelled(code, all, tokens) {
                codes.extend_from_slice(&words[word * size..(word + 1) * size]);
            }
        }
        let likelihoods = model.likelihoods_of(&codes, progress)?;
        Ok(Some(Self { model, words, count, likelihoods }))
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The words of a code, token by token.
    pub fn words_of(&self, code: usize) -> Vec<usize> {
        let (size, tokens) = (self.model.config().word_size(), self.model.config().codebook.tokens);
        spelled(code, self.words.len() / size, tokens)
    }

    /// ln π of the uniform prior: (codes).
    pub fn uniform(&self) -> Vec<f64> {
        vec![-(self.count as f64).ln(); self.count]
    }

    /// log p(x|e_k) of images (n, pixels): (n, codes).
    pub fn log_likelihoods(&self, images: &[f32], progress: &Progress) -> Result<Vec<f64>, Cancelled> {
        let n = images.len() / self.model.config().pixels();
        let groups = [(0..self.count, (0..n).collect())];
        Ok(self.likelihoods.groups(images, &groups, &self.model.compute().team, progress)?.concat())
    }

    /// The images of codes: (n, pixels) in [0, 1].
    pub fn images(&self, codes: &[usize], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        let size = self.model.config().word_size();
        let word = |k: usize| &self.words[k * size..(k + 1) * size];
        let codes: Vec<f32> = codes.iter().flat_map(|&code| self.words_of(code)).flat_map(word).copied().collect();
        self.model.decoded(&codes, progress)
    }

    /// The code that the encoder chooses for each image (n, pixels).
    pub fn chosen(&self, images: &[f32], progress: &Progress) -> Result<Vec<usize>, ModelError> {
        let codes = self.model.codes_of(images, progress)?.mu;
        let (size, tokens) = (self.model.config().word_size(), self.model.config().codebook.tokens);
        let (all, words) = (self.words.len() / size, nearest_words(&codes, &self.words, size));
        Ok(words.chunks_exact(tokens).map(|code| code.iter().fold(0, |index, (word, _)| index * all + word)).collect())
    }
}

/// The words of code `code`, of `all` words.
fn spelled(code: usize, all: usize, tokens: usize) -> Vec<usize> {
    (0..tokens).rev().map(|token| code / all.pow(token as u32) % all).collect()
}

/// What is exact of one image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordPosterior {
    /// log p(x), in nats.
    pub log_evidence: f64,
    /// log p(x|e_k) + ln π_k of the code that the encoder chose.
    pub elbo: f64,
    pub chosen: usize,
    /// ln p(k|x): (codes).
    pub log_posterior: Vec<f64>,
}

impl WordPosterior {
    /// Of log p(x|e_k) and ln π_k, (codes) each.
    pub fn new(terms: &[f64], log_weight: &[f64], chosen: usize) -> Self {
        let joint: Vec<f64> = terms.iter().zip(log_weight).map(|(term, weight)| term + weight).collect();
        let log_evidence = log_sum_exp(joint.iter().copied());
        let log_posterior = joint.iter().map(|joint| joint - log_evidence).collect();
        Self { log_evidence, elbo: joint[chosen], chosen, log_posterior }
    }

    /// log p(x) − ELBO = −ln p(k|x) of the chosen code: KL(q(k|x) ‖ p(k|x)), q being sure.
    pub fn gap(&self) -> f64 {
        -self.log_posterior[self.chosen]
    }

    /// Of p(k|x), in nats.
    pub fn entropy(&self) -> f64 {
        self.log_posterior.iter().filter(|log| log.is_finite()).map(|log| -log * log.exp()).sum()
    }

    /// Codes, the most probable first.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.log_posterior.len()).collect();
        order.sort_by(|&a, &b| self.log_posterior[b].total_cmp(&self.log_posterior[a]));
        order
    }
}

/// A categorical prior fitted to images.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedPrior {
    /// ln π: (codes); −∞ of a code that no image has a use for.
    pub log_weight: Vec<f64>,
    /// The mean of log p(x) before each step and after the last.
    pub mean_log_evidence: Vec<f64>,
}

/// π of the highest mean of log p(x) = log Σ_k π_k p(x|e_k), by expectation-maximisation from the uniform one; this has no other
/// maxima. terms: log p(x|e_k), (n, codes).
pub fn learned_prior(terms: &[f64], codes: usize, progress: &Progress) -> Result<LearnedPrior, Cancelled> {
    let images = terms.len() / codes.max(1);
    let most: Vec<f64> =
        terms.chunks_exact(codes).map(|row| row.iter().copied().fold(f64::NEG_INFINITY, f64::max)).collect();
    let mut relative = Vec::with_capacity(terms.len());
    let mut reports = progress.part(0.0, 0.1).throttled(TERMS);
    for (i, (row, most)) in terms.chunks_exact(codes).zip(&most).enumerate() {
        reports.before(codes, i, images)?;
        relative.extend(row.iter().map(|term| (term - most).exp()));
    }
    let mean_most = most.iter().sum::<f64>() / images.max(1) as f64;
    let mut weight = vec![1.0 / codes as f64; codes];
    let mut mean_log_evidence = Vec::new();
    for step in 0..=MOST_STEPS {
        let mut reports = progress.part(0.1, 1.0).part_of(step, MOST_STEPS + 1).throttled(TERMS);
        let (mut next, mut sum) = (vec![0.0; codes], 0.0);
        for (i, row) in relative.chunks_exact(codes).enumerate() {
            reports.before(codes, i, images)?;
            let total: f64 = row.iter().zip(&weight).map(|(r, w)| r * w).sum();
            sum += total.ln();
            next.iter_mut().zip(row.iter().zip(&weight)).for_each(|(next, (r, w))| *next += r * w / total);
        }
        let mean = mean_most + sum / images.max(1) as f64;
        let gained = mean_log_evidence.last().map_or(f64::INFINITY, |last| mean - last);
        mean_log_evidence.push(mean);
        if images == 0 || gained < ENOUGH || step == MOST_STEPS {
            break;
        }
        weight = next.into_iter().map(|share| share / images as f64).collect();
    }
    Ok(LearnedPrior { log_weight: weight.into_iter().map(f64::ln).collect(), mean_log_evidence })
}
