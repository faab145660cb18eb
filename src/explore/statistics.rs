//! Small formulas of statistics.

use std::f64::consts::{FRAC_PI_2, SQRT_2};

/// Mean and variance of values, the variance unbiased (over n − 1); of a single value it is 0.
pub fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0))
}

/// The value below which a share of the sorted values lie.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    sorted[low] + part * (sorted[(low + 1).min(sorted.len() - 1)] - sorted[low])
}

/// Φ⁻¹: below which value of N(0, 1) a share in (0, 1) lies.
pub fn normal_quantile(share: f64) -> f64 {
    if share > 0.5 {
        return -normal_quantile(1.0 - share);
    }
    where_it_reaches(share, |x| 0.5 * libm::erfc(-x / SQRT_2))
}

/// Below which value of Student's t of so many degrees of freedom, at least one, a share in (0, 1) lies.
pub fn student_quantile(share: f64, freedom: usize) -> f64 {
    if share < 0.5 {
        return -student_quantile(1.0 - share, freedom);
    }
    where_it_reaches(2.0 * share - 1.0, |t| student_within(t, freedom))
}

/// P(|T| < t) for t ≥ 0 by its finite sums (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).
fn student_within(t: f64, freedom: usize) -> f64 {
    let angle = (t / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let is_odd = !freedom.is_multiple_of(2);
    let (mut term, mut sum) = if is_odd { (cosine, cosine) } else { (1.0, 1.0) };
    let first = if is_odd { 3 } else { 2 };
    for k in (first..freedom.saturating_sub(1)).step_by(2) {
        term *= cosine * cosine * (k - 1) as f64 / k as f64;
        sum += term;
    }
    match freedom {
        1 => angle / FRAC_PI_2,
        _ if is_odd => (angle + sine * sum) / FRAC_PI_2,
        _ => sine * sum,
    }
}

/// Where an increasing function comes to a value, by halving until neighbouring numbers are left.
fn where_it_reaches(value: f64, of: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-1e6, 1e6);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if of(middle) < value { low = middle } else { high = middle }
    }
}

/// log Σ e^t; −∞ of nothing.
pub fn log_sum_exp(terms: impl IntoIterator<Item = f64> + Clone) -> f64 {
    let most = terms.clone().into_iter().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + terms.into_iter().map(|t| (t - most).exp()).sum::<f64>().ln()
}

/// What most of these have, who come nearest first; of several with as many votes the nearest.
pub fn majority(nearest: impl DoubleEndedIterator<Item = u16> + Clone) -> Option<u16> {
    let votes = |class: u16| nearest.clone().filter(|&other| other == class).count();
    // The last of the highest is taken.
    nearest.clone().rev().max_by_key(|&class| votes(class))
}
