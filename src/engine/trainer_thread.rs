//! What the trainer thread does: take commands, step, publish.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvError, Sender, TryRecvError};

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

use super::{Command, Event, Live, LiveRun, Slot, Stage};
use crate::data::{self, Dataset};
use crate::explore::Summary;
use crate::model::{Codes, Compute, ModelError};
use crate::train::LockStep;

/// At most twenty states a second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Publishing may take a quarter of the time at most: it pauses for three times as long as it took.
const PAUSE_FACTOR: u32 = 3;
/// The rate is measured over at least this long.
const RATE_WINDOW: Duration = Duration::from_millis(500);

/// From 0 to 99, half being normal: what draws comes first, and training takes all that it leaves.
const PRIORITY: u8 = 25;

/// Runs until the other side of a lane is gone.
pub fn run(compute: Compute, commands: &Receiver<Command>, events: &Sender<Event>, live: &Slot<Live>, wake: &dyn Fn()) {
    // Where the system refuses, training is as important as drawing: slower to look at, no more. The team's threads
    // inherit it.
    if let Ok(priority) = ThreadPriorityValue::try_from(PRIORITY) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(priority));
    }
    let mut worker = Worker { events, live, wake, session: 0, training: false, runs: None, compute };
    while worker.take_commands(commands).is_ok() {
        if worker.training
            && let Err(error) = worker.step()
        {
            worker.training = false;
            worker.tell(Event::CommandFailed(error.to_string()));
        }
    }
}

struct Worker<'a> {
    events: &'a Sender<Event>,
    live: &'a Slot<Live>,
    wake: &'a dyn Fn(),
    session: u64,
    training: bool,
    runs: Option<Runs>,
    compute: Compute,
}

struct Runs {
    lockstep: LockStep,
    stage: Stage,
    /// The probe's images as numbers.
    probe: Vec<f32>,
    /// Codes and summary of each run when it was last well.
    seen: Vec<(Arc<Codes>, Summary)>,
    reported: Vec<bool>,
    publish_at: Instant,
    rate: Rate,
}

struct Rate {
    since: Instant,
    images: usize,
    per_second: f64,
}

