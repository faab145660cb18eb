//! Makes the pictures of the README: `cargo test --release -- --ignored screenshots`.

use std::path::Path;

use egui::{Key, ThemePreference, vec2};
use latent_explorer::explore::FieldKind;
use latent_explorer::ui::{Action, Arrange, Export, FigureOf, Settings, Tab};

use egui_kittest::kittest::Queryable;

use crate::support::window::Window;

fn settings() -> Settings {
    Settings { theme: ThemePreference::Dark, hint: false, ..Settings::default() }
}

/// Trains until `step`, then pauses.
fn train_until(window: &mut Window, step: u64) {
    if !window.harness.state().session.training {
        window.press(Key::Space);
    }
    window.wait_for_step(step);
    window.press(Key::Space);
    window.wait(|app| app.session.live.as_ref().filter(|live| !live.training).map(|_| ()));
}

fn save(window: &mut Window, name: &str) {
    window.harness.remove_cursor();
    // Time for the threads to answer, and to be asked again.
    for _ in 0..4 {
        window.harness.run_steps(5);
        std::thread::sleep(std::time::Duration::from_millis(400));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots").join(name);
    window.picture().save(path).unwrap();
}

#[test]
#[ignore = "writes the README's pictures; trains MNIST for a minute or two"]
fn every_feature_on_mnist() {
    let mut window = Window::open_on_mnist(settings());
    train_until(&mut window, 1_900);
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(-40.0, 55.0));
    save(&mut window, "window.png");

    window.click("manifold");
    save(&mut window, "manifold.png");
    window.click("manifold");

    window.click("light or dark");
    window.click("Path");
    window.click("geodesic");
    save(&mut window, "path.png");
    window.click("light or dark");

    window.click("Samples");
    save(&mut window, "samples.png");

    window.click("Draw");
    let pad = window.harness.get_by_label("sketchpad").rect();
    let at = |x: f32, y: f32| pad.min + vec2(x, y) * pad.size();
    window.drag(at(0.25, 0.2), at(0.75, 0.2));
    window.drag(at(0.75, 0.2), at(0.4, 0.85));
    save(&mut window, "draw.png");

    let session = &mut window.harness.state_mut().session;
    session.settings.overlays.field = Some(FieldKind::Magnification);
    session.settings.overlays.points = false;
    window.wait(|app| app.session.panes.iter().all(|p| p.field.is_complete(FieldKind::Magnification)).then_some(()));
    save(&mut window, "fields.png");
    let session = &mut window.harness.state_mut().session;
    session.settings.overlays.field = None;
    session.settings.overlays.points = true;

    window.click("Selection");
    window.harness.get_by_label("rectangle").click();
    window.harness.run_steps(2);
    let plane = window.plane("VAE");
    let part = |x: f32, y: f32| plane.min + vec2(x, y) * plane.size();
    window.drag(part(0.52, 0.30), part(0.75, 0.50));
    save(&mut window, "selection.png");
    window.click("Clear selection");
    window.harness.get_by_label("cursor").click();
    window.click("Losses");

    window.click("Inference");
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(30.0, 20.0));
    window.wait(|app| app.session.panes[1].inference.answer.as_ref()?.sampled.is_some().then_some(()));
    save(&mut window, "inference.png");
    window.click("Measures");
    window.click("Measure");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.measures.of.is_some()).then_some(()));
    save(&mut window, "measures.png");
    window.click("Losses");

    let figure = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots/figure.png");
    window
        .harness
        .state_mut()
        .session
        .apply(Action::Export { what: Export::Figure(FigureOf::Panes), file: Some(figure) });
    window.wait(|app| app.session.notice.clone());
    window.click("OK");

    let act = |window: &mut Window, change| window.harness.state_mut().session.apply(Action::Arrange(change));
    act(&mut window, Arrange::Fork(1));
    window.wait(|app| (app.session.panes.len() == 3).then_some(()));
    act(&mut window, Arrange::SetBeta { run: latent_explorer::engine::RunId(2), beta: 10.0 });
    window.click("trails");
    train_until(&mut window, 2_600);
    save(&mut window, "fork.png");
    window.click("trails");
    act(&mut window, Arrange::Remove(2));

    window.click("KL term");
    train_until(&mut window, 3_300);
    save(&mut window, "kl_off.png");

    window.click("KL term");
    window.harness.get_by_role_and_label(egui::Role::Slider, "weight β").set_value_accesskit(100.0);
    train_until(&mut window, 3_900);
    save(&mut window, "collapse.png");
    assert_eq!(window.harness.state().session.settings.tab, Tab::Losses);
}
