//! The image whose code lies nearest, all around or in one direction.

use crate::config::Code;

/// The index of the code nearest to `z` and its Euclidean distance; `None` where there are no codes.
pub fn nearest(codes: &[Code], z: Code) -> Option<(usize, f32)> {
    nearest_of(codes.iter().copied().enumerate(), z)
}

/// The index of the code nearest to `from` among those that lie in `direction`, give or take 45 degrees.
pub fn neighbour(codes: &[Code], from: Code, direction: [f32; 2]) -> Option<usize> {
    let ahead = |code: &Code| {
        let (x, y) = (code[0] - from[0], code[1] - from[1]);
        let along = x * direction[0] + y * direction[1];
        along > 0.0 && along >= (x * direction[1] - y * direction[0]).abs()
    };
    nearest_of(codes.iter().copied().enumerate().filter(|(_, code)| ahead(code)), from).map(|(i, _)| i)
}

fn nearest_of(codes: impl Iterator<Item = (usize, Code)>, z: Code) -> Option<(usize, f32)> {
    let mut nearest = None;
    let mut least = f32::INFINITY;
    for (i, code) in codes {
        let square = (code[0] - z[0]).powi(2) + (code[1] - z[1]).powi(2);
        if square < least {
            (nearest, least) = (Some(i), square);
        }
    }
    nearest.map(|i| (i, least.sqrt()))
}
