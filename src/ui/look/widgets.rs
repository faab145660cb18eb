//! Small controls that several parts of the window have.

use std::path::PathBuf;

use egui::{Button, Color32, Key, Response, Sense, TextEdit, Ui, vec2};

use super::theme;
use crate::engine::LiveRun;
use crate::session::{Action, Session};

/// A disc that names a colour, in a line of text.
pub fn dot(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 5.0, color);
}

/// The name of a run beside its colour.
pub fn run_name(ui: &mut Ui, session: &Session, run: &LiveRun) -> Response {
    dot(ui, theme::run_color(run));
    ui.label(egui::RichText::new(session.name(run)).strong())
}

/// One of several choices: what it is called, what it means, and the action that makes it.
pub fn choice(ui: &mut Ui, is_chosen: bool, name: &str, meaning: &str, makes: Action, actions: &mut Vec<Action>) {
    if ui.radio(is_chosen, name).on_hover_text(meaning).clicked() && !is_chosen {
        actions.push(makes);
    }
}

/// A field for the path of a file and the button that writes it; the path, once it is to be written. It is empty again then, so
/// that it does not name the next file too.
pub fn file_field(ui: &mut Ui, text: &mut String, is_ready: bool, meaning: &str) -> Option<PathBuf> {
    let field = ui.add(TextEdit::singleline(text).hint_text("a path, then Enter").desired_width(110.0));
    let field = field.on_hover_text(meaning).accessible_name("export path");
    let enter = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    let is_ready = is_ready && !text.trim().is_empty();
    let save = ui.add_enabled(is_ready, Button::new("Save")).on_hover_text("Writes to the path on the left");
    (is_ready && (save.clicked() || enter)).then(|| PathBuf::from(std::mem::take(text).trim()))
}
