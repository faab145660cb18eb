//! Everything that a person can do, as data.

use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::path::PathBuf;
use std::sync::Arc;

use super::PaneId;
use super::draft::Draft;
use super::findings::Finding;
use super::notice::Notice;
use super::overlays::Overlay;
use super::screen::{FigureSettings, LossSettings, Theme, View};
use super::settings::{Coloring, DrawingStage, KlHalves, Link, StripFormat, Tool, WordSettings};
use crate::config::{Beta, DataSource, Likelihood, ModelKind, Place, PlaneChoice};
use crate::engine::RunId;
use crate::explore::{FieldKind, Interpolation, Spacing, Waypoint};
use crate::train::RunSettings;

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Train, or pause.
    Train(bool),
    /// One step of every run.
    Step,
    /// Start over from the settings, or from the opened runs.
    Reset,
    Set(Setting),
    RestoreDefaults,
    Undo,
    Redo,

    /// Describes a run that could be started, or describes it no longer.
    Describe(Option<Box<Draft>>),
    /// A new run from new weights, in a pane of its own, which follows the settings.
    NewRun(ModelKind),
    /// The same with parts and weights of its own, as it was described.
    Start(Box<RunSettings>),
    /// A new run, in a pane of its own, that goes on from what a pane shows.
    Fork(PaneId),
    /// A new pane that shows the run of another.
    Duplicate(PaneId),
    /// Takes a pane away, and its run with it if no other pane shows it.
    Close(PaneId),
    /// To another place among the panes.
    Move {
        pane: PaneId,
        to: usize,
    },
    /// Has a pane show another run.
    Show {
        pane: PaneId,
        run: RunId,
    },
    Rename {
        run: RunId,
        name: String,
    },
    /// The KL weights and learning rate of a run that has its own.
    SetBeta {
        run: RunId,
        beta: Beta,
    },
    SetLearningRate {
        run: RunId,
        rate: f64,
    },
    /// The plane through a run's latent space that is shown, where that has other than two dimensions.
    SetPlane {
        run: RunId,
        plane: PlaneChoice,
    },
    /// Gives a pane a cursor and overlays of its own, or takes them away.
    Unlink(PaneId),
    /// Draws something over the planes or not: of an unlinked pane, or of all that are linked.
    ShowOverlay {
        pane: Option<PaneId>,
        overlay: Overlay,
        on: bool,
    },
    /// Draws a field behind the points, or none.
    ShowField {
        pane: Option<PaneId>,
        field: Option<FieldKind>,
    },

    /// Puts the cursor where it was pointed at in a pane.
    Point {
        pane: PaneId,
        at: Place,
    },
    /// Moves it by a fraction of what the pane last pointed at shows.
    Nudge {
        right: f32,
        up: f32,
    },
    /// Changes what a pane shows of its plane.
    Look {
        pane: PaneId,
        view: View,
    },
    /// Has a plane follow its codes again.
    FitView(PaneId),
    /// Draws on at the outline of a selection.
    Outline {
        pane: PaneId,
        at: Place,
    },
    /// Picks out what is within the outline.
    CloseOutline,

    AddWaypoint(Waypoint),
    RemoveWaypoint,
    /// Moves a waypoint to a place in a pane: an image to the image nearest there.
    MoveWaypoint {
        index: usize,
        pane: PaneId,
        at: Place,
    },
    /// Has all waypoints be images, or codes, those of a pane.
    MakeWaypoints {
        images: bool,
    },
    /// Has the cursor of every pane go along its path, or stop.
    Walk(bool),

    /// Shows a class or hides it, or shows it alone.
    ShowClass {
        class: u16,
        only: bool,
    },
    ShowAllClasses,
    /// Picks out these images of the probe, or nothing.
    Select(Option<Vec<usize>>),
    /// Puts every pane's cursor on an image of the probe.
    Find(usize),

    /// Draws on, or begins a line with a brush. Places are from 0 to 1 across and down the canvas.
    Draw {
        at: [f32; 2],
        brush: Option<Brush>,
    },
    UndoLine,
    /// What a drawing in colour is on.
    SetGround([u8; 3]),
    ClearDrawing,
    /// Puts an image (pixels) in [0, 1] in the place of what was drawn.
    PutImage(Arc<Vec<f32>>),
    /// Draws new noise for the drawing's code.
    ResampleNoise,

    /// Looks back at the states of a step, or at the newest again.
    LookAt(Option<u64>),
    /// Plays back the timeline, or stops.
    Play(bool),
    /// Takes the measures of all runs that are shown, or stops.
    Measure(bool),
    /// Notes what the background has found.
    Note(Finding),
    /// Saves the session: to a file, to the one it is in, or to one that is asked for.
    Save {
        to: Option<PathBuf>,
        replace: bool,
    },
    /// Notes that runs which others take the place of are kept, so that `BringBack` returns to them.
    NoteKept,
    /// Notes the step of each run that a file of the person's holds.
    NoteSaved(BTreeMap<RunId, u64>),
    /// Opens a session that was saved, in place of this one.
    Open(PathBuf),
    /// Opens what there was before other runs took its place.
    BringBack,
    /// Writes something to a file, or to one that is asked for.
    Export(Export),
    /// Writes what is ready over the file that is there.
    Replace(PathBuf),
    /// Says something to the person, or takes the message away.
    Notify(Notice),
    DismissNotice,
    /// Asks before something is lost, and takes the answer.
    Ask(Confirmation),
    Confirm(bool),
}

