//! Grey pictures made of decoded images: strips along a path and grids over the plane.

use super::Cells;
use crate::config::Place;
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// A grey picture, 0 black to 255 white, row by row from the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Picture {
    /// Every pixel a block of `scale` x `scale`.
    pub fn scaled(&self, scale: usize) -> Self {
        let row = |row: &[u8]| -> Vec<u8> { row.iter().flat_map(|&value| std::iter::repeat_n(value, scale)).collect() };
        let rows = self.pixels.chunks_exact(self.width.max(1));
        let pixels = rows.flat_map(|r| row(r).repeat(scale)).collect();
        Self { width: self.width * scale, height: self.height * scale, pixels }
    }

    /// Image `index` of a row of `count`.
    pub fn column(&self, index: usize, count: usize) -> Self {
        let width = self.width / count.max(1);
        let rows = self.pixels.chunks_exact(self.width.max(1));
        let pixels = rows.flat_map(|row| &row[index * width..(index + 1) * width]).copied().collect();
        Self { width, height: self.height, pixels }
    }

    /// Pictures of one height beside each other.
    pub fn beside(pictures: &[Self]) -> Self {
        let (width, height) = (pictures.iter().map(|p| p.width).sum(), pictures.first().map_or(0, |p| p.height));
        let row = |y: usize| pictures.iter().flat_map(move |p| &p.pixels[y * p.width..(y + 1) * p.width]).copied();
        Self { width, height, pixels: (0..height).flat_map(row).collect() }
    }
}

/// Lays images of `rows` x `cols` pixels in [0, 1] out `across` to a row, edge to edge.
pub fn tile(images: &[f32], rows: usize, cols: usize, across: usize) -> Picture {
    let (pixels, across) = (rows * cols, across.max(1));
    let down = (images.len() / pixels).div_ceil(across);
    let mut picture =
        Picture { width: across * cols, height: down * rows, pixels: vec![0; across * cols * down * rows] };
    for (i, image) in images.chunks_exact(pixels).enumerate() {
        let (left, top) = (i % across * cols, i / across * rows);
        for (y, row) in image.chunks_exact(cols).enumerate() {
            let start = (top + y) * picture.width + left;
            for (to, &from) in picture.pixels[start..start + cols].iter_mut().zip(row) {
                *to = (from * 255.0 + 0.5) as u8;
            }
        }
    }
    picture
}

/// Pictures one above the other, two black rows between them.
pub fn stack(pictures: &[&Picture]) -> Picture {
    const GAP: usize = 2;
    let width = pictures.iter().map(|p| p.width).max().unwrap_or(0);
    let mut pixels = Vec::new();
    for (i, picture) in pictures.iter().enumerate() {
        pixels.resize(pixels.len() + if i > 0 { GAP * width } else { 0 }, 0);
        for row in picture.pixels.chunks_exact(picture.width.max(1)) {
            pixels.extend_from_slice(row);
            pixels.resize(pixels.len() + width - picture.width, 0);
        }
    }
    Picture { width, height: pixels.len() / width.max(1), pixels }
}

/// The images of `codes`, so many to a row.
pub fn decode_tiled(
    model: &dyn Frozen,
    codes: &[Place],
    across: usize,
    progress: &Progress,
) -> Result<Picture, ModelError> {
    let config = model.config();
    Ok(tile(&model.decode_places_with(codes, progress)?, config.rows, config.cols, across))
}

/// The images of `codes` in a row.
pub fn decode_strip(model: &dyn Frozen, codes: &[Place], progress: &Progress) -> Result<Picture, ModelError> {
    decode_tiled(model, codes, codes.len(), progress)
}

/// The images of `grid` laid out as their codes lie in the plane.
pub fn decode_grid(model: &dyn Frozen, cells: &Cells, progress: &Progress) -> Result<Picture, ModelError> {
    decode_tiled(model, &cells.centres(), cells.across, progress)
}
