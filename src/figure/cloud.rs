//! Any number of points as discs, or as one picture that shows how dense they are.

use std::sync::Arc;

use super::frame::View;
use super::raster::Raster;
use crate::config::Place;
use crate::explore::dimensions::nearness;
use crate::model::{self, Codes, Places};

/// Radius and opacity of a point among few, in pixels of a figure.
const RADIUS: f32 = 1.9;
const OPACITY: f32 = 0.8;
/// How many are few; more become smaller and more transparent.
const FEW: f32 = 5_000.0;
const SMALLEST: f32 = 0.7;
/// So many that a point is a pixel.
const MANY: usize = 200_000;
/// How much of a point is drawn when it is muted, and its grey: many on one place must not look like one in its colour.
const MUTE: f32 = 0.12;
const MUTED: [u8; 3] = [128; 3];

/// How a point is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emphasis {
    /// Not at all.
    Hidden,
    /// In a faint grey.
    Muted,
    /// In its colour.
    Full,
}

/// The codes of images.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub codes: Arc<Places>,
    /// The colour of each: that of its class, or what else it is to tell.
    pub colors: Arc<Vec<[u8; 3]>>,
    /// How each point is drawn, if not all alike.
    pub emphasis: Option<Arc<Vec<Emphasis>>>,
    /// What the codes are shown of; those far from the plane are faded.
    pub depth: Option<Depth>,
}

/// Codes of more than two dimensions, and the plane that they are projected on.
#[derive(Clone, Debug)]
pub struct Depth {
    pub plane: Arc<model::Plane>,
    pub codes: Arc<Codes>,
}

impl Depth {
    /// None where the plane is all there is.
    pub fn of(plane: &Arc<model::Plane>, codes: &Arc<Codes>) -> Option<Self> {
        (!plane.is_whole()).then(|| Self { plane: plane.clone(), codes: codes.clone() })
    }
}

/// The part of a plane that a cloud is drawn in as a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub view: View,
    /// In pixels of the picture.
    pub size: [usize; 2],
    /// Pixels of the picture to one of the figure, or to a point of the screen.
    pub density: f32,
}

impl Cloud {
    /// Radius and opacity of each point, in pixels of a figure: the more there are, the smaller and the more transparent.
    pub fn style(&self) -> (f32, f32) {
        let crowd = (self.codes.mu.len() as f32 / FEW).max(1.0);
        ((RADIUS * crowd.powf(-0.25)).max(SMALLEST), OPACITY * crowd.powf(-0.3))
    }

    /// The place of each point with its colour and opacity, the faint first and those that are hidden left out.
    pub fn points(&self) -> impl Iterator<Item = (Place, [u8; 3], f32)> {
        let (opacity, near) = (self.style().1, self.nearness());
        let point = |(i, (&code, &color)): (usize, (&Place, &[u8; 3]))| {
            let (color, weight) = self.ink(i, color, near.as_deref());
            (weight > 0.0).then(|| (code, color, 1.0 - (1.0 - opacity).powf(weight)))
        };
        let mut points: Vec<_> = self.codes.mu.iter().zip(self.colors.iter()).enumerate().filter_map(point).collect();
        points.sort_by(|a, b| a.2.total_cmp(&b.2));
        points.into_iter()
    }

    /// Drawn as a picture of colours with opacity.
    pub fn raster(&self, extent: &Extent) -> Raster {
        let pixels = self.draw(extent, |[r, g, b], opacity| {
            [(r + 0.5) as u8, (g + 0.5) as u8, (b + 0.5) as u8, (255.0 * opacity + 0.5) as u8]
        });
        Raster::rgba(extent.size[0], extent.size[1], &pixels)
    }

    /// The same as pixels whose colours are multiplied with their opacity, as screens want them.
    pub fn premultiplied(&self, extent: &Extent) -> Vec<[u8; 4]> {
        self.draw(extent, |color, opacity| {
            let [r, g, b] = color.map(|v| (v * opacity + 0.5) as u8);
            [r, g, b, (255.0 * opacity + 0.5) as u8]
        })
    }

