//! The main job on the real images; each takes seconds to a minute, so these are run on request.

use std::sync::Arc;

use latent_explorer::config::MNIST;
use latent_explorer::config::{Memory, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data;
use latent_explorer::explore::Summary;
use latent_explorer::model::{Compute, Evaluation, Frozen, Pca};
use latent_explorer::progress::Progress;
use latent_explorer::train::{LockStep, RunSettings};

fn train(kind: ModelKind, beta: f64, epochs: u64) -> (LockStep, Evaluation) {
    let dataset =
        Arc::new(data::load(&MNIST.into(), Memory::default(), &Progress::silent()).expect("MNIST is embedded").dataset);
    let train = TrainConfig { beta: beta.into(), ..TrainConfig::default() };
    let settings = RunSettings { model: ModelSpec::new(kind), train };
    let mut lockstep = LockStep::new(dataset, &[settings], Compute::default()).expect("a run");
    for _ in 0..epochs * lockstep.steps_an_epoch() {
        lockstep.step();
    }
    let evaluation = lockstep.evaluate().expect("an evaluation")[0].expect("a run that is well");
    (lockstep, evaluation)
}

#[test]
#[ignore = "trains three epochs of MNIST; run with --ignored"]
fn a_vae_of_three_epochs_has_an_elbo_above_minus_160() {
    let (_, evaluation) = train(ModelKind::Vae, 1.0, 3);
    assert!(evaluation.elbo.unwrap() > -160.0, "{evaluation:?}");
}

#[test]
#[ignore = "trains three epochs of MNIST; run with --ignored"]
fn an_ae_of_three_epochs_reconstructs_below_150() {
    let (_, evaluation) = train(ModelKind::Ae, 0.0, 3);
    assert!(evaluation.recon < 150.0, "{evaluation:?}");
}

#[test]
#[ignore = "trains an epoch of MNIST; run with --ignored"]
fn without_the_kl_term_the_posteriors_shrink_to_points() {
    let (lockstep, _) = train(ModelKind::Vae, 0.0, 1);
    let probe = lockstep.dataset.probe(1_000);
    let codes = lockstep.runs[0].trainer.model().encode_places(&probe.gather(0..1_000)).unwrap();
    let sigma = Summary::new(&codes, &probe.labels, 10).sigma_mean.unwrap();
    assert!(sigma < 0.05, "mean sigma {sigma}");
}

#[test]
#[ignore = "trains an epoch of MNIST; run with --ignored"]
fn under_a_large_weight_the_posteriors_collapse_into_the_prior() {
    let (_, evaluation) = train(ModelKind::Vae, 100.0, 1);
    assert!(evaluation.terms().kl().unwrap() < 0.1, "{evaluation:?}");
}

#[test]
#[ignore = "reads all of MNIST; run with --ignored"]
fn two_principal_components_leave_the_error_that_is_known() {
    let dataset = data::load(&MNIST.into(), Memory::default(), &Progress::silent()).expect("MNIST is embedded").dataset;
    let (train, test) = (dataset.train.gather(0..dataset.train.len()), dataset.test.gather(0..dataset.test.len()));
    let compute = Compute::default();
    let pca = Pca::of(&train, 784, 2, None, &compute, &Progress::silent()).unwrap();
    let codes = pca.project(&test, &compute, &Progress::silent()).unwrap();
    let square = |(image, code): (&[f32], &[f32])| -> f64 {
        let decoded = |i: usize| pca.mean[i] + code[0] * pca.components[i] + code[1] * pca.components[784 + i];
        image.iter().enumerate().map(|(i, x)| f64::from(x - decoded(i)).powi(2)).sum()
    };
    let mse = test.chunks_exact(784).zip(codes.chunks_exact(2)).map(square).sum::<f64>() / test.len() as f64;
    assert!((mse - 0.0557).abs() < 1e-4, "{mse}");
}
