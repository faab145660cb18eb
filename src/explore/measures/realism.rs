//! How real generated vectors are, and how much of the real ones there is among them: precision and recall (Kynkäänniemi et al. 2019),
//! density and coverage (Naeem et al. 2020).

use super::Estimated;
use crate::model::DistancesTo;
use crate::progress::{Cancelled, Progress};

/// The neighbour, among its own kind, at which the reach of a vector ends.
const NEIGHBOUR: usize = 3;
/// Rows of distances in memory at a time.
const ROWS: usize = 500;

/// Of generated vectors among real ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Realism {
    /// The share of generated vectors within the reach of a real one.
    pub precision: Estimated,
    /// Real vectors within whose reach a generated one is, over the 3 that would be if it were real itself.
    pub density: Estimated,
    /// The share of real vectors within the reach of a generated one.
    pub recall: Estimated,
    /// The share of real vectors within whose own reach there is a generated one.
    pub coverage: Estimated,
}

/// Real vectors (n, width), and how far each reaches.
pub struct Real {
    vectors: Vec<f32>,
    width: usize,
    /// Squared.
    reach: Vec<f32>,
}

impl Real {
    pub fn new(vectors: Vec<f32>, width: usize, progress: &Progress) -> Result<Self, Cancelled> {
        let reach = squared_reach(&vectors, width, progress)?;
        Ok(Self { vectors, width, reach })
    }

    /// generated: (m, width).
    pub fn realism_of(&self, generated: &[f32], progress: &Progress) -> Result<Realism, Cancelled> {
        let reach = squared_reach(generated, self.width, &progress.part(0.0, 0.5))?;
        let (m, n) = (reach.len(), self.reach.len());
        let to_real = DistancesTo::new(&self.vectors, self.width);
        let (mut within, mut recalled, mut nearest) = (Vec::with_capacity(m), vec![false; n], vec![f32::INFINITY; n]);
        for (part, some) in generated.chunks(ROWS * self.width).zip(reach.chunks(ROWS)) {
            progress.part(0.5, 1.0).done(within.len(), m)?;
            for (row, own) in to_real.squared_from(part).chunks_exact(n).zip(some) {
                let mut count = 0;
                for (i, &distance) in row.iter().enumerate() {
                    count += usize::from(distance <= self.reach[i]);
                    recalled[i] |= distance <= *own;
                    nearest[i] = nearest[i].min(distance);
                }
                within.push(count);
            }
        }
        let density: Vec<f64> = within.iter().map(|&count| count as f64 / NEIGHBOUR as f64).collect();
        Ok(Realism {
            precision: Estimated::share(within.iter().map(|&count| count > 0).collect()),
            density: Estimated::mean(&density),
            recall: Estimated::share(recalled),
            coverage: Estimated::share(nearest.iter().zip(&self.reach).map(|(near, reach)| near <= reach).collect()),
        })
    }
}

/// The squared distance of each vector from its third neighbour.
fn squared_reach(vectors: &[f32], width: usize, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let n = vectors.len() / width;
    let mut all = Vec::with_capacity(n);
    let to_vectors = DistancesTo::new(vectors, width);
    for part in vectors.chunks(ROWS * width) {
        progress.done(all.len(), n)?;
        for row in to_vectors.squared_from(part).chunks_exact_mut(n) {
            // Its own place is the nearest.
            let k = NEIGHBOUR.min(n - 1);
            all.push(*row.select_nth_unstable_by(k, f32::total_cmp).1);
        }
    }
    Ok(all)
}
