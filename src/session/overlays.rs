//! What is drawn over latent planes.

use serde::{Deserialize, Serialize};

use crate::explore::FieldKind;

/// What is drawn over a latent plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overlays {
    pub points: bool,
    pub means: bool,
    pub posteriors: bool,
    pub rings: bool,
    pub manifold: bool,
    pub trails: bool,
    /// The words of a quantised code.
    pub words: bool,
    /// What is behind the points.
    pub field: Option<FieldKind>,
}

impl Overlays {
    pub const NONE: Self = Self {
        points: false,
        means: false,
        posteriors: false,
        rings: false,
        manifold: false,
        trails: false,
        words: false,
        field: None,
    };
}

impl Default for Overlays {
    fn default() -> Self {
        Self { points: true, means: true, posteriors: true, rings: true, words: true, ..Self::NONE }
    }
}

/// One of the overlays that are on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    Points,
    Means,
    Posteriors,
    Rings,
    Manifold,
    Trails,
    Words,
}

impl Overlays {
    pub fn on(&mut self, overlay: Overlay) -> &mut bool {
        match overlay {
            Overlay::Points => &mut self.points,
            Overlay::Means => &mut self.means,
            Overlay::Posteriors => &mut self.posteriors,
            Overlay::Rings => &mut self.rings,
            Overlay::Manifold => &mut self.manifold,
            Overlay::Trails => &mut self.trails,
            Overlay::Words => &mut self.words,
        }
    }
}
