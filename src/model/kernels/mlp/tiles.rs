//! How a batch and a layer are cut into tasks. Knows only sizes: nothing of layers or of memory.

use std::ops::Range;

/// Images that lie side by side in a layer: one side of a product that is fast and fits the nearest caches.
pub const BLOCK: usize = 128;
/// Units of a layer that one task computes: so few that the product need not copy its operands, a multiple of six because
/// its innermost loop takes six at a time.
pub const TILE: usize = 48;
/// Images that one task takes through the middle of the network; divides `BLOCK`.
pub const STRIP: usize = 32;

/// Task `index` of those that cut `total` into pieces of `size`.
pub fn part(index: usize, size: usize, total: usize) -> Range<usize> {
    index * size..((index + 1) * size).min(total)
}
