//! Paths from one code to another.

use serde::{Deserialize, Serialize};

use crate::config::Code;

/// How a path runs between its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolation {
    /// In a straight line.
    #[default]
    Linear,
    /// Along an arc about the origin (slerp; Shoemake 1985, as White 2016 proposes for latent spaces).
    Spherical,
}

/// `steps` codes from `from` to `to`, both included; a single step is `from`.
pub fn path(from: Code, to: Code, steps: usize, interpolation: Interpolation) -> Vec<Code> {
    let point = match interpolation {
        Interpolation::Linear => lerp,
        Interpolation::Spherical => slerp,
    };
    let last = steps.saturating_sub(1).max(1) as f32;
    (0..steps).map(|i| point(from, to, i as f32 / last)).collect()
}

fn lerp(a: Code, b: Code, t: f32) -> Code {
    [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]
}

/// sin((1 − t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b, Ω being the angle between the ends as seen from the origin. Where that has
/// no meaning (an end at the origin, ends in one direction or in opposite ones) the path is straight.
fn slerp(a: Code, b: Code, t: f32) -> Code {
    let omega = (a[0] * b[1] - a[1] * b[0]).atan2(a[0] * b[0] + a[1] * b[1]);
    if omega.sin().abs() < 1e-6 {
        return lerp(a, b, t);
    }
    let (from, to) = (((1.0 - t) * omega).sin() / omega.sin(), (t * omega).sin() / omega.sin());
    [from * a[0] + to * b[0], from * a[1] + to * b[1]]
}
