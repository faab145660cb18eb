//! Drawings as images like those of a data set: of a grey one as MNIST's digits were made, of a coloured one as they are drawn.

use serde::{Deserialize, Serialize};

use crate::config::ImageShape;
use crate::data::Split;

/// A line drawn or erased; places are from 0 to 1 across and down the canvas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub points: Vec<[f32; 2]>,
    pub radius: f32,
    pub erases: bool,
    /// Where the images have colours.
    #[serde(default = "white", skip_serializing_if = "is_white")]
    pub color: [u8; 3],
}

const WHITE: [u8; 3] = [255; 3];

fn white() -> [u8; 3] {
    WHITE
}

fn is_white(color: &[u8; 3]) -> bool {
    *color == WHITE
}

/// Images whose borders are looked at.
const BORDERED: usize = 500;

/// What drawings of a set are on: the mean colour along the borders of its images, and of grey ones black.
pub fn ground_of(split: &Split) -> [u8; 3] {
    let ImageShape { rows, cols, channels } = split.shape;
    if channels != 3 || split.is_empty() {
        return [0; 3];
    }
    let is_border = |pixel: usize| {
        let (row, col) = (pixel / cols, pixel % cols);
        row == 0 || col == 0 || row + 1 == rows || col + 1 == cols
    };
    let (mut sums, mut count) = ([0u64; 3], 0);
    for i in (0..split.len()).step_by(split.len().div_ceil(BORDERED)) {
        let pixels = split.image(i).as_chunks::<3>().0.iter().enumerate();
        for (_, color) in pixels.filter(|(pixel, _)| is_border(*pixel)) {
            sums.iter_mut().zip(color).for_each(|(sum, &v)| *sum += u64::from(v));
            count += 1;
        }
    }
    sums.map(|sum| ((sum + count / 2) / count.max(1)) as u8)
}

/// Pixels along each side of the canvas that lines are drawn on.
const CANVAS: usize = 112;
/// The share of an image that MNIST's digits fill: 20 of 28 pixels (LeCun et al. 1998).
const FILLED: f32 = 20.0 / 28.0;
/// Points along each side of a pixel whose values it is the mean of.
const SAMPLES: usize = 4;

/// `lines` as an image in [0, 1]. Where images have colours: as they are drawn, on the ground. Where they are grey made as
/// MNIST's digits are: scaled to fill 20/28 of it on the longer side and put so that its centre of mass is in the middle; nothing
/// drawn is a black image.
pub fn sketch(lines: &[Line], shape: ImageShape, ground: [u8; 3]) -> Vec<f32> {
    if !shape.is_grey() {
        return painted(lines, shape, ground);
    }
    let ImageShape { rows, cols, .. } = shape;
    let canvas = draw(lines);
    let inked: Vec<(usize, usize)> =
        (0..CANVAS * CANVAS).filter(|&i| canvas[i] > 0.0).map(|i| (i % CANVAS, i / CANVAS)).collect();
    let side = |of: fn(&(usize, usize)) -> usize| {
        Some((inked.iter().map(of).min()? as f32, inked.iter().map(of).max()? as f32 + 1.0))
    };
    let (Some((left, right)), Some((top, bottom))) = (side(|p| p.0), side(|p| p.1)) else {
        return vec![0.0; shape.len()];
    };
    // Canvas pixels to one of the image.
    let scale = (right - left).max(bottom - top) / (FILLED * rows.min(cols) as f32);
    let mass: f32 = canvas.iter().sum();
    let centre =
        |of: fn(usize) -> usize| canvas.iter().enumerate().map(|(i, v)| v * (of(i) as f32 + 0.5)).sum::<f32>() / mass;
    let (x, y) = (centre(|i| i % CANVAS), centre(|i| i / CANVAS));
    let pixel = |i: usize| {
        let sample = |k: usize| {
            let at = |place: usize, step: usize| place as f32 + (step as f32 + 0.5) / SAMPLES as f32;
            let (col, row) = (at(i % cols, k % SAMPLES), at(i / cols, k / SAMPLES));
            value(&canvas, x + (col - 0.5 * cols as f32) * scale, y + (row - 0.5 * rows as f32) * scale)
        };
        (0..SAMPLES * SAMPLES).map(sample).sum::<f32>() / (SAMPLES * SAMPLES) as f32
    };
    (0..rows * cols).map(pixel).collect()
}

/// Each line in its colour over those before it; one that erases is of the colour of the ground.
fn painted(lines: &[Line], shape: ImageShape, ground: [u8; 3]) -> Vec<f32> {
    let unit = |color: [u8; 3]| color.map(|v| f32::from(v) / 255.0);
    let mut image = vec![unit(ground); shape.rows * shape.cols];
    for line in lines {
        let color = unit(if line.erases { ground } else { line.color });
        let mut covers = vec![0.0f32; image.len()];
        cover(line, [shape.cols, shape.rows], |i, share| covers[i] = covers[i].max(share));
        for (pixel, share) in image.iter_mut().zip(covers).filter(|(_, share)| *share > 0.0) {
            pixel.iter_mut().zip(color).for_each(|(v, to)| *v += share * (to - *v));
        }
    }
    image.into_flattened()
}

/// The canvas's value at a place, 0 outside.
fn value(canvas: &[f32], x: f32, y: f32) -> f32 {
    let inside = |v: f32| (v >= 0.0 && v < CANVAS as f32).then_some(v as usize);
    inside(x).zip(inside(y)).map_or(0.0, |(x, y)| canvas[y * CANVAS + x])
}

fn draw(lines: &[Line]) -> Vec<f32> {
    let mut canvas = vec![0.0f32; CANVAS * CANVAS];
    for line in lines {
        cover(line, [CANVAS; 2], |i, share| {
            let pixel = &mut canvas[i];
            *pixel = if line.erases { pixel.min(1.0 - share) } else { pixel.max(share) };
        });
    }
    canvas
}

/// Calls `put` with the pixels near a line on a canvas of this size and the share of each that a part of the line covers. The
/// radius is a share of the longer side.
fn cover(line: &Line, size: [usize; 2], mut put: impl FnMut(usize, f32)) {
    let sides = size.map(|side| side as f32);
    let points: Vec<[f32; 2]> = line.points.iter().map(|p| [p[0] * sides[0], p[1] * sides[1]]).collect();
    let radius = line.radius * sides[0].max(sides[1]);
    let ends = points.windows(2).map(|pair| (pair[0], pair[1])).chain(points.first().map(|&p| (p, p)));
    for (a, b) in ends {
        let reach = radius + 1.0;
        let range = |d: usize| {
            let (low, high) = (a[d].min(b[d]) - reach, a[d].max(b[d]) + reach);
            low.clamp(0.0, sides[d]) as usize..high.ceil().clamp(0.0, sides[d]) as usize
        };
        for y in range(1) {
            for x in range(0) {
                let share = (radius + 0.5 - distance([x as f32 + 0.5, y as f32 + 0.5], a, b)).clamp(0.0, 1.0);
                put(y * size[0] + x, share);
            }
        }
    }
}

/// Of a point from the segment between two others.
fn distance(p: [f32; 2], a: [f32; 2], b: [f32; 2]) -> f32 {
    let (along, to) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
    let length = along[0] * along[0] + along[1] * along[1];
    let t = if length > 0.0 { ((to[0] * along[0] + to[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    (to[0] - t * along[0]).hypot(to[1] - t * along[1])
}
