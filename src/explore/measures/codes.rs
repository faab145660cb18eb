//! What codes say by themselves: overlap of posteriors, separation of classes, active units.

use super::super::statistics::majority;
use super::Estimated;
use crate::model::Codes;
use crate::progress::{Cancelled, Progress};

/// A unit is active if its mean varies more than this over images (Burda et al. 2016).
const ACTIVE: f64 = 0.01;
/// Neighbours that vote on the class of a code.
const NEIGHBOURS: usize = 5;
/// Pairs of codes between two reports, in numbers that are compared.
const PAIRS: usize = 1_000_000;

/// Units whose mean varies over the images.
pub fn active_units(codes: &Codes) -> usize {
    let n = codes.len().max(1) as f64;
    let is_active = |d: &usize| {
        let column = || codes.mu.iter().skip(*d).step_by(codes.latent).map(|&z| f64::from(z));
        let mean = column().sum::<f64>() / n;
        column().map(|z| (z - mean).powi(2)).sum::<f64>() / n > ACTIVE
    };
    (0..codes.latent).filter(is_active).count()
}

/// How far codes lie from their mean: the standard deviation over images, as the root mean square over dimensions.
pub fn spread(codes: &Codes) -> Estimated {
    let (latent, n) = (codes.latent, codes.len().max(1) as f64);
    let column = |d: usize| codes.mu.iter().skip(d).step_by(latent).map(|&z| f64::from(z));
    let mean: Vec<f64> = (0..latent).map(|d| column(d).sum::<f64>() / n).collect();
    let square = |z: &[f32]| z.iter().zip(&mean).map(|(&z, m)| (f64::from(z) - m).powi(2)).sum::<f64>() / latent as f64;
    Estimated::root_mean(&codes.mu.chunks_exact(latent).map(square).collect::<Vec<_>>())
}

/// σ of each posterior, averaged over dimensions; an AE has none.
pub fn sigmas(codes: &Codes) -> Option<Vec<f64>> {
    let sigma = |row: &[f32]| {
        let sum: f64 = row.iter().map(|&v| (0.5 * f64::from(v)).exp()).sum();
        sum / row.len() as f64
    };
    codes.logvar.as_ref().map(|logvar| logvar.chunks_exact(codes.latent).map(sigma).collect())
}

/// The `k` other codes nearest to each code, nearest first.
fn neighbours(codes: &Codes, k: usize, progress: &Progress) -> Result<Vec<Vec<usize>>, Cancelled> {
    let of = |i: usize| {
        // Few at a time, so that an insertion is cheap.
        let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(k + 1);
        for (j, z) in codes.mu.chunks_exact(codes.latent).enumerate() {
            let distance = squared_distance(z, codes.of(i));
            if j != i && (nearest.len() < k || distance < nearest[k - 1].0) {
                let place = nearest.partition_point(|other| other.0 <= distance);
                nearest.insert(place, (distance, j));
                nearest.truncate(k);
            }
        }
        nearest.into_iter().map(|(_, j)| j).collect()
    };
    each_code(codes.len(), codes.mu.len() / 2, progress, of)
}

/// ‖a − b‖². Several sums at a time, where there are many dimensions.
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += (a - b) * (a - b));
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b).powi(2));
    rest.sum::<f32>() + sums.iter().sum::<f32>()
}

/// `of` each of `count` codes, which goes through so many others, in pairs of a plane's codes.
pub(super) fn each_code<T>(
    count: usize,
    others: usize,
    progress: &Progress,
    mut of: impl FnMut(usize) -> T,
) -> Result<Vec<T>, Cancelled> {
    let mut progress = progress.throttled(PAIRS);
    let one = |i: usize| {
        progress.before(others, i, count)?;
        Ok(of(i))
    };
    (0..count).map(one).collect()
}

/// The Bhattacharyya coefficient ∫ √(q_a q_b) of two posteriors, each μ and ln σ² (latent): 1 if they are the same, 0 if nothing
/// overlaps.
fn bhattacharyya(a: (&[f32], &[f32]), b: (&[f32], &[f32])) -> f64 {
    let of = |d: usize| {
        let [va, vb] = [a.1[d], b.1[d]].map(|logvar| f64::from(logvar).exp());
        let between = f64::from(a.0[d] - b.0[d]).powi(2);
        (2.0 * (va * vb).sqrt() / (va + vb)).sqrt() * (-0.25 * between / (va + vb)).exp()
    };
    (0..a.0.len()).map(of).product()
}

/// How much each posterior overlaps with that of the image whose code is nearest; an AE has none.
pub fn overlap(codes: &Codes, progress: &Progress) -> Result<Option<Estimated>, Cancelled> {
    let Some(logvar) = &codes.logvar else { return Ok(None) };
    let posterior = |i: usize| (codes.of(i), &logvar[i * codes.latent..(i + 1) * codes.latent]);
    let of = |(i, nearest): (usize, Vec<usize>)| nearest.first().map(|&j| bhattacharyya(posterior(i), posterior(j)));
    let values: Vec<f64> = neighbours(codes, 1, progress)?.into_iter().enumerate().filter_map(of).collect();
    Ok(Some(Estimated::mean(&values)))
}

/// The share of images whose class most of the nearest other codes have.
pub fn separation(codes: &Codes, labels: &[u16], progress: &Progress) -> Result<Estimated, Cancelled> {
    let all = neighbours(codes, NEIGHBOURS, progress)?;
    let voted = |nearest: &[usize]| majority(nearest.iter().map(|&j| labels[j]));
    Ok(Estimated::share(all.iter().zip(labels).map(|(nearest, label)| voted(nearest) == Some(*label)).collect()))
}
