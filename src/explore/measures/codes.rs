//! What codes say by themselves: overlap of posteriors, separation of classes, active units, and the surgery of the KL.

use std::f64::consts::TAU;

use super::super::fields::{Cells, density};
use super::super::gaussian::{log_prior_f64, moments};
use super::super::nearest::squared_distance;
use super::super::statistics::{log_sum_exp, majority};
use super::Estimated;
use crate::config::{PLANE, Place};
use crate::model::Places;
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// A unit is active if its mean varies more than this over images (Burda et al. 2016).
const ACTIVE: f64 = 0.01;
/// Neighbours that vote on the class of a code.
const NEIGHBOURS: usize = 5;
/// Cells along a side of the grid of the aggregate posterior at most.
const MOST_ACROSS: usize = 2_000;
/// Between two reports: pairs of codes, and cells.
const PAIRS: usize = 1_000_000;
const CELLS: usize = 500_000;

/// Units whose mean varies over the images.
pub fn active_units(codes: &Places) -> usize {
    let (_, [first, _, second]) = moments(&codes.mu);
    [first, second].into_iter().filter(|&variance| variance > ACTIVE).count()
}

/// The `k` other codes nearest to each code, nearest first.
fn neighbours(mu: &[Place], k: usize, progress: &Progress) -> Result<Vec<Vec<usize>>, Cancelled> {
    let of = |i: usize| {
        // Few at a time, so that an insertion is cheap.
        let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(k + 1);
        for (j, z) in mu.iter().enumerate() {
            let distance = squared_distance(*z, mu[i]);
            if j != i && (nearest.len() < k || distance < nearest[k - 1].0) {
                let place = nearest.partition_point(|other| other.0 <= distance);
                nearest.insert(place, (distance, j));
                nearest.truncate(k);
            }
        }
        nearest.into_iter().map(|(_, j)| j).collect()
    };
    each_code(mu.len(), mu.len(), progress, of)
}

/// `of` each of `count` codes, which goes through `others` others.
fn each_code<T>(
    count: usize,
    others: usize,
    progress: &Progress,
    of: impl Fn(usize) -> T,
) -> Result<Vec<T>, Cancelled> {
    let mut progress = progress.throttled(PAIRS);
    let one = |i: usize| {
        progress.before(others, i, count)?;
        Ok(of(i))
    };
    (0..count).map(one).collect()
}

/// The Bhattacharyya coefficient ∫ √(q_a q_b) of two posteriors: 1 if they are the same, 0 if nothing overlaps.
fn bhattacharyya(a: (Place, Place), b: (Place, Place)) -> f64 {
    let of = |d: usize| {
        let [va, vb] = [a.1[d], b.1[d]].map(|logvar| f64::from(logvar).exp());
        let between = f64::from(a.0[d] - b.0[d]).powi(2);
        (2.0 * (va * vb).sqrt() / (va + vb)).sqrt() * (-0.25 * between / (va + vb)).exp()
    };
    of(0) * of(1)
}

/// How much each posterior overlaps with that of the image whose code is nearest; an AE has none.
pub fn overlap(codes: &Places, progress: &Progress) -> Result<Option<Estimated>, Cancelled> {
    let Some(logvar) = &codes.logvar else { return Ok(None) };
    let of = |(i, nearest): (usize, Vec<usize>)| {
        nearest.first().map(|&j| bhattacharyya((codes.mu[i], logvar[i]), (codes.mu[j], logvar[j])))
    };
    let values: Vec<f64> = neighbours(&codes.mu, 1, progress)?.into_iter().enumerate().filter_map(of).collect();
    Ok(Some(Estimated::mean(&values)))
}

/// The share of images whose class most of the nearest other codes have.
pub fn separation(codes: &Places, labels: &[u8], progress: &Progress) -> Result<Estimated, Cancelled> {
    let all = neighbours(&codes.mu, NEIGHBOURS, progress)?;
    let voted = |nearest: &[usize]| majority(nearest.iter().map(|&j| labels[j]));
    let hits = all.iter().zip(labels).filter(|(nearest, label)| voted(nearest) == Some(**label)).count();
    Ok(Estimated::share(hits, labels.len()))
}

