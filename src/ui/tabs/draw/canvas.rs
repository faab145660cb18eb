//! The sketchpad.

use egui::{Color32, Pos2, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::session::{Action, Brush, Drawing};

/// A square to draw in.
pub fn show(ui: &mut Ui, drawing: &Drawing, brush: Brush, side: f32, actions: &mut Vec<Action>) {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "sketchpad"));
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) {
        let at = ((pointer - rect.min) / rect.size()).to_pos2();
        let begins = response.drag_started() || drawing.lines.is_empty();
        actions.push(Action::Draw { at: [at.x, at.y], brush: begins.then_some(brush) });
    }
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 3.0, Color32::BLACK);
    for line in drawing.lines.iter() {
        let color = if line.erases { Color32::BLACK } else { Color32::WHITE };
        let points: Vec<Pos2> = line.points.iter().map(|p| rect.min + vec2(p[0], p[1]) * rect.size()).collect();
        let radius = line.radius * rect.width();
        points.iter().for_each(|&p| _ = painter.circle_filled(p, radius, color));
        painter.add(Shape::line(points, Stroke::new(2.0 * radius, color)));
    }
    painter.rect_stroke(rect, 3.0, ui.visuals().window_stroke, StrokeKind::Inside);
}
