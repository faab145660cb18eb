//! Runs and the panes that show them: which there are, what they are called, in which state they are shown.

use super::roster::{Asked, Recipe};
use super::{Document, Effect, Notice, Overlays, Own, OwnSettings, PaneId, Session, View};
use crate::config::{Axes, Beta, Likelihood, ModelSpec, PLANE, PlaneChoice};
use crate::engine::{Command, Live, LiveRun, RunId};
use crate::format::{grouped, short};

pub const MOST_PANES: usize = 4;

impl Session {
    /// All runs, whether a pane shows them or not, in the order in which they came.
    pub fn runs(&self) -> impl Iterator<Item = &LiveRun> {
        self.live.iter().flat_map(|live| &live.runs)
    }

    /// The runs that panes show, in the order of the panes, each once and in the state that is shown.
    pub fn shown_runs(&self) -> Vec<&LiveRun> {
        let mut shown: Vec<&LiveRun> = Vec::new();
        for run in self.panes().iter().filter_map(|pane| self.run(pane.id)) {
            if shown.iter().all(|other| other.id != run.id) {
                shown.push(run);
            }
        }
        shown
    }

    /// The state of a pane's run: the newest, or while one looks back the one it was in at that step.
    pub fn run(&self, pane: PaneId) -> Option<&LiveRun> {
        self.state_of(self.document.pane(pane)?.run)
    }

    /// The same of a run, whichever pane shows it.
    pub fn state_of(&self, run: RunId) -> Option<&LiveRun> {
        let newest = || self.runs().find(|live| live.id == run);
        let Some(step) = self.looking() else { return newest() };
        let states = self.states(run);
        let then = states.partition_point(|state| state.checkpoint.progress.step <= step);
        states.get(then.saturating_sub(1)).or_else(newest)
    }

    /// What a run is called: the name it was given, or its kind and, if it is not the first of that kind, a number.
    pub fn name(&self, run: &LiveRun) -> String {
        let given = self.document.names.get(&run.id).filter(|name| !name.trim().is_empty());
        let name = given.or(self.default_names.get(&run.id));
        name.cloned().unwrap_or_else(|| run.checkpoint.model.kind.to_string())
    }

    /// The name of the run in a pane.
    pub fn pane_name(&self, pane: PaneId) -> String {
        self.run(pane).map(|run| self.name(run)).unwrap_or_default()
    }

    /// How a fork differs from the run it was forked off.
    pub fn difference(&self, run: &LiveRun) -> Option<String> {
        let origin = run.origin.as_ref()?;
        let parent = self.runs().find(|other| other.id == origin.run);
        let parent = parent.map_or_else(|| "a run that is gone".to_owned(), |parent| self.name(parent));
        let (now, then) = (&run.checkpoint.progress.train, &origin.train);
        let mut differences = Vec::new();
        if now.beta != then.beta {
            differences.push(format!("β {} instead of {}", weights(now.beta), weights(then.beta)));
        }
        let (now, then) = (now.learning_rate, then.learning_rate);
        if now != then {
            differences.push(format!("learning rate {} instead of {}", short(now), short(then)));
        }
        let differs = if differences.is_empty() { "nothing changed".to_owned() } else { differences.join(", ") };
        Some(format!("{differs}, from {parent} at step {}", grouped(origin.step)))
    }

    /// Gives every new run a name and a pane, as long as there is room, and takes away the panes of runs that are gone. What
    /// tells new runs of settings that have changed since they were asked for.
    pub(super) fn arrange(&mut self, live: &Live) -> Vec<Effect> {
        let exists = |run: &RunId| live.runs.iter().any(|other| other.id == *run);
        let document = &mut self.document;
        document.panes.retain(|pane| exists(&pane.run));
        document.names.retain(|run, _| exists(run));
        document.own.retain(|run, _| exists(run));
        document.planes.retain(|run, _| exists(run));
        document.settings.roster.retain(|member| member.run.as_ref().is_none_or(exists));
        self.entered.retain(|run, _| exists(run));
        self.saved.retain(|run, _| exists(run));
        self.measuring.retain(|run| exists(run));
        self.findings.paths.retain(|run, _| exists(run));
        self.findings.measures.retain(|run, _| exists(run));
        let new: Vec<&LiveRun> = live.runs.iter().filter(|run| !self.entered.contains_key(&run.id)).collect();
        new.into_iter().flat_map(|run| self.enter(run)).collect()
    }

