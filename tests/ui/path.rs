//! Paths and their strips.

use std::path::Path;

use egui::{Event, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use latent_explorer::ui::{App, Settings, Tab};
use tempfile::TempDir;

use super::trained;
use crate::support::window::{Window, settings};
use crate::support::{SIDE, wait_for};

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
