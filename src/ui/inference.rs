//! Exact inference for the image at hand in every pane: what is asked of a thread, and what it answered.

use std::sync::Arc;

use egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};

use super::pane::View;
use super::pictures::KeyedTexture;
use super::session::Session;
use super::settings::Tab;
use super::theme;
use crate::config::Code;
use crate::engine::{Errand, Errands};
use crate::explore::inference::{Draws, Inference, LogLikelihood, OfModel, Posterior, Sampled, posterior_density};
use crate::explore::{Cells, log_prior};
use crate::model::{Autoencoder, Checkpoint, Compute, ModelError};

/// Cells along each side of a plane.
const ACROSS: usize = 64;
/// How far the planes of prior and likelihood reach.
const REACH: f32 = 4.0;
/// Nats from the brightest to the darkest where densities are shown by their logarithm.
pub const NATS: f64 = 200.0;

/// An image of which a model is asked.
#[derive(Clone)]
pub struct Question {
    checkpoint: Arc<Checkpoint>,
    image: Arc<Vec<f32>>,
    /// Whether estimates are to be drawn, which takes seconds.
    draws: bool,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && self.image == other.image && self.draws == other.draws
    }
}

/// What a model says of it.
#[derive(Clone)]
pub struct Answer {
    pub inference: Inference,
    pub sampled: Option<Sampled>,
    /// log p(x|z) over the wide plane.
    terms: Vec<f64>,
    wide: Cells,
    /// p(z|x) where it has its mass.
    density: Vec<f64>,
    pub zoom: Cells,
}

/// What came of a question, in a pane.
#[derive(Default)]
pub struct PaneInference {
    asked: Option<Question>,
    pub answer: Option<Arc<Answer>>,
    pub failure: Option<String>,
    /// Prior, likelihood, their product and the posterior.
    pub planes: Vec<TextureHandle>,
    /// The posterior as it is laid over the pane's plane.
    pub overlay: Option<TextureHandle>,
    /// The image itself.
    pub image: KeyedTexture<(Vec<u8>, bool)>,
    drawn_dark: bool,
}

pub type Reply = Result<Arc<Answer>, String>;

pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Errands<Question, Reply>> {
    let compute = compute.with_threads(1);
    Errands::spawn("inference", wake, move |errand, question: Question| {
        if let Err(error) = answer(errand, &question, compute.clone()) {
            errand.reply(Err(error.to_string()));
        }
    })
}

fn answer(errand: &Errand<Question, Reply>, question: &Question, compute: Compute) -> Result<(), ModelError> {
    let (model, image) = (question.checkpoint.restore(compute)?, &question.image[..]);
    let first = look(&model, image)?;
    let encoder = first.inference.encoder;
    errand.reply(Ok(Arc::new(first.clone())));
    if let (true, Some((q, _)), false) = (question.draws, encoder, errand.is_stale()) {
        let sampled = Some(Sampled::of(&model, image, q, Draws::default())?);
        errand.reply(Ok(Arc::new(Answer { sampled, ..first })));
    }
    Ok(())
}

fn look(model: &Autoencoder, image: &[f32]) -> Result<Answer, ModelError> {
    let inference = Inference::of(model, image)?;
    let likelihood = OfModel { model, images: image };
    let wide = Cells { min: [-REACH; 2], max: [REACH; 2], across: ACROSS, down: ACROSS };
    let centres = wide.centres();
    let terms = likelihood.groups(&centres, &[(0..centres.len(), vec![0])])?.concat();
    let zoom = square(Posterior::region(&inference.evidence));
    let density = posterior_density(&likelihood, 0, inference.evidence.log, &zoom)?;
    Ok(Answer { inference, sampled: None, terms, wide, density, zoom })
}

/// The smallest square about a region, a little larger.
fn square(cells: Cells) -> Cells {
    let half = 0.6 * (cells.max[0] - cells.min[0]).max(cells.max[1] - cells.min[1]);
    let centre = [0, 1].map(|d| 0.5 * (cells.min[d] + cells.max[d]));
    Cells { min: centre.map(|c| c - half), max: centre.map(|c| c + half), across: ACROSS, down: ACROSS }
}

