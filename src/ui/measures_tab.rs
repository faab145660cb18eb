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
use crate::explore::{RUNS, Trace, along_frontier};

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
    let traces = session.traces();
    let is_original = |run: &LiveRun| run.checkpoint.model.kind == ModelKind::Vae && run.origin.is_none();
    let vae = session.all_runs().position(is_original).and_then(|i| traces.get(i));
    let anchor = vae.and_then(|trace| Some((trace.beta, *trace.points.last()?)));
    ui.label(RichText::new("rate and distortion").strong()).on_hover_text(
        "kl against recon on held-out images, nats per image: each run's way from its first epoch to now. Dashed: where linear \
         theory has the frontier near the VAE; its slope is −β, and each of two units gains ½ nat where β falls by e. Crosses: where linear theory has a unit die. Drag along it to set β.",
    );
    let Some((beta, now)) = anchor else {
        ui.label(RichText::new("A VAE shows here after its first epoch.").color(theme::quiet(ui)));
        return;
    };
    let unit = 2.0;
    let at_beta = |other: f64| now[0] - 0.5 * unit * (other / beta).ln();
    let kills = if beta > 0.0 { session.killing_betas() } else { Vec::new() };
    // As far as the units live, at least.
    let least = kills.iter().map(|&kill| at_beta(kill)).fold(0.5 * now[0], f64::min);
    let places = || (0..=60u8).map(|i| least + (1.6 * now[0] - least) * f64::from(i) / 60.0);
    let curve: Vec<[f64; 2]> =
        if beta > 0.0 { places().map(|kl| [kl, along_frontier(beta, now, unit, kl).1]).collect() } else { Vec::new() };
    let chosen = settings.beta();
    let handle = (beta > 0.0 && chosen > 0.0).then(|| at_beta(chosen));
    let rate = theme::ticks(ui, AxisHints::new_x()).label("kl");
    let distortion = theme::ticks(ui, AxisHints::new_y()).label("recon");
    let plot = theme::still(ui, "frontier", rate, distortion).show(ui, |plot| {
        plot.line(Line::new("frontier", PlotPoints::from(curve)).color(Color32::GRAY).style(LineStyle::dashed_dense()));
        for Trace { name, color: [r, g, b], points, .. } in &traces {
            let color = Color32::from_rgb(*r, *g, *b);
            plot.line(Line::new(name.clone(), PlotPoints::from(points.clone())).color(color).width(1.5));
            let end: Vec<[f64; 2]> = points.last().copied().into_iter().collect();
            plot.points(Points::new(name.clone(), PlotPoints::from(end)).color(color).radius(5.0));
        }
        for (i, kill) in kills.iter().enumerate() {
            let kl = at_beta(*kill);
            let place = [kl, along_frontier(beta, now, unit, kl).1];
            let name = format!("unit {} dies by linear theory: β {}", i + 1, format::short(*kill));
            let mark = Points::new(name, PlotPoints::from(vec![place])).shape(MarkerShape::Cross);
            plot.points(mark.color(theme::WARNING).radius(6.0));
        }
        if let Some(kl) = handle {
            let name = format!("β {}", format::short(chosen));
            plot.vline(VLine::new(name, kl).color(theme::ACCENT).style(LineStyle::dotted_dense()));
        }
        plot.pointer_coordinate().filter(|_| plot.response().dragged())
    });
    if let (Some(PlotPoint { x, .. }), true) = (plot.inner, beta > 0.0) {
        let (there, _) = along_frontier(beta, now, unit, x);
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
            color: RUNS[run.number % RUNS.len()],
            beta: run.checkpoint.progress.train.beta,
            points: run.history.held_out.points().iter().filter_map(|(_, t)| Some([t.kl()?, t.recon])).collect(),
        };
        self.all_runs().map(trace).collect()
    }
}
