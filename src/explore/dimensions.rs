//! What each latent dimension is used for: how much it says of an image, and what moves when it alone is moved.

use std::fmt::Write as _;

use super::Summary;
use crate::config::{ModelKind, ModelSpec, PLANE, PriorKind};
use crate::model::{Codes, Plane, dimension};

/// Variance of the means over images above which a dimension is active (Burda et al. 2016).
pub const ACTIVE: f64 = 0.01;
/// How far a traversal goes to either side: under N(0, 1), or in standard deviations of the codes.
pub const REACH: f64 = 3.0;

/// A latent dimension as some images use it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Counted from 0.
    pub index: usize,
    /// The mean over images of KL(q(z_d|x) ‖ N(0, 1)), in nats; none where there is no such term.
    pub kl: Option<f64>,
    /// Mean and variance over images of the codes, or of the posteriors' means.
    pub mean: f64,
    pub variance: f64,
}

impl Usage {
    pub fn is_active(&self) -> bool {
        self.variance > ACTIVE
    }

    /// What dimensions are sorted by: the KL, or else the variance.
    pub fn size(&self) -> f64 {
        self.kl.unwrap_or(self.variance)
    }

    /// From where to where a traversal of it goes: under a prior N(0, 1) three units to either side of 0, else three standard
    /// deviations of the codes to either side of their mean.
    pub fn range(&self) -> [f64; 2] {
        match self.kl {
            Some(_) => [-REACH, REACH],
            None => [-1.0, 1.0].map(|side| self.mean + side * REACH * self.variance.sqrt()),
        }
    }
}

/// Every dimension of some codes, in their order. KL of a dimension = ½ (μ² + σ² − 1 − ln σ²), averaged over images (Kingma and
/// Welling 2014, appendix B); there is one where the posterior is Gaussian and the prior N(0, I), of which alone the KL is a sum
/// over dimensions.
pub fn usage(codes: &Codes, model: &ModelSpec) -> Vec<Usage> {
    let (latent, n) = (codes.latent, codes.len().max(1) as f64);
    let logvar = codes.logvar.as_ref().filter(|_| model.has_gaussian() && model.prior == PriorKind::Normal);
    let along = |values: &[f32], d: usize, of: &dyn Fn(f64) -> f64| -> f64 {
        values.iter().skip(d).step_by(latent.max(1)).map(|&v| of(f64::from(v))).sum::<f64>() / n
    };
    let of = |d: usize| {
        let mean = along(&codes.mu, d, &|v| v);
        let variance = along(&codes.mu, d, &|v| (v - mean) * (v - mean));
        let kl = logvar.map(|logvar| {
            // Each image's own, rather than sums whose difference would lose digits.
            let variances = along(logvar, d, &|v| 0.5 * (v.exp_m1() - v));
            0.5 * along(&codes.mu, d, &|v| v * v) + variances
        });
        Usage { index: d, kl, mean, variance }
    };
    (0..latent).map(of).collect()
}

/// A summary of places in a plane with what it says of all dimensions: σ of the posteriors, and the spread of the codes.
pub fn of_all(summary: Summary, codes: &Codes) -> Summary {
    if codes.latent == PLANE || codes.is_empty() {
        return summary;
    }
    let (latent, n) = (codes.latent as f64, codes.mu.len() as f64);
    let variances = usage(codes, &ModelSpec::new(ModelKind::Ae)).iter().map(|of| of.variance).sum::<f64>();
    let sigma = |logvar: &Vec<f32>| (logvar.iter().map(|&v| f64::from(0.5 * v).exp()).sum::<f64>() / n) as f32;
    let sigma_mean = codes.logvar.as_ref().map(sigma);
    Summary { sigma_mean, mean_spread: (variances / latent).sqrt() as f32, ..summary }
}

/// Dimensions with the one that is used most first.
pub fn sorted(mut usage: Vec<Usage>) -> Vec<Usage> {
    usage.sort_by(|a, b| b.size().total_cmp(&a.size()).then(a.index.cmp(&b.index)));
    usage
}

/// Codes (steps, latent) along one dimension through a code (latent): all but that dimension stay as they are.
pub fn traversal(through: &[f32], dimension: usize, [from, to]: [f64; 2], steps: usize) -> Vec<f32> {
    let last = steps.saturating_sub(1).max(1) as f64;
    let code = |i: usize| {
        let value = from + (to - from) * i as f64 / last;
        through.iter().enumerate().map(move |(d, &z)| if d == dimension { value as f32 } else { z })
    };
    (0..steps).flat_map(code).collect()
}

/// How much of each code is drawn in a plane that it lies off: exp(−½ (r/t)²) of its distance r from the plane, t being the
/// median of these distances. None where all lie in it, as with two dimensions.
pub fn nearness(plane: &Plane, codes: &Codes) -> Option<Vec<f32>> {
    if plane.is_whole() || codes.is_empty() || plane.latent() != codes.latent {
        return None;
    }
    let distances: Vec<f32> = codes.mu.chunks_exact(codes.latent).map(|code| plane.distance(code)).collect();
    let mut ordered = distances.clone();
    let middle = ordered.len() / 2;
    let (_, &mut typical, _) = ordered.select_nth_unstable_by(middle, f32::total_cmp);
    // Rounding is no distance.
    let size = codes.mu.iter().fold(0.0f32, |size, v| size.max(v.abs()));
    if typical <= 1e-5 * size {
        return None;
    }
    Some(distances.into_iter().map(|r| (-0.5 * (r / typical).powi(2)).exp()).collect())
}

/// The indices of the `k` codes nearest to that of image `index` in all dimensions, nearest first; it is the first itself.
pub fn nearest_in_all(codes: &Codes, index: usize, k: usize) -> Vec<usize> {
    if index >= codes.len() {
        return Vec::new();
    }
    let to = codes.of(index);
    let square = |code: &[f32]| code.iter().zip(to).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    super::nearest::nearest_by(codes.mu.chunks_exact(codes.latent).map(square).collect(), k)
}

/// The usage of each run's dimensions as CSV; dimensions are counted from 1, as their names are.
pub fn usage_csv<'a>(runs: impl IntoIterator<Item = (&'a str, &'a [Usage])>) -> String {
    let mut csv = String::from("run,dimension,kl,mean,variance,active\n");
    for (name, usage) in runs {
        let name = name.replace([',', '"', '\n'], " ");
        for of in usage {
            let kl = of.kl.map(|kl| kl.to_string()).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ =
                writeln!(csv, "{name},{},{kl},{},{},{}", of.index + 1, of.mean, of.variance, u8::from(of.is_active()));
        }
    }
    csv
}

/// What a dimension is: its name, how much it is used, and whether it is active, as one reads it.
pub fn describe(of: &Usage) -> String {
    let size = match of.kl {
        Some(kl) => format!("KL {kl:.3} nats"),
        None => format!("variance {:.3}", of.variance),
    };
    let active = if of.is_active() { "active" } else { "not active" };
    format!("{}: {size}, variance of the means {:.4}: {active}", dimension(of.index), of.variance)
}
