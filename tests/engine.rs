mod kept;
mod sessions;
mod threads;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use latent_explorer::config::ModelKind;
use latent_explorer::engine::{Command, Engine, Event, Live, RunId, SessionId, Slot, Stage};
use latent_explorer::model::Compute;
use latent_explorer::train::{LockStep, RunSettings};

use crate::support::{dataset_folder, run_settings, wait_for};
pub use threads::niceness;

/// An engine, and all it has said so far.
struct Listener {
    engine: Engine,
    live: Option<Live>,
    events: Vec<Event>,
    session: SessionId,
}

impl Listener {
    fn new() -> Self {
        Self::woken_by(|| ())
    }

    fn woken_by(wake: impl Fn() + Send + 'static) -> Self {
        let engine = Engine::spawn(Compute::cpu(2), wake).unwrap();
        Self { engine, live: None, events: Vec::new(), session: SessionId(0) }
    }

    /// To the session that was last begun.
    fn send(&mut self, command: Command) {
        self.engine.send(self.session, command);
    }

    fn begin(&mut self, command: Command) -> Stage {
        self.session.0 += 1;
        self.send(command);
        self.wait_for_event(|event, session| match event {
            Event::Started(stage) if stage.session == session => Some(stage.clone()),
            _ => None,
        })
    }

    fn start(&mut self, folder: &Path, runs: Vec<RunSettings>) -> Stage {
        self.begin(Command::Start { data: folder.display().to_string().into(), runs, probe: 40 })
    }

    fn wait<T>(&mut self, mut ready: impl FnMut(&Self) -> Option<T>) -> T {
        wait_for(|| {
            let (live, events) = self.engine.poll();
            self.live = live.or_else(|| self.live.take());
            self.events.extend(events);
            ready(self)
        })
    }

    fn wait_for_event<T>(&mut self, find: impl Fn(&Event, SessionId) -> Option<T>) -> T {
        self.wait(|listener| listener.events.iter().find_map(|event| find(event, listener.session)))
    }

    /// Why a command failed.
    fn wait_for_failure(&mut self) -> (SessionId, String) {
        self.wait_for_event(|event, _| match event {
            Event::CommandFailed { session, reason } => Some((*session, reason.clone())),
            _ => None,
        })
    }

    fn wait_for_step(&mut self, step: u64) -> Live {
        let reached = |live: &Live, session| live.session == session && live.step >= step;
        self.wait(|listener| listener.live.clone().filter(|live| reached(live, listener.session)))
    }
}

fn both() -> Vec<RunSettings> {
    vec![run_settings(ModelKind::Ae), run_settings(ModelKind::Vae)]
}

fn ids(live: &Live) -> Vec<u64> {
    live.runs.iter().map(|run| run.id.0).collect()
}

#[test]
fn a_started_session_shows_its_probe_before_the_first_step() {
    let folder = dataset_folder();
    let mut listener = Listener::new();
    let stage = listener.start(folder.path(), both());
    let live = listener.wait_for_step(0);
    assert_eq!((stage.probe.len(), live.step, live.session), (40, 0, stage.session));
    assert_eq!(live.runs[0].codes.mu.len(), 40);
    assert!(live.runs[0].codes.logvar.is_none() && live.runs[1].codes.logvar.is_some());
}

#[test]
fn a_step_is_one_step_of_both_runs() {
    let folder = dataset_folder();
    let mut listener = Listener::new();
    listener.start(folder.path(), both());
    listener.send(Command::Step);
    let live = listener.wait_for_step(1);
    assert_eq!(live.step, 1);
    assert!(!live.training);
    for run in &live.runs {
        assert_eq!(run.checkpoint.progress.step, 1);
        assert!(run.terms.is_some());
    }
}

#[test]
fn training_goes_on_until_it_is_paused() {
    let folder = dataset_folder();
    let mut listener = Listener::new();
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    let live = listener.wait_for_step(40);
    assert!(live.training);
    listener.send(Command::Train(false));
    let paused = listener.wait(|listener| listener.live.clone().filter(|live| !live.training));
    assert!(!paused.runs[0].history.held_out.points().is_empty(), "an epoch has ten steps");
    listener.send(Command::Step);
    assert_eq!(listener.wait_for_step(paused.step + 1).step, paused.step + 1);
}

#[test]
fn a_run_behind_a_window_has_the_bits_of_one_without() {
    let folder = dataset_folder();
    let mut listener = Listener::new();
    let stage = listener.start(folder.path(), both());
    for step in 1..=25 {
        listener.send(Command::Step);
        listener.wait_for_step(step);
    }
    let live = listener.wait_for_step(25);
    let mut alone = LockStep::new(stage.dataset, &[run_settings(ModelKind::Vae)], Compute::cpu(1)).unwrap();
    for _ in 0..25 {
        alone.step();
    }
    let parameters = alone.runs[0].trainer.model().parameters().unwrap();
    assert_eq!(*live.runs[1].checkpoint.parameters, parameters);
}

