//! What the trainer thread does: take commands, step, publish. An error or a panic is told, and the thread goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::ensure;
use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::kept::{Kept, Origin, State};
use super::messages::{Addressed, Command, Event, Live};
use super::runs::{Rate, RunIds, Runs};
use super::slot::Slot;
use super::threads::{Priority, panic_text, step_back};
use super::{RunId, SessionId};
use crate::config::{ConfigError, DataSource};
use crate::data::{self, Dataset};
use crate::model::{Checkpoint, Compute, Copies, ModelError, Team};
use crate::progress::{Cancelled, Progress};
use crate::train::{LockStep, Opened, Run};

/// Bytes for the timelines until it is said otherwise.
const BUDGET: usize = 256 << 20;

/// Runs until the other side of a lane is gone.
pub fn run(
    compute: Compute,
    commands: &Receiver<Addressed>,
    events: &Sender<Event>,
    live: &Slot<Live>,
    closing: &AtomicBool,
    wake: &dyn Fn(),
) {
    step_back(Priority::Trainer);
    let team = Team::with_start(compute.team.threads(), || step_back(Priority::Trainer));
    let compute = compute.with_team(team);
    let go_on = |_| if closing.load(Ordering::Acquire) { Err(Cancelled) } else { Ok(()) };
    let (progress, ids) = (&Progress::new(&go_on), RunIds::default());
    let mut trainer = Trainer {
        events,
        live,
        progress,
        wake,
        session: None,
        training: false,
        runs: None,
        offered: None,
        ids,
        budget: BUDGET.min(compute.memory.bytes()),
        compute,
    };
    while trainer.take_commands(commands).is_some() {
        if let Some(session) = trainer.session.filter(|_| trainer.training) {
            trainer.attempt(session, Trainer::step);
        }
    }
}

struct Trainer<'a> {
    events: &'a Sender<Event>,
    live: &'a Slot<Live>,
    /// Says no when the program closes; no one reads how far the work is.
    progress: &'a Progress<'a>,
    wake: &'a dyn Fn(),
    session: Option<SessionId>,
    training: bool,
    runs: Option<Runs>,
    /// Images that a front end has read.
    offered: Option<Arc<Dataset>>,
    ids: RunIds,
    /// Bytes for the timelines.
    budget: usize,
    compute: Compute,
}

