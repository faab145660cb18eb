//! Exact inference: numbers, Bayes' rule in four planes, and why samples alone do not do; of a list of words p(k|x) over all of
//! them; where codes have more dimensions than a plane what samples say.

mod bayes;
mod cursor;
mod numbers;
mod request;
mod samples;
mod words;

pub use cursor::AtCursor;
pub use request::{Answer, InferenceReply};

use std::sync::Arc;

use egui::{Button, Image, RichText, ScrollArea, Ui, vec2};

use self::bayes::Bayes;
use self::cursor::CursorRequest;
use self::request::InferenceRequest;
use super::{About, Tab};
use crate::engine::{LiveRun, Requests, RunId, SessionId, Workers};
use crate::explore::inference::BeyondPlane;
use crate::explore::{Picture, tile};
use crate::figure::{Chart, Plane, estimate_chart};
use crate::session::{Action, ExportId, Pane, PaneId, Session, Setting, View};
use crate::ui::command::Command;
use crate::ui::export::{Content, Offer, chart_content, figure_name};
use crate::ui::look::textures::{PictureTextures, fitted};
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::{choice, dot};

/// Widths of the columns, in points.
const NUMBERS: f32 = 290.0;
const IMAGE: f32 = 64.0;
const CURSOR: f32 = 76.0;
const SAMPLES: f32 = 330.0;
const TEXT: f32 = 460.0;
const ESTIMATES: ExportId = ExportId::new("inference", "estimates");

