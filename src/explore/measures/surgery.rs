//! The KL of the posteriors from the prior in two (Hoffman and Johnson 2016).

use std::f64::consts::TAU;

use super::super::fields::{Cells, density};
use super::super::gaussian::log_prior_f64;
use super::super::statistics::log_sum_exp;
use super::codes::each_code;
use crate::config::Place;
use crate::model::{Codes, Prior, divergences, entropy};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// Cells along a side of the grid of the aggregate posterior at most.
const MOST_ACROSS: usize = 2_000;
/// Cells between two reports.
const CELLS: usize = 500_000;

/// In nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surgery {
    /// Of index and code: how well a code tells which image it came from.
    pub mutual_information: f64,
    /// KL(q(z) ‖ p(z)) of the aggregate posterior.
    pub kl_aggregate: f64,
}

/// Of two dimensions by quadrature on a grid that shows the narrowest posteriors but one in a hundred; of others, or where no
/// grid could, from one draw of each posterior. An AE has no posteriors.
pub fn surgery(codes: &Codes, prior: &Prior, seed: u64, progress: &Progress) -> Result<Option<Surgery>, Cancelled> {
    let Some(logvar) = &codes.logvar else { return Ok(None) };
    let latent = codes.latent;
    let n = codes.len() as f64;
    let sum = |row: &[f32]| row.iter().copied().reduce(|a, b| a + b).map_or(0.0, f64::from);
    let conditional = match latent {
        2 => logvar.chunks_exact(2).map(|v| 1.0 + TAU.ln() + 0.5 * sum(v)).sum::<f64>() / n,
        _ => logvar.chunks_exact(latent).map(entropy).sum::<f64>() / n,
    };
    let grid = if latent == 2 { fine_grid(codes, logvar) } else { None };
    let Some(cells) = grid else {
        return Ok(Some(drawn_surgery(codes, logvar, prior, conditional, seed, progress)?));
    };
    let area = f64::from(cells.cell()[0]) * f64::from(cells.cell()[1]);
    let (mut entropy, mut cross) = (0.0, 0.0);
    let densities = density(&codes.clone().into_places(), &cells, &progress.part(0.0, 0.7))?;
    progress.at(0.7)?;
    for (i, (z, q)) in cells.centres().into_iter().zip(&densities).enumerate() {
        if i % CELLS == 0 {
            progress.part(0.7, 0.9).done(i, densities.len())?;
        }
        let q = f64::from(*q);
        if q > 0.0 {
            entropy -= area * q * q.ln();
            cross -= area * q * log_prior_f64(z.map(f64::from));
        }
    }
    // A prior of many components is looked at where the posteriors are, not in every cell.
    if let Some(kl) = whole_kl(codes, prior, &progress.part(0.9, 1.0))? {
        cross = kl + conditional;
    }
    Ok(Some(Surgery { mutual_information: entropy - conditional, kl_aggregate: cross - entropy }))
}

/// The mean KL from a prior other than N(0, I), by quadrature.
fn whole_kl(codes: &Codes, prior: &Prior, progress: &Progress) -> Result<Option<f64>, Cancelled> {
    if prior.is_normal() {
        progress.at(1.0)?;
        return Ok(None);
    }
    Ok(divergences(prior, codes, progress)?.map(|each| each.iter().sum::<f64>() / codes.len() as f64))
}

/// Cells over all that posteriors of the plane reach; none where there would be too many.
fn fine_grid(codes: &Codes, logvar: &[f32]) -> Option<Cells> {
    let places = |values: &[f32]| -> Vec<Place> { values.as_chunks::<2>().0.to_vec() };
    let (mut min, mut max, mut widths) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2], Vec::new());
    for (mu, v) in places(&codes.mu).into_iter().zip(places(logvar)) {
        let sigma = v.map(|v| (0.5 * v).exp());
        for d in 0..2 {
            min[d] = min[d].min(mu[d] - 6.0 * sigma[d]);
            max[d] = max[d].max(mu[d] + 6.0 * sigma[d]);
            widths.push(sigma[d]);
        }
    }
    widths.sort_unstable_by(f32::total_cmp);
    let narrow = widths.get(widths.len() / 100)?;
    let count = |d: usize| (1.5 * (max[d] - min[d]) / narrow).ceil() as usize;
    let fits = count(0).max(count(1)) <= MOST_ACROSS;
    fits.then(|| Cells { min, max, across: count(0).max(64), down: count(1).max(64) })
}

/// H(q) = −E log q(z) from one draw of each posterior, and E log p(z) of the same draws; under N(0, I) that is known.
fn drawn_surgery(
    codes: &Codes,
    logvar: &[f32],
    prior: &Prior,
    conditional: f64,
    seed: u64,
    progress: &Progress,
) -> Result<Surgery, Cancelled> {
    let latent = codes.latent;
    let eps = standard_normal(&mut stream(seed, Purpose::Estimates, 1), codes.mu.len());
    let of = |((mu, v), eps): ((&f32, &f32), &f32)| mu + (0.5 * v).exp() * eps;
    let places: Vec<f32> = codes.mu.iter().zip(logvar).zip(&eps).map(of).collect();
    let place = |i: usize| &places[i * latent..(i + 1) * latent];
    let precisions: Vec<f64> = logvar.iter().map(|&v| f64::from(-v).exp()).collect();
    let (n, constant) = (codes.len() as f64, 0.5 * latent as f64 * TAU.ln());
    let log_q = |z: &[f32]| {
        let term = |((mu, v), precision): ((&[f32], &[f32]), &[f64])| {
            let of = |d: usize| -0.5 * (f64::from(z[d] - mu[d]).powi(2) * precision[d] + f64::from(v[d]));
            (0..latent).map(of).sum::<f64>() - constant
        };
        let posteriors = codes.mu.chunks_exact(latent).zip(logvar.chunks_exact(latent));
        let terms: Vec<f64> = posteriors.zip(precisions.chunks_exact(latent)).map(term).collect();
        log_sum_exp(terms.iter().copied()) - n.ln()
    };
    // A pair takes an exponential, far longer than a distance.
    let work = (8 + latent) * codes.len();
    let all = each_code(codes.len(), work, &progress.part(0.0, 0.9), |i| log_q(place(i)))?;
    let entropy = -all.into_iter().sum::<f64>() / n;
    let cross = if prior.is_normal() {
        let square = |(mu, v): (&[f32], &[f32])| -> f64 {
            mu.iter().zip(v).map(|(mu, v)| f64::from(*mu).powi(2) + f64::from(*v).exp()).sum()
        };
        constant + 0.5 * codes.mu.chunks_exact(latent).zip(logvar.chunks_exact(latent)).map(square).sum::<f64>() / n
    } else {
        let log_p = |i: usize| prior.log_density(&place(i).iter().map(|&z| f64::from(z)).collect::<Vec<_>>());
        let work = (8 + latent) * prior.len();
        let all = each_code(codes.len(), work, &progress.part(0.9, 1.0), log_p)?;
        -all.into_iter().sum::<f64>() / n
    };
    Ok(Surgery { mutual_information: entropy - conditional, kl_aggregate: cross - entropy })
}
