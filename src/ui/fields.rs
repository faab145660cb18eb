//! Fields behind the points: computed on a thread, coarse first, and drawn with a legend.

use std::sync::Arc;

use egui::{
    Align2, Color32, ColorImage, Context, CornerRadius, FontId, Painter, Rect, Shape, Stroke, TextureHandle,
    TextureOptions, pos2, vec2,
};

use super::format;
use crate::config::Code;
use crate::data::{Dataset, Split};
use crate::engine::{Errand, Errands};
use crate::explore::{Cells, Field, FieldKind, field};
use crate::figure::{Legend, tint};
use crate::model::{Autoencoder, Checkpoint, Codes, Compute};

/// Cells along the longer side of the plane, from the first answer to the last.
const LEVELS: [usize; 3] = [20, 44, 88];
/// Arrows along the longer side.
const ARROWS: usize = 19;
/// Training images that classes are read from.
const KNOWN: usize = 5_000;

/// What a field depends on.
#[derive(Clone)]
pub struct FieldWish {
    pub kind: FieldKind,
    pub checkpoint: Arc<Checkpoint>,
    pub codes: Arc<Codes>,
    pub dataset: Arc<Dataset>,
    /// Lower left and upper right corner.
    pub view: (Code, Code),
}

impl PartialEq for FieldWish {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && Arc::ptr_eq(&self.codes, &other.codes)
            && (self.kind, self.view) == (other.kind, other.view)
    }
}

/// A field on some cells.
pub struct Answer {
    wish: FieldWish,
    cells: Cells,
    field: Field,
    is_last: bool,
}

pub struct Fields(Errands<FieldWish, Answer>);

impl Fields {
    pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let compute = compute.with_threads(1);
        let mut model: Option<(Arc<Checkpoint>, Autoencoder)> = None;
        let mut known: Option<(Arc<Dataset>, Split)> = None;
        Ok(Self(Errands::spawn("fields", wake, move |errand, wish: FieldWish| {
            if model.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, &wish.checkpoint)) {
                model = wish.checkpoint.restore(compute.clone()).ok().map(|model| (wish.checkpoint.clone(), model));
            }
            if known.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, &wish.dataset)) {
                known = Some((wish.dataset.clone(), wish.dataset.train.spread(KNOWN)));
            }
            if let (Some((_, model)), Some((_, known))) = (&model, &known) {
                answer(errand, &wish, model, known);
            }
        })?))
    }

    /// Wishes for a field, unless it is what was last asked for.
    pub fn ask(&self, pane: usize, shown: &mut PaneField, wish: FieldWish) {
        if shown.asked.as_ref() != Some(&wish) {
            shown.asked = Some(wish.clone());
            self.0.ask(pane, wish);
        }
    }

    pub fn answers(&self) -> Vec<(usize, Answer)> {
        self.0.replies()
    }
}

fn answer(errand: &Errand<FieldWish, Answer>, wish: &FieldWish, model: &Autoencoder, known: &Split) {
    let levels: &[usize] = if wish.kind == FieldKind::Flow { &[ARROWS] } else { &LEVELS };
    for (i, &level) in levels.iter().enumerate() {
        if i > 0 && errand.is_stale() {
            return;
        }
        let (min, max) = wish.view;
        let size = [max[0] - min[0], max[1] - min[1]];
        let [across, down] = size.map(|side| ((level as f32 * side / size[0].max(size[1])).round() as usize).max(1));
        let cells = Cells { min, max, across, down };
        if let Ok(field) = field(wish.kind, &cells, model, &wish.codes, known) {
            errand.reply(Answer { wish: wish.clone(), cells, field, is_last: i + 1 == levels.len() });
        }
    }
}

/// The field of a pane.
#[derive(Default)]
pub struct PaneField {
    asked: Option<FieldWish>,
    shown: Option<Shown>,
}

struct Shown {
    wish: FieldWish,
    cells: Cells,
    field: Field,
    legend: Option<Legend>,
    texture: Option<TextureHandle>,
    is_last: bool,
}

