//! How the window looks and where its planes look: kept and saved, but no step that undo goes back by.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::PaneId;
use crate::config::{DataSource, Place};
use crate::explore::Summary;
use crate::figure::Quantity;

/// What a plane shows at least when it follows its codes: the prior's third ring.
const SMALLEST_VIEW: f32 = 3.3;
/// Opened images that are remembered, and as many sessions.
const MOST_RECENT: usize = 8;
/// How much the interface may be enlarged or reduced.
const ZOOMS: std::ops::RangeInclusive<f32> = 0.6..=2.5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Screen {
    /// The tab that is open, by its id.
    pub tab: String,
    pub theme: Theme,
    /// How much larger than usual everything is.
    pub zoom: f32,
    pub frame_rate: bool,
    /// Whether the hint for newcomers is still to be shown.
    pub hint: bool,
    pub losses: LossSettings,
    pub figure: FigureSettings,
    /// Sessions that were opened or saved last, newest first.
    pub sessions: Vec<PathBuf>,
    /// Images that were opened, the newest first.
    pub recent: Vec<DataSource>,
    /// What each plane is asked to show.
    pub views: BTreeMap<PaneId, View>,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            tab: "losses".to_owned(),
            theme: Theme::default(),
            zoom: 1.0,
            frame_rate: false,
            hint: true,
            losses: LossSettings::default(),
            figure: FigureSettings::default(),
            sessions: Vec::new(),
            recent: Vec::new(),
            views: BTreeMap::new(),
        }
    }
}

impl Screen {
    /// The same with nothing in it that cannot be drawn: a saved file may hold anything.
    pub fn sanitised(mut self) -> Self {
        let is_sound = self.zoom.is_finite() && self.zoom > 0.0;
        self.zoom = if is_sound { self.zoom.clamp(*ZOOMS.start(), *ZOOMS.end()) } else { 1.0 };
        self.figure.width = self.figure.width.clamp(200, 16_000);
        self.figure.height = self.figure.height.clamp(200, 16_000);
        self.recent.retain(|source| source.reading.validate().is_ok());
        self.recent.truncate(MOST_RECENT);
        self.sessions.truncate(MOST_RECENT);
        self.views.retain(|_, view| view.is_sound());
        self
    }

    /// Remembers images that were opened.
    pub fn remember(&mut self, source: &DataSource) {
        if !source.is_built_in() {
            put_first(&mut self.recent, source.clone());
        }
    }

    /// Remembers a session that was opened or saved.
    pub fn remember_session(&mut self, file: PathBuf) {
        put_first(&mut self.sessions, file);
    }

    pub fn set_zoom(&mut self, zoom: f32) {
        self.zoom = zoom;
        *self = std::mem::take(self).sanitised();
    }
}

/// Puts `item` before the others.
fn put_first<T: PartialEq>(items: &mut Vec<T>, item: T) {
    items.retain(|other| *other != item);
    items.insert(0, item);
    items.truncate(MOST_RECENT);
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LossSettings {
    pub quantity: Quantity,
    pub logarithmic: bool,
}

/// How figures are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FigureSettings {
    /// In pixels.
    pub width: usize,
    pub height: usize,
    pub dark: bool,
    pub png: bool,
}

impl Default for FigureSettings {
    fn default() -> Self {
        Self { width: 1600, height: 800, dark: false, png: false }
    }
}

/// The part of a plane that is asked for; what is seen is wider on one side, for its aspect is equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    pub min: Place,
    pub max: Place,
    /// Follow the codes, rather than stay where the person looks.
    pub follows: bool,
}

impl Default for View {
    fn default() -> Self {
        Self { min: [-SMALLEST_VIEW; 2], max: [SMALLEST_VIEW; 2], follows: true }
    }
}

impl View {
    pub fn height(&self) -> f32 {
        self.max[1] - self.min[1]
    }

    /// Closer by `factor`, with `about` where it was.
    pub fn zoomed(self, factor: f32, about: Place) -> Self {
        let corner = |c: Place| [0, 1].map(|d| about[d] + (c[d] - about[d]) / factor);
        Self { min: corner(self.min), max: corner(self.max), follows: false }
    }

    /// Wide enough to be drawn and not so wide or far that numbers no longer tell places apart.
    pub fn is_sound(&self) -> bool {
        (0..2).all(|d| {
            let (min, max) = (self.min[d], self.max[d]);
            let size = max - min;
            min.is_finite() && max.is_finite() && size > 1e-5 && size < 1e9 && size > 1e-5 * min.abs().max(max.abs())
        })
    }

    /// All codes but the outermost, and the rings of the prior; those alone if the codes are too far to be drawn.
    pub fn of(summary: &Summary) -> Self {
        summary.bounds.map(Self::of_bounds).filter(Self::is_sound).unwrap_or_default()
    }

    /// The same of codes between these corners.
    pub fn of_bounds((low, high): (Place, Place)) -> Self {
        let mut view = Self::default();
        for d in 0..2 {
            let margin = 0.06 * (high[d] - low[d]);
            view.min[d] = f32::min(view.min[d], low[d] - margin);
            view.max[d] = f32::max(view.max[d], high[d] + margin);
        }
        view
    }

    /// Widened or narrowed to its codes if it follows them, but not for small changes, which would make it tremble.
    pub fn following(self, summary: &Summary) -> Self {
        if !self.follows {
            return self;
        }
        let wanted = Self::of(summary);
        let outside = (0..2).any(|d| wanted.min[d] < self.min[d] || wanted.max[d] > self.max[d]);
        let width = |view: &Self| view.max[0] - view.min[0];
        let smaller = wanted.height().max(width(&wanted)) < 0.7 * self.height().max(width(&self));
        let next = match (outside, smaller) {
            (false, false) => self,
            (true, _) if wanted != Self::default() => {
                let [x, y] = [0.05 * width(&wanted), 0.05 * wanted.height()];
                let (min, max) = (wanted.min, wanted.max);
                Self { min: [min[0] - x, min[1] - y], max: [max[0] + x, max[1] + y], follows: true }
            }
            _ => wanted,
        };
        if next.is_sound() { next } else { wanted }
    }
}
