//! What goes over the lanes between a front end and the trainer thread: commands down, events and newest states up.

use std::sync::Arc;

use super::kept::{Kept, Origin};
use super::{RunId, SessionId};
use crate::config::{Beta, DataSource, Likelihood, PlaneChoice};
use crate::data::{Dataset, Split};
use crate::explore::Summary;
use crate::model::{Checkpoint, Codes, Places, Terms};
use crate::train::{History, Opened, RunSettings};

/// What the trainer thread can be asked for; taken between two steps.
#[derive(Clone, Debug)]
pub enum Command {
    /// Begin the session with new runs, paused.
    Start { data: DataSource, runs: Vec<RunSettings>, probe: usize },
    /// Begin the session with trained runs, paused.
    Resume { data: DataSource, runs: Vec<Opened>, probe: usize },
    /// Begin the session with the runs of an earlier one, paused, as if nothing had been between.
    Restore { kept: Arc<Kept> },
    /// Hand out what `Restore` needs.
    Save { number: u64 },
    /// Images that have been read already, for the next session that is to begin on them.
    Offer(Arc<Dataset>),
    /// Train, or pause.
    Train(bool),
    /// Take one step.
    Step,
    /// Add a run at step 0.
    Add(RunSettings),
    /// Add a run that goes on from where another one is, or from a state of its timeline.
    Fork { run: RunId, state: Option<Arc<LiveRun>> },
    /// Take a run away for good.
    Drop { run: RunId },
    /// A run's KL weights from the next step on.
    SetBeta { run: RunId, beta: Beta },
    /// A run's learning rate from the next step on.
    SetLearningRate { run: RunId, rate: f64 },
    /// A run's p(x|z) from the next step on.
    SetLikelihood { run: RunId, likelihood: Likelihood },
    /// The plane through a run's latent space that is shown.
    SetPlane { run: RunId, plane: PlaneChoice },
    /// Bytes that the states of all timelines may take, in this session and later ones.
    SetBudget(usize),
}

/// A command and the session it is meant for.
pub type Addressed = (SessionId, Command);

/// What must not be missed.
#[derive(Clone, Debug)]
pub enum Event {
    /// The session has begun.
    Started(Stage),
    /// The session could not begin; the one before it goes on.
    StartFailed { session: SessionId, reason: String },
    /// What was asked for by `Save`.
    Saved { number: u64, kept: Arc<Kept> },
    /// A run has stopped for good; the others go on.
    RunFailed { run: RunId, reason: String },
    /// A command could not be carried out, or a step could not be taken: training is paused.
    CommandFailed { session: SessionId, reason: String },
    /// The thread has ended; nothing more will come.
    Died(String),
}

/// What the runs of a session share.
#[derive(Clone, Debug)]
pub struct Stage {
    pub session: SessionId,
    pub dataset: Arc<Dataset>,
    /// The test images whose codes are streamed.
    pub probe: Arc<Split>,
}

/// The newest state of all runs.
#[derive(Clone, Debug)]
pub struct Live {
    pub session: SessionId,
    pub epoch: u64,
    pub step: u64,
    pub training: bool,
    /// Over all runs, while training.
    pub images_per_second: f64,
    pub runs: Vec<LiveRun>,
    /// The states that each of them has been in, oldest first.
    pub timelines: Vec<Arc<[LiveRun]>>,
}

/// A state of a run: the newest, or one of its timeline.
#[derive(Clone, Debug)]
pub struct LiveRun {
    pub id: RunId,
    /// Its place among all runs that its session has had, from 0.
    pub number: usize,
    pub origin: Option<Arc<Origin>>,
    pub checkpoint: Arc<Checkpoint>,
    /// Where the probe's images are in the plane, and their codes with all dimensions.
    pub codes: Arc<Places>,
    pub full: Arc<Codes>,
    pub summary: Summary,
    /// On training batches, a running mean.
    pub terms: Option<Terms>,
    pub history: Arc<History>,
}
