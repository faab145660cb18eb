//! How a plane looks with each overlay, from fixed weights: pictures in `tests/snapshots`, which `UPDATE_SNAPSHOTS=1 cargo
//! test --release planes` makes anew.

use egui_kittest::{SnapshotOptions, try_image_snapshot_options};
use image::imageops;
use latent_explorer::explore::FieldKind;
use latent_explorer::ui::{Action, Overlays, Settings, Start, Tab};

use crate::support::window::{Window, settings};
use crate::support::{dataset_folder, fixed_checkpoint};

const NOTHING: Overlays = Overlays {
    points: false,
    means: false,
    posteriors: false,
    rings: false,
    manifold: false,
    trails: false,
    field: None,
};

/// A window on a VAE with fixed weights, which shows these overlays.
fn window(overlays: Overlays, tab: Tab) -> Window {
    let data = dataset_folder();
    let runs = vec![fixed_checkpoint(&data.path().display().to_string()).into()];
    let start = Start::Trained { runs, data: Some(data.path().display().to_string()) };
    let mut window = Window::start(Settings { overlays, tab, ..settings() }, start, Some(data));
    window.wait(|app| app.session.live.is_some().then_some(()));
    window.harness.run_steps(3);
    window
}

/// Compares the plane, a little forgiving of other vector instructions.
fn compare(mut window: Window, name: &str) {
    window.harness.remove_cursor();
    let plane = window.plane("VAE");
    let picture = window.picture();
    let part = imageops::crop_imm(
        &picture,
        plane.left() as u32,
        plane.top() as u32,
        plane.width() as u32,
        plane.height() as u32,
    );
    let options = SnapshotOptions::new().output_path("tests/snapshots").threshold(1.0).max_failed_pixels(60);
    if let Err(error) = try_image_snapshot_options(&part.to_image(), name, &options) {
        panic!("{error}");
    }
}

#[test]
fn the_codes_of_fixed_weights() {
    let mut window = window(Overlays { points: true, ..NOTHING }, Tab::Losses);
    window.wait(|app| app.session.panes[0].cloud.is_current().then_some(()));
    compare(window, "codes");
}

#[test]
fn class_means_posteriors_and_rings() {
    let overlays = Overlays { means: true, posteriors: true, rings: true, ..NOTHING };
    compare(window(overlays, Tab::Losses), "means_posteriors_rings");
}

#[test]
fn the_manifold() {
    let mut window = window(Overlays { manifold: true, ..NOTHING }, Tab::Losses);
    window.wait(|app| app.session.panes[0].pictures.has_manifold().then_some(()));
    // Asked anew once the plane has its size.
    window.harness.run_steps(3);
    std::thread::sleep(std::time::Duration::from_millis(300));
    compare(window, "manifold");
}

#[test]
fn every_field() {
    for (kind, name) in [
        (FieldKind::Density, "density"),
        (FieldKind::Difference, "difference"),
        (FieldKind::Magnification, "magnification"),
        (FieldKind::Class, "class"),
        (FieldKind::Flow, "flow"),
    ] {
        let mut window = window(Overlays { field: Some(kind), ..NOTHING }, Tab::Losses);
        window.wait(|app| app.session.panes[0].field.is_complete(kind).then_some(()));
        compare(window, name);
    }
}

#[test]
fn a_path_and_a_selection() {
    let mut window = window(Overlays { points: true, ..NOTHING }, Tab::Path);
    window.harness.state_mut().session.apply(Action::Select(Some((0..40).collect())));
    window.harness.run_steps(2);
    window.wait(|app| app.session.panes[0].way.way.is_some().then_some(()));
    window.wait(|app| app.session.panes[0].cloud.is_current().then_some(()));
    compare(window, "path_and_selection");
}
