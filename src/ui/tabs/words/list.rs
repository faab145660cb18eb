//! The list of words: number, image, vector and usage of each, in as many columns as there is room for.

use egui::{Align, Image, Layout, Rect, RichText, ScrollArea, Sense, TextureId, Ui, pos2, vec2};

use super::request::List;
use crate::explore::Words;
use crate::ui::look::theme::{self, GAP};

/// The width and height of an entry, and of what is in it, in points.
const ENTRY: [f32; 2] = [304.0, 34.0];
const NUMBER: f32 = 40.0;
const SIDE: f32 = 30.0;
const VECTOR: f32 = 118.0;
const BAR: [f32; 2] = [44.0, 8.0];
/// Numbers of a vector that are shown; the rest where one points at it.
const SHOWN: usize = 2;

/// Draws the words in this order, that at the cursor marked; the one whose number is clicked.
pub fn show(ui: &mut Ui, list: &List, texture: TextureId, order: &[usize], here: usize) -> Option<usize> {
    let columns = ((ui.available_width() + GAP) / (ENTRY[0] + GAP)).floor().max(1.0) as usize;
    let mut clicked = None;
    let area = ScrollArea::vertical().id_salt("list of words").auto_shrink(false);
    ui.spacing_mut().item_spacing = vec2(GAP, 2.0);
    area.show_rows(ui, ENTRY[1], order.len().div_ceil(columns), |ui, rows| {
        for row in rows {
            ui.horizontal(|ui| {
                for &word in order.iter().skip(row * columns).take(columns) {
                    let layout = Layout::left_to_right(Align::Center);
                    ui.allocate_ui_with_layout(ENTRY.into(), layout, |ui| {
                        ui.set_min_size(ENTRY.into());
                        ui.spacing_mut().item_spacing.x = 6.0;
                        if entry(ui, list, texture, word, word == here) {
                            clicked = Some(word);
                        }
                    });
                }
            });
        }
    });
    clicked
}

/// Whether its number was clicked.
fn entry(ui: &mut Ui, list: &List, texture: TextureId, word: usize, is_here: bool) -> bool {
    let words = &*list.layer.words;
    let is_dead = words.is_dead(word);
    let number = RichText::new(word.to_string()).font(theme::number_font()).strong();
    let button = egui::Button::selectable(is_here, number).min_size(vec2(NUMBER, 24.0));
    let button = ui.add(button).on_hover_text("Puts the cursor of its plane on this word");
    let clicked = button.accessible_name(format!("word {word}")).clicked();
    let (column, row) = (word % list.across, word / list.across);
    let down = words.len().div_ceil(list.across);
    let cell = vec2(1.0 / list.across as f32, 1.0 / down as f32);
    let pixels = vec2(list.picture.width as f32, list.picture.height as f32) * cell;
    let corner = pos2(column as f32 * cell.x, row as f32 * cell.y);
    let image = Image::new((texture, pixels * (SIDE / pixels.max_elem()))).uv(Rect::from_min_size(corner, cell));
    let image = if is_dead { image.tint(egui::Color32::WHITE.gamma_multiply(0.4)) } else { image };
    ui.add(image.alt_text(format!("image of word {word}")));
    let (rect, response) = ui.allocate_exact_size(vec2(VECTOR, SIDE), Sense::hover());
    let color = if is_dead { theme::quiet(ui) } else { ui.visuals().text_color() };
    let text = vector(words.vector(word), SHOWN);
    ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, text, theme::number_font(), color);
    response.on_hover_ui(|ui| _ = ui.label(vector(words.vector(word), usize::MAX)));
    usage(ui, words, word);
    clicked
}

/// A bar as long as its share of that of the word chosen most, and the share.
fn usage(ui: &mut Ui, words: &Words, word: usize) {
    let meaning = || {
        let codes = words.images * words.tokens;
        format!("Chosen by {} of {codes} codes of {} images", words.chosen[word], words.images)
    };
    if words.is_dead(word) {
        let text = RichText::new("not chosen").small().color(theme::quiet(ui));
        ui.label(text).on_hover_ui(|ui| _ = ui.label(meaning()));
        return;
    }
    let most = words.chosen.iter().copied().max().unwrap_or(1).max(1);
    let (rect, response) = ui.allocate_exact_size(BAR.into(), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, theme::grid(ui).gamma_multiply(0.6));
    let length = rect.width() * words.chosen[word] as f32 / most as f32;
    ui.painter().rect_filled(rect.with_max_x(rect.left() + length), 2.0, theme::ACCENT);
    response.on_hover_ui(|ui| _ = ui.label(meaning()));
    let share = format!("{:.1} %", 100.0 * words.share(word));
    ui.label(RichText::new(share).small()).on_hover_ui(|ui| _ = ui.label(meaning()));
}

/// `(+0.31, −1.20)`, with as many numbers as `most`.
pub fn vector(values: &[f32], most: usize) -> String {
    let mut shown: Vec<String> = values.iter().take(most).map(|v| format!("{v:+.2}").replace('-', "−")).collect();
    if values.len() > most {
        shown.push("…".to_owned());
    }
    format!("({})", shown.join(", "))
}
