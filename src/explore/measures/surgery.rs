//! The KL of the posteriors from the prior in two (Hoffman and Johnson 2016), and between what the mutual information of images and
//! codes lies (Poole et al. 2019).

use std::f64::consts::TAU;

use super::super::fields::{Cells, density};
use super::super::statistics::log_sum_exp;
use super::Estimated;
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
#[derive(Clone, Debug, PartialEq)]
pub struct Surgery {
    /// Of index and code, the aggregate posterior being that of all images: how well a code tells which of them it came from. What
    /// it tells of images that there could be is as much or more.
    pub mutual_information: Estimated,
    /// The same where the aggregate posterior leaves the code's own image out, at one draw an image: what it tells of images that
    /// there could be is as much or less.
    pub mutual_information_upper: Estimated,
    /// KL(q(z) ‖ p(z)) of the aggregate posterior.
    pub kl_aggregate: Estimated,
}

/// Of two dimensions by quadrature on a grid that shows the narrowest posteriors but one in a hundred; of others, or where no
/// grid could, from one draw of each posterior, which also gives the intervals. An AE has no posteriors.
pub fn surgery(codes: &Codes, prior: &Prior, seed: u64, progress: &Progress) -> Result<Option<Surgery>, Cancelled> {
    let Some(logvar) = &codes.logvar else { return Ok(None) };
    let latent = codes.latent;
    let entropies: Vec<f64> = logvar.chunks_exact(latent).map(entropy).collect();
    let grid = if latent == 2 { fine_grid(codes, logvar) } else { None };
    let entropy_of_all = match &grid {
        Some(cells) => Some(entropy_on(cells, codes, &progress.part(0.0, 0.3))?),
        None => None,
    };
    let draws = Draws::of(codes, logvar, seed, &progress.part(0.3, 0.8))?;
    // E[log q(z|x)] as it is where the rest is; at the draws where that is drawn, for the errors of both are nearly the same.
    let own: Vec<f64> = match &grid {
        Some(_) => entropies.iter().map(|entropy| -entropy).collect(),
        None => draws.own.clone(),
    };
    // Quadrature on a grid and the error of draws do not go together.
    let by_quadrature = match grid.is_some() && !prior.is_normal() {
        true => divergences(prior, codes, &progress.part(0.8, 1.0))?,
        false => None,
    };
    let kl: Vec<f64> = match by_quadrature {
        Some(kl) => kl,
        None if prior.is_normal() => codes.mu.chunks_exact(latent).zip(logvar.chunks_exact(latent)).map(kl).collect(),
        None => {
            let log_p =
                |i: usize| prior.log_density(&draws.place(i, latent).iter().map(|&z| f64::from(z)).collect::<Vec<_>>());
            let work = (8 + latent) * prior.len();
            let log_p = each_code(codes.len(), work, &progress.part(0.8, 1.0), log_p)?;
            log_p.iter().zip(&own).map(|(log_p, own)| own - log_p).collect()
        }
    };
    let less = |log_q: &[f64]| log_q.iter().zip(&own).map(|(log_q, own)| own - log_q).collect::<Vec<_>>();
    let (mut within, mut without) = (less(&draws.log_q), less(&draws.log_q_of_others));
    if let Some(exact) = entropy_of_all {
        // What the draws miss, they miss with and without the image itself.
        let n = codes.len() as f64;
        let missed = exact + draws.log_q.iter().sum::<f64>() / n;
        within.iter_mut().chain(&mut without).for_each(|value| *value += missed);
    }
    let left: Vec<f64> = kl.iter().zip(&within).map(|(kl, information)| kl - information).collect();
    Ok(Some(Surgery {
        mutual_information: Estimated::mean(&within),
        mutual_information_upper: Estimated::mean(&without),
        kl_aggregate: Estimated::mean(&left),
    }))
}

