//! Makes the pictures of the README: `cargo test --release -- --ignored screenshots`.

use std::path::Path;

use egui::{Key, vec2};
use egui_kittest::kittest::Queryable;
use latent_explorer::config::{Beta, ModelKind, ModelSpec, PriorKind, TrainConfig};
use latent_explorer::explore::FieldKind;
use latent_explorer::model::{Compute, Frozen};
use latent_explorer::session::{Action, Member, Overlay, Preferences, Recipe, Screen, Start, Theme};
use latent_explorer::train::RunSettings;
use latent_explorer::ui;
use latent_explorer::ui::tabs::{Draw, Inference, PathTab, Samples};

use crate::support::folders::shapes_folder;
use crate::support::window::{Opening, Window};

/// The usual settings, dark and without the hint.
fn settings() -> Preferences {
    let screen = Screen { theme: Theme::Dark, hint: false, ..Screen::default() };
    Preferences { screen, ..Preferences::default() }
}

/// Trains until `step`, then pauses.
fn train_until(window: &mut Window, step: u64) {
    if !window.session().is_training() {
        window.press(Key::Space);
    }
    window.wait_for_step(step);
    window.pause();
}

fn save(window: &mut Window, name: &str) {
    window.harness.remove_cursor();
    window.settle();
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

    let vae = window.run_id(1);
    window.click("light or dark");
    window.click("Path");
    window.click("geodesic");
    window.settle();
    window.wait(|app| app.tabs().get::<PathTab>()?.of(vae).map(|_| ()));
    save(&mut window, "path.png");
    window.click("light or dark");

    window.click("Samples");
    window.wait(|app| app.tabs().get::<Samples>()?.of(vae).map(|_| ()));
    save(&mut window, "samples.png");

    window.click("Draw");
    let pad = window.harness.get_by_label("sketchpad").rect();
    let at = |x: f32, y: f32| pad.min + vec2(x, y) * pad.size();
    window.drag(at(0.25, 0.2), at(0.75, 0.2));
    window.drag(at(0.75, 0.2), at(0.4, 0.85));
    let image = window.session().document().drawing.image.clone().unwrap();
    let model = window.run(1).checkpoint.restore(Compute::cpu(1)).unwrap();
    let mu = model.encode_places(&image).unwrap().mu[0];
    window.wait(|app| app.tabs().get::<Draw>()?.pass(vae).filter(|pass| pass.mu == mu).map(|_| ()));
    window.wait(|app| app.tabs().get::<Inference>()?.of(vae).map(|_| ()));
    save(&mut window, "draw.png");

    let magnification = |window: &mut Window, on: bool| {
        window.act(Action::ShowField { pane: None, field: on.then_some(FieldKind::Magnification) });
        window.act(Action::ShowOverlay { pane: None, overlay: Overlay::Points, on: !on });
    };
    magnification(&mut window, true);
    save(&mut window, "fields.png");
    magnification(&mut window, false);

    window.click("Selection");
    window.harness.get_by_label("rectangle").click();
    window.harness.run_steps(2);
    let plane = window.plane("VAE");
    let part = |x: f32, y: f32| plane.min + vec2(x, y) * plane.size();
    window.drag(part(0.52, 0.30), part(0.75, 0.50));
    window.wait_for_label("selected images");
    window.wait_for_label("nearest images");
    save(&mut window, "selection.png");
    window.click("Clear selection");
    window.harness.get_by_label("cursor").click();
    window.click("Losses");

    window.click("Inference");
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + vec2(30.0, 20.0));
    window.wait(|app| app.tabs().get::<Inference>()?.of(vae)?.sampled.as_ref().map(|_| ()));
    save(&mut window, "inference.png");
    window.click("Measures");
    window.click("Measure");
    window.wait(|app| (app.session().findings().measures.len() == 2).then_some(()));
    save(&mut window, "measures.png");
    window.click("Losses");

    let figure = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots/figure.png");
    // It would be asked about.
    let _ = std::fs::remove_file(&figure);
    window.export(ui::PLANES, &figure);
    window.act(Action::DismissNotice);

    window.act(Action::Fork(window.pane(1)));
    window.wait_for_panes(3);
    window.act(Action::SetBeta { run: window.run_id(2), beta: 10.0.into() });
    window.click("trails");
    train_until(&mut window, 2_600);
    save(&mut window, "fork.png");
    window.click("trails");
    window.act(Action::Close(window.pane(2)));
    window.act(Action::Confirm(true));

    window.click("off");
    train_until(&mut window, 3_300);
    save(&mut window, "kl_off.png");

    window.click("both");
    window.harness.get_by_role_and_label(egui::Role::Slider, "β of means").set_value_accesskit(100.0);
    train_until(&mut window, 3_900);
    save(&mut window, "collapse.png");
    assert_eq!(window.session().screen().tab, "losses");
}

