//! The folder of a run that is being trained.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::EpochMetrics;
use super::run_folder::{Begun, METRICS_FILE, MODEL_FILE, RUN_FILE, Record, RunFolder, RunFolderError, Started};
use crate::config::DataSource;
use crate::files::{FolderLock, WriteError, clear_unfinished, make_folder, write_together, write_whole};
use crate::model::Checkpoint;

/// Holds the folder: another writer is refused.
#[derive(Debug)]
pub struct RunWriter {
    path: PathBuf,
    record: Record,
    /// What was measured, with how fast that was where it is known.
    lines: Vec<EpochMetrics>,
    _lock: FolderLock,
}

impl RunWriter {
    /// Makes the folder and finds out whether it can be written to. A run that is there already stays until the first state is
    /// written.
    pub fn create(path: &Path, started: Started, epochs: u64) -> Result<Self, RunFolderError> {
        let lock = take(path)?;
        let record = Record { started, epochs, metrics: Vec::new(), begun: None };
        Ok(Self { path: path.to_owned(), record, lines: Vec::new(), _lock: lock })
    }

    /// Goes on with the run of a folder, and gives its newest state. Copies that are not of this state, because a writer was
    /// killed or someone changed them, are written again.
    pub fn resume(path: &Path) -> Result<(Self, Checkpoint), RunFolderError> {
        let folder = RunFolder::new(path);
        // Says what is wrong with a folder that is none before anything is made there.
        folder.read()?;
        let path = folder.path().to_owned();
        let lock = take(&path)?;
        let (checkpoint, record) = folder.read()?;
        let record = record.ok_or_else(|| RunFolderError::Old { path: path.clone() })?;
        let known = folder.lines().ok().flatten().unwrap_or_default();
        let mut lines = record.metrics.clone();
        for (line, known) in lines.iter_mut().zip(known) {
            if (EpochMetrics { images_per_second: None, ..known }) == *line {
                *line = known;
            }
        }
        let writer = Self { path, record, lines, _lock: lock };
        writer.repair()?;
        Ok((writer, checkpoint))
    }

    pub fn record(&self) -> &Record {
        &self.record
    }

    /// How many epochs the run is to see in all, and what finds its images.
    pub fn plan(&mut self, epochs: u64, data: &DataSource) {
        self.record.epochs = epochs;
        self.record.started.data = data.clone();
    }

    /// Writes a state with what was measured up to there, all files whole: they are one generation. `ended` is what was measured
    /// of an epoch that has ended, which is remembered where writing fails; `begun`, of one that has not.
    pub fn write(
        &mut self,
        state: &Checkpoint,
        ended: Option<&EpochMetrics>,
        begun: Option<Begun>,
    ) -> Result<(), RunFolderError> {
        if let Some(epoch) = ended {
            self.lines.push(*epoch);
            self.record.metrics.push(EpochMetrics { images_per_second: None, ..*epoch });
        }
        self.record.begun = begun;
        let [model, metrics, run] = [MODEL_FILE, METRICS_FILE, RUN_FILE].map(|file| self.path.join(file));
        let failed = |error: &dyn std::fmt::Display| WriteError::new(&model, error);
        let attached = serde_json::to_value(&self.record).map_err(|error| failed(&error))?;
        let weights = state.serialized(Some(attached)).map_err(|error| failed(&error))?;
        let [lines, started] = self.copies().map_err(|error| failed(&error))?;
        // The first is what counts.
        write_together(&[
            (&model, &|file| weights.write(file)),
            (&metrics, &|file| file.write_all(lines.as_bytes())),
            (&run, &|file| file.write_all(started.as_bytes())),
        ])?;
        Ok(())
    }

    /// Writes the copies again that are not what they should be.
    fn repair(&self) -> Result<(), WriteError> {
        let copies = self.copies().map_err(|error| WriteError::new(&self.path, error))?;
        for (file, text) in [METRICS_FILE, RUN_FILE].map(|file| self.path.join(file)).iter().zip(copies) {
            if std::fs::read(file).ok().as_deref() != Some(text.as_bytes()) {
                write_whole(file, text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// What is measured and what the run was started with, as text.
    fn copies(&self) -> serde_json::Result<[String; 2]> {
        let mut lines = String::new();
        for line in &self.lines {
            lines.push_str(&serde_json::to_string(line)?);
            lines.push('\n');
        }
        Ok([lines, serde_json::to_string(&self.record.started)?])
    }
}

fn take(path: &Path) -> Result<FolderLock, WriteError> {
    make_folder(path)?;
    let lock = FolderLock::take(path)?;
    clear_unfinished(path, &[MODEL_FILE, METRICS_FILE, RUN_FILE]);
    Ok(lock)
}
