//! Drawing: an image of one's own, and its way x → (μ, σ) → z = μ + σ·ε → x̂ through every model.

mod canvas;
mod request;

pub use request::Pass;

use std::path::Path;
use std::sync::Arc;

use egui::{Button, Image, RichText, Slider, Ui, vec2};

use self::request::{FileRequest, PassRequest};
use super::{About, Tab};
use crate::config::{ImageShape, PLANE};
use crate::engine::{LiveRun, Requests, RunId, SessionId, Workers};
use crate::explore::{Picture, tile};
use crate::figure::{Drawing, Plane, readable_on};
use crate::format;
use crate::session::{Action, Brush, DrawingStage, Notice, Pane, Session, Setting};
use crate::ui::command::Command;
use crate::ui::look::textures::{PictureTextures, fitted};
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::run_name;

pub struct Draw {
    passes: Requests<RunId, PassRequest>,
    textures: PictureTextures<RunId>,
    files: Requests<(), FileRequest>,
    brush: Brush,
    /// The session whose ground the brush was chosen to be seen on.
    chosen_in: Option<SessionId>,
    /// The image that is followed as a picture, and what it was made of.
    image: Option<(Arc<Vec<f32>>, Arc<Picture>)>,
    image_texture: PictureTextures<()>,
}

impl Draw {
    pub fn new(workers: &Workers) -> Self {
        Self {
            passes: Requests::new(workers),
            textures: PictureTextures::default(),
            files: Requests::new(workers),
            brush: Brush { radius: 0.05, erases: false, color: [255; 3] },
            chosen_in: None,
            image: None,
            image_texture: PictureTextures::default(),
        }
    }

    /// What became of the drawing in a run's model, as far as that is known.
    pub fn pass(&self, run: RunId) -> Option<&Pass> {
        self.passes.answer(run).map(|answer| &answer.reply)
    }

    fn controls(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let drawing = &session.document().drawing;
        let label = ui.label("brush");
        let radius = Slider::new(&mut self.brush.radius, 0.01..=0.12).show_value(false);
        ui.add(radius).labelled_by(label.id).on_hover_text("How broad the brush is");
        if session.stage().is_some_and(|stage| !stage.probe.shape.is_grey()) {
            ui.scope(|ui| canvas::colors(ui, session, &mut self.brush, actions));
        }
        ui.toggle_value(&mut self.brush.erases, "Erase").on_hover_text("The brush takes away");
        if ui.add_enabled(!drawing.lines.is_empty(), Button::new("Undo line")).clicked() {
            actions.push(Action::UndoLine);
        }
        if ui.add_enabled(drawing.image.is_some(), Button::new("Clear")).clicked() {
            actions.push(Action::ClearDrawing);
        }
        let image = session.active_pane().and_then(|pane| session.image_at_cursor(pane));
        if let (Some((image, _)), Some(stage)) = (image, session.stage())
            && ui.button("Image at the cursor").on_hover_text("Takes the test image nearest the cursor").clicked()
        {
            actions.push(Action::PutImage(Arc::new(stage.probe.gather([image]))));
        }
        ui.separator();
        let resample = ui.button("Resample ε");
        if resample.on_hover_text("Draws new noise ε for z = μ + σ·ε, the same in every pane").clicked() {
            actions.push(Action::ResampleNoise);
        }
        ui.label(RichText::new(noise(session)).font(theme::number_font()))
            .on_hover_text("The noise along the first two dimensions; there is more of it where a code has more");
        ui.separator();
        let label = ui.label("follow to");
        let name = |v: f64| DrawingStage::ALL.get(v as usize).map_or("", |stage| stage.name()).to_owned();
        let mut at = session.settings().stage as usize;
        let slider = Slider::new(&mut at, 0..=DrawingStage::ALL.len() - 1).custom_formatter(move |v, _| name(v));
        let meaning =
            "How far to follow the image: x, its posterior's μ and σ, the code z drawn from it, the reconstruction";
        if ui.add(slider).labelled_by(label.id).on_hover_text(meaning).changed() {
            actions.push(Action::Set(Setting::DrawingStage(DrawingStage::ALL[at])));
        }
    }

    /// What became of the image in one model, as far as it is to be followed.
    fn follow(&mut self, ui: &mut Ui, session: &Session, run: &LiveRun, height: f32) {
        let (name, stage) = (session.name(run), session.settings().stage);
        ui.vertical(|ui| {
            run_name(ui, session, run);
            if let Some(failure) = self.passes.failure(run.id) {
                theme::warn(ui, failure);
            }
            let Some(pass) = self.pass(run.id) else { return };
            let number = |ui: &mut Ui, name: &str, value: String, meaning: &str| {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(name).color(theme::quiet(ui))).on_hover_text(meaning);
                    ui.label(RichText::new(value).font(theme::number_font()));
                });
            };
            if stage >= DrawingStage::Posterior {
                number(ui, "μ", format::code(pass.mu), "The mean of the posterior q(z|x); of an AE its code");
                if let Some([a, b]) = pass.sigma {
                    let sigma = format!("({a:.3}, {b:.3})");
                    number(ui, "σ", sigma, "The posterior's standard deviation in both dimensions");
                }
            }
            if stage >= DrawingStage::Code {
                number(ui, "z", format::code(pass.z), "μ + σ·ε: the code that is decoded");
            }
        });
        let Some(pass) = self.pass(run.id).filter(|_| stage >= DrawingStage::Reconstruction) else { return };
        let x_hat = pass.x_hat.clone();
        step(ui, "reconstruction", height, |ui, side| {
            let texture = self.textures.get(ui, run.id, &x_hat);
            ui.add(
                Image::new((texture, fitted(x_hat.width, x_hat.height, side)))
                    .alt_text(format!("{name} reconstruction")),
            );
        });
    }
}

