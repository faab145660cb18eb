//! A path's strips as bytes: a picture, a drawing, an animation, or the codes; each says in its metadata what it shows.

use std::fmt::Write as _;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::encode::{gif, png};
use super::kind::{FigureError, StripKind};
use super::raster::Raster;
use super::svg::escaped;
use crate::config::Place;
use crate::explore::{Picture, stack};

/// Thousandths of a second that an image of an animation is shown.
const FRAME: u16 = 120;

/// The strip of one run.
#[derive(Clone, Debug)]
pub struct Strip {
    pub name: String,
    pub codes: Vec<Place>,
    /// The decoded images in a row.
    pub picture: Picture,
}

/// Strips as a picture, a drawing, an animation or a table; a pixel is a block of `scale` x `scale`. `about` is what the
/// metadata say.
pub fn encode_strips(strips: &[Strip], scale: usize, about: &str, kind: StripKind) -> Result<Vec<u8>, FigureError> {
    let bytes = match kind {
        StripKind::Png => png(&[stacked(strips).scaled(scale).into()], FRAME, about),
        StripKind::Apng => png(&frames(strips, scale), FRAME, about),
        StripKind::Gif => gif(&frames(strips, scale), FRAME, about),
        StripKind::Svg => svg(strips, scale, about).map(String::into_bytes),
        StripKind::Csv => Ok(csv(strips, about).into_bytes()),
    };
    bytes.map_err(FigureError::Encode)
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
