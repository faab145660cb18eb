//! How sessions begin, and which of them a command is meant for.

use std::collections::BTreeSet;

use latent_explorer::session::{Brush, Drawing, Selection};

use super::*;

/// The session that the first command is meant for.
fn meant_for(effects: &[Effect]) -> SessionId {
    match effects.first() {
        Some(Effect::Send(session, _)) => *session,
        other => panic!("no command but {other:?}"),
    }
}

fn start(session: &Session, data: &str) -> Command {
    Command::Start { data: data.into(), runs: session.settings().runs().unwrap(), probe: IMAGES }
}

fn fail(session: &mut Session, id: u64) {
    session.receive(None, vec![Event::StartFailed { session: SessionId(id), reason: "no such data".to_owned() }]);
}

#[test]
fn a_start_sends_start_and_then_train_for_a_session_of_its_own() {
    let (session, effects) = fresh();
    assert_sent(&effects[1..], &[(1, start(&session, DATA)), (1, Command::Train(false))]);
}

#[test]
fn the_budget_is_sent_before_the_first_start() {
    let (_, effects) = fresh();
    assert_sent(&effects[..1], &[(0, Command::SetBudget(256 << 20))]);
}

#[test]
fn runs_train_at_once_if_that_is_set() {
    let settings = Settings { train_at_start: true, ..preferences().settings };
    let preferences = Preferences { settings, ..preferences() };
    let (session, effects) = Session::new(preferences, Start::Fresh { data: None });
    assert!(session.is_training());
    assert_sent(&effects[2..], &[(1, Command::Train(true))]);
}

#[test]
fn data_that_are_named_stand_before_those_of_last_time() {
    let (session, effects) = Session::new(preferences(), Start::Fresh { data: Some("other".into()) });
    assert_sent(&effects[1..2], &[(1, start(&session, "other"))]);
}

#[test]
fn a_start_is_under_way_until_the_runs_are_in_place() {
    let (mut session, _) = fresh();
    assert!(session.is_starting());
    begin(&mut session, 1, pair(0));
    assert!(!session.is_starting());
}

#[test]
fn a_command_carries_the_session_that_is_there() {
    let mut session = started();
    assert_sent(&session.apply(Action::Step), &[(1, Command::Step)]);
}

#[test]
fn a_reset_starts_another_session() {
    let mut session = started();
    let effects = session.apply(Action::Reset);
    assert_sent(&effects, &[(2, start(&session, DATA)), (2, Command::Train(false))]);
}

#[test]
fn a_choice_of_data_starts_another_session() {
    let mut session = started();
    let effects = set(&mut session, Setting::Data("other".into()));
    assert_sent(&effects, &[(2, start(&session, "other")), (2, Command::Train(false))]);
}

#[test]
fn a_command_after_a_start_carries_the_session_that_is_started() {
    let mut session = started();
    session.apply(Action::Reset);
    assert_sent(&session.apply(Action::Step), &[(2, Command::Step)]);
}

#[test]
fn after_a_start_that_failed_commands_carry_the_old_session_again() {
    let mut session = started();
    set(&mut session, Setting::Data("other".into()));
    fail(&mut session, 2);
    assert!(!session.is_starting());
    assert_sent(&session.apply(Action::Step), &[(1, Command::Step)]);
}

#[test]
fn after_a_start_that_failed_the_old_data_are_set_again() {
    let mut session = started();
    set(&mut session, Setting::Data("other".into()));
    fail(&mut session, 2);
    assert_eq!(session.settings().data.path, DATA);
    assert_eq!(shown(&session), [AE, VAE]);
}

#[test]
fn a_start_that_failed_is_said_with_its_reason() {
    let mut session = started();
    session.apply(Action::Reset);
    fail(&mut session, 2);
    let notice = session.notice().unwrap();
    assert!(notice.is_error && notice.text.contains("no such data"), "{notice:?}");
}

#[test]
fn a_failure_of_an_earlier_start_leaves_the_one_under_way() {
    let mut session = started();
    set(&mut session, Setting::Data("one".into()));
    set(&mut session, Setting::Data("two".into()));
    fail(&mut session, 2);
    assert!(session.is_starting());
    assert_eq!(session.settings().data.path, "two");
    assert_sent(&session.apply(Action::Step), &[(3, Command::Step)]);
}

#[test]
fn no_two_starts_have_one_id_even_if_the_first_failed() {
    let mut session = started();
    let mut ids = BTreeSet::new();
    for _ in 0..3 {
        let id = meant_for(&session.apply(Action::Reset));
        assert!(ids.insert(id), "{id} was given before");
        fail(&mut session, id.0);
    }
}

#[test]
fn a_command_that_failed_in_the_old_session_does_not_end_a_start() {
    let mut session = started();
    session.apply(Action::Reset);
    let event = Event::CommandFailed { session: SessionId(1), reason: "out of memory".to_owned() };
    session.receive(None, vec![event]);
    assert!(session.is_starting());
}

#[test]
fn a_command_that_failed_pauses_and_is_said() {
    let mut session = started();
    session.apply(Action::Train(true));
    let event = Event::CommandFailed { session: SessionId(1), reason: "out of memory".to_owned() };
    session.receive(None, vec![event]);
    assert!(!session.is_training());
    assert!(session.notice().unwrap().text.contains("out of memory"));
}

#[test]
fn states_of_another_session_are_ignored() {
    let mut session = learnt(5);
    hear(&mut session, 7, vec![run(9, Vae, 99)]);
    assert_eq!(session.live().unwrap().step, 5);
    assert_eq!(shown(&session), [AE, VAE]);
}

#[test]
fn the_old_runs_are_seen_until_the_new_ones_are_in_place() {
    let mut session = started();
    session.apply(Action::Reset);
    hear(&mut session, 1, pair(5));
    assert_eq!(session.live().unwrap().step, 5);
}

#[test]
fn a_new_session_has_panes_for_its_own_runs_alone() {
    let mut session = started();
    session.apply(Action::Duplicate(pane(&session, 0)));
    session.apply(Action::Reset);
    begin(&mut session, 2, other_pair(0));
    assert_eq!(shown(&session), [RunId(2), RunId(3)]);
}

#[test]
fn in_a_new_session_nothing_is_selected_drawn_or_named() {
    let mut session = started();
    session.apply(Action::Select(Some(vec![1, 2])));
    session.apply(Action::Rename { run: AE, name: "calm".to_owned() });
    session.apply(Action::Draw { at: [0.5, 0.5], brush: Some(Brush { radius: 0.1, erases: false, color: [255; 3] }) });
    session.apply(Action::Reset);
    begin(&mut session, 2, other_pair(0));
    let document = session.document();
    assert_eq!((&document.selection, &document.drawing), (&Selection::default(), &Drawing::default()));
    assert!(document.names.is_empty() && session.emphasis().is_none());
}

#[test]
fn a_new_session_knows_nothing_of_the_forks_and_views_of_the_old() {
    let mut session = forked(0);
    session.apply(Action::Reset);
    session.apply(Action::Confirm(true));
    begin(&mut session, 2, vec![run(3, Ae, 0)]);
    assert!(session.document().own.is_empty());
    assert!(session.screen().views.keys().eq([&pane(&session, 0)]));
}

#[test]
fn layers_that_cannot_be_read_start_nothing_and_are_said() {
    let mut session = started();
    set(&mut session, Setting::Hidden("16;8".to_owned()));
    assert_sent(&session.apply(Action::Reset), &[]);
    assert!(session.notice().unwrap().is_error);
    assert_sent(&session.apply(Action::Step), &[(1, Command::Step)]);
}
