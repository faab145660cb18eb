//! The evidence log p(x) = log ∫ p(z) p(x|z) dz by quadrature over the plane: the midpoint rule on a grid that is refined, for
//! many images at once, where each of them has its mass.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use super::super::statistics::log_sum_exp;
use super::likelihood::{Group, LogLikelihood};
use crate::config::Place;
use crate::model::{LogSum, ModelError, Places, Prior};
use crate::progress::Progress;

/// How far the prior is followed, in σ of each of its components.
const PRIOR_REACH: f64 = 5.0;
/// How far a posterior is, in σ.
const POSTERIOR_REACH: f32 = 6.0;
/// A posterior is looked for down to this σ; no decoder seen so far had a narrower one.
const NARROWEST: f32 = 2e-3;
/// Side of the squares in which cells are counted.
const SQUARE: usize = 4;
/// Nats that a cell's peak may be above its centre while the midpoint rule still holds: of a Gaussian whose σ is 0.7 of the cell's side
/// it is off by less than a thousandth.
const RESOLVED: f32 = 0.5;
/// Times that the bounds are doubled, at most.
const MOST_GROWTHS: usize = 3;
/// Cells that are cut in one go.
const CELLS: usize = 1_000;
/// Cells of images that are looked through between two reports.
const LOOKED_THROUGH: usize = 50_000;

/// Where the posterior of an image is to be looked for, however narrow it is: its encoder's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hint {
    pub mu: Place,
    /// The smaller of both.
    pub sigma: f32,
}

impl Hint {
    /// Of each image. An AE's answer has no width: a hundredth of the plane's unit stands in.
    pub fn of(codes: &Places) -> Vec<Self> {
        let sigma = |i: usize| {
            let narrow = |v: [f32; 2]| (0.5 * v[0].min(v[1])).exp();
            codes.logvar.as_ref().map_or(0.01, |logvar| narrow(logvar[i]))
        };
        codes.mu.iter().enumerate().map(|(i, &mu)| Self { mu, sigma: sigma(i) }).collect()
    }
}

/// A cell of the grid: its centre and half of each side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub centre: Place,
    pub half: [f32; 2],
    /// How much higher than at its centre log p(x|z) may be at a peak within it, whatever the image.
    pub rise: f32,
}

impl Cell {
    fn log_area(&self) -> f64 {
        (4.0 * f64::from(self.half[0]) * f64::from(self.half[1])).ln()
    }

    /// log of the prior's mass in it.
    fn log_weight(&self) -> f64 {
        let [x, y] = self.centre.map(f64::from);
        self.log_area() - 0.5 * (x * x + y * y) - TAU.ln()
    }

    fn quarters(&self) -> [Self; 4] {
        let half = self.half.map(|h| 0.5 * h);
        [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]].map(|sign: [f32; 2]| Self {
            centre: [0, 1].map(|d| self.centre[d] + sign[d] * half[d]),
            half,
            rise: 0.0,
        })
    }

    /// Whether it is too coarse to show what a hint says is there.
    fn hides(&self, hint: &Hint) -> bool {
        let sigma = hint.sigma.max(NARROWEST);
        let near = (0..2).all(|d| (hint.mu[d] - self.centre[d]).abs() <= self.half[d] + 3.0 * sigma);
        near && self.half[0].max(self.half[1]) > sigma
    }
}

/// The evidence of an image, and the cells that hold its mass.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// log p(x), in nats.
    pub log: f64,
    /// How much the last refinement changed it, in nats; that of the first grid is infinite.
    pub change: f64,
    pub has_converged: bool,
    /// Whether importance sampling found more mass than this beyond doubt.
    pub is_contradicted: bool,
    /// Cells and log of p(z) p(x|z) over each of them.
    pub cells: Vec<(Cell, f64)>,
}

impl Evidence {
    /// Known without an integral.
    pub fn exact(log: f64) -> Self {
        Self { log, change: 0.0, has_converged: true, is_contradicted: false, cells: Vec::new() }
    }

    /// Whether a cell along the bounds holds mass.
    fn is_cut_off(&self, (min, max): (Place, Place), margin: f64) -> bool {
        let most = self.cells.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
        let is_at_bounds = |cell: &Cell| {
            (0..2).any(|d| {
                let close = 1e-5 * (max[d] - min[d]);
                cell.centre[d] - cell.half[d] < min[d] + close || cell.centre[d] + cell.half[d] > max[d] - close
            })
        };
        self.cells.iter().any(|(cell, log)| *log >= most - margin && is_at_bounds(cell))
    }

