//! The bar at the top: the data, the buttons that run the training, and how far it is.

use egui::{Align, Button, ComboBox, Layout, RichText, ThemePreference, Ui};

use super::action::Action;
use super::format::grouped;
use super::session::Session;
use super::settings::Settings;
use super::{figure, theme};
use crate::data::{FASHION_MNIST, MNIST};

pub fn show(ui: &mut Ui, session: &Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new("Latent Explorer").heading().strong());
        ui.add_space(theme::GAP);
        data(ui, session, settings);
        ui.add_space(theme::GAP);
        let train = if session.training { "⏸ Pause" } else { "▶ Train" };
        let button = Button::new(RichText::new(train).color(egui::Color32::WHITE)).fill(theme::ACCENT);
        if ui.add(button.min_size(egui::vec2(84.0, 0.0))).on_hover_text("Train or pause both models (Space)").clicked()
        {
            actions.push(Action::Train(!session.training));
        }
        let step = ui.add_enabled(!session.training, Button::new("⏭ Step"));
        if step.on_hover_text("One step of every model on one batch").clicked() {
            actions.push(Action::Step);
        }
        let reset = if session.is_trained() {
            "Go back to the runs as they were opened"
        } else {
            "Start over from new weights, with the settings on the left"
        };
        if ui.button("↺ Reset").on_hover_text(reset).clicked() {
            actions.push(Action::Reset);
        }
        ui.add_enabled_ui(session.live.is_some(), |ui| figure::menu(ui, session, settings, actions));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            theme_switch(ui, settings);
            ui.separator();
            status(ui, session);
        });
    });
}

fn data(ui: &mut Ui, session: &Session, settings: &mut Settings) {
    let name = |data: &str| match data {
        MNIST => "MNIST".to_owned(),
        FASHION_MNIST => "Fashion-MNIST".to_owned(),
        folder => {
            std::path::Path::new(folder).file_name().map_or(folder.to_owned(), |n| n.to_string_lossy().into_owned())
        }
    };
    let mut choices = vec![MNIST.to_owned(), FASHION_MNIST.to_owned()];
    if let Some(stage) = &session.stage
        && !choices.contains(&stage.dataset.name)
    {
        choices.push(stage.dataset.name.clone());
    }
    let combo = ComboBox::from_id_salt("data").selected_text(name(&settings.data)).show_ui(ui, |ui| {
        for choice in choices {
            let text = name(&choice);
            ui.selectable_value(&mut settings.data, choice, text);
        }
    });
    let meaning = "The images that are learned. A folder of IDX files can be given with --data on the command line.";
    combo.response.on_hover_text(meaning).accessible_name("data set");
}

fn status(ui: &mut Ui, session: &Session) {
    let text = match &session.live {
        None => "loading the images".to_owned(),
        Some(live) => {
            let rate = if live.training && live.images_per_second > 0.0 {
                format!("   {} images/s", grouped(live.images_per_second.round() as u64))
            } else if live.training {
                String::new()
            } else {
                "   paused".to_owned()
            };
            let frames = match session.settings.frame_rate {
                true => format!("   {:.0} frames/s", session.pace.frames_per_second()),
                false => String::new(),
            };
            format!("epoch {}   step {}{rate}{frames}", grouped(live.epoch), grouped(live.step))
        }
    };
    ui.label(RichText::new(text).font(theme::number_font()))
        .on_hover_text("Whole epochs, steps of each model, and images a second over all models together");
}

fn theme_switch(ui: &mut Ui, settings: &mut Settings) {
    let (text, next) =
        if ui.visuals().dark_mode { ("☀", ThemePreference::Light) } else { ("🌙", ThemePreference::Dark) };
    if ui.button(text).on_hover_text("Light or dark").accessible_name("light or dark").clicked() {
        settings.theme = next;
    }
}
