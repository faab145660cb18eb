//! Figures as files: SVG as it is, or drawn into PNG, GIF and animated PNG.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use resvg::{tiny_skia, usvg};

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
        Some("apng") => rgba_png,
        _ => return Err(FigureError::AnimationKind(file.to_owned())),
    };
    let fonts = fonts();
    let frames: Result<Vec<_>, String> = svgs.iter().map(|svg| pixels(svg, &fonts)).collect();
    let bytes = frames.and_then(|frames| encode(&frames, caption)).map_err(FigureError::Encode)?;
    Ok(write_whole(file, &bytes)?)
}

fn rasterised(svg: &str, caption: &str) -> Result<Vec<u8>, String> {
    rgba_png(&[pixels(svg, &fonts())?], caption)
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
fn pixels(svg: &str, fonts: &Arc<usvg::fontdb::Database>) -> Result<tiny_skia::Pixmap, String> {
    let options = usvg::Options { fontdb: fonts.clone(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("a figure of no size")?;
    resvg::render(&tree, tiny_skia::Transform::default(), &mut pixels.as_mut());
    Ok(pixels)
}

/// One picture, or an animation of several.
pub(super) fn rgba_png(frames: &[tiny_skia::Pixmap], about: &str) -> Result<Vec<u8>, String> {
    let first = frames.first().ok_or("there is nothing to write")?;
    let mut bytes = Vec::new();
    let failed = |error: png::EncodingError| error.to_string();
    let mut encoder = png::Encoder::new(&mut bytes, first.width(), first.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.add_itxt_chunk("Description".to_owned(), about.to_owned()).map_err(failed)?;
    if frames.len() > 1 {
        encoder.set_animated(frames.len() as u32, 0).map_err(failed)?;
        encoder.set_frame_delay(FRAME, 1000).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    for frame in frames {
        writer.write_image_data(frame.data()).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn gif(frames: &[tiny_skia::Pixmap], about: &str) -> Result<Vec<u8>, String> {
    let first = frames.first().ok_or("there is nothing to write")?;
    let side = |side: u32| u16::try_from(side).map_err(|_| "too large for a GIF".to_owned());
    let (width, height) = (side(first.width())?, side(first.height())?);
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &[]).map_err(|error| error.to_string())?;
    encoder.set_repeat(gif::Repeat::Infinite).map_err(|error| error.to_string())?;
    let comment: Vec<&[u8]> = about.as_bytes().chunks(255).collect();
    let comment = encoder.write_raw_extension(gif::AnyExtension(gif::Extension::Comment as u8), &comment);
    comment.map_err(|error| error.to_string())?;
    for frame in frames {
        // The slower end of what the quantiser offers: a figure has few colours, and they mean something.
        let mut frame = gif::Frame::from_rgba_speed(width, height, &mut frame.data().to_vec(), 8);
        frame.delay = FRAME / 10;
        encoder.write_frame(&frame).map_err(|error| error.to_string())?;
    }
    drop(encoder);
    Ok(bytes)
}
