//! Why samples alone do not do: estimates of log p(x) over their number, and estimators of the ELBO's gradient.

use egui::{Grid, RichText, Ui};

use crate::explore::inference::{GradientSpread, Sampled};
use crate::figure::estimate_chart;
use crate::ui::look::chart;
use crate::ui::look::theme;

pub fn show(ui: &mut Ui, sampled: &Sampled, log_evidence: f64, height: f32) {
    let estimates = estimate_chart(sampled, log_evidence);
    ui.label(RichText::new("log p(x) from K samples").strong()).on_hover_text(
        "Naive: the mean of p(x|z) over draws from the prior, nearly all of which miss. Importance sampling from q(z|x) weighs \
         its draws by p(x|z) p(z) / q(z|x) (the IWAE bound): why a VAE needs its encoder. Bands: one standard deviation over \
         draws. Line: the exact value, by quadrature.",
    );
    chart::legend(ui, &estimates);
    chart::show(ui, "estimates", &estimates, (height - 136.0).max(48.0));
    gradients(ui, &sampled.gradients);
}

/// Variances of the estimators, side by side.
fn gradients(ui: &mut Ui, spread: &GradientSpread) {
    Grid::new("gradients").num_columns(5).spacing([12.0, 2.0]).show(ui, |ui| {
        let meaning = "Variance of the gradient of the ELBO for this image from one sample, over the same 1,000 samples: by \
                       z = μ + σ·ε (why the reparameterisation), by the score function, which knows no slope of the decoder, and by the \
                       score function less a baseline, the mean of log p(x|z) over the other samples";
        ui.label(RichText::new("gradient variance").small().color(theme::quiet(ui))).on_hover_text(meaning);
        for name in ["∂μ₀", "∂μ₁", "∂σ₀", "∂σ₁"] {
            ui.label(RichText::new(name).small().color(theme::quiet(ui)));
        }
        ui.end_row();
        for (name, values) in [
            ("reparameterised", spread.reparameterised_variance),
            ("score function", spread.score_variance),
            ("with a baseline", spread.baseline_variance),
        ] {
            ui.label(RichText::new(name).small()).on_hover_text(meaning);
            for value in values {
                ui.label(RichText::new(format!("{value:.1e}")).font(theme::number_font()).small());
            }
            ui.end_row();
        }
    });
}