/// KL(N(μ, diag σ²) ‖ N(0, I)) of a mean and ln σ²: (latent) each.
fn kl((mu, logvar): (&[f32], &[f32])) -> f64 {
    let of = |(mu, v): (&f32, &f32)| {
        let v = f64::from(*v);
        0.5 * (f64::from(*mu).powi(2) + v.exp() - 1.0 - v)
    };
    mu.iter().zip(logvar).map(of).sum()
}

/// −∫ q(z) ln q(z) dz on a grid.
fn entropy_on(cells: &Cells, codes: &Codes, progress: &Progress) -> Result<f64, Cancelled> {
    let area = f64::from(cells.cell()[0]) * f64::from(cells.cell()[1]);
    let densities = density(&codes.clone().into_places(), cells, &progress.part(0.0, 0.9))?;
    let mut entropy = 0.0;
    for (i, some) in densities.chunks(CELLS).enumerate() {
        progress.part(0.9, 1.0).done(i * CELLS, densities.len())?;
        let of = |q: f64| if q > 0.0 { -area * q * q.ln() } else { 0.0 };
        entropy += some.iter().map(|&q| of(f64::from(q))).sum::<f64>();
    }
    Ok(entropy)
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

/// A code drawn from each posterior.
struct Draws {
    /// (n, latent)
    places: Vec<f32>,
    /// log q(z|x) of each by its own posterior.
    own: Vec<f64>,
    /// log q(z) of each, of all posteriors and of all but its own.
    log_q: Vec<f64>,
    log_q_of_others: Vec<f64>,
}

impl Draws {
    fn of(codes: &Codes, logvar: &[f32], seed: u64, progress: &Progress) -> Result<Self, Cancelled> {
        let latent = codes.latent;
        let eps = standard_normal(&mut stream(seed, Purpose::Estimates, 1), codes.mu.len());
        let of = |((mu, v), eps): ((&f32, &f32), &f32)| mu + (0.5 * v).exp() * eps;
        let mut draws = Self {
            places: codes.mu.iter().zip(logvar).zip(&eps).map(of).collect(),
            own: Vec::new(),
            log_q: Vec::new(),
            log_q_of_others: Vec::new(),
        };
        let precisions: Vec<f64> = logvar.iter().map(|&v| f64::from(-v).exp()).collect();
        let constant = 0.5 * latent as f64 * TAU.ln();
        let heights: Vec<f64> = logvar
            .chunks_exact(latent)
            .map(|v| -0.5 * v.iter().map(|&v| f64::from(v)).sum::<f64>() - constant)
            .collect();
        let mut terms = vec![0.0; codes.len()];
        let log_q = |i: usize| {
            let z = draws.place(i, latent);
            let posteriors = codes.mu.chunks_exact(latent).zip(precisions.chunks_exact(latent)).zip(&heights);
            for (term, ((mu, precision), height)) in terms.iter_mut().zip(posteriors) {
                let of = |d: usize| f64::from(z[d] - mu[d]).powi(2) * precision[d];
                *term = height - 0.5 * (0..latent).map(of).sum::<f64>();
            }
            let own = std::mem::replace(&mut terms[i], f64::NEG_INFINITY);
            let others = log_sum_exp(terms.iter().copied());
            (own, log_sum_exp([own, others]), others)
        };
        // A pair takes an exponential, far longer than a distance.
        let sums = each_code(codes.len(), (8 + latent) * codes.len(), progress, log_q)?;
        let n = codes.len() as f64;
        draws.own = sums.iter().map(|(own, ..)| *own).collect();
        draws.log_q = sums.iter().map(|(_, all, _)| all - n.ln()).collect();
        draws.log_q_of_others = sums.iter().map(|(.., others)| others - (n - 1.0).ln()).collect();
        Ok(draws)
    }

    fn place(&self, i: usize, latent: usize) -> &[f32] {
        &self.places[i * latent..(i + 1) * latent]
    }
}
