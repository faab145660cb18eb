//! Panes: which there are, what they show, what their runs are called.

use std::collections::BTreeSet;

use latent_explorer::session::{Finding, MOST_PANES, Measured, Overlay, View};

use super::*;

/// A view that a person has chosen.
const CLOSE: View = View { min: [0.0, 0.0], max: [1.0, 1.0], follows: false };

fn five_runs() -> Vec<LiveRun> {
    (0..5).map(|id| run(id, Vae, 0)).collect()
}

/// Copies the first pane.
fn copy(session: &mut Session) -> PaneId {
    session.apply(Action::Duplicate(pane(session, 0)));
    pane(session, 1)
}

#[test]
fn every_new_run_gets_a_pane() {
    assert_eq!(shown(&forked(0)), [AE, VAE, FORK]);
}

#[test]
fn a_fifth_run_gets_none() {
    let mut session = started();
    hear(&mut session, 1, five_runs());
    assert_eq!(shown(&session), [RunId(0), RunId(1), RunId(2), RunId(3)]);
}

#[test]
fn a_run_that_has_been_seen_gets_no_second_pane() {
    let mut session = started();
    session.apply(Action::Show { pane: pane(&session, 1), run: AE });
    hear(&mut session, 1, pair(1));
    assert_eq!(shown(&session), [AE, AE]);
}

#[test]
fn the_id_of_a_pane_never_returns() {
    let mut session = started();
    let first = copy(&mut session);
    session.apply(Action::Close(first));
    let second = copy(&mut session);
    let mut ids: BTreeSet<PaneId> = session.panes().iter().map(|pane| pane.id).chain([first]).collect();
    assert_eq!((ids.len(), ids.contains(&second)), (4, true));
    session.apply(Action::Reset);
    begin(&mut session, 2, other_pair(0));
    ids.extend(session.panes().iter().map(|pane| pane.id));
    assert_eq!(ids.len(), 6);
}

#[test]
fn the_id_of_a_pane_whose_making_was_undone_never_returns() {
    let mut session = started();
    let first = copy(&mut session);
    session.apply(Action::Undo);
    assert_ne!(copy(&mut session), first);
}

#[test]
fn a_pane_moves_to_another_place_with_its_id_and_its_run() {
    let mut session = started();
    let (left, right) = (pane(&session, 0), pane(&session, 1));
    session.apply(Action::Move { pane: left, to: 1 });
    assert_eq!((pane(&session, 0), pane(&session, 1)), (right, left));
    assert_eq!(shown(&session), [VAE, AE]);
}

#[test]
fn a_move_past_the_end_ends_at_the_end() {
    let mut session = started();
    session.apply(Action::Move { pane: pane(&session, 0), to: 9 });
    assert_eq!(shown(&session), [VAE, AE]);
}

#[test]
fn a_copy_stands_beside_its_pane_and_shows_the_same_run() {
    let mut session = started();
    copy(&mut session);
    assert_eq!(shown(&session), [AE, AE, VAE]);
}

#[test]
fn a_copy_shows_the_same_part_of_the_plane() {
    let mut session = started();
    session.apply(Action::Look { pane: pane(&session, 0), view: CLOSE });
    let copy = copy(&mut session);
    assert_eq!(session.document().view(copy), CLOSE);
}

#[test]
fn there_is_room_for_four_panes() {
    let mut session = started();
    (0..3).for_each(|_| _ = copy(&mut session));
    assert_eq!(session.panes().len(), MOST_PANES);
    assert!(session.notice().unwrap().is_error);
}

#[test]
fn no_run_is_asked_for_that_there_is_no_room_for() {
    let mut session = started();
    (0..2).for_each(|_| _ = copy(&mut session));
    assert_sent(&session.apply(Action::NewRun(Vae)), &[]);
    assert_sent(&session.apply(Action::Fork(pane(&session, 0))), &[]);
}

#[test]
fn a_new_run_is_made_of_the_settings() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    let settings = session.settings().run(Vae).unwrap();
    assert_eq!(settings.train.beta, 4.0);
    assert_sent(&session.apply(Action::NewRun(Vae)), &[(1, Command::Add(settings))]);
}

#[test]
fn a_fork_goes_on_from_the_run_of_its_pane() {
    let mut session = started();
    let effects = session.apply(Action::Fork(pane(&session, 1)));
    assert_sent(&effects, &[(1, Command::Fork { run: VAE, state: None })]);
}

#[test]
fn a_pane_shows_the_run_that_it_is_pointed_at_and_no_run_ends_by_that() {
    let mut session = started();
    let effects = session.apply(Action::Show { pane: pane(&session, 1), run: AE });
    assert_eq!(session.run(pane(&session, 1)).unwrap().id, AE);
    assert_sent(&effects, &[]);
}

#[test]
fn a_pane_cannot_be_pointed_at_a_run_that_is_not_there() {
    let mut session = started();
    session.apply(Action::Show { pane: pane(&session, 1), run: RunId(9) });
    assert_eq!(shown(&session), [AE, VAE]);
}

#[test]
fn a_run_ends_with_the_only_pane_that_shows_it() {
    let mut session = started();
    let effects = session.apply(Action::Close(pane(&session, 0)));
    assert_sent(&effects, &[(1, Command::Drop { run: AE })]);
    assert_eq!(shown(&session), [VAE]);
}

#[test]
fn a_run_that_another_pane_shows_goes_on_when_a_pane_is_closed() {
    let mut session = started();
    let copy = copy(&mut session);
    assert_sent(&session.apply(Action::Close(copy)), &[]);
    assert_eq!(shown(&session), [AE, VAE]);
}

