//! A path's strips as files: a picture, a drawing, an animation, or the codes; each says in its metadata what it shows.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::encode::{Raster, gif, png};
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
        Some("png") | None => png(&[stacked(strips).scaled(scale).into()], FRAME, about),
        Some("apng") => png(&frames(strips, scale), FRAME, about),
        Some("gif") => gif(&frames(strips, scale), FRAME, about),
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
fn frames(strips: &[Strip], scale: usize) -> Vec<Raster> {
    let steps = strips.iter().map(|strip| strip.codes.len()).min().unwrap_or(0);
    let frame = |step: usize| {
        let images: Vec<Picture> = strips.iter().map(|strip| strip.picture.column(step, strip.codes.len())).collect();
        Picture::beside(&images).scaled(scale).into()
    };
    (0..steps).chain((1..steps.saturating_sub(1)).rev()).map(frame).collect()
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
        let image = BASE64_STANDARD.encode(png(&[strip.picture.clone().into()], FRAME, about)?);
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
