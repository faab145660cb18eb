//! The panel at the left: what can be changed while the models learn, what is drawn, and what waits for a reset.

use egui::{Button, CollapsingHeader, ComboBox, DragValue, RichText, Slider, TextEdit, Ui};

use super::action::Action;
use super::arrange::Arrange;
use super::pane::name_of;
use super::session::Session;
use super::settings::{LARGEST_BETA, Link, Overlays, Settings, Tool};
use super::theme::{self, GAP};
use super::widgets::{dot, switch};
use crate::config::{DEFAULT_C, Likelihood};
use crate::explore::FieldKind;

pub fn show(ui: &mut Ui, session: &Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    kl(ui, settings);
    ui.add_space(GAP);
    likelihood(ui, session, settings);
    ui.add_space(GAP);
    learning_rate(ui, settings);
    ui.separator();
    show_overlays(ui, session, settings, actions);
    ui.separator();
    cursor(ui, settings);
    ui.separator();
    tool(ui, settings);
    ui.separator();
    legend(ui, session, actions);
    ui.separator();
    let header = CollapsingHeader::new("Model and session").show(ui, |ui| model(ui, session, settings, actions));
    header.header_response.on_hover_text("What a reset puts in force, and how the window behaves");
}

fn kl(ui: &mut Ui, settings: &mut Settings) {
    ui.horizontal(|ui| {
        title(ui, "KL divergence");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            switch(ui, &mut settings.kl_on, "KL term").on_hover_text(
                "Switches the KL term off: the VAE then minimises the reconstruction alone, its posteriors shrink to points \
                 and its codes scatter like those of an AE.",
            );
        });
    });
    ui.add_enabled_ui(settings.kl_on, |ui| {
        let label = ui.label("weight β");
        let slider = Slider::new(&mut settings.train.beta, 0.0..=LARGEST_BETA)
            .logarithmic(true)
            .smallest_positive(0.01)
            .max_decimals(3);
        ui.add(slider).labelled_by(label.id).on_hover_text(
            "The loss is recon + β · kl, from the next step on. 0 gives scattered points; 1 is the VAE of the textbooks; a \
             large weight draws every posterior into the prior. Click the number to type one.",
        );
    });
}

fn likelihood(ui: &mut Ui, session: &Session, settings: &mut Settings) {
    let mut gaussian = settings.likelihood.c();
    ui.horizontal(|ui| {
        ui.label("p(x|z)");
        let bernoulli = ui.radio(gaussian.is_none(), "Bernoulli");
        if bernoulli.on_hover_text("Decoded pixels are probabilities: recon = Σ softplus(l) − l·x").clicked() {
            settings.likelihood = Likelihood::Bernoulli;
        }
        let normal = ui.radio(gaussian.is_some(), "Gaussian");
        let meaning = "p(x|z) = N(f(z), c·I): recon = |x − f(z)|² / 2c + ½ D ln 2πc for D pixels";
        if normal.on_hover_text(meaning).clicked() {
            let c = *gaussian.get_or_insert(DEFAULT_C);
            settings.likelihood = Likelihood::Gaussian { c, learned: false };
        }
    });
    let beta = settings.beta();
    let Likelihood::Gaussian { c, learned } = &mut settings.likelihood else { return };
    ui.horizontal(|ui| {
        let label = ui.label("c");
        let now = session.run(session.active_pane).and_then(|run| run.checkpoint.model.likelihood.c());
        let mut shown = now.filter(|_| *learned).unwrap_or(*c);
        let slider = Slider::new(&mut shown, 1e-3..=1.0).logarithmic(true).max_decimals(4);
        let slider = ui.add_enabled(!*learned, slider).labelled_by(label.id).on_hover_text(
            "The variance of a pixel. Minimising |x − f|² / 2c + β · kl is minimising |x − f|² + 2cβ · kl: β and 2c are one \
             knob, and only their product matters for where the codes go.",
        );
        if slider.changed() {
            *c = shown;
        }
    });
    ui.horizontal(|ui| {
        ui.checkbox(learned, "learned").on_hover_text(
            "c follows the mean squared error a pixel, where the likelihood is highest (Rybkin et al. 2021)",
        );
        let weight = 2.0 * *c * beta;
        let text = RichText::new(format!("2cβ = {}", super::format::short(weight))).small().color(theme::quiet(ui));
        ui.label(text).on_hover_text("The weight of the KL beside the plain squared error");
    });
}