    /// Whether the number may enter an average.
    pub fn is_sound(&self) -> bool {
        self.has_converged && !self.is_contradicted
    }
}

/// How an integral is taken.
#[derive(Clone, Copy, Debug)]
pub struct Quadrature {
    /// Cells along each side of the first grid, a multiple of 4.
    pub across: usize,
    /// Nats that the last refinement may change log p(x) by.
    pub tolerance: f64,
    /// Cells with a smaller share of an image's mass than e^(−margin) of the largest are refined no more.
    pub margin: f64,
    /// Refinements at most, each by half.
    pub most_levels: usize,
}

impl Default for Quadrature {
    fn default() -> Self {
        Self { across: 128, tolerance: 0.01, margin: 7.5, most_levels: 14 }
    }
}

impl Quadrature {
    /// Opposite corners of what the prior and all posteriors reach.
    pub fn bounds(prior: &Prior, hints: &[Hint]) -> (Place, Place) {
        let (low, high) = prior.bounds(PRIOR_REACH);
        let mut bounds = ([0, 1].map(|d| low[d] as f32), [0, 1].map(|d| high[d] as f32));
        for hint in hints {
            for d in 0..2 {
                bounds.0[d] = bounds.0[d].min(hint.mu[d] - POSTERIOR_REACH * hint.sigma);
                bounds.1[d] = bounds.1[d].max(hint.mu[d] + POSTERIOR_REACH * hint.sigma);
            }
        }
        bounds
    }

    /// Where cell `index` of the first grid is: cells that follow each other lie together, in squares of `SQUARE` x `SQUARE`, and four by
    /// four side by side and one row above the other, as quarters do.
    fn place(&self, index: usize) -> [usize; 2] {
        let squares = self.across / SQUARE;
        let (square, within) = (index / (SQUARE * SQUARE), index % (SQUARE * SQUARE));
        let of = |d: usize| (within >> d & 1) + 2 * (within >> (2 + d) & 1);
        [square % squares * SQUARE + of(0), square / squares * SQUARE + of(1)]
    }

    fn index(&self, [x, y]: [usize; 2]) -> usize {
        let square = y / SQUARE * (self.across / SQUARE) + x / SQUARE;
        square * SQUARE * SQUARE + (x & 1) + 2 * (y & 1) + 4 * (x >> 1 & 1) + 8 * (y >> 1 & 1)
    }

    /// The evidence of every image, within the bounds; `hints` has one an image.
    pub fn evidence(
        &self,
        likelihood: &impl LogLikelihood,
        hints: &[Hint],
        (min, max): (Place, Place),
        progress: &Progress,
    ) -> Result<Vec<Evidence>, ModelError> {
        let half = [0, 1].map(|d| 0.5 * (max[d] - min[d]) / self.across as f32);
        let mut cells: Vec<Cell> = (0..self.across * self.across)
            .map(|i| self.place(i))
            .map(|place| [0, 1].map(|d| min[d] + (2.0 * place[d] as f32 + 1.0) * half[d]))
            .map(|centre| Cell { centre, half, rise: 0.0 })
            .collect();
        let centres: Vec<Place> = cells.iter().map(|cell| cell.centre).collect();
        let weights: Vec<f64> = cells.iter().map(Cell::log_weight).collect();
        let (sums, rises) = likelihood.log_sums(&centres, &weights, self.margin, &progress.part(0.0, 0.4))?;
        cells.iter_mut().zip(rises).for_each(|(cell, rise)| cell.rise = rise);
        let hidden = |hint: &Hint| -> Vec<u32> {
            let to = |d: usize, sign: f32| {
                let z = hint.mu[d] + sign * 3.0 * hint.sigma.max(NARROWEST);
                (((z - min[d]) / (2.0 * half[d])) as usize).min(self.across - 1)
            };
            let around = (to(1, -1.0)..=to(1, 1.0)).flat_map(|y| (to(0, -1.0)..=to(0, 1.0)).map(move |x| [x, y]));
            around.map(|place| self.index(place) as u32).filter(|&i| cells[i as usize].hides(hint)).collect()
        };
        let mut images = Vec::with_capacity(sums.len());
        let mut reports = progress.part(0.4, 0.4).throttled(LOOKED_THROUGH);
        for (sum, hint) in sums.into_iter().zip(hints) {
            reports.before(sum.terms.len(), 0, 1)?;
            images.push(Image::new(sum, *hint, &hidden(hint)));
        }
        // Cells that have been cut, and the first of the four that came of them.
        let mut cut = BTreeMap::new();
        // Each level takes about half as long as the one before it.
        let mut from = 0.4;
        for _ in 0..self.most_levels {
            let to = from + 0.5 * (1.0 - from);
            self.refine(likelihood, &mut images, &mut cells, &mut cut, &progress.part(from, to))?;
            from = to;
            if images.iter().all(|image| image.is_done) {
                break;
            }
        }
        let mut reports = progress.part(1.0, 1.0).throttled(LOOKED_THROUGH);
        let evidence = |image: Image| {
            reports.before(image.leaves.len(), 0, 1)?;
            Ok(image.evidence(&cells))
        };
        images.into_iter().map(evidence).collect()
    }

