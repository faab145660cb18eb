//! The table of measures, with the runs as columns. Its head stays where it is.

use egui::{Grid, Label, RichText, ScrollArea, Ui, vec2};

use crate::catalogue::{self, About, NO_CLASSES};
use crate::engine::LiveRun;
use crate::explore::measures::{Estimated, OfRun, best, difference};
use crate::format;
use crate::session::Session;
use crate::ui::look::theme;
use crate::ui::look::widgets::dot;

/// Widths of the columns of names, of a run and of units, in points.
const NAME: f32 = 130.0;
const RUN: f32 = 126.0;
/// Images that are named, at most.
const NAMED: usize = 30;
/// Classes whose shares are told one by one, at most.
const MOST_LISTED: usize = 30;

pub fn show(ui: &mut Ui, session: &Session, height: f32) {
    let runs = session.shown_runs();
    let pair = pair(session, &runs);
    ScrollArea::horizontal().id_salt("measures across").show(ui, |ui| {
        head(ui, session, &runs, pair);
        ScrollArea::vertical().id_salt("measures").auto_shrink(false).max_height(height - 26.0).show(ui, |ui| {
            let columns = runs.len() + 3;
            Grid::new("measures").num_columns(columns).striped(true).spacing([12.0, 3.0]).show(ui, |ui| {
                for about in catalogue::measures() {
                    let of = |run: &&LiveRun| (value(session, run, about.id), run.checkpoint.model.likelihood);
                    let values: Vec<OfRun> = runs.iter().map(of).collect();
                    if !about.id.ends_with("_fitted") || values.iter().any(|(value, _)| value.is_some()) {
                        row(ui, session, about, &values, pair.is_some());
                    }
                }
            });
        });
    });
}

/// The two runs that are shown, the second less the first, if both were measured.
fn pair<'a>(session: &Session, runs: &[&'a LiveRun]) -> Option<[&'a LiveRun; 2]> {
    let [first, second] = *runs else { return None };
    let is_measured = |run: &LiveRun| session.findings().measures.contains_key(&run.id);
    (is_measured(first) && is_measured(second)).then_some([first, second])
}

fn value<'a>(session: &'a Session, run: &LiveRun, id: &str) -> Option<&'a Estimated> {
    session.findings().measures.get(&run.id)?.measures.get(id)
}

fn head(ui: &mut Ui, session: &Session, runs: &[&LiveRun], pair: Option<[&LiveRun; 2]>) {
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
        if let Some([first, second]) = pair {
            let meaning =
                "The interval is that of pairs: both were measured on the same images and with the same noise";
            let text = RichText::new(format!("{} − {}", session.name(second), session.name(first))).strong();
            ui.allocate_ui(vec2(RUN, 18.0), |ui| {
                ui.set_width(RUN);
                ui.add(Label::new(text).truncate()).on_hover_text(meaning);
            });
        }
    });
}

/// A measure of all runs; of the images it may be said why there is none.
fn row(ui: &mut Ui, session: &Session, about: &About, values: &[OfRun], is_pair: bool) {
    let lacks = (catalogue::needs_classes(about.id) && !session.has_classes()).then_some(NO_CLASSES);
    ui.scope(|ui| {
        ui.set_min_width(NAME);
        ui.label(RichText::new(about.title).color(theme::quiet(ui))).on_hover_text(about.tooltip());
    });
    for ((value, _), is_best) in values.iter().zip(best(about, values)) {
        ui.horizontal(|ui| {
            ui.set_min_width(RUN);
            let Some(value) = value else {
                let text = RichText::new(lacks.unwrap_or("–")).color(theme::quiet(ui));
                ui.label(if lacks.is_some() { text.small() } else { text });
                return;
            };
            let number = if value.interval.is_some() { format::short(value.value) } else { format::tick(value.value) };
            show_number(ui, session, value, number, is_best);
            if is_best {
                ui.label(RichText::new("✔").small()).on_hover_text("The better of those that are shown");
            }
        });
    }
    if let ([first, second], true) = (values, is_pair) {
        ui.horizontal(|ui| {
            ui.set_min_width(RUN);
            match difference(about, *second, *first) {
                Some(difference) => {
                    let number = signed(difference.value);
                    show_number(ui, session, &difference, number, false);
                }
                None => _ = ui.label(RichText::new("–").color(theme::quiet(ui))),
            }
        });
    }
    ui.label(RichText::new(about.unit).small().color(theme::quiet(ui)));
    ui.end_row();
}

/// A number with half its interval; pointed at, with all of it, what it was taken of and what it is made of.
fn show_number(ui: &mut Ui, session: &Session, of: &Estimated, number: String, is_strong: bool) {
    let text = RichText::new(number).font(theme::number_font());
    let label = ui.label(if is_strong { text.strong() } else { text });
    let mut n = format!("n = {}{}", format::grouped(of.n as u64), shares(session, of));
    if !of.named.is_empty() {
        let some = of.named.iter().take(NAMED).map(usize::to_string).collect::<Vec<_>>().join(", ");
        let more = if of.named.len() > NAMED { ", …" } else { "" };
        n = format!("{n}\nTest images {some}{more}");
    }
    let Some((low, high)) = of.interval else {
        label.on_hover_text(n);
        return;
    };
    let half = format!("±{}", format::short(0.5 * (high - low)));
    ui.label(RichText::new(half).small().color(theme::quiet(ui)));
    label.on_hover_text(format!("95 % interval: {} to {}\n{n}", format::short(low), format::short(high)));
}

/// Of classes the share of each, a line each; of many, the table as CSV has them.
fn shares(session: &Session, of: &Estimated) -> String {
    let Some(stage) = session.stage().filter(|_| of.parts.len() <= MOST_LISTED) else { return String::new() };
    let line = |(name, share): (&String, &Estimated)| format!("\n{name}: {:.1} %", 100.0 * share.value);
    stage.dataset.class_names.iter().zip(&*of.parts).map(line).collect()
}

fn signed(value: f64) -> String {
    let number = format::short(value);
    if value > 0.0 { format!("+{number}") } else { number }
}
