//! Panes, the timeline, and forks.

use egui::{Key, Pos2, Role, vec2};
use egui_kittest::kittest::Queryable;
use latent_explorer::config::ModelKind;
use latent_explorer::model::{Compute, Frozen};
use latent_explorer::session::Action;

use super::trained;
use crate::support::window::Window;

#[test]
fn looking_back_shows_the_codes_that_the_kept_weights_give() {
    let mut window = trained();
    let now = window.run(1).codes.clone();
    window.act(Action::LookAt(Some(8)));
    window.harness.run_steps(2);
    let state = window.run(1).clone();
    assert_eq!(state.checkpoint.progress.step, 8);
    let probe = window.session().stage().unwrap().probe.clone();
    let model = state.checkpoint.restore(Compute::cpu(1)).unwrap();
    assert_eq!(*state.codes, model.encode_places(&probe.gather(0..probe.len())).unwrap());
    window.click("Live");
    assert_eq!(window.run(1).codes, now);
}

#[test]
fn the_timeline_is_dragged_and_training_goes_on() {
    let mut window = trained();
    window.press(Key::Space);
    let bar = window.harness.get_by_label("timeline").rect();
    let handle = Pos2::new(bar.right() - 8.0, bar.center().y);
    window.drag(handle, Pos2::new(bar.left() + 8.0, bar.center().y));
    assert_eq!(window.session().looking(), Some(0));
    assert_eq!(window.run(0).checkpoint.progress.step, 0);
    let step = window.step();
    window.wait_for_step(step + 10);
    assert_eq!(window.run(0).checkpoint.progress.step, 0);
}

#[test]
fn playing_back_begins_with_the_first_state_and_ends_at_the_newest() {
    let mut window = trained();
    window.act(Action::Play(true));
    assert_eq!(window.session().looking(), Some(0));
    window.wait(|app| app.session().looking().filter(|&step| step >= 4));
    window.wait(|app| app.session().looking().is_none().then_some(()));
    assert!(!window.session().is_playing());
}

#[test]
fn the_button_beside_the_timeline_plays_it_back() {
    let mut window = trained();
    window.click("play back");
    assert!(window.session().is_playing() && window.session().looking().is_some());
}

#[test]
fn a_pane_that_looks_back_says_at_which_step() {
    let mut window = trained();
    window.act(Action::LookAt(Some(8)));
    window.harness.run_steps(2);
    assert_eq!(window.harness.query_all_by_label_contains("step 8 · ").count(), 2);
}

#[test]
fn a_fork_gets_a_pane_says_what_differs_and_trains_alone_with_its_beta() {
    let mut window = trained();
    window.click("fork VAE here");
    window.wait_for_panes(3);
    window.plane("VAE 2");
    let step = window.step();
    window.harness.get_by_label_contains(&format!("nothing changed, from VAE at step {step}"));
    window.act(Action::SetBeta { run: window.run_id(2), beta: 9.0.into() });
    window.click("⏭ Step");
    window.wait_for_step(step + 1);
    assert_eq!(window.run(2).checkpoint.progress.train.beta, 9.0);
    assert_eq!(window.run(1).checkpoint.progress.train.beta, 1.0);
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("β 9.000 instead of 1.000");
}

#[test]
fn a_beta_typed_into_a_paused_fork_is_the_one_it_keeps() {
    let mut window = trained();
    window.click("fork VAE here");
    window.wait_for_panes(3);
    let fork = window.run_id(2);
    window.harness.get_by_role_and_label(Role::SpinButton, "β").click();
    window.harness.run_steps(3);
    window.type_keys(&[(Key::Num2, "2"), (Key::Num0, "0")]);
    window.press(Key::Enter);
    window.harness.run_steps(5);
    let shown = window.harness.get_by_role_and_label(Role::SpinButton, "β").value();
    assert_eq!(shown.and_then(|value| value.parse().ok()), Some(20.0));
    assert_eq!(window.session().document().own[&fork].beta, 20.0);
    // The digits were typed, and called no command.
    assert_eq!(window.session().settings().overlays.field, None);
    let step = window.step();
    window.click("⏭ Step");
    window.wait_for_step(step + 1);
    assert_eq!(window.run(2).checkpoint.progress.train.beta, 20.0);
}

#[test]
fn panes_are_named_moved_and_closed_from_their_menu() {
    let mut window = trained();
    window.click("AE pane");
    window.click("Move right");
    let kinds = |window: &Window| -> Vec<ModelKind> {
        let count = window.session().panes().len();
        (0..count).map(|place| window.run(place).checkpoint.model.kind).collect()
    };
    assert_eq!(kinds(&window), [ModelKind::Vae, ModelKind::Ae]);
    window.click("VAE pane");
    let name = window.harness.get_by_label("name");
    name.focus();
    name.type_text(" at rest");
    window.harness.run_steps(2);
    window.press(Key::Escape);
    window.plane("VAE at rest");
    window.click("AE pane");
    window.click("Close");
    // What it has learnt would be lost.
    window.click("Close");
    assert_eq!(kinds(&window), [ModelKind::Vae]);
    window.wait(|app| app.session().live().filter(|live| live.runs.len() == 1).map(|_| ()));
}

#[test]
fn a_new_run_starts_at_step_0_in_a_pane_of_its_own() {
    let mut window = trained();
    window.click("AE pane");
    window.click("New run…");
    window.harness.run_steps(3);
    window.click("Start");
    window.wait_for_panes(3);
    assert_eq!(window.run(2).checkpoint.progress.step, 0);
    assert!(window.step() >= 40);
}

#[test]
fn panes_at_different_steps_say_so() {
    let mut window = trained();
    window.act(Action::NewRun(ModelKind::Vae));
    window.wait_for_panes(3);
    window.harness.get_by_label_contains("step 0 · ");
    let step = window.step();
    assert_eq!(window.harness.query_all_by_label_contains(&format!("step {step} · ")).count(), 2);
}

#[test]
fn an_unlinked_pane_has_a_cursor_and_overlays_of_its_own() {
    let mut window = trained();
    window.click("VAE pane");
    window.click("Unlink cursor and overlays");
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(40.0, 30.0));
    let [ae, vae] = [0, 1].map(|place| window.pane(place));
    assert_eq!(window.session().cursor_in(ae), [0.0, 0.0]);
    assert_ne!(window.session().cursor_in(vae), [0.0, 0.0]);
    window.click("manifold");
    assert!(window.session().overlays(vae).manifold && !window.session().overlays(ae).manifold);
}

#[test]
fn a_pane_has_a_button_that_fits_its_view_to_its_codes_again() {
    let mut window = trained();
    let before = window.frame(1);
    let plane = window.plane("VAE");
    window.harness.hover_at(plane.center());
    window.harness.event(egui::Event::Zoom(3.0));
    window.harness.run_steps(3);
    assert!(window.frame(1).scale() > 2.0 * before.scale());
    window.click("fit VAE");
    window.harness.run_steps(2);
    assert!((window.frame(1).scale() / before.scale() - 1.0).abs() < 0.1, "{:?} {before:?}", window.frame(1));
}