fn learning_rate(ui: &mut Ui, settings: &mut Settings) {
    let label = ui.label("learning rate");
    let slider = Slider::new(&mut settings.train.learning_rate, 1e-5..=1e-1)
        .logarithmic(true)
        .custom_formatter(|value, _| super::format::short(value));
    ui.add(slider).labelled_by(label.id).on_hover_text("Adam's step size, for all models, from the next step on");
}

/// Of all panes, or of the one last pointed at if it is unlinked.
fn show_overlays(ui: &mut Ui, session: &Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    let pane = session.active_pane;
    match session.panes.get(pane).and_then(|pane| pane.own.as_ref()) {
        None => {
            title(ui, "Show");
            overlays(ui, &mut settings.overlays);
        }
        Some((_, own)) => {
            title(ui, &format!("Show in {}", name_of(session, pane)));
            let mut changed = own.clone();
            overlays(ui, &mut changed);
            if changed != *own {
                actions.push(Action::Arrange(Arrange::Overlay { pane, overlays: changed }));
            }
        }
    }
}

fn overlays(ui: &mut Ui, o: &mut Overlays) {
    for (on, name, meaning) in [
        (
            &mut o.points,
            "codes",
            "The codes of the probe's images (test images, as far as they go), coloured by class; of a VAE the posterior means",
        ),
        (&mut o.means, "class means", "The mean code of each class, marked with its name"),
        (
            &mut o.posteriors,
            "posteriors q(z|x)",
            "1 and 2 σ of the encoder's Gaussian for the image nearest each class mean and for the image at the cursor. An AE has none.",
        ),
        (&mut o.rings, "prior rings", "The prior N(0, I) at 1, 2 and 3 σ"),
        (
            &mut o.manifold,
            "manifold",
            "A grid of decoded codes behind the points: what the decoder makes of every place",
        ),
        (&mut o.trails, "trails", "How the class means have moved since the start, from one kept state to the next"),
    ] {
        ui.checkbox(on, name).on_hover_text(meaning);
    }
    ui.horizontal(|ui| {
        let label = ui.label("behind");
        let name = |field: Option<FieldKind>| field.map_or("nothing", |kind| kind.describe().0);
        ComboBox::from_id_salt("field")
            .selected_text(name(o.field))
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut o.field, None, name(None));
                for kind in FieldKind::ALL {
                    let meaning = kind.describe().1;
                    ui.selectable_value(&mut o.field, Some(kind), name(Some(kind))).on_hover_text(meaning);
                }
            })
            .response
            .labelled_by(label.id)
            .on_hover_text(o.field.map_or("A field over the plane, behind the points", |kind| kind.describe().1));
    });
}

fn cursor(ui: &mut Ui, settings: &mut Settings) {
    title(ui, "Cursor");
    ui.horizontal(|ui| {
        for (link, name, meaning) in [
            (
                Link::SameCode,
                "same z",
                "The same point of every plane. Drag it, or use the arrow keys (finer with Shift).",
            ),
            (
                Link::SameImage,
                "same image",
                "The cursor snaps to a test image; each plane shows where that image lies in it.",
            ),
        ] {
            ui.radio_value(&mut settings.link, link, name).on_hover_text(meaning);
        }
    });
}