    fn enter(&mut self, run: &LiveRun) -> Vec<Effect> {
        self.entered.insert(run.id, run.checkpoint.progress.step);
        self.next_run = self.next_run.max(run.id.0.saturating_add(1));
        let kind = run.checkpoint.model.kind.to_string();
        let is_taken = |name: &String| self.default_names.values().any(|other| other == name);
        let name =
            (1..).map(|n| if n == 1 { kind.clone() } else { format!("{kind} {n}") }).find(|name| !is_taken(name));
        self.default_names.extend(name.map(|name| (run.id, name)));
        let asked = self.expected.pop_front();
        let train = &run.checkpoint.progress.train;
        let own = OwnSettings { beta: train.beta, learning_rate: train.learning_rate };
        let own = self.enlist(run, asked).then_some(own);
        self.document.own.extend(own.map(|own| (run.id, own)));
        // A fork is looked at as the run that it was forked off.
        let origin = run.origin.as_ref().map(|origin| origin.run);
        let plane = origin.and_then(|origin| self.document.planes.get(&origin).copied());
        self.document.planes.extend(plane.map(|plane| (run.id, plane)));
        let shown = plane.map(|plane| self.send(Command::SetPlane { run: run.id, plane }));
        let place = self.document.panes.len();
        let pane = (place < MOST_PANES).then(|| self.document.insert_pane(place, run.id));
        // The first runs of a session are asked for before any step of it.
        self.undo.enter((self.id, asked.map_or(0, |asked| asked.by)), run.id, pane, (own, plane));
        if own.is_some() || self.is_opened() {
            return shown.into_iter().collect();
        }
        let (settings, id) = (self.settings(), run.id);
        let beta = Command::SetBeta { run: id, beta: settings.beta() };
        let rate = Command::SetLearningRate { run: id, rate: settings.train.learning_rate };
        let likelihood = Command::SetLikelihood { run: id, likelihood: settings.likelihood };
        let changed = [
            (settings.beta() != train.beta, beta),
            (settings.train.learning_rate != train.learning_rate, rate),
            (
                settings.likelihood != run.checkpoint.model.likelihood
                    && run.checkpoint.progress.step == 0
                    && admits(run, settings.likelihood),
                likelihood,
            ),
        ];
        changed.into_iter().filter(|(is, _)| *is).map(|(_, command)| self.send(command)).collect()
    }

    /// Why there is no room for another pane, if there is none.
    pub fn no_room(&self) -> Option<String> {
        let is_full = self.document.panes.len() + self.expected.len() >= MOST_PANES;
        is_full.then(|| format!("There is room for {MOST_PANES} panes: close one first."))
    }

    fn has_room(&mut self) -> bool {
        let full = self.no_room();
        if let Some(text) = &full {
            self.say(Notice::error(text.clone()));
        }
        full.is_none()
    }

    pub(super) fn new_run(&mut self, recipe: Recipe) -> Vec<Effect> {
        if !self.has_room() {
            return Vec::new();
        }
        match self.settings().run_of(&recipe) {
            Ok(settings) => {
                let is_listed = !self.is_resumed();
                if is_listed {
                    self.document.settings.roster.push(recipe.into());
                }
                self.expected.push_back(Asked { by: self.undo.newest(), is_listed });
                vec![self.send(Command::Add(settings))]
            }
            Err(error) => {
                self.say(Notice::error(error.to_string()));
                Vec::new()
            }
        }
    }

