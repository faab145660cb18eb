//! What is minimised: the weight of the KL, p(x|z), the step size.

use egui::{RichText, Slider, Ui};

use super::title;
use crate::config::{Beta, DEFAULT_C, Likelihood};
use crate::format;
use crate::session::{Action, KlHalves, LARGEST_BETA, LEARNING_RATES, Session, Setting};
use crate::ui::look::theme;

pub fn kl(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let settings = session.settings();
    title(ui, "KL divergence");
    ui.horizontal_wrapped(|ui| {
        for halves in KlHalves::ALL {
            let choice = ui.selectable_label(settings.kl == halves, halves.name());
            if choice.on_hover_text(halves.describe()).clicked() && settings.kl != halves {
                actions.push(Action::Set(Setting::Kl(halves)));
            }
        }
    });
    let beta = settings.train.beta;
    let mut slide = |ui: &mut Ui, name: &str, mut now: f64, on: bool, meaning: &str, of: &dyn Fn(f64) -> Beta| {
        ui.add_enabled_ui(on, |ui| {
            let label = ui.label(name);
            let slider =
                Slider::new(&mut now, 0.0..=LARGEST_BETA).logarithmic(true).smallest_positive(0.01).max_decimals(3);
            if ui.add(slider).labelled_by(label.id).on_hover_text(meaning).changed() {
                actions.push(Action::Set(Setting::Beta(of(now))));
            }
        });
    };
    if settings.is_chained {
        let meaning = "The loss is recon + β · kl, from the next step on. 0 gives scattered points; 1 is the VAE of the textbooks; a \
             large weight draws every posterior into the prior. Click the number to type one.";
        slide(ui, "weight β", beta.mean, settings.kl != KlHalves::Off, meaning, &Beta::both);
    } else {
        let meaning = "The weight of ½ Σ μ², which pulls the means to 0 (global)";
        slide(ui, "β of means", beta.mean, settings.kl.has_mean(), meaning, &|mean| Beta { mean, ..beta });
        let meaning = "The weight of ½ Σ (σ² − 1 − ln σ²), which keeps the variances at 1 (local)";
        let of = |variance| Beta { variance, ..beta };
        slide(ui, "β of variances", beta.variance, settings.kl.has_variance(), meaning, &of);
    }
    let mut chained = settings.is_chained;
    let meaning = "One β for both halves of the KL, ½ Σ μ² and ½ Σ (σ² − 1 − ln σ²), or one for each. Another prior than N(0, I) has \
         no halves: its KL takes the β of the means.";
    if ui.checkbox(&mut chained, "one β for both halves").on_hover_text(meaning).changed() {
        actions.push(Action::Set(Setting::Chain(chained)));
    }
}

pub fn likelihood(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let now = session.settings().likelihood;
    let mut set = |likelihood| actions.push(Action::Set(Setting::Likelihood(likelihood)));
    ui.horizontal(|ui| {
        ui.label("p(x|z)");
        let bernoulli = ui.radio(now.c().is_none(), "Bernoulli");
        if bernoulli.on_hover_text("Decoded pixels are probabilities: recon = Σ softplus(l) − l·x").clicked() {
            set(Likelihood::Bernoulli);
        }
        let normal = ui.radio(now.c().is_some(), "Gaussian");
        let meaning = "p(x|z) = N(f(z), c·I): recon = |x − f(z)|² / 2c + ½ D ln 2πc for D pixels";
        if normal.on_hover_text(meaning).clicked() && now.c().is_none() {
            set(Likelihood::Gaussian { c: DEFAULT_C, learned: false });
        }
    });
    let Likelihood::Gaussian { c, learned } = now else { return };
    ui.horizontal(|ui| {
        let label = ui.label("c");
        let run = session.active_pane().and_then(|pane| session.run(pane));
        let moved = run.and_then(|run| run.checkpoint.model.likelihood.c()).filter(|_| learned);
        let mut shown = moved.unwrap_or(c);
        let slider = Slider::new(&mut shown, 1e-3..=1.0).logarithmic(true).max_decimals(4);
        let slider = ui.add_enabled(!learned, slider).labelled_by(label.id).on_hover_text(
            "The variance of a pixel. Minimising |x − f|² / 2c + β · kl is minimising |x − f|² + 2cβ · kl: β and 2c are one \
             knob, and only their product matters for where the codes go.",
        );
        if slider.changed() {
            set(Likelihood::Gaussian { c: shown, learned });
        }
    });
    ui.horizontal(|ui| {
        let mut learns = learned;
        let meaning = "c follows the mean squared error a pixel, where the likelihood is highest (Rybkin et al. 2021)";
        if ui.checkbox(&mut learns, "learned").on_hover_text(meaning).changed() {
            set(Likelihood::Gaussian { c, learned: learns });
        }
        let weight = format!("2cβ = {}", format::short(2.0 * c * session.settings().beta().mean));
        ui.label(RichText::new(weight).small().color(theme::quiet(ui)))
            .on_hover_text("The weight of the KL beside the plain squared error");
    });
}

pub fn learning_rate(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let (mut rate, label) = (session.settings().train.learning_rate, ui.label("learning rate"));
    let slider = Slider::new(&mut rate, LEARNING_RATES).logarithmic(true);
    let slider = ui.add(slider.custom_formatter(|value, _| format::short(value))).labelled_by(label.id);
    if slider.on_hover_text("Adam's step size, for all models, from the next step on").changed() {
        actions.push(Action::Set(Setting::LearningRate(rate)));
    }
}
