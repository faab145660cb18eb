//! What is minimised: the weight of the KL, p(x|z), the step size.

use egui::{Button, RichText, Ui, vec2};

use super::title;
use crate::config::{DEFAULT_C, Likelihood};
use crate::format;
use crate::session::{Action, KlHalves, LEARNING_RATES, Session, Setting};
use crate::ui::look::theme;
use crate::ui::look::widgets::{exactly, slider};
use crate::ui::shell::weights::{self, Change};

pub fn kl(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let settings = session.settings();
    title(ui, "KL divergence");
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let width = (ui.available_width() - 4.0) / 2.0;
        let size = vec2(width, ui.spacing().interact_size.y);
        for pair in [[KlHalves::Off, KlHalves::Both], [KlHalves::Mean, KlHalves::Variance]] {
            ui.horizontal(|ui| {
                for halves in pair {
                    let button = Button::selectable(settings.kl == halves, halves.name()).frame(true).min_size(size);
                    let choice = ui.add(button.frame_when_inactive(true));
                    if choice.on_hover_text(halves.describe()).clicked() && settings.kl != halves {
                        actions.push(Action::Set(Setting::Kl(halves)));
                    }
                }
            });
        }
    });
    ui.add_space(4.0);
    match weights::show(ui, settings.train.beta, settings.is_chained, settings.kl) {
        Some(Change::Beta(beta)) => actions.push(Action::Set(Setting::Beta(beta))),
        Some(Change::Chain(chained)) => actions.push(Action::Set(Setting::Chain(chained))),
        None => {}
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
        let run = session.active_pane().and_then(|pane| session.run(pane)).filter(|run| session.follows(run));
        let moved = run.and_then(|run| run.checkpoint.model.likelihood.c()).filter(|_| learned);
        let mut shown = moved.unwrap_or(c);
        let slider = ui.add_enabled_ui(!learned, |ui| {
            slider(ui, &mut shown, 1e-3..=1.0, |slider| {
                let slider = slider.logarithmic(true).max_decimals(4);
                // One that is learned moves, and cannot be left as another.
                if learned { slider.custom_formatter(|c, _| format::short(c)) } else { slider }
            })
        });
        let slider = slider.inner.labelled_by(label.id).on_hover_text(
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
    let slider = slider(ui, &mut rate, LEARNING_RATES, |slider| {
        slider.logarithmic(true).custom_formatter(|rate, _| exactly(rate, format::short(rate)))
    });
    if slider
        .labelled_by(label.id)
        .on_hover_text("Adam's step size, of the models that are trained as set here, from the next step on")
        .changed()
    {
        actions.push(Action::Set(Setting::LearningRate(rate)));
    }
}
