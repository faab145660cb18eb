//! The folder that a run is kept in.

use std::fs;
use std::sync::Arc;

use latent_explorer::config::{Arch, Likelihood, ModelKind};
use latent_explorer::model::{Compute, Kl, Terms};
use latent_explorer::train::{
    EpochMetrics, History, LockStep, METRICS_FILE, MODEL_FILE, RUN_FILE, RunFolder, RunSettings, RunWriter,
};
use tempfile::TempDir;

use crate::support::{dataset, fixed_checkpoint, run_settings, with};

const EPOCHS: u64 = 2;

fn metrics(epoch: u64) -> EpochMetrics {
    let kl = Kl::Halves { mean: 3.25, variance: 0.1 + epoch as f64 };
    let train = Terms { recon: 120.5, kl: Some(kl), quantisation: None };
    EpochMetrics {
        epoch,
        step: 10 * epoch,
        train,
        test: Terms { recon: 100.0, kl: None, quantisation: None },
        images_per_second: 1e4,
    }
}

/// A folder with a run of these settings that was trained for two epochs.
fn trained(settings: &RunSettings) -> TempDir {
    let folder = TempDir::new().unwrap();
    let dataset = Arc::new(dataset());
    let mut writer = RunWriter::create(folder.path(), settings, &dataset.source).unwrap();
    let mut lockstep = LockStep::new(dataset, std::slice::from_ref(settings), Compute::cpu(1)).unwrap();
    for epoch in 1..=EPOCHS {
        (0..lockstep.steps_an_epoch()).for_each(|_| _ = lockstep.step());
        lockstep.checkpoint().unwrap();
        writer.write(&metrics(epoch), &lockstep.runs[0].last_good).unwrap();
    }
    folder
}

#[test]
fn a_run_is_read_as_it_was_written() {
    let folder = TempDir::new().unwrap();
    let checkpoint = fixed_checkpoint("bars");
    let mut writer = RunWriter::create(folder.path(), &run_settings(ModelKind::Vae), &"bars".into()).unwrap();
    let mut history = History::default();
    for epoch in 1..=3 {
        writer.write(&metrics(epoch), &checkpoint).unwrap();
        history.train.push(10 * epoch, metrics(epoch).train);
        history.held_out.push(10 * epoch, metrics(epoch).test);
    }
    for path in [folder.path().to_owned(), folder.path().join(MODEL_FILE)] {
        let opened = RunFolder::new(&path).open().unwrap();
        assert_eq!(*opened.checkpoint, checkpoint);
        assert_eq!(opened.history, history);
    }
}

#[test]
fn a_folder_without_metrics_opens_without_curves() {
    let folder = trained(&run_settings(ModelKind::Vae));
    fs::remove_file(folder.path().join(METRICS_FILE)).unwrap();
    let run = RunFolder::new(folder.path());
    assert_eq!(run.history().unwrap(), None);
    assert_eq!(run.open().unwrap().history, History::default());
}

#[test]
fn damaged_metrics_are_refused_by_file_and_line() {
    let folder = trained(&run_settings(ModelKind::Vae));
    let file = folder.path().join(METRICS_FILE);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() - 20]).unwrap();
    let said = RunFolder::new(folder.path()).open().unwrap_err().to_string();
    assert!(said.starts_with(&format!("{}, line 2: not a line that `train` wrote", file.display())), "{said}");
    assert!(said.contains("move the file away"), "{said}");
}

#[test]
fn a_folder_without_weights_is_no_run() {
    let folder = TempDir::new().unwrap();
    let said = RunFolder::new(folder.path()).open().unwrap_err().to_string();
    assert!(said.starts_with(&format!("{} is not a trained run", folder.path().display())), "{said}");
}

#[test]
fn weights_that_cannot_be_written_come_after_their_metrics() {
    let folder = TempDir::new().unwrap();
    let in_the_way = folder.path().join(MODEL_FILE);
    fs::create_dir(&in_the_way).unwrap();
    let mut writer = RunWriter::create(folder.path(), &run_settings(ModelKind::Vae), &"bars".into()).unwrap();
    let said = writer.write(&metrics(1), &fixed_checkpoint("bars")).unwrap_err().to_string();
    assert!(said.contains(&in_the_way.display().to_string()), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join(METRICS_FILE)).unwrap().lines().count(), 1);
    assert!(!folder.path().join(RUN_FILE).exists());
}

#[test]
fn a_run_is_finished_only_under_its_whole_configuration() {
    let settings = with(ModelKind::Vae, |model| model.likelihood = Likelihood::Gaussian { c: 0.05, learned: false });
    let folder = trained(&settings);
    let is_finished = |settings: &RunSettings| RunFolder::new(folder.path()).is_finished(settings, &dataset(), EPOCHS);
    assert!(is_finished(&settings));
    let with = |change: fn(&mut RunSettings)| {
        let mut other = settings.clone();
        change(&mut other);
        other
    };
    for other in [
        with(|s| s.model.kind = ModelKind::Ae),
        with(|s| s.model.arch = Arch::Mlp(vec![16, 9])),
        with(|s| s.model.likelihood = Likelihood::Bernoulli),
        with(|s| s.model.likelihood = Likelihood::Gaussian { c: 0.5, learned: false }),
        with(|s| s.model.likelihood = Likelihood::Gaussian { c: 0.05, learned: true }),
        with(|s| s.train.batch += 1),
        with(|s| s.train.learning_rate *= 2.0),
        with(|s| s.train.beta = 2.0.into()),
        with(|s| s.train.seed += 1),
    ] {
        assert!(!is_finished(&other), "{other:?}");
    }
    let run = RunFolder::new(folder.path());
    assert!(!run.is_finished(&settings, &dataset(), EPOCHS + 1));
    let mut other = dataset();
    other.source = "other bars".into();
    assert!(!run.is_finished(&settings, &other, EPOCHS));
}

#[test]
fn a_learned_variance_is_known_by_where_it_began() {
    let from = |c: f64| with(ModelKind::Vae, |model| model.likelihood = Likelihood::Gaussian { c, learned: true });
    let folder = trained(&from(0.05));
    let is_finished = |settings: &RunSettings| RunFolder::new(folder.path()).is_finished(settings, &dataset(), EPOCHS);
    assert!(is_finished(&from(0.05)) && !is_finished(&from(0.5)));
    fs::remove_file(folder.path().join(RUN_FILE)).unwrap();
    assert!(!is_finished(&from(0.05)), "a folder of an earlier version does not say where it began");
    assert!(RunFolder::new(folder.path()).open().is_ok(), "but it opens");
}
