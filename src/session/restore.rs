//! A session that is kept and goes on later, in this window or in another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::archive::{About, Archive, Made};
use super::{Document, Effect, MOST_PANES, Notice, Pane, PaneId, PathSettings, Screen, Session};
use crate::config::validate_learning_rate;
use crate::engine::{Command, Kept, KeptRun, LiveRun, Origin, RunId, SessionId, Stage};
use crate::explore::{Line, Waypoint};

impl Session {
    /// What there is besides the runs, as it is kept.
    pub fn made(&self) -> Made {
        Made {
            document: self.document.clone().sanitised(),
            entered: self.entered.clone(),
            saved: self.saved.clone(),
            default_names: self.default_names.clone(),
            opened: self.opened.clone(),
            opened_on: self.opened_on.clone(),
            own: self.own.clone(),
        }
    }

    /// What a person knows the session by, but for what follows from its runs; it is kept now, `saved` seconds after 1970.
    pub fn about(&self, saved: u64) -> About {
        let names = self.panes().iter().map(|pane| self.pane_name(pane.id)).collect();
        About { saved, names, ..About::default() }
    }

    /// Whether any run has learnt something that no file of the person's holds.
    pub fn is_unsaved(&self) -> bool {
        self.runs().any(|run| self.unsaved_steps(run) > 0)
    }

    /// Steps that a run has taken since it came in or was saved.
    pub(super) fn unsaved_steps(&self, run: &LiveRun) -> u64 {
        let from = [&self.saved, &self.entered].into_iter().filter_map(|steps| steps.get(&run.id)).max();
        from.map_or(0, |&from| run.checkpoint.progress.step.saturating_sub(from))
    }

    /// These runs are in a file of the person's now.
    pub fn note_saved(&mut self, saved: BTreeMap<RunId, u64>) {
        self.saved = saved;
    }

    /// Begins with a session that was kept, in place of the one that there is; that goes on if its images cannot be had.
    pub fn restore(&mut self, archive: Archive) -> Vec<Effect> {
        let Archive { mut made, kept, missing, .. } = archive;
        if missing > 0 {
            let states = if missing == 1 { "One kept state" } else { "Some of the kept states" };
            self.say(Notice::error(format!(
                "{states} of the session could not be read ({missing}); all else is there."
            )));
        }
        let kept = renumber((*kept).clone(), &mut made, self.next_run, self.document.next_pane);
        self.newest = SessionId(self.newest.0 + 1);
        self.id = self.newest;
        self.is_starting = true;
        self.coming = Some((self.id, made));
        vec![self.send(Command::Restore { kept: Arc::new(kept) })]
    }

    /// The runs of a session that was kept are in place.
    pub(super) fn take_restored(&mut self, stage: Stage, made: Made) -> Vec<Effect> {
        let Made { document, entered, saved, default_names, opened, opened_on, own } = made;
        let (probe, pixels) = (stage.probe.len(), stage.dataset.train.pixels());
        let data = stage.dataset.source.clone();
        self.take_stage(stage);
        let mut document = document.sanitised();
        document.settings.data = data;
        document.forget_beyond(probe, pixels);
        // The window stays as it is; where its planes look is of the session.
        let now = &self.document.screen;
        let views = std::mem::take(&mut document.screen.views);
        document.screen =
            Screen { views, tab: document.screen.tab.clone(), losses: document.screen.losses.clone(), ..now.clone() };
        document.next_pane = document.next_pane.max(self.document.next_pane);
        self.document = document;
        self.next_run = entered.keys().next_back().map_or(0, |run| run.0.saturating_add(1)).max(self.next_run);
        (self.entered, self.saved, self.default_names) = (entered, saved, default_names);
        (self.opened, self.opened_on, self.own) = (opened, opened_on, own.sanitised());
        self.undo = Default::default();
        self.training = false;
        self.emphasise();
        vec![self.send(Command::SetBudget(self.settings().budget << 20))]
    }
}

