//! Figures as files: SVG as it is, or drawn into PNG, GIF and animated PNG.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use resvg::{tiny_skia, usvg};

use super::super::encode::{Ink, Raster, gif, png};
use crate::files::{WriteError, write_whole};
use crate::model::ModelError;

/// Thousandths of a second that a state is shown in an animation.
const FRAME: u16 = 400;

#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the figure cannot be drawn: {0}")]
    Encode(String),
    #[error("{}: name a file .svg or .png", .0.display())]
    Kind(PathBuf),
    #[error("{}: name a file .gif or .apng", .0.display())]
    AnimationKind(PathBuf),
}

/// Writes a figure as what the file's name ends in, svg or png, whole or not at all.
pub fn save_figure(svg: &str, caption: &str, file: &Path) -> Result<(), FigureError> {
    let kind = file.extension().map(|kind| kind.to_string_lossy().to_lowercase());
    let bytes = match kind.as_deref() {
        Some("svg") => svg.as_bytes().to_vec(),
        Some("png") => rasterised(svg, caption).map_err(FigureError::Encode)?,
        _ => return Err(FigureError::Kind(file.to_owned())),
    };
    Ok(write_whole(file, &bytes)?)
}

/// Writes figures of one size as an animation, as what the file's name ends in: gif or apng, whole or not at all.
pub fn save_animation(svgs: &[String], caption: &str, file: &Path) -> Result<(), FigureError> {
    let kind = file.extension().map(|kind| kind.to_string_lossy().to_lowercase());
    let encode = match kind.as_deref() {
        Some("gif") => gif,
        Some("apng") => png,
        _ => return Err(FigureError::AnimationKind(file.to_owned())),
    };
    let fonts = fonts();
    let frames: Result<Vec<_>, String> = svgs.iter().map(|svg| pixels(svg, &fonts)).collect();
    let bytes = frames.and_then(|frames| encode(&frames, FRAME, caption)).map_err(FigureError::Encode)?;
    Ok(write_whole(file, &bytes)?)
}

fn rasterised(svg: &str, caption: &str) -> Result<Vec<u8>, String> {
    png(&[pixels(svg, &fonts())?], FRAME, caption)
}

/// The font that is in the program, so that a figure looks the same everywhere.
fn fonts() -> Arc<usvg::fontdb::Database> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    let family = fonts.faces().next().and_then(|face| face.families.first().map(|(name, _)| name.clone()));
    fonts.set_sans_serif_family(family.unwrap_or_default());
    Arc::new(fonts)
}

/// The paper is opaque, so that colours are as they are.
fn pixels(svg: &str, fonts: &Arc<usvg::fontdb::Database>) -> Result<Raster, String> {
    let options = usvg::Options { fontdb: fonts.clone(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("a figure of no size")?;
    resvg::render(&tree, tiny_skia::Transform::default(), &mut pixels.as_mut());
    let (width, height) = (size.width() as usize, size.height() as usize);
    Ok(Raster { width, height, ink: Ink::Rgba, pixels: pixels.take() })
}