/// The KL of the posteriors from the prior in two (Hoffman and Johnson 2016), in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surgery {
    /// Of index and code: how well a code tells which image it came from.
    pub mutual_information: f64,
    /// KL(q(z) ‖ p(z)) of the aggregate posterior.
    pub kl_aggregate: f64,
}

/// By quadrature on a grid that shows the narrowest posteriors but one in a hundred; where no grid could, from one draw of
/// each posterior. An AE has no posteriors.
pub fn surgery(codes: &Places, seed: u64, progress: &Progress) -> Result<Option<Surgery>, Cancelled> {
    let Some(logvar) = &codes.logvar else { return Ok(None) };
    let n = codes.mu.len() as f64;
    let sigma = |i: usize| logvar[i].map(|v| (0.5 * v).exp());
    let conditional = logvar.iter().map(|v| 1.0 + TAU.ln() + 0.5 * f64::from(v[0] + v[1])).sum::<f64>() / n;
    let (mut min, mut max, mut widths) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2], Vec::new());
    for (i, mu) in codes.mu.iter().enumerate() {
        for d in 0..2 {
            min[d] = min[d].min(mu[d] - 6.0 * sigma(i)[d]);
            max[d] = max[d].max(mu[d] + 6.0 * sigma(i)[d]);
            widths.push(sigma(i)[d]);
        }
    }
    widths.sort_unstable_by(f32::total_cmp);
    let narrow = widths[widths.len() / 100];
    let count = |d: usize| (1.5 * (max[d] - min[d]) / narrow).ceil() as usize;
    if count(0).max(count(1)) > MOST_ACROSS {
        return Ok(Some(drawn_surgery(codes, logvar, conditional, seed, progress)?));
    }
    let cells = Cells { min, max, across: count(0).max(64), down: count(1).max(64) };
    let area = f64::from(cells.cell()[0]) * f64::from(cells.cell()[1]);
    let (mut entropy, mut cross) = (0.0, 0.0);
    let densities = density(codes, &cells, &progress.part(0.0, 0.7))?;
    progress.at(0.7)?;
    for (i, (z, q)) in cells.centres().into_iter().zip(&densities).enumerate() {
        if i % CELLS == 0 {
            progress.part(0.7, 1.0).done(i, densities.len())?;
        }
        let q = f64::from(*q);
        if q > 0.0 {
            entropy -= area * q * q.ln();
            cross -= area * q * log_prior_f64(z.map(f64::from));
        }
    }
    Ok(Some(Surgery { mutual_information: entropy - conditional, kl_aggregate: cross - entropy }))
}

/// H(q) = −E log q(z) from one draw of each posterior.
fn drawn_surgery(
    codes: &Places,
    logvar: &[Place],
    conditional: f64,
    seed: u64,
    progress: &Progress,
) -> Result<Surgery, Cancelled> {
    let eps = standard_normal(&mut stream(seed, Purpose::Estimates, 1), codes.mu.len() * PLANE);
    let places = eps.as_chunks::<PLANE>().0.iter().zip(codes.mu.iter().zip(logvar));
    let places: Vec<Place> = places.map(|(eps, (mu, v))| [0, 1].map(|d| mu[d] + (0.5 * v[d]).exp() * eps[d])).collect();
    let n = codes.mu.len() as f64;
    let log_q = |z: &Place| {
        let term = |(mu, v): (&Place, &Place)| {
            let of = |d: usize| -0.5 * (f64::from(z[d] - mu[d]).powi(2) * f64::from(-v[d]).exp() + f64::from(v[d]));
            of(0) + of(1) - TAU.ln()
        };
        log_sum_exp(codes.mu.iter().zip(logvar).map(term)) - n.ln()
    };
    // A pair takes two rounds of exponentials, far longer than a distance.
    let all = each_code(places.len(), 32 * places.len(), progress, |i| log_q(&places[i]))?;
    let entropy = -all.into_iter().sum::<f64>() / n;
    let square =
        |(mu, v): (&Place, &Place)| (0..2).map(|d| f64::from(mu[d]).powi(2) + f64::from(v[d]).exp()).sum::<f64>();
    let cross = TAU.ln() + 0.5 * codes.mu.iter().zip(logvar).map(square).sum::<f64>() / n;
    Ok(Surgery { mutual_information: entropy - conditional, kl_aggregate: cross - entropy })
}
