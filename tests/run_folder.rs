//! The folder that a run is kept in.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use latent_explorer::config::{Arch, Likelihood, ModelKind};
use latent_explorer::data::Dataset;
use latent_explorer::model::{Checkpoint, Compute, Kl, Terms};
use latent_explorer::train::{
    EpochMetrics, History, LockStep, METRICS_FILE, MODEL_FILE, RUN_FILE, RunFolder, RunFolderError, RunSettings,
    RunWriter, Started,
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
        images_per_second: Some(1e4),
    }
}

fn history(epochs: u64) -> History {
    let mut history = History::default();
    for epoch in 1..=epochs {
        history.train.push(10 * epoch, metrics(epoch).train);
        history.held_out.push(10 * epoch, metrics(epoch).test);
    }
    history
}

fn started(settings: &RunSettings) -> Started {
    Started::new(settings, &dataset())
}

/// A writer for a folder without a run.
fn writer(folder: &Path) -> RunWriter {
    RunWriter::create(folder, started(&run_settings(ModelKind::Vae)), EPOCHS).unwrap()
}

/// A folder with a run of these settings that was trained for two epochs.
fn trained(settings: &RunSettings) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut writer = RunWriter::create(folder.path(), started(settings), EPOCHS).unwrap();
    let mut lockstep = LockStep::new(Arc::new(dataset()), std::slice::from_ref(settings), Compute::cpu(1)).unwrap();
    for epoch in 1..=EPOCHS {
        (0..lockstep.steps_an_epoch()).for_each(|_| _ = lockstep.step());
        let state = lockstep.runs[0].trainer.state(epoch, &"bars".into()).unwrap();
        writer.write(&state, Some(&metrics(epoch)), None).unwrap();
    }
    folder
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_is_read_as_it_was_written() {
    let folder = TempDir::new().unwrap();
    let checkpoint = fixed_checkpoint("bars");
    let mut writer = writer(folder.path());
    for epoch in 1..=3 {
        writer.write(&checkpoint, Some(&metrics(epoch)), None).unwrap();
    }
    drop(writer);
    assert_eq!(files(folder.path()), [METRICS_FILE, MODEL_FILE, RUN_FILE]);
    for path in [folder.path().to_owned(), folder.path().join(MODEL_FILE)] {
        let opened = RunFolder::new(&path).open().unwrap();
        assert_eq!(*opened.checkpoint, checkpoint);
        assert_eq!(opened.history, history(3));
    }
}

#[test]
fn curves_come_from_the_weights_whatever_became_of_the_file_of_metrics() {
    let folder = trained(&run_settings(ModelKind::Vae));
    let file = folder.path().join(METRICS_FILE);
    let whole = fs::read(&file).unwrap();
    let run = RunFolder::new(folder.path());
    for spoil in
        [&|| fs::remove_file(&file).unwrap() as (), &|| fs::write(&file, &whole[..whole.len() - 20]).unwrap(), &|| {
            fs::write(&file, b"{}\n").unwrap()
        }] as [&dyn Fn(); 3]
    {
        spoil();
        assert_eq!(run.open().unwrap().history, history(EPOCHS));
        let (writer, _) = RunWriter::resume(folder.path()).unwrap();
        assert_eq!(writer.record().metrics.len() as u64, EPOCHS);
        let repaired = fs::read_to_string(&file).unwrap();
        assert_eq!(repaired.lines().count() as u64, EPOCHS);
        fs::write(&file, &whole).unwrap();
    }
}

