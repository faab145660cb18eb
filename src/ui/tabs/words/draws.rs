//! How an integer becomes a picture: n → e_n → image, for integers that are drawn from a prior over words.

use std::sync::Arc;

use egui::{Align, Image, Layout, Rect, RichText, Sense, TextureId, Ui, UiBuilder, Vec2, pos2, vec2};

use super::list::vector;
use crate::explore::{Picture, Words};
use crate::ui::look::theme::{self, GAP};

/// Draws that are shown, the newest large and those before it small.
pub const SHOWN: usize = 13;
/// Sides of their images, in points.
const LARGE: f32 = 64.0;
const SMALL: f32 = 42.0;
/// The width of a letter of their numbers.
const LETTER: f32 = 7.8;

/// Draws the newest first; `picture` has their images in a row.
pub fn show(ui: &mut Ui, words: &Words, tuples: &[Vec<usize>], picture: &Arc<Picture>, texture: TextureId) {
    let Some(newest) = tuples.first() else { return };
    let size = vec2(picture.width as f32 / tuples.len() as f32, picture.height as f32);
    let image = |i: usize, side: f32| {
        let share = 1.0 / tuples.len() as f32;
        let uv = Rect::from_min_max(pos2(i as f32 * share, 0.0), pos2((i + 1) as f32 * share, 1.0));
        Image::new((texture, size * (side / size.max_elem()))).uv(uv).corner_radius(2.0)
    };
    ui.horizontal(|ui| {
        ui.set_height(LARGE);
        ui.spacing_mut().item_spacing.x = GAP;
        ui.label(RichText::new(number(newest)).size(26.0).strong())
            .on_hover_text("The integer that was drawn, one a token");
        arrow(ui);
        ui.vertical(|ui| {
            ui.set_width(122.0);
            ui.add_space(0.5 * (LARGE - 34.0 * newest.len() as f32).max(0.0));
            ui.spacing_mut().item_spacing.y = 0.0;
            for &word in newest {
                ui.label(format!("e{}", subscript(word)));
                ui.label(RichText::new(vector(words.vector(word), 2)).font(theme::number_font()));
            }
        });
        arrow(ui);
        ui.add(image(0, LARGE).alt_text(format!("image of the integer {}", number(newest))));
    });
    ui.add_space(GAP / 2.0);
    let letters = tuples.iter().map(|tuple| number(tuple).chars().count()).max().unwrap_or(1);
    let wide = SMALL.max(LETTER * letters as f32);
    let (room, step) = (ui.available_rect_before_wrap(), vec2(wide + GAP, SMALL + 20.0));
    let across = ((room.width() + GAP) / step.x).floor().max(1.0) as usize;
    let down = ((room.height() + 4.0) / step.y).floor().max(0.0) as usize;
    for (i, tuple) in tuples.iter().enumerate().skip(1).take(across * down) {
        let corner = room.min + vec2(((i - 1) % across) as f32, ((i - 1) / across) as f32) * step;
        let builder = UiBuilder::new().max_rect(Rect::from_min_size(corner, step - vec2(GAP, 2.0)));
        ui.scope_builder(builder.layout(Layout::top_down(Align::Center)), |ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(1.0);
            let text = RichText::new(number(tuple)).font(theme::number_font()).small();
            ui.add(egui::Label::new(text).truncate());
            ui.add(image(i, SMALL).alt_text(format!("image of the integer {}, drawn before", number(tuple))));
        });
    }
}

fn arrow(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 12.0), Sense::hover());
    let stroke = egui::Stroke::new(1.5, theme::quiet(ui));
    ui.painter().arrow(rect.left_center(), vec2(rect.width(), 0.0), stroke);
}

/// The integer, or the tuple of several tokens.
pub fn number(tuple: &[usize]) -> String {
    let words: Vec<String> = tuple.iter().map(usize::to_string).collect();
    if words.len() == 1 { words.concat() } else { format!("({})", words.join(", ")) }
}

/// Digits below the line.
fn subscript(number: usize) -> String {
    let below = |digit: char| char::from_u32(0x2080 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit);
    number.to_string().chars().map(below).collect()
}
