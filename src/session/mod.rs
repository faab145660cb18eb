//! What a person has made and what the engine has told, without a screen: the document, the actions that change it, and
//! the one function that applies them and says what is to be sent out. Knows no egui, no thread, no clock, no file and no
//! dialog.

mod action;
mod apply;
pub mod archive;
mod cursor;
mod document;
mod draft;
mod drawing;
mod findings;
mod ids;
mod notice;
mod objections;
mod overlays;
mod path;
mod restore;
mod roster;
mod runs;
mod screen;
mod selection;
mod settings;
mod start;
mod timeline;
mod undo;

pub use action::{Action, Brush, Confirmation, Export, ExportId, Setting};
pub use document::{Cursor, Document, Drawing, Own, OwnSettings, Pane, Selection};
pub use draft::{Draft, Preset};
pub use findings::{Finding, Findings, Measured};
pub use ids::PaneId;
pub use notice::{Notice, NoticeOffer};
pub use overlays::{Overlay, Overlays};
pub use path::waypoint_name;
pub use roster::{Member, Recipe};
pub use runs::MOST_PANES;
pub use screen::{FigureSettings, LossSettings, Screen, Theme, View};
pub use settings::{
    Coloring, DrawingStage, KlHalves, LARGEST_BETA, LEARNING_RATES, Link, PathSettings, SampleSettings, Settings,
    StripFormat, Tool, WordSettings,
};
pub use start::{Preferences, Start};

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{DataSource, PLANE, Place};
use crate::engine::{Command, Event, Live, RunId, SessionId, Stage};
use crate::explore::FieldKind;
use crate::figure::Emphasis;
use crate::model::Places;
use crate::train::Opened;
use archive::Made;
use roster::Asked;
use undo::Undo;

/// What an action asks of the world outside.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A command for the engine, and the session it is meant for.
    Send(SessionId, Command),
    /// The session is to be saved.
    Save { to: Option<PathBuf>, replace: bool },
    /// A session that was saved is to be opened.
    Open(PathBuf),
    /// What there was before other runs took its place is to be opened.
    BringBack,
    /// Something to be written to a file.
    Export(Export),
    /// What is ready for this file is to be written over what is there.
    Replace(PathBuf),
}

pub struct Session {
    document: Document,
    undo: Undo,
    /// The session that commands are meant for: the one that is there, or the one that is being started.
    id: SessionId,
    /// The newest that was started, whether it could be or not.
    newest: SessionId,
    stage: Option<Stage>,
    live: Option<Live>,
    training: bool,
    /// Whether a start is under way.
    is_starting: bool,
    /// The runs that have stopped, and why.
    failures: BTreeMap<RunId, String>,
    /// What runs are called that were given no name.
    default_names: BTreeMap<RunId, String>,
    /// The runs that have been seen, and the step each of them came in with.
    entered: BTreeMap<RunId, u64>,
    /// Whether runs that others take the place of can be brought back.
    is_kept: bool,
    /// The step of each run that a file of the person's holds.
    saved: BTreeMap<RunId, u64>,
    /// One more than the highest number that a run has had.
    next_run: u64,
    /// A session that was kept and is being started.
    coming: Option<(SessionId, Made)>,
    /// New runs that have been asked for and have not come in yet.
    expected: VecDeque<Asked>,
    /// A run that is being described.
    draft: Option<Draft>,
    findings: Findings,
    /// The runs whose measures are being taken.
    measuring: BTreeSet<RunId>,
    /// The step that is looked back at.
    looking: Option<u64>,
    /// When the state that is played back came up, and since when the cursors go along the path.
    playing: Option<Duration>,
    walking: Option<Duration>,
    /// The outline that is being drawn, and the pane it is drawn in.
    outline: Option<(PaneId, Vec<Place>)>,
    /// How each point is to be drawn, if not all alike.
    emphasis: Option<Arc<Vec<Emphasis>>>,
    /// The colour of each image of the probe, and the mean colour along the borders of the images.
    colors: Arc<Vec<[u8; 3]>>,
    border: [u8; 3],
    nearest: BTreeMap<PaneId, Nearest>,
    notice: Option<Notice>,
    /// The questions that stand open, the first of which is asked.
    confirmations: VecDeque<Confirmation>,
    /// The runs to go back to, if the window was opened on some, and the person's own settings, which theirs stand in for.
    opened: Vec<Opened>,
    /// The data that they were opened on.
    opened_on: DataSource,
    own: Settings,
    now: Duration,
}

/// The image whose code lies nearest a cursor, kept until either moves.
struct Nearest {
    codes: Arc<Places>,
    cursor: Place,
    found: Option<(usize, f32)>,
}

impl Session {
    pub fn document(&self) -> &Document {
        &self.document
    }

    pub fn settings(&self) -> &Settings {
        &self.document.settings
    }

    pub fn screen(&self) -> &Screen {
        &self.document.screen
    }

