//! The dialog that describes a new run: which model, of what parts, how it learns.

use egui::{Align, Button, Context, Frame, Grid, Id, Layout, Modal, RichText, ScrollArea, TextEdit, Ui};

use super::weights::{self, Change};
use crate::config::{
    Arch, Beta, Codebook, DEFAULT_C, LARGEST_C, Likelihood, MOST_COMPONENTS, MOST_LATENT, MOST_TOKENS, MOST_WORDS,
    ModelKind, PriorKind, SMALLEST_C,
};
use crate::format;
use crate::session::{Action, Draft, KlHalves, LARGEST_BETA, LEARNING_RATES, Preset, Session};
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::{drag, exactly};

const WIDTH: f32 = 520.0;
/// Room that the window keeps around the dialog, and its buttons and message within it.
const AROUND: f32 = 210.0;

pub fn show(ctx: &Context, session: &Session, actions: &mut Vec<Action>) {
    let Some(draft) = session.draft() else { return };
    let modal =
        Modal::new(Id::unique("new run")).frame(Frame::popup(&ctx.global_style()).inner_margin(16.0)).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.label(RichText::new("New run").heading().strong());
            let mut next = draft.clone();
            presets(ui, session, &mut next);
            ui.separator();
            let height = (ctx.content_rect().height() - AROUND).max(160.0);
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                Grid::new("new run").num_columns(2).min_col_width(112.0).spacing([12.0, 8.0]).show(ui, |ui| {
                    model(ui, session, &mut next);
                    network(ui, &mut next);
                    objective(ui, &mut next);
                });
            });
            ui.separator();
            if next != *draft {
                actions.push(Action::Describe(Some(Box::new(next.clone()))));
            }
            foot(ui, session, &next, actions)
        });
    if modal.inner || modal.should_close() {
        actions.push(Action::Describe(None));
    }
}

/// The usual models, and what the one that is chosen is.
fn presets(ui: &mut Ui, session: &Session, next: &mut Draft) {
    let chosen = next.preset(session.settings());
    ui.horizontal_wrapped(|ui| {
        for preset in Preset::ALL {
            let button = ui.add(Button::selectable(chosen == Some(preset), preset.name()).frame_when_inactive(true));
            if button.on_hover_text(preset.describe()).clicked() {
                *next = Draft::new(preset, session.settings());
            }
        }
    });
    let text = next.preset(session.settings()).map_or(next.model.kind.in_words(), Preset::describe);
    ui.label(RichText::new(text).color(theme::quiet(ui)));
}

/// A row of the form: its name, and the controls.
fn row(ui: &mut Ui, name: &str, controls: impl FnOnce(&mut Ui, Id)) {
    let label = ui.label(name);
    ui.horizontal(|ui| controls(ui, label.id));
    ui.end_row();
}

fn pick(ui: &mut Ui, is_chosen: bool, name: &str, meaning: &str) -> bool {
    ui.selectable_label(is_chosen, name).on_hover_text(meaning).clicked() && !is_chosen
}

fn count(ui: &mut Ui, label: Id, value: &mut usize, most: usize, meaning: &str) {
    drag(ui, value, 1..=most, |drag| drag.speed(0.1)).labelled_by(label).on_hover_text(meaning);
}

fn model(ui: &mut Ui, session: &Session, next: &mut Draft) {
    row(ui, "model", |ui, _| {
        for kind in ModelKind::ALL {
            if pick(ui, next.model.kind == kind, &kind.to_string(), kind.in_words()) {
                *next = next.clone().of_kind(kind, session.settings());
            }
        }
    });
    row(ui, "latent size", |ui, label| {
        let meaning = "Dimensions of a code, 1 to 64. With more than two the plane shows a part of the space.";
        count(ui, label, &mut next.model.latent, MOST_LATENT, meaning);
        ui.label(RichText::new("dimensions").color(theme::quiet(ui)));
    });
    if next.model.kind == ModelKind::Vae {
        prior(ui, next);
    }
    if next.model.is_quantised() {
        codebook(ui, &mut next.model.codebook);
    }
}

