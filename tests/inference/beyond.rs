//! Sampling with a model: at two dimensions beside quadrature, at more beside the closed form.

use std::sync::Arc;

use latent_explorer::config::{ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data::{self, MNIST};
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
        assert!(is_reliable && (logs[1] - logs[0]).abs() < 0.05 && (logs[2] - logs[0]).abs() < 0.05, "{logs:?}");
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
    let dataset = Arc::new(data::load(MNIST).expect("MNIST is embedded"));
    let settings = RunSettings { model: ModelSpec::new(ModelKind::Vae), train: TrainConfig::default() };
    let mut lockstep = LockStep::new(dataset.clone(), &[settings], Compute::default()).unwrap();
    for _ in 0..3 * lockstep.steps_an_epoch() {
        lockstep.step();
    }
    let some = dataset.test.spread(100);
    let all = compared(lockstep.runs[0].trainer.model(), &some.gather(0..100));
    for i in [1, 2] {
        let off: Vec<f64> = all.iter().map(|(logs, _)| logs[i] - logs[0]).collect();
        let mean = off.iter().sum::<f64>() / 100.0;
        let mut sizes: Vec<f64> = off.iter().map(|v| v.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let within = sizes.iter().filter(|&&v| v < 0.05).count();
        let name = ["", "importance sampling", "annealing"][i];
        println!(
            "{name}: mean {mean:+.4}, median size {:.4}, 90th {:.4}, largest {:.4}, within 0.05: {within}",
            sizes[50], sizes[90], sizes[99]
        );
        assert!(mean.abs() < 0.05 && sizes[50] < 0.05, "{name}: {off:?}");
    }
    println!("reliable: {}", all.iter().filter(|(_, is_reliable)| *is_reliable).count());
}
