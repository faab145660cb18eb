//! A fork and a resumed run of every model go on as the run itself.

use std::sync::Arc;

use latent_explorer::config::{Arch, Codebook, Likelihood, ModelKind, ModelSpec, PriorKind};
use latent_explorer::model::{Checkpoint, Compute, named};
use latent_explorer::train::{LockStep, Opened, Run, RunSettings, Trainer};

use crate::support::{dataset, with};

pub fn all() -> Vec<RunSettings> {
    let words = |words, tokens, decay, arch: Option<Arch>| {
        with(ModelKind::VqVae, |spec| {
            spec.latent = 2 * tokens;
            spec.codebook = Codebook { words, tokens, decay, ..Codebook::default() };
            spec.arch = arch.unwrap_or(spec.arch.clone());
        })
    };
    let vae = |change: fn(&mut ModelSpec)| with(ModelKind::Vae, change);
    vec![
        with(ModelKind::Pca, |_| ()),
        words(40, 1, Some(0.99), None),
        words(40, 2, None, None),
        words(12, 1, Some(0.9), Some(Arch::Conv)),
        vae(|spec| spec.prior = PriorKind::Mixture { components: 5 }),
        vae(|spec| spec.prior = PriorKind::Vamp { components: 5 }),
        vae(|spec| spec.latent = 5),
        vae(|spec| (spec.arch, spec.likelihood) = (Arch::Mlp(Vec::new()), Likelihood::LEARNED)),
    ]
}

fn lockstep(settings: RunSettings) -> LockStep {
    LockStep::new(Arc::new(dataset()), &[settings], Compute::cpu(1)).unwrap()
}

fn steps(lockstep: &mut LockStep, count: usize) {
    for _ in 0..count {
        lockstep.step();
    }
}

/// With its moments.
fn state(run: &Run) -> Checkpoint {
    let mut state = run.trainer.checkpoint(run.epoch(), &"bars".into()).unwrap();
    state.moments = Some(Arc::new(run.trainer.moments().unwrap()));
    state
}

fn bits(trainer: &Trainer) -> Vec<u32> {
    trainer.model().parameters().unwrap().into_iter().map(f32::to_bits).collect()
}

fn part(trainer: &Trainer, wanted: &str) -> Vec<f32> {
    let all = trainer.model().parameters().unwrap();
    let named = named(trainer.model().config(), &all);
    named.into_iter().find(|(name, ..)| name == wanted).unwrap().2.to_vec()
}

#[test]
fn a_fork_of_every_model_trains_to_the_same_bits() {
    for settings in all() {
        // Ten steps are an epoch: words are started again between the fork and the end.
        let mut lockstep = lockstep(settings.clone());
        steps(&mut lockstep, 8);
        let state = state(&lockstep.runs[0]);
        steps(&mut lockstep, 17);
        lockstep.fork(&state, Default::default()).unwrap();
        let parent = bits(&lockstep.runs[0].trainer);
        let likelihood = lockstep.runs[0].trainer.model().config().likelihood;
        steps(&mut lockstep, 17);
        let fork = &lockstep.runs[1].trainer;
        assert_eq!(fork.steps(), 25);
        assert!(bits(fork) == parent, "{}", settings.model.describe());
        assert_eq!(fork.model().config().likelihood, likelihood);
    }
}

#[test]
fn words_are_started_again_in_a_run() {
    let mut lockstep = lockstep(all()[1].clone());
    let mut longest = 0f32;
    for _ in 0..25 {
        lockstep.step();
        longest = part(&lockstep.runs[0].trainer, "codebook.unused").into_iter().fold(longest, f32::max);
    }
    // A word is started again once it has waited for the ten steps of an epoch.
    assert_eq!(longest, 9.0);
}

#[test]
fn a_mixture_is_put_among_the_codes_once_wherever_a_fork_is_taken() {
    for at in [195, 199, 200, 201, 204] {
        let mut lockstep = lockstep(with(ModelKind::Vae, |spec| spec.prior = PriorKind::Mixture { components: 5 }));
        steps(&mut lockstep, at);
        let state = state(&lockstep.runs[0]);
        steps(&mut lockstep, 208 - at);
        lockstep.fork(&state, Default::default()).unwrap();
        let parent = bits(&lockstep.runs[0].trainer);
        steps(&mut lockstep, 208 - at);
        assert!(bits(&lockstep.runs[1].trainer) == parent, "forked at step {at}");
    }
}

#[test]
fn a_mixture_moves_to_the_codes_at_its_step_and_at_no_other() {
    let mut lockstep = lockstep(with(ModelKind::Vae, |spec| spec.prior = PriorKind::Mixture { components: 5 }));
    let mut jumps = Vec::new();
    let mut before = part(&lockstep.runs[0].trainer, "prior.mean");
    for step in 0..210 {
        lockstep.step();
        let after = part(&lockstep.runs[0].trainer, "prior.mean");
        // Adam moves by its learning rate of 0.005, or hardly more.
        if before.iter().zip(&after).any(|(a, b)| (a - b).abs() > 0.03) {
            jumps.push(step);
        }
        before = after;
    }
    assert_eq!(jumps, [200]);
}

#[test]
fn a_run_of_every_model_that_was_saved_goes_on_at_the_same_weights_and_batches() {
    for settings in all() {
        let mut whole = lockstep(settings.clone());
        steps(&mut whole, 13);
        whole.checkpoint().unwrap();
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("model.safetensors");
        whole.runs[0].last_good.save(&path).unwrap();
        let kept = Opened::from(Checkpoint::load(&path).unwrap());
        let mut resumed = LockStep::resume(Arc::new(dataset()), &[kept], Compute::cpu(1)).unwrap();
        assert!(bits(&whole.runs[0].trainer) == bits(&resumed.runs[0].trainer), "{}", settings.model.describe());
        whole.step();
        resumed.step();
        assert_eq!(whole.runs[0].last, resumed.runs[0].last, "{}", settings.model.describe());
    }
}
