//! A prior of the model's own, in its pane and in the samples.

use egui::pos2;
use egui_kittest::kittest::Queryable;
use latent_explorer::config::{ModelConfig, ModelKind, ModelSpec, PriorKind, TrainConfig};
use latent_explorer::explore::{Source, drawn, tile};
use latent_explorer::format;
use latent_explorer::model::{Autoencoder, Checkpoint, Compute, Frozen, Plane, Progress, initial_parameters};
use latent_explorer::session::Start;
use latent_explorer::ui::tabs::Samples;

use crate::priors::mixture_model;
use crate::support::window::{Opening, Window, on_tab};
use crate::support::{SIDE, dataset_folder, model_config};

/// A window on a run of two dimensions with a mixture as its prior, one with pseudo-inputs, and an AE of five dimensions.
fn window() -> Window {
    let data = dataset_folder();
    let name = data.path().display().to_string();
    let checkpoint = |model: ModelConfig, parameters| {
        let progress = Progress { step: 1, epoch: 1, data: name.clone(), train: TrainConfig::default() };
        let plane = Plane::of(model.latent).into();
        Checkpoint { plane, model, progress, parameters, moments: None }
    };
    let (mixture, parameters) = mixture_model(2);
    let with = |kind, change: &dyn Fn(&mut ModelSpec)| {
        let mut config = model_config(kind);
        change(&mut config.spec);
        let parameters = initial_parameters(&config, 4);
        checkpoint(config, parameters)
    };
    let runs = vec![
        checkpoint(mixture, parameters).into(),
        with(ModelKind::Vae, &|spec| spec.prior = PriorKind::Vamp { components: 3 }).into(),
        with(ModelKind::Ae, &|spec| spec.latent = 5).into(),
    ];
    let start = Start::Trained { runs, data: Some(name) };
    let mut window = Opening::new(on_tab("samples"), start, Some(data)).open();
    window.settle();
    window
}

#[test]
fn a_component_that_is_pointed_at_says_what_it_is_and_a_click_puts_the_cursor_there() {
    let mut window = window();
    let prior = |window: &Window, place: usize| -> (Vec<f32>, f64) {
        let model = window.run(place).checkpoint.restore(Compute::cpu(1)).unwrap();
        let prior = model.prior().unwrap();
        (prior.component(1).0.iter().map(|&m| m as f32).collect(), prior.log_density(prior.component(1).0))
    };
    for (place, says) in [(0, "component 2 of 2"), (1, "component ")] {
        let (mean, density) = prior(&window, place);
        let (x, y) = window.frame(place).at([mean[0], mean[1]]);
        let at = pos2(x + 2.0, y - 2.0);
        window.harness.hover_at(at);
        window.harness.run_steps(50);
        window.wait_for_label(if place == 0 { "decoded mean" } else { "its reconstruction" });
        assert!(window.harness.query_all_by_label_contains(says).next().is_some());
        assert_eq!(window.harness.query_by_label("pseudo-input").is_some(), place == 1);
        window.drag(at, at);
        let cursor = window.session().cursor_in(window.pane(place));
        // Of pseudo-inputs that no one has trained the codes lie so near each other that it may be another one.
        assert!(place == 1 || cursor == [mean[0], mean[1]], "{cursor:?} is not {mean:?}");
        window.harness.hover_at(pos2(2.0, 2.0));
        window.harness.run_steps(5);
        if place == 0 {
            let text = format::short(density);
            assert!(window.harness.query_all_by_label(&text).next().is_some(), "log p(z) = {text}");
        }
    }
}

#[test]
fn samples_are_drawn_from_each_runs_own_prior_in_all_of_its_dimensions() {
    let mut window = window();
    let settings = window.session().settings().samples.clone();
    let across = (5.0 * settings.count as f32).sqrt().ceil() as usize;
    let pixels = |model: &Autoencoder, source: Source| {
        let codes = drawn(model, source, settings.count, settings.draw, 0).unwrap();
        assert_eq!(codes.len(), settings.count * model.latent());
        let images = model.decoded(&codes, &latent_explorer::progress::Progress::silent()).unwrap();
        tile(&images, SIDE, SIDE, across).pixels
    };
    let arrives = |window: &mut Window, place: usize, expected: &[u8]| {
        let run = window.run_id(place);
        window.wait(|app| app.tabs().get::<Samples>()?.of(run).filter(|p| p.pixels == expected).map(|_| ()));
    };
    for (place, says) in [
        (0, "from its prior, a mixture of 2"),
        (1, "from its prior, a VampPrior of 3"),
        (2, "has no prior; from N(0, I) all the same, in 5 dimensions"),
    ] {
        let model = window.run(place).checkpoint.restore(Compute::cpu(1)).unwrap();
        arrives(&mut window, place, &pixels(&model, Source::Prior));
        window.harness.get_by_label(says);
    }
    window.click("fitted Gaussian");
    let (model, full) = (window.run(2).checkpoint.restore(Compute::cpu(1)).unwrap(), window.run(2).full.clone());
    assert_eq!(full.latent, 5);
    arrives(&mut window, 2, &pixels(&model, Source::Fitted(&full)));
}
