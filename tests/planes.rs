//! How a plane looks with each overlay, from fixed weights: pictures in `tests/snapshots`, which `UPDATE_SNAPSHOTS=1 cargo
//! test --release planes` makes anew.

use egui_kittest::{SnapshotOptions, try_image_snapshot_options};
use image::imageops;
use latent_explorer::explore::FieldKind;
use latent_explorer::session::{Action, Overlays, Start};
use latent_explorer::ui::tabs::PathTab;

use crate::support::window::{Opening, Window, on_tab};
use crate::support::{dataset_folder, fixed_checkpoint};

/// A window on a VAE with fixed weights, which shows these overlays.
fn window(overlays: Overlays, tab: &str) -> Window {
    let data = dataset_folder();
    let name = data.path().display().to_string();
    let start = Start::Trained { runs: vec![fixed_checkpoint(&name).into()], data: Some(name.into()) };
    let mut preferences = on_tab(tab);
    preferences.settings.overlays = overlays;
    let mut window = Opening::new(preferences, start, Some(data)).open();
    window.settle();
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
    compare(window(Overlays { points: true, ..Overlays::NONE }, "losses"), "codes");
}

#[test]
fn class_means_posteriors_and_rings() {
    let overlays = Overlays { means: true, posteriors: true, rings: true, ..Overlays::NONE };
    compare(window(overlays, "losses"), "means_posteriors_rings");
}

#[test]
fn the_manifold() {
    compare(window(Overlays { manifold: true, ..Overlays::NONE }, "losses"), "manifold");
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
        compare(window(Overlays { field: Some(kind), ..Overlays::NONE }, "losses"), name);
    }
}

#[test]
fn a_path_and_a_selection() {
    let mut window = window(Overlays { points: true, ..Overlays::NONE }, "path");
    window.act(Action::Select(Some((0..40).collect())));
    window.settle();
    let run = window.run_id(0);
    window.wait(|app| app.tabs().get::<PathTab>()?.of(run).map(|_| ()));
    compare(window, "path_and_selection");
}
