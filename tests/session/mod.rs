//! The session without a window: what a person does, what becomes of the document, what is sent to the engine. What the
//! engine says is made up here: an AE that puts image i at (i, 0) of its plane, and a VAE that puts it at (0, i).

pub mod archive;
mod asking;
mod cursor;
mod draft;
mod drawing;
mod opened;
mod panes;
mod path;
mod planes;
mod roster;
mod saved;
mod selection;
mod settings;
mod start;
mod timeline;
mod undo;

use std::sync::Arc;
use std::time::Duration;

use latent_explorer::config::ModelKind::{self, Ae, Vae};
use latent_explorer::data::Dataset;
use latent_explorer::engine::{Command, Event, Live, LiveRun, Origin, RunId, SessionId, Stage};
use latent_explorer::explore::Summary;
use latent_explorer::model::{Codes, Places};
use latent_explorer::session::{Action, Effect, PaneId, Preferences, Session, Setting, Settings, Start};

use crate::support::{CLASSES, dataset, fixed_checkpoint, split};

const DATA: &str = "bars";
/// In the probe, three of each class: 0, 1, 2, 0, 1, 2, …
const IMAGES: usize = 9;
const AE: RunId = RunId(0);
const VAE: RunId = RunId(1);
const FORK: RunId = RunId(2);

fn preferences() -> Preferences {
    let hidden = "16,8".to_owned();
    let settings = Settings { data: DATA.into(), hidden, probe: IMAGES, train_at_start: false, ..Settings::default() };
    Preferences { settings, ..Preferences::default() }
}

/// A session that has not heard from the engine, and what it has sent there.
fn fresh() -> (Session, Vec<Effect>) {
    Session::new(preferences(), Start::Fresh { data: None })
}

/// A session with an AE and a VAE at step 0, in a pane each.
fn started() -> Session {
    learnt(0)
}

/// The same after some steps.
fn learnt(steps: u64) -> Session {
    let (mut session, _) = fresh();
    begin(&mut session, 1, pair(0));
    hear(&mut session, 1, pair(steps));
    session
}

/// A session with an AE, a VAE and a fork of the VAE, which was made at step 5 and has taken some steps since.
fn forked(steps: u64) -> Session {
    let mut session = learnt(5);
    for step in [5, 5 + steps] {
        let mut runs = pair(step);
        runs.push(fork_of(&run(1, Vae, 5), step));
        hear(&mut session, 1, runs);
    }
    session
}

/// The engine has begun a session, which has these runs, on the data that are set.
fn begin(session: &mut Session, id: u64, runs: Vec<LiveRun>) {
    let dataset = Dataset { source: session.settings().data.clone(), ..dataset() };
    let stage = Stage { session: SessionId(id), dataset: Arc::new(dataset), probe: Arc::new(split(IMAGES)) };
    session.receive(Some(live(id, runs)), vec![Event::Started(stage)]);
}

/// The engine shows the state of the runs of a session.
fn hear(session: &mut Session, id: u64, runs: Vec<LiveRun>) {
    session.receive(Some(live(id, runs)), Vec::new());
}

fn live(session: u64, runs: Vec<LiveRun>) -> Live {
    Live {
        session: SessionId(session),
        epoch: 0,
        step: runs.iter().map(|run| run.checkpoint.progress.step).max().unwrap_or(0),
        training: false,
        images_per_second: 0.0,
        timelines: vec![Arc::default(); runs.len()],
        runs,
    }
}

/// The runs of the first session.
fn pair(step: u64) -> Vec<LiveRun> {
    vec![run(0, Ae, step), run(1, Vae, step)]
}

/// The runs of a second one.
fn other_pair(step: u64) -> Vec<LiveRun> {
    vec![run(2, Ae, step), run(3, Vae, step)]
}

fn run(id: u64, kind: ModelKind, step: u64) -> LiveRun {
    let mut checkpoint = fixed_checkpoint(DATA);
    checkpoint.model.spec.kind = kind;
    checkpoint.progress.step = step;
    let mu = |i: usize| if kind == Ae { [i as f32, 0.0] } else { [0.0, i as f32] };
    let logvar = (kind == Vae).then(|| vec![[-1.0, -2.0]; IMAGES]);
    let codes = Places { mu: (0..IMAGES).map(mu).collect(), logvar };
    LiveRun {
        id: RunId(id),
        number: id as usize,
        origin: None,
        checkpoint: Arc::new(checkpoint),
        summary: Summary::new(&codes, &split(IMAGES).labels, CLASSES),
        full: Arc::new(Codes { latent: 2, mu: codes.mu.as_flattened().to_vec(), logvar: None }),
        codes: Arc::new(codes),
        terms: None,
        history: Arc::default(),
    }
}

/// A fork of a run, at a step of its own.
fn fork_of(parent: &LiveRun, step: u64) -> LiveRun {
    let at = &parent.checkpoint.progress;
    let origin = Origin { run: parent.id, step: at.step, train: at.train.clone() };
    LiveRun { origin: Some(Arc::new(origin)), ..run(FORK.0, parent.checkpoint.model.kind, step) }
}

/// The pane at a place, counted from the left.
fn pane(session: &Session, place: usize) -> PaneId {
    session.panes()[place].id
}

/// The runs in the panes, from left to right.
fn shown(session: &Session) -> Vec<RunId> {
    session.panes().iter().map(|pane| pane.run).collect()
}

fn set(session: &mut Session, setting: Setting) -> Vec<Effect> {
    session.apply(Action::Set(setting))
}

/// Says that it is so late.
fn at(session: &mut Session, milliseconds: u64) -> Option<Duration> {
    session.tick(Duration::from_millis(milliseconds))
}

/// Checks what goes to the engine, each command with the session it is meant for. Commands cannot be compared, so what they
/// print is.
#[track_caller]
fn assert_sent(effects: &[Effect], expected: &[(u64, Command)]) {
    let send = |(id, command): &(u64, Command)| Effect::Send(SessionId(*id), command.clone());
    let expected: Vec<Effect> = expected.iter().map(send).collect();
    assert_eq!(format!("{effects:?}"), format!("{expected:?}"));
}
