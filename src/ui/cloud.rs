//! Any number of points as one picture that shows how dense they are.

use egui::{Color32, ColorImage};

use super::selection::{HIDDEN, MUTED};
use super::theme::class_color;
use crate::config::Code;

/// Radius and opacity of a point among few, in points.
const RADIUS: f32 = 1.9;
const OPACITY: f32 = 0.8;
/// How many are few; more become smaller and more transparent.
const FEW: f32 = 5_000.0;
const SMALLEST: f32 = 0.7;
/// So many that a point is a pixel.
const MANY: usize = 200_000;

/// The points of a plane, and the part of it that is seen.
pub struct Cloud<'a> {
    pub codes: &'a [Code],
    pub labels: &'a [u8],
    /// Lower left and upper right corner.
    pub view: (Code, Code),
    /// In pixels.
    pub size: [usize; 2],
    pub pixels_per_point: f32,
    /// How each point is drawn, if not all alike.
    pub emphasis: Option<&'a [u8]>,
}

/// How much of a point is drawn when it is muted, and its grey: many on one place must not look like one in its colour.
const MUTE: f32 = 0.12;
const MUTED_COLOR: [f32; 3] = [128.0; 3];

impl Cloud<'_> {
    /// Anti-aliased discs on nothing. Where several cover a pixel it has the mean of their colours, so that no class hides
    /// another, and is as opaque as if they lay over each other.
    pub fn draw(&self) -> ColorImage {
        let [width, height] = self.size;
        let crowd = (self.codes.len() as f32 / FEW).max(1.0);
        let transparency = (1.0 - OPACITY * crowd.powf(-0.3)).ln();
        let colors: Vec<[f32; 3]> =
            (0..=255).map(|class| class_color(class).to_array()).map(|[r, g, b, _]| [r, g, b].map(f32::from)).collect();
        // Red, green and blue times the coverage, and the coverage.
        let mut sums = vec![[0.0f32; 4]; width * height];
        if self.codes.len() < MANY {
            let radius = (RADIUS * crowd.powf(-0.25)).max(SMALLEST) * self.pixels_per_point;
            self.discs(&Stamps::new(radius), &colors, &mut sums);
        } else {
            self.pixels(&colors, &mut sums);
        }
        let pixel = |[r, g, b, coverage]: [f32; 4]| {
            if coverage == 0.0 {
                return Color32::TRANSPARENT;
            }
            let opacity = 1.0 - (transparency * coverage).exp();
            let [r, g, b] = [r, g, b].map(|sum| (sum / coverage * opacity + 0.5) as u8);
            Color32::from_rgba_premultiplied(r, g, b, (255.0 * opacity + 0.5) as u8)
        };
        ColorImage::new(self.size, sums.into_iter().map(pixel).collect())
    }
}

impl Cloud<'_> {
    /// From codes to pixels: what a code is multiplied with and added to.
    fn transform(&self) -> ([f32; 2], [f32; 2]) {
        let (min, max) = self.view;
        let scale = [self.size[0] as f32 / (max[0] - min[0]), self.size[1] as f32 / (min[1] - max[1])];
        (scale, [-min[0] * scale[0], -max[1] * scale[1]])
    }

    /// The colour of a point, and how much of it is to be drawn.
    fn ink(&self, i: usize, label: u8, colors: &[[f32; 3]]) -> ([f32; 3], f32) {
        match self.emphasis.and_then(|emphasis| emphasis.get(i)) {
            Some(&HIDDEN) => (MUTED_COLOR, 0.0),
            Some(&MUTED) => (MUTED_COLOR, MUTE),
            _ => (colors[usize::from(label)], 1.0),
        }
    }

    /// Adds a disc for each point.
    fn discs(&self, stamps: &Stamps, colors: &[[f32; 3]], sums: &mut [[f32; 4]]) {
        let ([width, height], (scale, shift)) = (self.size, self.transform());
        let reach = stamps.side as f32;
        for (i, (code, &label)) in self.codes.iter().zip(self.labels).enumerate() {
            let (x, y) = (code[0] * scale[0] + shift[0], code[1] * scale[1] + shift[1]);
            let ([r, g, b], weight) = self.ink(i, label, colors);
            if weight == 0.0 || !(x > -reach && x < width as f32 + reach && y > -reach && y < height as f32 + reach) {
                continue;
            }
            let (left, top, stamp) = stamps.at(x, y);
            let from = usize::try_from(-left).unwrap_or(0);
            let until = stamps.side.min(usize::try_from(width as i32 - left).unwrap_or(0));
            for (row, coverages) in (top..).zip(stamp.chunks_exact(stamps.side)) {
                let Some(row) = usize::try_from(row).ok().filter(|&row| row < height && from < until) else { continue };
                let start = row * width + (left + from as i32) as usize;
                for (sum, &c) in sums[start..].iter_mut().zip(&coverages[from..until]) {
                    let c = c * weight;
                    *sum = [sum[0] + c * r, sum[1] + c * g, sum[2] + c * b, sum[3] + c];
                }
            }
        }
    }

    /// Adds a pixel for each point.
    fn pixels(&self, colors: &[[f32; 3]], sums: &mut [[f32; 4]]) {
        let ([width, height], (scale, shift)) = (self.size, self.transform());
        for (i, (code, &label)) in self.codes.iter().zip(self.labels).enumerate() {
            let (x, y) = (code[0] * scale[0] + shift[0], code[1] * scale[1] + shift[1]);
            if x >= 0.0 && x < width as f32 && y >= 0.0 && y < height as f32 {
                let ([r, g, b], c) = self.ink(i, label, colors);
                let sum = &mut sums[y as usize * width + x as usize];
                *sum = [sum[0] + c * r, sum[1] + c * g, sum[2] + c * b, sum[3] + c];
            }
        }
    }
}

/// How much of the pixels around it a disc covers, for a few positions of its centre within a pixel.
struct Stamps {
    side: usize,
    coverages: Vec<Vec<f32>>,
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
                (radius + 0.5 - x.hypot(y)).clamp(0.0, 1.0)
            };
            (0..side * side).map(coverage).collect()
        };
        let coverages = (0..Self::STEPS * Self::STEPS).map(|i| stamp(i / Self::STEPS, i % Self::STEPS)).collect();
        Self { side, coverages }
    }

    /// Left, top and coverages of the stamp for a disc at (x, y).
    fn at(&self, x: f32, y: f32) -> (i32, i32, &[f32]) {
        let margin = (self.side / 2) as i32;
        // In steps, counted from far enough left and above that cutting off the fraction rounds down.
        let steps = |v: f32| ((v + self.side as f32) * Self::STEPS as f32) as i32;
        let pixel = |steps: i32| steps / Self::STEPS as i32 - self.side as i32 - margin;
        let within = |steps: i32| steps as usize % Self::STEPS;
        let (x, y) = (steps(x), steps(y));
        (pixel(x), pixel(y), &self.coverages[within(y) * Self::STEPS + within(x)])
    }
}
