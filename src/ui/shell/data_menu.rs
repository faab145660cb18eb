//! The images that are learned: the sets of the program, those of last time, and a way to others and to a session.

use egui::{ComboBox, RichText, Ui};

use crate::config::{DataSource, FASHION_MNIST, MNIST, SHAPES};
use crate::session::{Action, Session, Setting};
use crate::ui::command::Does;
use crate::ui::look::theme;

/// What is to be opened, if anything is.
pub fn show(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) -> Option<Does> {
    let now = &session.settings().data;
    let mut own: Vec<DataSource> = vec![MNIST.into(), FASHION_MNIST.into(), SHAPES.into()];
    let mut opened: Vec<DataSource> = Vec::new();
    let others = [session.stage().map(|stage| &stage.dataset.source), Some(now)];
    for other in others.into_iter().flatten().chain(&session.screen().recent) {
        let list = if other.is_built_in() { &mut own } else { &mut opened };
        if !list.contains(other) {
            list.push(other.clone());
        }
    }
    let mut opens = None;
    let combo = ComboBox::from_id_salt("data").width(110.0).truncate().height(420.0).selected_text(now.title());
    let combo = combo.show_ui(ui, |ui| {
        ui.set_min_width(200.0);
        for choice in own {
            offer(ui, now, &choice, actions);
        }
        if !opened.is_empty() {
            ui.separator();
            ui.label(RichText::new("opened before").small().color(theme::quiet(ui)));
            for choice in opened {
                offer(ui, now, &choice, actions);
            }
        }
        ui.separator();
        if ui.button("Open images…").on_hover_text("A folder of images or a file of them").clicked() {
            opens = Some(Does::OpenImages);
        }
        if ui.button("Open a session…").on_hover_text("One that was saved, or that was put aside by itself").clicked()
        {
            opens = Some(Does::Open);
        }
        if opens.is_some() {
            ui.close();
        }
    });
    let meaning = "The images that are learned. Others can be dropped on the window: a folder, or an archive.";
    combo.response.on_hover_text(meaning).accessible_name("data set");
    opens
}

fn offer(ui: &mut Ui, now: &DataSource, choice: &DataSource, actions: &mut Vec<Action>) {
    let row = ui.selectable_label(choice == now, choice.title());
    let row = if choice.is_built_in() { row } else { row.on_hover_text(&choice.path) };
    if row.clicked() && choice != now {
        actions.push(Action::Set(Setting::Data(choice.clone())));
    }
}