#[test]
fn the_last_pane_stays() {
    let mut session = started();
    session.apply(Action::Close(pane(&session, 0)));
    assert_sent(&session.apply(Action::Close(pane(&session, 0))), &[]);
    assert_eq!(shown(&session), [VAE]);
}

#[test]
fn the_panes_of_runs_that_are_gone_go() {
    let mut session = started();
    copy(&mut session);
    hear(&mut session, 1, vec![run(1, Vae, 1)]);
    assert_eq!(shown(&session), [VAE]);
}

#[test]
fn runs_are_called_by_their_kind_and_from_the_second_on_by_a_number() {
    let mut session = started();
    hear(&mut session, 1, vec![run(0, Ae, 0), run(1, Vae, 0), run(2, Vae, 0)]);
    let names: Vec<String> = session.runs().map(|run| session.name(run)).collect();
    assert_eq!(names, ["AE", "VAE", "VAE 2"]);
}

#[test]
fn a_name_that_was_given_stands_until_it_is_taken_away() {
    let mut session = started();
    session.apply(Action::Rename { run: VAE, name: "calm".to_owned() });
    assert_eq!(session.pane_name(pane(&session, 1)), "calm");
    session.apply(Action::Rename { run: VAE, name: "  ".to_owned() });
    assert_eq!(session.pane_name(pane(&session, 1)), "VAE");
}

#[test]
fn a_name_goes_with_the_run_to_whichever_pane_shows_it() {
    let mut session = started();
    session.apply(Action::Rename { run: AE, name: "calm".to_owned() });
    session.apply(Action::Show { pane: pane(&session, 1), run: AE });
    session.apply(Action::Move { pane: pane(&session, 0), to: 1 });
    assert_eq!([0, 1].map(|place| session.pane_name(pane(&session, place))), ["calm", "calm"]);
}

#[test]
fn a_run_in_two_panes_is_shown_once_where_runs_are_listed() {
    let mut session = started();
    copy(&mut session);
    let listed: Vec<_> = session.shown_runs().iter().map(|run| run.id).collect();
    assert_eq!(listed, [AE, VAE]);
}

#[test]
fn a_fork_says_how_it_differs_from_its_parent() {
    let mut session = forked(0);
    let difference = |session: &Session| session.difference(session.state_of(FORK).unwrap()).unwrap();
    assert_eq!(difference(&session), "nothing changed, from VAE at step 5");
    let mut fork = fork_of(&run(1, Vae, 5), 6);
    Arc::make_mut(&mut fork.checkpoint).progress.train.beta = 9.0.into();
    hear(&mut session, 1, vec![run(0, Ae, 6), run(1, Vae, 6), fork]);
    assert_eq!(difference(&session), "β 9.000 instead of 1.000, from VAE at step 5");
}

#[test]
fn an_overlay_is_shown_over_all_linked_panes() {
    let mut session = started();
    session.apply(Action::ShowOverlay { pane: Some(pane(&session, 0)), overlay: Overlay::Manifold, on: true });
    assert!([0, 1].iter().all(|&place| session.overlays(pane(&session, place)).manifold));
}

#[test]
fn an_unlinked_pane_has_overlays_of_its_own() {
    let mut session = started();
    let (left, right) = (pane(&session, 0), pane(&session, 1));
    session.apply(Action::Unlink(right));
    session.apply(Action::ShowOverlay { pane: Some(right), overlay: Overlay::Manifold, on: true });
    session.apply(Action::ShowOverlay { pane: None, overlay: Overlay::Rings, on: false });
    assert!(session.overlays(right).manifold && session.overlays(right).rings);
    assert!(!session.overlays(left).manifold && !session.overlays(left).rings);
}

#[test]
fn a_view_that_cannot_be_drawn_is_not_taken() {
    let mut session = started();
    let before = session.document().view(pane(&session, 0));
    session.apply(Action::Look { pane: pane(&session, 0), view: View { max: [f32::NAN; 2], ..CLOSE } });
    assert_eq!(session.document().view(pane(&session, 0)), before);
}

#[test]
fn a_view_follows_its_codes_again_once_it_is_fitted() {
    let mut session = started();
    session.apply(Action::Look { pane: pane(&session, 0), view: CLOSE });
    session.apply(Action::FitView(pane(&session, 0)));
    let view = session.document().view(pane(&session, 0));
    assert!(view.follows && view.max[0] > 8.0, "{view:?}");
}

#[test]
fn a_pane_that_is_pointed_at_another_run_follows_its_codes() {
    let mut session = started();
    session.apply(Action::Look { pane: pane(&session, 0), view: CLOSE });
    session.apply(Action::Show { pane: pane(&session, 0), run: VAE });
    let view = session.document().view(pane(&session, 0));
    assert!(view.follows && view.max[1] > 8.0, "{view:?}");
}

#[test]
fn the_view_of_a_pane_goes_with_it() {
    let mut session = started();
    let closed = pane(&session, 0);
    session.apply(Action::Close(closed));
    assert!(!session.screen().views.contains_key(&closed));
}

#[test]
fn a_run_that_failed_says_why() {
    let mut session = started();
    session.receive(None, vec![Event::RunFailed { run: VAE, reason: "not finite".to_owned() }]);
    assert_eq!((session.failure(AE), session.failure(VAE)), (None, Some("not finite")));
}

#[test]
fn measures_stand_with_their_run_when_panes_move_meanwhile() {
    let mut session = started();
    session.apply(Action::Measure(true));
    session.apply(Action::Move { pane: pane(&session, 0), to: 1 });
    let of = session.state_of(AE).unwrap().checkpoint.clone();
    let measured = Measured { of, measures: Arc::default() };
    session.apply(Action::Note(Finding::Measures { run: AE, measured }));
    assert!(session.findings().measures.keys().eq([&AE]));
    assert!(session.measuring().iter().eq([&VAE]));
}
