//! What a run measured while it learned, in bounded memory.

use serde::{Deserialize, Serialize};

use crate::model::Terms;

const MOST_POINTS: usize = 1_000;

/// Terms over steps. Holds at most a thousand points: when it is full, neighbours are averaged and from then on each
/// point stands for twice as many steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Curve {
    points: Vec<(u64, Terms)>,
    steps_a_point: u64,
    /// What the next point is made of so far: of how many steps, and their mean.
    pending: Option<(u64, Terms)>,
}

/// A curve as it is kept.
#[derive(Deserialize)]
struct Stored {
    points: Vec<(u64, Terms)>,
    steps_a_point: u64,
    pending: Option<(u64, Terms)>,
}

impl TryFrom<Stored> for Curve {
    type Error = &'static str;

    fn try_from(Stored { points, steps_a_point, pending }: Stored) -> Result<Self, Self::Error> {
        let is_in_order = points.is_sorted_by(|a, b| a.0 < b.0);
        let is_begun = pending.is_none_or(|(count, _)| (1..steps_a_point).contains(&count));
        match is_in_order && is_begun && points.len() < MOST_POINTS && steps_a_point > 0 {
            true => Ok(Self { points, steps_a_point, pending }),
            false => Err("not a curve: its points or their number are out of order"),
        }
    }
}

impl Default for Curve {
    fn default() -> Self {
        Self { points: Vec::new(), steps_a_point: 1, pending: None }
    }
}

impl Curve {
    /// Adds what was measured at `step`.
    pub fn push(&mut self, step: u64, terms: Terms) {
        let (count, mean) = match self.pending.take() {
            None => (1, terms),
            Some((count, mean)) => (count + 1, mean.mix(count as f64, terms, 1.0)),
        };
        if count < self.steps_a_point {
            self.pending = Some((count, mean));
            return;
        }
        self.points.push((step, mean));
        if self.points.len() == MOST_POINTS {
            self.points = self.points.as_chunks::<2>().0.iter().map(|[a, b]| (b.0, a.1.mix(1.0, b.1, 1.0))).collect();
            self.steps_a_point *= 2;
        }
    }

    /// (last step of the point, mean terms over its steps), oldest first.
    pub fn points(&self) -> &[(u64, Terms)] {
        &self.points
    }
}

/// The loss curves of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// On training batches, a value a step.
    pub train: Curve,
    /// On the held-out images, a value an epoch.
    pub held_out: Curve,
}
