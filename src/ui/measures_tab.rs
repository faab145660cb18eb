//! The tab of measures: a table with the runs as columns, and the plane of rate and distortion.

use egui::{Color32, Grid, ProgressBar, RichText, ScrollArea, Ui, UiBuilder};
use egui_plot::{AxisHints, Line, LineStyle, MarkerShape, PlotPoint, PlotPoints, Points, VLine};

use super::action::Action;
use super::format;
use super::pane::name_of;
use super::session::Session;
use super::settings::{LARGEST_BETA, Settings};
use super::theme::{self, GAP};
use super::widgets::dot;
use crate::config::ModelKind;
use crate::engine::LiveRun;
use crate::explore::measures::{About, Better, CATALOGUE, Estimated};
use crate::figure::{Marker, Theory, Trace, frontier_chart, run_color};

/// The share of the tab's width that the table takes.
const TABLE: f32 = 0.56;

pub fn show(ui: &mut Ui, session: &mut Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    let room = ui.available_rect_before_wrap();
    let (left, right) = room.split_left_right_at_fraction(TABLE);
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| {
        ui.horizontal(|ui| controls(ui, session, actions));
        let height = ui.available_height() - GAP;
        ScrollArea::both().id_salt("measures").auto_shrink(false).max_height(height).show(ui, |ui| table(ui, session));
    });
    ui.scope_builder(UiBuilder::new().max_rect(right.with_min_x(right.left() + GAP)), |ui| {
        frontier(ui, session, settings);
    });
}

fn controls(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let going: Vec<f64> = session.panes.iter().filter_map(|pane| pane.measures.going).collect();
    if going.is_empty() {
        let meaning = "Takes all measures of the run in each pane, in the state that is shown: on 2,000 test images, the evidence on \
                       500. Training goes on meanwhile; `latent-explorer eval --all` takes them on all";
        if ui.button("Measure").on_hover_text(meaning).clicked() {
            actions.push(Action::Measure(true));
        }
        let note = "point at a name for its definition; ± is a 95 % interval";
        ui.label(RichText::new(note).small().color(theme::quiet(ui)));
        return;
    }
    if ui.button("Stop").on_hover_text("Ends the measuring; what was measured before stays").clicked() {
        actions.push(Action::Measure(false));
    }
    let panes = session.panes.len().max(1) as f64;
    let share = (going.iter().sum::<f64>() + (panes - going.len() as f64)) / panes;
    ui.add(ProgressBar::new(share as f32).desired_width(200.0).show_percentage());
}

fn table(ui: &mut Ui, session: &Session) {
    let panes = session.panes.len();
    Grid::new("measures").num_columns(panes + 2).striped(true).spacing([18.0, 3.0]).show(ui, |ui| {
        ui.label("");
        for (i, pane) in session.panes.iter().enumerate() {
            ui.horizontal(|ui| {
                dot(ui, theme::run_color(pane.run));
                ui.label(RichText::new(name_of(session, i)).strong());
                if let Some(of) = &pane.measures.of {
                    let step = format!("step {}", format::grouped(of.progress.step));
                    ui.label(RichText::new(step).small().color(theme::quiet(ui)));
                }
            });
        }
        ui.end_row();
        for failure in session.panes.iter().filter_map(|pane| pane.measures.failure.as_ref()) {
            ui.label(RichText::new(failure).color(theme::WARNING));
            ui.end_row();
        }
        for about in &CATALOGUE {
            let values: Vec<Option<Estimated>> =
                session.panes.iter().map(|pane| pane.measures.measures.get(about.name).copied()).collect();
            if about.name.ends_with("_fitted") && values.iter().all(Option::is_none) {
                continue;
            }
            row(ui, about, &values);
        }
    });
}

