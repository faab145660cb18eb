//! The head of a pane: which run it shows, what is special about it, and what can be done with both.

use egui::{Align, Label, Layout, RichText, Ui};

use super::plane_choice;
use crate::config::{Beta, ModelSpec, Posterior, PriorKind};
use crate::engine::LiveRun;
use crate::format;
use crate::session::{Action, Draft, LARGEST_BETA, LEARNING_RATES, MOST_PANES, OwnSettings, Pane, Preset, Session};
use crate::ui::look::theme;
use crate::ui::look::widgets::{dot, drag, exactly};

/// Room below which a text would be a letter or two, in points.
const LEAST: f32 = 36.0;
/// Width of a pane below which its head is set closer.
const NARROW: f32 = 220.0;
/// Room that a learning rate with its name takes.
const RATE: f32 = 86.0;

pub fn show(ui: &mut Ui, session: &Session, pane: &Pane, run: &LiveRun, actions: &mut Vec<Action>) {
    let full = format!("{}: {}", run.checkpoint.model.kind.in_words(), run.checkpoint.model.describe());
    let is_narrow = ui.available_width() < NARROW;
    if is_narrow {
        ui.spacing_mut().item_spacing.x = 4.0;
    }
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            menu(ui, session, pane, run, actions);
            let fit = ui.small_button("⛶").on_hover_text("Fits the view to the codes and follows them");
            if fit.accessible_name(format!("fit {}", session.name(run))).clicked() {
                actions.push(Action::FitView(pane.id));
            }
            let fork = ui.small_button("Fork").on_hover_text(
                "Starts a new run, in a new pane, from what this pane shows: the same weights, optimiser state, batches and \
                 noise. Change its β or learning rate, and whatever differs from then on is their doing.",
            );
            if fork.accessible_name(format!("fork {} here", session.name(run))).clicked() {
                actions.push(Action::Fork(pane.id));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                dot(ui, theme::run_color(run));
                let name = RichText::new(session.name(run)).strong();
                let name = if is_narrow { name } else { name.heading() };
                ui.add(Label::new(name).truncate()).on_hover_text(full);
                about(ui, session, run);
            });
        });
    });
    if has_settings_row(session) {
        ui.horizontal(|ui| match own_settings(session, run) {
            Some(own) => own_row(ui, run, own, actions),
            None => {
                let text = RichText::new("trained as set at the left").small().color(theme::quiet(ui));
                let meaning = "It follows the settings of the panel: β, p(x|z) and learning rate at once, layers and seed after a reset";
                ui.label(text).on_hover_text(meaning);
            }
        });
    }
    if plane_choice::is_needed(session) {
        ui.horizontal(|ui| plane_choice::show(ui, session, pane, run, actions));
    }
}

/// How many rows the heads have: for the sake of one line all have those that one of them needs.
pub fn rows(session: &Session) -> usize {
    1 + usize::from(has_settings_row(session)) + usize::from(plane_choice::is_needed(session))
}

/// Whether the heads have a second row: that of a run's own settings, and for the sake of one line all others'.
fn has_settings_row(session: &Session) -> bool {
    session.shown_runs().into_iter().any(|run| own_settings(session, run).is_some())
}

/// What a run is trained with that does not follow the settings, while one does not look back.
fn own_settings(session: &Session, run: &LiveRun) -> Option<OwnSettings> {
    session.document().own.get(&run.id).copied().filter(|_| session.looking().is_none())
}

/// What is special about the run, and its step where panes are at several.
fn about(ui: &mut Ui, session: &Session, run: &LiveRun) {
    if ui.available_width() < LEAST {
        return;
    }
    if let Some(reason) = session.failure(run.id) {
        ui.label(RichText::new("stopped").color(theme::WARNING).strong()).on_hover_text(reason);
        ui.add(Label::new(RichText::new(reason).color(theme::WARNING).small()).truncate()).on_hover_text(reason);
        return;
    }
    let beta = run.checkpoint.progress.train.beta;
    let model = &run.checkpoint.model;
    let kind = session.difference(run).unwrap_or_else(|| what(model, beta));
    let step = run.checkpoint.progress.step;
    let differs = session.shown_runs().iter().any(|other| other.checkpoint.progress.step != step);
    let text = match differs || session.looking().is_some() {
        true => format!("step {} · {kind}", format::grouped(step)),
        false => kind,
    };
    let meaning = match beta.whole() {
        None if model.has_gaussian() => format!(
            "{text}: the loss is recon + {} · ½ Σ μ² (global) + {} · ½ Σ (σ² − 1 − ln σ²) (local)",
            format::tick(beta.mean),
            format::tick(beta.variance)
        ),
        _ => text.clone(),
    };
    ui.add(Label::new(RichText::new(text).color(theme::quiet(ui))).truncate()).on_hover_text(meaning);
}

