//! Exact inference: numbers, Bayes' rule in four planes, and why samples alone do not do.

mod bayes;
mod numbers;
mod request;

pub use request::InferenceReply;

use std::sync::Arc;

use egui::{Grid, Image, RichText, ScrollArea, Ui, vec2};

use self::bayes::Bayes;
use self::request::InferenceRequest;
use super::{About, Tab};
use crate::engine::{LiveRun, Requests, RunId, SessionId, Workers};
use crate::explore::inference::{GradientSpread, Sampled};
use crate::explore::{Picture, tile};
use crate::figure::{Chart, Plane, estimate_chart};
use crate::session::{Action, ExportId, Pane, PaneId, Session, Setting, View};
use crate::ui::command::Command;
use crate::ui::export::{Content, Offer, chart_content, figure_name};
use crate::ui::look::chart;
use crate::ui::look::textures::PictureTextures;
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::{choice, dot};

/// Widths of the columns, in points.
const NUMBERS: f32 = 290.0;
const IMAGE: f32 = 64.0;
const SAMPLES: f32 = 330.0;
const ESTIMATES: ExportId = ExportId::new("inference", "estimates");

pub struct Inference {
    answers: Requests<RunId, InferenceRequest>,
    /// The run that was chosen, if one was.
    chosen: Option<RunId>,
    /// The image asked about, which of the probe it is unless it is the drawing, and as a picture.
    image: Option<(Source, Arc<Vec<f32>>, Arc<Picture>)>,
    texture: PictureTextures<()>,
    bayes: Bayes,
}

#[derive(Clone, PartialEq)]
enum Source {
    Probe(SessionId, usize),
    Drawing,
}

impl Inference {
    pub fn new(workers: &Workers) -> Self {
        Self {
            answers: Requests::new(workers),
            chosen: None,
            image: None,
            texture: PictureTextures::default(),
            bayes: Bayes::default(),
        }
    }

    /// What a run's model says of the image, as far as it is known.
    pub fn of(&self, run: RunId) -> Option<&InferenceReply> {
        self.answers.answer(run).map(|answer| &answer.reply)
    }

    /// The image that is asked about.
    pub fn image(&self) -> Option<&Arc<Vec<f32>>> {
        self.image.as_ref().map(|(_, image, _)| image)
    }