impl Worker<'_> {
    /// Takes all commands there are; waits for one while there is nothing to train.
    fn take_commands(&mut self, commands: &Receiver<Command>) -> Result<(), RecvError> {
        loop {
            let command = if self.training {
                match commands.try_recv() {
                    Ok(command) => command,
                    Err(TryRecvError::Empty) => return Ok(()),
                    Err(TryRecvError::Disconnected) => return Err(RecvError),
                }
            } else {
                commands.recv()?
            };
            if let Err(error) = self.obey(command) {
                self.tell(Event::CommandFailed(error.to_string()));
            }
        }
    }

    fn obey(&mut self, command: Command) -> anyhow::Result<()> {
        match command {
            Command::Start { data, runs, probe } => {
                let dataset = self.dataset(&data)?;
                let lockstep = LockStep::new(dataset, &runs, self.compute.clone())?;
                self.stage(lockstep, probe)?;
            }
            Command::Resume { data, checkpoints, probe } => {
                let dataset = self.dataset(&data)?;
                let mut lockstep = LockStep::resume(dataset, &checkpoints, self.compute.clone())?;
                lockstep.evaluate()?;
                self.stage(lockstep, probe)?;
            }
            Command::Train(train) => {
                self.training = train && self.runs.as_ref().is_some_and(|runs| !runs.lockstep.is_over());
                if let Some(runs) = &mut self.runs {
                    runs.rate = Rate::new();
                }
                self.publish()?;
            }
            Command::Step => {
                if let Some(runs) = &mut self.runs {
                    runs.publish_at = Instant::now();
                    self.step()?;
                }
            }
            Command::SetBeta { run, beta } => {
                if let Some(run) = self.runs.as_mut().and_then(|runs| runs.lockstep.runs.get_mut(run)) {
                    run.trainer.set_beta(beta);
                }
            }
            Command::SetLearningRate(rate) => {
                for run in self.runs.iter_mut().flat_map(|runs| &mut runs.lockstep.runs) {
                    run.trainer.set_learning_rate(rate);
                }
            }
        }
        Ok(())
    }

    /// The data set in use, if it is the one that is asked for, or a new one.
    fn dataset(&self, name: &str) -> Result<Arc<Dataset>, data::DataError> {
        match &self.runs {
            Some(runs) if runs.stage.dataset.name == name => Ok(runs.stage.dataset.clone()),
            _ => data::load(name).map(Arc::new),
        }
    }

    fn stage(&mut self, lockstep: LockStep, probe: usize) -> Result<(), ModelError> {
        self.session += 1;
        let dataset = lockstep.dataset.clone();
        let probe = Arc::new(dataset.probe(probe));
        let stage = Stage { session: self.session, dataset, probe };
        self.runs = Some(Runs {
            probe: stage.probe.gather(0..stage.probe.len()),
            seen: vec![Default::default(); lockstep.runs.len()],
            reported: vec![false; lockstep.runs.len()],
            publish_at: Instant::now(),
            rate: Rate::new(),
            stage: stage.clone(),
            lockstep,
        });
        self.tell(Event::Started(stage));
        self.publish()
    }

    fn step(&mut self) -> Result<(), ModelError> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let images = runs.lockstep.step();
        runs.rate.count(images);
        if runs.lockstep.at_epoch_start() {
            runs.lockstep.evaluate()?;
        }
        let over = runs.lockstep.is_over();
        if over {
            self.training = false;
        }
        if over || Instant::now() >= runs.publish_at || runs.news_of_failure() {
            self.publish()?;
        }
        Ok(())
    }

    /// Copies what the other side may see: weights, codes of the probe, terms, curves; reports runs that have failed.
    fn publish(&mut self) -> Result<(), ModelError> {
        let start = Instant::now();
        let Some(runs) = &mut self.runs else { return Ok(()) };
        runs.lockstep.checkpoint()?;
        let classes = runs.stage.dataset.class_names.len();
        let mut failures = Vec::new();
        for (i, run) in runs.lockstep.runs.iter().enumerate() {
            let well = run.failure.is_none();
            if well || runs.seen[i].0.mu.is_empty() {
                let codes = run.trainer.model().encode_images(&runs.probe)?;
                let summary = Summary::new(&codes, &runs.stage.probe.labels, classes);
                runs.seen[i] = (Arc::new(codes), summary);
            }
            if let (Some(reason), false) = (&run.failure, runs.reported[i]) {
                runs.reported[i] = true;
                failures.push(Event::RunFailed { run: i, reason: reason.clone() });
            }
        }
        let live_runs = runs.lockstep.runs.iter().zip(&runs.seen).map(|(run, (codes, summary))| LiveRun {
            checkpoint: run.last_good.clone(),
            codes: codes.clone(),
            summary: summary.clone(),
            terms: run.recent,
            history: Arc::new(run.history.clone()),
        });
        let live = Live {
            session: self.session,
            epoch: runs.lockstep.epoch(),
            step: runs.lockstep.runs.iter().map(|run| run.trainer.steps()).max().unwrap_or(0),
            training: self.training,
            images_per_second: runs.rate.per_second,
            runs: live_runs.collect(),
        };
        runs.publish_at = Instant::now() + SHORTEST_PAUSE.max(start.elapsed() * PAUSE_FACTOR);
        for failure in failures {
            self.tell(failure);
        }
        self.live.put(live);
        (self.wake)();
        Ok(())
    }

    fn tell(&self, event: Event) {
        // Fails only when no one listens any more, which the command lane notices.
        let _ = self.events.send(event);
        (self.wake)();
    }
}

impl Runs {
    fn news_of_failure(&self) -> bool {
        self.lockstep.runs.iter().zip(&self.reported).any(|(run, reported)| run.failure.is_some() && !reported)
    }
}

impl Rate {
    fn new() -> Self {
        Self { since: Instant::now(), images: 0, per_second: 0.0 }
    }

    fn count(&mut self, images: usize) {
        self.images += images;
        let elapsed = self.since.elapsed();
        if elapsed >= RATE_WINDOW {
            *self = Self { since: Instant::now(), images: 0, per_second: self.images as f64 / elapsed.as_secs_f64() };
        }
    }
}
