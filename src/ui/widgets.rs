//! Small controls that egui does not have.

use egui::{Color32, Response, Role, Sense, Ui, WidgetInfo, lerp, pos2, vec2};

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
