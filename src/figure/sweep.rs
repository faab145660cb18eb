//! Means over the runs of a sweep, with their intervals.

use super::chart::{Chart, Marker, Rule, Series};
use super::frontier::{Trace, frontier_chart};
use super::theme::Ink;
use crate::catalogue::About;

/// An axis over which values are so far apart is logarithmic.
const FAR: f64 = 8.0;

/// A curve of means: each point, and half of its interval along x and y.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    pub name: String,
    pub color: [u8; 3],
    pub points: Vec<([f64; 2], [f64; 2])>,
}

impl Spread {
    fn series(&self) -> Series {
        let (points, bars) = self.points.iter().copied().unzip();
        let (name, color) = (self.name.clone(), self.color);
        Series { name, color, points, bars, marker: Some(Marker::Dot), ..Series::default() }
    }
}

/// A measure over a setting; `deaths` are values of β at which linear theory has units die.
pub fn setting_chart(setting: &str, about: &About, curves: &[Spread], deaths: &[f64]) -> Chart {
    let values = || curves.iter().flat_map(|curve| &curve.points).map(|(point, _)| point[0]);
    let (least, most) =
        values().filter(|x| *x > 0.0).fold((f64::INFINITY, 0.0), |(a, b): (f64, f64), x| (a.min(x), b.max(x)));
    let is_logarithmic = most > FAR * least || !deaths.is_empty();
    let seen = |curve: &Spread| {
        let points = curve.points.iter().copied().filter(|(point, _)| !is_logarithmic || point[0] > 0.0).collect();
        Spread { points, ..curve.clone() }.series()
    };
    let rule = |(i, &value): (usize, &f64)| Rule {
        name: format!("unit {} dies by linear theory", i + 1),
        value,
        ink: Ink::Quiet,
    };
    Chart {
        title: format!("{} over {setting}", about.title),
        x: setting.to_owned(),
        y: about.axis(),
        logarithmic: [is_logarithmic, false],
        series: curves.iter().map(seen).collect(),
        uprights: deaths.iter().enumerate().map(rule).collect(),
        ..Chart::default()
    }
}

/// Each run from its first epoch to its last on the plane of rate and distortion, and the means over seeds of where runs of the same
/// settings ended, joined along the curves.
pub fn frontier_of_means(traces: &[Trace], means: &[Spread]) -> Chart {
    let mut chart = frontier_chart(traces, None, None);
    // What joins single runs gives way to what joins means.
    chart.series.retain(|series| !series.dashed);
    let joined = |spread: &Spread| Series {
        dashed: true,
        marker: None,
        color: [0x80; 3],
        name: String::new(),
        ..spread.series()
    };
    chart.series.extend(means.iter().map(joined));
    chart
}
