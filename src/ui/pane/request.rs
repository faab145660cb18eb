//! What panes ask of the workers: the image at the cursor, the manifold, a field, and the cloud of codes.

use std::sync::Arc;

use egui::{Color32, ColorImage};

use crate::config::Place;
use crate::data::Dataset;
use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::{Cells, FieldKind, Picture, decode_grid_within, field, tile};
use crate::figure::{Cloud, Extent, FieldLayer, Manifold, View};
use crate::model::{Checkpoint, Frozen, Places};

/// Cells of a field along the longer side of the plane, from the first answer to the last.
const LEVELS: [usize; 3] = [20, 44, 88];
/// Pixels along the longer side of a manifold at most.
const MANIFOLD: usize = 2_048;
/// Arrows along the longer side.
const ARROWS: usize = 19;
/// Training images that classes are read from.
const KNOWN: usize = 5_000;

/// The image that a run decodes at a code.
#[derive(Clone)]
pub struct CursorRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    pub code: Place,
}

impl PartialEq for CursorRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && self.code == other.code
    }
}

impl Request for CursorRequest {
    type Reply = Arc<Picture>;
    const NAME: &'static str = "image at the cursor";

    fn urgency(&self) -> Urgency {
        Urgency::Drag
    }

    /// While one drags, the image of a moment ago is better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let config = model.config();
        Ok(Arc::new(tile(&model.decode_places(&[self.code])?, config.shape, 1)))
    }
}

/// A grid of decoded codes over a part of a run's plane.
#[derive(Clone)]
pub struct ManifoldRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    pub view: View,
    pub across: usize,
    pub down: usize,
}

impl PartialEq for ManifoldRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && (self.view, self.across, self.down) == (other.view, other.across, other.down)
    }
}

impl Request for ManifoldRequest {
    type Reply = Manifold;
    const NAME: &'static str = "manifold";

    fn urgency(&self) -> Urgency {
        Urgency::Map
    }

    /// While a run learns or the view moves, the manifold of a moment ago is better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let (min, max) = self.view;
        let cells = Cells { min, max, across: self.across, down: self.down };
        let picture = job.watch(|progress| decode_grid_within(&*model, &cells, MANIFOLD, &progress))?;
        Ok(Manifold { image: Arc::new(picture.into()), min, max })
    }
}

/// A field over a part of a run's plane.
#[derive(Clone)]
pub struct FieldRequest {
    pub run: RunId,
    pub kind: FieldKind,
    pub checkpoint: Arc<Checkpoint>,
    pub codes: Arc<Places>,
    pub dataset: Arc<Dataset>,
    pub view: View,
}

impl PartialEq for FieldRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && Arc::ptr_eq(&self.codes, &other.codes)
            && (self.kind, self.view) == (other.kind, other.view)
    }
}

impl Request for FieldRequest {
    type Reply = FieldLayer;
    const NAME: &'static str = "field";

    fn urgency(&self) -> Urgency {
        Urgency::Map
    }

    /// While a run learns or the view moves, the field of a moment ago is better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run && self.kind == asked.kind
    }

    fn work(&self, job: &Job<FieldLayer>) -> Result<FieldLayer, JobError> {
        let model = job.model(&self.checkpoint)?;
        // Only the class of decoded images is read from them.
        let known = self.dataset.train.spread(if self.kind == FieldKind::Class { KNOWN } else { 1 });
        let levels: &[usize] = if self.kind == FieldKind::Flow { &[ARROWS] } else { &LEVELS };
        let mut finest = None;
        for &level in levels {
            job.progress(0.0)?;
            finest.take().into_iter().for_each(|reply| job.preview(reply));
            let cells = self.cells(level);
            let field = job.watch(|progress| field(self.kind, &cells, &*model, &self.codes, &known, &progress))?;
            finest = Some(FieldLayer::new(self.kind, cells, &field));
        }
        finest.ok_or_else(|| JobError::Other("the field has no cells".to_owned()))
    }
}

impl FieldRequest {
    fn cells(&self, along: usize) -> Cells {
        let (min, max) = self.view;
        let size = [max[0] - min[0], max[1] - min[1]];
        let [across, down] = size.map(|side| ((along as f32 * side / size[0].max(size[1])).round() as usize).max(1));
        Cells { min, max, across, down }
    }
}

/// The codes of a run as a picture of a part of its plane.
#[derive(Clone)]
pub struct CloudRequest {
    pub run: RunId,
    pub cloud: Cloud,
    pub extent: Extent,
}

impl PartialEq for CloudRequest {
    fn eq(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.cloud, &other.cloud);
        Arc::ptr_eq(&ours.codes, &theirs.codes)
            && Arc::ptr_eq(&ours.colors, &theirs.colors)
            && match (&ours.emphasis, &theirs.emphasis) {
                (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
                (ours, theirs) => ours.is_none() && theirs.is_none(),
            }
            && self.extent == other.extent
    }
}

impl Request for CloudRequest {
    type Reply = Arc<ColorImage>;
    const NAME: &'static str = "codes";

    fn urgency(&self) -> Urgency {
        Urgency::Drag
    }

    /// While a run learns or the view moves, the codes of a moment ago are better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, _: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let pixels = self.cloud.premultiplied(&self.extent);
        let color = |[r, g, b, a]: [u8; 4]| Color32::from_rgba_premultiplied(r, g, b, a);
        Ok(Arc::new(ColorImage::new(self.extent.size, pixels.into_iter().map(color).collect())))
    }
}
