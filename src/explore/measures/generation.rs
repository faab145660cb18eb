//! What a model generates: continuity of its decoder, precision and recall of its samples, and how much they blur.

use super::super::statistics::quantile;
use super::Estimated;
use crate::config::ImageShape;
use crate::model::DistancesTo;
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// A small step, in spreads of the codes.
const STEP: f32 = 0.05;
/// The neighbour that lies on the edge of an image's own region.
const NEIGHBOUR: usize = 3;
/// Rows of distances in memory at a time.
const ROWS: usize = 500;

/// Codes (n, latent) after a small step in a direction that is drawn for each.
pub fn steps(codes: &[f32], latent: usize, spread: f32, seed: u64) -> Vec<f32> {
    let directions = standard_normal(&mut stream(seed, Purpose::Estimates, 2), codes.len());
    let step = |(z, v): (&[f32], &[f32])| -> Vec<f32> {
        let length = v.iter().fold(0.0, |length: f32, v| length.hypot(*v)).max(1e-12);
        z.iter().zip(v).map(|(z, v)| z + STEP * spread * v / length).collect()
    };
    codes.chunks_exact(latent).zip(directions.chunks_exact(latent)).flat_map(step).collect()
}

/// ‖f(z + δ) − f(z)‖ for a step of one spread, as the decoder goes at z. images and moved: (n, pixels), before and after the step.
pub fn jump_lengths(images: &[f32], moved: &[f32], pixels: usize) -> Vec<f64> {
    let length = |(a, b): (&[f32], &[f32])| {
        let square: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        square.sqrt() / f64::from(STEP)
    };
    images.chunks_exact(pixels).zip(moved.chunks_exact(pixels)).map(length).collect()
}

/// The 50th, 95th and 99th percentile of such lengths.
pub fn jumps(lengths: &[f64], progress: &Progress) -> Result<[Estimated; 3], Cancelled> {
    progress.at(0.0)?;
    let percentile = |i: usize, share: f64| {
        Estimated::bootstrap(lengths.len(), &progress.part_of(i, 3), |drawn| {
            let mut values: Vec<f64> = drawn.iter().map(|&i| lengths[i]).collect();
            values.sort_unstable_by(f64::total_cmp);
            quantile(&values, share)
        })
    };
    Ok([percentile(0, 0.5)?, percentile(1, 0.95)?, percentile(2, 0.99)?])
}

/// Precision and recall of generated among real vectors (n, width) of as many each (Kynkäänniemi et al. 2019, k = 3): the share
/// of generated ones within the region of a real one, and the other way round; the region of a vector ends at its third
/// neighbour among its own kind.
pub fn precision_and_recall(
    real: &[f32],
    generated: &[f32],
    width: usize,
    progress: &Progress,
) -> Result<(Estimated, Estimated), Cancelled> {
    let precision = share_within(generated, real, width, &progress.part(0.0, 0.5))?;
    Ok((precision, share_within(real, generated, width, &progress.part(0.5, 1.0))?))
}

/// The share of `points` within the region of any of `others`.
fn share_within(points: &[f32], others: &[f32], width: usize, progress: &Progress) -> Result<Estimated, Cancelled> {
    let radii = squared_radii(others, width, &progress.part(0.0, 0.5))?;
    let is_within = |row: &&[f32]| row.iter().zip(&radii).any(|(distance, radius)| distance <= radius);
    let (to_others, parts, mut hits) = (DistancesTo::new(others, width), points.chunks(ROWS * width), 0);
    for (i, part) in parts.clone().enumerate() {
        progress.part(0.5, 1.0).done(i, parts.len())?;
        hits += to_others.squared_from(part).chunks_exact(radii.len()).filter(is_within).count();
    }
    Ok(Estimated::share(hits, points.len() / width))
}

/// The share of real vectors whose own region holds a generated one (Naeem et al. 2020). Unlike precision it is not taken in by
/// vectors in the middle of all, which lie in the wide regions of a few.
pub fn coverage(real: &[f32], generated: &[f32], width: usize, progress: &Progress) -> Result<Estimated, Cancelled> {
    let radii = squared_radii(real, width, &progress.part(0.0, 0.5))?;
    let (to_generated, parts, mut hits) = (DistancesTo::new(generated, width), real.chunks(ROWS * width), 0);
    for (i, (part, radii)) in parts.clone().zip(radii.chunks(ROWS)).enumerate() {
        progress.part(0.5, 1.0).done(i, parts.len())?;
        let rows = to_generated.squared_from(part);
        let holds = |(row, radius): &(&[f32], &f32)| row.iter().any(|distance| distance <= radius);
        hits += rows.chunks_exact(generated.len() / width).zip(radii).filter(holds).count();
    }
    Ok(Estimated::share(hits, radii.len()))
}

/// The squared distance of each vector from its third neighbour.
fn squared_radii(points: &[f32], width: usize, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let n = points.len() / width;
    let mut all = Vec::with_capacity(n);
    let to_points = DistancesTo::new(points, width);
    for part in points.chunks(ROWS * width) {
        progress.done(all.len(), n)?;
        for row in to_points.squared_from(part).chunks_exact_mut(n) {
            // Its own place is the nearest.
            let k = NEIGHBOUR.min(n - 1);
            all.push(*row.select_nth_unstable_by(k, f32::total_cmp).1);
        }
    }
    Ok(all)
}

/// The variance of each image's Laplacian (Pech-Pacheco et al. 2000): large where there are edges. Of colours the mean over the
/// channels. images: (n, rows · cols · channels).
pub fn laplacian_variances(images: &[f32], shape: ImageShape) -> Vec<f64> {
    let ImageShape { rows, cols, channels } = shape;
    let of_channel = |image: &[f32], channel: usize| {
        let at = |y: usize, x: usize| f64::from(image[(y * cols + x) * channels + channel]);
        let inner = (1..rows.saturating_sub(1)).flat_map(|y| (1..cols.saturating_sub(1)).map(move |x| (y, x)));
        let values: Vec<f64> =
            inner.map(|(y, x)| at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1) - 4.0 * at(y, x)).collect();
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n
    };
    let of = |image: &[f32]| (0..channels).map(|c| of_channel(image, c)).sum::<f64>() / channels as f64;
    images.chunks_exact(shape.len()).map(of).collect()
}

/// The mean of the samples' Laplacian variance over that of the data.
pub fn blur(samples: &[f64], data: &[f64], progress: &Progress) -> Result<Estimated, Cancelled> {
    let data = data.iter().sum::<f64>() / data.len() as f64;
    let n = samples.len();
    let of = |drawn: &[usize]| drawn.iter().map(|&i| samples[i]).sum::<f64>() / n as f64 / data;
    Estimated::bootstrap(n, progress, of)
}
