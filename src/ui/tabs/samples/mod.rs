//! The samples: images decoded from codes that were drawn, not encoded, and for each the training image it is most like.

mod request;

use std::sync::Arc;

use egui::{Button, Image, Label, Pos2, Rect, RichText, Ui, UiBuilder, pos2, vec2};

use self::request::{NearestRequest, SamplesRequest};
use super::{About, Tab};
use crate::config::{ImageShape, ModelSpec, PriorKind};
use crate::engine::{LiveRun, Requests, RunId, Stage, Workers};
use crate::explore::{Picture, stack};
use crate::figure::{PictureKind, encode_picture};
use crate::session::{Action, Export, ExportId, SampleSettings, Session, Setting};
use crate::ui::command::Command;
use crate::ui::export::{Content, Offer};
use crate::ui::look::textures::{PictureTextures, fitted, picture_of};
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::{choice, run_name, slider};

const SAMPLES: ExportId = ExportId::new("samples", "samples");

pub struct Samples {
    pictures: Requests<RunId, SamplesRequest>,
    textures: PictureTextures<RunId>,
    nearest: Requests<(), NearestRequest>,
    /// The sample pointed at, and the textures of it and of the training image nearest to it.
    pointed: Option<NearestRequest>,
    hover: PictureTextures<&'static str>,
}

impl Samples {
    pub fn new(workers: &Workers) -> Self {
        Self {
            pictures: Requests::new(workers),
            textures: PictureTextures::default(),
            nearest: Requests::new(workers),
            pointed: None,
            hover: PictureTextures::default(),
        }
    }

    /// The samples of a run, as far as they have been decoded.
    pub fn of(&self, run: RunId) -> Option<&Arc<Picture>> {
        self.pictures.answer(run).map(|answer| &answer.reply)
    }

    /// The training image nearest to the sample pointed at, and how much it differs.
    pub fn nearest(&self) -> Option<(usize, f32)> {
        self.nearest.answer(()).and_then(|answer| answer.reply)
    }

    fn gallery(&mut self, ui: &mut Ui, session: &Session, stage: &Stage, run: &LiveRun) {
        let from = source(&run.checkpoint.model, session.settings().samples.fitted);
        ui.horizontal(|ui| {
            run_name(ui, session, run);
            ui.add(Label::new(RichText::new(from).color(theme::quiet(ui))).truncate());
        });
        if let Some(failure) = self.pictures.failure(run.id) {
            theme::warn(ui, failure);
        }
        let Some(answer) = self.pictures.answer(run.id) else { return };
        let (gallery, count) = (answer.reply.clone(), answer.request.count);
        let texture = self.textures.get(ui, run.id, &gallery);
        let (size, room) = (vec2(gallery.width as f32, gallery.height as f32), ui.available_size());
        let scale = (room.x / size.x).min(room.y / size.y);
        let image = Image::new((texture, size * scale)).sense(egui::Sense::hover());
        let response = ui.add(image.corner_radius(2.0).alt_text(format!("{} samples", session.name(run))));
        let at = response.hover_pos().map(|pointer| (pointer - response.rect.min) / scale);
        let sample = at.and_then(|at| cut(&gallery, at, stage.probe.shape, count));
        let Some(sample) = sample else { return };
        let asked = NearestRequest { sample, dataset: stage.dataset.clone() };
        response.on_hover_ui_at_pointer(|ui| self.comparison(ui, &asked, stage));
        self.pointed = Some(asked);
    }

    /// A sample beside the training image that is most like it.
    fn comparison(&mut self, ui: &mut Ui, asked: &NearestRequest, stage: &Stage) {
        let train = &stage.dataset.train;
        ui.horizontal(|ui| {
            self.picture(ui, "sample", asked.sample.clone());
            let known = self.nearest.answer(()).filter(|answer| answer.request == *asked);
            let Some((i, difference)) = known.and_then(|answer| answer.reply) else {
                ui.spinner();
                return;
            };
            self.picture(ui, "nearest training image", picture_of(train, i));
            let class = stage.dataset.class_names.get(usize::from(train.labels[i]));
            ui.vertical(|ui| {
                ui.set_min_width(170.0);
                class.into_iter().for_each(|name| _ = ui.label(format!("a {name}")));
                ui.label(format!("differs by {difference:.3}"));
                let of = if train.shape.is_grey() { "pixels, grey" } else { "pixels and colours" };
                let note = format!("root mean square over {of} from 0 to 1");
                ui.label(RichText::new(note).small().color(theme::quiet(ui)));
            });
        });
    }

    fn picture(&mut self, ui: &mut Ui, name: &'static str, picture: Picture) {
        ui.vertical(|ui| {
            ui.label(RichText::new(name).small().color(theme::quiet(ui)));
            let size = fitted(picture.width, picture.height, 84.0);
            let texture = self.hover.get_equal(ui, name, picture);
            ui.add(Image::new((texture, size)).alt_text(name));
        });
    }
}

impl Tab for Samples {
    fn about(&self) -> About {
        About { id: "samples", name: "Samples", meaning: "Images decoded from codes that are drawn at random" }
    }

