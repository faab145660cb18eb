//! A prior of the model's own, in its pane and in the samples.

use egui::pos2;
use egui_kittest::kittest::Queryable;
use latent_explorer::config::{ImageShape, ModelConfig, ModelKind, ModelSpec, PriorKind, TrainConfig};
use latent_explorer::explore::{Source, drawn, tile};
use latent_explorer::format;
use latent_explorer::model::{Autoencoder, Checkpoint, Compute, Frozen, Plane, Progress, initial_parameters};
use latent_explorer::session::Start;
use latent_explorer::ui::tabs::Samples;

use crate::priors::mixture_model;
use crate::support::window::{Opening, Window, on_tab};
use crate::support::{SIDE, dataset_folder, model_config};

/// A window on some of these: a run of two dimensions with a mixture as its prior, one with pseudo-inputs, and an AE of five
/// dimensions.
fn window(tab: &str, which: &[usize]) -> Window {
    let data = dataset_folder();
    let name = data.path().display().to_string();
    let checkpoint = |model: ModelConfig, parameters: Vec<f32>| {
        let progress = Progress { step: 1, epoch: 1, data: name.clone().into(), train: TrainConfig::default() };
        let plane = Plane::of(model.latent).into();
        Checkpoint { plane, model, progress, parameters: parameters.into(), moments: None }
    };
    let (mixture, parameters) = mixture_model(2);
    let with = |kind, change: &dyn Fn(&mut ModelSpec)| {
        let mut config = model_config(kind);
        change(&mut config.spec);
        let parameters = initial_parameters(&config, 4);
        checkpoint(config, parameters)
    };
    let all = [
        checkpoint(mixture, parameters),
        with(ModelKind::Vae, &|spec| spec.prior = PriorKind::Vamp { components: 3 }),
        with(ModelKind::Ae, &|spec| spec.latent = 5),
    ];
    let runs = which.iter().map(|&i| all[i].clone().into()).collect();
    let start = Start::Trained { runs, data: Some(name.into()) };
    let mut window = Opening::new(on_tab(tab), start, Some(data)).open();
    window.settle();
    window
}

#[test]
fn a_component_that_is_pointed_at_says_what_it_is_and_a_click_puts_the_cursor_there() {
    let mut window = window("losses", &[0]);
    let model = window.run(0).checkpoint.restore(Compute::cpu(1)).unwrap();
    let prior = model.prior().unwrap();
    let mean = prior.component(1).0;
    let place = [mean[0] as f32, mean[1] as f32];
    let (x, y) = window.frame(0).at(place);
    let at = pos2(x + 2.0, y - 2.0);
    window.harness.hover_at(at);
    window.harness.run_steps(50);
    window.wait_for_label("decoded mean");
    window.harness.get_by_label("component 2 of 2");
    window.harness.get_by_label("weight 0.700");
    window.drag(at, at);
    assert_eq!(window.session().cursor_in(window.pane(0)), place);
    window.harness.hover_at(pos2(2.0, 2.0));
    window.harness.run_steps(5);
    assert!(window.harness.query_by_label("decoded mean").is_none());
    window.harness.get_by_label(&format::short(prior.log_density(mean)));
}

#[test]
fn a_component_of_a_vamp_prior_shows_its_pseudo_input_beside_its_reconstruction() {
    let mut window = window("losses", &[1]);
    let model = window.run(0).checkpoint.restore(Compute::cpu(1)).unwrap();
    let mean = model.prior().unwrap().component(0).0;
    let (x, y) = window.frame(0).at([mean[0] as f32, mean[1] as f32]);
    window.harness.hover_at(pos2(x, y));
    window.harness.run_steps(50);
    window.wait_for_label("its reconstruction");
    window.harness.get_by_label("pseudo-input");
    window.harness.get_by_label("weight 0.333");
}

#[test]
fn samples_are_drawn_from_each_runs_own_prior_in_all_of_its_dimensions() {
    let mut window = window("samples", &[0, 1, 2]);
    let settings = window.session().settings().samples.clone();
    let across = (5.0 * settings.count as f32).sqrt().ceil() as usize;
    let pixels = |model: &Autoencoder, source: Source| {
        let codes = drawn(model, source, settings.count, settings.draw, 0).unwrap();
        assert_eq!(codes.len(), settings.count * model.latent());
        let images = model.decoded(&codes, &latent_explorer::progress::Progress::silent()).unwrap();
        tile(&images, ImageShape::grey(SIDE, SIDE), across).pixels
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
