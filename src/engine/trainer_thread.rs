//! What the trainer thread does: take commands, step, publish.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvError, Sender, TryRecvError};

use super::errands::step_back;
use super::timeline::{Timeline, thin};
use super::{Command, Event, Live, LiveRun, Origin, Slot, Stage};
use crate::data::{self, Dataset};
use crate::explore::Summary;
use crate::model::{Checkpoint, Codes, Compute, ModelError, Progress};
use crate::train::{LockStep, Run};

/// At most twenty states a second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Publishing may take a quarter of the time at most: it pauses for three times as long as it took.
const PAUSE_FACTOR: u32 = 3;
/// The rate is measured over at least this long.
const RATE_WINDOW: Duration = Duration::from_millis(500);

/// Bytes for the timelines until it is said otherwise.
const BUDGET: usize = 256 << 20;

/// From 0 to 99, half being normal: what draws comes first, and training takes all that it leaves.
const PRIORITY: u8 = 25;

/// Runs until the other side of a lane is gone.
pub fn run(compute: Compute, commands: &Receiver<Command>, events: &Sender<Event>, live: &Slot<Live>, wake: &dyn Fn()) {
    // The team's threads inherit it.
    step_back(PRIORITY);
    let mut worker = Worker { events, live, wake, session: 0, training: false, runs: None, budget: BUDGET, compute };
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
    /// Bytes for the timelines.
    budget: usize,
    compute: Compute,
}

struct Runs {
    lockstep: LockStep,
    /// Of each run in `lockstep`.
    known: Vec<Known>,
    timelines: Vec<Timeline>,
    next_id: u64,
    stage: Stage,
    /// The probe's images as numbers.
    probe: Vec<f32>,
    publish_at: Instant,
    rate: Rate,
}

