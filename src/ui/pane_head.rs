//! The head of a pane: which run it shows, what is special about it, and what can be done with both.

use egui::{Align, DragValue, Label, Layout, RichText, Ui};

use super::action::Action;
use super::arrange::{Arrange, MOST_PANES};
use super::pane::name_of;
use super::session::Session;
use super::settings::LARGEST_BETA;
use super::widgets::dot;
use super::{format, theme};
use crate::config::ModelKind;
use crate::engine::LiveRun;

pub fn show(ui: &mut Ui, session: &Session, index: usize, actions: &mut Vec<Action>) {
    let (pane, Some(run)) = (&session.panes[index], session.run(index)) else { return };
    let train = &run.checkpoint.progress.train;
    let meaning = match (pane.kind, session.difference(run)) {
        (_, Some(difference)) => difference,
        (ModelKind::Ae, None) => "a code is a point; nothing orders the codes".to_owned(),
        (ModelKind::Vae, None) if train.beta == 0.0 => "KL off (β = 0)".to_owned(),
        (ModelKind::Vae, None) => format!("β = {}", format::short(train.beta)),
    };
    let full = match pane.kind {
        ModelKind::Ae => "Autoencoder",
        ModelKind::Vae => "Variational autoencoder",
    };
    ui.horizontal(|ui| {
        dot(ui, theme::run_color(pane.run));
        ui.label(RichText::new(name_of(session, index)).heading().strong()).on_hover_text(full);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            menu(ui, session, index, run, actions);
            let fork = ui.small_button("Fork here").on_hover_text(
                "Starts a new run, in a new pane, from what this pane shows: the same weights, optimiser state, batches and \
                 noise. Change its β or learning rate, and whatever differs from then on is their doing.",
            );
            if fork.clicked() {
                actions.push(Action::Arrange(Arrange::Fork(index)));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                match &pane.failure {
                    Some(reason) => {
                        ui.label(RichText::new("stopped").color(theme::WARNING).strong()).on_hover_text(reason)
                    }
                    None => ui.add(Label::new(RichText::new(meaning).color(theme::quiet(ui))).truncate()),
                };
            });
        });
    });
    if let Some(reason) = &pane.failure {
        ui.label(RichText::new(reason).color(theme::WARNING).small());
    }
    if run.origin.is_some() && session.looking.is_none() {
        fork_settings(ui, run, actions);
    }
}

/// What a fork is trained with, which is its own.
fn fork_settings(ui: &mut Ui, run: &LiveRun, actions: &mut Vec<Action>) {
    let train = &run.checkpoint.progress.train;
    ui.horizontal(|ui| {
        if run.checkpoint.model.kind == ModelKind::Vae {
            let (mut beta, label) = (train.beta, ui.label("β"));
            let drag = DragValue::new(&mut beta).range(0.0..=LARGEST_BETA).speed(0.05).max_decimals(3);
            if ui.add(drag).labelled_by(label.id).on_hover_text("The KL weight of this fork alone").changed() {
                actions.push(Action::Arrange(Arrange::SetBeta { run: run.id, beta }));
            }
        }
        let (mut rate, label) = (train.learning_rate, ui.label("learning rate"));
        let drag = DragValue::new(&mut rate).range(1e-5..=1e-1).speed(1e-5).max_decimals(5);
        if ui.add(drag).labelled_by(label.id).on_hover_text("Adam's step size, of this fork alone").changed() {
            actions.push(Action::Arrange(Arrange::SetLearningRate { run: run.id, rate }));
        }
    });
}

/// What can be done with a pane.
fn menu(ui: &mut Ui, session: &Session, index: usize, run: &LiveRun, actions: &mut Vec<Action>) {
    let menu = ui.menu_button("…", |ui| {
        let (mut name, label) = (session.name(run), ui.label("name"));
        if ui.text_edit_singleline(&mut name).labelled_by(label.id).changed() {
            actions.push(Action::Arrange(Arrange::Rename { run: run.id, name }));
        }
        ui.separator();
        let mut arrange = |ui: &mut Ui, enabled: bool, text: &str, change: Arrange| {
            if ui.add_enabled(enabled, egui::Button::new(text)).clicked() {
                actions.push(Action::Arrange(change));
                ui.close();
            }
        };
        let (count, room) = (session.panes.len(), session.panes.len() < MOST_PANES);
        arrange(ui, index > 0, "Move left", Arrange::Move { from: index, to: index.saturating_sub(1) });
        arrange(ui, index + 1 < count, "Move right", Arrange::Move { from: index, to: index + 1 });
        let link =
            if session.panes[index].own.is_some() { "Link cursor and overlays" } else { "Unlink cursor and overlays" };
        arrange(ui, true, link, Arrange::Unlink(index));
        ui.separator();
        for other in session.live.iter().flat_map(|live| &live.runs).filter(|other| other.id != run.id) {
            let text = format!("Show {}", session.name(other));
            arrange(ui, true, &text, Arrange::Show { pane: index, run: other.id });
        }
        arrange(ui, room, "Same run in another pane", Arrange::Duplicate(index));
        arrange(ui, room, "New autoencoder", Arrange::Add(ModelKind::Ae));
        arrange(ui, room, "New variational autoencoder", Arrange::Add(ModelKind::Vae));
        ui.separator();
        arrange(ui, count > 1, "Close", Arrange::Remove(index));
    });
    menu.response
        .on_hover_text("Name, place and run of this pane")
        .accessible_name(format!("{} pane", session.name(run)));
}
