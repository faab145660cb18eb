//! The window as a person uses it, through the accessibility tree and the pixels, without a display.

use std::path::Path;

use egui::{Event, Key, Modifiers, Pos2, Rect, ThemePreference, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use image::RgbaImage;
use latent_explorer::config::ModelKind;
use latent_explorer::explore::FieldKind;
use latent_explorer::model::Compute;
use latent_explorer::ui::{Action, App, Arrange, Export, FigureOf, FigureSettings, Link, Settings, Start, Tab, View};
use tempfile::TempDir;

use crate::support::window::{Window, settings};
use crate::support::{SIDE, wait_for};

/// Pixels of `picture` within `rect` that are near `color`.
fn count(picture: &RgbaImage, rect: Rect, color: [u8; 3]) -> usize {
    let within = |x: u32, y: u32| rect.contains(Pos2::new(x as f32, y as f32));
    let near = |pixel: &image::Rgba<u8>| (0..3).all(|c| pixel.0[c].abs_diff(color[c]) < 24);
    picture.enumerate_pixels().filter(|(x, y, pixel)| within(*x, *y) && near(pixel)).count()
}

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
    window.wait(|app| app.session.live.as_ref().filter(|live| live.session == 2).map(|_| ()));
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
fn a_drag_in_one_plane_moves_the_cursor_in_both_and_decodes_there() {
    let mut window = Window::open(settings());
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(60.0, -40.0));
    let session = &window.harness.state().session;
    let z = session.cursor;
    assert!(z[0] > 0.1 && z[1] > 0.1, "{z:?}");
    assert_eq!((session.cursor_in(0), session.cursor_in(1)), (z, z));
    window.harness.get_by(|node| node.label().is_some_and(|l| l.starts_with("AE latent plane") && l.contains('+')));
}

#[test]
fn the_image_beside_the_plane_follows_the_cursor() {
    let mut window = Window::open(settings());
    let decoded = |app: &App| app.session.panes[1].pictures.at_cursor().cloned();
    let before = window.wait(decoded);
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.left_top() + vec2(30.0, 30.0));
    window.wait(|app| decoded(app).filter(|picture| *picture != before));
}

#[test]
fn arrow_keys_move_the_cursor_in_fine_steps() {
    let mut window = Window::open(settings());
    window.press(Key::ArrowRight);
    window.press(Key::ArrowUp);
    let z = window.harness.state().session.cursor;
    assert!(z[0] > 0.0 && z[0] < 0.2 && z[1] > 0.0 && z[1] < 0.2, "{z:?}");
}

