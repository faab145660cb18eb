//! Pictures made of decoded images: strips along a path and grids over the plane.

use std::borrow::Cow;

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

    /// The same with neither side longer than `most`: each pixel the mean of a block of `n` x `n`, the last of a line of what is
    /// left. What fits stays as it is.
    pub fn within(&self, most: usize) -> Cow<'_, Self> {
        let n = self.width.max(self.height).div_ceil(most.max(1));
        if n <= 1 {
            return Cow::Borrowed(self);
        }
        let (width, height, channels) = (self.width.div_ceil(n), self.height.div_ceil(n), self.channels);
        let mean = |x: usize, y: usize, channel: usize| {
            let (xs, ys) = (x * n..((x + 1) * n).min(self.width), y * n..((y + 1) * n).min(self.height));
            let count = xs.len() * ys.len();
            let at = |(x, y): (usize, usize)| usize::from(self.pixels[(y * self.width + x) * channels + channel]);
            let sum: usize = ys.flat_map(|y| xs.clone().map(move |x| (x, y))).map(at).sum();
            ((sum + count / 2) / count) as u8
        };
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..channels).map(move |c| (x, y, c))));
        Cow::Owned(Self { width, height, channels, pixels: pixels.map(|(x, y, c)| mean(x, y, c)).collect() })
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
    let count = images.len() / shape.len();
    let mut picture = tiles(count, shape, across);
    lay(&mut picture, images, shape, across, 0);
    fill_rest(&mut picture, count, shape, across);
    picture
}

/// Room for so many images, `across` to a row.
fn tiles(count: usize, shape: ImageShape, across: usize) -> Picture {
    let (ImageShape { rows, cols, channels }, across) = (shape, across.max(1));
    let down = count.div_ceil(across);
    let pixels = vec![0; across * down * shape.len()];
    Picture { width: across * cols, height: down * rows, channels, pixels }
}

/// Puts images in [0, 1] into their places, from the one of number `first` on.
fn lay(picture: &mut Picture, images: &[f32], shape: ImageShape, across: usize, first: usize) {
    let (ImageShape { rows, cols, channels }, across) = (shape, across.max(1));
    for (i, image) in (first..).zip(images.chunks_exact(shape.len())) {
        let (left, top) = (i % across * cols, i / across * rows);
        for (y, row) in image.chunks_exact(cols * channels).enumerate() {
            let start = ((top + y) * picture.width + left) * channels;
            for (to, &from) in picture.pixels[start..start + row.len()].iter_mut().zip(row) {
                *to = byte(from);
            }
        }
    }
}

/// Gives the places after the first `count` the mean colour of the upper borders of those before.
fn fill_rest(picture: &mut Picture, count: usize, shape: ImageShape, across: usize) {
    let (ImageShape { rows, cols, channels }, across) = (shape, across.max(1));
    let start = |i: usize| (i / across * rows * picture.width + i % across * cols) * channels;
    let border = |channel: usize| {
        let of = |i: usize| picture.pixels[start(i)..start(i) + cols * channels].iter().skip(channel).step_by(channels);
        let sum: usize = (0..count).flat_map(of).map(|&byte| usize::from(byte)).sum();
        sum as f32 / (255 * count * cols).max(1) as f32
    };
    let ground: Vec<f32> = (0..channels).map(border).collect();
    let rest = (across - count % across) % across;
    lay(picture, &ground.repeat(rest * rows * cols), shape, across, count);
}

/// The images of codes (n, latent), so many to a row, edge to edge; they are never numbers all at once.
pub fn decode_codes(
    model: &dyn Frozen,
    codes: &[f32],
    across: usize,
    progress: &Progress,
) -> Result<Picture, ModelError> {
    let (shape, latent) = (model.config().shape, model.latent());
    let count = codes.len() / latent;
    let size = model.compute().memory.rows(shape.len(), count.max(1));
    let mut picture = tiles(count, shape, across);
    let parts = codes.chunks(size * latent);
    for (i, some) in parts.clone().enumerate() {
        let images = model.decoded(some, &progress.part_of(i, parts.len()))?;
        lay(&mut picture, &images, shape, across, i * size);
    }
    fill_rest(&mut picture, count, shape, across);
    Ok(picture)
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
    decode_codes(model, codes.as_flattened(), across, progress)
}

/// The images of `codes` in a row.
pub fn decode_strip(model: &dyn Frozen, codes: &[Place], progress: &Progress) -> Result<Picture, ModelError> {
    decode_tiled(model, codes, codes.len(), progress)
}

/// The same for a screen or a page, where few pixels of large images would be seen: each image as small as it takes for neither
/// side of the whole to be longer than `most`.
pub fn decode_grid_within(
    model: &dyn Frozen,
    grid: &Cells,
    most: usize,
    progress: &Progress,
) -> Result<Picture, ModelError> {
    let shape = model.config().shape;
    let side = most / grid.across.max(grid.down).max(1);
    if shape.rows.max(shape.cols) <= side {
        return decode_grid(model, grid, progress);
    }
    let (codes, memory) = (grid.centres(), model.compute().memory);
    let size = memory.rows(shape.len(), codes.len().max(1));
    let mut rows: Vec<Picture> = Vec::new();
    let mut small = Vec::with_capacity(codes.len());
    for (i, some) in codes.chunks(size).enumerate() {
        let images = model.decode_places_with(some, &progress.part_of(i, codes.len().div_ceil(size)))?;
        let one = |image: &[f32]| tile(image, shape, 1).within(side.max(1)).into_owned();
        small.extend(images.chunks_exact(shape.len()).map(one));
    }
    rows.extend(small.chunks(grid.across).map(Picture::beside));
    let (width, channels) = rows.first().map_or((0, 1), |row| (row.width, row.channels));
    let height = rows.iter().map(|row| row.height).sum();
    Ok(Picture { width, height, channels, pixels: rows.into_iter().flat_map(|row| row.pixels).collect() })
}

/// The images of `grid` laid out as their codes lie in the plane.
pub fn decode_grid(model: &dyn Frozen, cells: &Cells, progress: &Progress) -> Result<Picture, ModelError> {
    decode_tiled(model, &cells.centres(), cells.across, progress)
}
