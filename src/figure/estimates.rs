//! Estimates of log p(x) over their number of samples.

use super::chart::{Chart, Marker, Rule, Series};
use super::palette::RUNS;
use super::theme::Ink;
use crate::explore::inference::{Estimate, Sampled};

/// The estimates over K with the exact value as a line.
pub fn estimate_chart(sampled: &Sampled, log_evidence: f64) -> Chart {
    let series = |name: &str, color: [u8; 3], estimates: &[Estimate]| Series {
        name: name.to_owned(),
        color,
        points: estimates.iter().map(|e| [e.samples as f64, e.mean]).collect(),
        band: estimates.iter().map(|e| e.deviation).collect(),
        marker: Some(Marker::Dot),
        ..Series::default()
    };
    let importance = series("importance sampling from q(z|x)", RUNS[1], &sampled.importance);
    // Naive estimates from a few samples are hundreds of nats low: the axis ends where the others are told apart.
    let lowest =
        importance.points.iter().zip(&importance.band).map(|(p, half)| p[1] - half).fold(log_evidence, f64::min);
    let last = sampled.prior.last().map_or(lowest, |e| e.mean - 3.0 * e.deviation);
    let low = lowest.min(last).max(log_evidence - 60.0);
    Chart {
        title: "Estimates of log p(x) from K samples, with one standard deviation over draws".to_owned(),
        x: "K".to_owned(),
        y: "log p(x), nats".to_owned(),
        logarithmic: [true, false],
        series: vec![series("naive, from the prior", RUNS[0], &sampled.prior), importance],
        levels: vec![Rule { name: "quadrature".to_owned(), value: log_evidence, ink: Ink::Quiet }],
        uprights: Vec::new(),
        ranges: [None, Some((low - 0.05 * (log_evidence - low), log_evidence + 0.15 * (log_evidence - low).max(0.5)))],
    }
}