    pub fn panes(&self) -> &[Pane] {
        &self.document.panes
    }

    /// The pane last pointed at, or the first.
    pub fn active_pane(&self) -> Option<PaneId> {
        let active = self.document.active.filter(|&id| self.document.pane(id).is_some());
        active.or(self.document.panes.first().map(|pane| pane.id))
    }

    pub fn stage(&self) -> Option<&Stage> {
        self.stage.as_ref()
    }

    pub fn live(&self) -> Option<&Live> {
        self.live.as_ref()
    }

    pub fn is_training(&self) -> bool {
        self.training
    }

    pub fn is_starting(&self) -> bool {
        self.is_starting
    }

    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    pub fn measuring(&self) -> &BTreeSet<RunId> {
        &self.measuring
    }

    /// Why a run has stopped, if it has.
    pub fn failure(&self, run: RunId) -> Option<&str> {
        self.failures.get(&run).map(String::as_str)
    }

    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    pub fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }

    pub fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmations.front()
    }

    pub fn outline(&self) -> Option<&(PaneId, Vec<Place>)> {
        self.outline.as_ref()
    }

    /// The colour of each image of the probe.
    pub fn colors(&self) -> &Arc<Vec<[u8; 3]>> {
        &self.colors
    }

    pub fn emphasis(&self) -> Option<&Arc<Vec<Emphasis>>> {
        self.emphasis.as_ref()
    }

    /// What is drawn over a pane's plane.
    pub fn overlays(&self, pane: PaneId) -> &Overlays {
        let own = self.document.pane(pane).and_then(|pane| pane.own.as_ref());
        own.map_or(&self.document.settings.overlays, |own| &own.overlays)
    }

    /// Whether the images have classes.
    pub fn has_classes(&self) -> bool {
        self.stage.as_ref().is_none_or(|stage| stage.dataset.has_classes())
    }

    /// The field behind the points of a pane's plane; a run of one dimension has none, and images without classes none of those.
    pub fn field(&self, pane: PaneId) -> Option<FieldKind> {
        let field = self.overlays(pane).field.filter(|&field| field != FieldKind::Class || self.has_classes())?;
        self.run(pane).filter(|run| run.checkpoint.model.latent >= PLANE).map(|_| field)
    }

    /// Takes in what the engine has sent; what is to be sent back.
    pub fn receive(&mut self, live: Option<Live>, events: Vec<Event>) -> Vec<Effect> {
        let mut effects: Vec<Effect> = events.into_iter().flat_map(|event| self.handle(event)).collect();
        let session = self.stage.as_ref().map(|stage| stage.session);
        if let Some(live) = live.filter(|live| Some(live.session) == session) {
            self.training = live.training;
            effects.extend(self.arrange(&live));
            self.live = Some(live);
            if self.looking.is_none() {
                self.look_at(None);
            }
        }
        self.refresh();
        effects
    }

    /// Says what time it is, counted from wherever; how long until something moves by itself, if it will.
    pub fn tick(&mut self, now: Duration) -> Option<Duration> {
        self.now = now;
        let next = self.play_on();
        if self.walking.is_none() {
            return next;
        }
        self.refresh();
        Some(next.map_or(path::STEP / 2, |next| next.min(path::STEP / 2)))
    }

    fn handle(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Started(stage) => match self.coming.take_if(|(session, _)| *session == stage.session) {
                Some((_, made)) => effects = self.take_restored(stage, made),
                None => self.take_stage(stage),
            },
            Event::StartFailed { session, reason } => {
                self.coming.take_if(|(coming, _)| *coming == session);
                if session == self.id {
                    self.is_starting = false;
                    if let Some(stage) = &self.stage {
                        self.id = stage.session;
                        self.document.settings.data = stage.dataset.source.clone();
                    }
                    while !self.expected.is_empty() {
                        self.strike_asked();
                    }
                    effects = self.catch_up();
                    self.training &= self.live.as_ref().is_some_and(|live| live.training);
                }
                self.say(Notice::error(reason));
            }
            // For whoever writes it.
            Event::Saved { .. } => {}
            Event::RunFailed { run, reason } => _ = self.failures.insert(run, reason),
            Event::CommandFailed { session, reason } => {
                if session == self.id {
                    self.training = false;
                    self.strike_asked();
                }
                self.say(Notice::error(reason));
            }
            Event::Died(reason) => {
                self.training = false;
                self.is_starting = false;
                self.say(Notice::error(reason));
            }
        }
        effects
    }

    /// What is worked out once for a change rather than with every frame.
    fn refresh(&mut self) {
        let panes: Vec<PaneId> = self.document.panes.iter().map(|pane| pane.id).collect();
        self.nearest.retain(|pane, _| panes.contains(pane));
        for pane in panes {
            self.find_nearest(pane);
        }
    }

    fn say(&mut self, notice: Notice) {
        self.notice = Some(notice);
    }
}
