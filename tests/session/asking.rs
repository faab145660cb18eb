//! The question that stands before something that was learnt is lost.

use latent_explorer::session::Confirmation;

use super::*;

/// What ends runs.
fn losing(session: &Session) -> [Action; 4] {
    let data = Action::Set(Setting::Data("other".into()));
    [Action::Reset, Action::Close(pane(session, 0)), data, Action::RestoreDefaults]
}

/// The question that is asked.
#[track_caller]
fn question(session: &Session) -> &str {
    &session.confirmation().expect("a question").text
}

/// A session that has gone from one data set to another, with the runs of the other after some steps.
fn on_other_data(steps: u64) -> Session {
    let mut session = started();
    set(&mut session, Setting::Data("other".into()));
    begin(&mut session, 2, other_pair(0));
    hear(&mut session, 2, other_pair(steps));
    session
}

/// A session to which a VAE was added, which has taken some steps since.
fn with_new_run(steps: u64) -> Session {
    let mut session = started();
    session.apply(Action::NewRun(Vae));
    for step in [0, steps] {
        hear(&mut session, 1, vec![run(0, Ae, 0), run(1, Vae, 0), run(2, Vae, step)]);
    }
    session
}

#[test]
fn nothing_is_done_before_the_answer() {
    for action in losing(&started()) {
        let mut session = learnt(5);
        let before = session.document().clone();
        assert_sent(&session.apply(action.clone()), &[]);
        assert!(session.confirmation().is_some(), "{action:?} asks nothing");
        assert_eq!(session.document(), &before, "{action:?}");
    }
}

#[test]
fn after_a_no_all_is_as_it_was() {
    for action in losing(&started()) {
        let mut session = learnt(5);
        let before = session.document().clone();
        session.apply(action.clone());
        assert_sent(&session.apply(Action::Confirm(false)), &[]);
        assert!(session.confirmation().is_none());
        assert_eq!(session.document(), &before, "{action:?}");
        assert_sent(&session.apply(Action::Step), &[(1, Command::Step)]);
    }
}

#[test]
fn nothing_is_asked_where_nothing_was_learnt() {
    for action in losing(&started()) {
        let mut session = started();
        assert!(!session.apply(action.clone()).is_empty(), "{action:?} does nothing");
        assert!(session.confirmation().is_none(), "{action:?} asks");
    }
}

#[test]
fn what_loses_nothing_asks_nothing() {
    let mut session = learnt(5);
    let others = [
        Action::Set(Setting::Beta(4.0.into())),
        Action::Set(Setting::Hidden("32,8".to_owned())),
        Action::Set(Setting::Data(DATA.into())),
        Action::NewRun(Ae),
        Action::Duplicate(pane(&session, 0)),
        Action::Undo,
    ];
    for action in others {
        session.apply(action.clone());
        assert!(session.confirmation().is_none(), "{action:?}");
    }
}

#[test]
fn a_reset_names_all_runs_and_their_steps() {
    let mut session = learnt(1_234);
    session.apply(Action::Reset);
    let question = question(&session);
    assert!(question.contains("1,234 steps of AE") && question.contains("1,234 steps of VAE"), "{question}");
}

#[test]
fn closing_a_pane_names_its_own_run_alone() {
    let mut session = learnt(5);
    session.apply(Action::Rename { run: AE, name: "calm".to_owned() });
    session.apply(Action::Close(pane(&session, 0)));
    let question = question(&session);
    assert!(question.contains("5 steps of calm") && !question.contains("VAE"), "{question}");
}

#[test]
fn a_pane_whose_run_another_pane_shows_is_closed_without_a_question() {
    let mut session = learnt(5);
    session.apply(Action::Duplicate(pane(&session, 0)));
    session.apply(Action::Close(pane(&session, 0)));
    assert!(session.confirmation().is_none());
    assert_eq!(shown(&session), [AE, VAE]);
}

#[test]
fn nothing_is_asked_of_the_last_pane_which_stays() {
    let mut session = started();
    hear(&mut session, 1, vec![run(1, Vae, 5)]);
    session.apply(Action::Close(pane(&session, 0)));
    assert!(session.confirmation().is_none());
    assert_eq!(shown(&session), [VAE]);
}

#[test]
fn a_fork_has_learnt_what_it_learnt_since_it_was_made() {
    let mut session = forked(0);
    session.apply(Action::Close(pane(&session, 2)));
    assert!(session.confirmation().is_none());
    let mut session = forked(2);
    session.apply(Action::Close(pane(&session, 2)));
    assert!(question(&session).contains("2 steps of VAE 2"), "{}", question(&session));
}

