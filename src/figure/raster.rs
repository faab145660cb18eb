//! Images of bytes, as they are drawn and encoded.

use crate::explore::Picture;

/// An image of bytes, row by row from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    pub width: usize,
    pub height: usize,
    pub channels: Channels,
    pub pixels: Vec<u8>,
}

/// What the bytes of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    Grey,
    /// Red, green, blue and opacity, which the colours are not multiplied with.
    Rgba,
}

impl Raster {
    /// Of colours with opacity, row by row from the top.
    pub fn rgba(width: usize, height: usize, colors: &[[u8; 4]]) -> Self {
        Self { width, height, channels: Channels::Rgba, pixels: colors.concat() }
    }

    /// `times` as large, with what lies between pixels in between. Grey images stay as they are.
    pub fn smoothed(&self, times: usize) -> Self {
        let (wide, high) = (self.width * times, self.height * times);
        let image = image::RgbaImage::from_raw(self.width as u32, self.height as u32, self.pixels.clone());
        match image.filter(|_| self.channels == Channels::Rgba) {
            Some(image) => {
                let filter = image::imageops::FilterType::Triangle;
                let larger = image::imageops::resize(&image, wide as u32, high as u32, filter);
                Self { width: wide, height: high, channels: Channels::Rgba, pixels: larger.into_raw() }
            }
            None => self.clone(),
        }
    }
}

impl From<Picture> for Raster {
    fn from(Picture { width, height, channels, pixels }: Picture) -> Self {
        if channels == 1 {
            return Self { width, height, channels: Channels::Grey, pixels };
        }
        let colors: Vec<[u8; 4]> = pixels.as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect();
        Self::rgba(width, height, &colors)
    }
}