/// Gives runs and panes numbers that no others have had in this window.
fn renumber(mut kept: Kept, made: &mut Made, runs: u64, panes: u64) -> Kept {
    let run = |RunId(id): RunId| RunId(id.saturating_add(runs));
    let pane = |PaneId(id): PaneId| PaneId(id.saturating_add(panes));
    let origin = |origin: Arc<Origin>| Arc::new(Origin { run: run(origin.run), ..(*origin).clone() });
    let all = kept.runs.into_iter();
    kept.runs = all.map(|of| KeptRun { id: run(of.id), origin: of.origin.map(origin), ..of }).collect();
    made.entered = std::mem::take(&mut made.entered).into_iter().map(|(id, step)| (run(id), step)).collect();
    made.saved = std::mem::take(&mut made.saved).into_iter().map(|(id, step)| (run(id), step)).collect();
    made.default_names =
        std::mem::take(&mut made.default_names).into_iter().map(|(id, name)| (run(id), name)).collect();
    let Document { settings, panes: shown, next_pane, active, names, own, planes, screen, .. } = &mut made.document;
    settings.roster.iter_mut().for_each(|member| member.run = member.run.map(run));
    for shown in shown.iter_mut() {
        (shown.id, shown.run) = (pane(shown.id), run(shown.run));
    }
    *next_pane = next_pane.saturating_add(panes);
    *active = active.map(pane);
    *names = std::mem::take(names).into_iter().map(|(id, name)| (run(id), name)).collect();
    *own = std::mem::take(own).into_iter().map(|(id, own)| (run(id), own)).collect();
    *planes = std::mem::take(planes).into_iter().map(|(id, plane)| (run(id), plane)).collect();
    screen.views = std::mem::take(&mut screen.views).into_iter().map(|(id, view)| (pane(id), view)).collect();
    kept
}

impl Document {
    /// The same with nothing in it that cannot be drawn or trained with: a file may hold anything.
    pub fn sanitised(mut self) -> Self {
        let is_listed = !self.settings.roster.is_empty();
        self.settings = self.settings.sanitised();
        self.settings.roster.retain(|_| is_listed);
        self.screen = self.screen.sanitised();
        let is_finite = |place: &[f32; 2]| place.iter().all(|v| v.is_finite());
        self.panes.truncate(MOST_PANES);
        self.panes
            .iter_mut()
            .for_each(|pane: &mut Pane| pane.own = pane.own.take().filter(|own| is_finite(&own.cursor)));
        self.next_pane = self.panes.iter().map(|pane| pane.id.0.saturating_add(1)).fold(self.next_pane, u64::max);
        if !is_finite(&self.cursor.code) {
            self.cursor = Default::default();
        }
        self.own.retain(|_, own| own.beta.validate().is_ok() && validate_learning_rate(own.learning_rate).is_ok());
        let is_drawn = |line: &Line| line.radius.is_finite() && line.points.iter().all(is_finite);
        if !self.drawing.lines.iter().all(is_drawn) {
            self.drawing.lines = Default::default();
        }
        self.drawing.image = self.drawing.image.take().filter(|image| image.iter().all(|v| v.is_finite()));
        self
    }

    /// Without what is of images that there are not, or of another size.
    fn forget_beyond(&mut self, probe: usize, pixels: usize) {
        let has = |&image: &usize| image < probe;
        self.cursor.image = self.cursor.image.filter(has);
        self.selection.images = self.selection.images.take().filter(|images| images.iter().all(has));
        self.drawing.image = self.drawing.image.take().filter(|image| image.len() == pixels);
        let path = &mut self.settings.path;
        let is_there = |point: &Waypoint| match point {
            Waypoint::Image(image) => has(image),
            Waypoint::Code(code) => code.iter().all(|v| v.is_finite()),
        };
        if !path.points.iter().all(is_there) {
            path.points = PathSettings::default().points;
        }
    }
}