pub struct Inference {
    answers: Requests<RunId, InferenceRequest>,
    at_cursor: Requests<(), CursorRequest>,
    /// The run that was chosen, if one was.
    chosen: Option<RunId>,
    /// The image asked about, which of the probe it is unless it is the drawing, and as a picture.
    image: Option<(Source, Arc<Vec<f32>>, Arc<Picture>)>,
    texture: PictureTextures<()>,
    words: PictureTextures<usize>,
    cursor: PictureTextures<usize>,
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
            at_cursor: Requests::new(workers),
            chosen: None,
            image: None,
            texture: PictureTextures::default(),
            words: PictureTextures::default(),
            cursor: PictureTextures::default(),
            bayes: Bayes::default(),
        }
    }

    /// What a run's model says of the image, as far as it is known.
    pub fn answer(&self, run: RunId) -> Option<&Answer> {
        self.answers.answer(run).map(|answer| &answer.reply)
    }

    /// The same where there is a plane to integrate over.
    pub fn of(&self, run: RunId) -> Option<&InferenceReply> {
        match self.answer(run)? {
            Answer::Plane(reply) => Some(reply),
            _ => None,
        }
    }

    /// What the run whose numbers are shown says of the code at its cursor.
    pub fn at_cursor(&self) -> Option<&Arc<AtCursor>> {
        self.at_cursor.answer(()).map(|answer| &answer.reply)
    }

    /// The image that is asked about.
    pub fn image(&self) -> Option<&Arc<Vec<f32>>> {
        self.image.as_ref().map(|(_, image, _)| image)
    }

    /// The run whose numbers are shown: the one chosen, or the first that has a Gaussian posterior.
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
        let picture = |image: &[f32]| Arc::new(tile(image, stage.probe.shape, 1));
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
        let has_planes = run.is_some_and(|run| self.of(run).is_some());
        let zoom = ui.add_enabled(has_planes, Button::new("Zoom to the posterior"));
        let zoom = zoom.on_hover_text("Shows where p(z|x) is large in this run's plane");
        let zoom = zoom.on_disabled_hover_text("Needs a p(z|x) over two dimensions");
        if let (true, Some(answer)) = (zoom.clicked(), run.and_then(|run| self.of(run))) {
            let view = View { min: answer.zoom.min, max: answer.zoom.max, follows: false };
            actions.push(Action::Look { pane, view });
        }
        if ui.button("Whole plane").on_hover_text("Has the plane follow its codes again").clicked() {
            actions.push(Action::FitView(pane));
        }
    }

    /// Asks for what lies at the cursor of the run whose numbers are shown, in its plane.
    fn ask_at_cursor(&mut self, session: &Session) {
        self.at_cursor.poll();
        let (run, pane, stage) = (self.run(session), self.pane(session), session.stage());
        let is_plane = |run: &&LiveRun| run.checkpoint.model.is_plane() && !run.checkpoint.model.is_quantised();
        let (Some(run), Some(pane), Some(stage)) = (run.filter(is_plane), pane, stage) else { return };
        let (checkpoint, probe, codes) = (run.checkpoint.clone(), stage.probe.clone(), run.codes.clone());
        let code = session.cursor_in(pane);
        self.at_cursor.ask((), CursorRequest { run: run.id, checkpoint, probe, codes, code });
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
        self.asked_about(ui);
        if let Some(at_cursor) = self.at_cursor().cloned() {
            cursor::show(ui, &at_cursor, &mut self.cursor);
        }
        self.bayes.show(ui, answer, side);
        ui.vertical(|ui| {
            ui.set_width(SAMPLES);
            match &answer.sampled {
                Some(sampled) => samples::show(ui, sampled, answer.inference.evidence.log, height),
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

    fn asked_about(&mut self, ui: &mut Ui) {
        let Some((_, _, picture)) = self.image.clone() else { return };
        ui.vertical(|ui| {
            ui.label(RichText::new("x").strong()).on_hover_text("The image that is asked about");
            let texture = self.texture.get(ui, (), &picture);
            let image = Image::new((texture, fitted(picture.width, picture.height, IMAGE))).corner_radius(2.0);
            ui.add(image.alt_text("the image that is asked about"));
        });
    }

    /// Where there is no plane to integrate over: the numbers beside what there is to see.
    fn without_planes(&mut self, ui: &mut Ui, session: &Session, run: &LiveRun, answer: &Answer, height: f32) {
        ui.allocate_ui(vec2(NUMBERS, height), |ui| {
            ui.set_width(NUMBERS);
            ScrollArea::vertical().id_salt("numbers").max_height(height).show(ui, |ui| match answer {
                Answer::Words(reply) => numbers::of_words(ui, session, run, reply),
                Answer::Beyond(found) => numbers::of_samples(ui, session, run, found),
                Answer::None(why) => {
                    ui.label(RichText::new(*why).color(theme::quiet(ui)));
                }
                Answer::Plane(_) => {}
            });
        });
        self.asked_about(ui);
        ui.vertical(|ui| match answer {
            Answer::Words(reply) => words::show(ui, reply, &mut self.words, height),
            Answer::Beyond(found) => {
                ui.set_max_width(TEXT);
                for line in beyond(found, run.checkpoint.model.latent, session.is_training()) {
                    ui.label(RichText::new(line).color(theme::quiet(ui)));
                }
            }
            Answer::Plane(_) | Answer::None(_) => {}
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
            meaning: "log p(x), the true posterior and the encoder's gap: exactly, by quadrature over the plane or by a sum over all \
                      words; in more dimensions from samples",
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
        self.ask_at_cursor(session);
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
        let Some(answer) = self.answer(run.id).cloned() else {
            let spec = &run.checkpoint.model.spec;
            let text = match (self.image.is_some(), spec.is_quantised(), spec.is_plane()) {
                (false, ..) => "There is no image to ask about.",
                (_, true, _) => "Adding up over all words…",
                (_, _, true) => "Integrating over the plane…",
                _ => "Drawing samples…",
            };
            ui.label(RichText::new(text).color(theme::quiet(ui)));
            return;
        };
        let room = ui.available_size();
        // Whatever the panel's height is, which must not follow from its content.
        let height = room.y - GAP;
        let rest = room.x - NUMBERS - IMAGE - CURSOR - SAMPLES - 8.0 * GAP;
        let side = (rest / 4.0).min(height - 44.0).max(64.0);
        ScrollArea::both().id_salt("inference tab").auto_shrink(false).max_height(height).show(ui, |ui| {
            ui.horizontal_top(|ui| match &answer {
                Answer::Plane(answer) => self.columns(ui, session, run, answer, side, height),
                answer => self.without_planes(ui, session, run, answer, height),
            });
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

/// What samples are worth, and why there are no planes.
fn beyond(found: &BeyondPlane, latent: usize, is_training: bool) -> Vec<String> {
    let planes = match latent {
        1 => "Codes have one dimension, so there is no plane to integrate over.".to_owned(),
        _ => format!(
            "Codes have {latent} dimensions: the planes of Bayes' rule and the true posterior need two, as a grid over {latent} \
             would have far too many cells. Samples take the place of the integral."
        ),
    };
    let reliable = match found.importance.is_reliable() {
        true => "k is below 0.7: importance sampling is to be believed here.",
        false => "k is not below 0.7: a few samples decide, and importance sampling is not to be believed here.",
    };
    let annealed = match (&found.annealed, is_training) {
        (Some(_), _) => {
            "Annealing reaches the posterior by many small steps and does not need q to be near it; it is the better \
                         one of the two where they differ."
        }
        (None, true) => "Pause the training for a second opinion by annealing.",
        (None, false) => "Annealing…",
    };
    vec![planes, reliable.to_owned(), annealed.to_owned()]
}
