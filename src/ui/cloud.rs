//! Thousands of points as one texture: drawn when the codes or the view change, not with every frame.

use egui::{Color32, ColorImage};

use super::theme::class_color;
use crate::config::Code;

/// The points of a plane, and the part of it that is seen.
pub struct Cloud<'a> {
    pub codes: &'a [Code],
    pub labels: &'a [u8],
    /// Lower left and upper right corner.
    pub view: (Code, Code),
    /// In pixels.
    pub size: [usize; 2],
    pub radius: f32,
    pub opacity: f32,
}

impl Cloud<'_> {
    /// Anti-aliased discs, later points over earlier ones, on nothing.
    pub fn draw(&self) -> ColorImage {
        let [width, height] = self.size;
        let mut image = ColorImage::filled(self.size, Color32::TRANSPARENT);
        let (min, max) = self.view;
        let scale = [width as f32 / (max[0] - min[0]), height as f32 / (max[1] - min[1])];
        let reach = self.radius + 0.5;
        for (code, &label) in self.codes.iter().zip(self.labels) {
            let (x, y) = ((code[0] - min[0]) * scale[0], (max[1] - code[1]) * scale[1]);
            if !(x > -reach && x < width as f32 + reach && y > -reach && y < height as f32 + reach) {
                continue;
            }
            let color = class_color(usize::from(label)).gamma_multiply(self.opacity);
            let columns = span(x, reach, width);
            for row in span(y, reach, height) {
                for column in columns.clone() {
                    let distance = (column as f32 + 0.5 - x).hypot(row as f32 + 0.5 - y);
                    let coverage = (reach - distance).clamp(0.0, 1.0);
                    if coverage > 0.0 {
                        let pixel = &mut image.pixels[row * width + column];
                        *pixel = pixel.blend(color.gamma_multiply(coverage));
                    }
                }
            }
        }
        image
    }
}

/// The pixels within `reach` of `at`, cut to the image.
fn span(at: f32, reach: f32, size: usize) -> std::ops::Range<usize> {
    let start = (at - reach).floor().max(0.0) as usize;
    let end = ((at + reach).ceil().max(0.0) as usize).min(size);
    start.min(end)..end
}
