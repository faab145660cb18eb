//! The head of a pane: which run it shows, what is special about it, and what can be done with both.

use egui::{Align, DragValue, Label, Layout, RichText, Ui};

use super::plane_choice;
use crate::config::{Beta, ModelKind, Posterior};
use crate::engine::LiveRun;
use crate::format::{self, lower};
use crate::session::{Action, ForkSettings, LARGEST_BETA, LEARNING_RATES, MOST_PANES, Pane, Session};
use crate::ui::look::theme;
use crate::ui::look::widgets::dot;

/// Room below which a text would be a letter or two, in points.
const LEAST: f32 = 36.0;

pub fn show(ui: &mut Ui, session: &Session, pane: &Pane, run: &LiveRun, actions: &mut Vec<Action>) {
    let full = format!("{}: {}", run.checkpoint.model.kind.in_words(), run.checkpoint.model.describe());
    ui.horizontal(|ui| {
        dot(ui, theme::run_color(run));
        let name = RichText::new(session.name(run)).heading().strong();
        ui.add(Label::new(name).truncate()).on_hover_text(full);
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
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| about(ui, session, run));
        });
    });
    if has_settings_row(session) {
        ui.horizontal(|ui| match own_settings(session, run) {
            Some(fork) => fork_settings(ui, run, fork, actions),
            None => _ = ui.label(RichText::new("trained as set at the left").small().color(theme::quiet(ui))),
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

/// Whether the heads have a second row: that of a fork's own settings, and for the sake of one line all others'.
fn has_settings_row(session: &Session) -> bool {
    session.shown_runs().into_iter().any(|run| own_settings(session, run).is_some())
}

/// What a fork is trained with, while one does not look back.
fn own_settings(session: &Session, run: &LiveRun) -> Option<ForkSettings> {
    session.document().forks.get(&run.id).copied().filter(|_| session.looking().is_none())
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
    let kind = match (model.posterior(), session.difference(run)) {
        (_, Some(difference)) => difference,
        (Posterior::Point, None) => "a code is a point; nothing orders the codes".to_owned(),
        (Posterior::Quantised, None) => format!("a code is one of {} words", model.codebook.words),
        (Posterior::Gaussian, None) if beta == 0.0 => "KL off (β = 0)".to_owned(),
        (Posterior::Gaussian, None) => format!("β = {beta}"),
    };
    let step = run.checkpoint.progress.step;
    let differs = session.shown_runs().iter().any(|other| other.checkpoint.progress.step != step);
    let text = match differs || session.looking().is_some() {
        true => format!("step {} · {kind}", format::grouped(step)),
        false => kind,
    };
    ui.add(Label::new(RichText::new(&text).color(theme::quiet(ui))).truncate()).on_hover_text(text);
}

/// What a fork is trained with, which is its own.
fn fork_settings(ui: &mut Ui, run: &LiveRun, fork: ForkSettings, actions: &mut Vec<Action>) {
    if run.checkpoint.model.has_gaussian() {
        let (mut beta, label) = (fork.beta.mean, ui.label(RichText::new("β").color(theme::quiet(ui))));
        let drag = DragValue::new(&mut beta).range(0.0..=LARGEST_BETA).speed(0.05).max_decimals(3);
        if ui.add(drag).labelled_by(label.id).on_hover_text("The KL weight of this fork alone").changed() {
            actions.push(Action::SetBeta { run: run.id, beta: Beta::both(beta) });
        }
    }
    let (mut rate, label) = (fork.learning_rate, ui.label(RichText::new("rate").color(theme::quiet(ui))));
    let drag = DragValue::new(&mut rate).range(LEARNING_RATES).speed(1e-5).max_decimals(5);
    let drag = ui.add(drag).labelled_by(label.id).on_hover_text("Adam's step size, of this fork alone");
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
        for kind in ModelKind::ALL {
            item(ui, room, &format!("New {}", lower(kind.in_words())), Action::NewRun(kind));
        }
        ui.separator();
        item(ui, count > 1, "Close", Action::Close(pane.id));
    });
    menu.response.on_hover_text("Name, place and run of this pane").accessible_name(format!("{name} pane"));
}