#[test]
fn scrolling_zooms_one_plane_about_the_pointer() {
    let mut window = Window::open(settings());
    let shown = |window: &Window, pane: usize| window.harness.state().session.panes[pane].shown.expect("a plane").0;
    let (before, other) = (shown(&window, 1), shown(&window, 0));
    let pointer = window.plane("VAE").left_top() + vec2(5.0, 5.0);
    window.harness.hover_at(pointer);
    window.harness.event(Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 120.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    window.harness.run_steps(20);
    let after = shown(&window, 1);
    let height = |view: ([f32; 2], [f32; 2])| view.1[1] - view.0[1];
    assert!(height(after) < 0.8 * height(before), "{before:?} {after:?}");
    assert!((after.1[1] - before.1[1]).abs() < 0.03 * height(before), "the pointer is near the top");
    assert_eq!(shown(&window, 0), other);
}

#[test]
fn linked_by_image_each_plane_shows_that_images_own_code() {
    let mut window = Window::open(Settings { link: Link::SameImage, ..settings() });
    let plane = window.plane("AE");
    window.drag(plane.center(), plane.center() + vec2(20.0, 10.0));
    let session = &window.harness.state().session;
    let image = session.image.expect("an image");
    for pane in 0..2 {
        assert_eq!(session.cursor_in(pane), window.run(pane).codes.mu[image]);
        assert_eq!(session.image_at_cursor(pane).map(|(_, distance)| distance), Some(0.0));
    }
}

#[test]
fn linked_by_image_the_arrow_keys_go_from_image_to_image() {
    let mut window = Window::open(Settings { link: Link::SameImage, ..settings() });
    let plane = window.plane("AE");
    window.drag(plane.center(), plane.center() + vec2(2.0, 2.0));
    let before = window.harness.state().session.image.expect("an image");
    let seen: Vec<_> = [Key::ArrowRight, Key::ArrowLeft, Key::ArrowUp, Key::ArrowDown]
        .map(|key| {
            window.press(key);
            window.harness.state().session.image.expect("an image")
        })
        .to_vec();
    assert!(seen.iter().any(|image| *image != before), "{before} {seen:?}");
    assert_eq!(window.harness.state().session.settings.link, Link::SameImage);
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
fn codes_show_in_their_class_colours_and_can_be_hidden() {
    let mut window = Window::open(settings());
    window.press(Key::Space);
    window.wait_for_step(100);
    window.press(Key::Space);
    window.wait(|app| app.session.live.as_ref().filter(|live| !live.training).map(|_| ()));
    let plane = window.plane("AE");
    let first_class = [0x3f, 0x90, 0xda];
    let with = count(&window.picture(), plane, first_class);
    window.click("codes");
    window.click("class means");
    let without = count(&window.picture(), plane, first_class);
    assert!(with > without + 100, "{with} pixels with, {without} without");
}

#[test]
fn the_manifold_fills_the_plane_of_both_models() {
    let mut window = Window::open(settings());
    window.click("manifold");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.pictures.has_manifold()).then_some(()));
    let picture = window.picture();
    for model in ["AE", "VAE"] {
        // Untrained decoders give grey, which nothing else in the plane is.
        let grey = count(&picture, window.plane(model), [128, 128, 128]);
        assert!(grey > 50_000, "{grey} pixels of {model}");
    }
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
fn the_ends_of_the_path_are_dragged_and_the_cursor_stays() {
    let mut window = Window::open(Settings { tab: Tab::Path, ..settings() });
    let shown = window.harness.state().session.panes[1].shown.expect("a drawn plane").0;
    let plane = window.plane("VAE");
    let from = window.harness.state().session.settings.path.points[0];
    let at = |z: [f32; 2]| {
        let ((left, bottom), (right, top)) = ((shown.0[0], shown.0[1]), (shown.1[0], shown.1[1]));
        let (x, y) = ((z[0] - left) / (right - left), (top - z[1]) / (top - bottom));
        plane.min + plane.size() * vec2(x, y)
    };
    window.drag(at(from), at([0.5, 2.0]));
    let session = &window.harness.state().session;
    let moved = session.settings.path.points[0];
    assert!((moved[0] - 0.5).abs() < 0.2 && (moved[1] - 2.0).abs() < 0.2, "{moved:?}");
    assert_eq!(session.cursor, [0.0, 0.0]);
}

#[test]
fn the_strips_are_exported_to_a_typed_path() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("strip.png");
    let mut window = Window::open(Settings { tab: Tab::Path, ..settings() });
    window.wait(|app| app.session.panes.iter().all(|pane| pane.pictures.strip().is_some()).then_some(()));
    type_path(&mut window, &file);
    window.click("Save");
    let notice = window.wait(|app| app.session.notice.clone());
    assert!(!notice.is_error && notice.text.contains("strip.png"), "{notice:?}");
    let scale = 4;
    let (width, height) = ((15 * SIDE * scale) as u32, ((2 * SIDE + 2) * scale) as u32);
    assert_eq!(image::image_dimensions(&file).unwrap(), (width, height));
}

#[test]
fn an_export_that_fails_is_said_in_the_window() {
    let mut window = Window::open(Settings { tab: Tab::Path, ..settings() });
    window.wait(|app| app.session.panes.iter().all(|pane| pane.pictures.strip().is_some()).then_some(()));
    type_path(&mut window, Path::new("/nowhere/strip.png"));
    window.click("Save");
    let notice = window.wait(|app| app.session.notice.clone());
    assert!(notice.is_error && notice.text.contains("/nowhere/strip.png"), "{notice:?}");
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("/nowhere/strip.png");
}

