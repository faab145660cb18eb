//! How well codes recover the factors that images were drawn from: the share of each factor's variance that a regression from
//! codes explains on images that it was not fitted to (Eastwood and Williams 2018, "informativeness").

use nalgebra::{DMatrix, DVector};

use super::Estimated;
use super::codes::{each_code, squared_distance};
use crate::data::FACTORS;
use crate::model::Codes;
use crate::progress::{Cancelled, Progress};

/// Codes whose factors are averaged.
const NEIGHBOURS: usize = 10;
/// Images at least, so that a regression has something to stand on.
const FEWEST: usize = 40;
/// Directions of the codes that vary less than this share of the most are none.
const FLAT: f64 = 1e-10;

/// R², averaged over factors; below 0 it is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// Of a linear regression.
    pub linear: Estimated,
    /// Of the mean of the nearest codes.
    pub nearest: Estimated,
}

/// Fitted on every other image, taken on those between; nothing of too few images.
pub fn recovered(
    codes: &Codes,
    factors: &[[f32; FACTORS]],
    progress: &Progress,
) -> Result<Option<Recovered>, Cancelled> {
    let images = codes.len().min(factors.len());
    if images < FEWEST.max(4 * codes.latent) {
        return Ok(None);
    }
    let (known, asked): (Vec<usize>, Vec<usize>) = (0..images).partition(|i| i % 2 == 0);
    let truth: Vec<[f64; FACTORS]> = asked.iter().map(|&i| factors[i].map(f64::from)).collect();
    let linear = linear(codes, factors, &known, &asked);
    let nearest = each_code(asked.len(), known.len() * codes.latent.div_ceil(2), &progress.part(0.0, 0.6), |i| {
        mean_of_nearest(codes, factors, &known, asked[i])
    })?;
    let of = |guessed: &[[f64; FACTORS]], progress: Progress| {
        Estimated::bootstrap(asked.len(), &progress, |drawn| r2(guessed, &truth, drawn))
    };
    Ok(Some(Recovered {
        linear: of(&linear, progress.part(0.6, 0.8))?,
        nearest: of(&nearest, progress.part(0.8, 1.0))?,
    }))
}

/// 1 − Σ (guess − truth)² / Σ (truth − mean)² over the images drawn, averaged over factors.
fn r2(guessed: &[[f64; FACTORS]], truth: &[[f64; FACTORS]], drawn: &[usize]) -> f64 {
    let of = |factor: usize| {
        let mean = drawn.iter().map(|&i| truth[i][factor]).sum::<f64>() / drawn.len() as f64;
        let sum = |of: &dyn Fn(usize) -> f64| drawn.iter().map(|&i| of(i).powi(2)).sum::<f64>();
        let (left, all) = (sum(&|i| guessed[i][factor] - truth[i][factor]), sum(&|i| truth[i][factor] - mean));
        if all > 0.0 { (1.0 - left / all).max(0.0) } else { 0.0 }
    };
    (0..FACTORS).map(of).sum::<f64>() / FACTORS as f64
}

/// Least squares from the centred codes of `known`, with a constant.
fn linear(codes: &Codes, factors: &[[f32; FACTORS]], known: &[usize], asked: &[usize]) -> Vec<[f64; FACTORS]> {
    let count = known.len() as f64;
    let latent = codes.latent;
    let mean = DVector::from_fn(latent, |d, _| known.iter().map(|&i| f64::from(codes.of(i)[d])).sum::<f64>() / count);
    let centred = |i: usize, d: usize| f64::from(codes.of(i)[d]) - mean[d];
    let x = DMatrix::from_fn(known.len(), latent, |row, d| centred(known[row], d));
    let gram = (x.transpose() * &x).svd(true, true);
    let fit = |factor: usize| {
        let constant = known.iter().map(|&i| f64::from(factors[i][factor])).sum::<f64>() / count;
        let y = DVector::from_fn(known.len(), |row, _| f64::from(factors[known[row]][factor]) - constant);
        let flat = FLAT * gram.singular_values.max();
        // Fails only without U and V, which were asked for.
        let slopes = gram.solve(&(x.transpose() * y), flat).unwrap_or_else(|_| DVector::zeros(latent));
        (constant, slopes)
    };
    let fits: [_; FACTORS] = std::array::from_fn(fit);
    let guess = |&i: &usize| {
        let of = |(constant, slopes): &(f64, DVector<f64>)| {
            constant + (0..latent).map(|d| slopes[d] * centred(i, d)).sum::<f64>()
        };
        [of(&fits[0]), of(&fits[1])]
    };
    asked.iter().map(guess).collect()
}

/// The mean factors of the codes of `known` that lie nearest to that of `image`.
fn mean_of_nearest(codes: &Codes, factors: &[[f32; FACTORS]], known: &[usize], image: usize) -> [f64; FACTORS] {
    let mut all: Vec<(f32, usize)> =
        known.iter().map(|&i| (squared_distance(codes.of(i), codes.of(image)), i)).collect();
    let order = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    all.select_nth_unstable_by(NEIGHBOURS - 1, order);
    let of = |factor: usize| all[..NEIGHBOURS].iter().map(|&(_, i)| f64::from(factors[i][factor])).sum::<f64>();
    std::array::from_fn(|factor| of(factor) / NEIGHBOURS as f64)
}
