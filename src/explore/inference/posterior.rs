//! The true posterior p(z|x) = p(z) p(x|z) / p(x) of an image: its density, its moments and its modes.

use std::f64::consts::TAU;

use super::super::Cells;
use super::super::gaussian::log_prior;
use super::evidence::Evidence;
use super::likelihood::LogLikelihood;
use crate::config::Place;
use crate::model::ModelError;
use crate::progress::Progress;

/// Cells along each side of the grid on which modes are looked for.
const ACROSS: usize = 64;
/// A mode is at least so high beside the highest, and so much higher than the pass to a higher one.
const SHARE: f64 = 0.01;
const PROMINENCE: f64 = 1.5;

/// What is known of a true posterior.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The places of its modes, the highest first.
    pub modes: Vec<Place>,
    pub mean: [f64; 2],
    /// (0, 0), (0, 1), (1, 1).
    pub covariance: [f64; 3],
    /// −∫ p(z|x) log p(z|x) dz, in nats.
    pub entropy: f64,
}

/// p(z|x) of image `image` at the centre of each cell.
pub fn posterior_density(
    likelihood: &impl LogLikelihood,
    image: usize,
    log_evidence: f64,
    cells: &Cells,
    progress: &Progress,
) -> Result<Vec<f64>, ModelError> {
    let centres = cells.centres();
    let terms = likelihood.of_image(image, &centres, progress)?;
    let density = |(z, term): (&Place, f64)| (term + f64::from(log_prior(*z)) - log_evidence).exp();
    Ok(centres.iter().zip(terms).map(density).collect())
}

impl Posterior {
    /// From the cells that hold an image's mass.
    pub fn new(evidence: &Evidence) -> Self {
        let mass = |log: f64| (log - evidence.log).exp();
        let total: f64 = evidence.cells.iter().map(|(_, log)| mass(*log)).sum();
        let shares = || evidence.cells.iter().map(|(cell, log)| (cell, mass(*log) / total));
        let mean = [0, 1].map(|d| shares().map(|(cell, share)| share * f64::from(cell.centre[d])).sum::<f64>());
        let about = |d: usize, z: Place| f64::from(z[d]) - mean[d];
        let covariance = [(0, 0), (0, 1), (1, 1)]
            .map(|(a, b)| shares().map(|(cell, share)| share * about(a, cell.centre) * about(b, cell.centre)).sum());
        let entropy = shares()
            .filter(|(_, share)| *share > 0.0)
            .map(|(cell, share)| -share * (share / (4.0 * f64::from(cell.half[0]) * f64::from(cell.half[1]))).ln())
            .sum();
        let cells = Self::region(evidence);
        let raster = raster(evidence, &cells);
        let density: Vec<f64> = raster.iter().map(|(density, _)| *density).collect();
        let modes = modes(&density, cells.across).into_iter().map(|i| raster[i].1).collect();
        Self { modes, mean, covariance, entropy }
    }

    /// By how much the entropy is less than that of the Gaussian with the same covariance, ½ ln((2πe)^D |C|) − H, in nats: 0 of a
    /// Gaussian, more of anything else (Comon 1994).
    pub fn negentropy(&self) -> f64 {
        let [xx, xy, yy] = self.covariance;
        1.0 + TAU.ln() + 0.5 * (xx * yy - xy * xy).ln() - self.entropy
    }

    /// A grid over all that holds mass.
    pub fn region(evidence: &Evidence) -> Cells {
        let most = evidence.cells.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
        let (mut min, mut max) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for (cell, _) in evidence.cells.iter().filter(|(_, log)| *log > most - 7.0) {
            for d in 0..2 {
                min[d] = min[d].min(cell.centre[d] - cell.half[d]);
                max[d] = max[d].max(cell.centre[d] + cell.half[d]);
            }
        }
        Cells { min, max, across: ACROSS, down: ACROSS }
    }
}

/// The density of the posterior in each cell of a grid, up to a factor, and where: the highest of the cells of the evidence that have
/// their centre there or lie about it.
fn raster(evidence: &Evidence, grid: &Cells) -> Vec<(f64, Place)> {
    let side = grid.cell();
    let mut all: Vec<(f64, Place)> = grid.centres().into_iter().map(|z| (0.0, z)).collect();
    for (cell, log) in &evidence.cells {
        let density = (log - evidence.log).exp() / (4.0 * f64::from(cell.half[0]) * f64::from(cell.half[1]));
        let at = |z: f32, d: usize| (z - grid.min[d]) / side[d];
        let [columns, rows] = [0, 1].map(|d| {
            let most = [grid.across, grid.down][d] as f32;
            let own = at(cell.centre[d], d).floor();
            // Those whose centres lie in it.
            let (from, to) = (at(cell.centre[d] - cell.half[d], d) + 0.5, at(cell.centre[d] + cell.half[d], d) - 0.5);
            let (from, to) = (from.floor().min(own).max(0.0), to.ceil().max(own + 1.0).min(most));
            from as usize..to.max(0.0) as usize
        });
        for (row, column) in rows.flat_map(|row| columns.clone().map(move |column| (row, column))) {
            // Rows are counted from the top.
            let highest = &mut all[(grid.down - 1 - row) * grid.across + column];
            if density > highest.0 {
                *highest = (density, cell.centre);
            }
        }
    }
    all
}

/// Where the modes of a density on a grid are, the highest first: as the level sinks, each peak gathers the cells around it
/// until it meets a higher one; it is a mode if it stands out by then.
fn modes(density: &[f64], across: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..density.len()).collect();
    order.sort_unstable_by(|&a, &b| density[b].total_cmp(&density[a]));
    let highest = order.first().map_or(0.0, |&i| density[i]);
    // The peak that a cell belongs to; peaks that have been swallowed point to the one that did.
    let mut peak: Vec<Option<usize>> = vec![None; density.len()];
    fn find(peak: &[Option<usize>], mut i: usize) -> usize {
        while let Some(next) = peak[i].filter(|&next| next != i) {
            i = next;
        }
        i
    }
    let mut modes = Vec::new();
    for &i in order.iter().filter(|&&i| density[i] >= SHARE * highest) {
        let (x, y) = ((i % across) as isize, (i / across) as isize);
        let around = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (x + dx, y + dy)));
        let inside = around.filter(|&(x, y)| x >= 0 && y >= 0 && (x as usize) < across);
        let neighbours = inside.map(|(x, y)| y as usize * across + x as usize).filter(|&j| j < density.len() && j != i);
        let mut roots: Vec<usize> = neighbours.filter(|&j| peak[j].is_some()).map(|j| find(&peak, j)).collect();
        roots.sort_unstable_by(|&a, &b| density[b].total_cmp(&density[a]).then(a.cmp(&b)));
        roots.dedup();
        match roots.split_first() {
            None => {
                peak[i] = Some(i);
                modes.push(i);
            }
            Some((&first, others)) => {
                peak[i] = Some(first);
                for &other in others {
                    peak[other] = Some(first);
                    if density[other] < PROMINENCE * density[i] {
                        modes.retain(|&mode| mode != other);
                    }
                }
            }
        }
    }
    modes
}
