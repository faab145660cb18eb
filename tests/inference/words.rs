//! Codes that are words: sums over all of them.

use latent_explorer::config::{Codebook, ModelConfig, ModelKind, ModelSpec};
use latent_explorer::explore::inference::{WordCodes, WordPosterior, learned_prior};
use latent_explorer::model::{Autoencoder, Compute, Frozen, initial_parameters, layout};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, stream};
use rand::RngExt;

use crate::support::{model_config, split};

fn config(words: usize, tokens: usize) -> ModelConfig {
    let plain = model_config(ModelKind::VqVae);
    let codebook = Codebook { words, tokens, ..plain.codebook };
    ModelConfig { spec: ModelSpec { codebook, latent: 2 * tokens, ..plain.spec.clone() }, ..plain }
}

/// With random weights and words that are far apart; each word so often in a row.
fn model(words: usize, tokens: usize, copies: usize) -> Autoencoder {
    let config = config(words * copies, tokens);
    let mut parameters = Vec::new();
    let fresh = initial_parameters(&self::config(words, tokens), 3);
    let mut from = fresh.iter().copied();
    for (name, shape) in layout(&config) {
        let count: usize = shape.iter().product();
        if !name.starts_with("codebook.") {
            parameters.extend(from.by_ref().take(count));
            continue;
        }
        from.by_ref().take(count / copies).for_each(drop);
        let word = |k: usize| [(k as f32 * 2.1).cos(), (k as f32 * 1.7).sin()].map(|v| 3.0 * v);
        match name == "codebook.weight" {
            true => parameters.extend((0..words * copies).flat_map(|k| word(k / copies))),
            false => parameters.extend(vec![0.0; count]),
        }
    }
    Autoencoder::new(&config, &parameters, Compute::cpu(2)).unwrap()
}

/// Of each image, under the uniform prior.
fn posteriors(model: &Autoencoder, images: &[f32]) -> Vec<WordPosterior> {
    let silent = Progress::silent();
    let codes = WordCodes::of(model, &silent).unwrap().unwrap();
    let terms = codes.log_likelihoods(images, &silent).unwrap();
    let chosen = codes.chosen(images, &silent).unwrap();
    terms
        .chunks_exact(codes.len())
        .zip(chosen)
        .map(|(terms, chosen)| WordPosterior::new(terms, &codes.uniform(), chosen))
        .collect()
}

/// −log p(x|z) by the definition of Bernoulli pixels, in float64.
fn log_likelihood(decoded: &[f32], image: &[f32]) -> f64 {
    let of = |(&p, &x): (&f32, &f32)| {
        let (p, x) = (f64::from(p), f64::from(x));
        x * p.ln() + (1.0 - x) * (1.0 - p).ln()
    };
    decoded.iter().zip(image).map(of).sum()
}

#[test]
fn the_evidence_is_the_mean_likelihood_of_all_words_and_p_of_k_their_shares() {
    let (model, images) = (model(5, 1, 1), split(6).gather(0..6));
    let words = model.words().unwrap().unwrap();
    for (found, image) in posteriors(&model, &images).iter().zip(images.chunks_exact(64)) {
        let of = |word: &[f32]| log_likelihood(&model.decoded(word, &Progress::silent()).unwrap(), image);
        let terms: Vec<f64> = words.chunks_exact(2).map(of).collect();
        let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exact = most + (terms.iter().map(|t| (t - most).exp()).sum::<f64>() / 5.0).ln();
        assert!((found.log_evidence - exact).abs() < 1e-3, "{} instead of {exact}", found.log_evidence);
        for (log, term) in found.log_posterior.iter().zip(&terms) {
            assert!((log - (term - 5f64.ln() - exact)).abs() < 1e-3);
        }
        let total: f64 = found.log_posterior.iter().map(|log| log.exp()).sum();
        assert!((total - 1.0).abs() < 1e-9);
        // The word that the encoder chose is the one it decodes.
        let code = model.codes_of(image, &Progress::silent()).unwrap().mu;
        let elbo = log_likelihood(&model.decoded(&code, &Progress::silent()).unwrap(), image) - 5f64.ln();
        assert!((found.elbo - elbo).abs() < 1e-3, "{} instead of {elbo}", found.elbo);
        assert!((found.gap() - (found.log_evidence - found.elbo)).abs() < 1e-9 && found.gap() >= 0.0);
    }
}

