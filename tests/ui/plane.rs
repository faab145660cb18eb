//! What is done in a plane, and what is drawn over it.

use egui::{Event, Key, vec2};
use egui_kittest::kittest::Queryable;
use latent_explorer::explore::FieldKind;
use latent_explorer::session::{Action, Link, Preferences, Settings};

use super::{count, trained};
use crate::support::window::{Window, settings};

/// With the cursors linked by image.
fn by_image() -> Preferences {
    let preferences = settings();
    Preferences { settings: Settings { link: Link::SameImage, ..preferences.settings }, ..preferences }
}

fn cursor_image(window: &Window) -> usize {
    window.session().document().cursor.image.expect("an image")
}

#[test]
fn a_drag_in_one_plane_moves_the_cursor_in_both_and_decodes_there() {
    let mut window = Window::open(settings());
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(60.0, -40.0));
    let session = window.session();
    let z = session.document().cursor.code;
    assert!(z[0] > 0.1 && z[1] > 0.1, "{z:?}");
    assert_eq!((session.cursor_in(window.pane(0)), session.cursor_in(window.pane(1))), (z, z));
    window.harness.get_by(|node| node.label().is_some_and(|l| l.starts_with("AE latent plane") && l.contains('+')));
}

#[test]
fn the_image_beside_the_plane_follows_the_cursor() {
    let mut window = Window::open(settings());
    let vae = window.pane(1);
    let before = window.wait(|app| app.panes().image(vae).cloned());
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.left_top() + vec2(30.0, 30.0));
    window.wait(|app| app.panes().image(vae).filter(|picture| **picture != before).map(|_| ()));
}

#[test]
fn arrow_keys_move_the_cursor_in_fine_steps() {
    let mut window = Window::open(settings());
    window.press(Key::ArrowRight);
    window.press(Key::ArrowUp);
    let z = window.session().document().cursor.code;
    assert!(z[0] > 0.0 && z[0] < 0.2 && z[1] > 0.0 && z[1] < 0.2, "{z:?}");
}

#[test]
fn scrolling_zooms_one_plane_about_the_pointer() {
    let mut window = Window::open(settings());
    let (before, other) = (window.frame(1), window.frame(0));
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
    let after = window.frame(1);
    let height = |frame: latent_explorer::figure::Frame| frame.max[1] - frame.min[1];
    assert!(height(after) < 0.8 * height(before), "{before:?} {after:?}");
    assert!((after.max[1] - before.max[1]).abs() < 0.03 * height(before), "the pointer is near the top");
    assert_eq!(window.frame(0), other);
}

#[test]
fn linked_by_image_each_plane_shows_that_images_own_code() {
    let mut window = Window::open(by_image());
    let plane = window.plane("AE");
    window.drag(plane.center(), plane.center() + vec2(20.0, 10.0));
    let image = cursor_image(&window);
    for place in 0..2 {
        let pane = window.pane(place);
        assert_eq!(window.session().cursor_in(pane), window.run(place).codes.mu[image]);
        assert_eq!(window.session().image_at_cursor(pane).map(|(_, distance)| distance), Some(0.0));
    }
}

#[test]
fn linked_by_image_the_arrow_keys_go_from_image_to_image() {
    let mut window = Window::open(by_image());
    let plane = window.plane("AE");
    window.drag(plane.center(), plane.center() + vec2(2.0, 2.0));
    let before = cursor_image(&window);
    let seen: Vec<_> = [Key::ArrowRight, Key::ArrowLeft, Key::ArrowUp, Key::ArrowDown]
        .map(|key| {
            window.press(key);
            cursor_image(&window)
        })
        .to_vec();
    assert!(seen.iter().any(|image| *image != before), "{before} {seen:?}");
    assert_eq!(window.session().settings().link, Link::SameImage);
}

#[test]
fn codes_show_in_their_class_colours_and_can_be_hidden() {
    let mut window = Window::open(settings());
    window.press(Key::Space);
    window.wait_for_step(100);
    window.pause();
    window.settle();
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
    window.settle();
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
    window.pause();
    for overlay in ["codes", "class means", "posteriors q(z|x)", "prior rings"] {
        window.click(overlay);
    }
    window.settle();
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
        window.act(Action::ShowField { pane: None, field: Some(kind) });
        window.settle();
    }
    window.harness.get_by_label("behind").click();
    window.harness.run_steps(3);
    window.click("q(z) − p(z)");
    assert_eq!(window.session().settings().overlays.field, Some(FieldKind::Difference));
    window.settle();
    let picture = window.picture();
    // A prior that no code fills is blue.
    let missing = count(&picture, window.plane("VAE"), [0x2b, 0x7b, 0xd6]);
    assert!(missing > 50, "{missing}");
}

#[test]
fn codes_are_fainter_over_a_manifold_than_by_themselves() {
    let mut window = trained();
    for overlay in ["class means", "posteriors q(z|x)", "prior rings"] {
        window.click(overlay);
    }
    window.settle();
    let (plane, orange) = (window.plane("VAE"), [0xff, 0xa9, 0x0e]);
    let alone = count(&window.picture(), plane, orange);
    window.click("manifold");
    window.settle();
    let over = count(&window.picture(), plane, orange);
    assert!(alone > 20 && over < alone / 2, "{alone} alone, {over} over the manifold");
}
