//! The table of measures, with the runs as columns. Its head stays where it is.

use egui::{Grid, Label, RichText, ScrollArea, Ui, vec2};

use crate::catalogue::{self, About, Better, NO_CLASSES};
use crate::engine::LiveRun;
use crate::explore::measures::Estimated;
use crate::format;
use crate::session::Session;
use crate::ui::look::theme;
use crate::ui::look::widgets::dot;

/// Widths of the columns of names, of a run and of units, in points.
const NAME: f32 = 130.0;
const RUN: f32 = 150.0;

pub fn show(ui: &mut Ui, session: &Session, height: f32) {
    let runs = session.shown_runs();
    ScrollArea::horizontal().id_salt("measures across").show(ui, |ui| {
        head(ui, session, &runs);
        ScrollArea::vertical().id_salt("measures").auto_shrink(false).max_height(height - 26.0).show(ui, |ui| {
            Grid::new("measures").num_columns(runs.len() + 2).striped(true).spacing([12.0, 3.0]).show(ui, |ui| {
                for about in catalogue::measures() {
                    let values: Vec<Option<Estimated>> = runs.iter().map(|run| value(session, run, about.id)).collect();
                    if !about.id.ends_with("_fitted") || values.iter().any(Option::is_some) {
                        let lacks = catalogue::needs_classes(about.id) && !session.has_classes();
                        row(ui, about, &values, lacks.then_some(NO_CLASSES));
                    }
                }
            });
        });
    });
}

fn value(session: &Session, run: &LiveRun, id: &str) -> Option<Estimated> {
    session.findings().measures.get(&run.id)?.measures.get(id).copied()
}

fn head(ui: &mut Ui, session: &Session, runs: &[&LiveRun]) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        ui.allocate_exact_size(vec2(NAME, 18.0), egui::Sense::hover());
        for run in runs {
            ui.allocate_ui(vec2(RUN, 18.0), |ui| {
                ui.set_width(RUN);
                ui.spacing_mut().item_spacing.x = 6.0;
                dot(ui, theme::run_color(run));
                ui.add(Label::new(RichText::new(session.name(run)).strong()).truncate());
                if let Some(measured) = session.findings().measures.get(&run.id) {
                    let step = format!("step {}", format::grouped(measured.of.progress.step));
                    let text = RichText::new(step).small().color(theme::quiet(ui));
                    ui.add(Label::new(text).truncate()).on_hover_text("The state that was measured");
                }
            });
        }
    });
}

/// A measure of all runs; of the images it may be said why there is none.
fn row(ui: &mut Ui, about: &About, values: &[Option<Estimated>], lacks: Option<&str>) {
    ui.scope(|ui| {
        ui.set_min_width(NAME);
        ui.label(RichText::new(about.title).color(theme::quiet(ui))).on_hover_text(about.tooltip());
    });
    let best = best(about, values);
    for value in values {
        ui.horizontal(|ui| {
            ui.set_min_width(RUN);
            let Some(Estimated { value, interval }) = value else {
                let text = RichText::new(lacks.unwrap_or("–")).color(theme::quiet(ui));
                ui.label(if lacks.is_some() { text.small() } else { text });
                return;
            };
            let number = if interval.is_some() { format::short(*value) } else { format::tick(*value) };
            let text = RichText::new(number).font(theme::number_font());
            let label = ui.label(if best == Some(*value) { text.strong() } else { text });
            if let Some((low, high)) = interval {
                let half = format!("±{}", format::short(0.5 * (high - low)));
                ui.label(RichText::new(half).small().color(theme::quiet(ui)));
                label.on_hover_text(format!("95 % interval: {} to {}", format::short(*low), format::short(*high)));
            }
            if best == Some(*value) {
                ui.label(RichText::new("✔").small()).on_hover_text("The better of those that are shown");
            }
        });
    }
    ui.label(RichText::new(about.unit).small().color(theme::quiet(ui)));
    ui.end_row();
}

/// The best value, where one way is better and the values differ.
fn best(about: &About, values: &[Option<Estimated>]) -> Option<f64> {
    let all = || values.iter().flatten().map(|v| v.value);
    let best = match about.better {
        Better::Lower => all().reduce(f64::min),
        Better::Higher => all().reduce(f64::max),
        Better::Neither => None,
    }?;
    all().any(|value| value != best).then_some(best)
}
