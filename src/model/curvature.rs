//! How far the log-likelihood of a code may rise within a cell of a grid: by the curvature that p(x|z) has there whatever the
//! image, its Fisher information JᵀFJ.

use super::Likelihoods;
use super::kernels::sigmoids;
use crate::config::Likelihood;
use crate::progress::{Cancelled, Progress};

/// Codes between two reports.
const CODES: usize = 4_000;

impl Likelihoods {
    /// Of codes of a plane that are, four by four, the centres of the quarters of a square or an oblong, row by row: how much higher
    /// than at the centre of a quarter log p(x|z) can be at a peak within it, ½ (h²/2) λ_max(JᵀFJ) for quarters of side h; J by the
    /// differences between the four. F is I/c for Gaussian pixels. (codes)
    pub fn rises(&self, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        let mut rises = Vec::with_capacity(self.offsets.len());
        let mut means = Vec::new();
        for some in self.weights.chunks(CODES * self.pixels) {
            progress.done(rises.len(), self.offsets.len())?;
            means.clear();
            means.extend_from_slice(some);
            match self.likelihood {
                Likelihood::Bernoulli => sigmoids(&mut means),
                Likelihood::Gaussian { c, .. } => means.iter_mut().for_each(|mean| *mean *= c as f32),
            }
            let fours = some.chunks_exact(4 * self.pixels).zip(means.chunks_exact(4 * self.pixels));
            rises.extend(fours.flat_map(|(natural, means)| [rise(natural, means, self.pixels); 4]));
        }
        Ok(rises)
    }
}

/// Of four codes, from what an exponential family is linear in and from its mean: (4, pixels) each. A quarter of λ_max, lengths being
/// in units of a quarter's sides; across each side the steeper of two differences.
fn rise(natural: &[f32], means: &[f32], pixels: usize) -> f32 {
    let apart = |all: &[f32], [a, b]: [usize; 2], p: usize| all[b * pixels + p] - all[a * pixels + p];
    let product =
        |a: [usize; 2], b: [usize; 2]| (0..pixels).map(|p| apart(natural, a, p) * apart(means, b, p)).sum::<f32>();
    let (across, up) = ([[0, 1], [2, 3]], [[0, 2], [1, 3]]);
    let steeper = |sides: [[usize; 2]; 2]| sides.map(|side| product(side, side)).into_iter().fold(0.0, f32::max);
    let (xx, yy) = (steeper(across), steeper(up));
    let xy = 0.25 * across.iter().flat_map(|x| up.map(|y| product(*x, y))).sum::<f32>();
    0.25 * (0.5 * (xx + yy) + (0.25 * (xx - yy).powi(2) + xy * xy).sqrt())
}
