//! Looking back at states, and playing them back.

use super::*;

/// How long playing back stays with a state, in milliseconds.
const STATE: u64 = 160;

/// A session whose runs are at step 10, with states of the AE and of the VAE kept at these steps.
fn kept(ae: &[u64], vae: &[u64]) -> Session {
    let mut session = started();
    session.receive(Some(with_states(ae, vae, 10)), Vec::new());
    session
}

fn with_states(ae: &[u64], vae: &[u64], step: u64) -> Live {
    let mut live = live(1, pair(step));
    let states = |id, kind, steps: &[u64]| steps.iter().map(|&step| state(id, kind, step)).collect();
    live.timelines = vec![states(0, Ae, ae), states(1, Vae, vae)];
    live
}

/// A state in which the mean code of the first class tells the step.
fn state(id: u64, kind: ModelKind, step: u64) -> LiveRun {
    let mut state = run(id, kind, step);
    state.summary.class_means[0] = Some([step as f32, 0.0]);
    state
}

/// The steps of the states that the panes show.
fn steps(session: &Session) -> Vec<u64> {
    session.panes().iter().map(|pane| session.run(pane.id).unwrap().checkpoint.progress.step).collect()
}

#[test]
fn looking_back_shows_the_newest_state_up_to_the_step() {
    let mut session = kept(&[0, 4, 8], &[0, 4, 8]);
    for (step, expected) in [(4, 4), (7, 4), (8, 8), (9, 8)] {
        session.apply(Action::LookAt(Some(step)));
        assert_eq!(steps(&session), [expected; 2], "step {step}");
    }
}

#[test]
fn looking_at_none_shows_the_newest_state() {
    let mut session = kept(&[0, 4, 8], &[0, 4, 8]);
    session.apply(Action::LookAt(Some(4)));
    session.apply(Action::LookAt(None));
    assert_eq!(steps(&session), [10, 10]);
}

#[test]
fn before_its_first_state_a_run_is_shown_in_that() {
    let mut session = kept(&[0, 4], &[4, 8]);
    session.apply(Action::LookAt(Some(2)));
    assert_eq!(steps(&session), [0, 4]);
}

#[test]
fn runs_of_which_other_states_are_kept_are_shown_at_other_steps() {
    let mut session = kept(&[0, 4], &[0, 2]);
    session.apply(Action::LookAt(Some(3)));
    assert_eq!(steps(&session), [0, 2]);
}

#[test]
fn the_state_that_is_looked_back_at_stays_while_training_goes_on() {
    let mut session = kept(&[0, 4], &[0, 4]);
    session.apply(Action::LookAt(Some(4)));
    session.receive(Some(with_states(&[0, 4, 8], &[0, 4, 8], 20)), Vec::new());
    assert_eq!((session.looking(), steps(&session)), (Some(4), vec![4, 4]));
}

#[test]
fn a_new_session_is_looked_at_in_its_newest_state() {
    let mut session = kept(&[0, 4], &[0, 4]);
    session.apply(Action::LookAt(Some(4)));
    begin(&mut session, 2, other_pair(0));
    assert_eq!(session.looking(), None);
}

#[test]
fn the_image_nearest_the_cursor_is_that_of_the_state_looked_back_at() {
    let mut live = with_states(&[], &[0], 10);
    let mut old = state(0, Ae, 4);
    Arc::make_mut(&mut old.codes).mu[7] = [2.0, 0.25];
    live.timelines[0] = Arc::from([old]);
    let mut session = started();
    session.receive(Some(live), Vec::new());
    session.apply(Action::Point { pane: pane(&session, 0), at: [2.0, 0.5] });
    session.apply(Action::LookAt(Some(4)));
    assert_eq!(session.image_at_cursor(pane(&session, 0)), Some((7, 0.25)));
}

#[test]
fn playing_back_begins_with_the_first_state() {
    let mut session = kept(&[0, 4], &[0, 4]);
    session.apply(Action::Play(true));
    assert_eq!((session.is_playing(), steps(&session)), (true, vec![0, 0]));
}

