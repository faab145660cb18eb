use std::sync::Arc;

use latent_explorer::config::{Arch, Binarise, Likelihood, ModelKind, TrainConfig};
use latent_explorer::data::Batches;
use latent_explorer::model::{Compute, Kl, ModelError, Terms, gaussian_constant};
use latent_explorer::progress::{Cancelled, Progress};
use latent_explorer::train::{Curve, LockStep, Opened, Run, RunSettings, StepError, Trainer};

use crate::support::{SIDE, dataset, model_config, run_settings, with};

fn compute() -> Compute {
    Compute::cpu(2)
}

fn both() -> LockStep {
    LockStep::new(Arc::new(dataset()), &[run_settings(ModelKind::Ae), run_settings(ModelKind::Vae)], compute()).unwrap()
}

fn steps(lockstep: &mut LockStep, count: usize) {
    for _ in 0..count {
        lockstep.step();
    }
}

#[test]
fn both_models_learn() {
    let mut lockstep = both();
    let before = lockstep.evaluate().unwrap();
    steps(&mut lockstep, 300);
    for (before, after) in before.into_iter().zip(lockstep.evaluate().unwrap()) {
        let (before, after) = (before.unwrap().recon, after.unwrap().recon);
        assert!(after < 0.7 * before, "recon went from {before} to {after}");
    }
}

#[test]
fn a_seed_gives_the_same_weights() {
    let weights = || {
        let mut lockstep = both();
        steps(&mut lockstep, 25);
        lockstep.checkpoint().unwrap();
        lockstep.runs.into_iter().map(|run| run.last_good.parameters.clone()).collect::<Vec<_>>()
    };
    assert_eq!(weights(), weights());
}

#[test]
fn a_run_on_images_that_are_drawn_anew_learns_from_draws_and_comes_to_the_same_weights_when_it_goes_on() {
    let lockstep = || {
        let mut drawn = dataset();
        drawn.source.reading.binarise = Binarise::Dynamic;
        LockStep::new(Arc::new(drawn), &[run_settings(ModelKind::Vae)], compute()).unwrap()
    };
    let (mut whole, mut grey) = (lockstep(), both());
    steps(&mut whole, 1);
    steps(&mut grey, 1);
    assert_ne!(whole.runs[0].last.unwrap().recon, grey.runs[1].last.unwrap().recon);
    steps(&mut whole, 6);
    let state = Opened::from(whole.runs[0].state(&whole.dataset.source).unwrap());
    let mut resumed = LockStep::resume(whole.dataset.clone(), &[state], compute()).unwrap();
    for lockstep in [&mut whole, &mut resumed] {
        steps(lockstep, 5);
        lockstep.checkpoint().unwrap();
    }
    assert!(whole.runs[0].last_good.parameters == resumed.runs[0].last_good.parameters);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let weights = |arch: &Arch, threads| {
        let mut settings = run_settings(ModelKind::Vae);
        settings.model.arch = arch.clone();
        let mut lockstep = LockStep::new(Arc::new(dataset()), &[settings], Compute::cpu(threads)).unwrap();
        steps(&mut lockstep, 20);
        lockstep.checkpoint().unwrap();
        lockstep.runs.remove(0).last_good.parameters.clone()
    };
    for arch in [Arch::Mlp(vec![300, 140]), Arch::Conv] {
        let one = weights(&arch, 1);
        assert!(one == weights(&arch, 2) && one == weights(&arch, 3), "{arch}");
    }
}

#[test]
fn a_run_does_not_notice_who_learns_beside_it() {
    let alone = || {
        let mut lockstep = LockStep::new(Arc::new(dataset()), &[run_settings(ModelKind::Vae)], compute()).unwrap();
        steps(&mut lockstep, 25);
        lockstep.checkpoint().unwrap();
        lockstep.runs.remove(0).last_good
    };
    let mut together = both();
    steps(&mut together, 25);
    together.checkpoint().unwrap();
    assert_eq!(alone().parameters, together.runs[1].last_good.parameters);
}

#[test]
fn beta_and_learning_rate_change_from_the_next_step_on() {
    let set = dataset();
    let run = |beta: f64, rate: f64| {
        let mut trainer = Trainer::new(&model_config(ModelKind::Vae), TrainConfig::default(), compute()).unwrap();
        let mut batches = Batches::new(set.train.len(), 32, 0);
        trainer.step(batches.next(&set.train)).unwrap();
        trainer.set_beta(beta.into()).unwrap();
        trainer.set_learning_rate(rate);
        trainer.step(batches.next(&set.train)).unwrap();
        trainer.checkpoint(0, &"bars".into()).unwrap().parameters
    };
    let base = run(1.0, 1e-3);
    assert_ne!(base, run(5.0, 1e-3));
    assert_ne!(base, run(1.0, 1e-4));
}

