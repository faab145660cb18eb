//! The numbers of a run, on training batches and on the held-out images.

use egui::{Align, Grid, Layout, RichText, Ui};

use super::measures::PaneMeasures;
use super::{format, theme};
use crate::engine::LiveRun;
use crate::model::Terms;

/// A name, how to get it from the terms, and what it means.
type Row = (&'static str, fn(&Terms) -> Option<f64>, &'static str);

const ROWS: [Row; 4] = [
    (
        "recon",
        |terms| Some(terms.recon),
        "Reconstruction term −log p(x|z), in nats per image: of the likelihood chosen at the left, summed over pixels. Smaller is better; below 0 a density is above 1.",
    ),
    (
        "kl_mean",
        |terms| terms.kl.map(|kl| kl.mean),
        "½ Σ μ², in nats per image: the part of the KL divergence that pulls the means of the posteriors to 0 (global).",
    ),
    (
        "kl_variance",
        |terms| terms.kl.map(|kl| kl.variance),
        "½ Σ (σ² − 1 − ln σ²), in nats per image: the part of the KL divergence that keeps the variances at 1 (local).",
    ),
    (
        "ELBO",
        Terms::elbo,
        "−(recon + kl_mean + kl_variance), in nats per image, whatever β is: a lower bound of log p(x). Larger is better. An AE has none.",
    ),
];

/// `measures` are those of the run, in whatever state it was in then.
pub fn show(ui: &mut Ui, run: &LiveRun, measures: &PaneMeasures, index: usize) {
    let held_out = run.history.held_out.points().last().map(|(_, terms)| *terms);
    Grid::new(("readouts", index)).num_columns(3).min_col_width(46.0).spacing([6.0, 3.0]).show(ui, |ui| {
        ui.label(RichText::new("nats/image").small().color(theme::quiet(ui)));
        for (text, meaning) in [
            ("train", "A running mean over about fifty steps"),
            ("held out", "On all test images, once an epoch"),
        ] {
            right(ui, |ui| {
                ui.label(RichText::new(text).small().color(theme::quiet(ui))).on_hover_text(meaning);
            });
        }
        ui.end_row();
        for (name, value, meaning) in ROWS {
            ui.label(RichText::new(name).color(theme::quiet(ui))).on_hover_text(meaning);
            for terms in [run.terms, held_out] {
                number(ui, terms.as_ref().and_then(value));
            }
            ui.end_row();
        }
        let meaning = "log p(x) by quadrature on 500 test images, in nats per image: what the ELBO is a lower bound of. Taken in the \
                       tab Measures; blank until it is, and when the weights have moved on.";
        ui.label(RichText::new("log p(x)").color(theme::quiet(ui))).on_hover_text(meaning);
        ui.label("");
        let is_of_this = measures.of.as_ref().is_some_and(|of| of.progress.step == run.checkpoint.progress.step);
        number(ui, measures.measures.get("log_evidence").filter(|_| is_of_this).map(|evidence| evidence.value));
        ui.end_row();
        let summary = &run.summary;
        for (name, value, meaning) in [
            ("mean σ", summary.sigma_mean, "σ of the posteriors, averaged over the probe's images and both dimensions. An AE has none."),
            ("spread", Some(summary.mean_spread), "Spread of the means: standard deviation of the codes over the probe's images, root mean square over both dimensions."),
        ] {
            ui.label(RichText::new(name).color(theme::quiet(ui))).on_hover_text(meaning);
            ui.label("");
            number(ui, value.map(f64::from));
            ui.end_row();
        }
    });
}

fn number(ui: &mut Ui, value: Option<f64>) {
    let text = value.map_or("–".to_owned(), format::short);
    right(ui, |ui| {
        ui.label(RichText::new(text).font(theme::number_font()));
    });
}

fn right(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.with_layout(Layout::right_to_left(Align::Center), add);
}
