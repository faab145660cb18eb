//! Words of a list against numpy in double precision (`oracle/make_vqvae.py` wrote the values), and what they do over a run.

use std::sync::Arc;

use candle_core::DType;
use latent_explorer::config::{Arch, Codebook, ImageShape, ModelConfig, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data::Batch;
use latent_explorer::model::{
    Autoencoder, Compute, Frozen, initial_parameters, layout, named, nearest_words, perplexity,
};
use latent_explorer::progress::Progress;
use latent_explorer::train::{LockStep, RunSettings, Trainer};
use serde_json::Value;

use crate::support::oracle::numbers;
use crate::support::{SIDE, dataset, split, with};

const CASES: [&str; 6] = ["ema", "ema_two_tokens", "k_means", "one_word", "gradient", "gradient_two_tokens"];

struct Case {
    config: ModelConfig,
    values: Value,
    images: Vec<f64>,
    learning_rate: f64,
}

impl Case {
    fn load(name: &str) -> Self {
        let all: Value = serde_json::from_str(include_str!("../oracle/vqvae_oracle.json")).unwrap();
        let values = all["cases"][name].clone();
        let number = |key: &str| values[key].as_u64().unwrap() as usize;
        let codebook = Codebook {
            words: number("words"),
            tokens: number("tokens"),
            gamma: all["gamma"].as_f64().unwrap(),
            decay: values["decay"].as_f64(),
        };
        let spec = ModelSpec {
            arch: Arch::Mlp(vec![5]),
            latent: number("latent"),
            codebook,
            ..ModelSpec::new(ModelKind::VqVae)
        };
        let config = ModelConfig { shape: ImageShape::grey(3, 4), spec };
        Self { config, images: numbers(&all["x"]), learning_rate: all["learning_rate"].as_f64().unwrap(), values }
    }

    fn flat(&self, key: &str) -> Vec<f64> {
        layout(&self.config).iter().flat_map(|(name, _)| named_in(&self.values[key], name)).collect()
    }

    fn single(&self) -> Autoencoder {
        let flat: Vec<f32> = self.flat("params").into_iter().map(|v| v as f32).collect();
        Autoencoder::new(&self.config, &flat, Compute::cpu(2)).unwrap()
    }

    fn double(&self) -> Autoencoder {
        super::gradients::model(&self.config, &self.flat("params"))
    }

    fn batch(&self) -> Batch {
        let images: Vec<f32> = self.images.iter().map(|&v| v as f32).collect();
        Batch { len: images.len() / self.config.pixels(), images }
    }

    fn expect_parameters(&self, key: &str, ours: &[f64], tolerance: f64) {
        let mut rest = ours;
        for (name, shape) in layout(&self.config) {
            let (values, after) = rest.split_at(shape.iter().product());
            rest = after;
            for (i, (a, b)) in values.iter().zip(named_in(&self.values[key], &name)).enumerate() {
                assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{key} {name}[{i}]: {a} instead of {b}");
            }
        }
    }
}

/// The tree's keys are whole names here.
fn named_in(tree: &Value, name: &str) -> Vec<f64> {
    numbers(&tree[name])
}

#[test]
fn the_words_that_are_chosen_and_the_losses_agree_with_numpy() {
    for name in CASES {
        let case = Case::load(name);
        for model in [case.single(), case.double()] {
            let codes = model.codes_of(&case.batch().images, &Progress::silent()).unwrap();
            let chosen: Vec<f64> = model.words_of(&codes.mu).unwrap().unwrap().iter().map(|(k, _)| *k as f64).collect();
            assert_eq!(chosen, numbers(&case.values["chosen"]), "{name}");
            let terms = model.terms(&case.batch().images, &vec![0.0; codes.mu.len()]).unwrap();
            for (what, ours) in [("recon", terms.recon), ("commitment", terms.quantisation.unwrap())] {
                let theirs = case.values[what].as_f64().unwrap();
                assert!(
                    (ours - theirs).abs() < 2e-6 * theirs.abs().max(1.0),
                    "{name} {what}: {ours} instead of {theirs}"
                );
            }
        }
        let rows = |values: &[f64], width| super::gradients::rows(values, width);
        let model = case.double();
        let noise = rows(&vec![0.0; case.batch().len * case.config.latent], case.config.latent);
        let loss = model.loss(&rows(&case.images, case.config.pixels()), &noise, 1.0.into()).unwrap();
        // The square that pulls the words is another term of the same value.
        let total = loss.total.to_scalar::<f64>().unwrap();
        let pull = if case.config.codebook.decay.is_none() { case.values["commitment"].as_f64().unwrap() } else { 0.0 };
        let expected = case.values["loss"].as_f64().unwrap();
        let of_parts =
            case.values["recon"].as_f64().unwrap() + 0.25 * case.values["commitment"].as_f64().unwrap() + pull;
        assert!((total - expected).abs() < 1e-6 && (of_parts - expected).abs() < 1e-9, "{name}: {total}, {expected}");
        let gradients = loss.total.backward().unwrap();
        let gradient = gradients.get(model.variable().as_tensor()).unwrap().to_dtype(DType::F64).unwrap();
        case.expect_parameters("gradients", &gradient.to_vec1::<f64>().unwrap(), 1e-6);
    }
}

#[test]
fn three_steps_agree_with_numpy() {
    for name in CASES {
        let case = Case::load(name);
        let train = TrainConfig { learning_rate: case.learning_rate, ..TrainConfig::default() };
        for (model, tolerance) in [(case.single(), 2e-4), (case.double(), 2e-5)] {
            let mut trainer = Trainer::with_model(model, train.clone(), 0).unwrap();
            for step in 1..=3 {
                trainer.step(&case.batch()).unwrap();
                let ours: Vec<f64> = trainer.model().parameters().unwrap().into_iter().map(f64::from).collect();
                case.expect_parameters(&format!("after_{step}"), &ours, tolerance);
            }
        }
    }
}

#[test]
fn running_means_without_memory_are_a_step_of_k_means() {
    let case = Case::load("k_means");
    let train = TrainConfig { learning_rate: case.learning_rate, ..TrainConfig::default() };
    let codes = case.single().codes_of(&case.batch().images, &Progress::silent()).unwrap();
    let mut trainer = Trainer::with_model(case.single(), train, 0).unwrap();
    let before = trainer.model().words().unwrap().unwrap();
    trainer.step(&case.batch()).unwrap();
    let after = trainer.model().words().unwrap().unwrap();
    let chosen = numbers(&case.values["chosen"]);
    for k in 0..case.config.codebook.words {
        let members: Vec<&[f32]> = (0..codes.len()).filter(|&i| chosen[i] == k as f64).map(|i| codes.of(i)).collect();
        for d in 0..2 {
            let mean = members.iter().map(|code| code[d]).sum::<f32>() / members.len() as f32;
            let expected = if members.is_empty() { before[2 * k + d] } else { mean };
            // Laplace's ε is 1e-5 of a code.
            assert!((after[2 * k + d] - expected).abs() < 1e-4, "word {k}: {} instead of {expected}", after[2 * k + d]);
        }
    }
}

#[test]
fn of_words_that_are_as_near_the_first_is_chosen() {
    let words = [1.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 1.0];
    let chosen = nearest_words(&[0.0, 0.0, 1.0, 0.0, -1.0, 1.0], &words, 2);
    assert_eq!(chosen, [(0, 1.0), (0, 0.0), (1, 1.0)]);
}

#[test]
fn distances_are_taken_from_differences_and_not_from_products() {
    // Far from 0, single precision leaves nothing of |z|² − 2 z·e + |e|².
    let far = 4096.0f32;
    let words = [far, far, far, far + 1.0 / 512.0];
    assert_eq!(nearest_words(&[far, far + 3.0 / 2048.0], &words, 2)[0].0, 1);
}

#[test]
fn one_word_is_chosen_by_all_and_costs_nothing() {
    let set = Arc::new(dataset());
    let one = with(ModelKind::VqVae, |spec| spec.codebook.words = 1);
    let mut lockstep = LockStep::new(set, &[one], Compute::cpu(1)).unwrap();
    for _ in 0..30 {
        lockstep.step();
    }
    let evaluation = lockstep.evaluate().unwrap()[0].unwrap();
    assert_eq!((evaluation.kl, evaluation.perplexity, evaluation.codes_used), (Some(0.0), Some(1.0), Some(1)));
    assert_eq!(evaluation.elbo, Some(-evaluation.recon));
}

fn words_of(trainer: &Trainer) -> Vec<Vec<f32>> {
    trainer.model().words().unwrap().unwrap().chunks_exact(2).map(<[f32]>::to_vec).collect()
}

fn part(trainer: &Trainer, wanted: &str) -> Vec<f32> {
    let all = trainer.model().parameters().unwrap();
    let named = named(trainer.model().config(), &all);
    named.into_iter().find(|(name, ..)| name == wanted).unwrap().2.to_vec()
}

fn trainer(words: usize) -> Trainer {
    let RunSettings { model, train } = with(ModelKind::VqVae, |spec| spec.codebook.words = words);
    Trainer::new(&ModelConfig { shape: ImageShape::grey(SIDE, SIDE), spec: model }, train, Compute::cpu(1)).unwrap()
}

#[test]
fn words_start_at_codes_of_training_images_even_if_there_are_more_of_them() {
    for (images, words, different) in [(60, 8, 8), (3, 8, 3)] {
        let set = split(images);
        let mut trainer = trainer(words);
        trainer.start_parts(&set).unwrap();
        let codes = trainer.model().codes_of(&set.gather(0..images), &Progress::silent()).unwrap();
        let mut found: Vec<Vec<f32>> = words_of(&trainer);
        assert!(found.iter().all(|word| (0..images).any(|i| codes.of(i) == word)));
        found.sort_by(|a, b| a.partial_cmp(b).unwrap());
        found.dedup();
        assert_eq!(found.len(), different);
    }
}

#[test]
fn a_word_that_was_unused_for_an_epoch_starts_again_at_a_code_of_the_batch() {
    let config = trainer(4).model().config().clone();
    let mut flat = initial_parameters(&config, 3);
    let mut at = 0;
    for (name, shape) in layout(&config) {
        let range = at..at + shape.iter().product::<usize>();
        at = range.end;
        match name.as_str() {
            // One word among the codes, three far away.
            "codebook.weight" | "codebook.embed_avg" => {
                flat[range].iter_mut().enumerate().for_each(|(i, v)| *v = if i < 2 { 0.0 } else { 100.0 + i as f32 });
            }
            "codebook.cluster_size" => flat[range].fill(1.0),
            _ => {}
        }
    }
    let set = dataset();
    let model = Autoencoder::new(&config, &flat, Compute::cpu(1)).unwrap();
    let mut trainer = Trainer::with_model(model, trainer(4).config().clone(), 0).unwrap();
    let patience = 5;
    for step in 1..=patience {
        let start = 32 * (step as usize - 1);
        let batch = Batch { images: set.train.gather(start..start + 32), len: 32 };
        trainer.step(&batch).unwrap();
        assert_eq!(part(&trainer, "codebook.unused"), [0.0, step as f32, step as f32, step as f32]);
        trainer.restart_words(&batch, patience).unwrap();
        let words = words_of(&trainer);
        let away = words[1..].iter().filter(|word| word[0] > 50.0).count();
        assert_eq!(away, if step < patience { 3 } else { 0 }, "after step {step}");
        if step == patience {
            let codes = trainer.model().codes_of(&batch.images, &Progress::silent()).unwrap();
            assert!(words[1..].iter().all(|word| (0..32).any(|i| codes.of(i) == word)));
            assert_eq!(part(&trainer, "codebook.unused"), [0.0; 4]);
            assert_eq!(part(&trainer, "codebook.cluster_size")[1..], [1.0; 3]);
            assert_eq!(part(&trainer, "codebook.embed_avg")[2..], words[1..].concat());
        }
    }
}

#[test]
fn a_quantised_code_is_decoded_as_its_word() {
    let mut trainer = trainer(3);
    trainer.start_parts(&split(60)).unwrap();
    let words = words_of(&trainer);
    let model = trainer.model();
    let pixels = |code: &[f32]| model.decoded(code, &Progress::silent()).unwrap();
    let near = [words[1][0] + 1e-4, words[1][1] - 1e-4];
    let chosen = model.words_of(&near).unwrap().unwrap()[0].0;
    assert_eq!(pixels(&near), pixels(&words[chosen]));
}

#[test]
fn perplexity_is_how_many_words_all_used_as_often_would_say_as_much() {
    assert!((perplexity(&[5, 5, 0, 5, 5]) - 4.0).abs() < 1e-12);
    assert_eq!(perplexity(&[7]), 1.0);
    let expected = (-(0.75f64 * 0.75f64.ln() + 0.25 * 0.25f64.ln())).exp();
    assert!((perplexity(&[3, 1]) - expected).abs() < 1e-12);
}

#[test]
fn a_learned_variance_follows_the_reconstruction_and_not_the_squares_of_words() {
    let set = dataset();
    let mut settings = with(ModelKind::VqVae, |spec| {
        spec.likelihood = latent_explorer::config::Likelihood::Gaussian { c: 1.0, learned: true };
    });
    settings.train.learning_rate = 1e-12;
    // Still words too: far from the codes, each step would say otherwise.
    settings.model.codebook.decay = None;
    let mut lockstep = LockStep::new(Arc::new(set.clone()), &[settings], Compute::cpu(1)).unwrap();
    for _ in 0..600 {
        lockstep.step();
    }
    let model = lockstep.runs[0].trainer.model();
    let images = set.train.gather(0..set.train.len());
    let codes = model.codes_of(&images, &Progress::silent()).unwrap().mu;
    let decoded = model.decoded(&codes, &Progress::silent()).unwrap();
    let squares: f64 = images.iter().zip(&decoded).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    let mse = squares / images.len() as f64;
    let c = model.config().likelihood.c().unwrap();
    assert!((c / mse - 1.0).abs() < 0.05, "c {c}, mse {mse}");
}