#[test]
fn a_single_word_has_no_gap() {
    let (model, images) = (model(1, 1, 1), split(3).gather(0..3));
    for (found, image) in posteriors(&model, &images).iter().zip(images.chunks_exact(64)) {
        let decoded = model.decoded(&model.words().unwrap().unwrap(), &Progress::silent()).unwrap();
        assert!((found.log_evidence - log_likelihood(&decoded, image)).abs() < 1e-3);
        assert_eq!(found.gap(), 0.0);
        assert_eq!(found.entropy(), 0.0);
    }
}

#[test]
fn doubling_all_words_changes_no_evidence_and_costs_the_elbo_ln_2() {
    let images = split(9).gather(0..9);
    let (once, twice) = (posteriors(&model(6, 1, 1), &images), posteriors(&model(6, 1, 2), &images));
    for (once, twice) in once.iter().zip(&twice) {
        assert!((once.log_evidence - twice.log_evidence).abs() < 1e-9);
        assert!((twice.gap() - once.gap() - 2f64.ln()).abs() < 1e-9);
    }
}

#[test]
fn several_tokens_are_all_their_combinations() {
    let (model, images) = (model(4, 3, 1), split(4).gather(0..4));
    let codes = WordCodes::of(&model, &Progress::silent()).unwrap().unwrap();
    assert_eq!(codes.len(), 64);
    assert_eq!(codes.words_of(27), [1, 2, 3]);
    let chosen = codes.chosen(&images, &Progress::silent()).unwrap();
    for (image, (chosen, found)) in images.chunks_exact(64).zip(chosen.iter().zip(posteriors(&model, &images))) {
        let code = model.codes_of(image, &Progress::silent()).unwrap().mu;
        let nearest: Vec<usize> = model.words_of(&code).unwrap().unwrap().iter().map(|(k, _)| *k).collect();
        assert_eq!(codes.words_of(*chosen), nearest);
        let elbo = log_likelihood(&model.decoded(&code, &Progress::silent()).unwrap(), image) - 64f64.ln();
        assert!((found.elbo - elbo).abs() < 1e-3);
    }
}

#[test]
fn more_combinations_than_can_be_summed_are_none_and_so_are_codes_that_are_no_words() {
    assert!(WordCodes::of(&model(65, 2, 1), &Progress::silent()).unwrap().is_none());
    assert!(WordCodes::of(&crate::support::model(ModelKind::Vae), &Progress::silent()).unwrap().is_none());
}

/// log N(x; k, 1/4) of draws x from components k that are taken with probabilities π.
fn terms_of(weights: &[f64], count: usize) -> Vec<f64> {
    let mut rng = stream(4, Purpose::Samples, 0);
    let mut terms = Vec::new();
    for _ in 0..count {
        let mut left: f64 = rng.random();
        let component = weights.iter().position(|w| {
            left -= w;
            left < 0.0
        });
        // A sum of twelve uniform numbers is about normal.
        let noise = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        let x = component.unwrap_or(0) as f64 + 0.5 * noise;
        terms.extend((0..weights.len()).map(|k| -2.0 * (x - k as f64).powi(2)));
    }
    terms
}

#[test]
fn expectation_maximisation_never_sinks_and_finds_the_prior_that_images_were_drawn_from() {
    let weights = [0.5, 0.05, 0.15, 0.3];
    let learned = learned_prior(&terms_of(&weights, 40_000), 4, &Progress::silent()).unwrap();
    assert!(learned.mean_log_evidence.len() > 3);
    assert!(learned.mean_log_evidence.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12), "{learned:?}");
    for (ours, theirs) in learned.log_weight.iter().zip(weights) {
        assert!((ours.exp() - theirs).abs() < 0.02, "{learned:?}");
    }
    let total: f64 = learned.log_weight.iter().map(|w| w.exp()).sum();
    assert!((total - 1.0).abs() < 1e-9);
}

#[test]
fn a_word_that_no_image_has_a_use_for_gets_no_share_of_the_learned_prior() {
    let terms: Vec<f64> = (0..50).flat_map(|_| [-1.0, -1.0, -2_000.0]).collect();
    let learned = learned_prior(&terms, 3, &Progress::silent()).unwrap();
    assert_eq!(learned.log_weight[2], f64::NEG_INFINITY);
    assert!((learned.log_weight[0] - 0.5f64.ln()).abs() < 1e-9);
    let found = WordPosterior::new(&terms[..3], &learned.log_weight, 0);
    assert!((found.log_evidence + 1.0).abs() < 1e-9 && found.entropy().is_finite());
}
