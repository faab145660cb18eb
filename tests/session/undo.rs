//! Undo: what it goes back by, what is one step, and what it leaves as it is.

use latent_explorer::config::Place;
use latent_explorer::explore::{FieldKind, Waypoint};
use latent_explorer::session::{Brush, FigureSettings, Link, LossSettings, Overlay, Theme, View};

use super::*;

/// Checks that an action changes the work, that undo takes that back and that redo does it again.
#[track_caller]
fn assert_undone(action: impl Fn(&Session) -> Action) {
    let mut session = started();
    let before = session.document().clone();
    session.apply(action(&session));
    let after = session.document().clone();
    assert!(!after.is_same_work(&before), "nothing has changed");
    session.apply(Action::Undo);
    assert!(session.document().is_same_work(&before), "{:#?} after undo", session.document());
    session.apply(Action::Redo);
    assert!(session.document().is_same_work(&after), "{:#?} after redo", session.document());
}

fn point(session: &mut Session, at: Place) {
    session.apply(Action::Point { pane: pane(session, 0), at });
}

/// Drags the cursor for three seconds from (x, 0) to the right, beginning at a time; where to.
fn drag(session: &mut Session, x: f32, milliseconds: u64) -> Place {
    for i in 0..30 {
        at(session, milliseconds + 100 * i);
        point(session, [x + i as f32 / 16.0, 0.0]);
    }
    session.cursor_in(pane(session, 0))
}

fn set_beta(session: u64, run: RunId, beta: f64) -> (u64, Command) {
    (session, Command::SetBeta { run, beta: beta.into() })
}

#[test]
fn a_setting_is_undone() {
    assert_undone(|_| Action::Set(Setting::Beta(4.0.into())));
}

#[test]
fn settings_that_were_restored_at_once_are_undone_at_once() {
    let mut session = started();
    set(&mut session, Setting::Batch(64));
    let before = session.settings().clone();
    session.apply(Action::RestoreDefaults);
    assert_ne!(session.settings(), &before);
    session.apply(Action::Undo);
    assert_eq!(session.settings(), &before);
}

#[test]
fn the_cursor_is_undone() {
    assert_undone(|session| Action::Point { pane: pane(session, 1), at: [1.5, -0.5] });
}

#[test]
fn a_link_is_undone() {
    assert_undone(|_| Action::Set(Setting::Link(Link::SameImage)));
}

#[test]
fn the_path_is_undone() {
    assert_undone(|_| Action::AddWaypoint(Waypoint::Image(5)));
    assert_undone(|session| Action::MoveWaypoint { index: 1, pane: pane(session, 0), at: [5.0, 0.0] });
    assert_undone(|_| Action::MakeWaypoints { images: false });
}

#[test]
fn a_selection_is_undone() {
    assert_undone(|_| Action::Select(Some(vec![1, 2])));
}

#[test]
fn hidden_classes_are_undone() {
    assert_undone(|_| Action::ShowClass { class: 1, only: false });
}

#[test]
fn how_the_points_are_drawn_goes_back_with_the_selection() {
    let mut session = started();
    session.apply(Action::Select(Some(vec![1, 2])));
    session.apply(Action::Undo);
    assert!(session.emphasis().is_none());
    session.apply(Action::Redo);
    assert!(session.emphasis().is_some());
}

#[test]
fn a_drawing_is_undone() {
    assert_undone(|_| Action::Draw {
        at: [0.5, 0.5],
        brush: Some(Brush { radius: 0.1, erases: false, color: [255; 3] }),
    });
    assert_undone(|_| Action::ResampleNoise);
}

#[test]
fn the_order_of_panes_is_undone() {
    assert_undone(|session| Action::Move { pane: pane(session, 0), to: 1 });
}

#[test]
fn what_a_pane_shows_is_undone() {
    assert_undone(|session| Action::Show { pane: pane(session, 1), run: AE });
}

#[test]
fn a_name_is_undone() {
    assert_undone(|_| Action::Rename { run: AE, name: "calm".to_owned() });
}

#[test]
fn an_overlay_is_undone() {
    assert_undone(|_| Action::ShowOverlay { pane: None, overlay: Overlay::Manifold, on: true });
    assert_undone(|_| Action::ShowField { pane: None, field: Some(FieldKind::Density) });
}

#[test]
fn unlinking_is_undone() {
    assert_undone(|session| Action::Unlink(pane(session, 1)));
}

