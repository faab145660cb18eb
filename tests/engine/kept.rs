//! What a session is kept as, and that one which is restored from it goes on to the same bits.

use std::sync::Arc;

use latent_explorer::config::{Arch, Axes, PlaneChoice};
use latent_explorer::engine::{Command, Event, Kept, RunId};
use latent_explorer::session::archive::{Archive, Made};
use latent_explorer::train::RunSettings;

use super::{Listener, both};
use crate::models::resumed::all;
use crate::support::{dataset_folder, run_settings, with};

fn save(listener: &mut Listener, number: u64) -> Arc<Kept> {
    listener.send(Command::Save { number });
    listener.wait_for_event(|event, _| match event {
        Event::Saved { number: saved, kept } if *saved == number => Some(kept.clone()),
        _ => None,
    })
}

fn steps(listener: &mut Listener, count: u64) {
    for _ in 0..count {
        listener.send(Command::Step);
    }
}

fn archive(kept: Arc<Kept>) -> Vec<u8> {
    Archive { about: Default::default(), made: Made::default(), kept, picture: None, missing: 0 }.to_bytes().unwrap()
}

fn models() -> Vec<RunSettings> {
    use latent_explorer::config::ModelKind::{Ae, Vae};
    let mut models = all();
    models.extend([with(Ae, |_| ()), with(Vae, |spec| spec.arch = Arch::Conv)]);
    models
}

#[test]
fn a_restored_session_of_every_model_goes_on_to_the_same_bits() {
    let (folder, mut first) = (dataset_folder(), Listener::new());
    first.start(folder.path(), models());
    // Ten steps are an epoch: kept in the middle of one, with a fork that is behind the others.
    steps(&mut first, 13);
    first.send(Command::Fork { run: RunId(4), state: None });
    first.send(Command::Drop { run: RunId(1) });
    first.send(Command::SetBeta { run: RunId(5), beta: 3.0.into() });
    first.send(Command::SetPlane {
        run: RunId(6),
        plane: PlaneChoice { axes: Axes::Components, ..PlaneChoice::default() },
    });
    steps(&mut first, 4);
    let kept = save(&mut first, 1);
    let bytes = archive(kept.clone());
    let read = Archive::from_bytes(&bytes).unwrap().kept;
    assert!(*read == *kept, "a file holds all that was kept");
    steps(&mut first, 17);
    let expected = save(&mut first, 2);

    let mut second = Listener::new();
    second.begin(Command::Restore { kept: read });
    let again = save(&mut second, 3);
    assert!(archive(again) == bytes, "nothing is lost by being restored");
    steps(&mut second, 17);
    let found = save(&mut second, 4);
    for (expected, found) in expected.runs.iter().zip(&found.runs) {
        let what = expected.newest.checkpoint.model.describe();
        let (expected_at, found_at) = (&expected.newest.checkpoint, &found.newest.checkpoint);
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert!(bits(&expected_at.parameters) == bits(&found_at.parameters), "weights of {what}");
        assert!(expected_at.moments == found_at.moments, "moments of {what}");
        assert!(expected.newest.history == found.newest.history, "history of {what}");
        assert!(expected.states == found.states, "states of {what}");
    }
    assert!(archive(expected) == archive(found), "everything else");
}

#[test]
fn runs_keep_their_numbers_and_new_ones_get_others() {
    let (folder, mut first) = (dataset_folder(), Listener::new());
    first.start(folder.path(), both());
    first.send(Command::Drop { run: RunId(0) });
    first.send(Command::Fork { run: RunId(1), state: None });
    let kept = save(&mut first, 1);
    let mut second = Listener::new();
    second.begin(Command::Restore { kept });
    second.send(Command::Add(run_settings(latent_explorer::config::ModelKind::Ae)));
    let live = second.wait(|listener| listener.live.clone().filter(|live| live.runs.len() == 3));
    let runs: Vec<_> = live.runs.iter().map(|run| (run.id.0, run.number)).collect();
    assert_eq!(runs, [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(live.runs[1].origin.as_ref().unwrap().run, RunId(1));
}

#[test]
fn a_run_that_failed_stays_so_and_says_why_again() {
    let (folder, mut first) = (dataset_folder(), Listener::new());
    let mut runs = both();
    runs[1].train.learning_rate = 10.0;
    first.start(folder.path(), runs);
    steps(&mut first, 12);
    let kept = save(&mut first, 1);
    let reason = kept.runs[1].failure.clone().unwrap();
    let bytes = archive(kept);
    let mut second = Listener::new();
    second.begin(Command::Restore { kept: Archive::from_bytes(&bytes).unwrap().kept });
    let told = second.wait_for_event(|event, _| match event {
        Event::RunFailed { run: RunId(1), reason } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(told, reason);
    steps(&mut second, 3);
    let live = second.wait_for_step(15);
    assert!(live.runs[1].checkpoint.progress.step < 12);
}

#[test]
fn all_states_of_the_timelines_are_kept_and_no_more_than_those() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    steps(&mut listener, 40);
    for (number, budget) in [(1, usize::MAX), (2, 200_000)] {
        listener.send(Command::SetBudget(budget));
        listener.send(Command::Train(false));
        let kept = save(&mut listener, number);
        let live = listener.live.clone().unwrap();
        let of_kept: Vec<usize> = kept.runs.iter().map(|run| run.states.len()).collect();
        let of_timelines: Vec<usize> = live.timelines.iter().map(|states| states.len()).collect();
        assert_eq!(of_kept, of_timelines);
        assert_eq!(archive(kept).len() < 600_000, number == 2);
    }
}

#[test]
fn a_fork_off_a_restored_state_is_one_off_the_state_itself() {
    let (folder, mut first) = (dataset_folder(), Listener::new());
    first.start(folder.path(), both());
    steps(&mut first, 12);
    let kept = save(&mut first, 1);
    let fork = |listener: &mut Listener| {
        let live = listener.wait_for_step(12);
        let state = live.timelines[1][3].clone();
        listener.send(Command::Fork { run: RunId(1), state: Some(state.into()) });
        steps(listener, 9);
        let kept = save(listener, 2);
        kept.runs[2].newest.clone()
    };
    let expected = fork(&mut first);
    let mut second = Listener::new();
    second.begin(Command::Restore { kept: Archive::from_bytes(&archive(kept)).unwrap().kept });
    assert!(fork(&mut second) == expected);
}

fn refusal(kept: Kept) -> String {
    let mut listener = Listener::new();
    listener.session.0 += 1;
    listener.send(Command::Restore { kept: Arc::new(kept) });
    listener.wait_for_event(|event, _| match event {
        Event::StartFailed { reason, .. } => Some(reason.clone()),
        _ => None,
    })
}

#[test]
fn a_session_whose_images_are_gone_or_others_is_not_restored() {
    let (folder, mut listener) = (dataset_folder(), Listener::new());
    listener.start(folder.path(), both());
    let kept = (*save(&mut listener, 1)).clone();
    let labels = folder.path().join("t10k-labels-idx1-ubyte");
    let mut bytes = std::fs::read(&labels).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&labels, bytes).unwrap();
    let reason = refusal(kept.clone());
    assert!(reason.contains("not those that the session was trained on"), "{reason}");
    drop(folder);
    let reason = refusal(kept.clone());
    assert!(reason.contains(&kept.data.path), "{reason}");
}
