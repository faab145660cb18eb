//! The sketchpad, and the colours to draw with.

use egui::{Pos2, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use crate::session::{Action, Brush, Session};
use crate::ui::look::theme;

/// Colours that are one click away; any other is chosen.
const SWATCHES: [[u8; 3]; 8] = [
    [0; 3],
    [255; 3],
    [0xd6, 0x3b, 0x2b],
    [0xff, 0xa9, 0x0e],
    [0xf4, 0xdc, 0x3a],
    [0x2f, 0xa8, 0x4a],
    [0x2b, 0x7b, 0xd6],
    [0xb0, 0x5c, 0xc9],
];

/// A sheet of this size to draw in.
pub fn show(ui: &mut Ui, session: &Session, brush: Brush, size: Vec2, actions: &mut Vec<Action>) {
    let (drawing, ground) = (&session.document().drawing, theme::rgb(session.ground()));
    let (rect, response) = ui.allocate_exact_size(size, Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "sketchpad"));
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) {
        let at = ((pointer - rect.min) / rect.size()).to_pos2();
        let begins = response.drag_started() || drawing.lines.is_empty();
        actions.push(Action::Draw { at: [at.x, at.y], brush: begins.then_some(brush) });
    }
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 3.0, ground);
    for line in drawing.lines.iter() {
        let color = if line.erases { ground } else { theme::rgb(line.color) };
        let points: Vec<Pos2> = line.points.iter().map(|p| rect.min + vec2(p[0], p[1]) * rect.size()).collect();
        let radius = line.radius * size.max_elem();
        points.iter().for_each(|&p| _ = painter.circle_filled(p, radius, color));
        painter.add(Shape::line(points, Stroke::new(2.0 * radius, color)));
    }
    painter.rect_stroke(rect, 3.0, ui.visuals().window_stroke, StrokeKind::Inside);
}

/// The colours of the brush and of the ground.
pub fn colors(ui: &mut Ui, session: &Session, brush: &mut Brush, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = 3.0;
    for color in SWATCHES {
        let (rect, response) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::click());
        let chosen = brush.color == color;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, "colour of the brush"));
        ui.painter().rect_filled(rect, 3.0, theme::rgb(color));
        let stroke = if chosen { Stroke::new(2.0, theme::ACCENT) } else { ui.visuals().window_stroke };
        ui.painter().rect_stroke(rect, 3.0, stroke, if chosen { StrokeKind::Outside } else { StrokeKind::Inside });
        if response.clicked() {
            brush.color = color;
        }
    }
    ui.color_edit_button_srgb(&mut brush.color).on_hover_text("Any other colour to draw with");
    ui.add_space(6.0);
    let (mut ground, label) = (session.ground(), ui.label("ground"));
    let picker = ui.color_edit_button_srgb(&mut ground).labelled_by(label.id);
    if picker.on_hover_text("What is drawn on; at first the mean colour along the borders of the images").changed() {
        actions.push(Action::SetGround(ground));
    }
}
