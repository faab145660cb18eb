//! The numbers of all runs that are shown, a row each, so that the same number of two runs stands one above the other.

use egui::{Align, Grid, Layout, RichText, ScrollArea, TextWrapMode, Ui, vec2};

use crate::catalogue;
use crate::config::PriorKind;
use crate::engine::LiveRun;
use crate::format;
use crate::model::{Term, Terms};
use crate::session::Session;
use crate::ui::look::theme;
use crate::ui::look::widgets::dot;

/// The height of the head and of a row, in points.
const HEAD: f32 = 34.0;
const ROW: f32 = 21.0;
/// The width of a number, in points, and how much of a name is shown, in letters.
const NUMBER: f32 = 50.0;
const NAME: usize = 16;

/// Terms of the loss that are shown, by their ids in the catalogue: the whole KL where one of the runs has no halves of it.
fn shown(runs: &[&LiveRun]) -> &'static [&'static str] {
    let has_halves =
        |run: &&&LiveRun| run.checkpoint.model.has_gaussian() && run.checkpoint.model.prior == PriorKind::Normal;
    let has_kl = |run: &&&LiveRun| run.checkpoint.model.has_prior();
    match (runs.iter().any(|run| has_halves(&run)), runs.iter().filter(has_kl).all(|run| has_halves(&run))) {
        (_, true) => &["recon", "kl_mean", "kl_variance", "elbo"],
        (true, false) => &["recon", "kl_mean", "kl_variance", "kl", "elbo"],
        (false, false) => &["recon", "kl", "elbo"],
    }
}
/// Measures that are shown after them.
const MEASURED: [&str; 3] = ["log_evidence", "sigma_mean", "mean_spread"];

/// How high the table is.
pub fn height(session: &Session) -> f32 {
    HEAD + ROW * session.shown_runs().len().max(1) as f32
}

pub fn show(ui: &mut Ui, session: &Session) {
    let runs = session.shown_runs();
    ScrollArea::horizontal().id_salt("readouts").show(ui, |ui| {
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        Grid::new("readouts").spacing([14.0, 2.0]).min_row_height(ROW - 2.0).show(ui, |ui| {
            let terms = shown(&runs);
            head(ui, terms);
            for run in runs {
                row(ui, session, run, terms);
            }
        });
    });
}

/// A term has two numbers; the one on training batches comes first.
fn head(ui: &mut Ui, terms: &[&str]) {
    ui.label(RichText::new("nats per image").small().color(theme::quiet(ui)));
    for id in terms {
        let note = "Left: on training batches, a running mean over about fifty steps. Right: on all test images, once an epoch.";
        column(ui, id, note, Some("train · held out"));
    }
    for id in MEASURED {
        let note = match id {
            "log_evidence" => "Taken in the tab Measures; blank until it is, and when the weights have moved on.",
            _ => "Over the images that are shown.",
        };
        column(ui, id, note, None);
    }
    ui.end_row();
}

fn column(ui: &mut Ui, id: &str, note: &str, below: Option<&str>) {
    let Some(about) = catalogue::about(id) else { return };
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        // Put together only where one points at it.
        let meaning = |ui: &mut Ui| _ = ui.label(format!("{}\n{note}", about.tooltip()));
        ui.label(RichText::new(about.title).color(theme::quiet(ui))).on_hover_ui(meaning);
        if let Some(below) = below {
            ui.label(RichText::new(below).small().color(theme::quiet(ui)));
        }
    });
}

fn row(ui: &mut Ui, session: &Session, run: &LiveRun, terms: &[&str]) {
    ui.horizontal(|ui| {
        dot(ui, theme::run_color(run));
        // So long as to leave the numbers where they are.
        let name: String = session.name(run).chars().take(NAME).collect();
        ui.label(RichText::new(name).strong()).on_hover_text(session.name(run));
    });
    let held_out = run.history.held_out.points().last().map(|(_, terms)| *terms);
    for id in terms {
        let of = |terms: Option<Terms>| (Term::of(id)?.read)(&terms?);
        ui.horizontal(|ui| {
            number(ui, of(run.terms), false);
            number(ui, of(held_out), true);
        });
    }
    let measured = session.findings().measures.get(&run.id);
    let measured = measured.filter(|measured| measured.of.progress.step == run.checkpoint.progress.step);
    let evidence = measured.and_then(|measured| measured.measures.get("log_evidence")).map(|evidence| evidence.value);
    for value in [evidence, run.summary.sigma_mean.map(f64::from), Some(f64::from(run.summary.mean_spread))] {
        number(ui, value, true);
    }
    ui.end_row();
}

/// A number, its last digit where that of the number above it is.
fn number(ui: &mut Ui, value: Option<f64>, strong: bool) {
    let text = RichText::new(value.map_or("–".to_owned(), format::short)).font(theme::number_font());
    let text = if strong { text } else { text.color(theme::quiet(ui)) };
    ui.allocate_ui_with_layout(vec2(NUMBER, ROW - 4.0), Layout::right_to_left(Align::Center), |ui| ui.label(text));
}
