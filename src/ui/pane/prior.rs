//! The prior in a pane: its contours, its log density at the cursor, and what one sees of a component where one points at it.

use std::sync::Arc;

use egui::{CursorIcon, Image, Response, RichText, Stroke, Ui, vec2};

use crate::config::{Place, PriorKind};
use crate::engine::{Job, JobError, LiveRun, Request, Requests, RunId, Urgency, Workers};
use crate::explore::{Picture, tile};
use crate::figure::{Component, Frame, Rings};
use crate::format;
use crate::model::{Checkpoint, Frozen, Prior};
use crate::session::PaneId;
use crate::ui::look::textures::PictureTextures;
use crate::ui::look::theme;

/// Side of a component's image, in points.
const SIDE: f32 = 84.0;
/// The radius of the ring about a component that is pointed at, in points.
const RING: f32 = 9.0;

/// What is known of the priors of the runs in panes.
pub struct Priors {
    shapes: Requests<PaneId, PriorRequest>,
    pictures: Requests<PaneId, ComponentRequest>,
    textures: PictureTextures<&'static str>,
}

impl Priors {
    pub fn new(workers: &Workers) -> Self {
        Self { shapes: Requests::new(workers), pictures: Requests::new(workers), textures: PictureTextures::default() }
    }

    pub fn retain(&mut self, keep: impl Fn(&PaneId) -> bool) {
        self.shapes.retain(&keep);
        self.pictures.retain(&keep);
    }

    pub fn poll(&mut self) {
        self.shapes.poll();
        self.pictures.poll();
    }

    /// Asks for the prior of a pane's run, unless it is known without being computed.
    pub fn ask(&mut self, pane: PaneId, run: &LiveRun) {
        if is_known(run) {
            self.shapes.cancel(pane);
        } else {
            self.shapes.ask(pane, PriorRequest { run: run.id, checkpoint: run.checkpoint.clone() });
        }
    }

    /// Whether the prior of a pane's run is there as it was asked.
    pub fn is_current(&self, pane: PaneId, run: &LiveRun) -> bool {
        is_known(run) || self.shapes.is_current(pane)
    }

    pub fn failure(&self, pane: PaneId) -> Option<&str> {
        self.shapes.failure(pane).or(self.pictures.failure(pane))
    }

    /// The prior as it lies in a pane's plane; a list of words has no density.
    pub fn rings(&self, pane: PaneId, run: &LiveRun) -> Option<Arc<Rings>> {
        match is_known(run) {
            true => (!run.checkpoint.model.is_quantised()).then(Arc::default),
            false => self.answer(pane, run)?.rings.clone(),
        }
    }

    /// log p of a place of a pane's plane, in nats: of all dimensions of the code that is there, or of the words that it is
    /// decoded as.
    pub fn log_density(&self, pane: PaneId, run: &LiveRun, place: Place) -> Option<f64> {
        let Checkpoint { model, plane, .. } = &*run.checkpoint;
        if model.is_quantised() {
            return Some(-(model.codebook.tokens as f64) * (model.codebook.words as f64).ln());
        }
        let code: Vec<f64> = plane.code(place).into_iter().map(f64::from).collect();
        match model.prior {
            PriorKind::Normal => Some(Prior::normal(model.latent).log_density(&code)),
            _ => Some(self.answer(pane, run)?.prior.log_density(&code)),
        }
    }

    fn answer(&self, pane: PaneId, run: &LiveRun) -> Option<&PriorShape> {
        let answer = self.shapes.answer(pane).filter(|answer| answer.request.run == run.id)?;
        Some(&answer.reply)
    }

    /// Marks the component that is pointed at and shows beside the pointer what it is.
    pub fn hover(
        &mut self,
        ui: &Ui,
        response: Response,
        frame: &Frame,
        (pane, run): (PaneId, &LiveRun),
        at: Component,
    ) {
        let request = ComponentRequest { run: run.id, checkpoint: run.checkpoint.clone(), index: at.index };
        let (x, y) = frame.at(at.mean);
        let ring = Stroke::new(2.0, theme::ACCENT);
        ui.painter().with_clip_rect(response.rect).circle_stroke(egui::pos2(x, y), RING, ring);
        ui.set_cursor_icon(CursorIcon::PointingHand);
        self.pictures.ask(pane, request);
        response.on_hover_ui_at_pointer(|ui| self.describe(ui, pane, run, at));
    }