#[test]
fn how_the_window_looks_is_no_step_and_stays() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    let view = View { min: [0.0, 0.0], max: [1.0, 1.0], follows: false };
    let looks = [
        Action::Set(Setting::Tab("path".to_owned())),
        Action::Set(Setting::Theme(Theme::Dark)),
        Action::Set(Setting::Zoom(1.5)),
        Action::Set(Setting::FrameRate(true)),
        Action::Set(Setting::Hint(false)),
        Action::Set(Setting::Losses(LossSettings { logarithmic: true, ..LossSettings::default() })),
        Action::Set(Setting::Figure(FigureSettings { width: 900, ..FigureSettings::default() })),
        Action::FitView(pane(&session, 1)),
        Action::Look { pane: pane(&session, 0), view },
    ];
    for action in looks {
        session.apply(action);
    }
    let screen = session.screen().clone();
    assert!(screen.tab == "path" && screen.zoom == 1.5 && screen.views[&pane(&session, 0)] == view);
    session.apply(Action::Undo);
    assert_eq!(session.settings().train.beta, 1.0);
    assert_eq!(session.screen(), &screen);
}

#[test]
fn training_looking_back_and_measuring_are_no_steps() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    let others = [
        Action::Train(true),
        Action::Step,
        Action::LookAt(Some(0)),
        Action::Play(true),
        Action::LookAt(None),
        Action::Walk(true),
        Action::Walk(false),
        Action::Measure(true),
    ];
    for action in others {
        session.apply(action);
    }
    session.apply(Action::Undo);
    assert_eq!(session.settings().train.beta, 1.0);
}

#[test]
fn a_drag_is_one_step_however_long_it_takes() {
    let mut session = started();
    point(&mut session, [-3.0, 1.0]);
    drag(&mut session, 1.0, 5_000);
    session.apply(Action::Undo);
    assert_eq!(session.cursor_in(pane(&session, 0)), [-3.0, 1.0]);
}

#[test]
fn two_drags_apart_are_two_steps() {
    let mut session = started();
    let first = drag(&mut session, 1.0, 0);
    drag(&mut session, 5.0, 10_000);
    session.apply(Action::Undo);
    assert_eq!(session.cursor_in(pane(&session, 0)), first);
    session.apply(Action::Undo);
    assert_eq!(session.cursor_in(pane(&session, 0)), [0.0, 0.0]);
}

#[test]
fn two_kinds_of_action_are_two_steps_however_close_they_are() {
    let mut session = started();
    point(&mut session, [1.0, 0.0]);
    set(&mut session, Setting::Beta(4.0.into()));
    session.apply(Action::Undo);
    assert_eq!((session.settings().train.beta.mean, session.cursor_in(pane(&session, 0))), (1.0, [1.0, 0.0]));
}

#[test]
fn two_settings_are_two_steps_however_close_they_are() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    set(&mut session, Setting::LearningRate(0.01));
    session.apply(Action::Undo);
    assert_eq!((session.settings().train.beta.mean, session.settings().train.learning_rate), (4.0, 1e-3));
}

#[test]
fn a_line_that_is_drawn_is_one_step() {
    let mut session = started();
    let brush = Brush { radius: 0.1, erases: false, color: [255; 3] };
    for x in [0.2, 0.8] {
        session.apply(Action::Draw { at: [x, 0.2], brush: Some(brush) });
        session.apply(Action::Draw { at: [x, 0.5], brush: None });
        session.apply(Action::Draw { at: [x, 0.8], brush: None });
    }
    session.apply(Action::Undo);
    let points: Vec<_> = session.document().drawing.lines.iter().map(|line| line.points.clone()).collect();
    assert_eq!(points, [[[0.2, 0.2], [0.2, 0.5], [0.2, 0.8]]]);
    session.apply(Action::Undo);
    assert!(session.document().drawing.lines.is_empty());
}

#[test]
fn what_is_done_after_undo_is_a_step_of_its_own_however_close_it_is() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    point(&mut session, [1.0, 0.0]);
    session.apply(Action::Undo);
    point(&mut session, [2.0, 0.0]);
    session.apply(Action::Undo);
    assert_eq!((session.settings().train.beta.mean, session.cursor_in(pane(&session, 0))), (4.0, [0.0, 0.0]));
}