fn type_path(window: &mut Window, file: &Path) {
    window.harness.get_by_label("export path").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("export path").type_text(&file.display().to_string());
    window.harness.run_steps(2);
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

/// A window whose runs have learned a little and are paused.
fn trained() -> Window {
    let mut window = Window::open(settings());
    window.press(Key::Space);
    window.wait_for_step(40);
    window.press(Key::Space);
    window.wait(|app| app.session.live.as_ref().filter(|live| !live.training).map(|_| ()));
    window
}

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
    window.harness.state_mut().session.apply(Action::Arrange(Arrange::SetBeta { run: 2, beta: 9.0 }));
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

#[test]
fn trails_show_how_the_class_means_moved() {
    let mut window = trained();
    window.press(Key::Space);
    window.wait_for_step(300);
    window.press(Key::Space);
    for overlay in ["codes", "class means", "posteriors q(z|x)", "prior rings"] {
        window.click(overlay);
    }
    let (plane, second_class) = (window.plane("VAE"), [0xff, 0xa9, 0x0e]);
    let without = count(&window.picture(), plane, second_class);
    window.click("trails");
    let with = count(&window.picture(), plane, second_class);
    assert!(with > without + 20, "{with} pixels with, {without} without");
}

#[test]
fn a_field_is_refined_behind_the_points_of_every_plane() {
    let mut window = trained();
    for kind in [FieldKind::Density, FieldKind::Magnification, FieldKind::Class, FieldKind::Flow] {
        window.harness.state_mut().session.settings.overlays.field = Some(kind);
        window.wait(|app| app.session.panes.iter().all(|pane| pane.field.is_complete(kind)).then_some(()));
    }
    window.harness.get_by_label("behind").click();
    window.harness.run_steps(3);
    window.click("q(z) − p(z)");
    let difference = Some(FieldKind::Difference);
    assert_eq!(window.harness.state().session.settings.overlays.field, difference);
    window.wait(|app| app.session.panes.iter().all(|p| p.field.is_complete(FieldKind::Difference)).then_some(()));
    let picture = window.picture();
    // A prior that no code fills is blue.
    let missing = count(&picture, window.plane("VAE"), [0x2b, 0x7b, 0xd6]);
    assert!(missing > 50, "{missing}");
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

#[test]
fn samples_come_from_the_same_noise_and_an_aes_from_where_it_is_told() {
    let mut window = trained();
    window.click("Samples");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.pictures.samples().is_some()).then_some(()));
    let codes = |window: &Window, pane: usize| window.harness.state().session.sampled_codes(pane);
    assert_eq!(codes(&window, 0), codes(&window, 1));
    let before = codes(&window, 1);
    window.click("fitted Gaussian");
    assert_ne!(codes(&window, 0), codes(&window, 1));
    window.harness.get_by_label_contains("Gaussian fitted to its codes");
    window.click("New draw");
    assert_ne!(codes(&window, 1), before);
}

#[test]
fn the_training_image_nearest_a_sample_is_shown_where_one_points() {
    let mut window = trained();
    window.click("Samples");
    window.wait(|app| app.session.panes[1].pictures.samples().map(|_| ()));
    let gallery = window.harness.get_by_label("VAE samples").rect();
    window.harness.hover_at(gallery.left_top() + vec2(5.0, 5.0));
    window.wait(|app| app.session.nearest.as_ref().and_then(|(_, nearest)| *nearest));
    window.harness.run_steps(40);
    window.harness.get_by_label_contains("differs by");
}

#[test]
fn a_drawing_goes_through_every_model_as_its_own_encoder_and_decoder_say() {
    let mut window = trained();
    window.click("Draw");
    let pad = window.harness.get_by_label("sketchpad").rect();
    window.drag(pad.center_top() + vec2(0.0, 20.0), pad.center_bottom() - vec2(0.0, 20.0));
    window.wait(|app| app.session.panes.iter().all(|pane| pane.journey.passed.is_some()).then_some(()));
    window.harness.run_steps(3);
    let session = &window.harness.state().session;
    let (image, eps) = (session.drawing.image.clone().unwrap(), session.drawing.eps());
    let model = window.run(1).checkpoint.restore(Compute::cpu(1)).unwrap();
    let codes = model.encode_images(&image).unwrap();
    let passed = session.panes[1].journey.passed.as_ref().unwrap();
    assert_eq!(passed.mu, codes.mu[0]);
    let sigma = passed.sigma.unwrap();
    assert_eq!(passed.z, [0, 1].map(|d| passed.mu[d] + sigma[d] * eps[d]));
    assert!(session.panes[0].journey.passed.as_ref().unwrap().sigma.is_none());
    window.harness.get_by_label("VAE reconstruction");
    window.click("Resample ε");
    window.wait(|app| app.session.panes[1].journey.passed.as_ref().filter(|p| p.mu == codes.mu[0]).map(|_| ()));
    assert_ne!(window.harness.state().session.drawing.eps(), eps);
    window.click("Clear");
    assert!(window.harness.state().session.drawing.image.is_none());
}