    pub(super) fn fork(&mut self, pane: PaneId) -> Vec<Effect> {
        let Some(run) = self.document.pane(pane).map(|pane| pane.run) else { return Vec::new() };
        if !self.has_room() {
            return Vec::new();
        }
        let state = self.looking().and_then(|_| self.run(pane)).map(|state| state.clone().into());
        self.expected.push_back(Asked { by: self.undo.newest(), is_listed: false });
        let effect = self.send(Command::Fork { run, state });
        // A fork is watched from where it starts.
        self.look_at(None);
        vec![effect]
    }

    pub(super) fn duplicate(&mut self, pane: PaneId) {
        let place = self.document.panes.iter().position(|other| other.id == pane);
        if let Some(place) = place.filter(|_| self.has_room()) {
            let run = self.document.panes[place].run;
            let copy = self.document.insert_pane(place + 1, run);
            self.document.screen.views.insert(copy, self.document.view(pane));
        }
    }

    pub(super) fn close(&mut self, pane: PaneId) -> Vec<Effect> {
        if self.document.panes.len() < 2 {
            return Vec::new();
        }
        let dropped = self.only_here(pane);
        self.strike(|run| dropped == Some(run));
        self.document.panes.retain(|other| other.id != pane);
        self.document.screen.views.remove(&pane);
        dropped.map(|run| self.send(Command::Drop { run })).into_iter().collect()
    }

    pub(super) fn show(&mut self, pane: PaneId, run: RunId) {
        if self.runs().any(|other| other.id == run)
            && let Some(pane) = self.document.pane_mut(pane)
        {
            pane.run = run;
        }
        self.fit_view(pane);
    }

    pub(super) fn unlink(&mut self, pane: PaneId) {
        let own = Own { cursor: self.cursor_in(pane), overlays: self.settings().overlays.clone() };
        self.document.active = Some(pane);
        if let Some(pane) = self.document.pane_mut(pane) {
            pane.own = if pane.own.is_some() { None } else { Some(own) };
        }
    }

    /// The overlays of an unlinked pane, or those that linked panes share.
    pub(super) fn overlays_mut(&mut self, pane: Option<PaneId>) -> &mut Overlays {
        let Document { panes, settings, .. } = &mut self.document;
        let own = panes.iter_mut().find(|other| Some(other.id) == pane).and_then(|pane| pane.own.as_mut());
        own.map_or(&mut settings.overlays, |own| &mut own.overlays)
    }

    /// Shows another plane of a run; what cannot be a plane of it is left as it is.
    pub(super) fn set_plane(&mut self, run: RunId, plane: PlaneChoice) {
        let Some(latent) = self.runs().find(|other| other.id == run).map(|run| run.checkpoint.model.latent) else {
            return;
        };
        let images = self.stage.as_ref().map_or(0, |stage| stage.probe.len());
        let has_axes = match plane.axes {
            Axes::Dimensions([first, second]) => first < latent && second < latent.max(2) && first != second,
            Axes::Components => latent > 1,
        };
        if latent != PLANE && has_axes && plane.anchor.is_none_or(|image| image < images) {
            self.document.planes.insert(run, plane);
        }
    }

    /// Has a plane follow its codes again.
    pub(super) fn fit_view(&mut self, pane: PaneId) {
        if let Some(view) = self.run(pane).map(|run| View::of(&run.summary)) {
            self.document.screen.views.insert(pane, view);
        }
    }
}

/// Whether a run can have this p(x|z): that of a linear model in closed form is Gaussian.
pub(super) fn admits(run: &LiveRun, likelihood: Likelihood) -> bool {
    ModelSpec { likelihood, ..run.checkpoint.model.spec.clone() }.validate().is_ok()
}

/// The weights of the KL as they are read.
fn weights(beta: Beta) -> String {
    match beta.whole() {
        Some(beta) => short(beta),
        None => format!("{} (mean), {} (variance)", short(beta.mean), short(beta.variance)),
    }
}