#[test]
fn a_file_of_metrics_that_is_whole_keeps_how_fast_it_was() {
    let folder = trained(&run_settings(ModelKind::Vae));
    let before = fs::read(folder.path().join(METRICS_FILE)).unwrap();
    drop(RunWriter::resume(folder.path()).unwrap());
    assert_eq!(fs::read(folder.path().join(METRICS_FILE)).unwrap(), before);
    assert!(String::from_utf8(before).unwrap().contains(r#""images_per_second":10000.0"#));
}

/// Makes the folder of a run one of an earlier version.
fn age(folder: &Path) {
    let path = folder.join(MODEL_FILE);
    let state = Checkpoint { moments: None, ..Checkpoint::load(&path).unwrap() };
    state.save(&path).unwrap();
}

#[test]
fn a_folder_of_an_earlier_version_opens_with_its_curves_or_without() {
    let folder = trained(&run_settings(ModelKind::Vae));
    age(folder.path());
    let run = RunFolder::new(folder.path());
    assert_eq!(run.open().unwrap().history, history(EPOCHS));
    let file = folder.path().join(METRICS_FILE);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, &text[..text.len() - 20]).unwrap();
    assert_eq!(run.open().unwrap().history, History::default());
    let said = run.history().unwrap_err().to_string();
    assert!(said.starts_with(&format!("{}, line 2: not a line that `train` wrote", file.display())), "{said}");
    fs::remove_file(&file).unwrap();
    assert_eq!(run.history().unwrap(), None);
    assert!(matches!(RunWriter::resume(folder.path()), Err(RunFolderError::Old { .. })));
}

#[test]
fn a_folder_without_weights_is_no_run() {
    let folder = TempDir::new().unwrap();
    let said = RunFolder::new(folder.path()).open().unwrap_err().to_string();
    assert!(said.starts_with(&format!("{} is not a trained run", folder.path().display())), "{said}");
    assert!(RunWriter::resume(folder.path()).is_err());
    assert!(files(folder.path()).is_empty());
}

#[test]
fn where_one_file_cannot_be_written_none_is_and_the_next_time_all_are() {
    for file in [MODEL_FILE, METRICS_FILE, RUN_FILE] {
        let folder = TempDir::new().unwrap();
        let in_the_way = folder.path().join(file);
        fs::create_dir(&in_the_way).unwrap();
        let mut writer = writer(folder.path());
        let said = writer.write(&fixed_checkpoint("bars"), Some(&metrics(1)), None).unwrap_err().to_string();
        assert!(said.contains(&in_the_way.display().to_string()), "{said}");
        assert_eq!(files(folder.path()), [".lock", file]);
        fs::remove_dir(&in_the_way).unwrap();
        writer.write(&fixed_checkpoint("bars"), Some(&metrics(2)), None).unwrap();
        assert_eq!(RunFolder::new(folder.path()).open().unwrap().history, history(2));
    }
}

#[test]
fn a_second_writer_is_refused_with_the_process_of_the_first_and_readers_are_not() {
    let folder = trained(&run_settings(ModelKind::Vae));
    let first = RunWriter::resume(folder.path()).unwrap();
    let resume = || RunWriter::resume(folder.path()).map(drop).map_err(|error| error.to_string());
    let again = || {
        let writer = RunWriter::create(folder.path(), started(&run_settings(ModelKind::Vae)), EPOCHS);
        writer.map(drop).map_err(|error| error.to_string())
    };
    for refused in [resume(), again()] {
        let said = refused.unwrap_err();
        assert!(said.contains(&format!("process {} is writing to it", std::process::id())), "{said}");
    }
    assert!(RunFolder::new(folder.path()).open().is_ok());
    drop(first);
    assert!(again().is_ok());
    assert_eq!(files(folder.path()), [METRICS_FILE, MODEL_FILE, RUN_FILE]);
}

#[test]
fn what_a_killed_writer_left_unfinished_is_cleared_and_nothing_else() {
    let folder = trained(&run_settings(ModelKind::Vae));
    for name in [".model.safetensors.a1B2c3.part", ".metrics.jsonl.xxxxxx.part", ".lock", ".strip.png.abcdef.part"] {
        fs::write(folder.path().join(name), b"half").unwrap();
    }
    drop(RunWriter::resume(folder.path()).unwrap());
    assert_eq!(files(folder.path()), [".strip.png.abcdef.part", METRICS_FILE, MODEL_FILE, RUN_FILE]);
}

#[test]
fn a_run_is_finished_only_under_its_whole_configuration() {
    let settings = with(ModelKind::Vae, |model| model.likelihood = Likelihood::Gaussian { c: 0.05, learned: false });
    let folder = trained(&settings);
    let run = RunFolder::new(folder.path());
    assert!(run.is_finished(&started(&settings), EPOCHS));
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
        assert!(!run.is_finished(&started(&other), EPOCHS), "{other:?}");
    }
    assert!(!run.is_finished(&started(&settings), EPOCHS + 1));
    assert!(!run.is_finished(&started(&settings), EPOCHS - 1));
}

#[test]
fn images_are_known_by_what_they_are_and_not_by_their_name() {
    let settings = run_settings(ModelKind::Vae);
    let folder = trained(&settings);
    let is_finished = |change: fn(&mut Dataset)| {
        let mut other = dataset();
        change(&mut other);
        RunFolder::new(folder.path()).is_finished(&Started::new(&settings, &other), EPOCHS)
    };
    assert!(is_finished(|set| set.source = "other bars".into()));
    assert!(!is_finished(|set| set.train.images[7] ^= 1));
    assert!(!is_finished(|set| set.test.images[7] ^= 1));
    assert!(!is_finished(|set| set.test.labels[7] ^= 1));
    assert!(!is_finished(|set| (set.train.shape.rows, set.train.shape.cols) = (4, 16)));
}

#[test]
fn a_learned_variance_is_known_by_where_it_began() {
    let from = |c: f64| with(ModelKind::Vae, |model| model.likelihood = Likelihood::Gaussian { c, learned: true });
    let folder = trained(&from(0.05));
    let is_finished = |settings: &RunSettings| RunFolder::new(folder.path()).is_finished(&started(settings), EPOCHS);
    assert!(is_finished(&from(0.05)) && !is_finished(&from(0.5)));
    age(folder.path());
    assert!(!is_finished(&from(0.05)), "a folder of an earlier version does not say where it began");
    assert!(RunFolder::new(folder.path()).open().is_ok(), "but it opens");
}