#[test]
fn the_image_at_the_cursor_can_be_followed_too() {
    let mut window = trained();
    window.click("Draw");
    window.click("Image at the cursor");
    let session = &window.harness.state().session;
    let (nearest, _) = session.image_at_cursor(0).unwrap();
    let expected = session.stage.as_ref().unwrap().probe.gather([nearest]);
    assert_eq!(**session.drawing.image.as_ref().unwrap(), expected);
}

fn choose(window: &mut Window, tool: &str) {
    window.harness.get_by_label(tool).click();
    window.harness.run_steps(2);
}

#[test]
fn a_rectangle_selects_the_same_images_in_every_pane() {
    let mut window = trained();
    choose(&mut window, "rectangle");
    let plane = window.plane("AE");
    window.drag(plane.left_top() + vec2(5.0, 5.0), plane.right_bottom() - vec2(5.0, 5.0));
    let session = &window.harness.state().session;
    let all = session.stage.as_ref().unwrap().probe.len();
    assert_eq!(session.selection.images.as_ref().map(|images| images.len()), Some(all));
    window.click("Selection");
    window.harness.get_by_label(&format!("{all} images"));
    window.harness.get_by_label(&format!("0: {}", all / 3));
    let csv = window.harness.state().session.selection_csv();
    assert_eq!(csv.lines().count(), all + 1);
    let first: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(csv.lines().next(), Some("index,label,AE mu_0,AE mu_1,VAE mu_0,VAE mu_1,VAE logvar_0,VAE logvar_1"));
    assert_eq!(first[2], window.run(0).codes.mu[0][0].to_string());
    window.click("Clear selection");
    assert!(window.harness.state().session.selection.images.is_none());
}

#[test]
fn a_lasso_selects_what_is_within_it_and_mutes_the_rest() {
    let mut window = trained();
    for overlay in ["class means", "posteriors q(z|x)", "prior rings"] {
        window.click(overlay);
    }
    let plane = window.plane("VAE");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.cloud.is_current()).then_some(()));
    let orange = [0xff, 0xa9, 0x0e];
    let before = count(&window.picture(), plane, orange);
    choose(&mut window, "lasso");
    // An outline in a corner, around nothing, selects nothing.
    let corner = plane.left_top() + vec2(4.0, 4.0);
    window.drag(corner, corner + vec2(9.0, 1.0));
    assert!(window.harness.state().session.selection.images.is_none());
    window.harness.state_mut().session.apply(Action::Select(Some(vec![0])));
    window.harness.run_steps(2);
    window.wait(|app| app.session.panes.iter().all(|pane| pane.cloud.is_current()).then_some(()));
    let after = count(&window.picture(), plane, orange);
    assert!(before > 20 && after < before / 3, "{before} before, {after} after");
}

#[test]
fn classes_are_hidden_and_shown_alone_from_the_legend() {
    let mut window = trained();
    window.click("1");
    assert_eq!(window.harness.state().session.selection.hidden, [1]);
    window.harness.state_mut().session.apply(Action::ShowClass { class: 2, only: true });
    assert_eq!(window.harness.state().session.selection.hidden, [0, 1]);
    window.harness.state_mut().session.apply(Action::ShowClass { class: 2, only: true });
    assert!(window.harness.state().session.selection.hidden.is_empty());
}

