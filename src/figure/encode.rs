//! Rasters as bytes of PNG, animated PNG and GIF, which say in their metadata what they show.

use super::raster::{Channels, Raster};

/// A picture, or an animation of several of one size, each shown for `delay` milliseconds.
pub fn png(frames: &[Raster], delay: u16, about: &str) -> Result<Vec<u8>, String> {
    let first = frames.first().ok_or("there is nothing to write")?;
    let mut bytes = Vec::new();
    let failed = |error: png::EncodingError| error.to_string();
    let mut encoder = png::Encoder::new(&mut bytes, first.width as u32, first.height as u32);
    encoder.set_color(match first.channels {
        Channels::Grey => png::ColorType::Grayscale,
        Channels::Rgba => png::ColorType::Rgba,
    });
    encoder.set_depth(png::BitDepth::Eight);
    if !about.is_empty() {
        encoder.add_itxt_chunk("Description".to_owned(), about.to_owned()).map_err(failed)?;
    }
    if frames.len() > 1 {
        encoder.set_animated(frames.len() as u32, 0).map_err(failed)?;
        encoder.set_frame_delay(delay, 1000).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    for frame in frames {
        writer.write_image_data(&frame.pixels).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// An animation without end, each frame shown for `delay` milliseconds.
pub fn gif(frames: &[Raster], delay: u16, about: &str) -> Result<Vec<u8>, String> {
    let first = frames.first().ok_or("there is nothing to write")?;
    let side = |side: usize| u16::try_from(side).map_err(|_| "too large for a GIF: make it smaller".to_owned());
    let (width, height) = (side(first.width)?, side(first.height)?);
    let greys: Vec<u8> = (0..=255).flat_map(|grey| [grey; 3]).collect();
    let shared = if first.channels == Channels::Grey { &greys[..] } else { &[] };
    let failed = |error: gif::EncodingError| error.to_string();
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, shared).map_err(failed)?;
    encoder.set_repeat(gif::Repeat::Infinite).map_err(failed)?;
    let comment: Vec<&[u8]> = about.as_bytes().chunks(255).collect();
    let extension = gif::AnyExtension(gif::Extension::Comment as u8);
    encoder.write_raw_extension(extension, &comment).map_err(|error| error.to_string())?;
    for frame in frames {
        let mut frame = match frame.channels {
            Channels::Grey => gif::Frame::from_indexed_pixels(width, height, frame.pixels.clone(), None),
            // The slower end of what the quantiser offers: a figure has few colours, and they mean something.
            Channels::Rgba => gif::Frame::from_rgba_speed(width, height, &mut frame.pixels.clone(), 8),
        };
        frame.delay = delay / 10;
        encoder.write_frame(&frame).map_err(failed)?;
    }
    drop(encoder);
    Ok(bytes)
}
