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
        let stamps = Stamps::new(self.radius);
        for (code, &label) in self.codes.iter().zip(self.labels) {
            let (x, y) = ((code[0] - min[0]) * scale[0], (max[1] - code[1]) * scale[1]);
            let reach = stamps.side as f32;
            if !(x > -reach && x < width as f32 + reach && y > -reach && y < height as f32 + reach) {
                continue;
            }
            let color = class_color(usize::from(label)).gamma_multiply(self.opacity);
            let (left, top, stamp) = stamps.at(x, y);
            for (row, coverages) in (top..).zip(stamp.chunks_exact(stamps.side)) {
                let Some(start) = usize::try_from(row).ok().filter(|&row| row < height).map(|row| row * width) else {
                    continue;
                };
                for (column, &coverage) in (left..).zip(coverages) {
                    if coverage > 0 && column >= 0 && (column as usize) < width {
                        let pixel = &mut image.pixels[start + column as usize];
                        *pixel = over(color, coverage, *pixel);
                    }
                }
            }
        }
        image
    }
}

/// A disc's coverage of the pixels around it, 0 to 255, for a few positions of its centre within a pixel.
struct Stamps {
    side: usize,
    coverages: Vec<Vec<u8>>,
}

impl Stamps {
    /// Positions that are told apart along each side of a pixel.
    const STEPS: usize = 4;

    fn new(radius: f32) -> Self {
        let margin = (radius + 0.5).ceil();
        let side = 2 * margin as usize + 1;
        let centre = |step: usize| margin + (step as f32 + 0.5) / Self::STEPS as f32;
        let stamp = |down: usize, across: usize| {
            let coverage = |i: usize| {
                let (x, y) = ((i % side) as f32 + 0.5 - centre(across), (i / side) as f32 + 0.5 - centre(down));
                (255.0 * (radius + 0.5 - x.hypot(y)).clamp(0.0, 1.0)).round() as u8
            };
            (0..side * side).map(coverage).collect()
        };
        let coverages = (0..Self::STEPS * Self::STEPS).map(|i| stamp(i / Self::STEPS, i % Self::STEPS)).collect();
        Self { side, coverages }
    }

    /// Left, top and coverages of the stamp for a disc at (x, y).
    fn at(&self, x: f32, y: f32) -> (i32, i32, &[u8]) {
        let margin = (self.side / 2) as i32;
        let step = |v: f32| ((v - v.floor()) * Self::STEPS as f32) as usize % Self::STEPS;
        (x.floor() as i32 - margin, y.floor() as i32 - margin, &self.coverages[step(y) * Self::STEPS + step(x)])
    }
}

/// `color` over `below`, as far as it covers the pixel; both premultiplied.
fn over(color: Color32, coverage: u8, below: Color32) -> Color32 {
    let part = |value: u8, share: u32| (u32::from(value) * share + 127) / 255;
    let coverage = u32::from(coverage);
    let left = 255 - part(color.a(), coverage);
    let mix = |c: u8, b: u8| (part(c, coverage) + part(b, left)).min(255) as u8;
    let ([r, g, b, a], [x, y, z, w]) = (color.to_array(), below.to_array());
    Color32::from_rgba_premultiplied(mix(r, x), mix(g, y), mix(b, z), mix(a, w))
}
