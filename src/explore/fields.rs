//! Quantities that have a value at every place of the latent plane, on a grid of cells.

use serde::{Deserialize, Serialize};

use super::statistics::{majority, normal_quantile};
use crate::config::{Memory, Place};
use crate::data::Split;
use crate::model::{DistancesTo, Frozen, ModelError, Places, Prior};
use crate::progress::{Cancelled, Progress};

/// Neighbours that vote on the class of a decoded image.
const NEIGHBOURS: usize = 5;
/// How far a Gaussian reaches, in σ.
const REACH: f32 = 5.0;
/// Cells that are decoded together.
const CELLS: usize = 1_000;
/// Between two reports: cells that densities are added to, and images that are compared with all known ones.
const ADDED: usize = 1_000_000;
const COMPARED: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldKind {
    /// q(z), the mean of the posteriors of all images. An AE has no posteriors: Gaussians about its codes stand in.
    Density,
    /// q(z) − p(z).
    Difference,
    /// √det JᵀJ of the decoder: how much an area of the plane is enlarged in the space of images.
    Magnification,
    /// The class that the decoded image would be given by its nearest training images.
    Class,
    /// Where the encoder puts the decoded image.
    Flow,
}

impl FieldKind {
    pub const ALL: [Self; 5] = [Self::Density, Self::Difference, Self::Magnification, Self::Class, Self::Flow];

    /// What it is called, what it means, and its unit.
    pub fn describe(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Density => (
                "density q(z)",
                "The aggregate posterior q(z): the mean of the posteriors of all images shown. An AE has no posteriors; Gaussians \
                 of Scott's width about its codes stand in.",
                "per unit area",
            ),
            Self::Difference => (
                "q(z) − p(z)",
                "The aggregate posterior less the model's prior: red where codes are that the prior would not draw, blue where it \
                 draws and no code is. An AE has none and a list of words has no density: N(0, I) stands in.",
                "per unit area",
            ),
            Self::Magnification => (
                "magnification",
                "√det J′J of the decoder (J its Jacobian): how much it enlarges a small area of the plane. Where it is large, images change fast: \
                 the borders between kinds of images.",
                "grey² per unit area",
            ),
            Self::Class => (
                "decoded class",
                "The class that the decoded image would be given by its 5 nearest training images, of 5,000, by pixels.",
                "",
            ),
            Self::Flow => (
                "re-encoding",
                "Arrows from z to the encoder's mean of decoder(z), in their true length: short where the encoder agrees with the \
                 decoder.",
                "",
            ),
        }
    }
}

/// A rectangle of the plane cut into cells, row by row from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cells {
    pub min: Place,
    pub max: Place,
    pub across: usize,
    pub down: usize,
}

/// Codes of `across` x `down` images that cover the rectangle from `min` to `max` of the plane, row by row from the top:
/// each is at the centre of its cell, the second coordinate pointing up.
pub fn grid(min: Place, max: Place, across: usize, down: usize) -> Vec<Place> {
    let centre = |low: f32, high: f32, i: usize, n: usize| low + (high - low) * (i as f32 + 0.5) / n as f32;
    let row = |row| move |col| [centre(min[0], max[0], col, across), centre(max[1], min[1], row, down)];
    (0..down).flat_map(|y| (0..across).map(row(y))).collect()
}

/// Codes of `side` x `side` images, of each as many of N(0, I) as of any other: Φ⁻¹(u) of the centres u of the cells of the unit square
/// (Kingma and Welling 2014, figure 4), laid out as in `grid`.
pub fn quantile_grid(side: usize) -> Vec<Place> {
    let along: Vec<f32> = (0..side).map(|i| normal_quantile((i as f64 + 0.5) / side as f64) as f32).collect();
    along.iter().rev().flat_map(|&y| along.iter().map(move |&x| [x, y])).collect()
}

/// A field on its cells.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// A number a cell.
    Values(Vec<f32>),
    /// A class a cell.
    Classes(Vec<u16>),
    /// A code a cell.
    Targets(Vec<Place>),
}

impl Cells {
    pub fn centres(&self) -> Vec<Place> {
        grid(self.min, self.max, self.across, self.down)
    }

    /// Width and height of a cell.
    pub fn cell(&self) -> [f32; 2] {
        [(self.max[0] - self.min[0]) / self.across as f32, (self.max[1] - self.min[1]) / self.down as f32]
    }
}