impl Tab for Draw {
    fn about(&self) -> About {
        About { id: "draw", name: "Draw", meaning: "An image of your own on its way through every model" }
    }

    fn update(&mut self, session: &Session, actions: &mut Vec<Action>) {
        let shown = session.shown_runs();
        self.passes.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.textures.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.passes.poll();
        if !self.files.poll().is_empty() {
            if let Some(reason) = self.files.failure(()) {
                actions.push(Action::Notify(Notice::error(reason)));
            } else if let Some(answer) = self.files.answer(()) {
                actions.push(Action::PutImage(answer.reply.clone()));
                actions.push(Action::Set(Setting::Tab(self.about().id.to_owned())));
            }
            self.files.clear();
        }
        let drawing = &session.document().drawing;
        let (Some(image), Some(stage)) = (&drawing.image, session.stage()) else {
            self.passes.clear();
            self.image = None;
            return;
        };
        if self.image.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, image)) {
            self.image = Some((image.clone(), Arc::new(tile(image, stage.probe.shape, 1))));
        }
        if self.is_at_work(session) {
            for run in shown {
                let (checkpoint, image) = (run.checkpoint.clone(), image.clone());
                self.passes.ask(
                    run.id,
                    PassRequest { run: run.id, checkpoint, image, eps: drawing.eps(run.checkpoint.model.latent) },
                );
            }
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let Some(stage) = session.stage() else { return };
        let shape = stage.probe.shape;
        if self.chosen_in != Some(stage.session) {
            (self.chosen_in, self.brush.color) = (Some(stage.session), readable_on(session.ground()));
        }
        ui.horizontal_wrapped(|ui| self.controls(ui, session, actions));
        ui.add_space(GAP / 2.0);
        let height = ui.available_height().max(60.0);
        egui::ScrollArea::horizontal().show(ui, |ui| {
            ui.horizontal_top(|ui| {
                // A coloured drawing is the image as it is; a grey one is put into it.
                let sheet = |shape: ImageShape| match shape.is_grey() {
                    true => vec2(height - 8.0, height - 8.0),
                    false => fitted(shape.cols, shape.rows, height - 8.0),
                };
                canvas::show(ui, session, self.brush, sheet(shape), actions);
                ui.add_space(GAP);
                let Some((_, image)) = self.image.clone() else {
                    let hint = "Draw here with the mouse or a pen, take the image at the cursor, or drop a file on the window.";
                    ui.label(RichText::new(hint).color(theme::quiet(ui)));
                    return;
                };
                step(ui, "x", height, |ui, side| {
                    let texture = self.image_texture.get(ui, (), &image);
                    ui.add(Image::new((texture, fitted(image.width, image.height, side))).alt_text("x"));
                });
                for run in session.shown_runs() {
                    ui.separator();
                    self.follow(ui, session, run, height);
                }
            });
        });
    }

    fn overlay(&self, session: &Session, pane: &Pane, plane: &mut Plane) {
        let stage = session.settings().stage;
        let pass = self.pass(pane.run).filter(|_| stage >= DrawingStage::Posterior);
        plane.drawing = pass.map(|pass| {
            let z = (stage >= DrawingStage::Code).then_some(pass.z);
            Drawing { mu: pass.mu, sigma: pass.sigma, z }
        });
    }

    fn take_file(&mut self, session: &Session, name: &Path, bytes: &[u8]) -> bool {
        let Some(stage) = session.stage() else { return false };
        let (bytes, ground) = (Arc::new(bytes.to_vec()), session.ground());
        self.files.ask((), FileRequest { name: name.to_owned(), bytes, shape: stage.probe.shape, ground });
        true
    }

    fn commands(&self, _: &Session) -> Vec<Command> {
        vec![
            Command::new("Clear the drawing", Action::ClearDrawing),
            Command::new("Draw new noise for the drawing", Action::ResampleNoise),
        ]
    }
}

/// ε as it is read, of the largest code that is shown.
fn noise(session: &Session) -> String {
    let latent = session.shown_runs().iter().map(|run| run.checkpoint.model.latent).max().unwrap_or(PLANE);
    match session.document().drawing.eps(latent).as_slice() {
        [only] => format!("ε = ({only:+.2})").replace('-', "−"),
        [first, second] => format!("ε = {}", format::code([*first, *second])),
        [first, second, rest @ ..] => {
            let two = format!("ε = ({first:+.2}, {second:+.2}, … {} more)", rest.len());
            two.replace('-', "−")
        }
        [] => String::new(),
    }
}

fn step(ui: &mut Ui, name: &str, height: f32, show: impl FnOnce(&mut Ui, f32)) {
    ui.vertical(|ui| {
        ui.label(RichText::new(name).color(theme::quiet(ui)));
        show(ui, (height - 34.0).clamp(40.0, 170.0));
    });
}
