//! Inference, measures and the frontier as a person meets them in the window.

use std::sync::Arc;

use egui::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use latent_explorer::catalogue;
use latent_explorer::config::{Likelihood, ModelKind};
use latent_explorer::explore::inference;
use latent_explorer::format;
use latent_explorer::model::Compute;
use latent_explorer::progress::Progress;
use latent_explorer::session::{Action, Export, ExportId, Setting};
use latent_explorer::ui::tabs::{Inference, MeasuresTab};

use crate::support::gates::Gates;
use crate::support::window::{Opening, Window, on_tab};

const FRONTIER: ExportId = ExportId::new("measures", "frontier");
const ESTIMATES: ExportId = ExportId::new("inference", "estimates");

/// Trained for some epochs, then paused.
fn trained(tab: &str) -> Window {
    let mut window = Window::open(on_tab(tab));
    window.act(Action::Train(true));
    window.wait(|app| {
        let live = app.session().live()?;
        live.runs.iter().all(|run| run.history.held_out.points().len() >= 2).then_some(())
    });
    window.pause();
    window.harness.run_steps(4);
    window
}

fn put_image(window: &mut Window, grey: f32) -> Arc<Vec<f32>> {
    let image = Arc::new(vec![grey; 64]);
    window.act(Action::PutImage(image.clone()));
    image
}

#[test]
fn inference_shows_what_the_model_says_of_the_image_at_the_cursor() {
    let mut window = trained("inference");
    let (vae, model) = (window.run_id(1), window.run(1).checkpoint.restore(Compute::cpu(1)).unwrap());
    let image = window.tab::<Inference>().image().unwrap().clone();
    let expected = inference::Inference::of(&model, &image, 1.0.into(), &Progress::silent()).unwrap().evidence.log;
    let is_it = |log: f64| (log - expected).abs() < 1e-3;
    let answer = window.wait(|app| {
        let answer = app.tabs().get::<Inference>()?.of(vae)?;
        is_it(answer.inference.evidence.log).then(|| answer.clone())
    });
    assert!(answer.inference.encoder.is_some());
    window.harness.run_steps(2);
    for plane in ["prior p(z) = N(0, I)", "likelihood p(x|z)"] {
        window.harness.get_by_label(plane);
    }
}

#[test]
fn beside_the_decoders_answer_at_the_cursor_stands_the_best_there_is_and_pixels_drawn_from_it() {
    let mut window = trained("inference");
    let effective = window.wait(|app| Some(app.tabs().get::<Inference>()?.at_cursor()?.best.as_ref()?.1));
    assert!(effective >= 1.0 && effective <= window.run(1).codes.mu.len() as f64, "{effective}");
    window.wait(|app| app.tabs().get::<Inference>()?.of(app.session().runs().nth(1)?.id).map(|_| ()));
    window.harness.run_steps(3);
    for picture in ["f(z) at the cursor", "f*(z) at the cursor", "pixels drawn at the cursor"] {
        window.harness.get_by_label(picture);
    }
}

#[test]
fn inference_opens_on_the_vae_and_says_of_which_run_it_is() {
    let mut window = trained("inference");
    let [ae, vae] = [0, 1].map(|place| window.run_id(place));
    for run in [ae, vae] {
        window.wait(|app| app.tabs().get::<Inference>()?.of(run).map(|_| ()));
    }
    window.harness.run_steps(2);
    // The encoder's Gaussian, which an AE does not have.
    window.harness.get_by_label("encoder σ");
    window.harness.get_by_role_and_label(Role::Button, "AE").click();
    window.harness.run_steps(3);
    assert!(window.harness.query_by_label("encoder σ").is_none());
}

#[test]
fn while_paused_estimates_are_drawn() {
    let mut window = trained("inference");
    let plane = window.plane("VAE");
    window.drag(plane.center(), plane.center() + egui::vec2(5.0, 5.0));
    let vae = window.run_id(1);
    let last = window.wait(|app| {
        let sampled = app.tabs().get::<Inference>()?.of(vae)?.sampled.as_ref()?;
        sampled.prior.last().map(|estimate| estimate.samples)
    });
    assert_eq!(last, 10_000);
    window.harness.run_steps(2);
    window.harness.get_by_label("score function");
}

#[test]
fn inference_can_be_about_the_drawing() {
    let mut window = trained("inference");
    let image = put_image(&mut window, 0.5);
    window.harness.run_steps(2);
    window.click("the drawing");
    assert_eq!(window.tab::<Inference>().image(), Some(&image));
}

#[test]
fn the_true_posterior_of_a_drawing_follows_it_and_goes_with_it() {
    let mut window = trained("draw");
    let vae = window.run_id(1);
    put_image(&mut window, 0.5);
    let first = window.wait(|app| app.tabs().get::<Inference>()?.of(vae).map(|answer| answer.inference.evidence.log));
    put_image(&mut window, 0.1);
    window.wait(|app| {
        let log = app.tabs().get::<Inference>()?.of(vae)?.inference.evidence.log;
        (log != first).then_some(())
    });
    window.act(Action::ClearDrawing);
    window.harness.run_steps(2);
    assert!(window.tab::<Inference>().of(vae).is_none());
}

#[test]
fn measures_of_all_runs_are_taken_and_shown() {
    let mut window = trained("measures");
    window.click("Measure");
    window.wait(|app| (app.session().findings().measures.len() == 2).then_some(()));
    window.harness.run_steps(2);
    let measures = |place: usize| &window.session().findings().measures[&window.run_id(place)].measures;
    let (ae, vae) = (measures(0), measures(1));
    assert!(!ae.contains_key("overlap") && vae.contains_key("overlap") && ae.contains_key("recall_fitted"));
    let tabs = window.harness.get_by_role_and_label(Role::Button, "Losses").rect().bottom();
    for about in catalogue::measures().filter(|about| vae.contains_key(about.id)) {
        let mut titles = window.harness.query_all_by_label(about.title);
        assert!(titles.any(|node| node.rect().top() > tabs), "{} is not in the table", about.title);
    }
}

