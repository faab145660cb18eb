//! A path's strips as files: a picture, a drawing, an animation, or the codes; each says in its metadata what it shows.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::picture::{Picture, stack};
use crate::config::Code;
use crate::files::write_whole;

/// Thousandths of a second that an image of an animation is shown.
const FRAME: u16 = 120;

/// The strip of one run.
#[derive(Clone, Debug)]
pub struct Strip {
    pub name: String,
    pub codes: Vec<Code>,
    /// The decoded images in a row.
    pub picture: Picture,
}

/// Writes strips as what the file's name ends in: png, svg, gif, apng or csv; a pixel is a block of `scale` x `scale`.
/// `about` is what the metadata says. Whole or not at all.
pub fn save_strips(strips: &[Strip], scale: usize, about: &str, file: &Path) -> Result<(), String> {
    let kind = file.extension().map(|kind| kind.to_string_lossy().to_lowercase());
    let bytes = match kind.as_deref() {
        Some("png") | None => png(&[stacked(strips).scaled(scale)], about),
        Some("apng") => png(&frames(strips, scale), about),
        Some("gif") => gif(&frames(strips, scale), about),
        Some("svg") => svg(strips, scale, about).map(String::into_bytes),
        Some("csv") => Ok(csv(strips, about).into_bytes()),
        Some(other) => {
            Err(format!("strips cannot be written as .{other}: name a file .png, .svg, .gif, .apng or .csv"))
        }
    }?;
    write_whole(file, &bytes).map_err(|error| error.to_string())
}

fn stacked(strips: &[Strip]) -> Picture {
    stack(&strips.iter().map(|strip| &strip.picture).collect::<Vec<_>>())
}

/// The images of each step, of all runs side by side, there and back.
fn frames(strips: &[Strip], scale: usize) -> Vec<Picture> {
    let steps = strips.iter().map(|strip| strip.codes.len()).min().unwrap_or(0);
    let frame = |step: usize| {
        let images: Vec<Picture> = strips.iter().map(|strip| strip.picture.column(step, strip.codes.len())).collect();
        Picture::beside(&images).scaled(scale)
    };
    (0..steps).chain((1..steps.saturating_sub(1)).rev()).map(frame).collect()
}

/// One picture, or an animation of several.
pub fn png(frames: &[Picture], about: &str) -> Result<Vec<u8>, String> {
    let first = frames.first().ok_or("there is nothing to write")?;
    let mut bytes = Vec::new();
    let failed = |error: png::EncodingError| error.to_string();
    let mut encoder = png::Encoder::new(&mut bytes, first.width as u32, first.height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.add_itxt_chunk("Description".to_owned(), about.to_owned()).map_err(failed)?;
    if frames.len() > 1 {
        encoder.set_animated(frames.len() as u32, 0).map_err(failed)?;
        encoder.set_frame_delay(FRAME, 1000).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    for frame in frames {
        writer.write_image_data(&frame.pixels).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn gif(frames: &[Picture], about: &str) -> Result<Vec<u8>, String> {
    let first = frames.first().ok_or("there is nothing to write")?;
    let side = |side: usize| u16::try_from(side).map_err(|_| "too large for a GIF: use a smaller scale".to_owned());
    let (width, height) = (side(first.width)?, side(first.height)?);
    let greys: Vec<u8> = (0..=255).flat_map(|grey| [grey; 3]).collect();
    let failed = |error: gif::EncodingError| error.to_string();
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &greys).map_err(failed)?;
    encoder.set_repeat(gif::Repeat::Infinite).map_err(failed)?;
    let comment: Vec<&[u8]> = about.as_bytes().chunks(255).collect();
    encoder
        .write_raw_extension(gif::AnyExtension(gif::Extension::Comment as u8), &comment)
        .map_err(|e| e.to_string())?;
    for frame in frames {
        let mut frame = gif::Frame::from_indexed_pixels(width, height, frame.pixels.clone(), None);
        frame.delay = FRAME / 10;
        encoder.write_frame(&frame).map_err(failed)?;
    }
    drop(encoder);
    Ok(bytes)
}

/// Each strip as an embedded picture with its name before it as text.
fn svg(strips: &[Strip], scale: usize, about: &str) -> Result<String, String> {
    const LABEL: usize = 90;
    const GAP: usize = 6;
    let width = LABEL + strips.iter().map(|strip| strip.picture.width * scale).max().unwrap_or(0);
    let height: usize = strips.iter().map(|strip| strip.picture.height * scale + GAP).sum();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <metadata>{}</metadata>\n",
        escaped(about)
    );
    let mut top = 0;
    for strip in strips {
        let (w, h) = (strip.picture.width * scale, strip.picture.height * scale);
        let image = BASE64_STANDARD.encode(png(std::slice::from_ref(&strip.picture), about)?);
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"4\" y=\"{}\" font-family=\"sans-serif\" font-size=\"14\" dominant-baseline=\"middle\">{}</text>\n\
             <image x=\"{LABEL}\" y=\"{top}\" width=\"{w}\" height=\"{h}\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{image}\"/>",
            top + h / 2,
            escaped(&strip.name)
        );
        top += h + GAP;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn csv(strips: &[Strip], about: &str) -> String {
    let mut csv = format!("# {}\nrun,step,z_0,z_1\n", about.replace('\n', " "));
    for strip in strips {
        for (step, [x, y]) in strip.codes.iter().enumerate() {
            let _ = writeln!(csv, "{},{step},{x},{y}", strip.name.replace(',', " "));
        }
    }
    csv
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
