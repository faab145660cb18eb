//! Discs of two factors, drawn by the program: how far to the right, and how large. A code of two dimensions could hold all
//! that there is to say of them.

use rand::RngExt;

use super::contents::Sizes;
use super::found::Found;
use super::raw::RawImages;
use super::{FACTORS, FactorNames};
use crate::config::ImageShape;
use crate::random::{Purpose, stream};

const SIDE: usize = 32;
const TRAIN: usize = 4_000;
const TEST: usize = 1_000;
/// In pixels from the left edge, and half across.
const NAMES: FactorNames = FactorNames { names: ["position", "radius"], ranges: [[9.0, 23.0], [3.0, 9.0]] };

/// 5,000 discs, their factors uniform and independent, drawn by `seed`.
pub fn shapes(seed: u64) -> Found {
    let mut rng = stream(seed, Purpose::Shapes, 0);
    let mut draw = || NAMES.ranges.map(|[least, most]| rng.random_range(least..most));
    let factors: Vec<[f32; FACTORS]> = (0..TRAIN + TEST).map(|_| draw()).collect();
    Found {
        form: "discs drawn by the program".to_owned(),
        images: RawImages::uniform(
            ImageShape::grey(SIDE, SIDE),
            factors.iter().flat_map(|&[position, radius]| disc(position, radius)).collect(),
        ),
        labels: vec![0; factors.len()],
        held_out: Some((0..factors.len()).map(|i| i >= TRAIN).collect()),
        before: Some(Sizes::of(SIDE, SIDE)),
        factors: Some((NAMES, factors)),
        ..Found::default()
    }
}

/// White on black about the middle row; an edge pixel is as white as it is covered, taken for as much as its middle lies within.
fn disc(position: f32, radius: f32) -> impl Iterator<Item = u8> {
    let middle = |pixel: usize| pixel as f32 + 0.5;
    (0..SIDE * SIDE).map(move |i| {
        let (across, down) = (middle(i % SIDE) - position, middle(i / SIDE) - SIDE as f32 / 2.0);
        let inside = radius - (across * across + down * down).sqrt() + 0.5;
        (255.0 * inside.clamp(0.0, 1.0)).round() as u8
    })
}