/// A choice among the settings.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    Data(DataSource),
    Conv(bool),
    Hidden(String),
    Likelihood(Likelihood),
    Beta(Beta),
    Kl(KlHalves),
    Chain(bool),
    LearningRate(f64),
    Batch(usize),
    Seed(u64),
    Probe(usize),
    Budget(usize),
    TrainAtStart(bool),
    Coloring(Coloring),
    Link(Link),
    Tool(Tool),
    PathSteps(usize),
    Interpolation(Interpolation),
    Spacing(Spacing),
    StripFormat(StripFormat),
    StripScale(usize),
    SampleCount(usize),
    SampleDraw(u64),
    SampleFitted(bool),
    Words(WordSettings),
    TraverseFromZero(bool),
    DrawingStage(DrawingStage),
    InferDrawing(bool),
    // How the window looks; none of these is a step that is undone.
    Tab(String),
    Theme(Theme),
    Zoom(f32),
    FrameRate(bool),
    Hint(bool),
    Losses(LossSettings),
    Figure(FigureSettings),
    /// A session that was opened or saved.
    RecentSession(PathBuf),
}

/// A question that must be answered before something is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmation {
    pub text: String,
    /// What the button says that does it all the same.
    pub verb: &'static str,
    pub action: Box<Action>,
}

/// What lines are drawn with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brush {
    /// As a share of the canvas.
    pub radius: f32,
    pub erases: bool,
    pub color: [u8; 3],
}

/// Something to be written to a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    pub what: ExportId,
    /// Asked for where none is named.
    pub to: Option<PathBuf>,
}

/// What is exported: the part of the window that offers it, and which of its exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportId {
    pub of: &'static str,
    pub kind: &'static str,
    pub pane: Option<PaneId>,
}

impl ExportId {
    pub const fn new(of: &'static str, kind: &'static str) -> Self {
        Self { of, kind, pane: None }
    }
}

/// What makes two actions parts of one gesture, as those of a drag are.
pub type Gesture = (Discriminant<Action>, Option<Discriminant<Setting>>);

impl Action {
    pub fn gesture(&self) -> Gesture {
        let setting = match self {
            Self::Set(setting) => Some(discriminant(setting)),
            _ => None,
        };
        (discriminant(self), setting)
    }

    /// Whether it is the first of a step, however closely it follows another: each line that is drawn is one.
    pub fn begins_step(&self) -> bool {
        matches!(self, Self::Draw { brush: Some(_), .. })
    }

    /// Whether several in quick succession are one step for undo.
    pub fn is_continuous(&self) -> bool {
        match self {
            Self::Point { .. }
            | Self::Nudge { .. }
            | Self::MoveWaypoint { .. }
            | Self::Rename { .. }
            | Self::SetBeta { .. }
            | Self::SetLearningRate { .. } => true,
            Self::Draw { .. } | Self::SetGround(_) => true,
            Self::Set(setting) => !matches!(
                setting,
                Setting::Data(_)
                    | Setting::Kl(_)
                    | Setting::Chain(_)
                    | Setting::Conv(_)
                    | Setting::Link(_)
                    | Setting::Coloring(_)
                    | Setting::Tool(_)
            ),
            _ => false,
        }
    }
}
