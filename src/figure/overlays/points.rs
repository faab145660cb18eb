//! The codes of the images.

use super::super::cloud::Cloud;
use super::super::marks::Mark;

/// How opaque codes are over a manifold or a field, which they would hide.
pub const FADED: f32 = 0.55;

/// The codes, faded where something fills the plane behind them.
pub fn marks(cloud: &Cloud, is_filled: bool) -> [Mark; 1] {
    [Mark::Points { cloud: cloud.clone(), opacity: if is_filled { FADED } else { 1.0 } }]
}
