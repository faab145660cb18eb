//! Makes the pictures of the README: `cargo test --release -- --ignored screenshots`.

use std::path::Path;

use egui::{Key, ThemePreference, vec2};
use latent_explorer::ui::{Settings, Tab};

use egui_kittest::kittest::Queryable;

use crate::support::window::Window;

fn settings() -> Settings {
    Settings { theme: ThemePreference::Dark, ..Settings::default() }
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
    // Time for the decoder to answer.
    window.harness.run_steps(5);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots").join(name);
    window.picture().save(path).unwrap();
}

#[test]
#[ignore = "writes the README's pictures; trains MNIST for a minute or two"]
fn window_manifold_kl_off_collapse_and_path() {
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
    save(&mut window, "path.png");
    window.click("Losses");
    window.click("light or dark");

    window.click("KL term");
    train_until(&mut window, 3_300);
    save(&mut window, "kl_off.png");

    window.click("KL term");
    window.harness.get_by_role_and_label(egui::Role::Slider, "weight β").set_value_accesskit(100.0);
    train_until(&mut window, 3_900);
    save(&mut window, "collapse.png");
    assert_eq!(window.harness.state().session.settings.tab, Tab::Losses);
}