    fn update(&mut self, session: &Session, _: &mut Vec<Action>) {
        let shown = session.shown_runs();
        self.pictures.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.textures.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.pictures.poll();
        self.nearest.poll();
        if !self.is_at_work(session) {
            return;
        }
        let settings = &session.settings().samples;
        let across = (settings.count as f32 * 5.0).sqrt().ceil() as usize;
        for run in shown {
            self.pictures.ask(run.id, request(settings, run, across));
        }
        if let Some(asked) = self.pointed.take() {
            self.nearest.ask((), asked);
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let (runs, Some(stage)) = (session.shown_runs(), session.stage()) else { return };
        let is_ready = runs.iter().any(|run| self.of(run.id).is_some());
        ui.horizontal(|ui| controls(ui, &session.settings().samples, is_ready, actions));
        ui.add_space(GAP / 2.0);
        let (room, count) = (ui.available_rect_before_wrap(), runs.len().max(1) as f32);
        let width = (room.width() - GAP * (count - 1.0)) / count;
        for (i, run) in runs.into_iter().enumerate() {
            let left = room.left() + i as f32 * (width + GAP);
            let rect = Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()));
            ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| self.gallery(ui, session, stage, run));
        }
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        let next = session.settings().samples.draw + 1;
        vec![Command::new("Draw new samples", Action::Set(Setting::SampleDraw(next)))]
    }

    fn exports(&self, _: &Session) -> Vec<Offer> {
        vec![Offer { id: SAMPLES, title: "The samples".to_owned(), file_name: "samples.png".to_owned() }]
    }

    fn export(&self, _: ExportId, session: &Session) -> Result<Content, String> {
        let pictures: Vec<_> = session.shown_runs().iter().filter_map(|run| self.of(run.id)).map(|p| &**p).collect();
        if pictures.is_empty() {
            return Err("Open the tab Samples first: nothing has been sampled yet.".to_owned());
        }
        let (picture, scale) = (stack(&pictures), session.settings().path.scale);
        let about = "samples of Latent Explorer";
        Ok(Box::new(move |file, _| Ok(encode_picture(&picture, scale, about, PictureKind::of(file)?)?)))
    }
}

/// The samples of a run: from its prior, or an AE's from a Gaussian fitted to its codes.
fn request(settings: &SampleSettings, run: &LiveRun, across: usize) -> SamplesRequest {
    let is_fitted = settings.fitted && !run.checkpoint.model.has_prior();
    SamplesRequest {
        run: run.id,
        checkpoint: run.checkpoint.clone(),
        fitted: is_fitted.then(|| run.full.clone()),
        count: settings.count,
        draw: settings.draw,
        across,
    }
}

/// What a model's samples are drawn from.
fn source(model: &ModelSpec, fitted: bool) -> String {
    let from = match model.prior {
        _ if model.is_quantised() => {
            let each = if model.codebook.tokens == 1 { "a word" } else { "words" };
            format!("{each} of {}, all as likely", model.codebook.words)
        }
        _ if !model.has_prior() && fitted => "has no prior; from a Gaussian fitted to its codes".to_owned(),
        _ if !model.has_prior() => "has no prior; from N(0, I) all the same".to_owned(),
        PriorKind::Normal => "from its prior, N(0, I)".to_owned(),
        prior => format!("from its prior, a {prior}"),
    };
    if model.latent == 2 { from } else { format!("{from}, in {} dimensions", model.latent) }
}

fn controls(ui: &mut Ui, settings: &SampleSettings, is_ready: bool, actions: &mut Vec<Action>) {
    if ui.button("New draw").on_hover_text("Draws new noise ε, the same for every pane").clicked() {
        actions.push(Action::Set(Setting::SampleDraw(settings.draw + 1)));
    }
    let (mut count, label) = (settings.count, ui.label("size"));
    let slider = slider(ui, &mut count, 4..=128, |slider| slider).labelled_by(label.id);
    if slider.on_hover_text("Codes that are drawn and decoded in each pane").changed() {
        actions.push(Action::Set(Setting::SampleCount(count)));
    }
    ui.separator();
    ui.label("AE from").on_hover_text("An AE has no prior; say what its codes are to be drawn from");
    for (fitted, name, meaning) in [
        (
            false,
            "N(0, I)",
            "The usual prior of a VAE, of which the AE knows nothing. In two dimensions draws still decode to digits, but of few kinds, \
             as they miss most of its codes; in sixteen to scraps. The tab Measures says so in numbers: classes of samples, codes \
             reached, coverage",
        ),
        (true, "fitted Gaussian", "A Gaussian with the mean and covariance of the AE's codes"),
    ] {
        choice(ui, settings.fitted == fitted, name, meaning, Action::Set(Setting::SampleFitted(fitted)), actions);
    }
    ui.separator();
    let export = ui.add_enabled(is_ready, Button::new("Export samples…"));
    if export.on_hover_text("Writes the samples of all runs, one above the other, as PNG; asks where").clicked() {
        actions.push(Action::Export(Export { what: SAMPLES, to: None }));
    }
}

/// The image of a gallery that a point lies in: one of `count` of this shape.
fn cut(gallery: &Picture, at: egui::Vec2, ImageShape { rows, cols, .. }: ImageShape, count: usize) -> Option<Picture> {
    let Pos2 { x, y } = at.to_pos2();
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (column, row) = (x as usize / cols, y as usize / rows);
    let across = gallery.width / cols;
    if column >= across || row * across + column >= count {
        return None;
    }
    Some(gallery.cut([column * cols, row * rows], [cols, rows]))
}