fn row(ui: &mut Ui, about: &About, values: &[Option<Estimated>]) {
    let way = match about.better {
        Better::Higher => "Higher is better.",
        Better::Lower => "Lower is better.",
        Better::Neither => "Neither way is better by itself.",
    };
    let source = if about.source.is_empty() { String::new() } else { format!("\nSource: {}", about.source) };
    let meaning = format!("{}\n{way}{source}", about.definition);
    ui.label(RichText::new(about.title).color(theme::quiet(ui))).on_hover_text(meaning);
    let best = values.iter().flatten().map(|v| v.value).reduce(|a, b| match about.better {
        Better::Lower => a.min(b),
        _ => a.max(b),
    });
    let differ = values.iter().flatten().any(|v| Some(v.value) != best);
    for value in values {
        let Some(Estimated { value, interval }) = value else {
            ui.label(RichText::new("–").color(theme::quiet(ui)));
            continue;
        };
        ui.horizontal(|ui| {
            let number = if interval.is_some() { format::short(*value) } else { format::tick(*value) };
            let text = RichText::new(number).font(theme::number_font());
            let is_best = differ && about.better != Better::Neither && best == Some(*value);
            let label = ui.label(if is_best { text.color(theme::ACCENT) } else { text });
            if let Some((low, high)) = interval {
                let half = format!("±{}", format::short(0.5 * (high - low)));
                ui.label(RichText::new(half).small().color(theme::quiet(ui)));
                label.on_hover_text(format!("95 % interval: {} to {}", format::short(*low), format::short(*high)));
            }
        });
    }
    ui.label(RichText::new(about.unit).small().color(theme::quiet(ui)));
    ui.end_row();
}

/// Every run's way over rate and distortion. The frontier near the VAE, as linear theory has it, can be dragged along.
fn frontier(ui: &mut Ui, session: &Session, settings: &mut Settings) {
    ui.label(RichText::new("rate and distortion").strong()).on_hover_text(
        "kl against recon on held-out images, nats per image: each run's way from its first epoch to now. Dashed: where linear \
         theory has the frontier near the VAE; its slope is −β, and each of two units gains ½ nat where β falls by e. Crosses: where linear theory has a unit die. Drag along it to set β.",
    );
    let traces = session.traces();
    if session.vae_trace(&traces).is_none_or(|trace| trace.points.is_empty()) {
        ui.label(RichText::new("A VAE shows here after its first epoch.").color(theme::quiet(ui)));
        return;
    }
    let (chosen, theory) = (settings.beta(), session.theory(&traces));
    let chart = frontier_chart(&traces, theory.as_ref(), Some(chosen));
    let rate = theme::ticks(ui, AxisHints::new_x()).label("kl");
    let distortion = theme::ticks(ui, AxisHints::new_y()).label("recon");
    let plot = theme::still(ui, "frontier", rate, distortion).show(ui, |plot| {
        for series in &chart.series {
            let [r, g, b] = series.color;
            let (name, color) = (series.name.clone(), Color32::from_rgb(r, g, b));
            if series.points.len() > 1 {
                let line = Line::new(name.clone(), PlotPoints::from(series.points.clone())).color(color).width(1.5);
                plot.line(if series.dashed { line.style(LineStyle::dashed_dense()) } else { line });
            }
            if let Some(marker) = series.marker {
                let points = Points::new(name, PlotPoints::from(series.points.clone())).color(color).radius(5.0);
                plot.points(if marker == Marker::Cross { points.shape(MarkerShape::Cross) } else { points });
            }
        }
        for rule in &chart.uprights {
            let line = VLine::new(rule.name.clone(), rule.value).color(theme::ACCENT);
            plot.vline(line.style(LineStyle::dotted_dense()));
        }
        plot.pointer_coordinate().filter(|_| plot.response().dragged())
    });
    if let (Some(PlotPoint { x, .. }), Some(theory)) = (plot.inner, &theory) {
        let (there, _) = theory.at_rate(x);
        settings.kl_on = true;
        settings.train.beta = there.clamp(0.01, LARGEST_BETA);
    }
    plot.response.on_hover_text(format!("Drag sets β (now {})", format::short(chosen)));
}

impl Session {
    /// Every run's way over rate and distortion; an AE, which has no rate, has none.
    pub(super) fn traces(&self) -> Vec<Trace> {
        let trace = |run: &LiveRun| Trace {
            name: self.name(run),
            color: run_color(run.id),
            beta: run.checkpoint.progress.train.beta,
            points: run.history.held_out.points().iter().filter_map(|(_, t)| Some([t.kl()?, t.recon])).collect(),
        };
        self.all_runs().map(trace).collect()
    }

    /// The trace of the first VAE that is no fork.
    fn vae_trace<'a>(&self, traces: &'a [Trace]) -> Option<&'a Trace> {
        let is_original = |run: &LiveRun| run.checkpoint.model.kind == ModelKind::Vae && run.origin.is_none();
        traces.get(self.all_runs().position(is_original)?)
    }

    /// What linear theory says near it.
    pub(super) fn theory(&self, traces: &[Trace]) -> Option<Theory> {
        Theory::through(self.vae_trace(traces)?, self.killing_betas())
    }
}
