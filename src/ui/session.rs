//! The state of the window and the one place that changes it: messages from the threads come in, actions of the person
//! are applied, wishes and commands go out. Draws nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use egui::Context;

use super::Start;
use super::clouds::{Clouds, Scene};
use super::draw_tab::{self, Drawing, Journey, Passed};
use super::export::Exporter;
use super::fields::{FieldWish, Fields};
use super::inference::{self, Question};
use super::inference_tab;
use super::measures;
use super::pace::Pace;
use super::pane::Pane;
use super::path_tab::{self, Walk};
use super::samples::{self, Nearest, Wanted};
use super::selection::Selection;
use super::settings::{Link, Overlays, Settings, Tab};
use crate::config::Code;
use crate::engine::{Ask, Command, Decoder, Engine, Errands, Event, Live, LiveRun, Resumed, RunId, SessionId, Stage};
use crate::explore::{FieldKind, Picture, Way};
use crate::model::{Checkpoint, Compute};

/// A message to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub is_error: bool,
}

/// What undo goes back to.
#[derive(Clone, PartialEq)]
pub struct Undoable {
    settings: Settings,
    cursor: Code,
    image: Option<usize>,
}

pub struct Session {
    pub settings: Settings,
    pub stage: Option<Stage>,
    pub live: Option<Live>,
    pub panes: Vec<Pane>,
    pub cursor: Code,
    /// The image the cursor holds on to while it is linked by image.
    pub image: Option<usize>,
    pub training: bool,
    pub notice: Option<Notice>,
    pub pace: Pace,
    pub(super) active_pane: usize,
    /// Since when the cursors go along the path.
    pub(super) walking: Option<Instant>,
    /// The runs of this session that have stopped, and why.
    failures: Vec<(RunId, String)>,
    /// The names that runs were given.
    pub(super) names: BTreeMap<RunId, String>,
    /// The newest run that was given a pane.
    pub(super) newest_run: Option<RunId>,
    /// The step that is looked back at.
    pub looking: Option<u64>,
    /// When the state that is played back came up.
    pub(super) playing: Option<Instant>,
    /// The runs to go back to, if the window was opened on some.
    trained: Vec<Arc<Checkpoint>>,
    /// The person's own settings for training, which those of opened runs stand in for.
    own: Settings,
    stale_tickets: u64,
    pub(super) engine: Engine,
    /// The session that was last begun or is to begin.
    session: SessionId,
    decoder: Decoder,
    clouds: Clouds,
    fields: Fields,
    pub(super) exporter: Exporter,
    finder: Errands<Wanted, Nearest>,
    /// The training image nearest to the sample last pointed at.
    pub nearest: Option<Nearest>,
    pub(super) ways: Errands<Walk, Option<Way>>,
    pub drawing: Drawing,
    pub(super) theorist: Errands<measures::Theory, Vec<f64>>,
    pub(super) unit_variances: measures::UnitVariances,
    pub(super) measurer: Errands<measures::Wish, measures::Progress>,
    pub(super) inferrer: Errands<Question, inference::Reply>,
    pub selection: Selection,
    pub(super) traveller: Errands<Journey, Option<Passed>>,
}

