//! What the runs of a session are between two steps, as plain data: what a file of the session holds, and what they go on from
//! bit for bit. The order of the images and the noise follow from seed and step.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::RunId;
use crate::config::{DataSource, PlaneChoice, TrainConfig};
use crate::model::{Checkpoint, Codes, Terms};
use crate::train::History;

#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What finds the images again, and the hash of them.
    pub data: DataSource,
    pub hash: String,
    /// Test images whose codes are streamed.
    pub probe: usize,
    /// Runs that there have been.
    pub entered: usize,
    pub runs: Vec<KeptRun>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct KeptRun {
    pub id: RunId,
    /// Its place among all runs that its session has had, from 0.
    pub number: usize,
    pub origin: Option<Arc<Origin>>,
    pub plane: PlaneChoice,
    /// Why it stopped, if it did.
    pub failure: Option<String>,
    pub newest: State,
    /// Those of its timeline, oldest first.
    pub states: Vec<State>,
}

/// Where a run was forked off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub run: RunId,
    pub step: u64,
    /// The settings of the other run at that step.
    pub train: TrainConfig,
}

/// A state of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// With its plane, and its moments unless the run has failed.
    pub checkpoint: Arc<Checkpoint>,
    /// Of the probe.
    pub codes: Arc<Codes>,
    /// On training batches, a running mean.
    pub terms: Option<Terms>,
    pub history: Arc<History>,
}

impl Kept {
    /// Steps of the run that is farthest.
    pub fn step(&self) -> u64 {
        self.runs.iter().map(|run| run.newest.checkpoint.progress.step).max().unwrap_or(0)
    }

    /// Epochs of the run that is farthest.
    pub fn epoch(&self) -> u64 {
        self.runs.iter().map(|run| run.newest.checkpoint.progress.epoch).max().unwrap_or(0)
    }
}
