//! A mixture of one component at N(0, I) is N(0, I); scales stay where they may be; where the components start.

use latent_explorer::config::{Arch, Beta, ImageShape, ModelConfig, ModelKind, ModelSpec, PriorKind};
use latent_explorer::model::{Autoencoder, Compute, Frozen, layout, start};
use latent_explorer::progress::Progress;
use latent_explorer::train::{RunSettings, Trainer};

use super::gradients::{flat, images, loss_and_gradient};
use super::reference::{Reference, Setting};
use crate::support::{dataset, split, with};

fn config(prior: PriorKind) -> ModelConfig {
    let spec = ModelSpec { arch: Arch::Mlp(vec![6, 5]), prior, ..ModelSpec::new(ModelKind::Vae) };
    ModelConfig { shape: ImageShape::grey(3, 4), spec }
}

#[test]
fn a_mixture_of_one_standard_normal_has_the_loss_and_the_gradients_of_n_0_i() {
    let (normal, mixture) = (config(PriorKind::Normal), config(PriorKind::Mixture { components: 1 }));
    let shared = flat(&normal);
    // Behind the network: one logit, the mean and ln s, all 0.
    let with_prior: Vec<f64> = shared.iter().copied().chain([0.0; 5]).collect();
    let images = images(&normal)[..normal.pixels()].to_vec();
    // Gauss and Hermite's rule of three points, exact up to the fifth power, in both dimensions.
    let rule = [(-3f64.sqrt(), 1.0 / 6.0), (0.0, 2.0 / 3.0), (3f64.sqrt(), 1.0 / 6.0)];
    // Of the KL alone: what a weight of 1 adds to the loss.
    let added = |config: &ModelConfig, flat: &[f64], noise: &[f64]| {
        let of = |beta: f64| {
            let (loss, mut gradient) =
                loss_and_gradient(config, flat, &Setting { beta: beta.into(), images: &images, noise });
            gradient.push(loss);
            gradient
        };
        let (one, none) = (of(1.0), of(0.0));
        one.iter().zip(none).map(|(a, b)| a - b).collect::<Vec<f64>>()
    };
    let expected = added(&normal, &shared, &[0.3, -0.8]);
    let mut mean = vec![0.0; with_prior.len() + 1];
    for (a, weight_a) in rule {
        for (b, weight_b) in rule {
            let one = added(&mixture, &with_prior, &[a, b]);
            mean.iter_mut().zip(one).for_each(|(sum, v)| *sum += weight_a * weight_b * v);
        }
    }
    let loss = mean.pop().unwrap();
    assert!((loss - expected.last().unwrap()).abs() < 1e-10, "{loss}");
    for (i, (ours, theirs)) in mean.iter().zip(&expected[..shared.len()]).enumerate() {
        assert!((ours - theirs).abs() < 1e-10, "parameter {i}: {ours} instead of {theirs}");
    }
}

#[test]
fn the_frozen_prior_is_the_density_that_was_trained() {
    for prior in [PriorKind::Mixture { components: 4 }, PriorKind::Vamp { components: 3 }] {
        let config = config(prior);
        let flat = flat(&config);
        let single: Vec<f32> = flat.iter().map(|&v| v as f32).collect();
        let model = Autoencoder::new(&config, &single, Compute::cpu(1)).unwrap();
        let components = Reference::new(&config).components(&flat);
        for z in [[0.0, 0.0], [1.5, -0.7], [-3.0, 2.0]] {
            let (ours, theirs) = (model.prior().unwrap().log_density(&z), Reference::density(&components, &z).ln());
            assert!((ours - theirs).abs() < 1e-4, "{prior:?} at {z:?}: {ours} instead of {theirs}");
            for d in 0..2 {
                let at = |by: f64| {
                    let mut z = z;
                    z[d] += by;
                    Reference::density(&components, &z).ln()
                };
                let (slope, ours) = ((at(1e-5) - at(-1e-5)) / 2e-5, model.prior().unwrap().gradient(&z)[d]);
                assert!(
                    (ours - slope).abs() < 1e-3 * slope.abs().max(1.0),
                    "{prior:?} at {z:?}: {ours} instead of {slope}"
                );
            }
        }
    }
}

