//! Inference, measures and the frontier as a person meets them in the window.

use std::sync::Arc;

use egui_kittest::kittest::Queryable;
use latent_explorer::catalogue;
use latent_explorer::config::{Likelihood, ModelKind};
use latent_explorer::explore::inference::Inference;
use latent_explorer::model::Compute;
use latent_explorer::ui::{Action, Export, FigureOf, Settings, Tab};

use crate::support::window::{Window, settings};

/// Trained for some epochs, then paused.
fn trained(tab: Tab) -> Window {
    let mut window = Window::open(Settings { tab, ..settings() });
    window.harness.state_mut().session.apply(Action::Train(true));
    window.wait(|app| {
        let live = app.session.live.as_ref()?;
        live.runs.iter().all(|run| run.history.held_out.points().len() >= 2).then_some(())
    });
    window.harness.state_mut().session.apply(Action::Train(false));
    window.wait(|app| app.session.live.as_ref().filter(|live| !live.training).map(|_| ()));
    window.harness.run_steps(4);
    window
}

#[test]
fn inference_shows_what_the_model_says_of_the_image_at_the_cursor() {
    let mut window = trained(Tab::Inference);
    let session = &window.harness.state().session;
    let model = session.run(1).unwrap().checkpoint.restore(Compute::cpu(1)).unwrap();
    let image = session.inferred_image().unwrap();
    let expected = Inference::of(&model, &image).unwrap().evidence.log;
    let is_it = |log: f64| (log - expected).abs() < 1e-3;
    let answer = window.wait(|app| {
        app.session.panes[1].inference.answer.clone().filter(|answer| is_it(answer.inference.evidence.log))
    });
    assert!(answer.inference.encoder.is_some());
    window.harness.run_steps(2);
    for plane in ["prior p(z) = N(0, I)", "likelihood p(x|z)"] {
        window.harness.get_by_label(plane);
    }
}

#[test]
fn while_paused_estimates_are_drawn_for_the_pane_pointed_at() {
    let mut window = trained(Tab::Inference);
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + egui::vec2(5.0, 5.0));
    let answer = window.wait(|app| app.session.panes[1].inference.answer.clone().filter(|a| a.sampled.is_some()));
    let sampled = answer.sampled.as_ref().unwrap();
    assert_eq!(sampled.prior.last().unwrap().samples, 10_000);
    window.harness.run_steps(2);
    window.harness.get_by_label("score function");
}

#[test]
fn inference_can_be_about_the_drawing() {
    let mut window = trained(Tab::Inference);
    let image = vec![0.5; 64];
    window.harness.state_mut().session.drawing.put(image.clone());
    window.harness.run_steps(2);
    window.click("the drawing");
    assert_eq!(window.harness.state().session.inferred_image(), Some(Arc::new(image)));
}

#[test]
fn the_true_posterior_of_a_drawing_follows_it_and_goes_with_it() {
    let mut window = trained(Tab::Draw);
    window.harness.state_mut().session.drawing.put(vec![0.5; 64]);
    let first = window.wait(|app| app.session.panes[1].inference.answer.clone());
    window.harness.state_mut().session.drawing.put(vec![0.1; 64]);
    let changed = |log: f64| log != first.inference.evidence.log;
    window.wait(|app| app.session.panes[1].inference.answer.clone().filter(|a| changed(a.inference.evidence.log)));
    window.harness.state_mut().session.drawing.image = None;
    window.harness.run_steps(2);
    assert!(window.harness.state().session.panes[1].inference.answer.is_none());
}

#[test]
fn measures_of_all_runs_are_taken_and_shown() {
    let mut window = trained(Tab::Measures);
    window.click("Measure");
    window.wait(|app| app.session.panes.iter().all(|pane| pane.measures.of.is_some()).then_some(()));
    window.harness.run_steps(2);
    let session = &window.harness.state().session;
    let (ae, vae) = (&session.panes[0].measures.measures, &session.panes[1].measures.measures);
    assert!(!ae.contains_key("overlap") && vae.contains_key("overlap") && ae.contains_key("recall_fitted"));
    for about in catalogue::measures().filter(|about| vae.contains_key(about.id)) {
        window.harness.get_all_by_label(about.title).next().expect(about.id);
    }
}

