//! What pictures are encoded as. The ending of a file's name says which, and can be looked at before anything is computed.

use std::path::{Path, PathBuf};

use super::encode::{gif, png};
use super::raster::Raster;
use super::render::{fonts, rendered};
use crate::explore::Picture;
use crate::model::ModelError;

/// Thousandths of a second that a state is shown in an animation.
const FRAME: u16 = 400;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the figure cannot be drawn: {0}")]
    Encode(String),
    #[error("a picture of {width} x {height} pixels cannot be written ({what}); use a smaller scale or fewer images")]
    Picture { width: usize, height: usize, what: String },
    #[error("{}: name a file {allowed}", file.display())]
    Kind { file: PathBuf, allowed: &'static str },
}

/// What a figure is encoded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureKind {
    Svg,
    Png,
}

/// What a picture of decoded images is encoded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    Png,
}

/// What an animation is encoded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnimationKind {
    Gif,
    Apng,
}

/// What strips are encoded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StripKind {
    Png,
    Svg,
    Gif,
    Apng,
    Csv,
}

impl FigureKind {
    /// What the file's name ends in; an error names what it may end in.
    pub fn of(file: &Path) -> Result<Self, FigureError> {
        ending(file, &[("svg", Self::Svg), ("png", Self::Png)], ".svg or .png")
    }
}

impl PictureKind {
    /// What the file's name ends in; an error names what it may end in.
    pub fn of(file: &Path) -> Result<Self, FigureError> {
        ending(file, &[("png", Self::Png)], ".png")
    }
}

impl AnimationKind {
    /// What the file's name ends in; an error names what it may end in.
    pub fn of(file: &Path) -> Result<Self, FigureError> {
        ending(file, &[("gif", Self::Gif), ("apng", Self::Apng)], ".gif or .apng")
    }
}

impl StripKind {
    /// What the file's name ends in; an error names what it may end in.
    pub fn of(file: &Path) -> Result<Self, FigureError> {
        let kinds =
            [("png", Self::Png), ("svg", Self::Svg), ("gif", Self::Gif), ("apng", Self::Apng), ("csv", Self::Csv)];
        ending(file, &kinds, ".png, .svg, .gif, .apng or .csv")
    }
}

fn ending<K: Copy>(file: &Path, kinds: &[(&str, K)], allowed: &'static str) -> Result<K, FigureError> {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let kind = kinds.iter().find(|(name, _)| *name == ending).map(|(_, kind)| *kind);
    kind.ok_or_else(|| FigureError::Kind { file: file.to_owned(), allowed })
}

/// A figure as bytes; a PNG says `about` in its metadata, as the SVG does already.
pub fn encode_figure(svg: &str, about: &str, kind: FigureKind) -> Result<Vec<u8>, FigureError> {
    match kind {
        FigureKind::Svg => Ok(svg.as_bytes().to_vec()),
        FigureKind::Png => {
            rendered(svg, &fonts()).and_then(|picture| png(&[picture], FRAME, about)).map_err(FigureError::Encode)
        }
    }
}

/// Figures of one size as an animation.
pub fn encode_animation(svgs: &[String], about: &str, kind: AnimationKind) -> Result<Vec<u8>, FigureError> {
    let fonts = fonts();
    let frames: Result<Vec<_>, String> = svgs.iter().map(|svg| rendered(svg, &fonts)).collect();
    let encode = match kind {
        AnimationKind::Gif => gif,
        AnimationKind::Apng => png,
    };
    frames.and_then(|frames| encode(&frames, FRAME, about)).map_err(FigureError::Encode)
}

/// A picture in which every pixel is a block of `scale` x `scale`.
pub fn encode_picture(picture: &Picture, scale: usize, about: &str, kind: PictureKind) -> Result<Vec<u8>, FigureError> {
    let (width, height) = (picture.width * scale, picture.height * scale);
    let PictureKind::Png = kind;
    let raster = Raster::from(picture.scaled(scale));
    png(&[raster], 0, about).map_err(|what| FigureError::Picture { width, height, what })
}

/// A picture as PNG, without a word about it.
pub fn encode_raster(raster: Raster) -> Result<Vec<u8>, FigureError> {
    let (width, height) = (raster.width, raster.height);
    png(&[raster], 0, "").map_err(|what| FigureError::Picture { width, height, what })
}