    /// The run whose numbers are shown: the one chosen, or the first that has a posterior.
    fn run<'a>(&self, session: &'a Session) -> Option<&'a LiveRun> {
        let shown = session.shown_runs();
        let chosen = shown.iter().find(|run| Some(run.id) == self.chosen);
        let vae = || shown.iter().find(|run| run.checkpoint.model.has_gaussian());
        chosen.or_else(vae).or(shown.first()).copied()
    }

    fn pane(&self, session: &Session) -> Option<PaneId> {
        let run = self.run(session)?.id;
        let active = session.active_pane().and_then(|pane| session.document().pane(pane));
        let shows = |pane: &&Pane| pane.run == run;
        active.filter(shows).or(session.panes().iter().find(shows)).map(|pane| pane.id)
    }

    /// In the tab Draw the drawing; else the drawing, if that is asked for and there is one, or the image at the cursor.
    fn find_image(&mut self, session: &Session) {
        let (drawing, stage) = (&session.document().drawing.image, session.stage());
        let wants_drawing = session.screen().tab == "draw" || (session.settings().infer_drawing && drawing.is_some());
        let Some(stage) = stage else {
            self.image = None;
            return;
        };
        let picture = |image: &[f32]| Arc::new(tile(image, stage.probe.rows, stage.probe.cols, 1));
        if wants_drawing {
            let known = self.image.as_ref().zip(drawing.as_ref());
            if known
                .is_none_or(|((source, image, _), drawing)| *source != Source::Drawing || !Arc::ptr_eq(image, drawing))
            {
                self.image = drawing.clone().map(|image| (Source::Drawing, image.clone(), picture(&image)));
            }
            return;
        }
        let nearest = self.pane(session).and_then(|pane| session.image_at_cursor(pane));
        let Some((index, _)) = nearest.filter(|(index, _)| *index < stage.probe.len()) else {
            self.image = None;
            return;
        };
        let source = Source::Probe(stage.session, index);
        if self.image.as_ref().is_none_or(|(of, ..)| *of != source) {
            let image = Arc::new(stage.probe.gather([index]));
            self.image = Some((source, image.clone(), picture(&image)));
        }
    }

    fn controls(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let run = self.run(session).map(|run| run.id);
        ui.label("in").on_hover_text("Whose numbers and planes are shown here");
        for shown in session.shown_runs() {
            dot(ui, theme::run_color(shown));
            if ui.selectable_label(Some(shown.id) == run, session.name(shown)).clicked() {
                self.chosen = Some(shown.id);
            }
        }
        ui.separator();
        ui.label("of");
        let drawing = session.settings().infer_drawing;
        let meaning = "The image whose code lies nearest the cursor; drag the cursor to go through the images";
        choice(ui, !drawing, "the image at the cursor", meaning, Action::Set(Setting::InferDrawing(false)), actions);
        ui.add_enabled_ui(session.document().drawing.image.is_some(), |ui| {
            let action = Action::Set(Setting::InferDrawing(true));
            choice(ui, drawing, "the drawing", "What is in the tab Draw", action, actions);
        });
        ui.separator();
        let Some(pane) = self.pane(session) else { return };
        let zoom = ui.button("Zoom to the posterior").on_hover_text("Shows where p(z|x) is large in this run's plane");
        if let (true, Some(answer)) = (zoom.clicked(), run.and_then(|run| self.of(run))) {
            let view = View { min: answer.zoom.min, max: answer.zoom.max, follows: false };
            actions.push(Action::Look { pane, view });
        }
        if ui.button("Whole plane").on_hover_text("Has the plane follow its codes again").clicked() {
            actions.push(Action::FitView(pane));
        }
    }

    fn columns(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        run: &LiveRun,
        answer: &InferenceReply,
        side: f32,
        height: f32,
    ) {
        ui.allocate_ui(vec2(NUMBERS, height), |ui| {
            ui.set_width(NUMBERS);
            ScrollArea::vertical().id_salt("numbers").max_height(height).show(ui, |ui| {
                numbers::show(ui, session, run, answer);
            });
        });
        if let Some((_, _, picture)) = self.image.clone() {
            ui.vertical(|ui| {
                ui.label(RichText::new("x").strong()).on_hover_text("The image that is asked about");
                let texture = self.texture.get(ui, (), &picture);
                let image = Image::new((texture, vec2(IMAGE, IMAGE))).corner_radius(2.0);
                ui.add(image.alt_text("the image that is asked about"));
            });
        }
        self.bayes.show(ui, answer, side);
        ui.vertical(|ui| {
            ui.set_width(SAMPLES);
            match &answer.sampled {
                Some(sampled) => samples(ui, sampled, answer.inference.evidence.log, height),
                None => {
                    let text = match (answer.inference.encoder.is_some(), session.is_training()) {
                        (false, _) => "An AE gives no Gaussian to sample from.",
                        (true, true) => "Pause the training to draw estimates of log p(x) from samples.",
                        (true, false) => "Drawing samples…",
                    };
                    ui.label(RichText::new(text).color(theme::quiet(ui)));
                }
            }
        });
    }

    /// The estimates that are shown, if they have been drawn.
    fn estimates(&self, session: &Session) -> Option<Chart> {
        let answer = self.of(self.run(session)?.id)?;
        Some(estimate_chart(answer.sampled.as_ref()?, answer.inference.evidence.log))
    }
}

impl Tab for Inference {
    fn about(&self) -> About {
        About {
            id: "inference",
            name: "Inference",
            meaning: "Exactly, by quadrature over the plane: log p(x), the true posterior, and the encoder's gap",
        }
    }

    /// The true posterior of a drawing lies under it, too.
    fn is_at_work(&self, session: &Session) -> bool {
        ["inference", "draw"].contains(&session.screen().tab.as_str())
    }

