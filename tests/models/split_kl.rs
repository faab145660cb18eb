//! What each half of the KL does alone.

use std::sync::Arc;

use latent_explorer::config::{Beta, Likelihood, ModelKind};
use latent_explorer::model::{Compute, Frozen};
use latent_explorer::progress::Progress;
use latent_explorer::train::{LockStep, RunSettings};

use crate::support::{dataset, with};

/// Mean squared distance of the means from 0 and mean σ over the training images, after some steps with these weights.
fn after(beta: Beta, checks: &[usize]) -> Vec<(f64, f64)> {
    let set = Arc::new(dataset());
    // A variance of 0.01 has a code say something from the beginning.
    let likelihood = Likelihood::Gaussian { c: 0.01, learned: false };
    let RunSettings { model, train } = with(ModelKind::Vae, |spec| spec.likelihood = likelihood);
    let settings = RunSettings { model, train: latent_explorer::config::TrainConfig { beta, ..train } };
    let mut lockstep = LockStep::new(set.clone(), &[settings], Compute::cpu(1)).unwrap();
    let images = set.train.gather(0..set.train.len());
    let mut measured = Vec::new();
    for step in 1..=*checks.last().unwrap() {
        lockstep.step();
        if checks.contains(&step) {
            let codes = lockstep.runs[0].trainer.model().codes_of(&images, &Progress::silent()).unwrap();
            let n = codes.mu.len() as f64;
            let spread = codes.mu.iter().map(|&m| f64::from(m * m)).sum::<f64>() / n;
            let sigma = codes.logvar.unwrap().iter().map(|&v| f64::from(0.5 * v).exp()).sum::<f64>() / n;
            measured.push((spread, sigma));
        }
    }
    measured
}

#[test]
fn with_the_variance_half_alone_means_run_away() {
    let alone = after(Beta { mean: 0.0, variance: 1.0 }, &[100, 300, 600]);
    let both = after(Beta::both(1.0), &[600]);
    assert!(alone.windows(2).all(|pair| pair[1].0 > 1.1 * pair[0].0), "{alone:?}");
    assert!(alone[2].0 > 4.0 * both[0].0, "{alone:?} {both:?}");
}

#[test]
fn with_the_mean_half_alone_sigma_shrinks() {
    let alone = after(Beta { mean: 1.0, variance: 0.0 }, &[100, 300, 600]);
    assert!(alone.windows(2).all(|pair| pair[1].1 < 0.5 * pair[0].1), "{alone:?}");
    assert!(alone[2].1 < 0.15, "{alone:?}");
}
