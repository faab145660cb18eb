//! The folder that a run is kept in, to be read. The file of the weights holds all of the run: its settings, the images that it
//! learns, where its optimiser stands and what was measured, under one checksum. The other two files are copies of parts of
//! it, for people and other programs. Prints nothing and knows no command line.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{EpochMetrics, History, Opened, RunSettings};
use crate::config::DataSource;
use crate::data::Dataset;
use crate::files::WriteError;
use crate::model::{Checkpoint, ModelError, Terms};

/// The weights, with all that the run is.
pub const MODEL_FILE: &str = "model.safetensors";
/// What was measured, a line an epoch.
pub const METRICS_FILE: &str = "metrics.jsonl";
/// What the run was started with.
pub const RUN_FILE: &str = "run.json";

/// What a run was started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// What finds the images again.
    pub data: DataSource,
    /// What they are, as `Dataset::hash` has it.
    pub data_hash: String,
    #[serde(flatten)]
    pub settings: RunSettings,
}

impl Started {
    pub fn new(settings: &RunSettings, dataset: &Dataset) -> Self {
        Self { data: dataset.source.clone(), data_hash: dataset.hash(), settings: settings.clone() }
    }

    /// Whether a run that was started so is the same to the last bit: the name of the images does not matter.
    pub fn is_same(&self, other: &Self) -> bool {
        self.data_hash == other.data_hash && self.settings == other.settings
    }
}

/// An epoch that a run is in the midst of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// Steps of it that were taken.
    pub steps: u64,
    /// Their mean.
    pub train: Terms,
}

/// What is kept with the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub started: Started,
    /// Epochs that it is to see in all.
    pub epochs: u64,
    /// What was measured after each epoch, without how fast that was.
    pub metrics: Vec<EpochMetrics>,
    pub begun: Option<Begun>,
}

/// The folder of a run, to be read.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    model: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    #[error("{} is not a trained run: {error}", path.display())]
    NotARun { path: PathBuf, error: ModelError },
    #[error("{}: what its weights say of the run is not what `train` writes ({error})", path.display())]
    Record { path: PathBuf, error: serde_json::Error },
    #[error("{}: it was imported or an earlier version wrote it, and what a run needs to go on as it would have is not there; train another", path.display())]
    Old { path: PathBuf },
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{}, line {line}: not a line that `train` wrote ({error})", path.display())]
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

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is something in the place of a run, be it whole or damaged.
    pub fn is_taken(&self) -> bool {
        self.model.symlink_metadata().is_ok()
    }

    /// The weights and what was measured. Metrics of an earlier version that cannot be read are left out.
    pub fn open(&self) -> Result<Opened, RunFolderError> {
        let (checkpoint, record) = self.read()?;
        let history = match record {
            Some(record) => Some(record.history()),
            None => self.lines().ok().flatten().map(|lines| history(&lines)),
        };
        Ok(Opened { checkpoint: checkpoint.into(), history: history.unwrap_or_default() })
    }

    /// The newest weights.
    pub fn checkpoint(&self) -> Result<Checkpoint, RunFolderError> {
        Ok(self.read()?.0)
    }

    /// What was measured after each epoch; `None` where neither the weights nor a file of metrics say so.
    pub fn history(&self) -> Result<Option<History>, RunFolderError> {
        match self.read()?.1 {
            Some(record) => Ok(Some(record.history())),
            None => Ok(self.lines()?.map(|lines| history(&lines))),
        }
    }

    /// The newest state, and what was kept with it; that is missing in files of earlier versions.
    pub fn read(&self) -> Result<(Checkpoint, Option<Record>), RunFolderError> {
        let not_a_run = |error| RunFolderError::NotARun { path: self.path.clone(), error };
        let (checkpoint, attached) = Checkpoint::load_with(&self.model).map_err(not_a_run)?;
        let record = attached.map(serde_json::from_value).transpose();
        Ok((checkpoint, record.map_err(|error| RunFolderError::Record { path: self.model.clone(), error })?))
    }

    /// A state from which a run that was started so goes on, or that is its last.
    pub fn same(&self, started: &Started) -> Option<(Checkpoint, Record)> {
        let (checkpoint, record) = self.read().ok()?;
        record.filter(|record| record.started.is_same(started)).map(|record| (checkpoint, record))
    }

    /// Whether the run was started so and has seen so many epochs, no more and no less.
    pub fn is_finished(&self, started: &Started, epochs: u64) -> bool {
        self.same(started).is_some_and(|(checkpoint, record)| {
            checkpoint.progress.epoch == epochs && record.begun.is_none() && record.metrics.len() as u64 == epochs
        })
    }

    /// The lines of the file of metrics, if there is one.
    pub(super) fn lines(&self) -> Result<Option<Vec<EpochMetrics>>, RunFolderError> {
        let path = self.path.join(METRICS_FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| RunFolderError::Read { path: path.clone(), error })?,
        };
        let line = |(i, line)| {
            let wrong = |error| RunFolderError::Metrics { path: path.clone(), line: i + 1, error };
            serde_json::from_str(line).map_err(wrong)
        };
        text.lines().enumerate().map(line).collect::<Result<_, _>>().map(Some)
    }
}

impl Record {
    fn history(&self) -> History {
        history(&self.metrics)
    }
}

fn history(lines: &[EpochMetrics]) -> History {
    let mut history = History::default();
    for epoch in lines {
        history.train.push(epoch.step, epoch.train);
        history.held_out.push(epoch.step, epoch.test);
    }
    history
}