impl PaneField {
    pub fn receive(&mut self, ctx: &Context, answer: Answer) {
        // A coarse answer to the newest question is better than a fine one to an old one, but not than a fine one.
        let Answer { wish, cells, field, is_last } = answer;
        if self.asked.as_ref().is_none_or(|asked| asked.kind != wish.kind) {
            return;
        }
        let (image, legend) = match tint(wish.kind, &field) {
            None => (None, None),
            Some((colors, legend)) => {
                let pixels =
                    colors.into_iter().map(|[r, g, b, a]| Color32::from_rgba_unmultiplied(r, g, b, a)).collect();
                (Some(ColorImage::new([cells.across, cells.down], pixels)), Some(legend))
            }
        };
        let smooth = if matches!(field, Field::Classes(_)) { TextureOptions::NEAREST } else { TextureOptions::LINEAR };
        let texture = image.map(|image| ctx.load_texture("field", image, smooth));
        self.shown = Some(Shown { wish, cells, field, legend, texture, is_last });
    }

    /// Whether the finest answer to the newest question is shown, and it is about `kind`.
    pub fn is_complete(&self, kind: FieldKind) -> bool {
        let is_current = |shown: &Shown| shown.is_last && Some(&shown.wish) == self.asked.as_ref();
        self.shown.as_ref().is_some_and(|shown| shown.wish.kind == kind && is_current(shown))
    }

    /// Draws the field, `at` taking a code to its place on the screen.
    pub fn draw(&self, painter: &Painter, kind: FieldKind, at: impl Fn(Code) -> egui::Pos2) {
        let Some(shown) = self.shown.as_ref().filter(|shown| shown.wish.kind == kind) else { return };
        if let Some(texture) = &shown.texture {
            let rect = Rect::from_two_pos(at(shown.cells.min), at(shown.cells.max));
            painter.image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        }
        if let Field::Targets(targets) = &shown.field {
            let color = painter.ctx().global_style().visuals.text_color().gamma_multiply(0.75);
            for (from, to) in shown.cells.centres().into_iter().zip(targets) {
                arrow(painter, at(from), at(*to), color);
            }
        }
    }

    /// The legend, over everything else in the plane.
    pub fn legend(&self, painter: &Painter, kind: FieldKind) {
        let Some(shown) = self.shown.as_ref().filter(|shown| shown.wish.kind == kind) else { return };
        let name = kind.describe().0;
        let visuals = painter.ctx().global_style().visuals.clone();
        let (text, font) = (visuals.text_color(), FontId::proportional(11.5));
        let scale = shown.legend.as_ref().filter(|legend| legend.has_scale);
        let size = vec2(190.0, if scale.is_some() { 46.0 } else { 22.0 });
        let frame = Rect::from_min_size(painter.clip_rect().left_top() + vec2(8.0, 8.0), size);
        painter.rect_filled(frame, CornerRadius::same(4), visuals.extreme_bg_color.gamma_multiply(0.88));
        painter.text(frame.left_top() + vec2(7.0, 4.0), Align2::LEFT_TOP, name, font.clone(), text);
        let Some(scale) = scale else { return };
        let bar = Rect::from_min_size(frame.left_top() + vec2(7.0, 20.0), vec2(size.x - 14.0, 8.0));
        for i in 0..64 {
            let (left, width) = (i as f32 / 64.0, bar.width() / 64.0);
            let part = Rect::from_min_size(bar.left_top() + vec2(left * bar.width(), 0.0), vec2(width + 0.5, 8.0));
            let [r, g, b, a] = scale.color((i as f32 + 0.5) / 64.0);
            painter.rect_filled(part, CornerRadius::ZERO, Color32::from_rgba_unmultiplied(r, g, b, a));
        }
        let (low, high) = scale.range;
        let number = |v: f32| format::short(f64::from(v));
        let below = |x: f32| pos2(x, bar.bottom() + 2.0);
        let small = FontId::proportional(10.5);
        painter.text(below(bar.left()), Align2::LEFT_TOP, number(low), small.clone(), text);
        painter.text(below(bar.right()), Align2::RIGHT_TOP, number(high), small.clone(), text);
        painter.text(below(bar.center().x), Align2::CENTER_TOP, scale.unit, small, text.gamma_multiply(0.75));
    }
}

fn arrow(painter: &Painter, from: egui::Pos2, to: egui::Pos2, color: Color32) {
    let stroke = Stroke::new(1.2, color);
    painter.circle_filled(from, 1.5, color);
    painter.line_segment([from, to], stroke);
    let along = to - from;
    if along.length() > 5.0 {
        let (tip, side) = (along.normalized() * 4.5, along.normalized().rot90() * 2.6);
        painter.add(Shape::convex_polygon(vec![to, to - tip + side, to - tip - side], color, Stroke::NONE));
    }
}
