//! Pictures made of decoded images: strips along a path and grids over the plane.

use super::Cells;
use crate::config::{ImageShape, Place};
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// A picture, row by row from the top: of one channel, 0 black to 255 white, or of red, green and blue side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub pixels: Vec<u8>,
}

impl Default for Picture {
    fn default() -> Self {
        Self { width: 0, height: 0, channels: 1, pixels: Vec::new() }
    }
}

impl Picture {
    /// Grey, of so many rows and columns of pixels.
    pub fn grey(width: usize, height: usize, pixels: Vec<u8>) -> Self {
        Self { width, height, channels: 1, pixels }
    }

    /// Its lines of pixels, from the top.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact((self.width * self.channels).max(1))
    }

    /// Every pixel a block of `scale` x `scale`.
    pub fn scaled(&self, scale: usize) -> Self {
        let line = |line: &[u8]| line.chunks_exact(self.channels).flat_map(|pixel| pixel.repeat(scale)).collect();
        let pixels = self
            .lines()
            .flat_map(|l| {
                let wide: Vec<u8> = line(l);
                wide.repeat(scale)
            })
            .collect();
        Self { width: self.width * scale, height: self.height * scale, channels: self.channels, pixels }
    }

    /// A part of it that begins at a pixel, which is to lie within.
    pub fn cut(&self, [left, top]: [usize; 2], [width, height]: [usize; 2]) -> Self {
        let part = left * self.channels..(left + width) * self.channels;
        let pixels = self.lines().skip(top).take(height).flat_map(|line| &line[part.clone()]).copied().collect();
        Self { width, height, channels: self.channels, pixels }
    }

    /// Image `index` of a row of `count`.
    pub fn column(&self, index: usize, count: usize) -> Self {
        let width = self.width / count.max(1);
        self.cut([index * width, 0], [width, self.height])
    }

    /// Pictures of one height beside each other.
    pub fn beside(pictures: &[Self]) -> Self {
        let Some(&Self { height, channels, .. }) = pictures.first() else { return Self::default() };
        let width = pictures.iter().map(|p| p.width).sum();
        let line = |y: usize| {
            pictures.iter().flat_map(move |p| &p.pixels[y * p.width * channels..(y + 1) * p.width * channels]).copied()
        };
        Self { width, height, channels, pixels: (0..height).flat_map(line).collect() }
    }
}

/// Lays images in [0, 1] out `across` to a row, edge to edge; places that are left over in the last row have the mean colour of
/// the images' upper borders.
pub fn tile(images: &[f32], shape: ImageShape, across: usize) -> Picture {
    let (ImageShape { rows, cols, channels }, across) = (shape, across.max(1));
    let count = images.len() / shape.len();
    let down = count.div_ceil(across);
    let border = |channel: usize| {
        let rows = images.chunks_exact(shape.len()).map(|image| &image[..cols * channels]);
        rows.flat_map(|row| row[channel..].iter().step_by(channels)).sum::<f32>() / (count * cols).max(1) as f32
    };
    let ground: Vec<u8> = (0..channels).map(|channel| byte(border(channel))).collect();
    let pixels = ground.repeat(across * cols * down * rows);
    let mut picture = Picture { width: across * cols, height: down * rows, channels, pixels };
    for (i, image) in images.chunks_exact(shape.len()).enumerate() {
        let (left, top) = (i % across * cols, i / across * rows);
        for (y, row) in image.chunks_exact(cols * channels).enumerate() {
            let start = ((top + y) * picture.width + left) * channels;
            for (to, &from) in picture.pixels[start..start + row.len()].iter_mut().zip(row) {
                *to = byte(from);
            }
        }
    }
    picture
}

fn byte(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

/// Pictures one above the other, two black rows between them.
pub fn stack(pictures: &[&Picture]) -> Picture {
    const GAP: usize = 2;
    let width = pictures.iter().map(|p| p.width).max().unwrap_or(0);
    let channels = pictures.first().map_or(1, |p| p.channels);
    let (line, mut pixels) = (width * channels, Vec::new());
    for (i, picture) in pictures.iter().enumerate() {
        pixels.resize(pixels.len() + if i > 0 { GAP * line } else { 0 }, 0);
        for row in picture.lines() {
            pixels.extend_from_slice(row);
            pixels.resize(pixels.len() + line - row.len(), 0);
        }
    }
    Picture { width, height: pixels.len() / line.max(1), channels, pixels }
}

/// The images of `codes`, so many to a row.
pub fn decode_tiled(
    model: &dyn Frozen,
    codes: &[Place],
    across: usize,
    progress: &Progress,
) -> Result<Picture, ModelError> {
    let config = model.config();
    Ok(tile(&model.decode_places_with(codes, progress)?, config.shape, across))
}

/// The images of `codes` in a row.
pub fn decode_strip(model: &dyn Frozen, codes: &[Place], progress: &Progress) -> Result<Picture, ModelError> {
    decode_tiled(model, codes, codes.len(), progress)
}

/// The images of `grid` laid out as their codes lie in the plane.
pub fn decode_grid(model: &dyn Frozen, cells: &Cells, progress: &Progress) -> Result<Picture, ModelError> {
    decode_tiled(model, &cells.centres(), cells.across, progress)
}
