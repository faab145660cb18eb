//! Which panes there are and which run each of them shows.

use super::pane::Pane;
use super::session::Session;
use super::settings::Overlays;
use crate::config::ModelKind;
use std::sync::Arc;

use crate::engine::{Command, Live, LiveRun, RunId};
use crate::train::RunSettings;

pub const MOST_PANES: usize = 4;

/// A change of the panes or of the runs they show.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrange {
    /// A new pane that shows a run which another pane shows too.
    Duplicate(usize),
    /// Takes a pane away, and its run with it if no other pane shows it.
    Remove(usize),
    Move {
        from: usize,
        to: usize,
    },
    /// Has a pane show another run.
    Show {
        pane: usize,
        run: RunId,
    },
    Rename {
        run: RunId,
        name: String,
    },
    /// A new run from new weights, in a pane of its own.
    Add(ModelKind),
    /// A new run, in a pane of its own, that goes on from what a pane shows.
    Fork(usize),
    SetBeta {
        run: RunId,
        beta: f64,
    },
    SetLearningRate {
        run: RunId,
        rate: f64,
    },
    /// Changes what an unlinked pane draws over its plane.
    Overlay {
        pane: usize,
        overlays: Overlays,
    },
    /// Gives a pane a cursor and overlays of its own, or takes them away.
    Unlink(usize),
}

impl Session {
    /// Gives every new run a pane, as long as there is room, and takes away the panes of runs that are gone.
    pub(super) fn arrange(&mut self, live: &Live) {
        self.panes.retain(|pane| live.runs.iter().any(|run| run.id == pane.run));
        for run in &live.runs {
            let known = self.newest_run.is_some_and(|newest| run.id <= newest);
            if !known {
                self.newest_run = Some(run.id);
                if self.panes.len() < MOST_PANES {
                    self.panes.push(Pane::new(run));
                }
            }
        }
    }

    pub(super) fn rearrange(&mut self, change: Arrange) {
        let has_room = self.panes.len() < MOST_PANES;
        match change {
            Arrange::Duplicate(pane) => {
                if let Some(run) = self.run(pane).filter(|_| has_room) {
                    let copy = Pane::new(run);
                    self.panes.insert(pane + 1, copy);
                }
            }
            Arrange::Remove(pane) => {
                if self.panes.len() > 1 && pane < self.panes.len() {
                    let run = self.panes.remove(pane).run;
                    if self.panes.iter().all(|pane| pane.run != run) {
                        self.send(Command::Drop { run });
                    }
                }
            }
            Arrange::Move { from, to } => {
                if from.max(to) < self.panes.len() {
                    let pane = self.panes.remove(from);
                    self.panes.insert(to, pane);
                }
            }
            Arrange::Show { pane, run } => {
                let shown = self.live.as_ref().and_then(|live| live.runs.iter().find(|other| other.id == run));
                if let (Some(run), Some(pane)) = (shown, self.panes.get_mut(pane)) {
                    *pane = Pane::new(run);
                }
            }
            Arrange::Rename { run, name } => {
                if name.trim().is_empty() {
                    self.names.remove(&run)
                } else {
                    self.names.insert(run, name)
                };
            }
            Arrange::Add(kind) if has_room => match self.settings.arch() {
                Ok(arch) => {
                    let mut train = self.settings.train.clone();
                    train.beta = self.settings.beta();
                    self.send(Command::Add(RunSettings { kind, arch, likelihood: self.settings.likelihood, train }));
                }
                Err(error) => self.complain(error.to_string()),
            },
            Arrange::Fork(pane) if has_room => {
                let Some(run) = self.panes.get(pane).map(|pane| pane.run) else { return };
                let state = self.looking.and_then(|_| self.run(pane)).map(|state| Arc::new(state.clone()));
                self.send(Command::Fork { run, state });
                // A fork is watched from where it starts.
                self.look(None);
            }
            Arrange::Add(_) | Arrange::Fork(_) => {
                self.complain(format!("There is room for {MOST_PANES} panes: close one first."));
            }
            Arrange::SetBeta { run, beta } => self.send(Command::SetBeta { run, beta }),
            Arrange::SetLearningRate { run, rate } => self.send(Command::SetLearningRate { run, rate }),
            Arrange::Overlay { pane, overlays } => {
                if let Some((_, own)) = self.panes.get_mut(pane).and_then(|pane| pane.own.as_mut()) {
                    *own = overlays;
                }
            }
            Arrange::Unlink(pane) => {
                self.active_pane = pane;
                let own = (self.cursor_in(pane), self.settings.overlays.clone());
                if let Some(pane) = self.panes.get_mut(pane) {
                    pane.own = if pane.own.is_some() { None } else { Some(own) };
                }
            }
        }
    }

    /// What a run is called: the name it was given, or its kind and, if it is not the first of that kind, a number.
    pub fn name(&self, run: &LiveRun) -> String {
        if let Some(name) = self.names.get(&run.id) {
            return name.clone();
        }
        let kind = run.checkpoint.model.kind;
        let runs = self.live.iter().flat_map(|live| &live.runs);
        let before = runs.filter(|other| other.checkpoint.model.kind == kind && other.id < run.id).count();
        if before == 0 { kind.to_string() } else { format!("{kind} {}", before + 1) }
    }

    /// How a fork differs from the run it was forked off.
    pub fn difference(&self, run: &LiveRun) -> Option<String> {
        let origin = run.origin.as_ref()?;
        let parent = self.live.iter().flat_map(|live| &live.runs).find(|other| other.id == origin.run);
        let parent = parent.map_or_else(|| "a run that is gone".to_owned(), |parent| self.name(parent));
        let (now, then) = (&run.checkpoint.progress.train, &origin.train);
        let mut differences = Vec::new();
        for (name, now, then) in [("β", now.beta, then.beta), ("learning rate", now.learning_rate, then.learning_rate)]
        {
            if now != then {
                let [now, then] = [now, then].map(super::format::short);
                differences.push(format!("{name} {now} instead of {then}"));
            }
        }
        let differs = if differences.is_empty() { "nothing changed".to_owned() } else { differences.join(", ") };
        Some(format!("{differs}, from {parent} at step {}", super::format::grouped(origin.step)))
    }
}
