//! The states that runs have been in: dense at the start, then one an epoch, thinned to a memory budget.

use std::sync::Arc;

use super::messages::LiveRun;

/// Of one run, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    states: Vec<LiveRun>,
}

impl Timeline {
    /// Whether a run's state at `step` is to be kept: where it begins, at powers of two, and at the end of each epoch.
    pub fn is_due(&self, step: u64, epoch_ended: bool) -> bool {
        let newest = self.states.last().map(step_of);
        newest.is_none_or(|newest| newest < step && (epoch_ended || step.is_power_of_two()))
    }

    /// States that were kept earlier, oldest first.
    pub fn of(states: Vec<LiveRun>) -> Self {
        Self { states }
    }

    pub fn push(&mut self, state: LiveRun) {
        self.states.push(state);
    }

    pub fn states(&self) -> &[LiveRun] {
        &self.states
    }

    pub fn states_mut(&mut self) -> &mut [LiveRun] {
        &mut self.states
    }

    fn bytes(&self) -> usize {
        self.states.iter().map(bytes_of).sum()
    }

    /// The state between whose neighbours the least is lost without it, and how much: the ratio of their steps. The first
    /// and the last stay.
    fn most_dispensable(&self) -> Option<(usize, f64)> {
        let ratio = |around: &[LiveRun]| (step_of(&around[2]) as f64 + 1.0) / (step_of(&around[0]) as f64 + 1.0);
        let gaps = self.states.windows(3).enumerate().map(|(i, around)| (i + 1, ratio(around)));
        gaps.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Drops states until all that are left fit into `budget` bytes, or only the ends of each run are left.
pub fn thin(timelines: &mut [Timeline], budget: usize) {
    while timelines.iter().map(Timeline::bytes).sum::<usize>() > budget {
        let candidates = timelines.iter().enumerate();
        let gaps =
            candidates.filter_map(|(run, timeline)| timeline.most_dispensable().map(|(i, ratio)| (run, i, ratio)));
        let Some((run, i, _)) = gaps.min_by(|a, b| a.2.total_cmp(&b.2)) else { return drop_moments(timelines) };
        timelines[run].states.remove(i);
    }
}

/// Where the ends alone take more than the budget the optimisers' moments go, without which a fork begins with fresh ones.
fn drop_moments(timelines: &mut [Timeline]) {
    for state in timelines.iter_mut().flat_map(|timeline| &mut timeline.states) {
        Arc::make_mut(&mut state.checkpoint).moments = None;
    }
}

fn step_of(state: &LiveRun) -> u64 {
    state.checkpoint.progress.step
}

fn bytes_of(state: &LiveRun) -> usize {
    let moments = state.checkpoint.moments.as_ref().map_or(0, |m| m.mean.len() + m.square.len());
    let codes = state.codes.mu.len() * if state.codes.logvar.is_some() { 4 } else { 2 };
    let full = state.full.mu.len() + state.full.logvar.as_ref().map_or(0, Vec::len);
    size_of::<f32>() * (state.checkpoint.parameters.len() + moments + codes + full)
}
