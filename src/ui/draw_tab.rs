//! Drawing: an image of one's own, and its way x → (μ, σ) → z = μ + σ·ε → x̂ through every model.

use std::sync::Arc;

use egui::{Button, Image, Painter, Pos2, Rect, RichText, Sense, Shape, Slider, Stroke, Ui, pos2, vec2};

use super::action::Action;
use super::format;
use super::pane::name_of;
use super::pictures::{KeyedTexture, inked};
use super::session::Session;
use super::settings::Settings;
use super::theme::{self, GAP};
use super::widgets::dot;
use crate::config::Code;
use crate::engine::Errands;
use crate::explore::{Line, Picture, sketch, tile};
use crate::model::{Autoencoder, Checkpoint, Compute};
use crate::random::{Purpose, standard_normal, stream};

/// The steps of the way.
const WAY: [&str; 4] = ["x", "μ, σ", "z = μ + σ·ε", "reconstruction"];

/// The image that is on its way through the models.
#[derive(Default)]
pub struct Drawing {
    pub lines: Vec<Line>,
    /// (pixels) in [0, 1]; none while there is nothing to show.
    pub image: Option<Arc<Vec<f32>>>,
    /// The radius of the brush, as a share of the canvas.
    radius: Option<f32>,
    erases: bool,
    /// Which draw of ε.
    draw: u64,
    texture: KeyedTexture<Picture>,
}

/// An image on its way through one model.
#[derive(Clone)]
pub struct Journey {
    checkpoint: Arc<Checkpoint>,
    image: Arc<Vec<f32>>,
    eps: Code,
}

impl PartialEq for Journey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && Arc::ptr_eq(&self.image, &other.image)
            && self.eps == other.eps
    }
}

/// Where it came by.
pub struct Passed {
    pub mu: Code,
    /// An AE has none.
    pub sigma: Option<Code>,
    pub z: Code,
    pub x_hat: Picture,
}

/// The drawing in a pane: what was asked, and the newest answer.
#[derive(Default)]
pub struct PaneJourney {
    asked: Option<Journey>,
    pub passed: Option<Passed>,
    texture: KeyedTexture<Picture>,
}

pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Errands<Journey, Option<Passed>>> {
    let compute = compute.with_threads(1);
    let mut models: Vec<(Arc<Checkpoint>, Autoencoder)> = Vec::new();
    Errands::spawn("drawing", wake, move |errand, journey: Journey| {
        let held = models.iter().position(|(of, _)| Arc::ptr_eq(of, &journey.checkpoint));
        let held = held.or_else(|| {
            let model = journey.checkpoint.restore(compute.clone()).ok()?;
            // As many as there can be panes.
            models.truncate(super::arrange::MOST_PANES - 1);
            models.insert(0, (journey.checkpoint.clone(), model));
            Some(0)
        });
        errand.reply(held.and_then(|i| pass(&models[i].1, &journey)));
    })
}

fn pass(model: &Autoencoder, journey: &Journey) -> Option<Passed> {
    let codes = model.encode_images(&journey.image).ok()?;
    let mu = *codes.mu.first()?;
    let sigma = codes.logvar.and_then(|logvar| Some(logvar.first()?.map(|v| (0.5 * v).exp())));
    let z = sigma.map_or(mu, |sigma| [0, 1].map(|d| mu[d] + sigma[d] * journey.eps[d]));
    let config = model.config();
    let x_hat = tile(&model.decode_codes(&[z]).ok()?, config.rows, config.cols, 1);
    Some(Passed { mu, sigma, z, x_hat })
}

impl Drawing {
    pub fn eps(&self) -> Code {
        let normal = standard_normal(&mut stream(self.draw, Purpose::Samples, 1), 2);
        [normal[0], normal[1]]
    }

    fn redraw(&mut self, rows: usize, cols: usize) {
        self.image = (!self.lines.is_empty()).then(|| Arc::new(sketch(&self.lines, rows, cols)));
    }

    /// Puts an image in the place of what was drawn.
    pub fn put(&mut self, image: Vec<f32>) {
        self.lines.clear();
        self.image = Some(Arc::new(image));
    }
}

impl Session {
    /// Sends the drawing through the models that have not seen it.
    pub(super) fn request_journeys(&mut self) {
        let Some(image) = self.drawing.image.clone() else {
            self.panes.iter_mut().for_each(|pane| pane.journey = PaneJourney::default());
            return;
        };
        for i in 0..self.panes.len() {
            let Some(checkpoint) = self.run(i).map(|run| run.checkpoint.clone()) else { continue };
            let journey = Journey { checkpoint, image: image.clone(), eps: self.drawing.eps() };
            if self.panes[i].journey.asked.as_ref() != Some(&journey) {
                self.panes[i].journey.asked = Some(journey.clone());
                self.traveller.ask(i, journey);
            }
        }
    }

