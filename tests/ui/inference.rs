//! The tab Inference where there is no plane to integrate over.

use std::sync::Arc;

use egui::Role;
use egui_kittest::kittest::Queryable;
use latent_explorer::config::{ModelConfig, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::explore::inference::{BeyondPlane, WordCodes};
use latent_explorer::model::{Checkpoint, Compute, Plane, Progress, initial_parameters};
use latent_explorer::progress;
use latent_explorer::session::Start;
use latent_explorer::ui::tabs::{Answer, Inference};

use crate::support::window::{Window, on_tab};
use crate::support::{dataset_folder, model_config};

/// Weights that are larger than they begin, of a kind in so many dimensions.
fn checkpoint(kind: ModelKind, latent: usize, data: &str) -> Checkpoint {
    let plain = model_config(kind);
    let model = ModelConfig { spec: ModelSpec { latent, ..plain.spec.clone() }, ..plain };
    let parameters: Vec<f32> = initial_parameters(&model, 5).into_iter().map(|v| 2.0 * v).collect();
    let progress = Progress { step: 10, epoch: 1, data: data.into(), train: TrainConfig::default() };
    Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane: Arc::new(Plane::of(latent)) }
}

/// A window on one run.
fn on(kind: ModelKind, latent: usize) -> Window {
    let data = dataset_folder();
    let name = data.path().display().to_string();
    let runs = vec![checkpoint(kind, latent, &name).into()];
    let mut window = Window::start(on_tab("inference"), Start::Trained { runs, data: Some(name.into()) }, Some(data));
    window.wait(|app| app.session().live().is_some().then_some(()));
    window.pause();
    window
}

fn answer(window: &mut Window, is_it: impl Fn(&Answer) -> bool) -> Answer {
    let run = window.run_id(0);
    let found = window.wait(|app| app.tabs().get::<Inference>()?.answer(run).filter(|answer| is_it(answer)).cloned());
    window.harness.run_steps(3);
    found
}

#[test]
fn of_a_list_of_words_it_shows_how_probable_each_is() {
    let mut window = on(ModelKind::VqVae, 2);
    let Answer::Words(found) = answer(&mut window, |_| true) else { panic!("no words") };
    let model = window.run(0).checkpoint.restore(Compute::cpu(1)).unwrap();
    let image = window.tab::<Inference>().image().unwrap().clone();
    let codes = WordCodes::of(&model, &progress::Progress::silent()).unwrap().unwrap();
    let chosen = codes.chosen(&image, &progress::Progress::silent()).unwrap()[0];
    assert_eq!(found.chosen, codes.words_of(chosen));
    assert!((found.found.gap() - (found.found.log_evidence - found.found.elbo)).abs() < 1e-9);
    for label in ["p(k|x) of the words", "chosen word"] {
        window.harness.get_by_label(label);
    }
    let shown = window.harness.query_all_by_role(Role::Image).count();
    assert!(shown > found.shown.len(), "{shown} pictures");
}

#[test]
fn beyond_two_dimensions_it_says_what_samples_are_worth_and_why_there_are_no_planes() {
    let mut window = on(ModelKind::Vae, 4);
    // While paused, annealing as well.
    let found = answer(&mut window, |answer| matches!(answer, Answer::Beyond(found) if found.annealed.is_some()));
    let Answer::Beyond(found) = found else { panic!("no samples") };
    let model = window.run(0).checkpoint.restore(Compute::cpu(1)).unwrap();
    let image = window.tab::<Inference>().image().unwrap().clone();
    let expected = BeyondPlane::of(&model, &image, 0, true, &progress::Progress::silent()).unwrap().unwrap();
    assert!((found.log_evidence() - expected.log_evidence()).abs() < 1e-2, "{found:?} and {expected:?}");
    for label in ["· Pareto k", "log p(x), annealed"] {
        window.harness.get_by_label(label);
    }
    window.harness.get_by_label_contains("Codes have 4 dimensions");
    assert!(window.tab::<Inference>().of(window.run_id(0)).is_none(), "a plane");
}

#[test]
fn of_an_ae_beyond_two_dimensions_it_says_that_there_is_nothing() {
    let mut window = on(ModelKind::Ae, 3);
    assert!(matches!(answer(&mut window, |_| true), Answer::None(_)));
    window.harness.get_by_label_contains("no Gaussian to draw samples from");
}
