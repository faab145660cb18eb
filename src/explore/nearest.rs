//! What lies nearest: codes to a code, all around or in one direction, and images to an image, pixel by pixel.

use crate::config::Place;
use crate::data::Split;
use crate::progress::{Cancelled, Progress};

/// Images that are compared between two reports: a few milliseconds.
const IMAGES: usize = 4_096;

/// The index of the code nearest to `z` and its Euclidean distance; `None` where there are no codes.
pub fn nearest(codes: &[Place], z: Place) -> Option<(usize, f32)> {
    nearest_of(codes.iter().copied().enumerate(), z)
}

/// The index of the code nearest to `from` among those that lie in `direction`, give or take 45 degrees.
pub fn neighbour(codes: &[Place], from: Place, direction: [f32; 2]) -> Option<usize> {
    let ahead = |code: &Place| {
        let (x, y) = (code[0] - from[0], code[1] - from[1]);
        let along = x * direction[0] + y * direction[1];
        along > 0.0 && along >= (x * direction[1] - y * direction[0]).abs()
    };
    nearest_of(codes.iter().copied().enumerate().filter(|(_, code)| ahead(code)), from).map(|(i, _)| i)
}

fn nearest_of(codes: impl Iterator<Item = (usize, Place)>, z: Place) -> Option<(usize, f32)> {
    let mut nearest = None;
    let mut least = f32::INFINITY;
    for (i, code) in codes {
        let square = squared_distance(code, z);
        if square < least {
            (nearest, least) = (Some(i), square);
        }
    }
    nearest.map(|i| (i, least.sqrt()))
}

/// ‖a − b‖².
pub fn squared_distance(a: Place, b: Place) -> f32 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

/// The `k` codes nearest to `z`, nearest first.
pub fn nearest_codes(codes: &[Place], z: Place, k: usize) -> Vec<usize> {
    nearest_by(codes.iter().map(|&code| squared_distance(code, z)).collect(), k)
}

/// The `k` images nearest to `image` pixel by pixel, nearest first.
pub fn nearest_images(split: &Split, image: &[u8], k: usize, progress: &Progress) -> Result<Vec<usize>, Cancelled> {
    let squares = squared_differences(split, image, progress)?;
    Ok(nearest_by(squares.into_iter().map(|square| square as f32).collect(), k))
}

/// The image of `split` nearest to `image`, pixel by pixel, and the root mean square of the difference in grey values from 0
/// to 1; none if there is no image of that size.
pub fn nearest_image(image: &[u8], split: &Split, progress: &Progress) -> Result<Option<(usize, f32)>, Cancelled> {
    if image.len() != split.pixels() {
        return Ok(None);
    }
    let squares = squared_differences(split, image, progress)?;
    let least = squares.into_iter().enumerate().min_by_key(|&(_, square)| square);
    Ok(least.map(|(i, square)| (i, (square as f32 / split.pixels() as f32).sqrt() / 255.0)))
}

/// Of each image of `split` the sum over pixels of its squared difference from `image`.
fn squared_differences(split: &Split, image: &[u8], progress: &Progress) -> Result<Vec<u64>, Cancelled> {
    let square = |i: usize| -> u64 {
        split.image(i).iter().zip(image).map(|(&a, &b)| u64::from(u32::from(a.abs_diff(b)).pow(2))).sum()
    };
    let mut squares = Vec::with_capacity(split.len());
    for start in (0..split.len()).step_by(IMAGES) {
        progress.done(start, split.len())?;
        squares.extend((start..(start + IMAGES).min(split.len())).map(square));
    }
    progress.at(1.0)?;
    Ok(squares)
}

pub(super) fn nearest_by(distances: Vec<f32>, k: usize) -> Vec<usize> {
    let mut all: Vec<(f32, usize)> = distances.into_iter().zip(0..).collect();
    if k < all.len() {
        all.select_nth_unstable_by(k, |a, b| a.0.total_cmp(&b.0));
        all.truncate(k);
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, i)| i).collect()
}
