//! Beginning: from nothing, from opened runs, or anew.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::archive::Archive;
use super::runs::admits;
use super::{Document, Effect, KlHalves, PathSettings, Screen, Session, Settings};
use crate::config::DataSource;
use crate::engine::{Command, SessionId, Stage};
use crate::explore::{Waypoint, ground_of};
use crate::train::Opened;

/// What the window opens on.
#[derive(Clone, Debug)]
pub enum Start {
    /// New runs of the models of last time (an AE and a VAE the first time), on the data of last time or on those named.
    Fresh { data: Option<DataSource> },
    /// Trained runs, on their own data or on those named.
    Trained { runs: Vec<Opened>, data: Option<DataSource> },
    /// A session that was kept.
    Saved { file: PathBuf, archive: Box<Archive> },
}

/// What is kept from one time to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub settings: Settings,
    pub screen: Screen,
}

impl Session {
    /// A session that has still to hear from the engine, and what is to be sent there.
    pub fn new(preferences: Preferences, start: Start) -> (Self, Vec<Effect>) {
        let mut settings = preferences.settings.sanitised();
        settings.roster.iter_mut().for_each(|member| member.run = None);
        let own = settings.clone();
        let mut saved = None;
        let opened = match start {
            Start::Saved { archive, .. } => {
                saved = Some(*archive);
                Vec::new()
            }
            Start::Fresh { data } => {
                settings.data = data.unwrap_or(settings.data);
                Vec::new()
            }
            Start::Trained { runs, data } => {
                if let Some(first) = runs.first().map(|run| &run.checkpoint) {
                    settings.data = data.unwrap_or_else(|| first.progress.data.clone());
                    settings.train = first.progress.train.clone();
                    settings.kl = KlHalves::Both;
                    settings.is_chained = settings.train.beta.whole().is_some();
                    settings.likelihood = first.model.likelihood;
                }
                runs
            }
        };
        let mut session = Self {
            training: settings.train_at_start && opened.is_empty() && saved.is_none(),
            opened_on: settings.data.clone(),
            document: Document { settings, screen: preferences.screen.sanitised(), ..Document::default() },
            undo: Default::default(),
            id: SessionId(0),
            newest: SessionId(0),
            stage: None,
            live: None,
            is_starting: false,
            failures: Default::default(),
            draft: None,
            entered: Default::default(),
            is_kept: false,
            saved: Default::default(),
            next_run: 0,
            coming: None,
            expected: Default::default(),
            default_names: Default::default(),
            findings: Default::default(),
            measuring: Default::default(),
            looking: None,
            playing: None,
            walking: None,
            outline: None,
            emphasis: None,
            colors: Arc::default(),
            border: [0; 3],
            nearest: Default::default(),
            notice: None,
            confirmations: Default::default(),
            opened,
            own,
            now: Default::default(),
        };
        let mut effects = vec![Effect::Send(session.id, Command::SetBudget(session.settings().budget << 20))];
        effects.extend(match saved {
            Some(archive) => session.restore(archive),
            None => session.start(),
        });
        (session, effects)
    }

    /// Begins another session with new runs, or with the opened ones as they were.
    pub(super) fn start(&mut self) -> Vec<Effect> {
        // Their runs stay known, for a start can fail.
        let now = self.roster();
        for (member, now) in self.document.settings.roster.iter_mut().zip(now) {
            member.recipe = now.recipe;
        }
        let settings = &self.document.settings;
        let (data, probe) = (settings.data.clone(), settings.probe);
        let command = if self.is_opened() && self.opened_on == data {
            Command::Resume { data, runs: self.opened.clone(), probe }
        } else {
            match settings.runs() {
                Ok(runs) => Command::Start { data, runs, probe },
                Err(error) => {
                    // What there is stays.
                    if let Some(stage) = &self.stage {
                        self.document.settings.data = stage.dataset.source.clone();
                    }
                    self.say(super::Notice::error(error.to_string()));
                    return Vec::new();
                }
            }
        };
        self.newest = SessionId(self.newest.0 + 1);
        self.id = self.newest;
        self.is_starting = true;
        vec![Effect::Send(self.id, command), Effect::Send(self.id, Command::Train(self.training))]
    }

