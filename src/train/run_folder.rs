//! The folder that a run is kept in: its weights, its metrics and the settings that it was started with. Prints nothing and
//! knows no command line.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{EpochMetrics, History, Opened, RunSettings};
use crate::config::{DataSource, Likelihood, ModelSpec};
use crate::data::Dataset;
use crate::files::{WriteError, make_folder, write_whole};
use crate::model::{Checkpoint, ModelError};

/// The weights after the last epoch, with their configuration.
pub const MODEL_FILE: &str = "model.safetensors";
/// What was measured, a line an epoch.
pub const METRICS_FILE: &str = "metrics.jsonl";
/// The settings that the run was started with. Folders of earlier versions have none.
pub const RUN_FILE: &str = "run.json";

/// The folder of a run, to be read.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    model: PathBuf,
}

/// What `run.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Started {
    data: DataSource,
    #[serde(flatten)]
    settings: RunSettings,
}

#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    #[error("{} is not a trained run: {error}", path.display())]
    NotARun { path: PathBuf, error: ModelError },
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{}, line {line}: not a line that `train` wrote ({error}); move the file away to open the run without its curves", path.display())]
    Metrics { path: PathBuf, line: usize, error: serde_json::Error },
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl RunFolder {
    /// The folder `path`, or the one with the weights `path`. Reads nothing yet.
    pub fn new(path: &Path) -> Self {
        if path.is_file() {
            let folder = path.parent().unwrap_or(Path::new(""));
            return Self { path: folder.to_owned(), model: path.to_owned() };
        }
        Self { path: path.to_owned(), model: path.join(MODEL_FILE) }
    }

    /// The weights and what was measured.
    pub fn open(&self) -> Result<Opened, RunFolderError> {
        let checkpoint = self.checkpoint()?;
        Ok(Opened { checkpoint: checkpoint.into(), history: self.history()?.unwrap_or_default() })
    }

    /// The weights after the last epoch.
    pub fn checkpoint(&self) -> Result<Checkpoint, RunFolderError> {
        Checkpoint::load(&self.model).map_err(|error| RunFolderError::NotARun { path: self.path.clone(), error })
    }

    /// What was measured after each epoch; `None` without a file of metrics.
    pub fn history(&self) -> Result<Option<History>, RunFolderError> {
        let path = self.path.join(METRICS_FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| RunFolderError::Read { path: path.clone(), error })?,
        };
        let mut history = History::default();
        for (i, line) in text.lines().enumerate() {
            let epoch: EpochMetrics = serde_json::from_str(line).map_err(|error| RunFolderError::Metrics {
                path: path.clone(),
                line: i + 1,
                error,
            })?;
            history.train.push(epoch.step, epoch.train);
            history.held_out.push(epoch.step, epoch.test);
        }
        Ok(Some(history))
    }

    /// Whether the run was started with these settings on these data and has seen so many epochs.
    pub fn is_finished(&self, settings: &RunSettings, dataset: &Dataset, epochs: u64) -> bool {
        let Ok(Checkpoint { model, progress, .. }) = self.checkpoint() else { return false };
        // A learned variance has moved: the weights tell only that there is one, and not where it began.
        let likelihood = match (settings.model.likelihood, model.likelihood) {
            (Likelihood::Gaussian { learned: true, .. }, Likelihood::Gaussian { learned: true, .. }) => {
                let started = Started { data: dataset.source.clone(), settings: settings.clone() };
                self.started().is_some_and(|known| known == started)
            }
            (asked, found) => asked == found,
        };
        likelihood
            && ModelSpec { likelihood: settings.model.likelihood, ..model.spec.clone() } == settings.model
            && model.shape == dataset.train.shape
            && progress.train == settings.train
            && progress.data == dataset.source
            && progress.epoch == epochs
    }

    fn started(&self) -> Option<Started> {
        serde_json::from_slice(&std::fs::read(self.path.join(RUN_FILE)).ok()?).ok()
    }
}

/// The folder of a run that is being trained.
#[derive(Debug)]
pub struct RunWriter {
    path: PathBuf,
    started: Started,
    metrics: String,
}

impl RunWriter {
    /// Makes the folder and finds out whether it can be written to. A run that is there already stays until the first epoch
    /// is written.
    pub fn create(path: &Path, settings: &RunSettings, data: &DataSource) -> Result<Self, RunFolderError> {
        make_folder(path)?;
        let started = Started { data: data.clone(), settings: settings.clone() };
        Ok(Self { path: path.to_owned(), started, metrics: String::new() })
    }

    /// Writes what was measured after an epoch, then its weights, each file whole: there are never weights of an epoch
    /// without its metrics, nor settings of a run beside the weights of another.
    pub fn write(&mut self, epoch: &EpochMetrics, checkpoint: &Checkpoint) -> Result<(), RunFolderError> {
        let [run, metrics, model] = [RUN_FILE, METRICS_FILE, MODEL_FILE].map(|file| self.path.join(file));
        let is_first = self.metrics.is_empty();
        if is_first && run.exists() {
            std::fs::remove_file(&run).map_err(|error| WriteError::new(&run, error))?;
        }
        self.metrics.push_str(&serde_json::to_string(epoch).map_err(|error| WriteError::new(&metrics, error))?);
        self.metrics.push('\n');
        write_whole(&metrics, self.metrics.as_bytes())?;
        checkpoint.save(&model)?;
        if is_first {
            let started = serde_json::to_string(&self.started).map_err(|error| WriteError::new(&run, error))?;
            write_whole(&run, started.as_bytes())?;
        }
        Ok(())
    }
}