fn prior(ui: &mut Ui, next: &mut Draft) {
    row(ui, "prior p(z)", |ui, _| {
        let (mixture, vamp) = (PriorKind::Mixture { components: 1 }, PriorKind::Vamp { components: 1 });
        for (prior, name, meaning) in [
            (PriorKind::Normal, "normal", "N(0, I)"),
            (mixture, "mixture", "Diagonal Gaussians with learned weights, means and scales"),
            (vamp, "VampPrior", "The mean of the posteriors of learned pseudo-inputs (Tomczak and Welling 2018)"),
        ] {
            let is_chosen = std::mem::discriminant(&prior) == std::mem::discriminant(&next.model.prior);
            if pick(ui, is_chosen, name, meaning) {
                *next = next.clone().with_prior(prior);
            }
        }
    });
    let (name, meaning, components) = match &mut next.model.prior {
        PriorKind::Normal => return,
        PriorKind::Mixture { components } => ("components", "Gaussians that the prior is made of", components),
        PriorKind::Vamp { components } => ("pseudo-inputs", "Images whose posteriors make up the prior", components),
    };
    row(ui, name, |ui, label| count(ui, label, components, MOST_COMPONENTS, meaning));
}

fn codebook(ui: &mut Ui, codebook: &mut Codebook) {
    row(ui, "words", |ui, label| {
        count(ui, label, &mut codebook.words, MOST_WORDS, "Words in the list that a code is taken from");
    });
    row(ui, "tokens", |ui, label| {
        let meaning = "Words that make up a code, all from one list; they share the latent dimensions evenly";
        count(ui, label, &mut codebook.tokens, MOST_TOKENS, meaning);
    });
    row(ui, "commitment γ", |ui, label| {
        let meaning = "The weight of ‖z_e − sg(e_k)‖², which holds the encoder to the words";
        let drag = drag(ui, &mut codebook.gamma, 0.0..=10.0, |drag| drag.speed(0.01).max_decimals(3));
        drag.labelled_by(label).on_hover_text(meaning);
    });
    row(ui, "words follow", |ui, _| {
        let usual = Codebook::default().decay;
        for (decay, name, meaning) in [
            (usual, "running means", "Each word moves to the running mean of the codes that chose it (EMA, ρ = 0.99)"),
            (None, "the gradient", "Each word follows the gradient of ‖sg(z_e) − e_k‖²"),
        ] {
            if pick(ui, codebook.decay.is_some() == decay.is_some(), name, meaning) {
                codebook.decay = decay;
            }
        }
    });
}

fn network(ui: &mut Ui, next: &mut Draft) {
    let is_fixed = next.model.is_closed_form();
    row(ui, "p(x|z)", |ui, _| {
        let c = next.model.likelihood.c();
        if !is_fixed && pick(ui, c.is_none(), "Bernoulli", "Decoded pixels are probabilities") {
            next.model.likelihood = Likelihood::Bernoulli;
        }
        let meaning = "N(f(z), c·I) about the decoded pixels f(z)";
        if pick(ui, c.is_some(), "Gaussian", meaning) && c.is_none() {
            next.model.likelihood = Likelihood::Gaussian { c: DEFAULT_C, learned: false };
        }
    });
    if let Likelihood::Gaussian { c, learned } = &mut next.model.likelihood {
        row(ui, "variance c", |ui, label| {
            let drag = ui.add_enabled_ui(!*learned, |ui| {
                drag(ui, c, SMALLEST_C..=LARGEST_C, |drag| drag.speed(0.001).max_decimals(4))
            });
            let drag = drag.inner.labelled_by(label);
            drag.on_hover_text("The variance of a pixel").on_disabled_hover_text("It is learned");
            let meaning = "c follows the mean squared error a pixel, where the likelihood is highest";
            ui.checkbox(learned, "learned").on_hover_text(meaning);
        });
    }
    if is_fixed {
        return;
    }
    row(ui, "network", |ui, _| {
        let is_conv = next.model.arch == Arch::Conv;
        if pick(ui, !is_conv, "dense", "Every unit sees all units of the layer below") {
            next.model.arch = Arch::Mlp(Vec::new());
        }
        if pick(ui, is_conv, "conv", "Two convolutions that halve the image, and a dense layer") {
            next.model.arch = Arch::Conv;
        }
    });
    if next.model.arch != Arch::Conv {
        row(ui, "hidden layers", |ui, label| {
            let field = ui.add(TextEdit::singleline(&mut next.hidden).desired_width(150.0)).labelled_by(label);
            field.on_hover_text(
                "Sizes of the encoder's hidden layers, separated by commas, which the decoder mirrors; or `none` for a linear \
                 network",
            );
        });
    }
}

