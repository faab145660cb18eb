//! The window as such: opening, training, data, themes, undo.

use std::sync::Arc;

use egui::{Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use latent_explorer::engine::SessionId;
use latent_explorer::session::{Action, Preferences, Screen, Setting, Settings, Start, Theme};

use super::count;
use crate::support::gates::Gates;
use crate::support::wait_for;
use crate::support::window::{Opening, Window, on_tab, settings};

/// The usual ones of these tests with one of the screen's changed.
fn with_screen(change: fn(&mut Screen)) -> Preferences {
    let mut preferences = settings();
    change(&mut preferences.screen);
    preferences
}

#[test]
fn it_opens_and_trains_at_once() {
    let preferences = settings();
    let own = Settings { train_at_start: true, ..preferences.settings };
    let mut window = Window::open(Preferences { settings: own, ..preferences });
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
    window.wait(|app| app.session().live().filter(|live| !live.training).map(|_| ()));
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
    assert!(window.session().settings().overlays.manifold);
}

#[test]
fn step_takes_one_step_and_reset_starts_over() {
    let mut window = Window::open(settings());
    window.click("⏭ Step");
    window.wait_for_step(1);
    assert_eq!(window.step(), 1);
    window.click("↺ Reset");
    window.click("Reset");
    window.wait(|app| app.session().live().filter(|live| live.session == SessionId(2)).map(|_| ()));
    assert_eq!(window.step(), 0);
}

#[test]
fn one_click_switches_the_kl_term_off_and_another_on() {
    let mut window = Window::open(settings());
    for (halves, beta) in [("off", 0.0), ("both", 1.0)] {
        let step = window.step();
        window.click(halves);
        window.click("⏭ Step");
        window.wait_for_step(step + 1);
        assert_eq!(window.beta(), beta);
    }
}

#[test]
fn beta_can_be_set_exactly() {
    let mut window = Window::open(settings());
    window.harness.get_by_role_and_label(egui::Role::Slider, "β of means").set_value_accesskit(12.5);
    window.harness.run_steps(2);
    window.click("⏭ Step");
    window.wait_for_step(1);
    assert_eq!(window.beta(), 12.5);
}

#[test]
fn opened_runs_leave_the_persons_own_settings_alone() {
    let first = Window::open(settings());
    let mut checkpoint = (*first.run(1).checkpoint).clone();
    checkpoint.progress.train.beta = 77.0.into();
    let own = settings();
    let start = Start::Trained { runs: vec![checkpoint.into()], data: None };
    let second = Opening::new(own.clone(), start, None).open();
    assert_eq!(second.session().settings().train.beta, 77.0);
    assert_eq!(second.session().preferences(), own);
}

#[test]
fn data_that_are_not_there_leave_those_that_are() {
    let mut window = Window::open(settings());
    let name = window.session().settings().data.clone();
    window.act(Action::Set(Setting::Data("/nowhere".into())));
    window.wait(|app| app.session().notice().filter(|notice| notice.is_error).map(|_| ()));
    assert_eq!(window.session().settings().data, name);
}

#[test]
fn both_themes_draw_the_whole_window() {
    let dark: fn(&mut Screen) = |screen| screen.theme = Theme::Dark;
    let light: fn(&mut Screen) = |screen| screen.theme = Theme::Light;
    for (theme, background) in [(dark, [0x1c, 0x1e, 0x23]), (light, [0xf6, 0xf7, 0xf9])] {
        let mut window = Window::open(with_screen(theme));
        let picture = window.picture();
        assert_eq!(picture.dimensions(), (1440, 900));
        let panel = Rect::from_min_size(Pos2::new(0.0, 650.0), vec2(220.0, 200.0));
        assert!(count(&picture, panel, background) > 30_000, "{:?}", window.session().screen().theme);
    }
}

#[test]
fn a_run_that_diverges_is_said_in_its_pane_and_the_window_lives() {
    let mut first = Window::open(settings());
    let mut wild = (*first.run(1).checkpoint).clone();
    Arc::make_mut(&mut wild.parameters).iter_mut().for_each(|v| *v *= 1e30);
    let calm = (*first.run(0).checkpoint).clone();
    first.harness.step();
    let start = Start::Trained { runs: vec![calm.into(), wild.into()], data: None };
    let mut window = Opening::new(settings(), start, first.data.take()).open();
    window.press(Key::Space);
    let failed = |app: &latent_explorer::ui::App, place: usize| {
        let session = app.session();
        session.panes().get(place).is_some_and(|pane| session.failure(pane.run).is_some())
    };
    window.wait(|app| (failed(app, 0) || failed(app, 1)).then_some(()));
    window.harness.run_steps(2);
    assert!(window.harness.query_all_by_label("stopped").next().is_some());
    assert!(!failed(window.app(), 0));
    window.wait_for_step(5);
}

#[test]
fn data_that_cannot_be_read_are_said_in_the_window_which_no_longer_says_that_it_loads() {
    let start = Start::Fresh { data: Some("/nowhere".into()) };
    let mut window = Window::start(settings(), start, None);
    window.wait_for_notice("/nowhere");
    window.harness.run_steps(2);
    assert!(window.harness.query_all_by_label_contains("/nowhere").next().is_some());
    assert!(window.harness.query_all_by_label_contains("oading").next().is_none());
}

#[test]
fn a_trained_run_opens_paused_with_its_own_weights_and_data() {
    let mut first = Window::open(settings());
    first.click("⏭ Step");
    first.wait_for_step(1);
    let checkpoint = (*first.run(1).checkpoint).clone();
    let start = Start::Trained { runs: vec![checkpoint.clone().into()], data: None };
    let second = Opening::new(settings(), start, None).open();
    assert_eq!(second.session().panes().len(), 1);
    assert_eq!(second.run(0).checkpoint.parameters, checkpoint.parameters);
    assert_eq!(second.step(), 1);
    assert!(!second.run(0).history.held_out.points().is_empty());
}

#[test]
fn every_control_has_a_name() {
    let mut window = Window::open(on_tab("path"));
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
    changed.settings.train.beta = 3.5.into();
    changed.settings.path.steps = 9;
    changed.settings.overlays.manifold = true;
    changed.screen.zoom = 1.3;
    let saved = serde_json::to_string(&changed).unwrap();
    assert_eq!(serde_json::from_str::<Preferences>(&saved).unwrap(), changed);
    assert_eq!(serde_json::from_str::<Preferences>("{}").unwrap(), Preferences::default());
}

#[test]
fn a_saved_zoom_that_cannot_be_drawn_starts_as_usual() {
    for zoom in [f32::NAN, 0.0, f32::INFINITY] {
        let mut preferences = settings();
        preferences.screen.zoom = zoom;
        let window = Window::open(preferences);
        assert_eq!(window.session().screen().zoom, 1.0, "{zoom}");
        assert_eq!(window.harness.ctx.zoom_factor(), 1.0, "{zoom}");
    }
}

#[test]
fn a_zoom_that_egui_has_kept_and_that_cannot_be_drawn_starts_as_usual() {
    for zoom in [f32::NAN, 0.0] {
        let window = Opening { kept_zoom: Some(zoom), ..Opening::on_bars(settings()) }.open();
        assert_eq!(window.harness.ctx.zoom_factor(), 1.0, "{zoom}");
    }
}

#[test]
fn settings_and_cursor_are_undone_and_redone() {
    let mut window = Window::open(settings());
    window.press(Key::D);
    let plane = window.plane("AE");
    window.drag(plane.center(), plane.center() + vec2(60.0, 0.0));
    let manifold = |window: &Window| window.session().settings().overlays.manifold;
    let moved = |window: &Window| window.session().document().cursor.code != [0.0, 0.0];
    window.press_with(Modifiers::COMMAND, Key::Z);
    assert!(manifold(&window) && !moved(&window));
    window.press_with(Modifiers::COMMAND, Key::Z);
    assert!(!manifold(&window));
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(manifold(&window) && moved(&window));
}

#[test]
fn choosing_a_tab_or_a_look_is_nothing_to_undo() {
    let mut window = Window::open(settings());
    window.press(Key::D);
    window.click("Path");
    window.click("light or dark");
    window.press_with(Modifiers::COMMAND, Key::Z);
    assert!(!window.session().settings().overlays.manifold);
    assert_eq!((window.session().screen().tab.as_str(), window.session().screen().theme), ("path", Theme::Light));
}

#[test]
fn the_hint_for_newcomers_goes_away_for_good() {
    let mut window = Window::open(with_screen(|screen| screen.hint = true));
    window.click("Got it");
    assert!(!window.session().screen().hint);
    assert!(window.harness.query_by_label("Got it").is_none());
}

#[test]
fn a_panic_in_a_panes_job_is_said_in_its_plane_and_the_next_request_is_served() {
    let gates = Gates::default();
    let mut preferences = settings();
    preferences.settings.overlays = latent_explorer::session::Overlays::NONE;
    let mut window = Opening::on_bars(preferences).gated(&gates).open();
    let (plane, warning) = (window.plane("VAE"), [0xe0, 0x6c, 0x4b]);
    window.settle();
    assert!(count(&window.picture(), plane, warning) < 5);
    gates.panic_at(&format!("image at the cursor {:?}", window.pane(1)));
    let vae = window.pane(1);
    window.act(Action::Point { pane: vae, at: [1.0, 1.0] });
    wait_for(|| (count(&window.picture(), plane, warning) >= 5).then_some(()));
    assert!(!window.app().panes().is_current(vae, window.session()));
    window.act(Action::Point { pane: vae, at: [0.5, 0.5] });
    window.settle();
    assert!(count(&window.picture(), plane, warning) < 5);
}

#[test]
fn a_drawing_does_not_outlive_its_data() {
    let mut window = Window::open(settings());
    window.act(Action::PutImage(Arc::new(vec![0.5; 64])));
    assert!(window.session().document().drawing.image.is_some());
    let other = crate::support::dataset_folder();
    window.act(Action::Set(Setting::Data(other.path().display().to_string().into())));
    window.wait(|app| app.session().live().filter(|live| live.session == SessionId(2)).map(|_| ()));
    assert!(window.session().document().drawing.image.is_none());
}
