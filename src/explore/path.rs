//! Paths as rows of codes: between two codes, how long they are, and their codes spaced evenly.

use serde::{Deserialize, Serialize};

use crate::config::Place;
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// How a path runs between its waypoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolation {
    /// In a straight line.
    #[default]
    Linear,
    /// Along an arc about the origin (slerp; Shoemake 1985, as White 2016 proposes for latent spaces).
    Spherical,
    /// Along the path on which the decoded image changes least.
    Geodesic,
}

/// `steps` codes from `from` to `to`, both included, equal in the angle of an arc; a single step is `from`. Without a decoder a
/// geodesic is straight.
pub fn path(from: Place, to: Place, steps: usize, interpolation: Interpolation) -> Vec<Place> {
    let point = match interpolation {
        Interpolation::Linear | Interpolation::Geodesic => lerp,
        Interpolation::Spherical => slerp,
    };
    let last = steps.saturating_sub(1).max(1) as f32;
    (0..steps).map(|i| point(from, to, i as f32 / last)).collect()
}

/// How much the decoded image changes along a line of codes.
pub fn length(model: &dyn Frozen, line: &[Place], progress: &Progress) -> Result<f32, ModelError> {
    Ok(changes(model, line, progress)?.iter().sum())
}

/// ‖f(a) − f(b)‖ of each two codes that follow each other.
pub(super) fn changes(model: &dyn Frozen, line: &[Place], progress: &Progress) -> Result<Vec<f32>, ModelError> {
    let (images, pixels) = (model.decode_places_with(line, progress)?, model.config().pixels());
    let images: Vec<&[f32]> = images.chunks_exact(pixels).collect();
    Ok(images.windows(2).map(|pair| image_distance(pair[0], pair[1])).collect())
}

pub(super) fn image_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

/// ‖a − b‖ of each two codes that follow each other.
pub(super) fn distances(line: &[Place]) -> Vec<f32> {
    line.windows(2).map(|pair| (pair[0][0] - pair[1][0]).hypot(pair[0][1] - pair[1][1])).collect()
}

/// `steps` codes along a line whose pieces have these lengths, equally far from each other, the ends included.
pub(super) fn respaced(line: &[Place], lengths: &[f32], steps: usize) -> Vec<Place> {
    let total: f32 = lengths.iter().sum();
    let (mut piece, mut before) = (0, 0.0);
    let mut at = |i: usize| {
        let wanted = total * i as f32 / steps.saturating_sub(1).max(1) as f32;
        while piece + 1 < lengths.len() && before + lengths[piece] < wanted {
            before += lengths[piece];
            piece += 1;
        }
        match lengths.get(piece) {
            Some(&length) if length > 0.0 => {
                lerp(line[piece], line[piece + 1], ((wanted - before) / length).clamp(0.0, 1.0))
            }
            _ => line.last().copied().unwrap_or_default(),
        }
    };
    let end = |z: Option<&Place>| z.copied().unwrap_or_default();
    let code = |i: usize| match i {
        0 => end(line.first()),
        _ if i + 1 == steps => end(line.last()),
        _ => at(i),
    };
    (0..steps).map(code).collect()
}

pub(super) fn lerp(a: Place, b: Place, t: f32) -> Place {
    [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]
}

/// sin((1 − t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b, Ω being the angle between the ends as seen from the origin. Where that has
/// no meaning (an end at the origin, ends in one direction or in opposite ones) the path is straight.
fn slerp(a: Place, b: Place, t: f32) -> Place {
    let omega = (a[0] * b[1] - a[1] * b[0]).atan2(a[0] * b[0] + a[1] * b[1]);
    if omega.sin().abs() < 1e-6 {
        return lerp(a, b, t);
    }
    let (from, to) = (((1.0 - t) * omega).sin() / omega.sin(), (t * omega).sin() / omega.sin());
    [from * a[0] + to * b[0], from * a[1] + to * b[1]]
}
