//! Bayes' rule in four planes: prior, likelihood, their product, and the posterior.

use std::sync::Arc;

use egui::{Color32, ColorImage, Image, Painter, Rect, RichText, Shape, Stroke, TextureOptions, Ui, pos2, vec2};

use super::request::{ACROSS, InferenceReply, NATS};
use crate::config::Place;
use crate::explore::inference::DiagonalGaussian;
use crate::format;
use crate::ui::look::textures::KeyedTexture;
use crate::ui::look::theme;

/// Name, formula and meaning of each plane.
const PLANES: [(&str, &str, &str); 4] = [
    ("prior", "p(z)", "Where codes are before anything is seen, as far as 4 σ of the prior"),
    (
        "likelihood",
        "p(x|z)",
        "How well each code explains the image; by its logarithm, from the best to 200 nats below",
    ),
    ("evidence", "p(x) = ∫ p(z) p(x|z) dz", "Prior times likelihood, whose integral is p(x); by its logarithm as well"),
    (
        "posterior",
        "p(z|x) = p(z) p(x|z) / p(x)",
        "Where the image's code is, enlarged. Blue: the encoder's q(z|x) at 1 and 2 σ. Dashed: the best diagonal Gaussian.",
    ),
];

/// The planes as they were uploaded last: of which answer, and in which ink.
#[derive(Default)]
pub struct Bayes([KeyedTexture<(usize, bool)>; 4]);

impl Bayes {
    pub fn show(&mut self, ui: &mut Ui, answer: &InferenceReply, side: f32) {
        let dark = ui.visuals().dark_mode;
        // The answer is held while it is shown, so that its address names it.
        let key = (Arc::as_ptr(&answer.planes) as usize, dark);
        for (i, (name, formula, meaning)) in PLANES.into_iter().enumerate() {
            let formula = if name == "prior" { answer.prior } else { formula };
            let draw = || {
                let ink = |share: &f32| theme::ink((255.0 * share.clamp(0.0, 1.0)) as u8, dark);
                ColorImage::new([ACROSS; 2], answer.planes[i].iter().map(ink).collect())
            };
            let texture = self.0[i].get_with(ui.ctx(), key, TextureOptions::LINEAR, draw);
            ui.vertical(|ui| {
                ui.label(RichText::new(name).strong()).on_hover_text(meaning);
                let picture = Image::new((texture, vec2(side, side))).corner_radius(2.0);
                let picture = ui.add(picture.alt_text(format!("{name} {formula}"))).on_hover_text(meaning);
                if name == "posterior" {
                    ellipses(&ui.painter().with_clip_rect(picture.rect), picture.rect, answer);
                }
                let formula = match name {
                    "evidence" => format!("∫ = e^{}", format::short(answer.inference.evidence.log)),
                    _ => formula.to_owned(),
                };
                ui.label(RichText::new(formula).small().color(theme::quiet(ui)))
                    .on_hover_text(format!("Planes of p(x|z) show {NATS} nats"));
            });
        }
    }
}

/// The encoder's Gaussian and the best one, over the plane of the posterior.
fn ellipses(painter: &Painter, rect: Rect, answer: &InferenceReply) {
    let Some((q, gap)) = &answer.inference.encoder else { return };
    let (min, max) = (answer.zoom.min, answer.zoom.max);
    let scale = rect.width() / (max[0] - min[0]);
    let at = |z: Place| pos2(rect.left() + (z[0] - min[0]) * scale, rect.bottom() - (z[1] - min[1]) * scale);
    let outline = |gaussian: &DiagonalGaussian, sigmas: f32| {
        let (mu, sigma) = (gaussian.mu.map(|v| v as f32), gaussian.sigma.map(|v| v as f32));
        let around = (0..=60u8).map(|i| (f32::from(i) / 60.0 * std::f32::consts::TAU).sin_cos());
        around
            .map(|(sin, cos)| at([mu[0] + sigmas * sigma[0] * cos, mu[1] + sigmas * sigma[1] * sin]))
            .collect::<Vec<_>>()
    };
    let posterior: Color32 = theme::POSTERIOR;
    for sigmas in [1.0, 2.0] {
        painter.add(Shape::line(outline(q, sigmas), Stroke::new(1.5, theme::ACCENT)));
        painter.extend(Shape::dashed_line(&outline(&gap.best, sigmas), Stroke::new(1.2, posterior), 4.0, 3.0));
    }
}