/// `known` are training images that classes are read from; `codes` are of the images that q(z) is made of.
pub fn field(
    kind: FieldKind,
    cells: &Cells,
    model: &dyn Frozen,
    codes: &Places,
    known: &Split,
    progress: &Progress,
) -> Result<Field, ModelError> {
    Ok(match kind {
        FieldKind::Density => Field::Values(density(codes, cells, progress)?),
        FieldKind::Difference => {
            let prior = prior_density(model.prior()?, cells, &progress.part(0.0, 0.5))?;
            let codes = density(codes, cells, &progress.part(0.5, 1.0))?;
            Field::Values(codes.into_iter().zip(prior).map(|(q, p)| q - p).collect())
        }
        FieldKind::Magnification => Field::Values(magnification(model, cells, progress)?),
        FieldKind::Class => Field::Classes(classes(model, cells, known, progress)?),
        FieldKind::Flow => Field::Targets(targets(model, cells, progress)?),
    })
}

/// The mean of the posteriors' densities at the centre of each cell. A posterior that is narrower than a cell is widened to
/// half a cell, so that it is not missed between two centres; codes without posteriors get Scott's bandwidth
/// (σ n^(−1/6), 1992).
pub fn density(codes: &Places, cells: &Cells, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let n = codes.mu.len() as f32;
    let bandwidth = [0, 1].map(|d| {
        let mean = codes.mu.iter().map(|z| z[d]).sum::<f32>() / n;
        let variance = codes.mu.iter().map(|z| (z[d] - mean).powi(2)).sum::<f32>() / n;
        variance.sqrt() * n.powf(-1.0 / 6.0)
    });
    let posterior = |i: usize| {
        let sigma = codes.logvar.as_ref().map_or(bandwidth, |logvar| logvar[i].map(|v| (0.5 * v).exp()));
        Share { weight: 1.0 / n, mu: codes.mu[i], sigma }
    };
    sum(codes.mu.len(), posterior, cells, progress)
}

/// The density of a prior over the plane at the centre of each cell; a component that is narrower than a cell is widened as
/// posteriors are.
pub fn prior_density(prior: &Prior, cells: &Cells, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let component = |k: usize| {
        let (mean, scale) = prior.component(k);
        let place = |v: &[f64]| [v[0] as f32, v[1] as f32];
        Share { weight: prior.log_weight[k].exp() as f32, mu: place(mean), sigma: place(scale) }
    };
    sum(prior.len(), component, cells, progress)
}

/// A Gaussian along the axes of the plane, and how much it counts.
struct Share {
    weight: f32,
    mu: Place,
    sigma: Place,
}

/// The sum of `count` Gaussians at the centre of each cell.
fn sum(
    count: usize,
    share: impl Fn(usize) -> Share,
    cells: &Cells,
    progress: &Progress,
) -> Result<Vec<f32>, Cancelled> {
    let cell = cells.cell();
    let mut sums = vec![0.0; cells.across * cells.down];
    let mut progress = progress.throttled(ADDED);
    for i in 0..count {
        let Share { weight, mu, sigma } = share(i);
        let sigma = [0, 1].map(|d| sigma[d].max(0.5 * cell[d]));
        let weights = [0, 1].map(|d| {
            let (start, step, count) = match d {
                0 => (cells.min[0] + 0.5 * cell[0], cell[0], cells.across),
                _ => (cells.max[1] - 0.5 * cell[1], -cell[1], cells.down),
            };
            let at = |reach: f32| (mu[d] + reach * REACH * sigma[d] * step.signum() - start) / step;
            let (first, end) = (at(-1.0).ceil().max(0.0) as usize, (at(1.0).floor() + 1.0).clamp(0.0, count as f32));
            let scale = 1.0 / (sigma[d] * std::f32::consts::TAU.sqrt());
            let weight = |k: usize| scale * (-0.5 * ((start + step * k as f32 - mu[d]) / sigma[d]).powi(2)).exp();
            (first, (first..end as usize).map(weight).collect::<Vec<f32>>())
        });
        let [(left, across), (top, down)] = weights;
        progress.before(100 + across.len() * down.len(), i, count)?;
        for (row, down) in (top..).zip(down) {
            let row = &mut sums[row * cells.across + left.min(cells.across - 1)..];
            row.iter_mut().zip(&across).for_each(|(sum, across)| *sum += weight * down * across);
        }
    }
    Ok(sums)
}

