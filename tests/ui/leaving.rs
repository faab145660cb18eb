//! The window is closed while an export is being written: it waits for that, and can be told not to.

use std::path::PathBuf;

use egui::{ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::Queryable;
use latent_explorer::session::{Action, Export};
use latent_explorer::ui;
use tempfile::TempDir;

use super::learn;
use crate::support::gates::Gates;
use crate::support::window::{Opening, Window, settings};

struct Scene {
    window: Window,
    gates: Gates,
    folder: TempDir,
}

impl Scene {
    /// A window that was to be closed while an export to a file of this name is held.
    fn closing(file: &str) -> Self {
        let gates = Gates::closed(["export"]);
        let mut window = Opening::on_bars(settings()).gated(&gates).open();
        learn(&mut window);
        let folder = TempDir::new().unwrap();
        window.act(Action::Export(Export { what: ui::PLANES, to: Some(folder.path().join(file)) }));
        window.wait_for_held(&gates, "export");
        let mut scene = Self { window, gates, folder };
        let commands = scene.close();
        assert!(commands.contains(&ViewportCommand::CancelClose), "{commands:?}");
        scene.window.harness.run_steps(2);
        scene
    }

    /// Closes the window as a person does; what it says to that.
    fn close(&mut self) -> Vec<ViewportCommand> {
        let viewports = &mut self.window.harness.input_mut().viewports;
        viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
        self.window.harness.step();
        commands(&self.window)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn commands(window: &Window) -> Vec<ViewportCommand> {
    window.harness.output().viewport_output[&ViewportId::ROOT].commands.clone()
}

/// Draws frames until the window closes itself.
fn wait_for_the_end(window: &mut Window) {
    crate::support::wait_for(|| {
        window.harness.step();
        commands(window).contains(&ViewportCommand::Close).then_some(())
    });
}

#[test]
fn it_says_what_it_waits_for_and_closes_when_that_is_written() {
    let mut scene = Scene::closing("planes.svg");
    scene.window.harness.get_by_label("Saving planes.svg…");
    scene.gates.open();
    wait_for_the_end(&mut scene.window);
    let svg = std::fs::read_to_string(scene.file("planes.svg")).unwrap();
    roxmltree::Document::parse(&svg).unwrap();
    assert!(!scene.close().contains(&ViewportCommand::CancelClose));
}

#[test]
fn it_can_be_told_not_to_wait() {
    let mut scene = Scene::closing("planes.svg");
    scene.window.click("Close without saving");
    let commands = scene.close();
    assert!(!commands.contains(&ViewportCommand::CancelClose), "{commands:?}");
    scene.gates.open();
}

#[test]
fn it_can_be_kept_open_and_the_export_goes_on() {
    let mut scene = Scene::closing("planes.svg");
    scene.window.click("Stay");
    assert!(scene.window.harness.query_by_label("Saving planes.svg…").is_none());
    scene.gates.open();
    scene.window.wait_for_notice("Saved");
    assert!(!commands(&scene.window).contains(&ViewportCommand::Close));
}

#[test]
fn it_stays_when_the_export_asks_something() {
    let mut scene = Scene::closing("planes.svg");
    std::fs::create_dir(scene.file("planes.svg")).unwrap();
    scene.gates.open();
    scene.window.wait(|app| app.session().confirmation().map(|_| ()));
    scene.window.harness.run_steps(3);
    assert!(!commands(&scene.window).contains(&ViewportCommand::Close));
    assert!(scene.window.harness.query_by_label("Saving planes.svg…").is_none());
}

#[test]
fn a_window_with_nothing_under_way_closes_at_once() {
    let mut window = Window::open(settings());
    let viewports = &mut window.harness.input_mut().viewports;
    viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
    window.harness.step();
    assert!(!commands(&window).contains(&ViewportCommand::CancelClose));
}
