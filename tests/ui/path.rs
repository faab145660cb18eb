//! Paths and their strips.

use std::path::Path;

use egui::{Event, Modifiers, Pos2, Role, pos2, vec2};
use egui_kittest::kittest::Queryable;
use latent_explorer::config::Place;
use latent_explorer::engine::RunId;
use latent_explorer::explore::{Waypoint, nearest};
use latent_explorer::session::Action;
use latent_explorer::ui::App;
use latent_explorer::ui::tabs::PathTab;
use tempfile::TempDir;

use super::trained;
use crate::support::SIDE;
use crate::support::window::{Window, on_tab};

/// The codes along the path of a run, once they are known.
fn codes(app: &App, run: RunId) -> Option<Vec<Place>> {
    app.tabs().get::<PathTab>()?.of(run).map(|(path, _)| path.codes.clone())
}

fn wait_for_strips(window: &mut Window) {
    window.wait(|app| app.session().panes().iter().all(|pane| codes(app, pane.run).is_some()).then_some(()));
    window.harness.run_steps(2);
}

/// With the tab open and both strips there.
fn opened() -> Window {
    let mut window = Window::open(on_tab("path"));
    wait_for_strips(&mut window);
    window
}

/// Where a place of a pane's plane is on the screen.
fn at(window: &Window, place: usize, z: Place) -> Pos2 {
    let (x, y) = window.frame(place).at(z);
    pos2(x, y)
}

/// The same but for rounding.
fn near(a: Place, b: Place) -> bool {
    (a[0] - b[0]).abs() < 1e-5 && (a[1] - b[1]).abs() < 1e-5
}

fn points(window: &Window) -> Vec<Waypoint> {
    window.session().settings().path.points.clone()
}

#[test]
fn the_ends_of_a_path_between_codes_are_dragged_and_the_cursor_stays() {
    let mut window = opened();
    window.act(Action::MakeWaypoints { images: false });
    window.harness.run_steps(2);
    let Waypoint::Code(first) = points(&window)[0] else { panic!("a code: {:?}", points(&window)) };
    window.drag(at(&window, 1, first), at(&window, 1, [0.5, 2.0]));
    let Waypoint::Code(moved) = points(&window)[0] else { panic!("a code: {:?}", points(&window)) };
    assert!((moved[0] - 0.5).abs() < 0.2 && (moved[1] - 2.0).abs() < 0.2, "{moved:?}");
    assert_eq!(window.session().document().cursor.code, [0.0, 0.0]);
}

#[test]
fn a_path_goes_between_each_models_own_codes_of_the_same_two_images() {
    let mut window = trained();
    window.click("Path");
    wait_for_strips(&mut window);
    assert_eq!(points(&window), [Waypoint::Image(0), Waypoint::Image(1)]);
    for place in [0, 1] {
        let (run, along) = (window.run(place), codes(window.app(), window.run_id(place)).unwrap());
        assert!(near(along[0], run.codes.mu[0]) && near(along[along.len() - 1], run.codes.mu[1]));
    }
    assert_ne!(window.run(0).codes.mu[0], window.run(1).codes.mu[0]);
}

#[test]
fn an_end_that_is_dragged_becomes_the_image_nearest_there() {
    let mut window = trained();
    window.click("Path");
    wait_for_strips(&mut window);
    let (from, to) = (window.run(1).codes.mu[0], window.run(1).codes.mu[44]);
    window.drag(at(&window, 1, from), at(&window, 1, to));
    let there = at(&window, 1, to);
    let dropped = window.frame(1).place((there.x, there.y));
    let (image, _) = nearest(&window.run(1).codes.mu, dropped).unwrap();
    assert_eq!(points(&window)[0], Waypoint::Image(image));
    let own = window.run(0).codes.mu[image];
    let ae = window.run_id(0);
    window.wait(|app| (codes(app, ae)?[0] == own).then_some(()));
}

#[test]
fn waypoints_are_made_images_and_codes_by_a_choice_in_the_tab() {
    let mut window = opened();
    // There is an overlay of that name too.
    window.harness.get_by_role_and_label(Role::RadioButton, "codes").click();
    window.harness.run_steps(2);
    assert!(points(&window).iter().all(|point| matches!(point, Waypoint::Code(_))), "{:?}", points(&window));
    window.click("images");
    assert!(points(&window).iter().all(|point| matches!(point, Waypoint::Image(_))), "{:?}", points(&window));
}

