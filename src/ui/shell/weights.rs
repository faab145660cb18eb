//! The weights of the two halves of the KL: a slider each, and the chain that moves them together.

use egui::{Align, Button, Color32, Direction, Layout, Pos2, Rect, RichText, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::config::Beta;
use crate::session::{KlHalves, LARGEST_BETA};
use crate::ui::look::theme;
use crate::ui::look::widgets::slider;

/// Width of the chain beside the sliders.
const CHAIN: f32 = 26.0;

const MEAN: &str = "The weight of ½ Σ μ², the global half: it pulls the means to 0. With it alone nothing holds the variances, and \
                    posteriors shrink to points.";
const VARIANCE: &str = "The weight of ½ Σ (σ² − 1 − ln σ²), the local half: it keeps the variances at 1. With it alone nothing holds \
                        the means, and posteriors run away from each other.";
const CHAINED: &str = "One β for both halves: the loss is recon + β · kl, from the next step on. 0 gives scattered points; 1 is the \
                       VAE of the textbooks; a large weight draws every posterior into the prior. Click to give each half its own.";
const APART: &str =
    "Each half has its own β: the loss is recon + β_μ · ½ Σ μ² + β_σ · ½ Σ (σ² − 1 − ln σ²). Click to chain them.";

/// What is changed of the weights.
pub enum Change {
    Beta(Beta),
    Chain(bool),
}

/// Both sliders, of which those that are not in force are off.
pub fn show(ui: &mut Ui, beta: Beta, is_chained: bool, halves: KlHalves) -> Option<Change> {
    let mut change = None;
    ui.horizontal(|ui| {
        let rows = ui.vertical(|ui| {
            let mean = row(ui, ("β of means", "global"), beta.mean, halves.has_mean(), MEAN, &mut change, &|mean| {
                if is_chained { Beta::both(mean) } else { Beta { mean, ..beta } }
            });
            let of = |variance| if is_chained { Beta::both(variance) } else { Beta { variance, ..beta } };
            let names = ("β of variances", "local");
            let variance = row(ui, names, beta.variance, halves.has_variance(), VARIANCE, &mut change, &of);
            (mean, variance)
        });
        let ((above, below), height) = (rows.inner, rows.response.rect.height());
        ui.allocate_ui_with_layout(vec2(CHAIN, height), Layout::centered_and_justified(Direction::TopDown), |ui| {
            let whole = ui.max_rect();
            let link = Rect::from_center_size(
                pos2(whole.center().x, (above + below) / 2.0),
                vec2(CHAIN, ui.spacing().interact_size.y),
            );
            let color = if is_chained { theme::ACCENT } else { theme::quiet(ui).gamma_multiply(0.5) };
            let (x, stroke) = (link.center().x, Stroke::new(1.5, color));
            for (from, to) in [(above, link.top() - 2.0), (below, link.bottom() + 2.0)] {
                ui.painter().line_segment([pos2(link.left(), from), pos2(x, from)], stroke);
                ui.painter().line_segment([pos2(x, from), pos2(x, to)], stroke);
            }
            let button = ui.put(link, Button::selectable(is_chained, "").frame_when_inactive(true));
            let shape = if is_chained { ui.visuals().selection.stroke.color } else { ui.visuals().text_color() };
            chain(ui, button.rect.center(), is_chained, shape);
            let button = button.on_hover_text(if is_chained { CHAINED } else { APART });
            if button.accessible_name("one β for both halves").clicked() {
                change = Some(Change::Chain(!is_chained));
            }
        });
    });
    change
}

/// Two links of a chain, or the two apart.
fn chain(ui: &Ui, center: Pos2, is_whole: bool, color: Color32) {
    let offset = if is_whole { 3.5 } else { 5.5 };
    for side in [-offset, offset] {
        let link = Rect::from_center_size(center + vec2(side, 0.0), vec2(9.5, 6.5));
        ui.painter().rect_stroke(link, 3.0, Stroke::new(1.5, color), StrokeKind::Middle);
    }
}

/// A weight with its name above; how high its slider lies.
fn row(
    ui: &mut Ui,
    (name, reach): (&str, &str),
    mut now: f64,
    is_on: bool,
    meaning: &str,
    change: &mut Option<Change>,
    of: &dyn Fn(f64) -> Beta,
) -> f32 {
    ui.add_enabled_ui(is_on, |ui| {
        let label = ui.horizontal(|ui| {
            let label = ui.label(name).on_hover_text(meaning);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(RichText::new(reach).small().color(theme::quiet(ui))).on_hover_text(meaning);
            });
            label.id
        });
        let slider = slider(ui, &mut now, 0.0..=LARGEST_BETA, |slider| {
            slider.logarithmic(true).smallest_positive(0.01).max_decimals(3)
        });
        let slider = slider.labelled_by(label.inner).on_hover_text(format!("{meaning} Click the number to type one."));
        if slider.changed() {
            *change = Some(Change::Beta(of(now)));
        }
        slider.rect.center().y
    })
    .inner
}
