//! The planes of some runs beside each other.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::frame::{Frame, View};
use super::kind::FigureError;
use super::overlays::{FieldLayer, Gaussian, Manifold, Mean, Plane, Rings, field as field_overlay, marks};
use super::page::{BOTTOM, FigureOptions, LEFT, LegendEntry, Page, RIGHT, TOP};
use super::{Cloud, Raster};
use crate::config::{Likelihood, Place};
use crate::data::Split;
use crate::explore::{Cells, FieldKind, Summary, decode_grid_within, field};
use crate::model::{Checkpoint, Frozen, Places};
use crate::progress::Progress;

/// Pixels along the longer side of an image of the manifold at most: twice those of its cell.
const IMAGE: usize = 64;
/// Side of a cell of the manifold and of a field, in pixels.
const CELL: f32 = 30.0;
const FIELD_CELL: f32 = 6.0;
/// Numbers of the images of all cells of a field, at most: those of MNIST's on a page of 4,000 x 3,000 pixels.
const FIELD_NUMBERS: f32 = 3e8;
/// Arrows along the longer side.
const ARROWS: f32 = 19.0;
/// What a plane shows at least: the prior's third ring.
const SMALLEST: f32 = 3.3;
/// Around the outermost codes, in pixels, so that none is cut.
const MARGIN: f32 = 8.0;

/// What is drawn in a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Show {
    Field(FieldKind),
    Manifold,
    Rings,
    Points,
    Posteriors,
    Means,
    /// The words of a quantised code, which need its model.
    Words,
}

impl Plane {
    /// A plane that shows these of the things that need no model: codes, class means, posteriors and, until a `Panel` puts its
    /// model's prior there, N(0, I).
    pub fn of(show: &[Show], cloud: &Cloud, summary: &Summary, class_names: &[String]) -> Self {
        let shows = |what| show.contains(&what);
        Self {
            points: shows(Show::Points).then(|| cloud.clone()),
            rings: shows(Show::Rings).then(Arc::default),
            posteriors: if shows(Show::Posteriors) { Gaussian::of_classes(&cloud.codes, summary) } else { Vec::new() },
            means: if shows(Show::Means) { Mean::of_classes(summary, class_names) } else { Vec::new() },
            ..Self::default()
        }
    }
}

/// One plane of a figure, and what its field and its manifold are computed from.
pub struct Panel<'a> {
    pub title: String,
    /// What is drawn and is there already; rings become those of the model's prior.
    pub plane: Plane,
    /// What is to be seen; all codes and the prior's rings if none.
    pub view: Option<View>,
    /// What else is drawn, which is computed for the size that the plane gets.
    pub field: Option<FieldKind>,
    pub manifold: bool,
    pub model: &'a dyn Frozen,
    /// The codes that a density is of.
    pub codes: &'a Places,
    /// Training images that classes of decoded images are read from.
    pub known: &'a Split,
}

impl Panel<'_> {
    /// What a plane of a run is headed with.
    pub fn title(checkpoint: &Checkpoint) -> String {
        let (model, train) = (&checkpoint.model, &checkpoint.progress.train);
        match model.has_gaussian() {
            true => format!("{}, β = {}", model.describe(), train.beta),
            false => model.describe(),
        }
    }
}

/// A line of the settings that the planes of some runs come from.
pub fn caption<'a>(checkpoints: impl IntoIterator<Item = &'a Checkpoint>, data: &str, images: usize) -> String {
    let one = |checkpoint: &Checkpoint| {
        let (model, progress) = (&checkpoint.model, &checkpoint.progress);
        let train = &progress.train;
        let beta = if model.has_gaussian() { format!(" β {}", train.beta) } else { String::new() };
        let likelihood = match model.likelihood {
            Likelihood::Bernoulli => String::new(),
            gaussian => format!(" {gaussian}"),
        };
        format!(
            "{} {}{beta}{likelihood}, step {}, batch {}, learning rate {}, seed {}",
            model.kind, model.arch, progress.step, train.batch, train.learning_rate, train.seed
        )
    };
    let runs: Vec<String> = checkpoints.into_iter().map(one).collect();
    format!("{data}, {images} images. {}.", runs.join("; "))
}

/// All codes and the prior's rings, with room for whole marks around them.
pub fn whole_view(codes: &[Place]) -> View {
    let (mut min, mut max) = ([-SMALLEST; 2], [SMALLEST; 2]);
    for z in codes.iter().filter(|z| z.iter().all(|v| v.is_finite())) {
        for d in 0..2 {
            (min[d], max[d]) = (min[d].min(z[d]), max[d].max(z[d]));
        }
    }
    (min, max)
}

/// The planes with axes, a legend and a caption, as SVG; text is text.
pub fn planes(
    panels: &[Panel],
    legend: &[LegendEntry],
    options: &FigureOptions,
    progress: &Progress,
) -> Result<String, FigureError> {
    let mut page = Page::new(options, legend);
    let share = options.width as f32 / panels.len().max(1) as f32;
    let has_field = panels.iter().any(|panel| panel.field.is_some() || panel.plane.field.is_some());
    let top = TOP + if has_field { field_overlay::STRIP } else { 0.0 };
    for (i, panel) in panels.iter().enumerate() {
        let size = [share - LEFT - RIGHT, page.bottom - top - BOTTOM].map(|side| side.max(20.0));
        let (view, margin) = panel.view.map_or_else(|| (whole_view(&panel.codes.mu), MARGIN), |view| (view, 0.0));
        let frame = Frame::fitting([i as f32 * share + LEFT, top], size, view, margin);
        page.framed(&panel.title, &marks(&panel.computed(&frame, &progress.part_of(i, panels.len()))?, &frame), &frame);
    }
    page.finish()
}

impl Panel<'_> {
    /// The plane with its field, its manifold and its prior.
    fn computed(&self, frame: &Frame, progress: &Progress) -> Result<Plane, FigureError> {
        let mut plane = self.plane.clone();
        let Frame { min, max, width, height, .. } = *frame;
        let count = |side: f32, cell: f32| ((side / cell).round() as usize).max(1);
        if plane.rings.is_some() {
            plane.rings = Rings::of(self.model, &progress.part(0.0, 0.1))?.map(Arc::new);
        }
        if let Some(kind) = self.field {
            let side = match kind {
                FieldKind::Flow => width.max(height) / ARROWS,
                FieldKind::Density | FieldKind::Difference => FIELD_CELL,
                // Of large images fewer are decoded.
                FieldKind::Magnification | FieldKind::Class => {
                    let numbers = width * height / (FIELD_CELL * FIELD_CELL) * self.model.config().pixels() as f32;
                    FIELD_CELL * (numbers / FIELD_NUMBERS).sqrt().max(1.0)
                }
            };
            let cells = Cells { min, max, across: count(width, side), down: count(height, side) };
            let values = field(kind, &cells, self.model, self.codes, self.known, &progress.part(0.1, 0.5))?;
            plane.field = Some(FieldLayer::new(kind, cells, &values));
        }
        if self.manifold {
            // As on the screen: no cell so small that more than half of its pixels are lost.
            let shape = self.model.config().shape;
            let cell = CELL.max(0.5 * shape.rows.max(shape.cols) as f32);
            let cells = Cells { min, max, across: count(width, cell), down: count(height, cell) };
            let picture =
                decode_grid_within(self.model, &cells, IMAGE * cells.across.max(cells.down), &progress.part(0.5, 1.0))?;
            plane.manifold = Some(Manifold { image: Arc::new(Raster::from(picture)), min, max });
        }
        Ok(plane)
    }
}