fn part(trainer: &Trainer, name: &str) -> Vec<f32> {
    let (config, parameters) = (trainer.model().config().clone(), trainer.model().parameters().unwrap());
    let named = latent_explorer::model::named(&config, &parameters);
    named.into_iter().find(|(n, ..)| n == name).unwrap().2.to_vec()
}

fn trainer(prior: PriorKind, learning_rate: f64) -> Trainer {
    let RunSettings { model, mut train } = with(ModelKind::Vae, |spec| spec.prior = prior);
    train.learning_rate = learning_rate;
    let config = ModelConfig { shape: ImageShape::grey(crate::support::SIDE, crate::support::SIDE), spec: model };
    Trainer::new(&config, train, Compute::cpu(1)).unwrap()
}

#[test]
fn log_scales_stay_between_minus_three_and_two_whatever_the_step() {
    let set = dataset();
    let batch = latent_explorer::data::Batch { images: set.train.gather(0..32), len: 32 };
    let fused = trainer(PriorKind::Mixture { components: 1 }, 0.2);
    let config = fused.model().config().clone();
    // All codes are 0 and sure. A component there wants to be narrower, one far away wider.
    for (mean, log_scale, end) in [(0.0, -2.95, -3.0), (100.0, 1.95, 2.0)] {
        let mut flat = fused.model().parameters().unwrap();
        let mut at = 0;
        for (name, shape) in layout(&config) {
            let range = at..at + shape.iter().product::<usize>();
            at = range.end;
            match name.as_str() {
                "encoder.mu.weight" | "encoder.mu.bias" | "encoder.logvar.weight" => flat[range].fill(0.0),
                "encoder.logvar.bias" => flat[range].fill(-12.0),
                "prior.mean" => flat[range].fill(mean),
                "prior.log_scale" => flat[range].fill(log_scale),
                _ => {}
            }
        }
        let double: Vec<f64> = flat.iter().copied().map(f64::from).collect();
        let plain = super::gradients::model(&config, &double);
        let single = Autoencoder::new(&config, &flat, Compute::cpu(1)).unwrap();
        for model in [single, plain] {
            let mut trainer = Trainer::with_model(model, fused.config().clone(), 0).unwrap();
            trainer.step(&batch).unwrap();
            assert_eq!(part(&trainer, "prior.log_scale"), [end, end]);
        }
    }
}

#[test]
fn a_mixture_starts_at_weights_and_scales_of_its_clusters() {
    let set = dataset();
    let mut trainer = trainer(PriorKind::Mixture { components: 3 }, 1e-2);
    let mut batches = latent_explorer::data::Batches::new(set.train.len(), 32, 0);
    for _ in 0..199 {
        trainer.start_parts(&set.train).unwrap();
        trainer.step(batches.next(&set.train)).unwrap();
    }
    trainer.start_parts(&set.train).unwrap();
    let shares = |trainer: &Trainer| {
        let logits = part(trainer, "prior.logits");
        let total: f32 = logits.iter().map(|l| l.exp()).sum();
        logits.iter().map(|l| l.exp() / total).collect::<Vec<_>>()
    };
    assert_eq!(trainer.model().starts_at(), Some(200));
    trainer.step(batches.next(&set.train)).unwrap();
    trainer.start_parts(&set.train).unwrap();
    // The centres: each is the mean of the codes that are nearest to it, the weights their counts.
    let codes = trainer.model().codes_of(&set.train.gather(0..set.train.len()), &Progress::silent()).unwrap();
    let centres = part(&trainer, "prior.mean");
    let mut of: Vec<Vec<&[f32]>> = vec![Vec::new(); 3];
    for i in 0..codes.len() {
        let square = |k: &usize| (0..2).map(|d| (codes.of(i)[d] - centres[k * 2 + d]).powi(2)).sum::<f32>();
        of[(0..3).min_by(|a, b| square(a).total_cmp(&square(b))).unwrap()].push(codes.of(i));
    }
    for (k, members) in of.iter().enumerate() {
        for d in 0..2 {
            let mean = members.iter().map(|code| f64::from(code[d])).sum::<f64>() / members.len() as f64;
            assert!((mean - f64::from(centres[k * 2 + d])).abs() < 1e-4, "centre {k}: {mean}");
        }
        let expected = (members.len() + 1) as f32 / (codes.len() + 3) as f32;
        assert!((shares(&trainer)[k] - expected).abs() < 1e-4);
    }
}

