//! What a model generates: continuity of its decoder, precision and recall of its samples, and how much they blur.

use super::Estimated;
use super::resample::quantile;
use crate::config::{Code, LATENT};
use crate::model::squared_distances;
use crate::random::{Purpose, standard_normal, stream};

/// A small step, in spreads of the codes.
const STEP: f32 = 0.05;
/// Neighbours that reach as far as an image's own region does.
const REACH: usize = 3;
/// Rows of distances in memory at a time.
const ROWS: usize = 500;

/// Pairs of codes a small step apart: places, and the same places after a step in a direction that is drawn.
pub fn steps(places: &[Code], spread: f32, seed: u64) -> Vec<Code> {
    let normal = standard_normal(&mut stream(seed, Purpose::Estimates, 2), places.len() * LATENT);
    let directions = normal.as_chunks::<LATENT>().0;
    let step = |(z, v): (&Code, &[f32; 2])| {
        let length = v[0].hypot(v[1]).max(1e-12);
        [0, 1].map(|d| z[d] + STEP * spread * v[d] / length)
    };
    places.iter().zip(directions).map(step).collect()
}

/// ‖f(z + δ) − f(z)‖ for a step of one spread, as the decoder goes at z: its 50th, 95th and 99th percentile. images and moved:
/// (n, pixels), before and after the step.
pub fn jumps(images: &[f32], moved: &[f32], pixels: usize) -> [Estimated; 3] {
    let length = |(a, b): (&[f32], &[f32])| {
        let square: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        square.sqrt() / f64::from(STEP)
    };
    let lengths: Vec<f64> = images.chunks_exact(pixels).zip(moved.chunks_exact(pixels)).map(length).collect();
    [0.5, 0.95, 0.99].map(|share| {
        Estimated::bootstrap(lengths.len(), |drawn| {
            let mut values: Vec<f64> = drawn.iter().map(|&i| lengths[i]).collect();
            values.sort_unstable_by(f64::total_cmp);
            quantile(&values, share)
        })
    })
}

/// Precision and recall of generated among real vectors (n, width) of as many each (Kynkäänniemi et al. 2019, k = 3): the share
/// of generated ones within the reach of a real one, and the other way round; the reach of a vector ends at its third
/// neighbour among its own kind.
pub fn precision_and_recall(real: &[f32], generated: &[f32], width: usize) -> (Estimated, Estimated) {
    let within = |points: &[f32], others: &[f32]| {
        let reaches = reaches(others, width);
        let is_in = |row: &[f32]| row.iter().zip(&reaches).any(|(distance, reach)| distance <= reach);
        let rows = points.chunks(ROWS * width).map(|part| squared_distances(part, others, width));
        let hits: usize = rows.map(|rows| rows.chunks_exact(reaches.len()).filter(|row| is_in(row)).count()).sum();
        Estimated::share(hits, points.len() / width)
    };
    (within(generated, real), within(real, generated))
}

/// The squared distance of each vector from its third neighbour.
fn reaches(points: &[f32], width: usize) -> Vec<f32> {
    let n = points.len() / width;
    let mut all = Vec::with_capacity(n);
    for part in points.chunks(ROWS * width) {
        for row in squared_distances(part, points, width).chunks_exact_mut(n) {
            // Its own place is the nearest.
            let k = REACH.min(n - 1);
            all.push(*row.select_nth_unstable_by(k, f32::total_cmp).1);
        }
    }
    all
}

/// The variance of each image's Laplacian (Pech-Pacheco et al. 2000): large where there are edges. images: (n, rows · cols).
pub fn laplacian_variances(images: &[f32], rows: usize, cols: usize) -> Vec<f64> {
    let of = |image: &[f32]| {
        let at = |y: usize, x: usize| f64::from(image[y * cols + x]);
        let inner = (1..rows.saturating_sub(1)).flat_map(|y| (1..cols.saturating_sub(1)).map(move |x| (y, x)));
        let values: Vec<f64> =
            inner.map(|(y, x)| at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1) - 4.0 * at(y, x)).collect();
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n
    };
    images.chunks_exact(rows * cols).map(of).collect()
}

/// The mean of the samples' Laplacian variance over that of the data.
pub fn blur(samples: &[f32], data: &[f32], rows: usize, cols: usize) -> Estimated {
    let (samples, data) = (laplacian_variances(samples, rows, cols), laplacian_variances(data, rows, cols));
    let data = data.iter().sum::<f64>() / data.len() as f64;
    let n = samples.len();
    Estimated::bootstrap(n, |drawn| drawn.iter().map(|&i| samples[i]).sum::<f64>() / n as f64 / data)
}
