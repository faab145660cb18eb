//! What is done in a plane, and what is drawn over it.

use egui::{Event, Key, vec2};
use egui_kittest::kittest::Queryable;
use latent_explorer::explore::FieldKind;
use latent_explorer::ui::{App, Link, Settings};

use super::{count, trained};
use crate::support::window::{Window, settings};

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
