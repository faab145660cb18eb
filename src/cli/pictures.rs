//! `strip` and `grid`: decoded images as one PNG.

use anyhow::Result;
use serde_json::json;

use super::arguments::{GridArguments, PngArguments, StripArguments};
use super::{load_run, output};
use crate::explore::{Cells, Interpolation, Picture, decode_grid, decode_strip, path};
use crate::figure::{PictureKind, encode_picture};
use crate::files::write_whole;
use crate::model::Compute;
use crate::progress::Progress;

pub fn strip(arguments: &StripArguments, compute: Compute, json: bool) -> Result<()> {
    let kind = PictureKind::of(&arguments.png.out)?;
    let (_, model) = load_run(&arguments.run, compute)?;
    let interpolation = if arguments.slerp { Interpolation::Spherical } else { Interpolation::Linear };
    let codes = path(arguments.from.0, arguments.to.0, usize::from(arguments.steps), interpolation);
    save(&decode_strip(&model, &codes, &Progress::silent())?, &arguments.png, kind, json)
}

pub fn grid(arguments: &GridArguments, compute: Compute, json: bool) -> Result<()> {
    let kind = PictureKind::of(&arguments.png.out)?;
    let (_, model) = load_run(&arguments.run, compute)?;
    let (extent, across) = (arguments.extent, usize::from(arguments.cells));
    let cells = Cells { min: [-extent; 2], max: [extent; 2], across, down: across };
    save(&decode_grid(&model, &cells, &Progress::silent())?, &arguments.png, kind, json)
}

fn save(picture: &Picture, png: &PngArguments, kind: PictureKind, json: bool) -> Result<()> {
    let scale = usize::from(png.scale);
    write_whole(&png.out, &encode_picture(picture, scale, "", kind)?)?;
    let (width, height) = (picture.width * scale, picture.height * scale);
    let written = json!({ "out": png.out, "width": width, "height": height });
    output::print(json, &written, || format!("{}: {width} x {height} pixels", png.out.display()))
}
