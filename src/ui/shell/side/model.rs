//! What a reset puts in force, and how the window behaves.

use egui::{RichText, TextEdit, Ui};

use crate::session::{Action, Session, Setting};
use crate::ui::look::theme;
use crate::ui::look::widgets::{drag, slider};

pub fn show(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let settings = session.settings();
    egui::Grid::new("model").num_columns(2).show(ui, |ui| {
        ui.label("layers");
        ui.horizontal(|ui| {
            for (conv, name, meaning) in [
                (false, "dense", "Every unit sees all units of the layer below"),
                (
                    true,
                    "conv",
                    "Convolutions: two that halve the image, with 32 and 64 channels, and a dense layer of 16",
                ),
            ] {
                if ui.selectable_label(settings.conv == conv, name).on_hover_text(meaning).clicked() {
                    actions.push(Action::Set(Setting::Conv(conv)));
                }
            }
        });
        ui.end_row();
        let (mut hidden, label) = (settings.hidden.clone(), ui.label("hidden layers"));
        ui.add_enabled_ui(!settings.conv, |ui| {
            let field = ui.add(TextEdit::singleline(&mut hidden).desired_width(84.0)).labelled_by(label.id);
            let meaning = "Sizes of the encoder's hidden layers, separated by commas; the decoder mirrors them";
            if field.on_hover_text(meaning).changed() {
                actions.push(Action::Set(Setting::Hidden(hidden)));
            }
        });
        ui.end_row();
        let (mut batch, label) = (settings.train.batch, ui.label("batch"));
        let field = drag(ui, &mut batch, 1..=4096, |drag| drag).labelled_by(label.id);
        if field.on_hover_text("Images a step").changed() {
            actions.push(Action::Set(Setting::Batch(batch)));
        }
        ui.end_row();
        let (mut seed, label) = (settings.train.seed, ui.label("seed"));
        let field = drag(ui, &mut seed, 0..=u64::MAX, |drag| drag).labelled_by(label.id);
        if field.on_hover_text("Where every random number comes from: weights, batches and noise").changed() {
            actions.push(Action::Set(Setting::Seed(seed)));
        }
        ui.end_row();
    });
    if let Err(error) = settings.arch() {
        ui.label(RichText::new(error.to_string()).small().color(theme::WARNING));
    }
    let (mut probe, label) = (settings.probe, ui.label("images shown"));
    let most = session.stage().map_or(10_000, |stage| stage.dataset.len()).max(101);
    let slider = slider(ui, &mut probe, 100..=most, |slider| slider.logarithmic(true)).labelled_by(label.id);
    let meaning = "How many images are encoded for the planes while training: test images first, then training images";
    if slider.on_hover_text(meaning).changed() {
        actions.push(Action::Set(Setting::Probe(probe)));
    }
    if session.reset_pending() {
        let text = RichText::new("in force after a reset").small().color(theme::WARNING);
        if ui.button(text).on_hover_text("Reset now").clicked() {
            actions.push(Action::Reset);
        }
    }
    window(ui, session, actions);
}

fn window(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let settings = session.settings();
    let (mut budget, label) = (settings.budget, ui.label("kept states, MB"));
    let field = drag(ui, &mut budget, 16..=65_536, |drag| drag).labelled_by(label.id);
    let meaning = "Memory for the states that the timeline goes back to; those that lie closest are let go first";
    if field.on_hover_text(meaning).changed() {
        actions.push(Action::Set(Setting::Budget(budget)));
    }
    let mut train = settings.train_at_start;
    let meaning = "Train as soon as the window opens, rather than open paused";
    if ui.checkbox(&mut train, "train at start").on_hover_text(meaning).changed() {
        actions.push(Action::Set(Setting::TrainAtStart(train)));
    }
    let mut frames = session.screen().frame_rate;
    let meaning = "Draws without pause and shows how many frames a second that gives";
    if ui.checkbox(&mut frames, "frame rate").on_hover_text(meaning).changed() {
        actions.push(Action::Set(Setting::FrameRate(frames)));
    }
    if ui.button("Restore defaults").on_hover_text("Puts every setting of the window back").clicked() {
        actions.push(Action::RestoreDefaults);
    }
}