#[test]
fn playing_back_goes_on_with_time_from_state_to_state_and_ends_with_the_newest() {
    let mut session = kept(&[0, 4], &[0, 2]);
    at(&mut session, 1_000);
    session.apply(Action::Play(true));
    let mut played = Vec::new();
    for i in 1..=3 {
        at(&mut session, 1_000 + i * STATE);
        played.push(session.looking());
    }
    assert_eq!(played, [Some(2), Some(4), None]);
    assert!(!session.is_playing());
}

#[test]
fn playing_back_waits_until_each_state_has_been_seen() {
    let mut session = kept(&[0, 4], &[0, 4]);
    at(&mut session, 1_000);
    session.apply(Action::Play(true));
    let next = at(&mut session, 1_000 + STATE - 60);
    assert_eq!((next, session.looking()), (Some(Duration::from_millis(60)), Some(0)));
    at(&mut session, 1_000 + STATE);
    at(&mut session, 1_000 + 2 * STATE - 60);
    assert_eq!(session.looking(), Some(4));
}

#[test]
fn playing_back_begins_where_one_looks() {
    let mut session = kept(&[0, 4, 8], &[0, 4, 8]);
    session.apply(Action::LookAt(Some(4)));
    session.apply(Action::Play(true));
    at(&mut session, STATE);
    assert_eq!(session.looking(), Some(8));
}

#[test]
fn playing_back_that_is_stopped_stays_where_it_is() {
    let mut session = kept(&[0, 4, 8], &[0, 4, 8]);
    session.apply(Action::LookAt(Some(4)));
    session.apply(Action::Play(true));
    session.apply(Action::Play(false));
    assert_eq!(at(&mut session, 10 * STATE), None);
    assert_eq!(session.looking(), Some(4));
}

#[test]
fn looking_at_the_newest_state_ends_playing_back() {
    let mut session = kept(&[0, 4], &[0, 4]);
    session.apply(Action::Play(true));
    session.apply(Action::LookAt(None));
    assert!(!session.is_playing());
}

#[test]
fn the_steps_of_all_states_are_told_once_and_in_order() {
    assert_eq!(kept(&[0, 4, 8], &[0, 2, 4]).kept_steps(), [0, 2, 4, 8]);
}

#[test]
fn the_steps_of_runs_that_no_pane_shows_are_not_told() {
    let mut session = kept(&[0, 4, 8], &[0, 2, 4]);
    session.apply(Action::Show { pane: pane(&session, 1), run: AE });
    assert_eq!(session.kept_steps(), [0, 4, 8]);
}

#[test]
fn a_trail_leads_from_the_first_state_to_the_newest() {
    let session = kept(&[0, 4, 8], &[]);
    let newest = state(0, Ae, 10);
    assert_eq!(session.trails(&newest)[0], [[0.0, 0.0], [4.0, 0.0], [8.0, 0.0], [10.0, 0.0]]);
}

#[test]
fn a_trail_ends_at_the_state_that_is_looked_back_at() {
    let mut session = kept(&[0, 4, 8], &[]);
    session.apply(Action::LookAt(Some(4)));
    let trails = session.trails(session.run(pane(&session, 0)).unwrap());
    assert_eq!((trails.len(), trails[0].as_slice()), (CLASSES, [[0.0, 0.0], [4.0, 0.0]].as_slice()));
}

#[test]
fn a_class_without_a_mean_at_some_step_has_a_trail_without_it() {
    let mut live = with_states(&[0, 4], &[], 10);
    let mut states = live.timelines[0].to_vec();
    states[1].summary.class_means[0] = None;
    live.timelines[0] = states.into();
    let mut session = started();
    session.receive(Some(live), Vec::new());
    assert_eq!(session.trails(&state(0, Ae, 10))[0], [[0.0, 0.0], [10.0, 0.0]]);
}

#[test]
fn a_fork_goes_on_from_the_state_that_is_looked_back_at_and_is_watched_from_there() {
    let mut session = kept(&[0, 4], &[0, 4]);
    session.apply(Action::LookAt(Some(4)));
    let effects = session.apply(Action::Fork(pane(&session, 1)));
    let [Effect::Send(SessionId(1), Command::Fork { run: VAE, state: Some(state) })] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!((state.id, state.checkpoint.progress.step), (VAE, 4));
    assert_eq!(session.looking(), None);
}