#[test]
fn beta_reaches_the_run_it_is_meant_for() {
    let folder = dataset_folder();
    let mut listener = Listener::new();
    listener.start(folder.path(), both());
    listener.send(Command::SetBeta { run: RunId(1), beta: 7.5.into() });
    listener.send(Command::Step);
    let live = listener.wait_for_step(1);
    assert_eq!(live.runs[1].checkpoint.progress.train.beta, 7.5);
    assert_eq!(live.runs[0].checkpoint.progress.train.beta, 1.0);
}

#[test]
fn a_run_that_diverges_is_reported_once_and_the_other_goes_on() {
    let folder = dataset_folder();
    let mut runs = both();
    runs[1].train.learning_rate = 1e20;
    let mut listener = Listener::new();
    listener.start(folder.path(), runs);
    listener.send(Command::Train(true));
    let live = listener.wait_for_step(60);
    let failures: Vec<_> =
        listener.events.iter().filter(|e| matches!(e, Event::RunFailed { run: RunId(1), .. })).collect();
    assert_eq!(failures.len(), 1, "{:?}", listener.events);
    assert!(live.training && live.runs[0].checkpoint.progress.step >= 60);
    assert!(live.runs[1].checkpoint.is_finite());
}

#[test]
fn the_newest_value_wins_in_a_slot() {
    let slot = Slot::default();
    slot.put(1);
    slot.put(2);
    assert_eq!(slot.take(), Some(2));
    assert_eq!(slot.take(), None);
}

#[test]
fn the_engine_wakes_its_listener() {
    let folder = dataset_folder();
    let wakes = Arc::new(AtomicUsize::new(0));
    let count = wakes.clone();
    let mut listener = Listener::woken_by(move || {
        count.fetch_add(1, Ordering::Relaxed);
    });
    listener.session = SessionId(1);
    listener.send(Command::Start { data: folder.path().display().to_string().into(), runs: both(), probe: 5 });
    wait_for(|| (wakes.load(Ordering::Relaxed) >= 2).then_some(()));
}

fn steps_of(live: &Live, run: usize) -> Vec<u64> {
    live.timelines[run].iter().map(|state| state.checkpoint.progress.step).collect()
}

#[test]
fn states_are_kept_densely_at_the_start_and_then_once_an_epoch() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    let live = listener.wait_for_step(45);
    // 300 images in batches of 32 are ten steps an epoch.
    let steps = steps_of(&live, 1);
    assert_eq!(steps[..9], [0, 1, 2, 4, 8, 10, 16, 20, 30], "{steps:?}");
}

#[test]
fn a_small_budget_thins_the_timelines_to_their_ends() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    listener.send(Command::SetBudget(0));
    listener.send(Command::Train(true));
    let live = listener.wait_for_step(45);
    for run in [0, 1] {
        let steps = steps_of(&live, run);
        assert!(steps.len() == 2 && steps[0] == 0 && steps[1] >= 40, "{steps:?}");
        assert!(live.timelines[run][0].checkpoint.moments.is_none());
    }
}

#[test]
fn a_budget_keeps_what_is_farthest_apart() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), vec![run_settings(ModelKind::Vae)]);
    listener.send(Command::Train(true));
    let state = listener.wait_for_step(1).timelines[0][0].clone();
    // Codes as places and with all of their dimensions.
    let (parameters, codes) = (state.checkpoint.parameters.len(), 2 * 4 * 40);
    let bytes = 4 * (3 * parameters + codes);
    listener.send(Command::SetBudget(5 * bytes));
    let thinned = |live: &Live| live.step >= 200 && live.timelines[0].len() <= 5;
    let live = listener.wait(|listener| listener.live.clone().filter(thinned));
    let steps = steps_of(&live, 0);
    assert!(steps.len() == 5 && steps[0] == 0 && steps[1] < 50, "{steps:?}");
}

#[test]
fn a_run_can_be_forked_now_or_then_added_and_dropped() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    let live = listener.wait_for_step(20);
    let then = live.timelines[1].iter().find(|state| state.checkpoint.progress.step == 16).unwrap().clone();
    listener.send(Command::Train(false));
    listener.send(Command::Fork { run: RunId(1), state: Some(Arc::new(then.clone())) });
    listener.send(Command::Fork { run: RunId(1), state: None });
    listener.send(Command::Add(run_settings(ModelKind::Ae)));
    listener.send(Command::Drop { run: RunId(0) });
    let live = listener.wait(|l| l.live.clone().filter(|live| live.runs.first().is_some_and(|run| run.id == RunId(1))));
    assert_eq!(ids(&live), [1, 2, 3, 4]);
    assert_eq!(live.runs[1].checkpoint.parameters, then.checkpoint.parameters);
    assert_eq!(live.runs[1].origin.as_ref().unwrap().step, 16);
    assert_eq!(live.runs[2].checkpoint.parameters, live.runs[0].checkpoint.parameters);
    assert_eq!(live.runs[3].checkpoint.progress.step, 0);
}
