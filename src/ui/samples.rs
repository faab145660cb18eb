//! The samples: images decoded from codes that were drawn, not encoded, and for each the training image it is most like.

use std::sync::Arc;

use egui::{Button, Image, Pos2, Rect, RichText, Slider, TextureOptions, Ui, pos2, vec2};

use super::action::{Action, Export};
use super::pane::name_of;
use super::pictures::inked;
use super::session::Session;
use super::settings::{SampleSettings, Settings};
use super::theme::{self, GAP};
use super::widgets::dot;
use crate::config::{Code, LATENT, ModelKind};
use crate::data::Dataset;
use crate::engine::Errands;
use crate::explore::{Gaussian, Picture, nearest_image};
use crate::random::{Purpose, standard_normal, stream};

/// A sample whose nearest training image is wanted.
#[derive(Clone)]
pub struct Wanted {
    pub sample: Picture,
    pub dataset: Arc<Dataset>,
}

/// The sample last pointed at, and its nearest training image with their distance.
pub type Nearest = (Picture, Option<(usize, f32)>);

pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Errands<Wanted, Nearest>> {
    Errands::spawn("nearest", wake, |errand, Wanted { sample, dataset }: Wanted| {
        let nearest = nearest_image(&sample, &dataset.train);
        errand.reply((sample, nearest));
    })
}

impl SampleSettings {
    /// The same draws from N(0, I) for every pane.
    fn noise(&self) -> Vec<Code> {
        let normal = standard_normal(&mut stream(self.draw, Purpose::Samples, 0), LATENT * self.count);
        normal.as_chunks::<LATENT>().0.to_vec()
    }
}

impl Session {
    /// What the codes of a pane's samples are drawn from.
    fn sampled_from(&self, pane: usize) -> Gaussian {
        match self.run(pane) {
            Some(run) if self.panes[pane].kind == ModelKind::Ae && self.settings.samples.fitted => {
                Gaussian::fitted(&run.codes.mu)
            }
            _ => Gaussian::PRIOR,
        }
    }

    /// The codes of a pane's samples.
    pub fn sampled_codes(&self, pane: usize) -> Vec<Code> {
        let gaussian = self.sampled_from(pane);
        self.settings.samples.noise().into_iter().map(|eps| gaussian.code(eps)).collect()
    }
}

pub fn show(ui: &mut Ui, session: &mut Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| controls(ui, session, &mut settings.samples, actions));
    ui.add_space(GAP / 2.0);
    let (room, count) = (ui.available_rect_before_wrap(), session.panes.len().max(1) as f32);
    let width = (room.width() - GAP * (count - 1.0)) / count;
    for i in 0..session.panes.len() {
        let left = room.left() + i as f32 * (width + GAP);
        let rect = Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()));
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| gallery(ui, session, i));
    }
}

fn controls(ui: &mut Ui, session: &Session, settings: &mut SampleSettings, actions: &mut Vec<Action>) {
    if ui.button("New draw").on_hover_text("Draws new noise ε, the same for every pane").clicked() {
        settings.draw += 1;
    }
    let label = ui.label("size");
    ui.add(Slider::new(&mut settings.count, 4..=128))
        .labelled_by(label.id)
        .on_hover_text("Codes that are drawn and decoded in each pane");
    ui.separator();
    ui.label("AE from").on_hover_text("An AE has no prior; say what its codes are to be drawn from");
    for (fitted, name, meaning) in [
        (false, "N(0, I)", "The prior of the VAE, of which the AE knows nothing"),
        (true, "fitted Gaussian", "A Gaussian with the mean and covariance of the AE's codes"),
    ] {
        ui.radio_value(&mut settings.fitted, fitted, name).on_hover_text(meaning);
    }
    ui.separator();
    let ready = session.panes.iter().any(|pane| pane.pictures.samples().is_some());
    let export = ui.add_enabled(ready, Button::new("Export samples…"));
    if export.on_hover_text("Write the galleries of all panes, one above the other, as PNG; asks where").clicked() {
        actions.push(Action::Export { what: Export::Samples, file: None });
    }
}

