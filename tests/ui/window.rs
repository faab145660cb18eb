//! The window as such: opening, training, data, themes, keys, undo.

use egui::{Key, Modifiers, Pos2, Rect, ThemePreference, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use latent_explorer::ui::{Settings, Start, Tab};

use super::count;
use crate::support::wait_for;
use crate::support::window::{Window, settings};

#[test]
fn it_opens_and_trains_at_once() {
    let mut window = Window::open(Settings { train_at_start: true, ..settings() });
    window.wait_for_step(5);
    window.harness.get_by_label("⏸ Pause");
    window.plane("AE");
    window.plane("VAE");
}

#[test]
fn a_setting_makes_it_open_paused() {
    let mut window = Window::open(settings());
    window.harness.run_steps(10);
    assert_eq!(window.step(), 0);
    window.harness.get_by_label("▶ Train");
}

#[test]
fn space_trains_and_pauses() {
    let mut window = Window::open(settings());
    window.press(Key::Space);
    window.wait_for_step(3);
    window.press(Key::Space);
    window.wait(|app| app.session.live.as_ref().filter(|live| !live.training).map(|_| ()));
    let step = window.step();
    window.harness.run_steps(10);
    assert_eq!(window.step(), step);
}

#[test]
fn space_still_trains_after_another_control_was_clicked() {
    let mut window = Window::open(settings());
    window.click("manifold");
    window.press(Key::Space);
    window.wait_for_step(2);
    assert!(window.harness.state().session.settings.overlays.manifold);
}

#[test]
fn step_takes_one_step_and_reset_starts_over() {
    let mut window = Window::open(settings());
    window.click("⏭ Step");
    window.wait_for_step(1);
    assert_eq!(window.step(), 1);
    window.click("↺ Reset");
    window.wait(|app| app.session.live.as_ref().filter(|live| live.session.0 == 2).map(|_| ()));
    assert_eq!(window.step(), 0);
}

#[test]
fn one_click_switches_the_kl_term_off_and_another_on() {
    let mut window = Window::open(settings());
    for beta in [0.0, 1.0] {
        let step = window.step();
        window.click("KL term");
        window.click("⏭ Step");
        window.wait_for_step(step + 1);
        assert_eq!(window.beta(), beta);
    }
}

#[test]
fn beta_can_be_set_exactly() {
    let mut window = Window::open(settings());
    window.harness.get_by_role_and_label(egui::Role::Slider, "weight β").set_value_accesskit(12.5);
    window.harness.run_steps(2);
    window.click("⏭ Step");
    window.wait_for_step(1);
    assert_eq!(window.beta(), 12.5);
}

#[test]
fn opened_runs_leave_the_persons_own_settings_alone() {
    let first = Window::open(settings());
    let mut checkpoint = (*first.run(1).checkpoint).clone();
    checkpoint.progress.train.beta = 77.0;
    let own = settings();
    let start = Start::Trained { checkpoints: vec![checkpoint], data: None };
    let mut second = Window::start(own.clone(), start, None);
    second.wait(|app| app.session.live.is_some().then_some(()));
    let session = &second.harness.state().session;
    assert_eq!(session.settings.train.beta, 77.0);
    assert_eq!(session.settings_to_save(), own);
}

#[test]
fn data_that_are_not_there_leave_those_that_are() {
    let mut window = Window::open(settings());
    let mut changed = window.harness.state().session.settings.clone();
    let name = changed.data.clone();
    changed.data = "/nowhere".to_owned();
    window.harness.state_mut().session.change(changed);
    window.wait(|app| app.session.notice.clone().filter(|notice| notice.is_error));
    assert_eq!(window.harness.state().session.settings.data, name);
}

#[test]
fn both_themes_draw_the_whole_window() {
    for (theme, background) in
        [(ThemePreference::Dark, [0x1c, 0x1e, 0x23]), (ThemePreference::Light, [0xf6, 0xf7, 0xf9])]
    {
        let mut window = Window::open(Settings { theme, ..settings() });
        let picture = window.picture();
        assert_eq!(picture.dimensions(), (1440, 900));
        let panel = Rect::from_min_size(Pos2::new(0.0, 650.0), vec2(220.0, 200.0));
        assert!(count(&picture, panel, background) > 30_000, "{theme:?}");
    }
}

#[test]
fn a_run_that_diverges_is_said_in_its_pane_and_the_window_lives() {
    let mut first = Window::open(settings());
    let mut wild = (*first.run(1).checkpoint).clone();
    wild.parameters.iter_mut().for_each(|v| *v *= 1e30);
    let calm = (*first.run(0).checkpoint).clone();
    first.harness.step();
    let start = Start::Trained { checkpoints: vec![calm, wild], data: None };
    let mut window = Window::start(settings(), start, first.data);
    window.wait(|app| app.session.live.is_some().then_some(()));
    window.press(Key::Space);
    window.wait(|app| app.session.panes.iter().any(|pane| pane.failure.is_some()).then_some(()));
    window.harness.run_steps(2);
    assert!(window.harness.query_all_by_label("stopped").next().is_some());
    assert_eq!(window.harness.state().session.panes[0].failure, None);
    window.wait_for_step(5);
}

#[test]
fn data_that_cannot_be_read_are_said_in_the_window() {
    let start = Start::Fresh { data: Some("/nowhere".to_owned()) };
    let mut harness = Window::start(settings(), start, None).harness;
    wait_for(|| {
        harness.step();
        harness.state().session.notice.clone()
    });
    harness.run_steps(2);
    assert!(harness.query_all_by_label_contains("/nowhere").next().is_some());
}

#[test]
fn a_trained_run_opens_paused_with_its_own_weights_and_data() {
    let mut first = Window::open(settings());
    first.click("⏭ Step");
    first.wait_for_step(1);
    let checkpoint = (*first.run(1).checkpoint).clone();
    let start = Start::Trained { checkpoints: vec![checkpoint.clone()], data: None };
    let mut second = Window::start(settings(), start, None);
    second.wait(|app| app.session.live.is_some().then_some(()));
    assert_eq!(second.harness.state().session.panes.len(), 1);
    assert_eq!(second.run(0).checkpoint.parameters, checkpoint.parameters);
    assert_eq!(second.step(), 1);
    assert!(!second.run(0).history.held_out.points().is_empty());
}

#[test]
fn every_control_has_a_name() {
    let mut window = Window::open(Settings { tab: Tab::Path, ..settings() });
    window.click("Model and session");
    let controls = [
        egui::Role::Button,
        egui::Role::CheckBox,
        egui::Role::ComboBox,
        egui::Role::RadioButton,
        egui::Role::Slider,
        egui::Role::SpinButton,
        egui::Role::Switch,
        egui::Role::TextInput,
    ];
    let mut seen = 0;
    for role in controls {
        for node in window.harness.query_all_by_role(role) {
            seen += 1;
            let node = node.accesskit_node();
            assert!(node.label().is_some_and(|name| !name.is_empty()), "a {role:?} has no name: {node:?}");
        }
    }
    assert!(seen > 20, "{seen} controls");
}

#[test]
fn settings_survive_being_saved() {
    let mut changed = settings();
    changed.train.beta = 3.5;
    changed.path.steps = 9;
    changed.overlays.manifold = true;
    let saved = serde_json::to_string(&changed).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&saved).unwrap(), changed);
    assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
}

