//! Choosing among codes by an outline drawn about them.

use crate::config::Place;

/// Whether `z` lies within the closed outline through `corners`, by the even-odd rule.
pub fn contains(corners: &[Place], z: Place) -> bool {
    let previous = corners.iter().cycle().skip(corners.len().saturating_sub(1));
    let crosses = |(a, b): (&Place, &Place)| {
        (a[1] > z[1]) != (b[1] > z[1]) && z[0] < a[0] + (z[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    };
    corners.iter().zip(previous).filter(|&pair| crosses(pair)).count() % 2 == 1
}
