//! Choosing among many: codes within an outline, and the nearest of them.

use crate::config::Code;
use crate::data::Split;

/// Whether `z` lies within the closed outline through `corners`, by the even-odd rule.
pub fn contains(corners: &[Code], z: Code) -> bool {
    let previous = corners.iter().cycle().skip(corners.len().saturating_sub(1));
    let crosses = |(a, b): (&Code, &Code)| {
        (a[1] > z[1]) != (b[1] > z[1]) && z[0] < a[0] + (z[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    };
    corners.iter().zip(previous).filter(|&pair| crosses(pair)).count() % 2 == 1
}

/// The `k` codes nearest to `z`, nearest first.
pub fn nearest_codes(codes: &[Code], z: Code, k: usize) -> Vec<usize> {
    nearest_by(codes.len(), k, |i| (codes[i][0] - z[0]).powi(2) + (codes[i][1] - z[1]).powi(2))
}

/// The `k` images nearest to `image` pixel by pixel, nearest first.
pub fn nearest_images(split: &Split, image: &[u8], k: usize) -> Vec<usize> {
    let square = |i: usize| -> u64 {
        split.image(i).iter().zip(image).map(|(&a, &b)| u64::from(u32::from(a.abs_diff(b)).pow(2))).sum()
    };
    nearest_by(split.len(), k, |i| square(i) as f32)
}

fn nearest_by(count: usize, k: usize, distance: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut all: Vec<(f32, usize)> = (0..count).map(|i| (distance(i), i)).collect();
    if k < all.len() {
        all.select_nth_unstable_by(k, |a, b| a.0.total_cmp(&b.0));
        all.truncate(k);
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, i)| i).collect()
}
