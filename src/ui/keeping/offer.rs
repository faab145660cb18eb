//! The session that an earlier window left, as it is offered at the start: its picture, what it is, and the two things to do.

use egui::{
    Align, Align2, Button, Color32, ColorImage, Context, CornerRadius, FontId, Id, Key, Layout, Modal, Pos2, Rect,
    RichText, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, pos2, vec2,
};

use super::aside::line;
use super::picture::PLANE;
use crate::session::archive::About;
use crate::ui::look::theme::{self, GAP};

/// Widths of the dialog, as far as there are panes: of one plane, and between planes.
const WIDEST: f32 = 300.0;
const ROOM: f32 = 640.0;
const BETWEEN: f32 = 8.0;

pub struct Offer {
    about: About,
    /// Seconds since 1970.
    now: u64,
    picture: Option<ColorImage>,
    texture: Option<TextureHandle>,
}

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Continue,
    Anew,
}

impl Offer {
    pub fn new(about: About, picture: Option<&[u8]>, now: u64) -> Self {
        let picture = picture.and_then(|png| image::load_from_memory_with_format(png, image::ImageFormat::Png).ok());
        let picture = picture.map(|picture| {
            let picture = picture.into_rgba8();
            let size = [picture.width() as usize, picture.height() as usize];
            ColorImage::from_rgba_unmultiplied(size, picture.as_raw())
        });
        Self { about, now, picture, texture: None }
    }

    pub fn show(&mut self, ctx: &Context) -> Option<Answer> {
        let modal = Modal::new(Id::unique("last session")).show(ctx, |ui| self.content(ui));
        modal.inner.or(modal.should_close().then_some(Answer::Anew))
    }

    fn content(&mut self, ui: &mut Ui) -> Option<Answer> {
        let count = self.about.names.len().max(1) as f32;
        let width = ((ROOM + BETWEEN) / count - BETWEEN).min(WIDEST);
        ui.set_width((count * (width + BETWEEN) - BETWEEN).max(420.0));
        ui.label(RichText::new("Go on where you left off?").heading().strong());
        ui.label(RichText::new(line(&self.about, self.now)).color(theme::quiet(ui)));
        ui.add_space(GAP);
        self.planes(ui, width);
        ui.add_space(GAP);
        ui.horizontal(|ui| {
            let text = "Starting anew keeps it as well: “Open the session before” brings it back.";
            ui.label(RichText::new(text).small().color(theme::quiet(ui)));
        });
        ui.add_space(GAP / 2.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let size = vec2(96.0, 30.0);
            let go_on = Button::new(RichText::new("Continue").strong().color(Color32::WHITE));
            let go_on = ui.add(go_on.fill(theme::ACCENT).min_size(size));
            let anew = ui.add(Button::new("Start anew").min_size(size));
            let enter = !anew.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            match (go_on.clicked() || enter, anew.clicked()) {
                (true, _) => Some(Answer::Continue),
                (_, true) => Some(Answer::Anew),
                _ => None,
            }
        })
        .inner
    }

    /// The planes side by side, as in the window, each with its name.
    fn planes(&mut self, ui: &mut Ui, width: f32) {
        let height = width * PLANE[1] as f32 / PLANE[0] as f32;
        if let Some(picture) = self.picture.take() {
            self.texture = Some(ui.ctx().load_texture("last session", picture, TextureOptions::LINEAR));
        }
        let count = self.about.names.len();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = BETWEEN;
            for (i, name) in self.about.names.iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(width, height + 22.0), Sense::hover());
                response.accessible_name(format!("plane of {name}"));
                let plane = Rect::from_min_size(rect.min, vec2(width, height));
                let (painter, corner) = (ui.painter(), CornerRadius::same(6));
                painter.rect_filled(plane, corner, ui.visuals().extreme_bg_color);
                if let Some(texture) = &self.texture {
                    let at = |i: usize| i as f32 / count as f32;
                    let part = Rect::from_min_max(pos2(at(i), 0.0), Pos2::new(at(i + 1), 1.0));
                    painter.image(texture.id(), plane, part, Color32::WHITE);
                }
                painter.rect_stroke(plane, corner, Stroke::new(1.0, theme::grid(ui)), StrokeKind::Inside);
                let below = pos2(plane.center().x, plane.bottom() + 4.0);
                painter.text(below, Align2::CENTER_TOP, name, FontId::proportional(13.0), ui.visuals().text_color());
            }
        });
    }
}
