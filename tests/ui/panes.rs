//! Panes, the timeline, and forks.

use egui::{Key, Pos2, vec2};
use egui_kittest::kittest::Queryable;
use latent_explorer::config::ModelKind;
use latent_explorer::engine::RunId;
use latent_explorer::model::Compute;
use latent_explorer::ui::{Action, Arrange};

use super::trained;
use crate::support::window::Window;

#[test]
fn looking_back_shows_the_codes_that_the_kept_weights_give() {
    let mut window = trained();
    let now = window.run(1).codes.clone();
    window.harness.state_mut().session.apply(Action::LookAt(Some(8)));
    window.harness.run_steps(2);
    let state = window.run(1).clone();
    assert_eq!(state.checkpoint.progress.step, 8);
    let probe = window.harness.state().session.stage.as_ref().unwrap().probe.clone();
    let model = state.checkpoint.restore(Compute::cpu(1)).unwrap();
    assert_eq!(*state.codes, model.encode_images(&probe.gather(0..probe.len())).unwrap());
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
    assert_eq!(window.harness.state().session.looking, Some(0));
    assert_eq!(window.run(0).checkpoint.progress.step, 0);
    let step = window.step();
    window.wait_for_step(step + 10);
    assert_eq!(window.run(0).checkpoint.progress.step, 0);
}

#[test]
fn playing_back_ends_at_the_newest_state() {
    let mut window = trained();
    window.click("play back");
    assert_eq!(window.harness.state().session.looking, Some(0));
    window.wait(|app| app.session.looking.filter(|&step| step >= 4));
    window.wait(|app| app.session.looking.is_none().then_some(()));
}

#[test]
fn a_fork_gets_a_pane_says_what_differs_and_trains_alone_with_its_beta() {
    let mut window = trained();
    let forks: Vec<_> = window.harness.get_all_by_label("Fork here").map(|node| node.rect().center()).collect();
    window.drag(forks[1], forks[1]);
    window.wait(|app| (app.session.panes.len() == 3).then_some(()));
    window.plane("VAE 2");
    let step = window.step();
    window.harness.get_by_label_contains(&format!("nothing changed, from VAE at step {step}"));
    window.harness.state_mut().session.apply(Action::Arrange(Arrange::SetBeta { run: RunId(2), beta: 9.0 }));
    window.click("⏭ Step");
    window.wait_for_step(step + 1);
    assert_eq!(window.run(2).checkpoint.progress.train.beta, 9.0);
    assert_eq!(window.run(1).checkpoint.progress.train.beta, 1.0);
    window.harness.get_by_label_contains("β 9.000 instead of 1.000");
}

#[test]
fn panes_are_named_moved_and_closed_from_their_menu() {
    let mut window = trained();
    window.click("AE pane");
    window.click("Move right");
    let kinds = |window: &Window| -> Vec<_> { window.harness.state().session.panes.iter().map(|p| p.kind).collect() };
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
    assert_eq!(kinds(&window), [ModelKind::Vae]);
    window.wait(|app| app.session.live.as_ref().filter(|live| live.runs.len() == 1).map(|_| ()));
}

#[test]
fn a_new_run_starts_at_step_0_in_a_pane_of_its_own() {
    let mut window = trained();
    window.click("AE pane");
    window.click("New variational autoencoder");
    window.wait(|app| (app.session.panes.len() == 3).then_some(()));
    assert_eq!(window.run(2).checkpoint.progress.step, 0);
    assert!(window.step() >= 40);
}

#[test]
fn an_unlinked_pane_has_a_cursor_and_overlays_of_its_own() {
    let mut window = trained();
    window.click("VAE pane");
    window.click("Unlink cursor and overlays");
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(40.0, 30.0));
    let session = &window.harness.state().session;
    assert_eq!(session.cursor_in(0), [0.0, 0.0]);
    assert_ne!(session.cursor_in(1), [0.0, 0.0]);
    window.click("manifold");
    let session = &window.harness.state().session;
    assert!(session.overlays(1).manifold && !session.overlays(0).manifold);
}