#[test]
fn a_loss_that_is_not_finite_names_the_step_and_leaves_the_weights() {
    let set = dataset();
    let mut trainer = Trainer::new(&model_config(ModelKind::Vae), TrainConfig::default(), compute()).unwrap();
    let mut batch = Batches::new(set.train.len(), 32, 0).next(&set.train).clone();
    trainer.step(&batch).unwrap();
    let before = trainer.checkpoint(0, &"bars".into()).unwrap();
    batch.images[0] = f32::NAN;
    let error = trainer.step(&batch).unwrap_err();
    assert!(matches!(error, StepError::NotFinite { step: 1, .. }), "{error}");
    assert_eq!(before.parameters, trainer.checkpoint(0, &"bars".into()).unwrap().parameters);
}

#[test]
fn a_run_that_diverges_stops_alone_and_keeps_its_last_good_weights() {
    let mut wild = run_settings(ModelKind::Vae);
    wild.train.learning_rate = 1e20;
    let mut lockstep = LockStep::new(Arc::new(dataset()), &[run_settings(ModelKind::Ae), wild], compute()).unwrap();
    let start = lockstep.runs[1].last_good.clone();
    steps(&mut lockstep, 30);
    lockstep.checkpoint().unwrap();
    assert!(lockstep.runs[1].failure.as_deref().is_some_and(|reason| reason.contains("at step")));
    assert!(lockstep.runs[1].last_good.is_finite());
    assert_eq!(lockstep.runs[1].last_good.parameters, start.parameters);
    assert_eq!(lockstep.runs[0].failure, None);
    assert_eq!(lockstep.runs[0].trainer.steps(), 30);
}

#[test]
fn a_run_whose_step_panics_stops_alone_with_the_reason() {
    let mut dataset = dataset();
    // The last image is missing: a run panics at the batch that holds it, which is another with another seed.
    dataset.train.images.truncate(299 * SIDE * SIDE);
    let mut other = run_settings(ModelKind::Vae);
    other.train.seed = 1;
    let mut lockstep = LockStep::new(Arc::new(dataset), &[run_settings(ModelKind::Vae), other], compute()).unwrap();
    while lockstep.runs.iter().all(|run| run.failure.is_none()) {
        lockstep.step();
    }
    let (failed, well): (Vec<_>, Vec<_>) = lockstep.runs.iter().partition(|run| run.failure.is_some());
    assert_eq!((failed.len(), well.len()), (1, 1));
    assert!(failed[0].failure.as_ref().unwrap().contains("out of range"), "{:?}", failed[0].failure);
    assert_eq!(failed[0].trainer.model().parameters().unwrap(), *failed[0].last_good.parameters);
}

#[test]
fn an_evaluation_that_is_not_wanted_any_more_stops() {
    let mut lockstep = both();
    let stop = |_| Err(Cancelled);
    let result = lockstep.evaluate_missing(&Progress::new(&stop));
    assert!(matches!(result, Err(ModelError::Cancelled(_))));
    assert!(lockstep.runs.iter().all(|run| run.history.held_out.points().is_empty()));
}

#[test]
fn a_resumed_run_sees_the_batches_that_come_next() {
    let mut whole = both();
    steps(&mut whole, 13);
    whole.checkpoint().unwrap();
    let kept = |run: &Run| Opened { checkpoint: run.last_good.clone(), history: run.history.clone() };
    let kept: Vec<_> = whole.runs.iter().map(kept).collect();
    let mut resumed = LockStep::resume(Arc::new(dataset()), &kept, compute()).unwrap();
    whole.step();
    resumed.step();
    for (a, b) in whole.runs.iter().zip(&resumed.runs) {
        assert_eq!(a.last, b.last);
    }
}

#[test]
fn a_curve_keeps_its_mean_and_its_end_in_bounded_memory() {
    let mut curve = Curve::default();
    for step in 1..=10_240 {
        let kl = Some(Kl::Halves { mean: 2.0 * step as f64, variance: 1.0 });
        curve.push(step, Terms { recon: step as f64, kl, quantisation: None });
    }
    let points = curve.points();
    assert!((500..=1_000).contains(&points.len()), "{} points", points.len());
    assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let (step, last) = points[points.len() - 1];
    assert!(step > 10_200);
    assert_eq!(last.kl.unwrap().mean().unwrap(), 2.0 * last.recon);
    let mean = points.iter().map(|(_, terms)| terms.recon).sum::<f64>() / points.len() as f64;
    assert!((mean - step as f64 / 2.0).abs() < 1.0, "mean {mean}");
}

