//! Images of several sizes, and how they become images of one: scaled to one longer side, padded or cropped.

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, RgbImage};
use rayon::prelude::*;

use super::DataError;
use crate::config::{Fit, ImageShape, Reading, USUAL_SIDE};
use crate::progress::Progress;

/// Images that are made ready between two reports.
const BLOCK: usize = 1_024;
/// An image so many times too large is first averaged down to twice the size, which costs little.
const FAR_TOO_LARGE: u32 = 4;

/// Images one after the other, each of its own shape.
#[derive(Debug, Default)]
pub struct RawImages {
    pub shapes: Vec<ImageShape>,
    pub bytes: Vec<u8>,
}

impl RawImages {
    /// Images that have one shape already.
    pub fn uniform(shape: ImageShape, bytes: Vec<u8>) -> Self {
        Self { shapes: vec![shape; bytes.len() / shape.len().max(1)], bytes }
    }

    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    pub fn push(&mut self, image: &RawImage) {
        self.shapes.push(image.shape);
        self.bytes.extend(&image.bytes);
    }

    /// Where the bytes of each begin, and of the last where they end.
    fn offsets(&self) -> Vec<usize> {
        let mut end = 0;
        let ends = self.shapes.iter().map(|shape| {
            end += shape.len();
            end
        });
        std::iter::once(0).chain(ends).collect()
    }

    /// The one shape that `reading` asks for: scaled to one longer side, those of one proportion keep it, the others become
    /// squares; grey, if no image has a colour.
    fn common_shape(&self, reading: &Reading) -> ImageShape {
        let crop = reading.fit == Fit::Crop;
        let longest = |shape: &ImageShape| if crop { shape.rows.min(shape.cols) } else { shape.rows.max(shape.cols) };
        let side =
            reading.size.unwrap_or_else(|| self.shapes.iter().map(longest).max().unwrap_or(1).clamp(1, USUAL_SIDE));
        let has_colour = !reading.grey && self.shapes.iter().any(|shape| !shape.is_grey());
        let mut scaled = self.shapes.iter().map(|shape| scaled(shape, side));
        let first = scaled.next().unwrap_or((side, side));
        let (rows, cols) = if crop || scaled.any(|other| other != first) { (side, side) } else { first };
        ImageShape { rows, cols, channels: if has_colour { 3 } else { 1 } }
    }

    /// All in one shape, which is one that a model can take.
    pub fn into_one_shape(self, reading: &Reading, progress: &Progress) -> Result<(ImageShape, Vec<u8>), DataError> {
        let shape = self.common_shape(reading);
        shape.validate()?;
        if self.shapes.iter().all(|&other| other == shape) {
            return Ok((shape, self.bytes));
        }
        let (offsets, len) = (self.offsets(), shape.len());
        let mut all = vec![0; self.len() * len];
        for (i, block) in all.chunks_mut(BLOCK * len).enumerate() {
            progress.done(i * BLOCK, self.len())?;
            block.par_chunks_mut(len).enumerate().for_each(|(j, into)| {
                let index = i * BLOCK + j;
                let bytes = &self.bytes[offsets[index]..offsets[index + 1]];
                RawImage { shape: self.shapes[index], bytes: bytes.to_vec() }.fill(shape, reading.fit, into);
            });
        }
        Ok((shape, all))
    }
}

/// Rows and columns of an image once its longer side has `side` pixels.
fn scaled(shape: &ImageShape, side: usize) -> (usize, usize) {
    let longest = shape.rows.max(shape.cols).max(1);
    let scaled = |pixels: usize| ((pixels * side + longest / 2) / longest).max(1);
    (scaled(shape.rows), scaled(shape.cols))
}

/// An image of any size: grey or of three colours.
#[derive(Clone, Debug)]
pub struct RawImage {
    pub shape: ImageShape,
    pub bytes: Vec<u8>,
}

impl RawImage {
    /// Grey where every pixel is.
    pub fn of(image: DynamicImage) -> Self {
        let (rows, cols) = (image.height() as usize, image.width() as usize);
        let colours = image.into_rgb8().into_raw();
        let is_grey = colours.as_chunks::<3>().0.iter().all(|[red, green, blue]| red == green && green == blue);
        match is_grey {
            true => Self { shape: ImageShape::grey(rows, cols), bytes: colours.into_iter().step_by(3).collect() },
            false => Self { shape: ImageShape::rgb(rows, cols), bytes: colours },
        }
    }

    fn into_image(self) -> DynamicImage {
        let Self { shape: ImageShape { rows, cols, channels }, bytes } = self;
        let (width, height) = (cols as u32, rows as u32);
        let image = match channels {
            1 => GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
            _ => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
        };
        image.unwrap_or_default()
    }

    /// Writes it into an image of another shape, `into`, which is black.
    fn fill(self, shape: ImageShape, fit: Fit, into: &mut [u8]) {
        let mut image = self.into_image();
        if shape.is_grey() {
            image = image.into_luma8().into();
        }
        let image = fitted(image, shape.rows.max(shape.cols), fit);
        let bytes = if shape.is_grey() { image.to_luma8().into_raw() } else { image.to_rgb8().into_raw() };
        let (rows, cols) = ((image.height() as usize).min(shape.rows), (image.width() as usize).min(shape.cols));
        let (top, left) = ((shape.rows - rows) / 2, (shape.cols - cols) / 2);
        let (width, channels) = (image.width() as usize, shape.channels);
        for row in 0..rows {
            let to = ((top + row) * shape.cols + left) * channels;
            into[to..][..cols * channels].copy_from_slice(&bytes[row * width * channels..][..cols * channels]);
        }
    }
}

/// A value so transparent, over black, as the borders are.
pub fn over_black(value: u8, alpha: u8) -> u8 {
    ((u16::from(value) * u16::from(alpha) + 127) / 255) as u8
}

/// The image, or the square in its middle, with a longer side of `side` pixels.
pub fn fitted(image: DynamicImage, side: usize, fit: Fit) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let image = match fit {
        Fit::Crop if width != height => {
            let least = width.min(height);
            image.crop_imm((width - least) / 2, (height - least) / 2, least, least)
        }
        _ => image,
    };
    let shape = ImageShape::grey(image.height() as usize, image.width() as usize);
    let (rows, cols) = scaled(&shape, side);
    let (width, height) = (cols as u32, rows as u32);
    if (width, height) == (image.width(), image.height()) {
        return image;
    }
    let far = image.width().max(image.height()) / width.max(height) >= FAR_TOO_LARGE;
    let image = if far { image.thumbnail_exact(2 * width, 2 * height) } else { image };
    match image {
        DynamicImage::ImageLuma8(grey) => imageops::resize(&grey, width, height, FilterType::Triangle).into(),
        other => imageops::resize(&other.into_rgb8(), width, height, FilterType::Triangle).into(),
    }
}
