//! What a run measured while it learned, in bounded memory.

use crate::model::Terms;

const MOST_POINTS: usize = 1_000;

/// Terms over steps. Holds at most a thousand points: when it is full, neighbours are averaged and from then on each
/// point stands for twice as many steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Vec<(u64, Terms)>,
    steps_a_point: u64,
    pending: Option<(u64, Terms)>,
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// On training batches, a value a step.
    pub train: Curve,
    /// On the held-out images, a value an epoch.
    pub held_out: Curve,
}
