//! What is at the cursor of a pane: the decoded image, where that is, and the image whose code lies nearest.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Image, Rect, RichText, Sense, Ui, UiBuilder, Vec2, vec2};

use super::Subject;
use crate::config::{ModelSpec, PriorKind};
use crate::engine::{LiveRun, SessionId};
use crate::explore::Picture;
use crate::format;
use crate::session::{Pane, PaneId, Session};
use crate::ui::look::textures::{KeyedTexture, PIXELS, PictureTextures, fitted, inked, picture_of};
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::dot;

/// Width of the column beside a plane, in points.
pub const WIDTH: f32 = 132.0;
/// Side of the nearest image.
const SIDE: f32 = 52.0;

/// The pictures at the cursors, as textures.
#[derive(Default)]
pub struct Inspector {
    decoded: PictureTextures<PaneId>,
    nearest: BTreeMap<PaneId, KeyedTexture<(SessionId, usize, bool)>>,
}

impl Inspector {
    pub fn retain(&mut self, mut keep: impl FnMut(&PaneId) -> bool) {
        self.decoded.retain(&mut keep);
        self.nearest.retain(|pane, _| keep(pane));
    }

    /// All of it, one below the other, into a column; `log_density` is that of the prior at the cursor.
    pub fn column(
        &mut self,
        ui: &mut Ui,
        Subject { session, pane, run, .. }: Subject,
        picture: Option<&Arc<Picture>>,
        log_density: Option<f64>,
    ) {
        ui.spacing_mut().item_spacing.y = 3.0;
        caption(ui, "decoded at the cursor", "The decoder's answer to z: the mean of each pixel, in [0, 1]");
        let side = ui.available_width().min(0.42 * ui.available_height());
        self.decoded(ui, session, pane, run, picture, side);
        let cursor = session.cursor_in(pane.id);
        number(ui, "z", &format::code(cursor), "The code under the cursor: a point of the latent plane");
        let density = log_density.map_or("–".to_owned(), format::short);
        number(ui, "log p(z)", &density, &about_prior(&run.checkpoint.model));
        ui.add_space(GAP / 2.0);
        self.nearest(ui, session, pane);
    }

    /// The decoded image alone, over a corner of the plane.
    pub fn inset(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        pane: &Pane,
        run: &LiveRun,
        picture: Option<&Arc<Picture>>,
        plane: Rect,
    ) {
        let side = (0.3 * plane.width().min(plane.height())).clamp(40.0, 96.0);
        let size = picture.map_or(Vec2::splat(side), |picture| fitted(picture.width, picture.height, side));
        let rect = Rect::from_min_size(plane.right_top() + vec2(-size.x - 5.0, 5.0), size);
        ui.painter().rect_filled(rect.expand(1.0), 3.0, ui.visuals().window_stroke.color);
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| self.decoded(ui, session, pane, run, picture, side));
    }

    fn decoded(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        pane: &Pane,
        run: &LiveRun,
        picture: Option<&Arc<Picture>>,
        side: f32,
    ) {
        let Some(picture) = picture else {
            ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
            return;
        };
        let texture = self.decoded.get(ui, pane.id, picture);
        let size = fitted(picture.width, picture.height, side);
        let image = Image::new((texture, size)).corner_radius(3.0);
        ui.add(image.alt_text(format!("{} decoded at the cursor", session.name(run))));
    }

    fn nearest(&mut self, ui: &mut Ui, session: &Session, pane: &Pane) {
        let Some(stage) = session.stage() else { return };
        let found = session.image_at_cursor(pane.id).filter(|&(image, _)| image < stage.probe.len());
        let Some((image, distance)) = found else { return };
        caption(ui, "nearest image", "The image of the probe whose code lies nearest the cursor");
        ui.horizontal(|ui| {
            let dark = ui.visuals().dark_mode;
            let draw = || inked(&picture_of(&stage.probe, image), dark);
            let held = self.nearest.entry(pane.id).or_default();
            let key = (stage.session, image, dark);
            let texture = held.get_with(ui.ctx(), key, PIXELS, draw);
            let size = fitted(stage.probe.shape.cols, stage.probe.shape.rows, SIDE);
            ui.add(Image::new((texture, size)).corner_radius(2.0).alt_text("nearest image"));
            ui.vertical(|ui| {
                let label = usize::from(stage.probe.labels[image]);
                if let Some(name) = stage.dataset.class_names.get(label) {
                    ui.horizontal(|ui| {
                        dot(ui, theme::class_color(label));
                        ui.add(egui::Label::new(RichText::new(name).strong()).truncate());
                    });
                }
                let meaning = "Euclidean distance in the plane from the cursor to its code";
                caption(ui, "distance", meaning);
                let distance = format::short(f64::from(distance));
                ui.label(RichText::new(distance).font(theme::number_font())).on_hover_text(meaning);
            });
        });
    }
}

/// Which p(z) its logarithm is of.
fn about_prior(model: &ModelSpec) -> String {
    let density = |of: &str| format!("Log density at z, in nats, of {of}");
    match model.prior {
        _ if model.is_quantised() => {
            let words = if model.codebook.tokens == 1 { "the word" } else { "the words" };
            format!("Log probability, in nats, of {words} that z is decoded as: the prior has each as likely")
        }
        PriorKind::Normal if model.has_prior() => density("the prior, N(0, I)"),
        PriorKind::Normal => density("N(0, I), which it was never told of: an AE has no prior"),
        PriorKind::Mixture { components } => density(&format!("the prior, a mixture of {components} Gaussians")),
        PriorKind::Vamp { components } => {
            density(&format!("the prior, the mean of the posteriors of {components} pseudo-inputs"))
        }
    }
}

fn caption(ui: &mut Ui, text: &str, meaning: &str) {
    ui.label(RichText::new(text).small().color(theme::quiet(ui))).on_hover_text(meaning);
}

fn number(ui: &mut Ui, name: &str, value: &str, meaning: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.label(RichText::new(name).small().color(theme::quiet(ui))).on_hover_text(meaning);
        ui.label(RichText::new(value).font(theme::number_font()));
    });
}