    /// Anti-aliased discs on nothing. Where several cover a pixel it has the mean of their colours, so that no class hides
    /// another, and is as opaque as if they lay over each other.
    fn draw(&self, extent: &Extent, pixel: impl Fn([f32; 3], f32) -> [u8; 4]) -> Vec<[u8; 4]> {
        let [width, height] = extent.size;
        let (radius, opacity) = self.style();
        let (transparency, near) = ((1.0 - opacity).ln(), self.nearness());
        // Red, green and blue times the coverage, and the coverage.
        let mut sums = vec![[0.0f32; 4]; width * height];
        if self.codes.mu.len() < MANY {
            self.discs(&Stamps::new(radius * extent.density), extent, near.as_deref(), &mut sums);
        } else {
            self.pixels(extent, near.as_deref(), &mut sums);
        }
        let of = |[r, g, b, coverage]: [f32; 4]| match coverage {
            0.0 => [0; 4],
            _ => pixel([r, g, b].map(|sum| sum / coverage), 1.0 - (transparency * coverage).exp()),
        };
        sums.into_iter().map(of).collect()
    }

    /// How much of each point is drawn for being near the plane, if there is anything beside the plane.
    fn nearness(&self) -> Option<Vec<f32>> {
        self.depth.as_ref().and_then(|depth| nearness(&depth.plane, &depth.codes))
    }

    /// The colour of a point, and how much of it is to be drawn.
    fn ink(&self, i: usize, color: [u8; 3], near: Option<&[f32]>) -> ([u8; 3], f32) {
        let (color, weight) = match self.emphasis.as_ref().and_then(|emphasis| emphasis.get(i)) {
            Some(Emphasis::Hidden) => (MUTED, 0.0),
            Some(Emphasis::Muted) => (MUTED, MUTE),
            _ => (color, 1.0),
        };
        (color, near.and_then(|near| near.get(i)).map_or(weight, |near| weight * near))
    }

    /// Adds a disc for each point.
    fn discs(&self, stamps: &Stamps, extent: &Extent, near: Option<&[f32]>, sums: &mut [[f32; 4]]) {
        let ([width, height], (scale, shift)) = (extent.size, extent.transform());
        let reach = stamps.side as f32;
        for (i, (code, &color)) in self.codes.mu.iter().zip(self.colors.iter()).enumerate() {
            let (x, y) = (code[0] * scale[0] + shift[0], code[1] * scale[1] + shift[1]);
            let (color, weight) = self.ink(i, color, near);
            if weight == 0.0 || !(x > -reach && x < width as f32 + reach && y > -reach && y < height as f32 + reach) {
                continue;
            }
            let [r, g, b] = color.map(f32::from);
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
    fn pixels(&self, extent: &Extent, near: Option<&[f32]>, sums: &mut [[f32; 4]]) {
        let ([width, height], (scale, shift)) = (extent.size, extent.transform());
        for (i, (code, &color)) in self.codes.mu.iter().zip(self.colors.iter()).enumerate() {
            let (x, y) = (code[0] * scale[0] + shift[0], code[1] * scale[1] + shift[1]);
            if x >= 0.0 && x < width as f32 && y >= 0.0 && y < height as f32 {
                let (color, c) = self.ink(i, color, near);
                let [r, g, b] = color.map(f32::from);
                let sum = &mut sums[y as usize * width + x as usize];
                *sum = [sum[0] + c * r, sum[1] + c * g, sum[2] + c * b, sum[3] + c];
            }
        }
    }
}

impl Extent {
    /// From codes to pixels: what a code is multiplied with and added to.
    fn transform(&self) -> ([f32; 2], [f32; 2]) {
        let (min, max) = self.view;
        let scale = [self.size[0] as f32 / (max[0] - min[0]), self.size[1] as f32 / (min[1] - max[1])];
        (scale, [-min[0] * scale[0], -max[1] * scale[1]])
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
