//! The plane of rate and distortion: runs on it, and what linear theory says of it.

use super::chart::{Chart, Marker, Rule, Series};
use super::theme::{Ink, WARNING};
use crate::explore::Frontier;
use crate::format;

/// Points of the curve of linear theory.
const POINTS: u8 = 60;
/// Units that have a line of their own in the legend, at most.
const NAMED: usize = 3;
const GREY: [u8; 3] = [0x80; 3];
/// How far a tangent goes on each side, as a share of the run's rate, and at least, in nats.
const REACH: f64 = 0.2;
const SHORTEST: f64 = 0.1;

/// A run on the plane of rate (kl) and distortion (recon), in nats per image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    pub name: String,
    pub color: [u8; 3],
    pub beta: f64,
    /// (kl, recon) on held-out images, the newest last.
    pub points: Vec<[f64; 2]>,
}

/// What linear theory says, and the slope of the frontier at a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The frontier of linear models of the same images.
    pub frontier: Frontier,
    /// A run of a β above 0.
    pub tangent: Option<Tangent>,
}

/// The frontier near a run: whatever the model, its slope is −β where an objective with that weight is at its best.
#[derive(Clone, Debug, PartialEq)]
pub struct Tangent {
    pub name: String,
    pub beta: f64,
    /// The place (kl, recon) of the run.
    pub at: [f64; 2],
}

impl Tangent {
    /// At the newest place of a run; none where it has no place or no β.
    pub fn at(trace: &Trace) -> Option<Self> {
        let at = *trace.points.last()?;
        (trace.beta > 0.0).then(|| Self { name: trace.name.clone(), beta: trace.beta, at })
    }

    /// A short piece of it.
    fn series(&self) -> Series {
        let half = (REACH * self.at[0]).max(SHORTEST);
        let point = |by: f64| [self.at[0] + by, self.at[1] - self.beta * by];
        let name = format!("tangent at {}: slope −β", self.name);
        Series { name, color: GREY, points: vec![point(-half), point(half)], ..Series::default() }
    }
}

impl Theory {
    /// The highest rate of the curve: beyond the run, and as far as all units live, at least.
    fn most(&self) -> f64 {
        let last = self.frontier.deaths().last().map_or(0.0, |&beta| self.frontier.rate(0.5 * beta));
        self.tangent.as_ref().map_or(last, |tangent| last.max(1.6 * tangent.at[0]))
    }

    /// The dashed curve, a cross on it where each unit dies, and the tangent.
    fn series(&self) -> Vec<Series> {
        let Self { frontier, tangent } = self;
        let place = |beta: f64| [frontier.rate(beta), frontier.distortion(beta)];
        let rate = |i: u8| self.most() * f64::from(i) / f64::from(POINTS);
        let points = (0..=POINTS).map(|i| place(frontier.beta(rate(i)))).collect();
        let name = "linear theory's own frontier".to_owned();
        let curve = Series { name, color: GREY, points, dashed: true, ..Series::default() };
        let crosses = |name: String, betas: &[f64]| {
            let points = betas.iter().map(|&beta| place(beta)).collect();
            Series { name, color: WARNING, points, marker: Some(Marker::Cross), ..Series::default() }
        };
        let deaths = match frontier.deaths() {
            few if few.len() <= NAMED => {
                let name = |(i, &beta): (usize, &f64)| {
                    crosses(format!("unit {} dies by linear theory: β {}", i + 1, format::tick(beta)), &[beta])
                };
                few.iter().enumerate().map(name).collect()
            }
            many => vec![crosses("units die by linear theory".to_owned(), many)],
        };
        let tangent = tangent.as_ref().map(Tangent::series);
        [curve].into_iter().chain(deaths).chain(tangent).collect()
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
    let high = (1.2 * most).max(1.05 * theory.map_or(0.0, Theory::most));
    let chosen = theory.zip(chosen).filter(|(_, beta)| *beta > 0.0);
    let rule = |(theory, beta): (&Theory, f64)| Rule {
        name: format!("β {} by linear theory", format::tick(beta)),
        value: theory.frontier.rate(beta),
        ink: Ink::Accent,
    };
    Chart {
        title: "Rate and distortion on held-out images, from the first epoch to the last".to_owned(),
        x: "rate: kl, nats per image".to_owned(),
        y: "distortion: recon, nats per image".to_owned(),
        series,
        uprights: chosen.map(rule).into_iter().collect(),
        ranges: [(high > 0.0).then_some((-0.03 * high, high)), None],
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
