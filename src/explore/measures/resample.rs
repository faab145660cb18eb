//! How sure a number is: intervals that hold it in 95 of 100 repetitions.

use rand::RngExt;

use super::super::statistics::mean_and_variance;
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, stream};

/// Of a normal distribution.
const Z: f64 = 1.96;
const RESAMPLES: usize = 200;

/// A number and its 95 % interval, if there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimated {
    pub value: f64,
    pub interval: Option<(f64, f64)>,
}

impl Estimated {
    /// A number that nothing was drawn for.
    pub fn exact(value: f64) -> Self {
        Self { value, interval: None }
    }

    /// The mean of one value an image, normal by the central limit theorem.
    pub fn mean(values: &[f64]) -> Self {
        let (mean, variance) = mean_and_variance(values);
        Self::with_error(mean, (variance / values.len() as f64).sqrt())
    }

    /// A share of `n`.
    pub fn share(hits: usize, n: usize) -> Self {
        let share = hits as f64 / n.max(1) as f64;
        let Self { value, interval } = Self::with_error(share, (share * (1.0 - share) / n.max(1) as f64).sqrt());
        Self { value, interval: interval.map(|(low, high)| (low.max(0.0), high.min(1.0))) }
    }

    fn with_error(value: f64, error: f64) -> Self {
        Self { value, interval: Some((value - Z * error, value + Z * error)) }
    }

    /// A statistic of `n` items and, by the bootstrap (Efron 1979), what it would be of others: `statistic` is given the
    /// items of a draw with replacement.
    pub fn bootstrap(n: usize, progress: &Progress, statistic: impl Fn(&[usize]) -> f64) -> Result<Self, Cancelled> {
        let all: Vec<usize> = (0..n).collect();
        let mut rng = stream(0, Purpose::Resamples, n as u64);
        let mut values = Vec::with_capacity(RESAMPLES);
        for resample in 0..RESAMPLES {
            progress.done(resample, RESAMPLES)?;
            let drawn: Vec<usize> = (0..n).map(|_| rng.random_range(0..n)).collect();
            values.push(statistic(&drawn));
        }
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| values[(share * (RESAMPLES - 1) as f64).round() as usize];
        Ok(Self { value: statistic(&all), interval: Some((at(0.025), at(0.975))) })
    }
}
