//! What the trainer thread survives, how it ends, and how important it is.

use std::panic::panic_any;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use latent_explorer::engine::{Command, Event, RunId, SessionId};
use latent_explorer::model::{Checkpoint, Moments};

use super::{Listener, both, ids};
use crate::support::{dataset_folder, wait_for};

#[test]
fn a_start_that_panics_is_a_failed_start() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    let mut runs = both();
    runs[1].train.batch = 0;
    let start = Command::Start { data: folder.path().display().to_string().into(), runs, probe: 40 };
    listener.engine.send(SessionId(7), start);
    let reason = listener.wait_for_event(|event, _| match event {
        Event::StartFailed { session: SessionId(7), reason } => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.contains("zero"), "{reason}");
    assert_eq!(listener.start(folder.path(), both()).session, SessionId(1));
}

#[test]
fn a_command_that_panics_is_told_and_the_next_one_is_served() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    let mut state = listener.wait_for_step(1).timelines[1][0].clone();
    let mut checkpoint = Checkpoint::clone(&state.checkpoint);
    checkpoint.moments = Some(Arc::new(Moments { steps: 1, mean: vec![0.0], square: vec![0.0] }));
    state.checkpoint = Arc::new(checkpoint);
    listener.send(Command::Fork { run: RunId(1), state: Some(Arc::new(state)) });
    let (session, reason) = listener.wait_for_failure();
    assert!(session == SessionId(1) && reason.contains("length"), "{reason}");
    let paused = listener.wait(|listener| listener.live.clone().filter(|live| !live.training));
    listener.send(Command::Step);
    let live = listener.wait_for_step(paused.step + 1);
    assert_eq!((live.step, ids(&live)), (paused.step + 1, vec![0, 1]));
}

#[test]
fn a_panic_while_stepping_pauses_training_and_the_next_command_is_served() {
    let folder = dataset_folder();
    let armed = Arc::new(AtomicBool::new(false));
    let panics = armed.clone();
    let mut listener = Listener::woken_by(move || {
        if panics.swap(false, Ordering::Relaxed) {
            panic_any("no one is awake".to_owned());
        }
    });
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    listener.wait_for_step(1);
    armed.store(true, Ordering::Relaxed);
    let (_, reason) = listener.wait_for_failure();
    assert!(reason.contains("no one is awake"), "{reason}");
    let paused = listener.wait(|listener| listener.live.clone().filter(|live| !live.training));
    listener.send(Command::Train(true));
    assert!(listener.wait_for_step(paused.step + 10).training);
}

#[test]
fn closing_while_training_joins_the_thread() {
    let folder = dataset_folder();
    // Held by the wake closure, which goes with the thread.
    let held = Arc::new(());
    let watched = Arc::downgrade(&held);
    let mut listener = Listener::woken_by(move || drop(held.clone()));
    listener.start(folder.path(), both());
    listener.send(Command::Train(true));
    listener.wait_for_step(5);
    // What still waits in the lane is not carried out.
    for _ in 0..50 {
        listener.send(Command::Start { data: "mnist".into(), runs: both(), probe: 40 });
    }
    drop(listener);
    assert_eq!(watched.strong_count(), 0);
}

/// The niceness of a thread of this process, from the line that the system keeps of it.
#[cfg(target_os = "linux")]
pub fn niceness(stat: &Path) -> i32 {
    let line = std::fs::read_to_string(stat).expect("a line on a thread");
    // The name is in brackets; niceness is field 19.
    line.rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().nth(16))
        .expect("niceness")
        .parse()
        .expect("a number")
}

/// Runs this test again, alone in a process of its own.
#[cfg(target_os = "linux")]
fn alone(test: &str, body: impl FnOnce()) {
    const ALONE: &str = "LATENT_EXPLORER_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let this = std::env::current_exe().expect("this program");
    let output = Process::new(this).args([test, "--exact", "--nocapture"]).env(ALONE, "1").output().expect("a process");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    eprintln!("{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_team_of_the_trainer_is_as_nice_as_the_trainer() {
    alone("engine::threads::the_team_of_the_trainer_is_as_nice_as_the_trainer", || {
        let (folder, mut listener) = (dataset_folder(), Listener::new());
        listener.start(folder.path(), both());
        let of = |wanted: &str| {
            let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
            let name = |task: &Path| std::fs::read_to_string(task.join("comm")).unwrap_or_default();
            tasks.filter(|task| name(task).starts_with(wanted)).map(|task| task.join("stat")).collect::<Vec<_>>()
        };
        // The threads of the team that was handed in end.
        let (trainer, team) = wait_for(|| Some((of("trainer"), of("kernel-"))).filter(|(_, team)| team.len() == 1));
        let [trainer, team] =
            [trainer, team].map(|threads| threads.iter().map(|stat| niceness(stat)).collect::<Vec<_>>());
        if trainer[0] <= niceness(Path::new("/proc/thread-self/stat")) {
            return eprintln!("skipped: the system does not let a thread step back");
        }
        assert_eq!(trainer, team);
    });
}