/// What a drag in a plane does.
fn tool(ui: &mut Ui, settings: &mut Settings) {
    title(ui, "Drag");
    ui.horizontal(|ui| {
        for (tool, name, meaning) in [
            (Tool::Cursor, "cursor", "A drag in a plane moves the cursor"),
            (Tool::Rectangle, "rectangle", "A drag in a plane selects the images within a rectangle, in every pane"),
            (Tool::Lasso, "lasso", "A drag in a plane selects the images within the line that is drawn, in every pane"),
        ] {
            ui.radio_value(&mut settings.tool, tool, name).on_hover_text(meaning);
        }
    });
}

fn legend(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    title(ui, "Classes");
    let Some(stage) = &session.stage else { return };
    egui::Grid::new("legend").num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
        for (class, name) in stage.dataset.class_names.iter().enumerate() {
            ui.horizontal(|ui| {
                let class = class as u8;
                let hidden = session.selection.hidden.contains(&class);
                let color = theme::class_color(usize::from(class));
                dot(ui, if hidden { color.gamma_multiply(0.25) } else { color });
                let text = RichText::new(name);
                let text = if hidden { text.color(theme::quiet(ui)).strikethrough() } else { text };
                let label = ui
                    .add(Button::new(text).frame(false))
                    .on_hover_text("Click: show this class or not. Double-click: show it alone, or all again.");
                if label.double_clicked() {
                    actions.push(Action::ShowClass { class, only: true });
                } else if label.clicked() {
                    actions.push(Action::ShowClass { class, only: false });
                }
            });
            if class % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

fn model(ui: &mut Ui, session: &Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    egui::Grid::new("model").num_columns(2).show(ui, |ui| {
        ui.label("layers");
        ui.horizontal(|ui| {
            ui.selectable_value(&mut settings.conv, false, "dense")
                .on_hover_text("Every unit sees all units of the layer below");
            ui.selectable_value(&mut settings.conv, true, "conv").on_hover_text(
                "Convolutions: two that halve the image, with 32 and 64 channels, and a dense layer of 16",
            );
        });
        ui.end_row();
        let label = ui.label("hidden layers");
        ui.add_enabled_ui(!settings.conv, |ui| {
            ui.add(TextEdit::singleline(&mut settings.hidden).desired_width(84.0))
                .labelled_by(label.id)
                .on_hover_text("Sizes of the encoder's hidden layers, separated by commas; the decoder mirrors them");
        });
        ui.end_row();
        let label = ui.label("batch");
        ui.add(DragValue::new(&mut settings.train.batch).range(1..=4096))
            .labelled_by(label.id)
            .on_hover_text("Images a step");
        ui.end_row();
        let label = ui.label("seed");
        ui.add(DragValue::new(&mut settings.train.seed))
            .labelled_by(label.id)
            .on_hover_text("Where every random number comes from: weights, batches and noise");
        ui.end_row();
    });
    let label = ui.label("images shown");
    ui.add(
        Slider::new(&mut settings.probe, 100..=session.stage.as_ref().map_or(10_000, |stage| stage.dataset.len()))
            .logarithmic(true),
    )
    .labelled_by(label.id)
    .on_hover_text(
        "How many images are encoded for the planes while training: test images first, then training images",
    );
    if session.reset_pending() {
        let text = RichText::new("in force after a reset").small().color(theme::WARNING);
        if ui.button(text).on_hover_text("Reset now").clicked() {
            actions.push(Action::Reset);
        }
    }
    let label = ui.label("kept states, MB");
    ui.add(DragValue::new(&mut settings.budget).range(16..=65_536))
        .labelled_by(label.id)
        .on_hover_text("Memory for the states that the timeline goes back to; those that lie closest are let go first");
    ui.checkbox(&mut settings.train_at_start, "train at start")
        .on_hover_text("Train as soon as the window opens, rather than open paused");
    ui.checkbox(&mut settings.frame_rate, "frame rate")
        .on_hover_text("Draws without pause and shows how many frames a second that gives");
    if ui.button("Restore defaults").on_hover_text("Puts every setting of the window back").clicked() {
        actions.push(Action::RestoreDefaults);
    }
}

fn title(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).strong());
}
