//! Which session and which run a command or an event is about, and what a session begins with.

use std::path::Path;
use std::sync::Arc;

use latent_explorer::config::ModelKind;
use latent_explorer::engine::{Command, Event, LiveRun, RunId, SessionId};
use latent_explorer::model::{Checkpoint, Terms};
use latent_explorer::train::History;
use latent_explorer::train::Opened;

use super::{Listener, both, ids};
use crate::support::{dataset_folder, fixed_checkpoint, run_settings};

#[test]
fn a_failed_start_says_why_and_leaves_the_old_session_trainable() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    listener.wait_for_step(5);
    let failed = SessionId(99);
    listener.engine.send(failed, Command::Start { data: "/nowhere".into(), runs: both(), probe: 40 });
    listener.engine.send(failed, Command::Train(false));
    let reason = listener.wait_for_event(|event, _| match event {
        Event::StartFailed { session, reason } if *session == failed => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.contains("/nowhere"), "{reason}");
    let step = listener.live.as_ref().unwrap().step;
    assert!(listener.wait_for_step(step + 5).training);
}

#[test]
fn a_command_for_another_session_is_dropped() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    listener.start(folder.path(), both());
    for other in [SessionId(1), SessionId(3)] {
        listener.engine.send(other, Command::Train(true));
        listener.engine.send(other, Command::Step);
        listener.engine.send(other, Command::Drop { run: RunId(2) });
        listener.engine.send(other, Command::SetBeta { run: RunId(3), beta: 5.0.into() });
    }
    listener.send(Command::Step);
    let live = listener.wait_for_step(1);
    assert_eq!((live.step, live.training, ids(&live)), (1, false, vec![2, 3]));
    assert_eq!(live.runs[1].checkpoint.progress.train.beta, 1.0);
    assert!(!listener.events.iter().any(|event| matches!(event, Event::CommandFailed { .. })));
}

#[test]
fn the_front_end_names_the_sessions() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.session = SessionId(41);
    assert_eq!(listener.start(folder.path(), both()).session, SessionId(42));
    assert_eq!(listener.wait_for_step(0).session, SessionId(42));
}

#[test]
fn a_restart_is_paused_until_it_is_told_to_train() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    listener.wait_for_step(5);
    listener.start(folder.path(), both());
    listener.send(Command::Step);
    let live = listener.wait_for_step(1);
    assert_eq!((live.step, live.training), (1, false));
}

#[test]
fn run_ids_never_return_but_numbers_begin_again_with_each_session() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    assert_eq!(ids(&listener.wait_for_step(0)), [0, 1]);
    listener.start(folder.path(), both());
    let live = listener.wait_for_step(0);
    assert_eq!(ids(&live), [2, 3]);
    assert_eq!(live.runs.iter().map(|run| run.number).collect::<Vec<_>>(), [0, 1]);
    listener.send(Command::Drop { run: RunId(3) });
    listener.send(Command::Add(run_settings(ModelKind::Vae)));
    let live = listener.wait(|l| l.live.clone().filter(|live| ids(live) == [2, 4]));
    assert_eq!(live.runs[1].number, 2, "a number is not given twice");
}

fn terms(recon: f64) -> Terms {
    Terms { recon, kl: None, quantisation: None }
}

/// A run of the bars at step 100 that knows its held-out terms at some steps.
fn resumed(held_out: &[u64]) -> Opened {
    let mut history = History::default();
    for &step in held_out {
        history.train.push(step, terms(2.0));
        history.held_out.push(step, terms(1.0));
    }
    Opened { checkpoint: Arc::new(fixed_checkpoint("bars")), history }
}

fn resume(listener: &mut Listener, folder: &Path, run: Opened) -> LiveRun {
    listener.begin(Command::Resume { data: folder.display().to_string().into(), runs: vec![run], probe: 40 });
    listener.wait_for_step(100).runs[0].clone()
}

#[test]
fn a_resumed_run_shows_the_history_it_came_with_and_no_point_twice() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    let given = resumed(&[50, 100]);
    let history = given.history.clone();
    assert_eq!(*resume(&mut listener, folder.path(), given).history, history);
}

#[test]
fn a_run_resumed_without_its_last_held_out_terms_is_evaluated() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    for (given, steps) in [(vec![], vec![100]), (vec![50], vec![50, 100])] {
        let run = resume(&mut listener, folder.path(), resumed(&given));
        let held_out = run.history.held_out.points();
        assert_eq!(held_out.iter().map(|point| point.0).collect::<Vec<_>>(), steps);
        assert!(held_out.last().unwrap().1.kl.is_some());
    }
}

#[test]
fn runs_for_other_images_are_not_resumed() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    let mut run = resumed(&[]);
    let mut other = Checkpoint::clone(&run.checkpoint);
    other.model.shape.cols = 9;
    run.checkpoint = Arc::new(other);
    let data = folder.path().display().to_string();
    listener.engine.send(SessionId(1), Command::Resume { data: data.into(), runs: vec![run], probe: 40 });
    let reason = listener.wait_for_event(|event, _| match event {
        Event::StartFailed { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.contains("8 x 9") && reason.contains("8 x 8"), "{reason}");
}