    /// The same within bounds that grow as long as an image has mass along them, as a sharp likelihood draws it far out of the prior;
    /// and these bounds.
    pub fn evidence_in_reach(
        &self,
        likelihood: &impl LogLikelihood,
        hints: &[Hint],
        mut bounds: (Place, Place),
        progress: &Progress,
    ) -> Result<(Vec<Evidence>, (Place, Place)), ModelError> {
        let mut all = self.evidence(likelihood, hints, bounds, &progress.part(0.0, 0.7))?;
        for growth in 0..MOST_GROWTHS {
            if !all.iter().any(|evidence| evidence.is_cut_off(bounds, self.margin)) {
                break;
            }
            let (min, max) = bounds;
            let more = [0, 1].map(|d| 0.5 * (max[d] - min[d]));
            bounds = ([0, 1].map(|d| min[d] - more[d]), [0, 1].map(|d| max[d] + more[d]));
            let progress = progress.part(0.7, 1.0).part_of(growth, MOST_GROWTHS);
            all = self.evidence(likelihood, hints, bounds, &progress)?;
        }
        for evidence in &mut all {
            evidence.has_converged &= !evidence.is_cut_off(bounds, self.margin);
        }
        Ok((all, bounds))
    }

    /// Cuts the cells that hold mass of images that have not converged.
    fn refine(
        &self,
        likelihood: &impl LogLikelihood,
        images: &mut [Image],
        cells: &mut Vec<Cell>,
        cut: &mut BTreeMap<u32, u32>,
        progress: &Progress,
    ) -> Result<(), ModelError> {
        let mut holders: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut reports = progress.part(0.0, 0.2).throttled(LOOKED_THROUGH);
        for (i, image) in images.iter().enumerate().filter(|(_, image)| !image.is_done) {
            reports.before(image.leaves.len(), i, images.len())?;
            for cell in image.to_cut(cells, self.margin) {
                holders.entry(cell).or_default().push(i);
            }
        }
        for &cell in holders.keys() {
            cut.entry(cell).or_insert_with(|| {
                cells.extend(cells[cell as usize].quarters());
                cells.len() as u32 - 4
            });
        }
        let mut changes: Vec<Vec<(u32, [f64; 4])>> = vec![Vec::new(); images.len()];
        let holders: Vec<(u32, Vec<usize>)> = holders.into_iter().collect();
        let parts = holders.chunks(CELLS);
        for (i, part) in parts.clone().enumerate() {
            let quarters = || part.iter().flat_map(|(cell, _)| cut[cell]..cut[cell] + 4).map(|i| &cells[i as usize]);
            let codes: Vec<Place> = quarters().map(|cell| cell.centre).collect();
            let weights: Vec<f64> = quarters().map(Cell::log_weight).collect();
            let groups: Vec<Group> =
                part.iter().enumerate().map(|(i, (_, images))| (4 * i..4 * i + 4, images.clone())).collect();
            let (terms, rises) =
                likelihood.quarters(&codes, &groups, &progress.part(0.2, 0.8).part_of(i, parts.len()))?;
            let quarters = part.iter().flat_map(|(cell, _)| cut[cell]..cut[cell] + 4);
            quarters.zip(rises).for_each(|(i, rise)| cells[i as usize].rise = rise);
            for (((cell, images), terms), weights) in part.iter().zip(terms).zip(weights.as_chunks::<4>().0) {
                for (&image, terms) in images.iter().zip(terms.as_chunks::<4>().0) {
                    changes[image].push((*cell, std::array::from_fn(|i| terms[i] + weights[i])));
                }
            }
        }
        let (mut reports, count) = (progress.part(0.8, 1.0).throttled(LOOKED_THROUGH), images.len());
        for (i, (image, changes)) in images.iter_mut().zip(changes).enumerate().filter(|(_, (image, _))| !image.is_done)
        {
            reports.before(image.leaves.len(), i, count)?;
            image.replace(&changes, cells, cut, self);
        }
        Ok(())
    }
}