    /// An image file that was dropped on the window, in the size of the data set, light on dark.
    pub(super) fn take_file(&mut self, name: &str, bytes: &[u8]) {
        let Some(probe) = self.stage.as_ref().map(|stage| stage.probe.clone()) else { return };
        match image::load_from_memory(bytes) {
            Ok(picture) => {
                let filter = image::imageops::FilterType::Triangle;
                let grey = picture.resize_exact(probe.cols as u32, probe.rows as u32, filter).to_luma32f().into_raw();
                let is_light = grey.iter().sum::<f32>() > 0.5 * grey.len() as f32;
                self.drawing.put(grey.into_iter().map(|v| if is_light { 1.0 - v } else { v }).collect());
                self.settings.tab = super::Tab::Draw;
            }
            Err(error) => self.complain(format!("{name} is not an image that can be read: {error}")),
        }
    }
}

pub fn show(ui: &mut Ui, session: &mut Session, settings: &mut Settings, _: &mut Vec<Action>) {
    let Some((rows, cols)) = session.stage.as_ref().map(|stage| (stage.probe.rows, stage.probe.cols)) else { return };
    ui.horizontal(|ui| controls(ui, session, settings, rows, cols));
    ui.add_space(GAP / 2.0);
    let height = ui.available_height().max(60.0);
    ui.horizontal_top(|ui| {
        canvas(ui, session, rows, cols, height);
        ui.add_space(GAP);
        if let Some(image) = session.drawing.image.clone() {
            step(ui, "x", height, |ui, side| {
                picture(ui, "x", &mut session.drawing.texture, &tile(&image, rows, cols, 1), side)
            });
            for i in 0..session.panes.len() {
                ui.separator();
                way(ui, session, settings.way, i, height);
            }
        } else {
            let hint = "Draw here with the mouse or a pen, take the image at the cursor, or drop a file on the window.";
            ui.label(RichText::new(hint).color(theme::quiet(ui)));
        }
    });
}

fn controls(ui: &mut Ui, session: &mut Session, settings: &mut Settings, rows: usize, cols: usize) {
    let image = session.image_at_cursor(session.active_pane);
    let drawing = &mut session.drawing;
    let label = ui.label("brush");
    let mut radius = drawing.radius.unwrap_or(0.05);
    ui.add(Slider::new(&mut radius, 0.01..=0.12).show_value(false))
        .labelled_by(label.id)
        .on_hover_text("How broad the brush is");
    drawing.radius = Some(radius);
    ui.toggle_value(&mut drawing.erases, "Erase").on_hover_text("The brush takes away");
    if ui.add_enabled(!drawing.lines.is_empty(), Button::new("Undo line")).clicked() {
        drawing.lines.pop();
        drawing.redraw(rows, cols);
    }
    if ui.add_enabled(drawing.image.is_some(), Button::new("Clear")).clicked() {
        drawing.lines.clear();
        drawing.redraw(rows, cols);
    }
    if let (Some((image, _)), Some(stage)) = (image, &session.stage)
        && ui.button("Image at the cursor").on_hover_text("Takes the test image nearest the cursor").clicked()
    {
        session.drawing.put(stage.probe.gather([image]));
    }
    ui.separator();
    if ui.button("Resample ε").on_hover_text("Draws new noise ε for z = μ + σ·ε, the same in every pane").clicked()
    {
        session.drawing.draw += 1;
    }
    let [x, y] = session.drawing.eps();
    ui.label(RichText::new(format!("ε = {}", format::code([x, y]))).font(theme::number_font()));
    ui.separator();
    let label = ui.label("way");
    let last = WAY.len() - 1;
    ui.add(
        Slider::new(&mut settings.way, 0..=last).custom_formatter(move |v, _| WAY[(v as usize).min(last)].to_owned()),
    )
    .labelled_by(label.id)
    .on_hover_text(
        "How far to follow the image: x, its posterior's μ and σ, the code z drawn from it, the reconstruction x̂",
    );
}