#[test]
fn an_image_that_is_clicked_is_found_in_every_pane() {
    let mut window = trained();
    window.click("Selection");
    window.harness.state_mut().session.apply(Action::Select(Some(vec![7, 30])));
    window.harness.run_steps(3);
    let gallery = window.harness.get_by_label("selected images").rect();
    let second = gallery.left_top() + vec2(51.0, 17.0);
    window.drag(second, second);
    let session = &window.harness.state().session;
    assert_eq!(session.image, Some(30));
    for pane in [0, 1] {
        assert_eq!(session.cursor_in(pane), window.run(pane).codes.mu[30]);
    }
    window.harness.get_by_label("nearest images");
}

#[test]
fn a_geodesic_is_each_models_own_and_passes_its_waypoints() {
    let mut window = trained();
    window.click("Path");
    window.click("geodesic");
    window.click("add waypoint");
    assert_eq!(window.harness.state().session.settings.path.points.len(), 3);
    let ready = |app: &App| {
        let ways: Option<Vec<_>> = app.session.panes.iter().map(|pane| pane.way.way.clone()).collect();
        ways.filter(|ways| ways.iter().all(|way| way.codes.last() == Some(&[0.0, 0.0])))
    };
    let ways = window.wait(ready);
    for way in &ways {
        assert!(way.length <= way.straight * 1.0001);
        assert_eq!(way.codes[0], [-2.0, -1.0]);
    }
    window.click("remove waypoint");
    assert_eq!(window.harness.state().session.settings.path.points.len(), 2);
}

#[test]
fn the_strips_are_exported_as_an_animation_when_the_file_says_so() {
    let mut window = trained();
    window.click("Path");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.pictures.strip().is_some()).then_some(()));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("strip.gif");
    type_path(&mut window, &file);
    window.click("Save");
    wait_for(|| {
        window.harness.step();
        let notice = window.harness.state().session.notice.clone();
        assert!(notice.as_ref().is_none_or(|notice| !notice.is_error), "{notice:?}");
        file.exists().then_some(())
    });
    let bytes = std::fs::read(&file).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("\"waypoints\""));
}

#[test]
fn all_planes_become_one_figure_with_their_names() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    for name in ["figure.svg", "figure.png"] {
        let file = folder.path().join(name);
        let action = Action::Export { what: Export::Figure(FigureOf::Panes), file: Some(file.clone()) };
        window.harness.state_mut().session.apply(action);
        window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains(name)));
        let bytes = std::fs::read(&file).unwrap();
        if name.ends_with("png") {
            assert_eq!(image::image_dimensions(&file).unwrap(), (1600, 800));
            continue;
        }
        let svg = String::from_utf8(bytes).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
        assert!(texts.contains(&"AE") && texts.contains(&"VAE, β = 1"), "{texts:?}");
        let circles = document.descendants().filter(|n| n.has_tag_name("circle")).count();
        // Two planes of points and three rings, and a legend of three classes.
        let points = window.harness.state().session.stage.as_ref().unwrap().probe.len();
        assert_eq!(circles, 2 * (points + 3) + 3);
    }
}

#[test]
fn a_figure_has_the_chosen_size_field_path_and_view() {
    let mut window = trained();
    window.click("Path");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.way.way.is_some()).then_some(()));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("plane.svg");
    let mut settings = window.harness.state().session.settings.clone();
    settings.figure = FigureSettings { width: 640, height: 500, file: file.clone(), ..FigureSettings::default() };
    settings.overlays.field = Some(FieldKind::Density);
    window.harness.state_mut().session.change(settings);
    let view = View { min: [-1.0, -1.0], max: [1.0, 1.0], follows: false };
    window.harness.state_mut().session.apply(Action::Look { pane: 1, view });
    window.click("Figure…");
    window.click("The plane of VAE");
    window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains("plane.svg")));
    let svg = std::fs::read_to_string(&file).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(document.root_element().attribute("width"), Some("640"));
    let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
    assert!(texts.contains(&"VAE, β = 1") && texts.contains(&"density q(z)") && !texts.contains(&"AE"), "{texts:?}");
    assert!(texts.contains(&"1") && !texts.contains(&"3"), "ticks of the view: {texts:?}");
    assert!(document.descendants().any(|node| node.has_tag_name("image")), "the field");
    let steps = window.harness.state().session.settings.path.steps;
    let path = document.descendants().filter(|node| node.has_tag_name("polyline"));
    let lengths: Vec<_> = path.map(|node| node.attribute("points").unwrap().split(' ').count()).collect();
    assert!(lengths.contains(&steps), "the path: {lengths:?}");
}