/// A window on models with the usual network, each with its β.
fn window_on(models: &[(ModelSpec, Beta)], change: impl FnOnce(&mut Preferences)) -> Window {
    let mut preferences = settings();
    let member = |(model, beta): &(ModelSpec, Beta)| {
        let train = TrainConfig { beta: *beta, ..TrainConfig::default() };
        Member::from(Recipe::Own(RunSettings { model: model.clone(), train }))
    };
    preferences.settings.roster = models.iter().map(member).collect();
    change(&mut preferences);
    Window::open_on_mnist(preferences)
}

#[test]
#[ignore = "writes the README's pictures; trains MNIST for a minute or two"]
fn the_story_on_mnist() {
    let of = |kind: ModelKind| (ModelSpec::new(kind), Beta::both(1.0));
    let vae = |change: &dyn Fn(&mut ModelSpec), beta| {
        let mut model = ModelSpec::new(ModelKind::Vae);
        change(&mut model);
        (model, beta)
    };

    let mut window = window_on(&[of(ModelKind::Pca), of(ModelKind::Ae)], |_| ());
    window.click("manifold");
    train_until(&mut window, 1_400);
    save(&mut window, "pca.png");
    drop(window);

    let one = Beta::both(1.0);
    let halves = [Beta { mean: 0.0, ..one }, Beta { variance: 0.0, ..one }, one].map(|beta| vae(&|_| (), beta));
    let mut window = window_on(&halves, |_| ());
    train_until(&mut window, 1_400);
    save(&mut window, "halves.png");
    drop(window);

    let priors = [PriorKind::Mixture { components: 10 }, PriorKind::Vamp { components: 100 }];
    let mut window = window_on(&priors.map(|prior| vae(&|model| model.prior = prior, one)), |_| ());
    train_until(&mut window, 2_400);
    save(&mut window, "priors.png");
    drop(window);

    let mut window = window_on(&[of(ModelKind::VqVae)], |preferences| preferences.screen.tab = "words".to_owned());
    train_until(&mut window, 2_400);
    window.settle();
    window.click("Draw an integer");
    save(&mut window, "words.png");
    drop(window);

    let mut sixteen = [of(ModelKind::Ae), of(ModelKind::Vae)];
    sixteen.iter_mut().for_each(|(model, _)| model.latent = 16);
    let mut window = window_on(&sixteen, |preferences| preferences.screen.tab = "samples".to_owned());
    train_until(&mut window, 1_900);
    let ae = window.run_id(0);
    window.wait(|app| app.tabs().get::<Samples>()?.of(ae).map(|_| ()));
    save(&mut window, "dimensions.png");
}

#[test]
#[ignore = "writes the README's pictures; trains images in colour for a minute or two"]
fn images_of_ones_own() {
    let folder = shapes_folder(3_000);
    let images = folder.path().join("coloured shapes");
    let mut window = Window::open_on_mnist(settings());
    window.drop_on(&images);
    window.wait(|app| app.images().preview().map(|_| ()));
    save(&mut window, "open_images.png");
    drop(window);

    let start = Start::Fresh { data: Some(images.display().to_string().into()) };
    let mut preferences = settings();
    preferences.screen.tab = "samples".to_owned();
    let mut window = Opening::new(preferences, start, Some(folder)).open();
    window.click("manifold");
    train_until(&mut window, 1_200);
    let vae = window.run_id(1);
    window.wait(|app| app.tabs().get::<Samples>()?.of(vae).map(|_| ()));
    save(&mut window, "own_images.png");
}