    /// Estimates are drawn while nothing is being trained.
    fn update(&mut self, session: &Session, _: &mut Vec<Action>) {
        let shown = session.shown_runs();
        self.answers.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.answers.poll();
        if !self.is_at_work(session) {
            return;
        }
        self.find_image(session);
        let Some(image) = self.image().cloned() else {
            self.answers.clear();
            return;
        };
        let (open, read) = (session.screen().tab == self.about().id, self.run(session).map(|run| run.id));
        for run in shown {
            let draws = open && !session.is_training() && Some(run.id) == read;
            let (checkpoint, image) = (run.checkpoint.clone(), image.clone());
            self.answers.ask(run.id, InferenceRequest { run: run.id, checkpoint, image, draws });
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        ui.horizontal_wrapped(|ui| self.controls(ui, session, actions));
        let Some(run) = self.run(session) else { return };
        if let Some(failure) = self.answers.failure(run.id) {
            theme::warn(ui, failure);
            return;
        }
        let Some(answer) = self.of(run.id).cloned() else {
            let text =
                if self.image.is_some() { "Integrating over the plane…" } else { "There is no image to ask about." };
            ui.label(RichText::new(text).color(theme::quiet(ui)));
            return;
        };
        let room = ui.available_size();
        // Whatever the panel's height is, which must not follow from its content.
        let height = room.y - GAP;
        let rest = room.x - NUMBERS - IMAGE - SAMPLES - 7.0 * GAP;
        let side = (rest / 4.0).min(height - 44.0).max(64.0);
        ScrollArea::both().id_salt("inference tab").auto_shrink(false).max_height(height).show(ui, |ui| {
            ui.horizontal_top(|ui| self.columns(ui, session, run, &answer, side, height));
        });
    }

    /// The true posterior under the encoder's ellipse.
    fn overlay(&self, _: &Session, pane: &Pane, plane: &mut Plane) {
        plane.true_posterior = self.of(pane.run).map(|answer| answer.posterior.clone());
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        let fit = |pane| Command::new("Show the whole plane of the run under inference", Action::FitView(pane));
        self.pane(session).map(fit).into_iter().collect()
    }

    fn exports(&self, session: &Session) -> Vec<Offer> {
        let title = "The estimates of log p(x)".to_owned();
        vec![Offer { id: ESTIMATES, title, file_name: figure_name(session, "estimates") }]
    }

    fn export(&self, _: ExportId, session: &Session) -> Result<Content, String> {
        let chart = self.estimates(session);
        let chart = chart.ok_or("Open the tab Inference and pause first: no estimates have been drawn yet.")?;
        let answer = self.run(session).and_then(|run| self.answers.answer(run.id));
        let of: Vec<_> = answer.into_iter().map(|answer| answer.request.checkpoint.clone()).collect();
        Ok(chart_content(chart, session, &of))
    }
}

fn samples(ui: &mut Ui, sampled: &Sampled, log_evidence: f64, height: f32) {
    let estimates = estimate_chart(sampled, log_evidence);
    ui.label(RichText::new("log p(x) from K samples").strong()).on_hover_text(
        "Naive: the mean of p(x|z) over draws from the prior, nearly all of which miss. Importance sampling from q(z|x) weighs \
         its draws by p(x|z) p(z) / q(z|x) (the IWAE bound): why a VAE needs its encoder. Bands: one standard deviation over \
         draws. Line: the exact value, by quadrature.",
    );
    chart::legend(ui, &estimates);
    chart::show(ui, "estimates", &estimates, (height - 118.0).max(48.0));
    gradients(ui, &sampled.gradients);
}

/// Variances of both estimators, side by side.
fn gradients(ui: &mut Ui, spread: &GradientSpread) {
    Grid::new("gradients").num_columns(5).spacing([12.0, 2.0]).show(ui, |ui| {
        let meaning = "Variance of the gradient of the ELBO for this image from one sample, over the same 1,000 samples: by \
                       z = μ + σ·ε (why the reparameterisation), and by the score function, which knows no slope of the decoder";
        ui.label(RichText::new("gradient variance").small().color(theme::quiet(ui))).on_hover_text(meaning);
        for name in ["∂μ₀", "∂μ₁", "∂σ₀", "∂σ₁"] {
            ui.label(RichText::new(name).small().color(theme::quiet(ui)));
        }
        ui.end_row();
        for (name, values) in
            [("reparameterised", spread.reparameterised_variance), ("score function", spread.score_variance)]
        {
            ui.label(RichText::new(name).small()).on_hover_text(meaning);
            for value in values {
                ui.label(RichText::new(format!("{value:.1e}")).font(theme::number_font()).small());
            }
            ui.end_row();
        }
    });
}
