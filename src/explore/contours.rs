//! Contours of a prior's density over the plane: the lines within which given shares of its mass lie, by marching squares.

use super::{Cells, fields::prior_density};
use crate::config::Place;
use crate::model::Prior;
use crate::progress::{Cancelled, Progress};

/// How far from a component the grid reaches, in its scales.
const REACH: f64 = 5.0;
/// Cells to the smallest scale of any component, and along the longer side at least and at most.
const CELLS_A_SCALE: f64 = 2.0;
const FEWEST: f64 = 160.0;
const MOST: f64 = 640.0;
/// What counts as nothing beside a level: keeps logarithms finite.
const NOTHING: f64 = 1e-9;

/// Where a density is as large as it is on the edge of the region that holds a share of its mass.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// The share of the mass within: where the density is larger than on the lines.
    pub mass: f64,
    /// Closed lines.
    pub lines: Vec<Vec<Place>>,
}

/// The mass of N(0, I) over the plane within so many σ: 1 − exp(−r²/2).
pub fn mass_within(sigmas: f64) -> f64 {
    -(-0.5 * sigmas * sigmas).exp_m1()
}

/// Of a prior over the plane, which has as much mass within each contour as N(0, I) has within 1, 2 and 3 σ.
pub fn contours(prior: &Prior, progress: &Progress) -> Result<[Contour; 3], Cancelled> {
    let cells = cells(prior);
    let density = prior_density(prior, &cells, &progress.part(0.0, 0.7))?;
    let mut sorted: Vec<f32> = density.iter().copied().filter(|&p| p > 0.0).collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    progress.at(0.8)?;
    let total: f64 = sorted.iter().map(|&p| f64::from(p)).sum();
    let contour = |sigmas: f64| {
        let mass = mass_within(sigmas);
        let mut within = 0.0;
        let edge = sorted.iter().find(|&&p| {
            within += f64::from(p);
            within >= mass * total
        });
        let lines = edge.map_or_else(Vec::new, |&level| lines(&density, &cells, f64::from(level)));
        Contour { mass, lines }
    };
    Ok([1.0, 2.0, 3.0].map(contour))
}

/// Square cells that cover all that a prior reaches.
fn cells(prior: &Prior) -> Cells {
    let (low, high) = prior.bounds(REACH);
    let size = [0, 1].map(|d| high[d] - low[d]);
    let longer = size[0].max(size[1]);
    let smallest = prior.scale.iter().copied().fold(f64::INFINITY, f64::min);
    let along = (CELLS_A_SCALE * longer / smallest).clamp(FEWEST, MOST);
    let count = |d: usize| (along * size[d] / longer).ceil().max(2.0) as usize;
    let corner = |v: &[f64]| [v[0] as f32, v[1] as f32];
    Cells { min: corner(&low), max: corner(&high), across: count(0), down: count(1) }
}

/// The lines along which values on cells (down, across) are `level`, each closed: outside of the cells is nothing. Between two centres the logarithm of the value is taken to be linear.
pub fn lines(values: &[f32], cells: &Cells, level: f64) -> Vec<Vec<Place>> {
    let grid = Grid { values, cells, level };
    // Each edge between two corners is left by one piece of a line at most: where that piece leads.
    let (wide, high) = (cells.across + 2, cells.down + 2);
    let mut next: Vec<u32> = vec![NONE; 2 * wide * high];
    for y in 0..high - 1 {
        for x in 0..wide - 1 {
            grid.pieces(x, y, |from, to| next[from] = to as u32);
        }
    }
    let mut all = Vec::new();
    for start in 0..next.len() {
        let (mut line, mut edge) = (Vec::new(), start);
        while next[edge] != NONE {
            line.push(grid.crossing(edge));
            edge = std::mem::replace(&mut next[edge], NONE) as usize;
        }
        if !line.is_empty() {
            all.push(line);
        }
    }
    all
}

const NONE: u32 = u32::MAX;

/// The centres of cells with a border of zeros around them: corner (0, 0) is outside, at the upper left.
struct Grid<'a> {
    values: &'a [f32],
    cells: &'a Cells,
    level: f64,
}

impl Grid<'_> {
    fn value(&self, [x, y]: [usize; 2]) -> f64 {
        let is_outside = x == 0 || y == 0 || x > self.cells.across || y > self.cells.down;
        if is_outside { 0.0 } else { f64::from(self.values[(y - 1) * self.cells.across + x - 1]) }
    }

    fn is_within(&self, corner: [usize; 2]) -> bool {
        self.value(corner) >= self.level
    }

    fn place(&self, [x, y]: [usize; 2]) -> [f64; 2] {
        let cell = self.cells.cell().map(f64::from);
        let (left, top) = (f64::from(self.cells.min[0]), f64::from(self.cells.max[1]));
        [left + (x as f64 - 0.5) * cell[0], top - (y as f64 - 0.5) * cell[1]]
    }

    /// The edge to the right of a corner, and the one below it.
    fn edge(&self, [x, y]: [usize; 2], is_below: bool) -> usize {
        2 * (y * (self.cells.across + 2) + x) + usize::from(is_below)
    }

    /// Where the level is on an edge.
    fn crossing(&self, edge: usize) -> Place {
        let (corner, wide) = (edge / 2, self.cells.across + 2);
        let a = [corner % wide, corner / wide];
        let b = if edge % 2 == 1 { [a[0], a[1] + 1] } else { [a[0] + 1, a[1]] };
        let log = |corner| self.value(corner).max(NOTHING * self.level).ln();
        let (from, to) = (log(a), log(b));
        let share = ((self.level.ln() - from) / (to - from)).clamp(0.0, 1.0);
        let (start, end) = (self.place(a), self.place(b));
        [0, 1].map(|d| (start[d] + share * (end[d] - start[d])) as f32)
    }

    /// The pieces of lines in the square between four corners, from edge to edge.
    fn pieces(&self, x: usize, y: usize, mut piece: impl FnMut(usize, usize)) {
        // Clockwise on the screen from the upper left.
        let corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]];
        let within = corners.map(|corner| self.is_within(corner));
        if within.iter().all(|&is| is == within[0]) {
            return;
        }
        let edges = [
            self.edge([x, y], false),
            self.edge([x + 1, y], true),
            self.edge([x, y + 1], false),
            self.edge([x, y], true),
        ];
        let enters = |i: usize| !within[i] && within[(i + 1) % 4];
        let leaves = |i: usize| within[i] && !within[(i + 1) % 4];
        // In a saddle the mean of the corners says whether those within are joined.
        let is_joined = corners.iter().map(|&corner| self.value(corner)).sum::<f64>() >= 4.0 * self.level;
        for i in (0..4).filter(|&i| leaves(i)) {
            let step = if is_joined { 1 } else { 3 };
            let to = (1..4).map(|n| (i + n * step) % 4).find(|&j| enters(j));
            to.into_iter().for_each(|j| piece(edges[i], edges[j]));
        }
    }
}
