//! How wide a text is in the font that is in the program, which figures and the screen share, and how it is fitted to a width.

use std::collections::HashMap;
use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use super::marks::Align;

/// From the top of a line to its baseline, as a share of the size.
pub const ASCENT: f32 = 0.932;
/// The height of a capital, as a share of the size.
pub const CAPITAL: f32 = 0.693;

/// The font as a file.
pub const FONT: &[u8] = epaint_default_fonts::UBUNTU_LIGHT;

/// The width of each sign of the font, as a share of the size. Read once: texts are measured in every frame.
static WIDTHS: LazyLock<HashMap<u32, f32>> = LazyLock::new(|| {
    let Ok(font) = FontRef::new(FONT) else { return HashMap::new() };
    let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
    font.charmap().mappings().filter_map(|(sign, glyph)| Some((sign, metrics.advance_width(glyph)?))).collect()
});

/// The width of a line of text, in pixels. A sign that the font lacks counts as wide as it is high.
pub fn width(text: &str, size: f32) -> f32 {
    text.chars().map(|sign| size * WIDTHS.get(&u32::from(sign)).copied().unwrap_or(1.0)).sum()
}

/// From a spot down to the baseline of a text that is aligned there.
pub fn baseline(align: Align, size: f32) -> f32 {
    match align {
        Align::Start => CAPITAL * size,
        Align::Middle => 0.5 * CAPITAL * size,
        Align::End => 0.0,
    }
}

/// The text, or as much of it as there is room for with an ellipsis after it.
pub fn fitted(text: &str, size: f32, room: f32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut short: String = text.to_owned();
    while short.pop().is_some() {
        let candidate = format!("{}…", short.trim_end());
        if width(&candidate, size) <= room {
            return candidate;
        }
    }
    String::new()
}

/// The text in lines no wider than there is room for, broken between words; a longer word is cut.
pub fn wrapped(text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fitted(word, size, room)),
        }
    }
    lines
}