impl Session {
    /// Starts the threads and asks them for the runs that `start` names; `ctx` is what they wake.
    pub fn new(ctx: &Context, mut settings: Settings, start: Start, compute: Compute) -> std::io::Result<Self> {
        let wake = || {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let (mut trained, own) = (Vec::new(), settings.clone());
        match start {
            Start::Fresh { data: Some(data) } => settings.data = data,
            Start::Fresh { data: None } => {}
            Start::Trained { checkpoints, data } => {
                if let Some(name) = data.or_else(|| checkpoints.first().map(|c| c.progress.data.clone())) {
                    settings.data = name;
                }
                if let Some(train) = checkpoints.first().map(|c| c.progress.train.clone()) {
                    settings.train = train;
                    settings.kl_on = true;
                    settings.likelihood = checkpoints[0].model.likelihood;
                }
                trained = checkpoints.into_iter().map(Arc::new).collect();
            }
        }
        let mut session = Self {
            training: settings.train_at_start && trained.is_empty(),
            settings,
            stage: None,
            live: None,
            panes: Vec::new(),
            cursor: [0.0, 0.0],
            image: None,
            notice: None,
            pace: Pace::default(),
            active_pane: 0,
            failures: Vec::new(),
            names: BTreeMap::new(),
            newest_run: None,
            looking: None,
            playing: None,
            walking: None,
            trained,
            own,
            stale_tickets: 0,
            engine: Engine::spawn(compute.clone(), wake())?,
            session: SessionId::default(),
            decoder: Decoder::spawn(compute.clone(), wake())?,
            clouds: Clouds::spawn(wake())?,
            fields: Fields::spawn(compute.clone(), wake())?,
            exporter: Exporter::new(wake()),
            finder: samples::spawn(wake())?,
            nearest: None,
            ways: path_tab::spawn(compute.clone(), wake())?,
            drawing: Drawing::default(),
            theorist: measures::spawn_theory(compute.clone(), wake())?,
            unit_variances: measures::UnitVariances::default(),
            measurer: measures::spawn(compute.clone(), wake())?,
            inferrer: inference::spawn(compute.clone(), wake())?,
            selection: Selection::default(),
            traveller: draw_tab::spawn(compute.clone(), wake())?,
        };
        session.send(Command::SetBudget(session.settings.budget << 20));
        session.start();
        Ok(session)
    }

    /// Takes in what the threads have sent.
    pub fn poll(&mut self, ctx: &Context) {
        self.play_on(ctx);
        let (live, events) = self.engine.poll();
        for event in events {
            self.handle(event);
        }
        if let (Some(live), Some(stage)) = (live, &self.stage)
            && live.session == stage.session
        {
            self.training = live.training;
            self.arrange(&live);
            self.live = Some(live);
            if self.looking.is_none() {
                self.look(None);
            }
        }
        // A run can fail before its pane is there.
        for (run, reason) in &self.failures {
            for pane in self.panes.iter_mut().filter(|pane| pane.run == *run) {
                pane.failure = Some(reason.clone());
            }
        }
        for reply in self.decoder.replies() {
            self.pace.decoded(&reply.ask, reply.elapsed);
            match reply.picture {
                Ok(picture) if reply.ticket > self.stale_tickets => {
                    if let Some(pane) = self.panes.get_mut(reply.pane) {
                        pane.pictures.receive(ctx, reply.ask, picture);
                    }
                }
                Ok(_) => {}
                Err(error) => self.complain(error.to_string()),
            }
        }
        for (pane, drawn) in self.clouds.drawn() {
            self.pace.clouded(drawn.elapsed);
            if let Some(pane) = self.panes.get_mut(pane) {
                pane.cloud.receive(ctx, drawn);
            }
        }
        for (pane, answer) in self.fields.answers() {
            if let Some(pane) = self.panes.get_mut(pane) {
                pane.field.receive(ctx, answer);
            }
        }
        for (pane, way) in self.ways.replies() {
            if let Some(pane) = self.panes.get_mut(pane) {
                pane.way.way = way;
            }
        }
        for (pane, passed) in self.traveller.replies() {
            if let Some(pane) = self.panes.get_mut(pane) {
                pane.journey.passed = passed;
            }
        }
        inference_tab::receive(self, ctx);
        self.receive_measures();
        if let Some((_, nearest)) = self.finder.replies().pop() {
            self.nearest = Some(nearest);
        }
        if let Some(outcome) = self.exporter.outcome() {
            let (text, is_error) = match outcome {
                Ok(Some(file)) => (format!("Saved {}", file.display()), false),
                // A desktop without a portal opens no dialog and does not say so.
                Ok(None) => {
                    ("Nothing was saved. If no dialog opened, type a path beside the button.".to_owned(), false)
                }
                Err(text) => (text, true),
            };
            self.notice = Some(Notice { text, is_error });
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Started(stage) => {
                self.image = self.image.filter(|&image| image < stage.probe.len());
                self.stage = Some(stage);
                self.live = None;
                self.failures.clear();
                self.panes.clear();
                self.names.clear();
                self.newest_run = None;
                self.drawing = Drawing::default();
                self.selection = Selection::default();
                self.look(None);
                self.stale_tickets = self.decoder.newest_ticket();
            }
            Event::RunFailed { run, reason } => self.failures.push((run, reason)),
            Event::StartFailed { reason: text, .. } | Event::CommandFailed { reason: text, .. } | Event::Died(text) => {
                if let Some(stage) = &self.stage {
                    self.settings.data = stage.dataset.name.clone();
                }
                self.training = false;
                self.complain(text);
            }
        }
    }

    /// Takes over changed settings and tells the trainer what concerns it.
    pub fn change(&mut self, settings: Settings) {
        let old = std::mem::replace(&mut self.settings, settings);
        if self.settings.beta() != old.beta() {
            for run in self.originals() {
                self.send(Command::SetBeta { run, beta: self.settings.beta() });
            }
        }
        if self.settings.train.learning_rate != old.train.learning_rate {
            for run in self.originals() {
                let rate = self.settings.train.learning_rate;
                self.send(Command::SetLearningRate { run, rate });
            }
        }
        if self.settings.likelihood != old.likelihood {
            for run in self.originals() {
                self.send(Command::SetLikelihood { run, likelihood: self.settings.likelihood });
            }
        }
        if self.settings.budget != old.budget {
            self.send(Command::SetBudget(self.settings.budget << 20));
        }
        if self.settings.link != old.link {
            match self.settings.link {
                Link::SameCode => self.cursor = self.cursor_in_linked_by_image(self.active_pane).unwrap_or(self.cursor),
                Link::SameImage => self.point(self.active_pane, self.cursor),
            }
        }
        if self.settings.data != old.data {
            self.start();
        }
    }

    pub fn undoable(&self) -> Undoable {
        Undoable { settings: self.settings.clone(), cursor: self.cursor, image: self.image }
    }

    pub fn restore(&mut self, state: Undoable) {
        self.change(state.settings);
        self.cursor = state.cursor;
        self.image = state.image;
    }

    /// Asks the decoder for what the panes show and do not have yet.
    pub fn request_pictures(&mut self) {
        self.request_ways();
        for i in 0..self.panes.len() {
            let Some(checkpoint) = self.run(i).map(|run| run.checkpoint.clone()) else { continue };
            let mut asks = vec![Ask::Cursor(self.cursor_in(i))];
            if self.settings.tab == Tab::Path {
                asks.extend(self.panes[i].way.way.as_ref().map(|way| Ask::Strip(way.codes.clone())));
            }
            if self.settings.tab == Tab::Samples {
                let across = (self.settings.samples.count as f32 * 5.0).sqrt().ceil() as usize;
                asks.push(Ask::Samples { codes: self.sampled_codes(i), across });
            }
            if self.overlays(i).manifold {
                asks.push(self.panes[i].manifold_ask(checkpoint.model.rows.max(checkpoint.model.cols)));
            }
            for ask in asks {
                if self.panes[i].pictures.lacks(&ask, &checkpoint) {
                    self.decoder.ask(i, checkpoint.clone(), ask);
                }
            }
        }
    }

    /// Asks for a pane's cloud of points.
    pub fn ask_cloud(&mut self, pane: usize, scene: Scene) {
        if let Some(pane_cloud) = self.panes.get_mut(pane).map(|pane| &mut pane.cloud) {
            self.clouds.ask(pane, pane_cloud, scene);
        }
    }

    /// Asks for the field behind a pane's points.
    pub fn ask_field(&mut self, pane: usize, kind: FieldKind, view: (Code, Code)) {
        let (Some(run), Some(stage)) = (self.run(pane), &self.stage) else { return };
        let (checkpoint, codes, dataset) = (run.checkpoint.clone(), run.codes.clone(), stage.dataset.clone());
        let wish = FieldWish { kind, checkpoint, codes, dataset, view };
        self.fields.ask(pane, &mut self.panes[pane].field, wish);
    }

    /// Asks for the training image nearest to a sample, unless it is known.
    pub fn ask_nearest(&mut self, sample: &Picture) {
        let known = self.nearest.as_ref().is_some_and(|(of, _)| of == sample);
        if let (false, Some(stage)) = (known, &self.stage) {
            self.nearest = Some((sample.clone(), None));
            self.finder.ask(0, Wanted { sample: sample.clone(), dataset: stage.dataset.clone() });
        }
    }

    /// Asks for a picture of the last run that no pane shows; only how long it takes is of interest.
    pub fn ask_aside(&mut self, ask: Ask) {
        let last = self.panes.len().saturating_sub(1);
        if let Some(checkpoint) = self.run(last).map(|run| run.checkpoint.clone()) {
            self.decoder.ask(usize::MAX, checkpoint, ask);
        }
    }

    /// All runs, whether a pane shows them or not, in the order in which they came.
    pub(super) fn all_runs(&self) -> impl Iterator<Item = &LiveRun> {
        self.live.iter().flat_map(|live| &live.runs)
    }

    /// The runs that follow the settings: all but the forks, which have their own.
    fn originals(&self) -> Vec<RunId> {
        let runs = self.live.iter().flat_map(|live| &live.runs);
        runs.filter(|run| run.origin.is_none()).map(|run| run.id).collect()
    }

    /// What is drawn over a pane's plane.
    pub fn overlays(&self, pane: usize) -> &Overlays {
        let own = self.panes.get(pane).and_then(|pane| pane.own.as_ref());
        own.map_or(&self.settings.overlays, |(_, overlays)| overlays)
    }

    /// Whether settings have been changed that only a reset puts in force.
    pub fn reset_pending(&self) -> bool {
        let (Some(run), Some(stage)) = (self.run(0), &self.stage) else { return false };
        let (train, model) = (&run.checkpoint.progress.train, &run.checkpoint.model);
        let now = &self.settings.train;
        let probe = stage.probe.len() != self.settings.probe.min(stage.dataset.len());
        let model = train.batch != now.batch
            || train.seed != now.seed
            || self.settings.arch().is_ok_and(|arch| arch != model.arch);
        probe || (self.trained.is_empty() && model)
    }

    /// What is worth keeping for the next time.
    pub fn settings_to_save(&self) -> Settings {
        let Settings { data, likelihood, train, kl_on, .. } = self.own.clone();
        match self.trained.is_empty() {
            true => self.settings.clone(),
            false => Settings { data, likelihood, train, kl_on, ..self.settings.clone() },
        }
    }

    /// Whether the window was opened on trained runs.
    pub fn is_trained(&self) -> bool {
        !self.trained.is_empty()
    }

    pub(super) fn start(&mut self) {
        let (data, probe) = (self.settings.data.clone(), self.settings.probe);
        self.session.0 += 1;
        if !self.trained.is_empty() && self.trained[0].progress.data == data {
            let resumed = |c: &Arc<Checkpoint>| Resumed { checkpoint: c.clone(), history: Default::default() };
            let runs = self.trained.iter().map(resumed).collect();
            self.send(Command::Resume { data, runs, probe });
        } else {
            match self.settings.runs() {
                Ok(runs) => self.send(Command::Start { data, runs, probe }),
                Err(error) => return self.complain(error.to_string()),
            }
        }
        self.send(Command::Train(self.training));
    }

    /// Sends a command to the session that was last begun.
    pub(super) fn send(&mut self, command: Command) {
        self.engine.send(self.session, command);
    }

    pub(super) fn complain(&mut self, text: String) {
        self.notice = Some(Notice { text, is_error: true });
    }
}
