//! The threads: one that owns the runs and trains them, one that decodes pictures for the screen. Commands go down,
//! events come up; each is told how to wake whoever listens and does not know that it is a screen. No mathematics here.

mod decoder;
mod errands;
mod timeline;
mod trainer_thread;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::config::{Likelihood, TrainConfig};
use crate::data::{Dataset, Split};
use crate::explore::Summary;
use crate::model::{Checkpoint, Codes, Compute, Terms};
use crate::train::{History, RunSettings};
pub use decoder::{Ask, Decoder, Reply};
pub use errands::{Errand, Errands};
pub use timeline::{Timeline, thin};

/// Commands waiting and events waiting; more wait on the sender's side.
const LANE: usize = 64;

/// What the trainer thread can be asked for; taken between two steps.
#[derive(Clone, Debug)]
pub enum Command {
    /// Load the data and put new runs in place of those there are.
    Start { data: String, runs: Vec<RunSettings>, probe: usize },
    /// Put trained runs in place of those there are.
    Resume { data: String, checkpoints: Vec<Arc<Checkpoint>>, probe: usize },
    /// Train, or pause.
    Train(bool),
    /// Take one step.
    Step,
    /// Add a run at step 0.
    Add(RunSettings),
    /// Add a run that goes on from where another one is, or from a state of its timeline.
    Fork { run: u64, state: Option<Box<LiveRun>> },
    /// Take a run away for good.
    Drop { run: u64 },
    /// A run's KL weight from the next step on.
    SetBeta { run: u64, beta: f64 },
    /// A run's learning rate from the next step on.
    SetLearningRate { run: u64, rate: f64 },
    /// A run's p(x|z) from the next step on.
    SetLikelihood { run: u64, likelihood: Likelihood },
    /// Bytes that the states of all timelines may take.
    SetBudget(usize),
}

/// What must not be missed.
#[derive(Clone, Debug)]
pub enum Event {
    /// New runs are in place.
    Started(Stage),
    /// A run has stopped for good; the others go on.
    RunFailed { run: u64, reason: String },
    /// A command could not be carried out; what was there before still is.
    CommandFailed(String),
    /// The thread has ended; nothing more will come.
    Died(String),
}

/// What the runs of a session share.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Counts the starts; what belongs to an earlier one carries a smaller number.
    pub session: u64,
    pub dataset: Arc<Dataset>,
    /// The test images whose codes are streamed.
    pub probe: Arc<Split>,
}

/// The newest state of all runs.
#[derive(Clone, Debug)]
pub struct Live {
    pub session: u64,
    pub epoch: u64,
    pub step: u64,
    pub training: bool,
    /// Over all runs, while training.
    pub images_per_second: f64,
    pub runs: Vec<LiveRun>,
    /// The states that each of them has been in, oldest first.
    pub timelines: Vec<Arc<[LiveRun]>>,
}

/// Where a run was forked off.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    pub run: u64,
    pub step: u64,
    /// The settings of the other run at that step.
    pub train: TrainConfig,
}

/// A state of a run: the newest, or one of its timeline.
#[derive(Clone, Debug)]
pub struct LiveRun {
    /// Counts the runs of a session; no two have the same.
    pub id: u64,
    pub origin: Option<Arc<Origin>>,
    pub checkpoint: Arc<Checkpoint>,
    /// Of the probe's images.
    pub codes: Arc<Codes>,
    pub summary: Summary,
    /// On training batches, a running mean.
    pub terms: Option<Terms>,
    pub history: Arc<History>,
}

/// A lane of one place where the newest value wins.
#[derive(Debug)]
pub struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Slot<T> {
    pub fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The trainer thread, seen from outside. Dropping it ends the thread.
pub struct Engine {
    lanes: Option<(Sender<Command>, Receiver<Event>)>,
    live: Arc<Slot<Live>>,
    waiting: VecDeque<Command>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread; it calls `wake` after it has put something into a lane.
    pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (command_sender, commands) = bounded(LANE);
        let (events, event_receiver) = bounded(LANE);
        let live = Arc::new(Slot::default());
        let slot = live.clone();
        let thread = Builder::new().name("trainer".to_owned()).spawn(move || {
            let run = || trainer_thread::run(compute, &commands, &events, &slot, &wake);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
                let what = panic.downcast_ref::<String>().map(String::as_str);
                let what = what.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown reason");
                // No one is left to tell when this fails.
                let _ = events.send(Event::Died(format!("the training thread ended: {what}; restart the program")));
                wake();
            }
        })?;
        let lanes = Some((command_sender, event_receiver));
        Ok(Self { lanes, live, waiting: VecDeque::new(), thread: Some(thread) })
    }

    /// Never waits: a command that finds the lane full is sent at the next `send` or `poll`.
    pub fn send(&mut self, command: Command) {
        self.waiting.push_back(command);
        self.flush();
    }

    /// The newest state, if there is one since the last call, and all events since then.
    pub fn poll(&mut self) -> (Option<Live>, Vec<Event>) {
        self.flush();
        // In this order: the `Started` of a state is sent before it, so it is among the events.
        let live = self.live.take();
        let events = self.lanes.as_ref().map(|(_, events)| events.try_iter().collect()).unwrap_or_default();
        (live, events)
    }

    fn flush(&mut self) {
        let Some((commands, _)) = &self.lanes else { return };
        while let Some(command) = self.waiting.pop_front() {
            if let Err(TrySendError::Full(command)) = commands.try_send(command) {
                self.waiting.push_front(command);
                return;
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Without its lanes the thread stops at the next step.
        self.lanes = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been reported as an event.
            let _ = thread.join();
        }
    }
}
