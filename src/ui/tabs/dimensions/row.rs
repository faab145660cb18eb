//! A dimension in a row: its name, how much it is used as a bar, and its strip.

use egui::{
    Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, TextureId, Ui, WidgetInfo, pos2, vec2,
};

use crate::explore::dimensions::{Usage, describe};
use crate::format;
use crate::model::dimension;
use crate::ui::look::theme;

/// The height of a row, and the width of the name and of the number, in points.
const HEIGHT: [f32; 2] = [13.0, 25.0];
const NAME: f32 = 40.0;
const NUMBER: f32 = 46.0;
const GAP: f32 = 6.0;
/// The length of the arrow that points along an axis, in points.
const ARROW: f32 = 9.0;
/// The least width of a bar, in points.
const BAR: f32 = 36.0;

pub struct Row<'a> {
    pub usage: &'a Usage,
    /// How long its bar is, from 0 to 1.
    pub share: f64,
    /// Which axis of the plane it is, if it is one.
    pub axis: Option<usize>,
    /// The strips of all dimensions, and where in that texture this one's is.
    pub strip: (TextureId, Rect),
    /// Width of a strip to its height.
    pub aspect: f32,
    pub color: Color32,
    /// The name of the run.
    pub run: String,
    /// Whether it can be made an axis.
    pub clickable: bool,
}

/// Where in a texture of `count` strips one is.
pub fn place(index: usize, count: usize) -> Rect {
    let count = count.max(1) as f32;
    Rect::from_min_max(pos2(0.0, index as f32 / count), pos2(1.0, (index + 1) as f32 / count))
}

impl Row<'_> {
    /// Whether it was clicked.
    pub fn show(&self, ui: &mut Ui) -> bool {
        let width = ui.available_width();
        let fixed = NAME + NUMBER + 3.0 * GAP + BAR;
        // Where there is no room for all of it, the strip stays.
        let has_bar = (width - fixed) / self.aspect >= HEIGHT[0];
        let room = if has_bar { width - fixed } else { width - NAME - GAP };
        let height = (room / self.aspect).clamp(HEIGHT[0], HEIGHT[1]);
        let sense = if self.clickable { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), sense);
        let name = dimension(self.usage.index);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, self.clickable, format!("{} {name}", self.run)));
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, response.hovered() && self.clickable, has_bar);
        }
        let hint = match self.clickable {
            true => "Click to make it an axis of the plane: the first, then the second, by turns",
            false => "The plane shows all dimensions of this run",
        };
        response.on_hover_text(format!("{}\n{hint}", describe(self.usage))).clicked()
    }

    fn paint(&self, ui: &Ui, rect: Rect, hovered: bool, has_bar: bool) {
        let painter = ui.painter();
        if hovered || self.axis.is_some() {
            let fill = if hovered { ui.visuals().widgets.hovered.bg_fill } else { ui.visuals().faint_bg_color };
            painter.rect_filled(rect, 2.0, fill);
        }
        let active = self.usage.is_active();
        let ink = if active { ui.visuals().text_color() } else { theme::quiet(ui) };
        let font = egui::FontId::proportional(13.0);
        let at = pos2(rect.left() + 2.0, rect.center().y);
        painter.text(at, Align2::LEFT_CENTER, dimension(self.usage.index), font, ink);
        if let Some(axis) = self.axis {
            let along = if axis == 0 { vec2(ARROW, 0.0) } else { vec2(0.0, -ARROW) };
            let middle = pos2(rect.left() + NAME - 0.5 * ARROW - 2.0, at.y);
            painter.arrow(middle - 0.5 * along, along, Stroke::new(1.5, theme::ACCENT));
        }
        let strip = vec2(rect.height() * self.aspect, rect.height());
        let strip = Rect::from_min_size(pos2(rect.right() - strip.x, rect.top()), strip);
        let (texture, uv) = self.strip;
        painter.image(texture, strip, uv, Color32::WHITE);
        if !has_bar {
            return;
        }
        let number = strip.left() - GAP;
        let text = format::short(self.usage.size());
        painter.text(pos2(number, at.y), Align2::RIGHT_CENTER, text, theme::number_font(), ink);
        let bar =
            Rect::from_min_max(pos2(rect.left() + NAME + GAP, at.y - 5.0), pos2(number - NUMBER - GAP, at.y + 5.0));
        let filled = bar.with_max_x(bar.left() + bar.width() * self.share.clamp(0.0, 1.0) as f32);
        let color = if active { self.color } else { self.color.gamma_multiply(0.35) };
        painter.rect_filled(filled, CornerRadius::same(2), color);
        painter.rect_stroke(
            bar,
            CornerRadius::same(2),
            ui.visuals().widgets.noninteractive.bg_stroke,
            StrokeKind::Inside,
        );
    }
}