fn canvas(ui: &mut Ui, session: &mut Session, rows: usize, cols: usize, height: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(height, height), Sense::drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Canvas, true, "sketchpad"));
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 3.0, egui::Color32::BLACK);
    let drawing = &mut session.drawing;
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) {
        let at = ((pointer - rect.min) / rect.size()).to_pos2();
        let point = [at.x, at.y];
        let fresh = response.drag_started() || drawing.lines.is_empty();
        match drawing.lines.last_mut().filter(|_| !fresh) {
            Some(line) if line.points.last() != Some(&point) => line.points.push(point),
            Some(_) => {}
            None => {
                let (radius, erases) = (drawing.radius.unwrap_or(0.05), drawing.erases);
                drawing.lines.push(Line { points: vec![point], radius, erases });
            }
        }
        drawing.redraw(rows, cols);
    }
    for line in &drawing.lines {
        let color = if line.erases { egui::Color32::BLACK } else { egui::Color32::WHITE };
        let points: Vec<Pos2> = line.points.iter().map(|p| rect.min + vec2(p[0], p[1]) * rect.size()).collect();
        let radius = line.radius * rect.width();
        points.iter().for_each(|&p| _ = painter.circle_filled(p, radius, color));
        painter.add(Shape::line(points, Stroke::new(2.0 * radius, color)));
    }
    painter.rect_stroke(rect, 3.0, ui.visuals().window_stroke, egui::StrokeKind::Inside);
}

/// What became of the image in one model, as far as it is to be followed.
fn way(ui: &mut Ui, session: &mut Session, followed: usize, index: usize, height: f32) {
    let (name, run) = (name_of(session, index), session.panes[index].run);
    let PaneJourney { passed: Some(passed), texture, .. } = &mut session.panes[index].journey else { return };
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            dot(ui, theme::run_color(run));
            ui.label(RichText::new(&name).strong());
        });
        let number = |ui: &mut Ui, name: &str, value: String, meaning: &str| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(name).color(theme::quiet(ui))).on_hover_text(meaning);
                ui.label(RichText::new(value).font(theme::number_font()));
            });
        };
        if followed > 0 {
            number(ui, "μ", format::code(passed.mu), "The mean of the posterior q(z|x); of an AE its code");
            if let Some([a, b]) = passed.sigma {
                number(ui, "σ", format!("({a:.3}, {b:.3})"), "The posterior's standard deviation in both dimensions");
            }
        }
        if followed > 1 {
            number(ui, "z", format::code(passed.z), "μ + σ·ε: the code that is decoded");
        }
    });
    if followed > 2 {
        step(ui, "reconstruction", height, |ui, side| {
            picture(ui, &format!("{name} reconstruction"), texture, &passed.x_hat, side);
        });
    }
}

fn step(ui: &mut Ui, name: &str, height: f32, show: impl FnOnce(&mut Ui, f32)) {
    ui.vertical(|ui| {
        ui.label(RichText::new(name).color(theme::quiet(ui)));
        show(ui, (height - 26.0).clamp(40.0, 170.0));
    });
}

fn picture(ui: &mut Ui, name: &str, texture: &mut KeyedTexture<Picture>, picture: &Picture, side: f32) {
    let draw = || inked(&picture.pixels, picture.width, picture.height, true);
    let texture = texture.get(ui.ctx(), picture.clone(), draw);
    ui.add(Image::new((texture, vec2(side, side))).alt_text(name));
}

/// The drawing's posterior and code in a plane, `at` taking a code to its place on the screen.
pub fn draw(painter: &Painter, passed: &Passed, followed: usize, scale: f32, at: impl Fn(Code) -> Pos2) {
    if followed == 0 {
        return;
    }
    let (centre, halo) = (at(passed.mu), painter.ctx().global_style().visuals.extreme_bg_color);
    if let Some(sigma) = passed.sigma {
        for sigmas in [1.0, 2.0] {
            let radius = vec2(sigma[0], sigma[1]) * scale * sigmas;
            painter.add(Shape::ellipse_stroke(centre, radius, Stroke::new(4.5, halo)));
            painter.add(Shape::ellipse_stroke(centre, radius, Stroke::new(2.5, MARK)));
        }
    }
    painter.circle(centre, 4.0, MARK, Stroke::new(1.5, halo));
    if followed > 1 {
        painter.line_segment([centre, at(passed.z)], Stroke::new(1.5, MARK));
        let z = Rect::from_center_size(at(passed.z), vec2(9.0, 9.0));
        painter.rect(z, 1.0, MARK, Stroke::new(1.5, halo), egui::StrokeKind::Outside);
        painter.text(
            pos2(z.right() + 4.0, z.top()),
            egui::Align2::LEFT_CENTER,
            "z",
            egui::FontId::proportional(12.5),
            MARK,
        );
    }
}

const MARK: egui::Color32 = egui::Color32::from_rgb(0xf0, 0x4e, 0x98);
