//! Sampling with a model: at two dimensions beside quadrature, at more beside the closed form.

use std::sync::Arc;

use latent_explorer::config::MNIST;
use latent_explorer::config::{Memory, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data;
use latent_explorer::explore::inference::{BeyondPlane, Quadrature, evidence_of};
use latent_explorer::model::{Autoencoder, Compute, fit};
use latent_explorer::progress::Progress;
use latent_explorer::train::{LockStep, RunSettings};

use super::{images, model};
use crate::support::{dataset, model_config, run_settings, split};

fn sampled(model: &Autoencoder, image: &[f32]) -> BeyondPlane {
    BeyondPlane::of(model, image, 0, true, &Progress::silent()).unwrap().unwrap()
}

/// log p(x) of each image by quadrature, importance sampling and annealing, and whether the second is reliable.
fn compared(model: &Autoencoder, images: &[f32]) -> Vec<([f64; 3], bool)> {
    let rule = Quadrature { tolerance: 1e-3, ..Quadrature::default() };
    let exact = evidence_of(model, images, rule, &Progress::silent()).unwrap();
    let of = |(image, exact): (&[f32], f64)| {
        let found = sampled(model, image);
        let logs = [exact, found.importance.estimate.log, found.annealed.unwrap().log];
        assert!(found.elbo < exact + 4.0 * found.elbo_error + 1e-2, "{found:?}");
        (logs, found.importance.is_reliable())
    };
    images.chunks_exact(model.config().pixels()).zip(exact.iter().map(|e| e.log)).map(of).collect()
}

#[test]
fn at_two_dimensions_both_ways_of_sampling_find_what_quadrature_finds() {
    let model = model(ModelKind::Vae, 8);
    for (logs, is_reliable) in compared(&model, &images(&model, 4)) {
        // Weights that have not learned give a poor q, from which importance sampling is less sure.
        assert!(is_reliable && (logs[1] - logs[0]).abs() < 0.15 && (logs[2] - logs[0]).abs() < 0.05, "{logs:?}");
    }
}

#[test]
fn of_a_trained_model_too() {
    let mut lockstep = LockStep::new(Arc::new(dataset()), &[run_settings(ModelKind::Vae)], Compute::cpu(2)).unwrap();
    for _ in 0..100 {
        lockstep.step();
    }
    for (logs, _) in compared(lockstep.runs[0].trainer.model(), &split(4).gather(0..4)) {
        assert!((logs[1] - logs[0]).abs() < 0.1 && (logs[2] - logs[0]).abs() < 0.1, "{logs:?}");
    }
}

#[test]
fn principal_components_of_five_dimensions_are_sampled_from_their_posterior_itself() {
    let mut config = model_config(ModelKind::Pca);
    config.spec = ModelSpec { latent: 5, ..config.spec };
    let beta = TrainConfig::default().beta;
    let model = fit(&config, beta, &split(300), Compute::cpu(2), &Progress::silent()).unwrap();
    let found = sampled(&model, &split(1).gather([0]));
    let exact = found.exact.unwrap();
    assert!((found.importance.estimate.log - exact).abs() < 0.05, "{found:?}");
    assert!((found.annealed.unwrap().log - exact).abs() < 0.1 && found.importance.is_reliable(), "{found:?}");
    assert!(found.gap().abs() < 0.05 && found.log_evidence() == exact, "{found:?}");
}

#[test]
fn an_ae_gives_nothing_to_sample_from() {
    let found = BeyondPlane::of(&model(ModelKind::Ae, 8), &[0.5; 64], 0, false, &Progress::silent()).unwrap();
    assert_eq!(found, None);
}

#[test]
#[ignore = "trains an epoch of MNIST and samples for minutes; run with --ignored"]
fn over_a_hundred_images_of_mnist_sampling_agrees_with_quadrature_to_a_twentieth_of_a_nat() {
    let dataset =
        Arc::new(data::load(&MNIST.into(), Memory::default(), &Progress::silent()).expect("MNIST is embedded").dataset);
    let settings = RunSettings { model: ModelSpec::new(ModelKind::Vae), train: TrainConfig::default() };
    let mut lockstep = LockStep::new(dataset.clone(), &[settings], Compute::default()).unwrap();
    for _ in 0..3 * lockstep.steps_an_epoch() {
        lockstep.step();
    }
    let some = dataset.test.spread(100);
    let all = compared(lockstep.runs[0].trainer.model(), &some.gather(0..100));
    let mut found = Vec::new();
    for (name, way, believed) in
        [("importance sampling", 1, false), ("importance sampling, k̂ < 0.7", 1, true), ("annealing", 2, false)]
    {
        let some = all.iter().filter(|(_, is_reliable)| *is_reliable || !believed);
        let off: Vec<f64> = some.map(|(logs, _)| logs[way] - logs[0]).collect();
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        let mut sizes: Vec<f64> = off.iter().map(|v| v.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let within = sizes.iter().filter(|&&v| v < 0.05).count();
        let quantile = |share: f64| sizes[(share * (sizes.len() - 1) as f64) as usize];
        let [half, most, all] = [0.5, 0.9, 1.0].map(quantile);
        println!(
            "{name}: {} images, mean {mean:+.4}, |off| {half:.4}, 90% {most:.4}, all {all:.4}, within 0.05: {within}",
            off.len()
        );
        println!("  worst: {:?}", {
            let mut o = off.clone();
            o.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
            o.truncate(8);
            o
        });
        found.push(half);
    }
    assert!(found.iter().all(|half| *half < 0.05), "{found:?}");
}
