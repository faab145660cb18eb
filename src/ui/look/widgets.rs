//! Small controls that several parts of the window have.

use std::path::PathBuf;

use egui::{Button, Color32, Key, Response, Role, Sense, TextEdit, Ui, WidgetInfo, lerp, pos2, vec2};

use super::theme;
use crate::engine::LiveRun;
use crate::session::{Action, Session};

/// An on/off switch; `name` is what a screen reader calls it.
pub fn switch(ui: &mut Ui, on: &mut bool, name: &str) -> Response {
    let size = vec2(34.0, 18.0);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Role::Switch, ui.is_enabled(), *on, name));
    let how_on = ui.animate_bool(response.id, *on);
    let visuals = ui.style().interact_selectable(&response, *on);
    let fill = if *on { ui.visuals().selection.bg_fill } else { visuals.bg_fill };
    let radius = rect.height() / 2.0;
    ui.painter().rect(rect, radius, fill, visuals.bg_stroke, egui::StrokeKind::Inside);
    let knob = pos2(lerp(rect.left() + radius..=rect.right() - radius, how_on), rect.center().y);
    ui.painter().circle_filled(knob, radius - 3.0, Color32::WHITE);
    if response.has_focus() {
        ui.painter().rect_stroke(rect.expand(2.0), radius, ui.visuals().selection.stroke, egui::StrokeKind::Outside);
    }
    response
}

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
