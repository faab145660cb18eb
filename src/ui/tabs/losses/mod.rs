//! The loss curves of all runs over steps.

use egui::{ComboBox, Label, RichText, Ui};

use super::{About, Tab};
use crate::figure::{Chart, Quantity, loss_chart};
use crate::session::{Action, ExportId, LossSettings, Session, Setting};
use crate::ui::command::Command;
use crate::ui::export::{Content, Offer, chart_content, checkpoints, figure_name};
use crate::ui::look::widgets::run_name;
use crate::ui::look::{chart, theme};

const LOSSES: ExportId = ExportId::new("losses", "losses");

pub struct Losses;

impl Tab for Losses {
    fn about(&self) -> About {
        About { id: "losses", name: "Losses", meaning: "The terms of the loss over steps" }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| controls(ui, session, actions));
        let (chart, height) = (chart_of(session), ui.available_height());
        if chart.series.iter().all(|series| series.points.is_empty()) {
            ui.label(RichText::new("The curves begin with the first step.").color(theme::quiet(ui)));
            return;
        }
        chart::show(ui, "losses", &chart, height);
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        let now = session.screen().losses.clone();
        let show = |quantity: Quantity| {
            let losses = LossSettings { quantity, ..now.clone() };
            Command::new(&format!("Loss curves of {}", quantity.name()), Action::Set(Setting::Losses(losses)))
        };
        Quantity::ALL.into_iter().map(show).collect()
    }

    fn exports(&self, session: &Session) -> Vec<Offer> {
        let title = format!("The losses: {}", session.screen().losses.quantity.name());
        vec![Offer { id: LOSSES, title, file_name: figure_name(session, "losses") }]
    }

    fn export(&self, _: ExportId, session: &Session) -> Result<Content, String> {
        Ok(chart_content(chart_of(session), session, &checkpoints(session)))
    }
}

fn chart_of(session: &Session) -> Chart {
    let LossSettings { quantity, logarithmic } = session.screen().losses.clone();
    let runs = session.runs().map(|run| (session.name(run), run.number, &*run.history));
    loss_chart(runs, quantity, logarithmic, session.looking())
}

fn controls(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let (now, label) = (session.screen().losses.clone(), ui.label("term"));
    ComboBox::from_id_salt("term")
        .selected_text(now.quantity.name())
        .show_ui(ui, |ui| {
            for quantity in Quantity::ALL {
                if ui.selectable_label(quantity == now.quantity, quantity.name()).clicked() {
                    actions.push(Action::Set(Setting::Losses(LossSettings { quantity, ..now.clone() })));
                }
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text("Which term of the loss is drawn, in nats per image");
    let mut logarithmic = now.logarithmic;
    if ui.checkbox(&mut logarithmic, "logarithmic").on_hover_text("A logarithmic vertical axis").changed() {
        actions.push(Action::Set(Setting::Losses(LossSettings { logarithmic, ..now })));
    }
    for run in session.runs() {
        ui.add_space(theme::GAP);
        run_name(ui, session, run);
    }
    ui.add_space(theme::GAP);
    let note = "nats per image over steps; line: training batches, dots: held-out images, once an epoch";
    ui.add(Label::new(RichText::new(note).small().color(theme::quiet(ui))).truncate());
}
