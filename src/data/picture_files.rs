//! Images that are files, PNG, JPEG, WebP, BMP or GIF, in a folder or an archive: which there are, and each read, scaled and
//! let go again, so that many large ones need little memory.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::DataError;
use super::contents::{LeftOut, Sizes};
use super::found::Found;
use super::layout::layout;
use super::raw::{RawImage, RawImages, fitted, over_black};
use crate::config::{Fit, Memory, Reading, USUAL_SIDE};
use crate::progress::Progress;

/// Bytes that one decoded image may take: 85 million pixels of three colours.
const MOST_DECODED: u64 = 256 << 20;
/// Bytes of one file at most.
pub const MOST_ENCODED: u64 = 256 << 20;
/// Bytes of files, and of images that become of them, that are worked on between two reports, about.
const BLOCK: u64 = 32 << 20;
/// Files between two reports at most.
const BLOCK_FILES: usize = 512;

/// Where files lie, and how they are had.
pub trait Files {
    /// In what form images come, e.g. `a folder of images`.
    fn form(&self) -> &'static str;

    /// Does `then` with each of some files, in their order.
    fn each<T: Send>(&mut self, indices: &[usize], then: impl Fn(Result<Vec<u8>, String>) -> T + Sync) -> Vec<T>;
}

/// The files that may be images.
#[derive(Debug, Default)]
pub struct Listing {
    /// Their paths within the folder or archive, divided by `/`, and how many bytes each has.
    pub files: Vec<(String, u64)>,
    pub left_out: LeftOut,
}

impl Listing {
    /// Takes a file in, if its name says that it is an image.
    pub fn take(&mut self, path: String, bytes: u64) {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "png" | "jpg" | "jpeg" | "jpe" | "jfif" | "webp" | "bmp" | "gif" => self.files.push((path, bytes)),
            "tif" | "tiff" | "heic" | "heif" | "avif" | "jxl" | "svg" | "ico" | "tga" | "psd" | "jp2" => {
                self.left_out.push(path, format!("images .{ending} are not read; save it as PNG"));
            }
            _ => {}
        }
    }
}

/// Whether a file or folder of this name is of no interest: hidden, or left by a system.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || ["__MACOSX", "Thumbs.db", "desktop.ini"].contains(&name)
}

/// Reads all files of a listing.
pub fn read<F: Files>(
    name: &str,
    mut files: F,
    listing: Listing,
    reading: &Reading,
    memory: Memory,
    progress: &Progress,
) -> Result<Found, DataError> {
    let (paths, sizes): (Vec<String>, Vec<u64>) = listing.files.into_iter().unzip();
    let plan = layout(&paths);
    let mut found = Found {
        form: files.form().to_owned(),
        class_names: plan.class_names,
        left_out: listing.left_out,
        notes: plan.notes,
        ..Found::default()
    };
    found.left_out.add(plan.left_out);
    if plan.order.is_empty() {
        return Err(DataError::NoImages { name: name.to_owned() });
    }
    let mut held_out = plan.held_out.as_ref().map(|_| Vec::new());
    let side = reading.size.unwrap_or(USUAL_SIDE) as u64;
    let (count, mut at) = (plan.order.len(), 0);
    while at < count {
        progress.done(at, count)?;
        let mut weight = 0;
        let in_block = plan.order[at..].iter().take(BLOCK_FILES).take_while(|&&i| {
            let fits = weight < BLOCK;
            weight += sizes[i] + 3 * side * side;
            fits
        });
        let block = in_block.count();
        let images = files.each(&plan.order[at..at + block], |bytes| decode(&bytes?, reading));
        for (j, image) in images.into_iter().enumerate() {
            match image {
                Ok((image, size)) => {
                    found.images.push(&image);
                    found.before = Some(found.before.map_or(size, |before| before.and(size)));
                    found.labels.push(plan.labels[at + j]);
                    if let (Some(held), Some(plan)) = (&mut held_out, &plan.held_out) {
                        held.push(plan[at + j]);
                    }
                }
                Err(why) => found.left_out.push(&paths[plan.order[at + j]], why),
            }
        }
        at += block;
        fits(name, &mut found.images, count, at, memory)?;
    }
    progress.done(1, 1)?;
    if found.images.len() == 0 {
        let (file, why) = found.left_out.files.first().cloned().unwrap_or_default();
        return Err(DataError::AllBroken { name: name.to_owned(), count, file, why });
    }
    found.held_out = held_out;
    Ok(found)
}

/// Refuses a set that would grow too large, as soon as that can be told; otherwise makes room for all of it.
fn fits(name: &str, images: &mut RawImages, count: usize, at: usize, memory: Memory) -> Result<(), DataError> {
    let estimate = images.bytes.len() as u64 * count as u64 / at.max(1) as u64;
    let most = memory.of_images();
    if estimate > most {
        let side = images.shapes.iter().map(|shape| shape.rows.max(shape.cols)).max().unwrap_or(1);
        let fitting = (side as f64 * (most as f64 / estimate as f64).sqrt()) as u64;
        let fewer = count as u64 * most / estimate;
        let remedy = format!("--size {fitting} would fit, or {fewer} of the {count} images");
        return Err(DataError::TooLarge { name: name.to_owned(), estimate, memory, remedy });
    }
    if at <= BLOCK_FILES {
        images.bytes.reserve_exact((estimate as usize + estimate as usize / 20).saturating_sub(images.bytes.len()));
    }
    Ok(())
}

/// An image no larger than is wanted, and the size that it had.
fn decode(bytes: &[u8], reading: &Reading) -> Result<(RawImage, Sizes), String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| e.to_string())?;
    // The limits hold for what a decoder needs besides the image itself.
    if decoder.total_bytes() > MOST_DECODED {
        let (width, height) = decoder.dimensions();
        return Err(format!(
            "its {width} x {height} pixels are more than the {} MiB that are decoded",
            MOST_DECODED >> 20
        ));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|e| e.to_string())?;
    let mut image = opaque(image);
    image.apply_orientation(orientation);
    let size = Sizes::of(image.height() as usize, image.width() as usize);
    let longest = match reading.fit {
        Fit::Pad => image.width().max(image.height()),
        Fit::Crop => image.width().min(image.height()),
    };
    let side = reading.size.unwrap_or_else(|| USUAL_SIDE.min(longest as usize));
    let image = fitted(image, side, reading.fit);
    let image = if reading.grey { image.into_luma8().into() } else { image };
    Ok((RawImage::of(image), size))
}

fn opaque(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut colours = image.into_rgba8();
    for pixel in colours.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let [red, green, blue] = [red, green, blue].map(|value| over_black(value, alpha));
        pixel.0 = [red, green, blue, u8::MAX];
    }
    colours.into()
}