#[test]
fn a_fork_with_unchanged_settings_trains_to_the_same_bits() {
    for arch in [Arch::Mlp(vec![16, 8]), Arch::Conv] {
        let settings = with(ModelKind::Vae, |model| model.arch = arch.clone());
        let mut lockstep = LockStep::new(Arc::new(dataset()), &[settings], compute()).unwrap();
        steps(&mut lockstep, 13);
        let run = &lockstep.runs[0];
        let mut state = run.trainer.checkpoint(run.epoch(), &"bars".into()).unwrap();
        state.moments = Some(Arc::new(run.trainer.moments().unwrap()));
        // The fork starts where its parent was some steps ago, and catches up.
        steps(&mut lockstep, 5);
        let parent = lockstep.runs[0].trainer.checkpoint(0, &"bars".into()).unwrap().parameters;
        lockstep.fork(&state, lockstep.runs[0].history.clone()).unwrap();
        steps(&mut lockstep, 5);
        assert_eq!(lockstep.runs[1].trainer.steps(), 18);
        assert!(lockstep.runs[1].trainer.checkpoint(0, &"bars".into()).unwrap().parameters == parent, "{arch}");
    }
}

#[test]
fn a_fork_with_another_beta_goes_another_way() {
    let mut lockstep = LockStep::new(Arc::new(dataset()), &[run_settings(ModelKind::Vae)], compute()).unwrap();
    steps(&mut lockstep, 5);
    let run = &lockstep.runs[0];
    let mut state = run.trainer.checkpoint(0, &"bars".into()).unwrap();
    state.moments = Some(Arc::new(run.trainer.moments().unwrap()));
    lockstep.fork(&state, Default::default()).unwrap();
    lockstep.runs[1].trainer.set_beta(20.0.into()).unwrap();
    steps(&mut lockstep, 5);
    let weights = |run: usize| lockstep.runs[run].trainer.checkpoint(0, &"bars".into()).unwrap().parameters;
    assert_ne!(weights(0), weights(1));
}

#[test]
fn a_learned_c_comes_to_the_mean_squared_error() {
    let dataset = Arc::new(dataset());
    let likelihood = Likelihood::Gaussian { c: 1.0, learned: true };
    // Weights that hold still.
    let train = TrainConfig { learning_rate: 1e-12, ..run_settings(ModelKind::Ae).train };
    let settings = RunSettings { train, ..with(ModelKind::Ae, |model| model.likelihood = likelihood) };
    let mut lockstep = LockStep::new(dataset.clone(), &[settings], Compute::cpu(1)).unwrap();
    for _ in 0..600 {
        lockstep.step();
    }
    let model = lockstep.runs[0].trainer.model();
    let c = model.config().likelihood.c().unwrap();
    let noise = vec![0.0; 2 * dataset.train.len()];
    let images = dataset.train.gather(0..dataset.train.len());
    let recon = model.terms(&images, &noise).unwrap().recon;
    let mse = 2.0 * c * (recon - gaussian_constant(model.config().pixels(), c)) / model.config().pixels() as f64;
    assert!((c / mse - 1.0).abs() < 0.05, "c {c}, mse {mse}");
}

#[test]
fn moments_that_are_not_finite_stop_a_run_before_its_weights_freeze() {
    let mut settings = run_settings(ModelKind::Vae);
    settings.train.beta = 1e22.into();
    let mut lockstep = LockStep::new(Arc::new(dataset()), &[settings], compute()).unwrap();
    let start = lockstep.runs[0].last_good.clone();
    steps(&mut lockstep, 3);
    lockstep.checkpoint().unwrap();
    let reason = lockstep.runs[0].failure.clone().unwrap();
    assert!(reason.contains("moments") && reason.contains("beta"), "{reason}");
    assert_eq!(lockstep.runs[0].last_good, start);
}

#[test]
fn an_evaluation_that_is_not_finite_stops_the_run_and_is_not_noted() {
    let mut lockstep = both();
    let mut wild = (*lockstep.runs[1].last_good).clone();
    Arc::make_mut(&mut wild.parameters).iter_mut().for_each(|v| *v *= 1e18);
    lockstep.fork(&wild, Default::default()).unwrap();
    let evaluations = lockstep.evaluate().unwrap();
    assert!(evaluations[1].is_some() && evaluations[2].is_none());
    assert!(lockstep.runs[2].failure.as_deref().unwrap().contains("held-out"));
    assert!(lockstep.runs[2].history.held_out.points().is_empty());
}

#[test]
fn a_network_that_is_too_large_to_be_trained_is_refused_with_what_it_would_need() {
    let settings = with(ModelKind::Vae, |model| model.arch = Arch::Mlp(vec![16_384, 16_384]));
    let said = LockStep::new(Arc::new(dataset()), &[settings], compute()).err().unwrap().to_string();
    assert!(said.contains("536 million weights needs 8.6 GB") && said.contains("at most 150 million"), "{said}");
}
