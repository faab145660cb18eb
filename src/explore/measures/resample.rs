//! How sure a number is: intervals that hold it in 95 of 100 repetitions, and those of the difference of two runs that were
//! measured on the same images or with the same noise.

use rand::RngExt;
use std::sync::Arc;

use super::super::statistics::{mean_and_variance, quantile, student_quantile};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, stream};

/// Of a normal distribution.
const Z: f64 = 1.959_964;
const RESAMPLES: usize = 200;

/// A number, its 95 % interval, if there is one, and what it was taken of.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    /// Images, samples or steps.
    pub n: usize,
    /// Of a number of images, which of the test images they are, ascending.
    pub named: Arc<[usize]>,
    /// What it is made of, where that is more than a number: of the classes of samples the share of each.
    pub parts: Arc<[Estimated]>,
    items: Items,
}

/// What the interval of a difference is made from, item by item.
#[derive(Clone, Debug, PartialEq)]
enum Items {
    None,
    /// The first order of what each item adds: the estimate is their mean, and its error that of their mean.
    Values(Arc<[f32]>),
    /// Of a share.
    Hits(Arc<[bool]>),
    /// The statistic of each resample; those of one n are drawn alike.
    Resamples(Arc<[f64]>),
}

impl Estimated {
    /// A number that nothing was drawn for, of `n` images.
    pub fn exact(value: f64, n: usize) -> Self {
        Self { value, interval: None, n, named: Arc::default(), parts: Arc::default(), items: Items::None }
    }

    /// How many of `n` images are these.
    pub fn named(images: Vec<usize>, n: usize) -> Self {
        Self { named: images.as_slice().into(), ..Self::exact(images.len() as f64, n) }
    }

    /// A quantile, and by the bootstrap what it would be of other items.
    pub fn quantile(values: &[f64], share: f64, progress: &Progress) -> Result<Self, Cancelled> {
        Self::bootstrap(values.len(), progress, |drawn| {
            let mut some: Vec<f64> = drawn.iter().map(|&i| values[i]).collect();
            some.sort_unstable_by(f64::total_cmp);
            quantile(&some, share)
        })
    }

    /// The same, made of these.
    pub fn of_parts(self, parts: Vec<Self>) -> Self {
        Self { parts: parts.into(), ..self }
    }

    /// The mean of one value an item, normal by the central limit theorem.
    pub fn mean(values: &[f64]) -> Self {
        Self::first_order(mean_and_variance(values).0, values.to_vec())
    }

    /// √ of the mean of squares, by the delta method.
    pub fn root_mean(squares: &[f64]) -> Self {
        let root = mean_and_variance(squares).0.sqrt();
        let slope = if root > 0.0 { 0.5 / root } else { 0.0 };
        Self::first_order(root, squares.iter().map(|square| root + slope * (square - root * root)).collect())
    }

    /// The ratio of the means of two kinds of items, as many of each and drawn independently, by the delta method.
    pub fn ratio(over: &[f64], under: &[f64]) -> Self {
        let below = mean_and_variance(under).0;
        let ratio = mean_and_variance(over).0 / below;
        let of = |(a, b): (&f64, &f64)| ratio + (a - ratio * b) / below;
        Self::first_order(ratio, over.iter().zip(under).map(of).collect())
    }

    /// The mean of a value of which only some items are known, spread among all: as the mean of `known`, which all items have, and
    /// that of the rest. The same as their mean where all are known, else surer than that of some (Cochran 1977, difference
    /// estimator). rest: of items `some`, each an index of `known`.
    pub fn mean_of_some(known: &[f64], rest: &[f64], some: &[usize]) -> Self {
        let (mean_rest, weight) = (mean_and_variance(rest).0, known.len() as f64 / rest.len() as f64);
        let mut values: Vec<f64> = known.iter().map(|known| known + mean_rest).collect();
        some.iter().zip(rest).for_each(|(&i, rest)| values[i] += weight * (rest - mean_rest));
        let all = Self::first_order(mean_and_variance(known).0 + mean_rest, values);
        Self { n: rest.len(), ..all }
    }

