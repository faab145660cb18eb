//! Points in the colours of a number that is known of each image.

use super::chart::Marker;
use super::page::LegendEntry;
use crate::data::{Dataset, FactorNames};
use crate::format;

/// The part of viridis that is seen on dark and on light ground.
const SEEN: [f32; 2] = [0.2, 0.94];
/// Numbers that a legend names.
const NAMED: u8 = 5;

/// What the number is called, and what its colours go from and to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub name: &'static str,
    pub range: [f32; 2],
}

impl Scale {
    /// That of a factor of a set, the first being 0; none where it is not known.
    pub fn of(dataset: &Dataset, factor: usize) -> Option<Self> {
        let FactorNames { names, ranges } = dataset.factors.as_ref()?.about;
        Some(Self { name: names.get(factor)?, range: *ranges.get(factor)? })
    }

    /// The colour of a number; of one beyond the range that of its nearer end.
    pub fn color(&self, value: f32) -> [u8; 3] {
        let [low, high] = self.range;
        self.color_at((value - low) / (high - low))
    }

    /// The colour of a share of the range.
    pub fn color_at(&self, share: f32) -> [u8; 3] {
        let share = SEEN[0] + (SEEN[1] - SEEN[0]) * share.clamp(0.0, 1.0);
        let color = colorous::VIRIDIS.eval_continuous(f64::from(share));
        [color.r, color.g, color.b]
    }

    /// The name, and some numbers in their colours.
    pub fn legend(&self) -> Vec<LegendEntry> {
        let [low, high] = self.range;
        let number = |i: u8| {
            let value = low + (high - low) * f32::from(i) / f32::from(NAMED - 1);
            let name = format::tick(f64::from(value));
            LegendEntry { name, color: self.color(value), marker: Some(Marker::Dot) }
        };
        let name = LegendEntry { name: self.name.to_owned(), color: self.color(low), marker: None };
        [name].into_iter().chain((0..NAMED).map(number)).collect()
    }
}