    /// New runs are in place.
    pub(super) fn take_stage(&mut self, stage: Stage) {
        // Data that were opened with runs were not chosen.
        if !self.is_opened() || stage.dataset.source != self.opened_on {
            self.document.screen.remember(&stage.dataset.source);
        }
        let document = &mut self.document;
        let has = |image: usize| image < stage.probe.len();
        document.cursor.image = document.cursor.image.filter(|&image| has(image));
        let path = &mut document.settings.path;
        if path.points.iter().any(|point| matches!(point, Waypoint::Image(image) if !has(*image))) {
            path.points = PathSettings::default().points;
        }
        document.panes.clear();
        document.names.clear();
        document.own.clear();
        document.planes.clear();
        document.settings.roster.iter_mut().for_each(|member| member.run = None);
        document.screen.views.clear();
        document.drawing = Default::default();
        document.selection = Default::default();
        self.is_starting = stage.session != self.id;
        self.expected.clear();
        self.default_names.clear();
        self.failures.clear();
        self.entered.clear();
        self.saved.clear();
        self.findings = Default::default();
        self.measuring.clear();
        (self.live, self.outline, self.emphasis) = (None, None, None);
        self.border = ground_of(&stage.probe);
        self.stage = Some(stage);
        self.recolor();
        self.look_at(None);
    }

    /// What was chosen while a start was under way that failed, for the runs that are still there.
    pub(super) fn catch_up(&self) -> Vec<Effect> {
        let settings = self.settings();
        let mut commands = Vec::new();
        for live in self.followers() {
            let run = live.id;
            commands.push(Command::SetBeta { run, beta: settings.beta() });
            commands.push(Command::SetLearningRate { run, rate: settings.train.learning_rate });
            if admits(live, settings.likelihood) {
                commands.push(Command::SetLikelihood { run, likelihood: settings.likelihood });
            }
        }
        for (&run, own) in &self.document.own {
            commands.push(Command::SetBeta { run, beta: own.beta });
            commands.push(Command::SetLearningRate { run, rate: own.learning_rate });
        }
        let planes = self.document.planes.iter();
        commands.extend(planes.map(|(&run, &plane)| Command::SetPlane { run, plane }));
        commands.push(Command::SetBudget(settings.budget << 20));
        commands.into_iter().map(|command| self.send(command)).collect()
    }

    /// What is worth keeping for the next time.
    pub fn preferences(&self) -> Preferences {
        let screen = Screen { views: Default::default(), ..self.screen().clone() };
        let now = Settings { roster: self.roster(), ..self.settings().clone() };
        if self.opened.is_empty() {
            return Preferences { settings: now, screen };
        }
        let Settings { data, roster, likelihood, train, kl, is_chained, .. } = self.own.clone();
        Preferences { settings: Settings { data, roster, likelihood, train, kl, is_chained, ..now }, screen }
    }

    /// Whether the window was opened on trained runs.
    pub fn is_opened(&self) -> bool {
        !self.opened.is_empty()
    }

    /// Whether settings have been changed that only a reset puts in force.
    pub fn reset_pending(&self) -> bool {
        let (Some(any), Some(stage)) = (self.runs().next(), &self.stage) else { return false };
        let now = &self.settings().train;
        let probe = stage.probe.len() != self.settings().probe.min(stage.dataset.len());
        let batch = any.checkpoint.progress.train.batch != now.batch;
        let follower = self.followers().find(|run| {
            let model = &run.checkpoint.model;
            !model.is_closed_form() && !model.is_frozen()
        });
        let model = follower.is_some_and(|run| {
            let (train, model) = (&run.checkpoint.progress.train, &run.checkpoint.model);
            train.seed != now.seed || self.settings().arch().is_ok_and(|arch| arch != model.arch)
        });
        probe || (self.opened.is_empty() && (batch || model))
    }
}