fn objective(ui: &mut Ui, next: &mut Draft) {
    let has_halves = next.model.has_gaussian() && next.model.prior == PriorKind::Normal;
    if has_halves {
        ui.label("KL weights");
        let change = ui.vertical(|ui| weights::show(ui, next.train.beta, next.is_chained, KlHalves::Both)).inner;
        ui.end_row();
        match change {
            Some(Change::Beta(beta)) => next.train.beta = beta,
            Some(Change::Chain(chained)) => {
                next.is_chained = chained;
                if chained {
                    next.train.beta = Beta::both(next.train.beta.mean);
                }
            }
            None => {}
        }
    } else if next.model.has_gaussian() {
        row(ui, "KL weight β", |ui, label| {
            let mut beta = next.train.beta.mean;
            let drag = drag(ui, &mut beta, 0.0..=LARGEST_BETA, |drag| drag.speed(0.05).max_decimals(3));
            if drag.labelled_by(label).on_hover_text("The loss is recon + β · kl").changed() {
                next.train.beta = Beta::both(beta);
            }
        });
    }
    if !next.model.is_closed_form() {
        row(ui, "learning rate", |ui, label| {
            let rate = &mut next.train.learning_rate;
            let drag = drag(ui, rate, LEARNING_RATES, |drag| {
                drag.speed(1e-5).custom_formatter(|rate, _| exactly(rate, format::short(rate)))
            });
            drag.labelled_by(label).on_hover_text("Adam's step size, of this run alone");
        });
    }
    row(ui, "seed", |ui, label| {
        drag(ui, &mut next.train.seed, 0..=u64::MAX, |drag| drag).labelled_by(label).on_hover_text(
            "Where every random number comes from: weights, batches and noise. Runs of one seed see the same batches.",
        );
    });
}

/// Why it cannot be started, if it cannot, and the buttons; whether it is to be closed.
fn foot(ui: &mut Ui, session: &Session, draft: &Draft, actions: &mut Vec<Action>) -> bool {
    let run = draft.run().map_err(|error| error.to_string());
    let run = run.and_then(|run| session.no_room().map_or(Ok(run), Err));
    if let Err(reason) = &run {
        ui.label(RichText::new(reason).color(theme::WARNING));
        ui.add_space(GAP / 2.0);
    }
    let buttons = |ui: &mut Ui| {
        let text = RichText::new("Start").color(if run.is_ok() { egui::Color32::WHITE } else { theme::quiet(ui) });
        let button = Button::new(text).min_size(egui::vec2(84.0, 0.0));
        let button = if run.is_ok() { button.fill(theme::ACCENT) } else { button };
        let start = ui.add_enabled(run.is_ok(), button).on_hover_text("Starts it in a pane of its own, from step 0");
        if let (true, Ok(run)) = (start.clicked(), run) {
            actions.push(Action::Start(Box::new(run)));
        }
        ui.button("Cancel").clicked()
    };
    ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), buttons).inner).inner
}
