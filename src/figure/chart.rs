//! What a plot shows: curves over a pair of axes, as plain data for the screen and for figures.

use super::axis::Axis;
use super::theme::Ink;

/// What a point of a series is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    Dot,
    Cross,
}

/// A curve, or the points it goes through.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// In the legend, unless a series before has the same.
    pub name: String,
    pub color: [u8; 3],
    pub points: Vec<[f64; 2]>,
    /// Half of the height of a band about each point, or nothing.
    pub band: Vec<f64>,
    /// Half of the width and height of a cross of bars at each point, or nothing. Figures draw them.
    pub bars: Vec<[f64; 2]>,
    pub dashed: bool,
    /// What each point is marked with, if it is.
    pub marker: Option<Marker>,
}

/// A value that a line across the frame marks, and a name along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub name: String,
    pub value: f64,
    pub ink: Ink,
}

/// Curves with their axes.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    pub title: String,
    /// The names of the axes.
    pub x: String,
    pub y: String,
    pub logarithmic: [bool; 2],
    pub series: Vec<Series>,
    /// Values of y, as level lines.
    pub levels: Vec<Rule>,
    /// Values of x, as upright lines.
    pub uprights: Vec<Rule>,
    /// The range of x and of y, where the highest and lowest value are not what is of interest.
    pub ranges: [Option<(f64, f64)>; 2],
}

impl Chart {
    /// Both axes: the ranges that are given, or those of all that is seen and a little more.
    pub fn axes(&self) -> [Axis; 2] {
        let x = self.axis(0, &|_| true);
        // What lies outside of a given range of x is not seen, and stretches nothing.
        let y = self.axis(1, &|at| x.share(at).is_some_and(|share| (0.0..=1.0).contains(&share)));
        [x, y]
    }

    fn axis(&self, d: usize, is_seen: &dyn Fn(f64) -> bool) -> Axis {
        if let Some(range) = self.ranges[d] {
            return Axis::new(range, self.logarithmic[d]);
        }
        let along = |v: f64| if self.logarithmic[d] { v.log10() } else { v };
        let rules = if d == 0 { &self.uprights } else { &self.levels };
        let mut values: Vec<f64> = rules.iter().map(|rule| along(rule.value)).collect();
        for series in &self.series {
            for (i, point) in series.points.iter().enumerate().filter(|(_, point)| is_seen(point[0])) {
                let half = if d == 1 { series.band.get(i).copied().unwrap_or(0.0) } else { 0.0 };
                let half = series.bars.get(i).map_or(half, |bar| bar[d].max(half));
                values.extend([along(point[d] - half), along(point[d] + half)]);
            }
        }
        let finite = values.into_iter().filter(|v| v.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let margin = (0.04 * (high - low)).max(1e-3 * high.abs()).max(1e-9);
        let back = |v: f64| if self.logarithmic[d] { 10f64.powf(v) } else { v };
        Axis::new((back(low - margin), back(high + margin)), self.logarithmic[d])
    }
}