/// √det JᵀJ at the centre of each cell, J by central differences over half a cell: pixels are in [0, 1], so it is in (root of
/// summed squared grey)² a unit area.
pub fn magnification(model: &dyn Frozen, cells: &Cells, progress: &Progress) -> Result<Vec<f32>, ModelError> {
    let half = cells.cell().map(|side| 0.25 * side);
    let around = |[x, y]: Place| [[x - half[0], y], [x + half[0], y], [x, y - half[1]], [x, y + half[1]]];
    let pixels = model.config().pixels();
    let of_cell = |four: &[f32]| {
        let image = |i: usize| &four[i * pixels..(i + 1) * pixels];
        let slope = |i: usize, d: usize| {
            image(i).iter().zip(image(i + 1)).map(move |(a, b)| f64::from((b - a) / (2.0 * half[d])))
        };
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in slope(0, 0).zip(slope(2, 1)) {
            (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
        }
        (xx * yy - xy * xy).max(0.0).sqrt() as f32
    };
    by_cells(model, cells, CELLS / 4, progress, |centres, progress| {
        let codes: Vec<Place> = centres.iter().copied().flat_map(around).collect();
        let images = model.decode_places_with(&codes, progress)?;
        Ok(images.chunks_exact(4 * pixels).map(of_cell).collect())
    })
}

/// The class of most of the nearest known images, of the nearest among equals.
fn classes(model: &dyn Frozen, cells: &Cells, known: &Split, progress: &Progress) -> Result<Vec<u16>, ModelError> {
    by_cells(model, cells, CELLS, progress, |centres, progress| {
        let decoded = model.decode_places_with(centres, &progress.part(0.0, 0.2))?;
        Ok(vote(&decoded, known, model.compute().memory, &progress.part(0.2, 1.0))?)
    })
}

/// The encoder's mean of the image of each cell.
fn targets(model: &dyn Frozen, cells: &Cells, progress: &Progress) -> Result<Vec<Place>, ModelError> {
    by_cells(model, cells, CELLS, progress, |centres, progress| {
        let images = model.decode_places_with(centres, &progress.part(0.0, 0.5))?;
        Ok(model.encode_places_with(&images, &progress.part(0.5, 1.0))?.mu)
    })
}

/// What `of` says of the centres of all cells, so many of them at a time whose images fit into the memory.
fn by_cells<T>(
    model: &dyn Frozen,
    cells: &Cells,
    some: usize,
    progress: &Progress,
    of: impl Fn(&[Place], &Progress) -> Result<Vec<T>, ModelError>,
) -> Result<Vec<T>, ModelError> {
    let centres = cells.centres();
    let mut all = Vec::with_capacity(centres.len());
    // A cell takes up to four images.
    let some = model.compute().memory.rows(4 * model.config().pixels(), some);
    let parts = centres.chunks(some);
    for (i, part) in parts.clone().enumerate() {
        all.extend(of(part, &progress.part_of(i, parts.len()))?);
    }
    Ok(all)
}

/// Of each image (n, pixels) the class by its nearest neighbours among the known, which become numbers as many at a time as fit into
/// the memory.
pub fn vote(images: &[f32], known: &Split, memory: Memory, progress: &Progress) -> Result<Vec<u16>, Cancelled> {
    let (pixels, labels) = (known.pixels(), &known.labels);
    let count = images.len() / pixels;
    let mut nearest: Vec<Vec<(f32, u16)>> = vec![Vec::new(); count];
    let add = |nearest: &mut Vec<(f32, u16)>, row: &[f32], labels: &[u16]| {
        nearest.extend(row.iter().copied().zip(labels.iter().copied()));
        let k = NEIGHBOURS.min(nearest.len());
        if k < nearest.len() {
            nearest.select_nth_unstable_by(k, |a, b| a.0.total_cmp(&b.0));
        }
        nearest.truncate(k);
        nearest.sort_by(|a, b| a.0.total_cmp(&b.0));
    };
    // As alike as can be: a part of a single image would be computed in another order.
    let parts = count.div_ceil(COMPARED);
    let of_known = known.parts(memory.rows(pixels, known.len()));
    let all = parts * of_known.len();
    progress.at(0.0)?;
    for (i, (start, some_known)) in of_known.enumerate() {
        let labels = &labels[start..start + some_known.len() / pixels];
        let some_known = DistancesTo::new(&some_known, pixels);
        for part in 0..parts {
            progress.done(i * parts + part, all)?;
            let some = part * count / parts..(part + 1) * count / parts;
            let distances = some_known.squared_from(&images[some.start * pixels..some.end * pixels]);
            let rows = distances.chunks_exact(labels.len());
            nearest[some].iter_mut().zip(rows).for_each(|(nearest, row)| add(nearest, row, labels));
        }
    }
    let class = |nearest: Vec<(f32, u16)>| majority(nearest.into_iter().map(|(_, class)| class)).unwrap_or(0);
    Ok(nearest.into_iter().map(class).collect())
}
