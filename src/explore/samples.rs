//! Codes drawn from a Gaussian, and whether what they decode to is new.

use super::picture::Picture;
use crate::config::Code;
use crate::data::Split;

/// A Gaussian over the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    pub mean: Code,
    /// Lower triangle of the covariance's Cholesky factor: (0, 0), (1, 0), (1, 1).
    factor: [f32; 3],
}

impl Gaussian {
    /// N(0, I).
    pub const PRIOR: Self = Self { mean: [0.0, 0.0], factor: [1.0, 0.0, 1.0] };

    /// The mean and covariance of `codes`.
    pub fn fitted(codes: &[Code]) -> Self {
        let n = codes.len().max(1) as f64;
        let mean = [0, 1].map(|d| codes.iter().map(|z| f64::from(z[d])).sum::<f64>() / n);
        let covariance = |a: usize, b: usize| {
            codes.iter().map(|z| (f64::from(z[a]) - mean[a]) * (f64::from(z[b]) - mean[b])).sum::<f64>() / n
        };
        let first = covariance(0, 0).sqrt();
        let across = if first > 0.0 { covariance(1, 0) / first } else { 0.0 };
        let second = (covariance(1, 1) - across * across).max(0.0).sqrt();
        Self { mean: mean.map(|m| m as f32), factor: [first as f32, across as f32, second as f32] }
    }

    /// The code that a draw from N(0, I) stands for: mean + factor · eps.
    pub fn code(&self, eps: Code) -> Code {
        let [a, b, c] = self.factor;
        [self.mean[0] + a * eps[0], self.mean[1] + b * eps[0] + c * eps[1]]
    }
}

/// The image of `split` nearest to `picture`, pixel by pixel, and the root mean square of the difference in grey values from
/// 0 to 1; none if there is no image of that size.
pub fn nearest_image(picture: &Picture, split: &Split) -> Option<(usize, f32)> {
    if (picture.height, picture.width) != (split.rows, split.cols) {
        return None;
    }
    let square = |image: &[u8]| -> u64 {
        image.iter().zip(&picture.pixels).map(|(&a, &b)| u64::from(u32::from(a.abs_diff(b)).pow(2))).sum()
    };
    let (i, least) = (0..split.len()).map(|i| (i, square(split.image(i)))).min_by_key(|&(_, square)| square)?;
    Some((i, (least as f32 / split.pixels() as f32).sqrt() / 255.0))
}