fn gallery(ui: &mut Ui, session: &mut Session, index: usize) {
    let from = match session.panes[index].kind {
        ModelKind::Vae => "from its prior N(0, I)",
        ModelKind::Ae if session.settings.samples.fitted => "has no prior; from a Gaussian fitted to its codes",
        ModelKind::Ae => "has no prior; from N(0, I) all the same",
    };
    ui.horizontal(|ui| {
        dot(ui, theme::run_color(session.panes[index].run));
        ui.label(RichText::new(name_of(session, index)).strong());
        ui.add(egui::Label::new(RichText::new(from).color(theme::quiet(ui))).truncate());
    });
    let ctx = ui.ctx().clone();
    let Some(texture) = session.panes[index].pictures.samples_texture(&ctx) else { return };
    let (texture, size, room) = (texture.id(), texture.size_vec2(), ui.available_size());
    let scale = (room.x / size.x).min(room.y / size.y);
    let image = Image::new((texture, size * scale)).sense(egui::Sense::hover());
    let name = format!("{} samples", name_of(session, index));
    let response = ui.add(image.corner_radius(2.0).alt_text(name));
    let Some(pointer) = response.hover_pos() else { return };
    let Some(stage) = session.stage.clone() else { return };
    let at = (pointer - response.rect.min) / scale;
    let sample = session.panes[index].pictures.samples().and_then(|p| cut(p, at, stage.probe.rows, stage.probe.cols));
    let Some(sample) = sample else { return };
    session.ask_nearest(&sample);
    let dark = ui.visuals().dark_mode;
    response.on_hover_ui_at_pointer(|ui| {
        ui.horizontal(|ui| {
            picture(ui, "sample", inked(&sample.pixels, sample.width, sample.height, dark));
            let known = session.nearest.as_ref().filter(|(of, _)| *of == sample);
            match known.and_then(|(_, nearest)| *nearest) {
                Some((i, distance)) => {
                    let train = &stage.dataset.train;
                    picture(ui, "nearest training image", inked(train.image(i), train.cols, train.rows, dark));
                    let class = stage.dataset.class_names.get(usize::from(train.labels[i]));
                    ui.vertical(|ui| {
                        ui.set_min_width(170.0);
                        ui.label(format!("a {}", class.map_or("", |name| name)));
                        ui.label(format!("differs by {distance:.3}"));
                        let note = "root mean square over pixels, grey from 0 to 1";
                        ui.label(RichText::new(note).small().color(theme::quiet(ui)));
                    });
                }
                None => {
                    ui.spinner();
                }
            }
        });
    });
}

fn picture(ui: &mut Ui, name: &str, image: egui::ColorImage) {
    ui.vertical(|ui| {
        ui.label(RichText::new(name).small().color(theme::quiet(ui)));
        let texture = ui.ctx().load_texture(name, image, TextureOptions::NEAREST);
        ui.add(Image::new((texture.id(), vec2(84.0, 84.0))).alt_text(name));
        // Kept until the frame is drawn.
        ui.data_mut(|data| data.insert_temp(egui::Id::unique(name), texture));
    });
}

/// The image of a gallery that a point lies in.
fn cut(gallery: &Picture, at: egui::Vec2, rows: usize, cols: usize) -> Option<Picture> {
    let Pos2 { x, y } = at.to_pos2();
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (left, top) = (x as usize / cols * cols, y as usize / rows * rows);
    if left + cols > gallery.width || top + rows > gallery.height {
        return None;
    }
    let row = |row: usize| &gallery.pixels[row * gallery.width + left..][..cols];
    Some(Picture { width: cols, height: rows, pixels: (top..top + rows).flat_map(row).copied().collect() })
}