#[test]
fn a_yes_resets() {
    let mut session = learnt(5);
    session.apply(Action::Reset);
    let runs = session.settings().runs().unwrap();
    let start = Command::Start { data: DATA.into(), runs, probe: IMAGES };
    assert_sent(&session.apply(Action::Confirm(true)), &[(2, start), (2, Command::Train(false))]);
    assert!(session.confirmation().is_none());
}

#[test]
fn a_yes_closes() {
    let mut session = learnt(5);
    session.apply(Action::Close(pane(&session, 0)));
    assert_sent(&session.apply(Action::Confirm(true)), &[(1, Command::Drop { run: AE })]);
    assert_eq!(shown(&session), [VAE]);
}

#[test]
fn a_yes_changes_the_data() {
    let mut session = learnt(5);
    set(&mut session, Setting::Data("other".into()));
    let runs = session.settings().runs().unwrap();
    let start = Command::Start { data: "other".into(), runs, probe: IMAGES };
    assert_sent(&session.apply(Action::Confirm(true)), &[(2, start), (2, Command::Train(false))]);
    assert_eq!(session.settings().data.path, "other");
}

#[test]
fn a_yes_without_a_question_does_nothing() {
    let mut session = learnt(5);
    let before = session.document().clone();
    assert_sent(&session.apply(Action::Confirm(true)), &[]);
    assert_eq!(session.document(), &before);
}

#[test]
fn what_a_yes_does_is_sent_once() {
    let mut session = started();
    let action = Box::new(Action::Set(Setting::Beta(4.0.into())));
    session.apply(Action::Ask(Confirmation { text: "Really?".to_owned(), verb: "Yes", action }));
    let sent = |run| (1, Command::SetBeta { run, beta: 4.0.into() });
    assert_sent(&session.apply(Action::Confirm(true)), &[sent(AE), sent(VAE)]);
}

#[test]
fn what_a_yes_did_is_one_step_of_undo() {
    let mut session = learnt(5);
    set(&mut session, Setting::Beta(4.0.into()));
    session.apply(Action::Close(pane(&session, 0)));
    session.apply(Action::Confirm(true));
    session.apply(Action::Undo);
    assert_eq!(session.settings().train.beta, 4.0);
    session.apply(Action::Undo);
    assert_eq!(session.settings().train.beta, 1.0);
}

#[test]
fn undoing_a_choice_of_data_asks_when_the_new_runs_have_learnt() {
    let mut session = on_other_data(5);
    assert_sent(&session.apply(Action::Undo), &[]);
    assert!(question(&session).contains("5 steps of AE and 5 steps of VAE"), "{}", question(&session));
    assert_eq!(session.settings().data.path, "other");
}

#[test]
fn undoing_a_choice_of_data_starts_runs_on_the_old_data_once_that_is_confirmed() {
    let mut session = on_other_data(5);
    session.apply(Action::Undo);
    let runs = session.settings().runs().unwrap();
    let start = Command::Start { data: DATA.into(), runs, probe: IMAGES };
    assert_sent(&session.apply(Action::Confirm(true)), &[(3, start), (3, Command::Train(false))]);
}

#[test]
fn undoing_a_choice_of_data_asks_nothing_when_the_new_runs_have_learnt_nothing() {
    let mut session = on_other_data(0);
    session.apply(Action::Undo);
    assert!(session.confirmation().is_none());
    assert_eq!(session.settings().data.path, DATA);
}

#[test]
fn redoing_a_choice_of_data_asks_when_the_runs_have_learnt() {
    let mut session = on_other_data(0);
    session.apply(Action::Undo);
    begin(&mut session, 3, vec![run(4, Ae, 0), run(5, Vae, 0)]);
    hear(&mut session, 3, vec![run(4, Ae, 5), run(5, Vae, 5)]);
    assert_sent(&session.apply(Action::Redo), &[]);
    assert!(question(&session).contains("5 steps of AE"), "{}", question(&session));
}

#[test]
fn undoing_a_new_run_asks_when_it_has_learnt() {
    let mut session = with_new_run(5);
    assert_sent(&session.apply(Action::Undo), &[]);
    let text = question(&session);
    assert!(text.contains("5 steps of VAE 2") && !text.contains("steps of AE"), "{text}");
    assert_sent(&session.apply(Action::Confirm(true)), &[(1, Command::Drop { run: RunId(2) })]);
    assert_eq!(shown(&session), [AE, VAE]);
}

#[test]
fn undoing_a_new_run_asks_nothing_when_it_has_learnt_nothing() {
    let mut session = with_new_run(0);
    assert_sent(&session.apply(Action::Undo), &[(1, Command::Drop { run: RunId(2) })]);
    assert!(session.confirmation().is_none());
}
