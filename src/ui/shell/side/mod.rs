//! The panel at the left: what can be changed while the models learn, what is drawn, and what waits for a reset.

mod legend;
mod model;
mod objective;
mod shown;

use egui::{CollapsingHeader, RichText, Ui};

use crate::session::{Action, Session};
use crate::ui::look::theme::{self, GAP};

pub fn show(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let mut shown = session.shown_runs().into_iter().peekable();
    if shown.peek().is_some() && !shown.any(|run| session.follows(run)) {
        let text = "Every run here has its own β and learning rate, in the head of its pane; none follows these.";
        ui.label(RichText::new(text).small().color(theme::quiet(ui)));
    }
    objective::kl(ui, session, actions);
    ui.add_space(GAP);
    objective::likelihood(ui, session, actions);
    ui.add_space(GAP);
    objective::learning_rate(ui, session, actions);
    ui.separator();
    shown::overlays(ui, session, actions);
    ui.separator();
    shown::cursor(ui, session, actions);
    ui.separator();
    shown::tool(ui, session, actions);
    ui.separator();
    legend::show(ui, session, actions);
    ui.separator();
    let header = CollapsingHeader::new("Model and session").show(ui, |ui| model::show(ui, session, actions));
    header.header_response.on_hover_text("What a reset puts in force, and how the window behaves");
}

fn title(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).strong());
}
