//! What asks before it throws something away.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use latent_explorer::config::ModelKind;
use latent_explorer::engine::SessionId;
use latent_explorer::session::{Action, Setting};

use crate::support::dataset_folder;
use crate::support::window::{Window, settings};

/// A window whose runs have learned one step.
fn learned() -> Window {
    let mut window = Window::open(settings());
    window.click("⏭ Step");
    window.wait_for_step(1);
    window
}

fn is_asked(window: &Window) -> bool {
    window.harness.query_by_label("Cancel").is_some()
}

#[test]
fn a_reset_asks_and_cancel_keeps_what_was_learned() {
    let mut window = learned();
    window.click("↺ Reset");
    window.harness.get_by_label_contains("would be lost");
    window.click("Cancel");
    assert!(!is_asked(&window));
    window.harness.run_steps(5);
    let live = window.session().live().unwrap();
    assert_eq!((live.session, live.step), (SessionId(1), 1));
}

#[test]
fn a_reset_of_runs_that_have_learned_nothing_asks_nothing() {
    let mut window = Window::open(settings());
    window.click("↺ Reset");
    assert!(!is_asked(&window));
    window.wait(|app| app.session().live().filter(|live| live.session == SessionId(2)).map(|_| ()));
}

#[test]
fn a_reset_cannot_be_undone_away_by_a_later_choice_of_a_tab() {
    let mut window = learned();
    window.click("↺ Reset");
    window.click("Reset");
    window.wait(|app| app.session().live().filter(|live| live.session == SessionId(2)).map(|_| ()));
    window.harness.run_steps(2);
    let panes = window.session().panes().to_vec();
    window.click("Samples");
    window.press_with(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.session().panes(), panes);
    assert_eq!(window.session().screen().tab, "samples");
}

#[test]
fn closing_the_only_pane_of_a_run_asks_and_cancel_keeps_it() {
    let mut window = learned();
    let ae = window.pane(0);
    window.act(Action::Close(ae));
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("1 step");
    window.click("Cancel");
    assert_eq!(window.session().panes().len(), 2);
}

#[test]
fn closing_one_of_two_panes_of_a_run_asks_nothing_and_the_run_goes_on() {
    let mut window = learned();
    window.act(Action::Duplicate(window.pane(0)));
    window.wait_for_panes(3);
    window.act(Action::Close(window.pane(0)));
    window.harness.run_steps(2);
    assert!(!is_asked(&window));
    assert_eq!(window.session().panes().len(), 2);
    window.click("⏭ Step");
    window.wait_for_step(2);
    assert_eq!(window.session().runs().count(), 2);
}

#[test]
fn other_data_ask_and_cancel_keeps_those_that_are_there() {
    let mut window = learned();
    let (other, before) = (dataset_folder(), window.session().settings().data.clone());
    window.act(Action::Set(Setting::Data(other.path().display().to_string().into())));
    window.harness.run_steps(2);
    window.click("Cancel");
    assert_eq!(window.session().settings().data, before);
    window.act(Action::Set(Setting::Data(other.path().display().to_string().into())));
    window.harness.run_steps(2);
    window.click("Change the data");
    window.wait(|app| app.session().live().filter(|live| live.session == SessionId(2)).map(|_| ()));
    assert_eq!(window.session().stage().unwrap().dataset.source.path, other.path().display().to_string());
}

#[test]
fn undoing_a_run_that_has_learned_asks_first() {
    let mut window = Window::open(settings());
    window.act(Action::NewRun(ModelKind::Vae));
    window.wait_for_panes(3);
    window.click("⏭ Step");
    window.wait_for_step(1);
    window.press_with(Modifiers::COMMAND, Key::Z);
    assert!(is_asked(&window));
    assert_eq!(window.session().panes().len(), 3);
    window.click("Close");
    assert_eq!(window.session().panes().len(), 2);
    window.wait(|app| (app.session().runs().count() == 2).then_some(()));
}

#[test]
fn enter_answers_yes_and_escape_no() {
    let mut window = learned();
    window.click("↺ Reset");
    window.press(Key::Escape);
    assert!(!is_asked(&window));
    assert_eq!(window.session().live().unwrap().session, SessionId(1));
    window.click("↺ Reset");
    window.press(Key::Enter);
    window.wait(|app| app.session().live().filter(|live| live.session == SessionId(2)).map(|_| ()));
}

#[test]
fn enter_on_cancel_cancels() {
    let mut window = learned();
    window.click("↺ Reset");
    window.harness.get_by_label("Cancel").focus();
    window.harness.run_steps(2);
    window.press(Key::Enter);
    window.harness.run_steps(5);
    assert!(!is_asked(&window));
    let live = window.session().live().unwrap();
    assert_eq!((live.session, live.step), (SessionId(1), 1));
    assert!(!window.session().is_starting());
}

#[test]
fn while_something_is_asked_keys_call_no_commands() {
    let mut window = learned();
    window.click("↺ Reset");
    window.press(Key::Space);
    window.press(Key::D);
    assert!(is_asked(&window));
    assert!(!window.session().is_training() && !window.session().settings().overlays.manifold);
}