#[test]
fn a_new_action_leaves_nothing_to_redo() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    session.apply(Action::Undo);
    point(&mut session, [1.0, 0.0]);
    session.apply(Action::Redo);
    assert_eq!((session.settings().train.beta.mean, session.cursor_in(pane(&session, 0))), (1.0, [1.0, 0.0]));
}

#[test]
fn what_was_undone_can_be_redone_after_a_choice_of_a_tab() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    session.apply(Action::Undo);
    set(&mut session, Setting::Tab("path".to_owned()));
    session.apply(Action::Redo);
    assert_eq!(session.settings().train.beta, 4.0);
}

#[test]
fn where_there_is_nothing_to_undo_nothing_happens() {
    let mut session = started();
    let before = session.document().clone();
    assert_sent(&session.apply(Action::Undo), &[]);
    assert_sent(&session.apply(Action::Redo), &[]);
    assert_eq!(session.document(), &before);
}

#[test]
fn undoing_a_setting_sends_the_old_value() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    assert_sent(&session.apply(Action::Undo), &[set_beta(1, AE, 1.0), set_beta(1, VAE, 1.0)]);
    assert_sent(&session.apply(Action::Redo), &[set_beta(1, AE, 4.0), set_beta(1, VAE, 4.0)]);
}

#[test]
fn undoing_a_forks_setting_sends_the_old_value_to_it_alone() {
    let mut session = forked(0);
    session.apply(Action::SetBeta { run: FORK, beta: 20.0.into() });
    assert_sent(&session.apply(Action::Undo), &[set_beta(1, FORK, 1.0)]);
}

#[test]
fn a_document_of_an_earlier_session_comes_back_with_todays_panes() {
    let mut session = started();
    set(&mut session, Setting::Beta(4.0.into()));
    session.apply(Action::Reset);
    begin(&mut session, 2, other_pair(0));
    let effects = session.apply(Action::Undo);
    assert_eq!(shown(&session), [RunId(2), RunId(3)]);
    assert_sent(&effects, &[set_beta(2, RunId(2), 1.0), set_beta(2, RunId(3), 1.0)]);
}

#[test]
fn undoing_what_was_set_before_the_runs_were_in_place_keeps_their_panes() {
    let (mut session, _) = fresh();
    set(&mut session, Setting::Batch(64));
    begin(&mut session, 1, pair(0));
    assert_sent(&session.apply(Action::Undo), &[]);
    assert_eq!((shown(&session), session.settings().train.batch), (vec![AE, VAE], 128));
}

#[test]
fn runs_that_are_gone_do_not_come_back() {
    let mut session = started();
    point(&mut session, [1.0, 0.0]);
    session.apply(Action::Close(pane(&session, 0)));
    hear(&mut session, 1, vec![run(1, Vae, 0)]);
    for _ in 0..2 {
        session.apply(Action::Undo);
        assert_eq!(shown(&session), [VAE]);
    }
}

#[test]
fn a_copy_that_was_closed_comes_back_as_the_pane_it_was() {
    let mut session = started();
    session.apply(Action::Duplicate(pane(&session, 0)));
    let copy = pane(&session, 1);
    session.apply(Action::Close(copy));
    session.apply(Action::Undo);
    assert_eq!((shown(&session), pane(&session, 1)), (vec![AE, AE, VAE], copy));
}

#[test]
fn undoing_the_cursor_does_not_end_a_run_that_has_come_in_since() {
    let mut session = started();
    session.apply(Action::NewRun(Vae));
    point(&mut session, [1.0, 0.0]);
    hear(&mut session, 1, vec![run(0, Ae, 0), run(1, Vae, 0), run(2, Vae, 0)]);
    assert_sent(&session.apply(Action::Undo), &[]);
    assert_eq!(shown(&session), [AE, VAE, RunId(2)]);
}

#[test]
fn redoing_what_a_pane_shows_ends_no_run() {
    let mut session = started();
    session.apply(Action::Show { pane: pane(&session, 1), run: AE });
    session.apply(Action::Undo);
    assert_sent(&session.apply(Action::Redo), &[]);
}

#[test]
fn undoing_a_link_leaves_the_cursor_on_its_image() {
    let mut session = started();
    set(&mut session, Setting::Link(Link::SameImage));
    session.apply(Action::Find(4));
    set(&mut session, Setting::Link(Link::SameCode));
    session.apply(Action::Undo);
    assert_eq!([0, 1].map(|place| session.cursor_in(pane(&session, place))), [[4.0, 0.0], [0.0, 4.0]]);
}
