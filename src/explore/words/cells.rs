//! Voronoi cells: the part of a plane that each word is nearest to, as convex polygons.

use super::Words;
use crate::config::Place;
use crate::progress::{Cancelled, Progress};

/// How far beyond the outermost word a cell reaches that has no end, in extents of the words.
const REACH: f64 = 50.0;
/// Lines that cells are cut along between two reports.
const CUTS: usize = 200_000;

impl Words {
    /// The corners of each word's cell; none of a word that no place of the plane is nearest to. Where the plane cuts through
    /// more dimensions than it has, this is the cut through the cells of all of them.
    pub fn cells(&self, progress: &Progress) -> Result<Vec<Vec<Place>>, Cancelled> {
        let half = REACH * self.places.iter().flatten().fold(1.0f64, |most, v| most.max(f64::from(v.abs())));
        let whole = [[-half, -half], [half, -half], [half, half], [-half, half]];
        let mut reports = progress.throttled(CUTS);
        let mut cells = Vec::with_capacity(self.len());
        for k in 0..self.len() {
            reports.before(self.len(), k, self.len())?;
            let mut cell = whole.to_vec();
            for j in (0..self.len()).filter(|&j| j != k) {
                // ‖z − e_k‖² ≤ ‖z − e_j‖², which is a half of the plane.
                let normal = [0, 1].map(|d| 2.0 * (f64::from(self.places[j][d]) - f64::from(self.places[k][d])));
                let offset = self.squares[j] - self.squares[k];
                if normal == [0.0; 2] {
                    // Of several in one place the first is chosen.
                    if offset < 0.0 || (offset == 0.0 && j < k) {
                        cell.clear();
                    }
                } else if cell.iter().any(|corner| dot(normal, *corner) > offset) {
                    cell = cut(&cell, normal, offset);
                }
                if cell.is_empty() {
                    break;
                }
            }
            cells.push(cell.into_iter().map(|corner| corner.map(|v| v as f32)).collect());
        }
        Ok(cells)
    }
}

/// What of a convex polygon lies where normal · z ≤ offset (Sutherland and Hodgman 1974).
pub fn cut(polygon: &[[f64; 2]], normal: [f64; 2], offset: f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    let beyond = |corner: [f64; 2]| dot(normal, corner) - offset;
    for (i, &to) in polygon.iter().enumerate() {
        let from = polygon[(i + polygon.len() - 1) % polygon.len()];
        let (before, after) = (beyond(from), beyond(to));
        if (before > 0.0) != (after > 0.0) {
            let share = before / (before - after);
            kept.push([0, 1].map(|d| from[d] + share * (to[d] - from[d])));
        }
        if after <= 0.0 {
            kept.push(to);
        }
    }
    kept
}

/// What of a convex polygon lies within a rectangle, given by its lower left and upper right corner.
pub fn cut_to((min, max): (Place, Place), polygon: &[Place]) -> Vec<Place> {
    let wide: Vec<[f64; 2]> = polygon.iter().map(|corner| corner.map(f64::from)).collect();
    let sides = [([1.0, 0.0], max[0]), ([-1.0, 0.0], -min[0]), ([0.0, 1.0], max[1]), ([0.0, -1.0], -min[1])];
    let cut = sides.into_iter().fold(wide, |polygon, (normal, offset)| cut(&polygon, normal, f64::from(offset)));
    cut.into_iter().map(|corner| corner.map(|v| v as f32)).collect()
}

fn dot(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}