#[test]
fn the_strips_are_exported_to_a_typed_path() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("strip.png");
    let mut window = opened();
    save_to(&mut window, &file);
    let notice = window.wait_for_notice("strip.png");
    assert!(!notice.is_error, "{notice:?}");
    let scale = 4;
    let (width, height) = ((15 * SIDE * scale) as u32, ((2 * SIDE + 2) * scale) as u32);
    assert_eq!(image::image_dimensions(&file).unwrap(), (width, height));
}

#[test]
fn a_path_that_was_exported_to_is_not_that_of_the_next_export() {
    let folder = TempDir::new().unwrap();
    let mut window = opened();
    save_to(&mut window, &folder.path().join("strip.png"));
    window.wait_for_notice("strip.png");
    assert_eq!(window.harness.get_by_label("export path").value().unwrap_or_default(), "");
}

#[test]
fn a_file_that_is_there_is_replaced_only_after_the_person_has_said_so() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("strip.png");
    std::fs::write(&file, "mine").unwrap();
    let mut window = opened();
    save_to(&mut window, &file);
    window.wait(|app| app.session().confirmation().map(|_| ()));
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("strip.png exists already. Replace it?");
    window.click("Cancel");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    save_to(&mut window, &file);
    window.wait_for_label("Replace");
    window.click("Replace");
    window.wait_for_notice("Saved");
    assert!(image::image_dimensions(&file).is_ok());
}

#[test]
fn an_export_that_fails_is_said_in_the_window() {
    let mut window = opened();
    save_to(&mut window, Path::new("/nowhere/strip.png"));
    let notice = window.wait_for_notice("/nowhere/strip.png");
    assert!(notice.is_error, "{notice:?}");
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("/nowhere/strip.png");
}

fn save_to(window: &mut Window, file: &Path) {
    window.type_into("export path", &file.display().to_string());
    window.click("Save");
}

#[test]
fn a_geodesic_is_each_models_own_and_passes_its_waypoints() {
    let mut window = trained();
    window.click("Path");
    window.click("geodesic");
    window.click("add waypoint");
    let points = points(&window);
    assert_eq!(points.len(), 3);
    for place in [0, 1] {
        let (run, own) = (window.run_id(place), window.run(place).codes.mu.clone());
        let ends = (points[0].code(&own).unwrap(), points[2].code(&own).unwrap());
        let passes = |codes: &[Place]| {
            codes.first().is_some_and(|z| near(*z, ends.0)) && codes.last().is_some_and(|z| near(*z, ends.1))
        };
        let (length, straight) = window.wait(|app| {
            let (path, _) = app.tabs().get::<PathTab>()?.of(run)?;
            passes(&path.codes).then_some((path.length, path.straight))
        });
        assert!(length <= straight * 1.0001, "{length} rather than {straight}");
    }
    window.click("remove waypoint");
    assert_eq!(window.session().settings().path.points.len(), 2);
}

#[test]
fn the_strips_are_exported_as_an_animation_when_the_file_says_so() {
    let mut window = opened();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("strip.gif");
    save_to(&mut window, &file);
    let notice = window.wait_for_notice("strip.gif");
    assert!(!notice.is_error, "{notice:?}");
    let bytes = std::fs::read(&file).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("\"waypoints\""));
}

#[test]
fn the_cursors_go_along_the_path_until_one_is_dragged() {
    let mut window = trained();
    window.click("Path");
    wait_for_strips(&mut window);
    window.click("go along the path");
    let (vae, along) = (window.pane(1), codes(window.app(), window.run_id(1)).unwrap());
    window.wait(|app| (app.session().cursor_in(vae) == along[3]).then_some(()));
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(30.0, 10.0));
    assert!(!window.session().is_walking());
    let cursor = window.session().cursor_in(vae);
    window.harness.run_steps(3);
    assert_eq!(window.session().cursor_in(vae), cursor);
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
    let there = window.frame(1).place((at.x, at.y));
    let (image, _) = nearest(&window.run(1).codes.mu, there).unwrap();
    assert_eq!(points(&window)[2..], [Waypoint::Image(image)]);
    assert_eq!(window.session().document().cursor.code, [0.0, 0.0]);
}
