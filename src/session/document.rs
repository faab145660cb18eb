//! What a person has made: panes, cursor, path, selection, drawing, names, settings. Serialisable as a whole; what undo
//! goes back to and what a saved session holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::PaneId;
use super::overlays::Overlays;
use super::screen::{Screen, View};
use super::settings::Settings;
use crate::config::{Beta, Place, PlaneChoice};
use crate::engine::RunId;
use crate::explore::Line;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    pub settings: Settings,
    /// From left to right.
    pub panes: Vec<Pane>,
    /// Counts the panes there have been.
    pub next_pane: u64,
    /// The pane last pointed at.
    pub active: Option<PaneId>,
    /// The names that runs were given; a blank one stands for none.
    pub names: BTreeMap<RunId, String>,
    /// What the runs are trained with that do not follow the settings: forks, and those that were described by themselves.
    #[serde(alias = "forks")]
    pub own: BTreeMap<RunId, OwnSettings>,
    /// The planes through latent spaces of more than two dimensions that were chosen.
    pub planes: BTreeMap<RunId, PlaneChoice>,
    pub cursor: Cursor,
    pub selection: Selection,
    pub drawing: Drawing,
    pub screen: Screen,
}

/// One run on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pane {
    pub id: PaneId,
    pub run: RunId,
    /// A cursor and overlays that are not those of the other panes.
    pub own: Option<Own>,
}

/// What an unlinked pane has for itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Own {
    pub cursor: Place,
    pub overlays: Overlays,
}

/// What a run is trained with that does not follow the settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnSettings {
    pub beta: Beta,
    pub learning_rate: f64,
}

/// The cursor that linked panes share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    pub code: Place,
    /// The image it holds on to while it is linked by image.
    pub image: Option<usize>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Classes that are not shown, in order.
    pub hidden: Vec<u16>,
    /// The images picked out, in order; none means that nothing is.
    pub images: Option<Arc<Vec<usize>>>,
}

/// The image that goes through the models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    pub lines: Arc<Vec<Line>>,
    /// (pixels) in [0, 1]; none while there is nothing to show.
    pub image: Option<Arc<Vec<f32>>>,
    /// Which draw of ε: each number is another.
    pub draw: u64,
    /// What drawings in colour are on, if not the colour of the images' borders.
    #[serde(default)]
    pub ground: Option<[u8; 3]>,
}

impl Selection {
    /// Whether the images of a class are shown.
    pub fn shows(&self, class: u16) -> bool {
        self.hidden.binary_search(&class).is_err()
    }
}

impl Document {
    pub fn pane(&self, id: PaneId) -> Option<&Pane> {
        self.panes.iter().find(|pane| pane.id == id)
    }

    pub fn pane_mut(&mut self, id: PaneId) -> Option<&mut Pane> {
        self.panes.iter_mut().find(|pane| pane.id == id)
    }

    /// What a plane is asked to show.
    pub fn view(&self, id: PaneId) -> View {
        self.screen.views.get(&id).copied().unwrap_or_default()
    }

    /// A pane at place `at` that shows `run`.
    pub fn insert_pane(&mut self, at: usize, run: RunId) -> PaneId {
        let id = PaneId(self.next_pane);
        self.next_pane += 1;
        self.panes.insert(at.min(self.panes.len()), Pane { id, run, own: None });
        id
    }

    pub fn shows(&self, run: RunId) -> bool {
        self.panes.iter().any(|pane| pane.run == run)
    }

    /// The plane through a run's latent space that is shown.
    pub fn plane(&self, run: RunId) -> PlaneChoice {
        self.planes.get(&run).copied().unwrap_or_default()
    }

    /// Whether it is the same but for how the window looks.
    pub fn is_same_work(&self, other: &Self) -> bool {
        Self { screen: Screen::default(), ..self.clone() } == Self { screen: Screen::default(), ..other.clone() }
    }
}