#[test]
fn pseudo_inputs_start_at_training_images_even_if_there_are_more_of_them() {
    let few = split(4);
    let mut trainer = trainer(PriorKind::Vamp { components: 9 }, 1e-3);
    trainer.start_parts(&few).unwrap();
    let pseudo = trainer.model().pseudo_inputs().unwrap();
    let images = few.gather(0..4);
    for u in pseudo.chunks_exact(few.pixels()) {
        let is = |image: &[f32]| image.iter().zip(u).all(|(a, b)| (a.clamp(0.02, 0.98) - b).abs() < 1e-5);
        assert!(images.chunks_exact(few.pixels()).any(is));
    }
}

#[test]
fn a_mixture_of_more_components_than_images_starts_and_learns() {
    let few = split(4);
    let mut trainer = trainer(PriorKind::Mixture { components: 9 }, 1e-3);
    let mut model =
        Autoencoder::new(trainer.model().config(), &trainer.model().parameters().unwrap(), Compute::cpu(1)).unwrap();
    start(&mut model, &few, 0).unwrap();
    assert!(model.parameters().unwrap().iter().all(|v| v.is_finite()));
    let batch = latent_explorer::data::Batch { images: few.gather(0..4), len: 4 };
    trainer = Trainer::with_model(model, trainer.config().clone(), 0).unwrap();
    assert!(trainer.step(&batch).unwrap().loss(Beta::both(1.0)).is_finite());
}

#[test]
fn a_vamp_prior_of_the_data_is_the_aggregate_posterior() {
    let set = split(12);
    let mut trainer = trainer(PriorKind::Vamp { components: 12 }, 1e-3);
    trainer.start_parts(&set).unwrap();
    let model = trainer.model();
    let codes = model.codes_of(&model.pseudo_inputs().unwrap(), &Progress::silent()).unwrap();
    for z in [[0.1, -0.2], [0.5, 0.4]] {
        let of = |i: usize| -> f64 {
            let (mu, logvar) = (codes.of(i), &codes.logvar.as_ref().unwrap()[2 * i..2 * i + 2]);
            let one = |d: usize| {
                let variance = f64::from(logvar[d]).exp();
                (-0.5 * (z[d] - f64::from(mu[d])).powi(2) / variance).exp() / (std::f64::consts::TAU * variance).sqrt()
            };
            one(0) * one(1)
        };
        let aggregate = (0..12).map(of).sum::<f64>() / 12.0;
        assert!((model.prior().unwrap().log_density(&z) - aggregate.ln()).abs() < 1e-6);
    }
}

#[test]
fn what_is_asked_of_a_prior_while_it_learns_is_never_that_of_an_earlier_step() {
    let set = dataset();
    let batch = latent_explorer::data::Batch { images: set.train.gather(0..32), len: 32 };
    for prior in [PriorKind::Mixture { components: 3 }, PriorKind::Vamp { components: 3 }] {
        let fused = trainer(prior, 0.05);
        let flat: Vec<f64> = fused.model().parameters().unwrap().into_iter().map(f64::from).collect();
        let plain = super::gradients::model(fused.model().config(), &flat);
        let plain = Trainer::with_model(plain, fused.config().clone(), 0).unwrap();
        for mut trainer in [fused, plain] {
            let before = trainer.model().prior().unwrap().clone();
            trainer.step(&batch).unwrap();
            assert!(*trainer.model().prior().unwrap() != before, "{prior:?}");
        }
    }
}