/// An image on the way to its evidence.
struct Image {
    hint: Hint,
    /// Cells that may be cut and the log of p(z) p(x|z) over them, by cell.
    leaves: BTreeMap<u32, f64>,
    /// log of what all other cells hold.
    rest: f64,
    log: f64,
    change: f64,
    /// Whether the last refinement changed little.
    is_settled: bool,
    /// Whether, besides, all of the encoder's answer has been looked at, and no peak can hide in a cell.
    is_done: bool,
}

impl Image {
    /// `hidden` are cells that are to be cut in any case.
    fn new(sum: LogSum, hint: Hint, hidden: &[u32]) -> Self {
        let mut leaves: BTreeMap<u32, f64> = sum.terms.into_iter().collect();
        let rest = -(log_sum_exp(leaves.values().copied()) - sum.log).exp_m1();
        for &cell in hidden {
            leaves.entry(cell).or_insert(f64::NEG_INFINITY);
        }
        Self {
            hint,
            leaves,
            rest: if rest > 0.0 { sum.log + rest.ln() } else { f64::NEG_INFINITY },
            log: sum.log,
            change: f64::INFINITY,
            is_settled: false,
            is_done: false,
        }
    }

    /// The cells that hold mass, and those that may hide some: by a peak that is narrower than they are, or the encoder's answer; the
    /// latter alone while the others hold still.
    fn to_cut(&self, cells: &[Cell], margin: f64) -> Vec<u32> {
        let least = self.leaves.values().copied().fold(f64::NEG_INFINITY, f64::max) - margin;
        let is_due = |cell: u32, log: f64| {
            (!self.is_settled && log >= least) || self.may_hide(&cells[cell as usize], log, least)
        };
        self.leaves.iter().filter(|&(&cell, &log)| is_due(cell, log)).map(|(&cell, _)| cell).collect()
    }

    /// Whether a cell with so much at its centre may hold more than `least` all the same.
    fn may_hide(&self, cell: &Cell, log: f64, least: f64) -> bool {
        (cell.rise > RESOLVED && log + f64::from(cell.rise) >= least) || cell.hides(&self.hint)
    }

    /// Puts the quarters of cells in their place.
    fn replace(&mut self, changes: &[(u32, [f64; 4])], cells: &[Cell], cut: &BTreeMap<u32, u32>, rule: &Quadrature) {
        for (cell, terms) in changes {
            self.leaves.remove(cell);
            self.leaves.extend((cut[cell]..).zip(*terms));
        }
        let log = log_sum_exp(self.leaves.values().copied().chain([self.rest]));
        self.change = (log - self.log).abs();
        self.log = log;
        self.is_settled = self.change < rule.tolerance;
        self.is_done = self.is_settled && {
            let least = self.leaves.values().copied().fold(f64::NEG_INFINITY, f64::max) - rule.margin;
            !self.leaves.iter().any(|(&cell, &log)| self.may_hide(&cells[cell as usize], log, least))
        };
    }

    fn evidence(self, cells: &[Cell]) -> Evidence {
        Evidence {
            log: self.log,
            change: self.change,
            has_converged: self.is_done,
            is_contradicted: false,
            cells: self.leaves.into_iter().map(|(cell, log)| (cells[cell as usize], log)).collect(),
        }
    }
}

/// Mean and standard error over the images whose evidence is sound, and the others, which are counted and named.
#[derive(Clone, Debug, PartialEq)]
pub struct MeanEvidence {
    /// NaN where there are none.
    pub mean: f64,
    pub standard_error: f64,
    pub sound: usize,
    /// Which of the images are left out.
    pub left_out: Vec<usize>,
}

impl MeanEvidence {
    pub fn of(all: &[Evidence]) -> Self {
        let sound: Vec<f64> = all.iter().filter(|evidence| evidence.is_sound()).map(|evidence| evidence.log).collect();
        let left_out = (0..all.len()).filter(|&i| !all[i].is_sound()).collect();
        let n = sound.len() as f64;
        let mean = sound.iter().sum::<f64>() / n;
        let variance = sound.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / n;
        Self { mean, standard_error: (variance / n).sqrt(), sound: sound.len(), left_out }
    }
}