    /// The mean of one value a run, of runs that differ in their seeds alone, by Student's t: normal values, a few of them. Of a
    /// single run there is no interval.
    pub fn over_seeds(values: &[f64]) -> Self {
        let (mean, variance) = mean_and_variance(values);
        let n = values.len();
        let half = |n: usize| student_quantile(0.975, n - 1) * (variance / n as f64).sqrt();
        let interval = (n > 1).then(|| (mean - half(n), mean + half(n)));
        Self { interval, ..Self::exact(mean, n) }
    }

    fn first_order(value: f64, values: Vec<f64>) -> Self {
        let error = (mean_and_variance(&values).1 / values.len() as f64).sqrt();
        let items = Items::Values(values.iter().map(|&v| v as f32).collect());
        Self { interval: Some((value - Z * error, value + Z * error)), items, ..Self::exact(value, values.len()) }
    }

    /// The share of items that are hits, with the interval of Wilson (1927), which is no point where there are none or all are.
    pub fn share(hits: Vec<bool>) -> Self {
        let n = hits.len().max(1) as f64;
        let share = hits.iter().filter(|&&hit| hit).count() as f64 / n;
        let middle = (share + 0.5 * Z * Z / n) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + 0.25 * (Z / n).powi(2)).sqrt();
        let interval = Some(((middle - half).max(0.0), (middle + half).min(1.0)));
        Self { interval, items: Items::Hits(hits.clone().into()), ..Self::exact(share, hits.len()) }
    }

    /// The share of items that are none; of a share.
    pub fn complement(&self) -> Option<Self> {
        match &self.items {
            Items::Hits(hits) => Some(Self::share(hits.iter().map(|hit| !hit).collect())),
            _ => None,
        }
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
        let interval = Some(middle_of(values.clone()));
        Ok(Self { interval, items: Items::Resamples(values.into()), ..Self::exact(statistic(&all), n) })
    }

    /// By how much this is more than `other`, the items of both being the same images or drawn with the same noise: the interval
    /// is that of pairs. None where there are no pairs.
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let value = self.value - other.value;
        match (&self.items, &other.items) {
            // What each has of every image, though it may be known of fewer of one.
            (Items::Values(a), Items::Values(b)) if a.len() == b.len() => {
                let apart = a.iter().zip(b.iter()).map(|(a, b)| f64::from(*a) - f64::from(*b)).collect();
                let of_pairs = Self::first_order(value, apart);
                Some(Self { n: self.n.min(other.n), ..of_pairs })
            }
            _ if self.n != other.n => None,
            (Items::None, Items::None) => Some(Self::exact(value, self.n)),
            (Items::Hits(a), Items::Hits(b)) => {
                let only = |of: &[bool], not: &[bool]| of.iter().zip(not).filter(|(a, b)| **a && !**b).count();
                let interval = Some(paired(only(a, b), only(b, a), self.n));
                Some(Self { interval, ..Self::exact(value, self.n) })
            }
            (Items::Resamples(a), Items::Resamples(b)) => {
                let apart: Vec<f64> = a.iter().zip(b.iter()).map(|(a, b)| a - b).collect();
                let interval = Some(middle_of(apart.clone()));
                Some(Self { interval, items: Items::Resamples(apart.into()), ..Self::exact(value, self.n) })
            }
            _ => None,
        }
    }
}

/// Where the middle 95 % of some values are.
fn middle_of(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    (quantile(&values, 0.025), quantile(&values, 0.975))
}

/// The interval of a difference of two shares of the same `n` items, of which some were a hit only of the first, some only of the
/// second (Bonett and Price 2012).
fn paired(first: usize, second: usize, n: usize) -> (f64, f64) {
    let of = |count: usize| (count + 1) as f64 / (n + 2) as f64;
    let (a, b) = (of(first), of(second));
    let half = Z * ((a + b - (a - b).powi(2)) / (n + 2) as f64).sqrt();
    ((a - b - half).max(-1.0), (a - b + half).min(1.0))
}
