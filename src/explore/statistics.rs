//! Small formulas of statistics.

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
