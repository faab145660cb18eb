//! Small controls that several parts of the window have.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use egui::emath::{Numeric, format_with_decimals_in_range};
use egui::{Button, Color32, DragValue, Key, Response, Sense, Slider, SliderClamping, TextEdit, Ui, vec2};

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

/// A number that the person sets between the ends of `range`. Nothing else changes it, neither that it is drawn nor a click into
/// it: one that lies beyond the ends, or between what can be set, stays until then.
pub fn slider<N: Numeric>(
    ui: &mut Ui,
    value: &mut N,
    range: RangeInclusive<N>,
    look: impl for<'a> FnOnce(Slider<'a>) -> Slider<'a>,
) -> Response {
    let before = *value;
    let slider = Slider::new(value, range.clone()).clamping(SliderClamping::Never);
    let response = ui.add(look(
        slider.custom_formatter(|value, decimals| exactly(value, format_with_decimals_in_range(value, decimals))),
    ));
    hold(value, before, &range);
    response
}

/// The same without a rail.
pub fn drag<N: Numeric>(
    ui: &mut Ui,
    value: &mut N,
    range: RangeInclusive<N>,
    look: impl for<'a> FnOnce(DragValue<'a>) -> DragValue<'a>,
) -> Response {
    let before = *value;
    let response = ui.add(look(
        DragValue::new(value)
            .custom_formatter(|value, decimals| exactly(value, format_with_decimals_in_range(value, decimals))),
    ));
    hold(value, before, &range);
    response
}

/// `text` if that can be read as the value again, or all its digits: what is shown is read when the control is left.
pub fn exactly(value: f64, text: String) -> String {
    let is_exact = text.replace('−', "-").parse() == Ok(value);
    if is_exact { text } else { value.to_string() }
}

/// What the person has set, within the range.
fn hold<N: Numeric>(value: &mut N, before: N, range: &RangeInclusive<N>) {
    // As far as a control can tell numbers apart.
    if value.to_f64() == before.to_f64() {
        *value = before;
    } else if *value < *range.start() {
        *value = *range.start();
    } else if *value > *range.end() {
        *value = *range.end();
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