#[test]
fn the_palette_finds_a_command_by_letters_of_its_name() {
    let mut window = Window::open(settings());
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.harness.run_steps(2);
    window.harness.get_by_label("find a command").type_text("hide manif");
    window.harness.run_steps(2);
    window.press(Key::Enter);
    assert!(window.harness.state().session.settings.overlays.manifold);
    assert!(window.harness.query_by_label("find a command").is_none());
}

#[test]
fn every_key_calls_one_command() {
    let window = Window::open(settings());
    let mut window = window;
    window.press(Key::D);
    assert!(window.harness.state().session.settings.overlays.manifold);
    window.press(Key::K);
    assert!(!window.harness.state().session.settings.kl_on);
    window.press(Key::Questionmark);
    window.harness.get_by_label("Show or hide trails");
    assert!(window.harness.query_by_label("Set β = 4").is_none(), "a command without a key");
    window.press(Key::Escape);
    assert!(window.harness.query_by_label("find a command").is_none());
}

#[test]
fn settings_and_cursor_are_undone_and_redone() {
    let mut window = Window::open(settings());
    let rest = |window: &mut Window| window.harness.run_steps(70);
    rest(&mut window);
    window.press(Key::D);
    rest(&mut window);
    let plane = window.plane("AE");
    window.drag(plane.center(), plane.center() + vec2(60.0, 0.0));
    rest(&mut window);
    let manifold = |window: &Window| window.harness.state().session.settings.overlays.manifold;
    let moved = |window: &Window| window.harness.state().session.cursor != [0.0, 0.0];
    let undo = |window: &mut Window, modifiers| {
        window.harness.key_press_modifiers(modifiers, Key::Z);
        window.harness.run_steps(2);
    };
    undo(&mut window, Modifiers::COMMAND);
    assert!(manifold(&window) && !moved(&window));
    undo(&mut window, Modifiers::COMMAND);
    assert!(!manifold(&window));
    undo(&mut window, Modifiers::COMMAND | Modifiers::SHIFT);
    undo(&mut window, Modifiers::COMMAND | Modifiers::SHIFT);
    assert!(manifold(&window) && moved(&window));
}

#[test]
fn the_hint_for_newcomers_goes_away_for_good() {
    let mut window = Window::open(Settings { hint: true, ..settings() });
    window.click("Got it");
    assert!(!window.harness.state().session.settings.hint);
    assert!(window.harness.query_by_label("Got it").is_none());
}