#[test]
fn the_better_of_two_measures_is_marked() {
    let mut window = trained("measures");
    assert!(window.harness.query_all_by_label("✔").next().is_none());
    window.click("Measure");
    window.wait(|app| (app.session().findings().measures.len() == 2).then_some(()));
    window.harness.run_steps(2);
    // Of the two, one reconstructs better.
    let title = window.harness.query_all_by_label("mse").next().unwrap().rect();
    let marks = window.harness.query_all_by_label("✔").filter(|mark| mark.rect().center().y > title.top());
    assert_eq!(marks.filter(|mark| mark.rect().center().y < title.bottom()).count(), 1);
}

#[test]
fn the_numbers_of_a_run_stand_in_its_row_under_the_planes() {
    let window = trained("losses");
    for place in [0, 1] {
        let run = window.run(place);
        let held_out = run.history.held_out.points().last().unwrap().1.recon;
        let table = window.harness.get_by_label("nats per image").parent().unwrap();
        let name = window.session().name(run);
        let row = table.get_by_label(&name).rect().center().y;
        for value in [run.terms.unwrap().recon, held_out, f64::from(run.summary.mean_spread)] {
            let text = format::short(value);
            let mut found = table.query_all_by_label(&text);
            assert!(found.any(|node| (node.rect().center().y - row).abs() < 6.0), "{name}: {text}");
        }
    }
}

#[test]
fn measuring_is_stopped_by_its_button() {
    let gates = Gates::closed(["measures"]);
    let mut window = Opening::on_bars(on_tab("measures")).gated(&gates).open();
    window.click("Measure");
    window.wait_for_held(&gates, "measures");
    window.click("Stop");
    assert!(window.session().measuring().is_empty());
    // The next one is held after the first has ended, for one worker serves them all.
    window.click("Measure");
    gates.let_one_go("measures");
    window.wait(|_| (gates.count("measures") == 2).then_some(()));
    window.harness.run_steps(3);
    assert!(window.session().findings().measures.is_empty(), "what was stopped");
    gates.open();
    window.wait(|app| (app.session().findings().measures.len() == 2).then_some(()));
    assert_eq!(gates.count("measures"), 3, "the one that was stopped while it waited never began");
}

#[test]
fn dragging_along_the_frontier_sets_beta() {
    let mut window = trained("measures");
    window.wait(|app| (app.tabs().get::<MeasuresTab>()?.killing_betas(app.session()).len() == 2).then_some(()));
    let before = window.session().settings().beta().mean;
    let title = window.harness.get_by_label("rate and distortion").rect();
    let from = title.left_bottom() + egui::vec2(200.0, 120.0);
    window.drag(from, from - egui::vec2(60.0, 0.0));
    let lower_rate = window.session().settings().beta().mean;
    assert_ne!(lower_rate, before);
    window.drag(from, from + egui::vec2(60.0, 0.0));
    let higher_rate = window.session().settings().beta().mean;
    assert!(higher_rate < lower_rate, "{lower_rate}, then {higher_rate}");
}

#[test]
fn linear_theory_says_where_units_die_in_the_measure_of_the_likelihood() {
    let mut window = trained("measures");
    let deaths = |app: &latent_explorer::ui::App| -> Option<Vec<f64>> {
        let betas = app.tabs().get::<MeasuresTab>()?.killing_betas(app.session());
        (betas.len() == 2).then_some(betas)
    };
    let bernoulli = window.wait(deaths);
    assert!(bernoulli[0] >= bernoulli[1] && bernoulli[1] > 0.0, "{bernoulli:?}");
    window.click("Gaussian");
    let gaussian = window.wait(|app| deaths(app).filter(|betas| *betas != bernoulli));
    window.act(Action::Set(Setting::Likelihood(Likelihood::Gaussian { c: 0.1, learned: false })));
    let halved = deaths(window.app()).unwrap();
    assert!((halved[0] - 0.5 * gaussian[0]).abs() < 1e-9, "twice the c: {gaussian:?}, then {halved:?}");
}

#[test]
fn the_likelihood_is_chosen_beside_the_planes_and_in_force_at_once() {
    let mut window = trained("losses");
    window.click("Gaussian");
    window.click("learned");
    window.act(Action::Step);
    let likelihood = window.wait(|app| {
        let run = app.session().runs().find(|run| run.checkpoint.model.kind == ModelKind::Vae)?;
        Some(run.checkpoint.model.likelihood).filter(|likelihood| *likelihood != Likelihood::Bernoulli)
    });
    assert!(matches!(likelihood, Likelihood::Gaussian { learned: true, .. }), "{likelihood:?}");
}

#[test]
fn the_frontier_becomes_a_figure_with_the_curve_of_theory_that_is_seen() {
    let mut window = trained("measures");
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("frontier.svg");
    window.export(FRONTIER, &file);
    let svg = std::fs::read_to_string(&file).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    for text in ["rate: kl, nats per image", "linear theory's own frontier"] {
        assert!(document.descendants().any(|node| node.text() == Some(text)), "{text}");
    }
}

#[test]
fn estimates_that_are_not_there_are_refused() {
    let mut window = trained("losses");
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("none.svg");
    window.act(Action::Export(Export { what: ESTIMATES, to: Some(file) }));
    let notice = window.wait_for_notice("no estimates have been drawn yet");
    assert!(notice.is_error);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
