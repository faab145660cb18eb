//! The terms of the loss over steps.

use serde::{Deserialize, Serialize};

use super::chart::{Chart, Marker, Rule, Series};
use super::palette::run_color;
use super::theme::Ink;
use crate::catalogue::{self, About};
use crate::format;
use crate::model::{Term, Terms};
use crate::train::History;

/// A term to draw over steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantity {
    #[default]
    Recon,
    KlMean,
    KlVariance,
    Kl,
    NegativeElbo,
}

impl Quantity {
    pub const ALL: [Self; 5] = [Self::Recon, Self::KlMean, Self::KlVariance, Self::Kl, Self::NegativeElbo];

    /// What the catalogue says of it.
    pub fn about(self) -> &'static About {
        match self {
            Self::Recon => &catalogue::RECON,
            Self::KlMean => &catalogue::KL_MEAN,
            Self::KlVariance => &catalogue::KL_VARIANCE,
            Self::Kl => &catalogue::KL,
            Self::NegativeElbo => &catalogue::NEGATIVE_ELBO,
        }
    }

    pub fn name(self) -> &'static str {
        self.about().title
    }

    /// Its value, if the model has it.
    pub fn of(self, terms: &Terms) -> Option<f64> {
        (Term::of(self.about().id)?.read)(terms)
    }
}

/// The curves of some runs, each with its name and the number that gives its colour: a line for training batches, a dashed one
/// with dots for held-out images. The step that one looks back at, if one does, is marked.
pub fn loss_chart<'a>(
    runs: impl IntoIterator<Item = (String, usize, &'a History)>,
    quantity: Quantity,
    logarithmic: bool,
    looked_at: Option<u64>,
) -> Chart {
    let mut chart = Chart {
        title: format!("{} on training batches (line) and on held-out images (dashed)", quantity.name()),
        x: "step".to_owned(),
        y: quantity.about().axis(),
        logarithmic: [false, logarithmic],
        uprights: looked_at.map(step_rule).into_iter().collect(),
        ..Chart::default()
    };
    for (name, number, history) in runs {
        for (curve, held_out) in [(&history.train, false), (&history.held_out, true)] {
            let value = |(step, terms): &(u64, Terms)| Some([*step as f64, quantity.of(terms)?]);
            let points: Vec<_> = curve.points().iter().filter_map(value).collect();
            let color = run_color(number);
            chart.series.push(Series {
                name: name.clone(),
                color,
                points,
                dashed: held_out,
                marker: held_out.then_some(Marker::Dot),
                ..Series::default()
            });
        }
    }
    chart.ranges[1] = settled(&chart, logarithmic);
    chart
}

/// The values after the first steps, whose fall would flatten all that comes later.
fn settled(chart: &Chart, logarithmic: bool) -> Option<(f64, f64)> {
    let all = || chart.series.iter().flat_map(|series| &series.points);
    let last = all().map(|p| p[0]).fold(1.0, f64::max);
    let values = all().filter(|p| p[0] >= 0.05 * last && (!logarithmic || p[1] > 0.0)).map(|p| p[1]);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    let margin = (0.08 * (high - low)).max(1e-3 * high.abs()).max(1e-6);
    let low = if logarithmic { 0.98 * low } else { low - margin };
    (low <= high).then_some((low, high + margin))
}

fn step_rule(step: u64) -> Rule {
    Rule { name: format!("step {}", format::grouped(step)), value: step as f64, ink: Ink::Accent }
}
