//! `strip` and `grid`: decoded images as one PNG.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::json;

use super::arguments::{GridArguments, PngArguments, StripArguments};
use super::plane::within;
use super::{load_checkpoint, output};
use crate::config::{Memory, PriorKind};
use crate::explore::dimensions::{REACH, traversal, usage};
use crate::explore::{
    Cells, Interpolation, Picture, decode_codes, decode_grid, decode_strip, decode_tiled, path, quantile_grid,
};
use crate::figure::{PictureKind, encode_picture};
use crate::files::{check_file, write_or_spare};
use crate::model::Compute;
use crate::progress::Progress;

/// Bytes that a picture takes while it is made, a number.
const COPIES: usize = 4;
/// Pixels along a side that programs open.
const LONGEST: usize = 1 << 20;

pub fn strip(arguments: &StripArguments, compute: Compute, json: bool) -> Result<()> {
    let kind = PictureKind::of(&arguments.png.out)?;
    check_file(&arguments.png.out)?;
    let (StripArguments { run, data, .. }, steps) = (arguments, usize::from(arguments.steps));
    fits(run, [steps, 1], &arguments.png, compute.memory)?;
    let picture = match (arguments.from, arguments.to, arguments.dimension) {
        (_, _, Some(dimension)) => traverse(arguments, usize::from(dimension) - 1, steps, compute)?,
        (Some(from), Some(to), None) => {
            let (_, model) = arguments.plane.load(run, data, compute)?;
            let interpolation = if arguments.slerp { Interpolation::Spherical } else { Interpolation::Linear };
            decode_strip(&model, &path(from.0, to.0, steps, interpolation), &Progress::silent())?
        }
        _ => anyhow::bail!("give --from and --to, or --dimension"),
    };
    save(&picture, &arguments.png, kind, json)
}

/// What one dimension does to the image of 0, or of the anchor.
fn traverse(arguments: &StripArguments, index: usize, steps: usize, compute: Compute) -> Result<Picture> {
    let StripArguments { run, data, plane, .. } = arguments;
    let checkpoint = load_checkpoint(run)?;
    let (model, spec) = (checkpoint.restore(compute)?, &checkpoint.model);
    within(&run.display(), index, spec.latent)?;
    let has_range = spec.has_gaussian() && spec.prior == PriorKind::Normal;
    let (mut through, mut range) = (vec![0.0; spec.latent], [-REACH, REACH]);
    if plane.anchor.is_some() || !has_range {
        let codes = plane.codes(run, &checkpoint, &model, data)?;
        plane.anchor.into_iter().for_each(|image| through = codes.of(image).to_vec());
        range = usage(&codes, spec)[index].range();
    }
    Ok(decode_codes(&model, &traversal(&through, index, range, steps), steps, &Progress::silent())?)
}

pub fn grid(arguments: &GridArguments, compute: Compute, json: bool) -> Result<()> {
    let kind = PictureKind::of(&arguments.png.out)?;
    check_file(&arguments.png.out)?;
    fits(&arguments.run, [usize::from(arguments.cells); 2], &arguments.png, compute.memory)?;
    let (checkpoint, model) = arguments.plane.load(&arguments.run, &arguments.data, compute)?;
    let (extent, across) = (arguments.extent, usize::from(arguments.cells));
    if arguments.inverse_cdf {
        let spec = &checkpoint.model;
        ensure!(
            spec.prior == PriorKind::Normal && !spec.is_quantised(),
            "{}: --inverse-cdf takes codes to be drawn from N(0, I), and this run has another prior; leave it out",
            arguments.run.display()
        );
        let picture = decode_tiled(&model, &quantile_grid(across), across, &Progress::silent())?;
        return save(&picture, &arguments.png, kind, json);
    }
    let cells = Cells { min: [-extent; 2], max: [extent; 2], across, down: across };
    save(&decode_grid(&model, &cells, &Progress::silent())?, &arguments.png, kind, json)
}

/// Refuses a picture of so many images that would not fit.
fn fits(run: &Path, [across, down]: [usize; 2], png: &PngArguments, memory: Memory) -> Result<()> {
    let (shape, scale) = (load_checkpoint(run)?.model.shape, usize::from(png.scale));
    let (width, height) = (across * shape.cols * scale, down * shape.rows * scale);
    // As it is, scaled, and encoded.
    let bytes = COPIES * width * height * shape.channels;
    ensure!(
        bytes <= memory.bytes() && width.max(height) <= LONGEST,
        "a picture of {width} x {height} pixels takes about {} to draw, more than the {memory} allowed or than {LONGEST} a side: \
         take fewer images, a smaller --scale or a larger --memory",
        Memory::of(bytes)
    );
    Ok(())
}

fn save(picture: &Picture, png: &PngArguments, kind: PictureKind, json: bool) -> Result<()> {
    let scale = usize::from(png.scale);
    write_or_spare(&png.out, &encode_picture(picture, scale, "", kind)?)?;
    let (width, height) = (picture.width * scale, picture.height * scale);
    let written = json!({ "out": png.out, "width": width, "height": height });
    output::print(json, &written, || format!("{}: {width} x {height} pixels", png.out.display()))
}
