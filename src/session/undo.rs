//! The documents to go back to, and forward again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::PaneId;
use super::action::Gesture;
use super::document::{Document, ForkSettings};
use crate::config::PlaneChoice;
use crate::engine::{RunId, SessionId};

/// Steps that are remembered.
const MOST: usize = 200;
/// Actions of one kind that follow each other this closely are one step.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Undo {
    past: Vec<(u64, Step)>,
    future: Vec<(u64, Step)>,
    /// Counts the steps there have been.
    newest: u64,
    last: Option<(Gesture, Duration)>,
}

/// A document, the session whose runs its panes show, and the runs that there were.
#[derive(Clone)]
pub struct Step {
    pub document: Document,
    pub session: SessionId,
    pub runs: BTreeSet<RunId>,
}

impl Undo {
    /// Notes what there was before an action. Actions of one `gesture` that follow each other closely are one step, unless
    /// one of them `begins` another.
    pub fn note(&mut self, before: Step, gesture: Option<Gesture>, begins: bool, now: Duration) {
        let is_close = self.last.is_some_and(|(last, then)| Some(last) == gesture && now.saturating_sub(then) < PAUSE);
        self.last = gesture.map(|gesture| (gesture, now));
        self.future.clear();
        if begins || !is_close || self.past.is_empty() {
            self.newest += 1;
            self.past.push((self.newest, before));
            if self.past.len() > MOST {
                self.past.remove(0);
            }
        }
    }

    /// The number of the newest step.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Adds a run that has come in to what was noted in its session after the step that asked for it, as if it had been there
    /// at once.
    pub fn enter(
        &mut self,
        (session, after): (SessionId, u64),
        run: RunId,
        pane: Option<PaneId>,
        (fork, plane): (Option<ForkSettings>, Option<PlaneChoice>),
    ) {
        let is_later = |(number, step): &&mut (u64, Step)| *number > after && step.session == session;
        for (_, step) in self.past.iter_mut().filter(is_later) {
            step.runs.insert(run);
            step.document.forks.extend(fork.map(|fork| (run, fork)));
            step.document.planes.extend(plane.map(|plane| (run, plane)));
            if let Some(id) = pane {
                step.document.panes.push(super::Pane { id, run, own: None });
            }
        }
    }

    /// What undo would go back to, or redo forward to.
    pub fn target(&self, back: bool) -> Option<&Step> {
        let (_, step) = if back { self.past.last() } else { self.future.last() }?;
        Some(step)
    }

    /// Goes there from `now`.
    pub fn go(&mut self, back: bool, now: Step) -> Option<Step> {
        let (from, to) = if back { (&mut self.past, &mut self.future) } else { (&mut self.future, &mut self.past) };
        let (number, target) = from.pop()?;
        to.push((number, now));
        self.last = None;
        Some(target)
    }
}
