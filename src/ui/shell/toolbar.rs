//! The bar at the top: the data, the buttons that run the training, and how far it is.

use egui::{Align, Button, Layout, RichText, Ui};

use super::data_menu;
use super::figure_menu::{self, FigureMenu};
use crate::format::grouped;
use crate::session::{Action, Draft, Preset, Session, Setting, Theme};
use crate::ui::command::Does;
use crate::ui::export::Offer;
use crate::ui::look::theme;

/// What the bar remembers from frame to frame, and the frames a second, if they are counted.
#[derive(Default)]
pub struct Toolbar {
    pub figure: FigureMenu,
    pub frames_per_second: Option<f32>,
    /// What is to be opened.
    pub called: Option<Does>,
}

pub fn show(
    ui: &mut Ui,
    session: &Session,
    bar: &mut Toolbar,
    offers: &dyn Fn() -> Vec<Offer>,
    actions: &mut Vec<Action>,
) {
    ui.horizontal_centered(|ui| {
        if ui.available_width() > 1_200.0 {
            ui.label(RichText::new("Latent Explorer").heading().strong());
            ui.add_space(theme::GAP);
        }
        bar.called = data_menu::show(ui, session, actions);
        ui.add_space(theme::GAP);
        let training = session.is_training();
        let text = RichText::new(if training { "⏸ Pause" } else { "▶ Train" }).color(egui::Color32::WHITE);
        let train = Button::new(text).fill(theme::ACCENT).min_size(egui::vec2(84.0, 0.0));
        if ui.add(train).on_hover_text("Train or pause all models (Space)").clicked() {
            actions.push(Action::Train(!training));
        }
        let step = ui.add_enabled(!training, Button::new("⏭ Step"));
        if step.on_hover_text("One step of every model on one batch (N)").clicked() {
            actions.push(Action::Step);
        }
        let reset = match session.is_opened() {
            true => "Go back to the runs as they were opened",
            false => "Start all models over from new weights: those trained as set at the left with the settings there, the others with their own",
        };
        if ui.button("↺ Reset").on_hover_text(reset).clicked() {
            actions.push(Action::Reset);
        }
        let new = ui.add_enabled(session.live().is_some(), Button::new("+ New run"));
        if new.on_hover_text("Choose another model and put it beside these: it learns the same images").clicked() {
            let draft = Draft::new(Preset::Vae, session.settings());
            actions.push(Action::Describe(Some(Box::new(draft))));
        }
        ui.add_enabled_ui(session.live().is_some(), |ui| {
            figure_menu::show(ui, session, &mut bar.figure, offers, actions);
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            zoom(ui, session, actions);
            theme_switch(ui, actions);
            ui.separator();
            status(ui, session, bar.frames_per_second);
        });
    });
}

fn status(ui: &mut Ui, session: &Session, frames_per_second: Option<f32>) {
    let frames = frames_per_second.map_or(String::new(), |frames| format!("   {frames:.0} frames/s"));
    let text = match session.live() {
        _ if session.is_starting() => "loading the images…".to_owned(),
        None => "no images".to_owned(),
        Some(live) => {
            let rate = match live.images_per_second.round() as u64 {
                _ if !live.training => "   paused".to_owned(),
                0 => String::new(),
                rate => format!("   {} images/s", grouped(rate)),
            };
            format!("epoch {}   step {}{rate}{frames}", grouped(live.epoch), grouped(live.step))
        }
    };
    ui.add(egui::Label::new(RichText::new(text).font(theme::number_font())).truncate())
        .on_hover_text("Whole epochs, steps of each model, and images a second over all models together");
}

fn theme_switch(ui: &mut Ui, actions: &mut Vec<Action>) {
    let (text, next) = if ui.visuals().dark_mode { ("☀", Theme::Light) } else { ("🌙", Theme::Dark) };
    if ui.button(text).on_hover_text("Light or dark").accessible_name("light or dark").clicked() {
        actions.push(Action::Set(Setting::Theme(next)));
    }
}

/// How large everything is.
fn zoom(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let zoom = session.screen().zoom;
    ui.spacing_mut().item_spacing.x = 2.0;
    for (text, change, name) in [("+", 0.1, "larger interface"), ("−", -0.1, "smaller interface")] {
        let meaning =
            format!("{} (now {:.0} %)", if change > 0.0 { "Larger: Ctrl +" } else { "Smaller: Ctrl −" }, 100.0 * zoom);
        if ui.small_button(text).on_hover_text(meaning).accessible_name(name).clicked() {
            actions.push(Action::Set(Setting::Zoom(zoom + change)));
        }
    }
}