impl Trainer<'_> {
    /// Takes all commands there are; waits for one while there is nothing to train. None when the thread is to end.
    fn take_commands(&mut self, commands: &Receiver<Addressed>) -> Option<()> {
        while !self.is_closing() {
            let (session, command) = if self.training {
                match commands.try_recv() {
                    Ok(command) => command,
                    Err(TryRecvError::Empty) => return Some(()),
                    Err(TryRecvError::Disconnected) => return None,
                }
            } else {
                commands.recv().ok()?
            };
            self.obey(session, command);
        }
        None
    }

    fn obey(&mut self, session: SessionId, command: Command) {
        let begins = matches!(command, Command::Start { .. } | Command::Resume { .. } | Command::Restore { .. });
        match command {
            Command::SetBudget(budget) => {
                self.budget = budget.min(self.compute.memory.bytes());
                if let Some(runs) = &mut self.runs {
                    runs.thin(self.budget);
                }
            }
            Command::Offer(dataset) => self.offered = Some(dataset),
            command if begins => {
                if let Err(reason) = caught(|| self.begin(session, command)) {
                    self.tell(Event::StartFailed { session, reason });
                }
            }
            command if self.session == Some(session) => self.attempt(session, |trainer| trainer.change(command)),
            _ => {}
        }
    }

    /// Does `work` on the runs of the session. If it fails or panics, that is told, training is paused, and runs that it
    /// was about to add are taken away again.
    fn attempt(&mut self, session: SessionId, work: impl FnOnce(&mut Self) -> anyhow::Result<()>) {
        let len = self.runs.as_ref().map_or(0, Runs::len);
        let Err(reason) = caught(|| work(self)) else { return };
        self.training = false;
        if let Some(runs) = &mut self.runs {
            runs.truncate(len.min(runs.len()));
        }
        if !self.is_closing() {
            self.tell(Event::CommandFailed { session, reason });
            // Publishing may be what failed; it has been told.
            let _ = caught(|| self.publish());
        }
    }

    /// Puts the runs of a new session in place of those there are.
    fn begin(&mut self, session: SessionId, command: Command) -> anyhow::Result<()> {
        let mut runs = match command {
            Command::Start { data, runs, probe } => {
                let dataset = self.dataset(&data)?;
                let lockstep = self.shown(dataset).and_new(&runs)?;
                Runs::new(session, lockstep, probe, &mut self.ids)
            }
            Command::Resume { data, runs, probe } => {
                let dataset = self.dataset(&data)?;
                runs.iter().try_for_each(|run| fits(&run.checkpoint, &dataset))?;
                let mut lockstep = self.shown(dataset).and_resumed(&runs)?;
                lockstep.evaluate_missing(self.progress)?;
                Runs::new(session, lockstep, probe, &mut self.ids)
            }
            Command::Restore { kept } => self.restore(session, &kept)?,
            _ => return Ok(()),
        };
        runs.keep_states(self.budget, self.progress)?;
        let (live, failures) = runs.snapshot(false, self.progress)?;
        let stage = runs.stage.clone();
        (self.session, self.training, self.runs) = (Some(session), false, Some(runs));
        self.tell(Event::Started(stage));
        self.hand_over(live, failures);
        Ok(())
    }

    /// Runs to come, which are shown.
    fn shown(&self, dataset: Arc<Dataset>) -> LockStep {
        LockStep::empty(dataset, self.compute.clone()).with_copies(Copies::SHOWN)
    }

    fn restore(&mut self, session: SessionId, kept: &Kept) -> anyhow::Result<Runs> {
        let dataset = self.dataset(&kept.data)?;
        ensure!(
            dataset.hash() == kept.hash,
            "the images of {} are not those that the session was trained on; put those back, then open it again",
            kept.data,
        );
        ensure!(kept.probe <= dataset.len(), "the session shows {} images, but {} has fewer", kept.probe, kept.data);
        let newest = kept.runs.iter().map(|run| &run.newest);
        newest.clone().try_for_each(|state| fits(&state.checkpoint, &dataset))?;
        let opened = |state: &State| Opened { checkpoint: state.checkpoint.clone(), history: (*state.history).clone() };
        let lockstep = self.shown(dataset).and_resumed(&newest.map(opened).collect::<Vec<_>>())?;
        Ok(Runs::restored(session, lockstep, kept, &mut self.ids))
    }

    fn change(&mut self, command: Command) -> anyhow::Result<()> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let trains = matches!(command, Command::Train(true) | Command::Step);
        ensure!(!trains || !runs.lockstep.is_frozen(), "{}", ConfigError::Frozen);
        match command {
            Command::Train(train) => {
                self.training = train && !runs.lockstep.is_over();
                runs.rate = Rate::new();
                self.publish()?;
            }
            Command::Step => {
                runs.publish_at = Instant::now();
                self.step()?;
            }
            Command::Add(settings) => {
                runs.lockstep.add(&settings)?;
                self.enter(None)?;
            }
            Command::Fork { run, state } => {
                let state = match (state, runs.position(run)) {
                    (Some(state), _) => state,
                    (None, Some(i)) => Arc::new(runs.whole_state(i, self.progress)?),
                    (None, None) => return Ok(()),
                };
                fits(&state.checkpoint, &runs.stage.dataset)?;
                runs.lockstep.fork(&state.checkpoint, (*state.history).clone())?;
                let at = &state.checkpoint.progress;
                self.enter(Some(Arc::new(Origin { run: state.id, step: at.step, train: at.train.clone() })))?;
            }
            Command::Drop { run } => {
                if let Some(i) = runs.position(run) {
                    runs.remove(i);
                }
                self.training &= !runs.lockstep.is_over();
                self.publish()?;
            }
            Command::SetBeta { run, beta } => {
                self.with(run, |run| run.trainer.set_beta(beta))?;
                self.publish_closed_form(run)?;
            }
            Command::SetLearningRate { run, rate } => {
                self.with(run, |run| {
                    run.trainer.set_learning_rate(rate);
                    Ok(())
                })?;
            }
            Command::SetPlane { run, plane } => {
                if let Some(i) = runs.position(run) {
                    runs.choose_plane(i, plane);
                }
                self.publish()?;
            }
            Command::SetLikelihood { run, likelihood } => {
                self.with(run, |run| run.trainer.set_likelihood(likelihood))?;
                self.publish_closed_form(run)?;
            }
            Command::Save { number } => {
                let kept = Arc::new(runs.kept()?);
                self.tell(Event::Saved { number, kept });
            }
            Command::Start { .. }
            | Command::Resume { .. }
            | Command::Restore { .. }
            | Command::SetBudget(_)
            | Command::Offer(_) => {}
        }
        Ok(())
    }

    fn with(&mut self, id: RunId, change: impl FnOnce(&mut Run) -> Result<(), ModelError>) -> Result<(), ModelError> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        runs.position(id).and_then(|i| runs.lockstep.runs.get_mut(i)).map_or(Ok(()), change)
    }

    /// A run whose parameters follow from its settings has changed with them, trained or not.
    fn publish_closed_form(&mut self, id: RunId) -> Result<(), ModelError> {
        let runs = self.runs.as_ref();
        let run = runs.and_then(|runs| runs.lockstep.runs.get(runs.position(id)?));
        match run.is_some_and(|run| run.trainer.model().config().is_closed_form()) {
            true => self.publish(),
            false => Ok(()),
        }
    }

    /// Makes known the run that has just been added.
    fn enter(&mut self, origin: Option<Arc<Origin>>) -> anyhow::Result<()> {
        if let Some(runs) = &mut self.runs {
            runs.enter(origin, &mut self.ids);
            runs.keep_states(self.budget, self.progress)?;
        }
        Ok(self.publish()?)
    }

    /// The images that were offered or those in use, if they are the ones that are asked for, or new ones.
    fn dataset(&mut self, source: &DataSource) -> Result<Arc<Dataset>, data::DataError> {
        if let Some(offered) = self.offered.take().filter(|offered| offered.source == *source) {
            return Ok(offered);
        }
        match &self.runs {
            Some(runs) if runs.stage.dataset.source == *source => Ok(runs.stage.dataset.clone()),
            _ => data::load(source, self.compute.memory, self.progress).map(|loaded| Arc::new(loaded.dataset)),
        }
    }

    fn step(&mut self) -> anyhow::Result<()> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let images = runs.lockstep.step();
        runs.rate.count(images);
        runs.lockstep.evaluate_ended(self.progress)?;
        let over = runs.lockstep.is_over();
        let publish = over || Instant::now() >= runs.publish_at || runs.news_of_failure();
        runs.keep_states(self.budget, self.progress)?;
        if over {
            self.training = false;
        }
        if publish {
            self.publish()?;
        }
        Ok(())
    }

    /// Shows the newest state to the other side.
    fn publish(&mut self) -> Result<(), ModelError> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let (live, failures) = runs.snapshot(self.training, self.progress)?;
        self.hand_over(live, failures);
        Ok(())
    }

    fn hand_over(&self, live: Live, failures: Vec<Event>) {
        failures.into_iter().for_each(|failure| self.tell(failure));
        self.live.put(live);
        (self.wake)();
    }

    fn tell(&self, event: Event) {
        // Fails only when no one listens any more, which the command lane notices.
        let _ = self.events.send(event);
        (self.wake)();
    }

    fn is_closing(&self) -> bool {
        self.progress.at(0.0).is_err()
    }
}

/// Whether a checkpoint's model takes the images of a data set.
fn fits(checkpoint: &Checkpoint, dataset: &Dataset) -> anyhow::Result<()> {
    let (model, images) = (&checkpoint.model, &dataset.train);
    ensure!(
        model.shape == images.shape,
        "the model takes images of {}, but those of {} are {}; open it on images of its size, by --data or as a data set above",
        model.shape,
        dataset.source,
        images.shape,
    );
    Ok(())
}

/// What went wrong in `work`, if it did, as a sentence.
fn caught<E: Into<anyhow::Error>>(work: impl FnOnce() -> Result<(), E>) -> Result<(), String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| format!("{:#}", error.into())),
        Err(panic) => Err(format!("the computation failed: {}", panic_text(&*panic))),
    }
}
