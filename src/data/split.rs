//! Which images are held out where no one has said so.

use rand::seq::SliceRandom;

use crate::config::Reading;
use crate::random::{Purpose, stream};

/// Whether each image is held out: the share that `reading` asks for, of every class alike, drawn by its seed; at least one
/// image, and never all.
pub fn held_out(labels: &[u16], reading: &Reading) -> Vec<bool> {
    let count = labels.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(&mut stream(reading.seed, Purpose::Division, 0));
    order.sort_by_key(|&i| labels[i]);
    let least = 1.0 / count.max(1) as f64;
    let share = reading.test_share.clamp(least, (1.0 - least).max(least));
    let mut held = vec![false; count];
    // At even distances in the order of the classes.
    let upto = |i: usize| (i as f64 * share + 0.5).floor();
    for (i, &image) in order.iter().enumerate() {
        held[image] = upto(i + 1) > upto(i);
    }
    held
}