/// What a model is beyond its name: those of its parts that are not as they come, and the weights of its KL.
fn what(model: &ModelSpec, beta: Beta) -> String {
    let whole = model.describe();
    let parts = whole.split_once(", ").map(|(_, parts)| parts.to_owned());
    let rest = match model.posterior() {
        Posterior::Point => Some("a code is a point".to_owned()),
        Posterior::Quantised => None,
        Posterior::Gaussian if beta == 0.0 => Some("KL off (β = 0)".to_owned()),
        Posterior::Gaussian => Some(weights(beta)),
    };
    let layers = model.is_closed_form().then_some("linear").or(model.is_frozen().then_some("ONNX, does not train"));
    layers.map(str::to_owned).into_iter().chain(parts).chain(rest).collect::<Vec<_>>().join(" · ")
}

fn weights(beta: Beta) -> String {
    match beta.whole() {
        Some(beta) => format!("β = {beta}"),
        None => format!("β_μ {}, β_σ {}", format::tick(beta.mean), format::tick(beta.variance)),
    }
}

/// What a run is trained with, where that is its own.
fn own_row(ui: &mut Ui, run: &LiveRun, own: OwnSettings, actions: &mut Vec<Action>) {
    let model = &run.checkpoint.model;
    let mut weight = |ui: &mut Ui, name: &str, mut now: f64, meaning: &str, of: &dyn Fn(f64) -> Beta| {
        let label = ui.label(RichText::new(name).color(theme::quiet(ui)));
        let drag = drag(ui, &mut now, 0.0..=LARGEST_BETA, |drag| drag.speed(0.05).max_decimals(3));
        if drag.labelled_by(label.id).on_hover_text(meaning).changed() {
            actions.push(Action::SetBeta { run: run.id, beta: of(now) });
        }
    };
    let beta = own.beta;
    if model.has_gaussian() && (beta.whole().is_some() || model.prior != PriorKind::Normal) {
        weight(ui, "β", beta.mean, "The KL weight of this run alone", &Beta::both);
    } else if model.has_gaussian() {
        let meaning = "The weight of ½ Σ μ² (global), of this run alone";
        weight(ui, "β_μ", beta.mean, meaning, &|mean| Beta { mean, ..beta });
        let meaning = "The weight of ½ Σ (σ² − 1 − ln σ²) (local), of this run alone";
        weight(ui, "β_σ", beta.variance, meaning, &|variance| Beta { variance, ..beta });
    }
    // Else it is in the menu alone.
    if ui.available_width() > RATE {
        own_rate(ui, run, own, actions);
    }
}

/// The learning rate, where the run has one of its own and there are steps to take.
fn own_rate(ui: &mut Ui, run: &LiveRun, own: OwnSettings, actions: &mut Vec<Action>) {
    if !run.checkpoint.model.learns() {
        return;
    }
    let (mut rate, label) = (own.learning_rate, ui.label(RichText::new("rate").color(theme::quiet(ui))));
    let drag = drag(ui, &mut rate, LEARNING_RATES, |drag| {
        drag.speed(1e-5).custom_formatter(|rate, _| exactly(rate, format::short(rate)))
    });
    let drag = drag.labelled_by(label.id).on_hover_text("Adam's step size, of this run alone");
    if drag.accessible_name("learning rate").changed() {
        actions.push(Action::SetLearningRate { run: run.id, rate });
    }
}

/// What can be done with a pane.
fn menu(ui: &mut Ui, session: &Session, pane: &Pane, run: &LiveRun, actions: &mut Vec<Action>) {
    let name = session.name(run);
    let menu = ui.menu_button("…", |ui| {
        let given = session.document().names.get(&run.id);
        let (mut typed, label) = (given.unwrap_or(&name).clone(), ui.label("name"));
        if ui.text_edit_singleline(&mut typed).labelled_by(label.id).changed() {
            actions.push(Action::Rename { run: run.id, name: typed });
        }
        if let Some(own) = own_settings(session, run) {
            ui.horizontal(|ui| own_rate(ui, run, own, actions));
        }
        ui.separator();
        let mut item = |ui: &mut Ui, enabled: bool, text: &str, action: Action| {
            if ui.add_enabled(enabled, egui::Button::new(text)).clicked() {
                actions.push(action);
                ui.close();
            }
        };
        let (place, count) =
            (session.panes().iter().position(|other| other.id == pane.id).unwrap_or(0), session.panes().len());
        let room = count < MOST_PANES;
        item(ui, place > 0, "Move left", Action::Move { pane: pane.id, to: place.saturating_sub(1) });
        item(ui, place + 1 < count, "Move right", Action::Move { pane: pane.id, to: place + 1 });
        let link = if pane.own.is_some() { "Link cursor and overlays" } else { "Unlink cursor and overlays" };
        item(ui, true, link, Action::Unlink(pane.id));
        ui.separator();
        for other in session.runs().filter(|other| other.id != run.id) {
            item(ui, true, &format!("Show {}", session.name(other)), Action::Show { pane: pane.id, run: other.id });
        }
        item(ui, room, "Same run in another pane", Action::Duplicate(pane.id));
        let draft = Draft::new(Preset::Vae, session.settings());
        item(ui, room, "New run…", Action::Describe(Some(Box::new(draft))));
        ui.separator();
        item(ui, count > 1, "Close", Action::Close(pane.id));
    });
    menu.response.on_hover_text("Name, place and run of this pane").accessible_name(format!("{name} pane"));
}
