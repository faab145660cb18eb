//! What would be lost by an action, and the question that is asked before.

use super::action::{Action, Setting};
use super::undo::Step;
use super::{Confirmation, PaneId, Session, Settings};
use crate::engine::RunId;
use crate::format::grouped;

impl Session {
    /// The question that stands before an action by which something that was learnt would be lost.
    pub(super) fn objection(&self, action: &Action) -> Option<Confirmation> {
        // With whether they can be brought back.
        let all = || (self.live.iter().flat_map(|live| &live.runs).map(|run| run.id).collect(), self.is_kept);
        let (verb, then, (lost, comes_back)): (_, _, (Vec<RunId>, bool)) = match action {
            // With settings that no run can be started with, the attempt says so and nothing is lost.
            Action::Reset if self.settings().runs().is_err() => return None,
            Action::Reset => ("Reset", "A reset starts over", all()),
            Action::Open(_) => ("Open", "Another session takes the place of this one", all()),
            // The last pane stays.
            Action::Close(_) if self.panes().len() < 2 => return None,
            Action::Close(pane) => {
                ("Close", "Closing this pane ends its run", (self.only_here(*pane).into_iter().collect(), false))
            }
            Action::Set(Setting::Data(data)) if *data != self.settings().data => {
                ("Change the data", "Other data start new runs", all())
            }
            Action::RestoreDefaults if self.settings().data != Settings::default().data => {
                ("Restore defaults", "The default data are others and start new runs", all())
            }
            Action::Undo | Action::Redo => {
                let step = self.undo.target(*action == Action::Undo)?;
                if step.document.settings.data != self.settings().data {
                    ("Change the data", "This goes back to other data and starts new runs", all())
                } else {
                    ("Close", "This closes a pane and ends its run", (self.lost_runs(step), false))
                }
            }
            _ => return None,
        };
        let lost: Vec<String> = lost.into_iter().filter_map(|run| self.learnt(run)).collect();
        let fate = if comes_back { "are put aside and can be brought back" } else { "would be lost" };
        (!lost.is_empty()).then(|| Confirmation {
            text: format!("{then}: {} {fate}.", lost.join(" and ")),
            verb,
            action: Box::new(action.clone()),
        })
    }

    /// The run of a pane, if no other pane shows it.
    pub(super) fn only_here(&self, pane: PaneId) -> Option<RunId> {
        let run = self.document.pane(pane)?.run;
        self.document.panes.iter().all(|other| other.id == pane || other.run != run).then_some(run)
    }

    /// The runs that there were not yet at a step of the same session, and that it does not show.
    pub(super) fn lost_runs(&self, step: &Step) -> Vec<RunId> {
        let is_lost = |run: &&RunId| !step.runs.contains(run) && !step.document.shows(**run);
        let same_session = step.session == self.id;
        self.entered.keys().filter(|_| same_session).filter(is_lost).copied().collect()
    }

    /// What a run has learnt since it came in, in words; nothing if that is nothing.
    fn learnt(&self, run: RunId) -> Option<String> {
        let run = self.live.as_ref()?.runs.iter().find(|other| other.id == run)?;
        let steps = self.unsaved_steps(run);
        (steps > 0).then(|| {
            let unit = if steps == 1 { "step" } else { "steps" };
            format!("{} {unit} of {}", grouped(steps), self.name(run))
        })
    }
}