impl Answer {
    /// The four planes of Bayes' rule, as shares of their highest value; of likelihood and joint by their logarithm.
    fn planes(&self) -> [Vec<f64>; 4] {
        let prior: Vec<f64> = self.wide.centres().into_iter().map(|z| f64::from(log_prior(z))).collect();
        let joint: Vec<f64> = prior.iter().zip(&self.terms).map(|(prior, term)| prior + term).collect();
        let most = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let relative = |values: &[f64]| -> Vec<f64> {
            let most = most(values);
            values.iter().map(|v| (1.0 + (v - most) / NATS).max(0.0).powi(2)).collect()
        };
        let highest = most(&prior);
        let highest_density = most(&self.density);
        [
            prior.iter().map(|p| (p - highest).exp()).collect(),
            relative(&self.terms),
            relative(&joint),
            self.density.iter().map(|p| p / highest_density).collect(),
        ]
    }
}

impl PaneInference {
    pub fn receive(&mut self, ctx: &Context, reply: Reply) {
        match reply {
            Ok(answer) => {
                self.answer = Some(answer);
                self.failure = None;
                self.paint(ctx);
            }
            Err(failure) => self.failure = Some(failure),
        }
    }

    fn paint(&mut self, ctx: &Context) {
        let Some(answer) = &self.answer else { return };
        self.drawn_dark = ctx.global_style().visuals.dark_mode;
        let load = |image| ctx.load_texture("density", image, TextureOptions::LINEAR);
        let opaque = |share: &f64| theme::ink((255.0 * share) as u8, self.drawn_dark);
        let planes = answer.planes();
        let size = [ACROSS, ACROSS];
        self.planes =
            planes.iter().map(|plane| load(ColorImage::new(size, plane.iter().map(opaque).collect()))).collect();
        let laid_over = |share: &f64| theme::POSTERIOR.gamma_multiply(0.85 * (*share as f32).clamp(0.0, 1.0));
        let overlay: Vec<Color32> = planes[3].iter().map(laid_over).collect();
        self.overlay = Some(load(ColorImage::new(size, overlay)));
    }

    /// In the ink of the current theme.
    pub fn repaint(&mut self, ctx: &Context) {
        if self.drawn_dark != ctx.global_style().visuals.dark_mode {
            self.paint(ctx);
        }
    }
}

impl Session {
    /// The image that inference is about: in the tab Draw the drawing; else the drawing, if that is asked for and there is one,
    /// or the image at the cursor.
    pub fn inferred_image(&self) -> Option<Arc<Vec<f32>>> {
        if self.settings.tab == Tab::Draw {
            return self.drawing.image.clone();
        }
        if self.settings.infer_drawing && self.drawing.image.is_some() {
            return self.drawing.image.clone();
        }
        let (image, _) = self.image_at_cursor(self.active_pane.min(self.panes.len().saturating_sub(1)))?;
        let probe = &self.stage.as_ref()?.probe;
        (image < probe.len()).then(|| Arc::new(probe.gather([image])))
    }

    /// Asks of every pane's model what has not been asked yet. Estimates are drawn while nothing is being trained.
    pub(super) fn request_inference(&mut self) {
        if !matches!(self.settings.tab, Tab::Inference | Tab::Draw) {
            return;
        }
        let Some(image) = self.inferred_image() else {
            self.panes.iter_mut().for_each(|pane| pane.inference = PaneInference::default());
            return;
        };
        for i in 0..self.panes.len() {
            let Some(checkpoint) = self.run(i).map(|run| run.checkpoint.clone()) else { continue };
            let draws = self.settings.tab == Tab::Inference && !self.training && i == self.active_pane;
            let question = Question { checkpoint, image: image.clone(), draws };
            if self.panes[i].inference.asked.as_ref() != Some(&question) {
                self.panes[i].inference.asked = Some(question.clone());
                self.inferrer.ask(i, question);
            }
        }
    }

    /// Where the true posterior of a pane is.
    pub fn posterior_region(&self, pane: usize) -> Option<(Code, Code)> {
        let answer = self.panes.get(pane)?.inference.answer.as_ref()?;
        Some((answer.zoom.min, answer.zoom.max))
    }

    /// A view of a pane's plane that shows its true posterior large.
    pub fn posterior_view(&self, pane: usize) -> Option<View> {
        let (min, max) = self.posterior_region(pane)?;
        Some(View { min, max, follows: false })
    }
}
