//! p(k|x) over the words: the most probable with their images.

use egui::{Align, Image, Layout, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};

use super::numbers;
use super::request::WordsReply;
use crate::format;
use crate::ui::look::textures::{PictureTextures, fitted};
use crate::ui::look::theme;

/// Sides of a word's image, and the height of the bar above it, in points.
const SIDE: f32 = 44.0;
const BAR: f32 = 60.0;

pub fn show(ui: &mut Ui, answer: &WordsReply, textures: &mut PictureTextures<usize>, height: f32) {
    let meaning = "How probable each word is once the image is seen, the most probable first; blue the one that the encoder \
                   chose. Before, all are alike.";
    ui.label(RichText::new("p(k|x) of the words").strong()).on_hover_text(meaning);
    ScrollArea::vertical().id_salt("words of inference").max_height(height - 28.0).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            for (i, (words, probability, picture)) in answer.shown.iter().enumerate() {
                let texture = textures.get(ui, i, picture);
                let color = if *words == answer.chosen { theme::ACCENT } else { theme::quiet(ui) };
                let size = vec2(SIDE.max(12.0 * words.len() as f32), BAR + SIDE + 36.0);
                ui.allocate_ui_with_layout(size, Layout::top_down(Align::Center), |ui| {
                    let (bar, response) = ui.allocate_exact_size(vec2(SIDE, BAR), Sense::hover());
                    let top = bar.bottom() - (BAR * *probability as f32).max(1.0);
                    ui.painter().rect_filled(Rect::from_min_max(pos2(bar.left(), top), bar.max), 1.0, color);
                    let name = numbers::words(words);
                    response.on_hover_text(format!("p(k|x) = {} of word {name}", format::short(*probability)));
                    let image = Image::new((texture, fitted(picture.width, picture.height, SIDE))).corner_radius(2.0);
                    ui.add(image.alt_text(format!("word {name}, p(k|x) = {}", format::short(*probability))));
                    ui.label(RichText::new(name).small().color(color));
                });
            }
        });
    });
}
