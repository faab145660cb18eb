//! Looking back at the states that the runs have been in, and playing them back.

use std::time::Duration;

use super::Session;
use crate::config::Place;
use crate::engine::{LiveRun, RunId};

/// How long playing back stays with one state.
const STATE: Duration = Duration::from_millis(160);

impl Session {
    /// The step that is looked back at, if one does not look at the newest state.
    pub fn looking(&self) -> Option<u64> {
        self.looking
    }

    pub fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    /// Steps of which a run that is shown has a state, in order.
    pub fn kept_steps(&self) -> Vec<u64> {
        let shown = self.live.iter().flat_map(|live| live.runs.iter().zip(&live.timelines));
        let shown = shown.filter(|(run, _)| self.document.shows(run.id));
        let mut steps: Vec<u64> =
            shown.flat_map(|(_, states)| states.iter().map(|state| state.checkpoint.progress.step)).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// All that has been kept of a run, oldest first.
    pub fn states(&self, run: RunId) -> &[LiveRun] {
        let runs = self.live.iter().flat_map(|live| live.runs.iter().zip(&live.timelines));
        runs.into_iter().find(|(live, _)| live.id == run).map_or(&[], |(_, states)| states)
    }

    /// The mean codes of each class, from the first state that was kept of a run to the state `run`.
    pub fn trails(&self, run: &LiveRun) -> Vec<Vec<Place>> {
        let now = run.checkpoint.progress.step;
        let states = self.states(run.id).iter().filter(|state| state.checkpoint.progress.step < now);
        let states: Vec<&LiveRun> = states.chain([run]).collect();
        let of = |class: usize| states.iter().filter_map(move |state| *state.summary.class_means.get(class)?);
        (0..run.summary.class_means.len()).map(|class| of(class).collect()).collect()
    }

    /// Looks at the states of a step, or at the newest.
    pub(super) fn look_at(&mut self, step: Option<u64>) {
        self.looking = step;
        self.playing = self.playing.filter(|_| step.is_some());
        let panes: Vec<_> = self.document.panes.iter().map(|pane| pane.id).collect();
        for pane in panes {
            let followed = self.run(pane).map(|run| self.document.view(pane).following(&run.summary));
            if let Some(view) = followed {
                self.document.screen.views.insert(pane, view);
            }
        }
    }

    /// Goes on to the next state when it is time, while playing back; how long until then.
    pub(super) fn play_on(&mut self) -> Option<Duration> {
        let waited = self.now.saturating_sub(self.playing?);
        if waited < STATE {
            return Some(STATE - waited);
        }
        let next = self.kept_steps().into_iter().find(|&step| self.looking.is_none_or(|now| step > now));
        self.playing = Some(self.now);
        self.look_at(next);
        self.refresh();
        Some(STATE)
    }

    /// Starts playing back from the state that is shown, or from the first; or stops.
    pub(super) fn play(&mut self, play: bool) {
        if play && self.looking.is_none() {
            let first = self.kept_steps().first().copied();
            self.look_at(first);
        }
        self.playing = play.then_some(self.now);
    }
}