#[test]
fn the_losses_become_a_figure_with_a_curve_for_each_run() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("losses.svg");
    let what = Export::Figure(FigureOf::Losses);
    window.harness.state_mut().session.apply(Action::Export { what, file: Some(file.clone()) });
    window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains("losses.svg")));
    let svg = std::fs::read_to_string(&file).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
    for text in ["recon, nats per image", "step", "AE", "VAE"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    let curves = document.descendants().filter(|node| node.has_tag_name("polyline"));
    let drawn = curves.filter(|node| node.attribute("points").unwrap().contains(' ')).count();
    assert!(drawn >= 2, "{drawn} curves");
}

#[test]
fn the_cursors_go_along_the_path_until_one_is_dragged() {
    let mut window = trained();
    window.click("Path");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.way.way.is_some()).then_some(()));
    window.click("go along the path");
    let codes = window.harness.state().session.panes[1].way.way.clone().unwrap().codes;
    window.wait(|app| (app.session.cursor_in(1) == codes[3]).then_some(()));
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(30.0, 10.0));
    let cursor = window.harness.state().session.cursor_in(1);
    std::thread::sleep(std::time::Duration::from_millis(300));
    window.harness.run_steps(3);
    assert_eq!(window.harness.state().session.cursor_in(1), cursor);
}

#[test]
fn a_click_with_ctrl_adds_a_waypoint_there() {
    let mut window = trained();
    window.click("Path");
    let plane = window.plane("VAE");
    let at = plane.center() + vec2(50.0, -40.0);
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, Modifiers::COMMAND);
        window.harness.event(Event::ModifiersChanged(modifiers));
        window.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
        window.harness.run_steps(1);
    }
    window.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    window.harness.run_steps(2);
    let session = &window.harness.state().session;
    assert_eq!((session.settings.path.points.len(), session.cursor), (3, [0.0, 0.0]));
    assert!(session.settings.path.points[2][0] > 0.0 && session.settings.path.points[2][1] > 0.0);
}

#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_file_dropped_on_the_window_is_followed_or_refused() {
    let mut window = trained();
    let folder = TempDir::new().unwrap();
    let (picture, text) = (folder.path().join("dark_on_light.png"), folder.path().join("notes.txt"));
    let ink = |x: u32, _| image::Luma([if x == 5 { 0u8 } else { 255 }]);
    image::GrayImage::from_fn(SIDE as u32, SIDE as u32, ink).save(&picture).unwrap();
    std::fs::write(&text, "no image").unwrap();
    let drop_file = |window: &mut Window, file: &Path| {
        window.harness.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(file.to_owned())));
        window.harness.run_steps(3);
    };
    drop_file(&mut window, &picture);
    let session = &window.harness.state().session;
    let image = session.drawing.image.clone().unwrap();
    assert_eq!((session.settings.tab, image[5], image[4]), (Tab::Draw, 1.0, 0.0), "light on dark");
    drop_file(&mut window, &text);
    window.harness.get_by_label_contains("notes.txt is not an image that can be read");
}

#[test]
fn the_training_becomes_an_animation_with_a_frame_a_state() {
    let mut window = trained();
    let states = window.harness.state().session.kept_steps().len();
    let folder = TempDir::new().unwrap();
    for name in ["training.gif", "training.apng"] {
        let file = folder.path().join(name);
        let action = Action::Export { what: Export::Training, file: Some(file.clone()) };
        window.harness.state_mut().session.apply(action);
        let notice = window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains(name)));
        assert!(!notice.is_error, "{notice:?}");
        let bytes = std::fs::read(&file).unwrap();
        let frames = if name.ends_with("gif") {
            let mut decoder = gif::DecodeOptions::new().read_info(&bytes[..]).unwrap();
            assert_eq!((decoder.width(), decoder.height()), (840, 460));
            std::iter::from_fn(|| decoder.read_next_frame().unwrap().map(|_| ())).count()
        } else {
            let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            reader.info().animation_control().unwrap().num_frames as usize
        };
        assert_eq!(frames, states);
    }
}