/// What is known of a run besides what it learns with.
struct Known {
    id: u64,
    origin: Option<Arc<Origin>>,
    /// Codes and summary when it was last well.
    seen: (Arc<Codes>, Summary),
    failure_reported: bool,
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
            Command::Add(settings) => {
                let Some(runs) = &mut self.runs else { return Ok(()) };
                runs.lockstep.add(&settings)?;
                runs.enter(None);
                self.keep_states()?;
                self.publish()?;
            }
            Command::Fork { run, state } => {
                let Some(runs) = &mut self.runs else { return Ok(()) };
                let state = match (state, runs.known.iter().position(|known| known.id == run)) {
                    (Some(state), _) => *state,
                    (None, Some(i)) => runs.whole_state(i)?,
                    (None, None) => return Ok(()),
                };
                runs.lockstep.fork(&state.checkpoint, (*state.history).clone())?;
                let Progress { step, train, .. } = state.checkpoint.progress.clone();
                runs.enter(Some(Arc::new(Origin { run: state.id, step, train })));
                self.keep_states()?;
                self.publish()?;
            }
            Command::Drop { run } => {
                let Some(runs) = &mut self.runs else { return Ok(()) };
                if let Some(i) = runs.known.iter().position(|known| known.id == run) {
                    runs.lockstep.runs.remove(i);
                    runs.known.remove(i);
                    runs.timelines.remove(i);
                }
                self.training &= !runs.lockstep.is_over();
                self.publish()?;
            }
            Command::SetBeta { run, beta } => {
                if let Some(run) = self.run(run) {
                    run.trainer.set_beta(beta);
                }
            }
            Command::SetLearningRate { run, rate } => {
                if let Some(run) = self.run(run) {
                    run.trainer.set_learning_rate(rate);
                }
            }
            Command::SetLikelihood { run, likelihood } => {
                if let Some(run) = self.run(run) {
                    run.trainer.set_likelihood(likelihood);
                }
            }
            Command::SetBudget(budget) => {
                self.budget = budget;
                if let Some(runs) = &mut self.runs {
                    thin(&mut runs.timelines, budget);
                }
            }
        }
        Ok(())
    }

    fn run(&mut self, id: u64) -> Option<&mut Run> {
        let runs = self.runs.as_mut()?;
        let i = runs.known.iter().position(|known| known.id == id)?;
        runs.lockstep.runs.get_mut(i)
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
        let mut runs = Runs {
            probe: stage.probe.gather(0..stage.probe.len()),
            known: Vec::new(),
            timelines: Vec::new(),
            next_id: 0,
            publish_at: Instant::now(),
            rate: Rate::new(),
            stage: stage.clone(),
            lockstep,
        };
        (0..runs.lockstep.runs.len()).for_each(|_| runs.enter(None));
        self.runs = Some(runs);
        self.tell(Event::Started(stage));
        self.keep_states()?;
        self.publish()
    }

    fn step(&mut self) -> Result<(), ModelError> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let images = runs.lockstep.step();
        runs.rate.count(images);
        runs.lockstep.evaluate_ended()?;
        let over = runs.lockstep.is_over();
        if over {
            self.training = false;
        }
        let publish = over || Instant::now() >= runs.publish_at || runs.news_of_failure();
        self.keep_states()?;
        if publish {
            self.publish()?;
        }
        Ok(())
    }

    /// Keeps the states that are due in their timelines.
    fn keep_states(&mut self) -> Result<(), ModelError> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let due = |(run, timeline): (&Run, &Timeline)| {
            run.failure.is_none() && timeline.is_due(run.trainer.steps(), run.at_epoch_start())
        };
        let due: Vec<bool> = runs.lockstep.runs.iter().zip(&runs.timelines).map(due).collect();
        if !due.contains(&true) {
            return Ok(());
        }
        for (i, _) in due.iter().enumerate().filter(|(_, due)| **due) {
            let state = runs.whole_state(i)?;
            if state.checkpoint.is_finite() {
                runs.timelines[i].push(state);
            }
        }
        thin(&mut runs.timelines, self.budget);
        Ok(())
    }

    /// Copies what the other side may see: weights, codes of the probe, terms, curves; reports runs that have failed.
    fn publish(&mut self) -> Result<(), ModelError> {
        let start = Instant::now();
        let Some(runs) = &mut self.runs else { return Ok(()) };
        runs.lockstep.checkpoint()?;
        let mut failures = Vec::new();
        for i in 0..runs.lockstep.runs.len() {
            let failure = runs.lockstep.runs[i].failure.clone();
            if failure.is_none() || runs.known[i].seen.0.mu.is_empty() {
                runs.look(i)?;
            }
            if let (Some(reason), false) = (failure, runs.known[i].failure_reported) {
                runs.known[i].failure_reported = true;
                failures.push(Event::RunFailed { run: runs.known[i].id, reason });
            }
        }
        let live_runs = (0..runs.known.len()).map(|i| runs.state(i, runs.lockstep.runs[i].last_good.clone()));
        let live = Live {
            session: self.session,
            epoch: runs.lockstep.epoch(),
            step: runs.lockstep.runs.iter().map(|run| run.trainer.steps()).max().unwrap_or(0),
            training: self.training,
            images_per_second: runs.rate.per_second,
            runs: live_runs.collect(),
            timelines: runs.timelines.iter().map(|timeline| timeline.states().into()).collect(),
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
    /// Makes the newest run of `lockstep` known.
    fn enter(&mut self, origin: Option<Arc<Origin>>) {
        self.known.push(Known { id: self.next_id, origin, seen: Default::default(), failure_reported: false });
        self.timelines.push(Timeline::default());
        self.next_id += 1;
    }

    /// Encodes the probe with a run's weights.
    fn look(&mut self, i: usize) -> Result<(), ModelError> {
        let codes = self.lockstep.runs[i].trainer.model().encode_images(&self.probe)?;
        let summary = Summary::new(&codes, &self.stage.probe.labels, self.stage.dataset.class_names.len());
        self.known[i].seen = (Arc::new(codes), summary);
        Ok(())
    }

    /// What may be seen of a run: `checkpoint`, and the codes that were last looked at.
    fn state(&self, i: usize, checkpoint: Arc<Checkpoint>) -> LiveRun {
        let (run, Known { id, origin, seen: (codes, summary), .. }) = (&self.lockstep.runs[i], &self.known[i]);
        LiveRun {
            id: *id,
            origin: origin.clone(),
            checkpoint,
            codes: codes.clone(),
            summary: summary.clone(),
            terms: run.recent,
            history: Arc::new(run.history.clone()),
        }
    }

    /// All that a run is, with what its optimiser needs to go on.
    fn whole_state(&mut self, i: usize) -> Result<LiveRun, ModelError> {
        self.look(i)?;
        let run = &self.lockstep.runs[i];
        let mut checkpoint = run.trainer.checkpoint(run.epoch(), &self.stage.dataset.name)?;
        checkpoint.moments = Some(Arc::new(run.trainer.moments()?));
        Ok(self.state(i, Arc::new(checkpoint)))
    }

    fn news_of_failure(&self) -> bool {
        self.lockstep.runs.iter().zip(&self.known).any(|(run, known)| run.failure.is_some() && !known.failure_reported)
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
