//! The plane of rate and distortion: runs on it, and what linear theory says of it.

use super::chart::{Chart, Marker, Rule, Series};
use super::palette::RUNS;
use super::theme::{Ink, WARNING};
use crate::explore::Frontier;
use crate::format;

/// Points of the curve of linear theory.
const POINTS: u8 = 60;
/// Units that have a line of their own in the legend, at most.
const NAMED: usize = 3;
const GREY: [u8; 3] = [0x80; 3];

/// A run on the plane of rate (kl) and distortion (recon), in nats per image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    pub name: String,
    pub color: [u8; 3],
    pub beta: f64,
    /// (kl, recon) on held-out images, the newest last.
    pub points: Vec<[f64; 2]>,
}

/// The frontier by linear theory, through a run of a β above 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The β and the place (kl, recon) of the run.
    pub beta: f64,
    pub at: [f64; 2],
    /// Latent dimensions of the run.
    pub units: usize,
    /// The β at which each unit dies.
    pub deaths: Vec<f64>,
}

impl Theory {
    /// Through the newest place of a run; none where it has no place or no β. A unit along which the data do not vary was never
    /// alive.
    pub fn through(trace: &Trace, units: usize, mut deaths: Vec<f64>) -> Option<Self> {
        let (at, known) = (*trace.points.last()?, deaths.len());
        deaths.retain(|&beta| beta > 0.0);
        let units = units - (known - deaths.len()).min(units);
        (trace.beta > 0.0).then_some(Self { beta: trace.beta, at, units, deaths })
    }

    fn frontier(&self) -> Frontier {
        Frontier::new(self.beta, self.at, self.units, &self.deaths)
    }

    /// The rate at which the frontier has the slope −β.
    pub fn rate_at(&self, beta: f64) -> f64 {
        self.frontier().rate(beta)
    }

    /// The β and the distortion at a rate.
    pub fn at_rate(&self, kl: f64) -> (f64, f64) {
        let frontier = self.frontier();
        let beta = frontier.beta(kl);
        (beta, frontier.distortion(beta))
    }

    /// The lowest and the highest rate of the curve: as far as the units live, at least.
    fn rates(&self) -> (f64, f64) {
        let least = self.deaths.iter().map(|&beta| self.rate_at(beta)).fold(0.5 * self.at[0], f64::min);
        (least, 1.6 * self.at[0])
    }

    /// The dashed curve, and a cross where each unit dies.
    fn series(&self) -> Vec<Series> {
        let (low, high) = self.rates();
        let rate = |i: u8| low + (high - low) * f64::from(i) / f64::from(POINTS);
        let points = (0..=POINTS).map(rate).map(|kl| [kl, self.at_rate(kl).1]).collect();
        let curve = Series { name: "linear theory".to_owned(), color: GREY, points, dashed: true, ..Series::default() };
        let crosses = |name: String, betas: &[f64]| {
            let point = |&beta: &f64| {
                let kl = self.rate_at(beta);
                [kl, self.at_rate(kl).1]
            };
            let points = betas.iter().map(point).collect();
            Series { name, color: WARNING, points, marker: Some(Marker::Cross), ..Series::default() }
        };
        let deaths = match &self.deaths[..] {
            few if few.len() <= NAMED => {
                let name = |(i, &beta): (usize, &f64)| {
                    crosses(format!("unit {} dies by linear theory: β {}", i + 1, format::tick(beta)), &[beta])
                };
                few.iter().enumerate().map(name).collect()
            }
            many => vec![crosses("units die by linear theory".to_owned(), many)],
        };
        [curve].into_iter().chain(deaths).collect()
    }
}

/// Each run from its first epoch as a line, and its newest state as a point. With a theory its curve, the places where units
/// die, and the β that is chosen; without one a dashed line that joins the runs in the order of β.
pub fn frontier_chart(traces: &[Trace], theory: Option<&Theory>, chosen: Option<f64>) -> Chart {
    let mut series = match theory {
        Some(theory) => theory.series(),
        None => vec![joined(traces)],
    };
    for Trace { name, color, points, .. } in traces {
        let whole = Series { name: name.clone(), color: *color, points: points.clone(), ..Series::default() };
        let newest = points.last().copied().into_iter().collect();
        let end = Series { points: newest, marker: Some(Marker::Dot), ..whole.clone() };
        series.extend([whole, end]);
    }
    // Without a price the rate grows without bound, and would hide all others.
    let most = traces.iter().filter(|t| t.beta > 0.0).flat_map(|t| t.points.last()).map(|p| p[0]).fold(0.0, f64::max);
    let (least, further) = theory.map_or((0.0, 0.0), Theory::rates);
    let (low, high) = (least.min(0.0), (1.2 * most).max(1.05 * further));
    let chosen = theory.zip(chosen).filter(|(_, beta)| *beta > 0.0);
    let rule = |(theory, beta): (&Theory, f64)| Rule {
        name: format!("β {}", format::tick(beta)),
        value: theory.rate_at(beta),
        ink: Ink::Accent,
    };
    Chart {
        title: "Rate and distortion on held-out images, from the first epoch to the last".to_owned(),
        x: "rate: kl, nats per image".to_owned(),
        y: "distortion: recon, nats per image".to_owned(),
        series,
        uprights: chosen.map(rule).into_iter().collect(),
        ranges: [(high > low).then_some((low - 0.03 * (high - low), high)), None],
        ..Chart::default()
    }
}

/// The newest states of all runs, in the order of β.
fn joined(traces: &[Trace]) -> Series {
    let mut ends: Vec<(f64, [f64; 2])> =
        traces.iter().filter_map(|trace| Some((trace.beta, *trace.points.last()?))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let points = ends.into_iter().map(|(_, end)| end).collect();
    Series { color: GREY, points, dashed: true, ..Series::default() }
}

/// The mean KL over seeds for each β, with the β where linear theory has a unit die.
pub fn rate_chart(rates: &[(f64, f64)], deaths: &[f64]) -> Chart {
    let rule = |(i, &value): (usize, &f64)| Rule {
        name: format!("unit {} dies by linear theory", i + 1),
        value,
        ink: Ink::Quiet,
    };
    let points = rates.iter().filter(|(beta, _)| *beta > 0.0).map(|&(beta, kl)| [beta, kl]).collect();
    Chart {
        title: "The KL over its weight".to_owned(),
        x: "β".to_owned(),
        y: "kl, nats per image".to_owned(),
        logarithmic: [true, false],
        series: vec![Series { color: RUNS[1], points, marker: Some(Marker::Dot), ..Series::default() }],
        uprights: deaths.iter().enumerate().map(rule).collect(),
        ..Chart::default()
    }
}