#[test]
fn measuring_is_stopped_by_its_button() {
    let mut window = trained(Tab::Measures);
    window.harness.state_mut().session.apply(Action::Measure(true));
    window.harness.state_mut().session.apply(Action::Measure(false));
    window.harness.run_steps(2);
    assert!(window.harness.state().session.panes.iter().all(|pane| pane.measures.going.is_none()));
    window.harness.get_by_label("Measure");
}

#[test]
fn dragging_along_the_frontier_sets_beta() {
    let mut window = trained(Tab::Measures);
    let before = window.harness.state().session.settings.beta();
    let title = window.harness.get_by_label("rate and distortion").rect();
    let from = title.left_bottom() + egui::vec2(200.0, 120.0);
    window.drag(from, from - egui::vec2(60.0, 0.0));
    let lower_rate = window.harness.state().session.settings.beta();
    assert_ne!(lower_rate, before);
    window.drag(from, from + egui::vec2(60.0, 0.0));
    let higher_rate = window.harness.state().session.settings.beta();
    assert!(higher_rate < lower_rate, "{lower_rate}, then {higher_rate}");
}

#[test]
fn linear_theory_says_where_units_die_in_the_measure_of_the_likelihood() {
    let mut window = trained(Tab::Measures);
    let bernoulli = window.wait(|app| Some(app.session.killing_betas()).filter(|betas| betas.len() == 2));
    assert!(bernoulli[0] >= bernoulli[1] && bernoulli[1] > 0.0, "{bernoulli:?}");
    window.click("Gaussian");
    let gaussian = window.wait(|app| Some(app.session.killing_betas()).filter(|b| b.len() == 2 && *b != bernoulli));
    let mut settings = window.harness.state().session.settings.clone();
    settings.likelihood = Likelihood::Gaussian { c: 0.1, learned: false };
    window.harness.state_mut().session.change(settings);
    let halved = window.harness.state().session.killing_betas();
    assert!((halved[0] - 0.5 * gaussian[0]).abs() < 1e-9, "twice the c: {gaussian:?}, then {halved:?}");
}

#[test]
fn the_likelihood_is_chosen_beside_the_planes_and_in_force_at_once() {
    let mut window = trained(Tab::Losses);
    window.click("Gaussian");
    window.click("learned");
    window.harness.state_mut().session.apply(Action::Step);
    let likelihood = window.wait(|app| {
        let run = app.session.live.as_ref()?.runs.iter().find(|run| run.checkpoint.model.kind == ModelKind::Vae)?;
        Some(run.checkpoint.model.likelihood).filter(|likelihood| *likelihood != Likelihood::Bernoulli)
    });
    assert!(matches!(likelihood, Likelihood::Gaussian { learned: true, .. }), "{likelihood:?}");
}

#[test]
fn the_frontier_becomes_a_figure_and_estimates_that_are_not_there_are_refused() {
    let mut window = trained(Tab::Losses);
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("frontier.svg");
    let export = |of, file: &std::path::Path| Action::Export { what: Export::Figure(of), file: Some(file.to_owned()) };
    window.harness.state_mut().session.apply(export(FigureOf::Frontier, &file));
    window.wait(|app| app.session.notice.clone().filter(|notice| notice.text.contains("frontier.svg")));
    let svg = std::fs::read_to_string(&file).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(document.descendants().any(|node| node.text() == Some("rate: kl, nats per image")));
    window.harness.state_mut().session.apply(export(FigureOf::Estimates, &folder.path().join("none.svg")));
    let notice = window.wait(|app| app.session.notice.clone().filter(|notice| notice.is_error));
    assert!(notice.text.contains("no estimates have been drawn yet"), "{notice:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
