//! Where the ticks of an axis are and how they read.

use crate::format;

/// Values from one end of a frame to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// The ends; along a logarithmic axis their decimal logarithms.
    low: f64,
    high: f64,
    logarithmic: bool,
}

/// A tick, at a share of the axis from its low end.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub share: f32,
    pub value: f64,
    pub text: String,
}

impl Axis {
    /// From the lowest value to the highest. A range that holds nothing, or hardly more than one number, is widened.
    pub fn new((low, high): (f64, f64), logarithmic: bool) -> Self {
        let along = |value: f64| if logarithmic { value.log10() } else { value };
        let (low, high) = (along(low), along(high));
        let (low, high) = if low.is_finite() && high.is_finite() && low <= high { (low, high) } else { (0.0, 1.0) };
        let least = (1e-6 * low.abs().max(high.abs())).max(1e-9);
        let missing = (least - (high - low)).max(0.0);
        Self { low: low - 0.5 * missing, high: high + 0.5 * missing, logarithmic }
    }

    /// The value at a share of the axis from its low end.
    pub fn value(&self, share: f64) -> f64 {
        let along = self.low + share * (self.high - self.low);
        if self.logarithmic { 10f64.powf(along) } else { along }
    }

    /// How far along the axis a value is, from 0 to 1 and beyond; none where a logarithm has no value.
    pub fn share(&self, value: f64) -> Option<f32> {
        let along = if self.logarithmic { value.log10() } else { value };
        let share = ((along - self.low) / (self.high - self.low)) as f32;
        share.is_finite().then_some(share)
    }

    /// Ticks about `spacing` pixels from each other on an axis of a length in pixels; two at least.
    pub fn ticks(&self, length: f32, spacing: f32) -> Vec<Tick> {
        let most = f64::from(length / spacing).max(2.0);
        if !self.logarithmic {
            let step = step(self.low, self.high, most);
            return multiples(self.low, self.high, step).map(|v| self.tick(v, format::multiple(v, step))).collect();
        }
        let stride = ((self.high - self.low) / most).ceil().max(1.0);
        let powers = |stride: f64| multiples(self.low, self.high, stride).map(|power| 10f64.powf(power));
        let whole = self.low.floor() as i32..=self.high.ceil() as i32;
        let parts = whole.flat_map(|power| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(power)));
        let parts = parts.filter(|v| (self.low..=self.high).contains(&v.log10()));
        let is_wide = self.high - self.low > 2.0;
        let values = [powers(stride).collect(), powers(1.0).collect(), parts.collect::<Vec<_>>()];
        let values = values.into_iter().find(|values| values.len() > if is_wide { 1 } else { 2 });
        match values {
            Some(values) => values.into_iter().map(|v| self.tick(v, format::multiple(v, v))).collect(),
            None => {
                let (low, high) = (self.value(0.0), self.value(1.0));
                let step = step(low, high, most);
                multiples(low, high, step).map(|v| self.tick(v, format::multiple(v, step))).collect()
            }
        }
    }

    fn tick(&self, value: f64, text: String) -> Tick {
        Tick { share: self.share(value).unwrap_or_default(), value, text }
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that parts a range in no more than `most`; a smaller one where less than two
/// of its multiples are in the range.
fn step(low: f64, high: f64, most: f64) -> f64 {
    let rough = (high - low) / most;
    let power = 10f64.powf(rough.log10().floor());
    let coarse_first = [10.0, 5.0, 2.0, 1.0, 0.5, 0.2].map(|m| m * power);
    let is_enough = |step: &f64| multiples(low, high, *step).count() > 1;
    let is_coarse = |step: &&f64| **step >= rough * (1.0 - 1e-9);
    let coarse = coarse_first.iter().rev().find(is_coarse).copied().filter(is_enough);
    coarse.or_else(|| coarse_first.into_iter().find(is_enough)).unwrap_or(rough)
}

/// The multiples of `step` in a range.
fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let (first, last) = ((low / step - 1e-6).ceil() as i64, (high / step + 1e-6).floor() as i64);
    (first..=last).map(move |i| i as f64 * step)
}