    fn describe(&mut self, ui: &mut Ui, pane: PaneId, run: &LiveRun, Component { index, weight, .. }: Component) {
        let count = run.checkpoint.model.prior.components();
        ui.label(RichText::new(format!("component {} of {count}", index + 1)).strong());
        ui.label(format!("weight {}", format::short(weight)));
        let is_it = |asked: &ComponentRequest| asked.run == run.id && asked.index == index;
        let Some(answer) = self.pictures.answer(pane).filter(|answer| is_it(&answer.request)) else {
            ui.spinner();
            return;
        };
        let Pictured { decoded, pseudo_input } = answer.reply.clone();
        ui.horizontal(|ui| {
            if let Some(pseudo_input) = &pseudo_input {
                self.picture(ui, "pseudo-input", pseudo_input);
            }
            let name = if pseudo_input.is_some() { "its reconstruction" } else { "decoded mean" };
            self.picture(ui, name, &decoded);
        });
        ui.label(RichText::new("click: the cursor goes there").small().color(theme::quiet(ui)));
    }

    fn picture(&mut self, ui: &mut Ui, name: &'static str, picture: &Arc<Picture>) {
        ui.vertical(|ui| {
            ui.label(RichText::new(name).small().color(theme::quiet(ui)));
            let texture = self.textures.get(ui, name, picture);
            let size = vec2(picture.width as f32, picture.height as f32);
            ui.add(Image::new((texture, size * (SIDE / size.max_elem()))).corner_radius(2.0));
        });
    }
}

/// Whether a run's prior is what it is without being computed: N(0, I) in a plane through 0, or a list of words.
fn is_known(run: &LiveRun) -> bool {
    let Checkpoint { model, plane, .. } = &*run.checkpoint;
    model.is_quantised() || model.prior == PriorKind::Normal && plane.origin.iter().all(|&o| o == 0.0)
}

/// A run's prior and how it lies in its plane.
#[derive(Clone)]
struct PriorRequest {
    run: RunId,
    checkpoint: Arc<Checkpoint>,
}

#[derive(Clone)]
struct PriorShape {
    /// Over all dimensions.
    prior: Prior,
    rings: Option<Arc<Rings>>,
}

impl PartialEq for PriorRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
    }
}

impl Request for PriorRequest {
    type Reply = PriorShape;
    const NAME: &'static str = "prior";

    fn urgency(&self) -> Urgency {
        Urgency::Map
    }

    /// While a run learns, its prior of a moment ago is better than none.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let rings = job.watch(|progress| Rings::of(&*model, &progress))?;
        Ok(PriorShape { prior: model.whole().prior()?.clone(), rings: rings.map(Arc::new) })
    }
}

/// What a component of a run's prior looks like.
#[derive(Clone)]
struct ComponentRequest {
    run: RunId,
    checkpoint: Arc<Checkpoint>,
    index: usize,
}

#[derive(Clone)]
struct Pictured {
    /// Its mean, decoded.
    decoded: Arc<Picture>,
    /// Of a VampPrior what the encoder makes the component of.
    pseudo_input: Option<Arc<Picture>>,
}

impl PartialEq for ComponentRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && self.index == other.index
    }
}

impl Request for ComponentRequest {
    type Reply = Pictured;
    const NAME: &'static str = "component";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    /// While a run learns, how the component looked a moment ago is better than nothing.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run && self.index == asked.index
    }

    fn work(&self, job: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let model = job.model(&self.checkpoint)?;
        let model = model.whole();
        let config = model.config();
        let picture = |image: &[f32]| Arc::new(tile(image, config.shape, 1));
        let mean: Vec<f32> = model.prior()?.component(self.index).0.iter().map(|&m| m as f32).collect();
        let decoded = job.watch(|progress| model.decoded(&mean, &progress))?;
        let pseudo_inputs = model.pseudo_inputs().map_err(crate::model::ModelError::from)?;
        let pseudo_input = pseudo_inputs.chunks_exact(config.pixels()).nth(self.index);
        Ok(Pictured { decoded: picture(&decoded), pseudo_input: pseudo_input.map(picture) })
    }
}
