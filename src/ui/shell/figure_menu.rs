//! The menu of figures: their size and paper, and everything that can be exported.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, PopupCloseBehavior, RichText, TextEdit, Ui};

use crate::session::{Action, Export, FigureSettings, Session, Setting};
use crate::ui::export::Offer;
use crate::ui::look::theme;
use crate::ui::look::widgets::drag;

/// The path that is being typed.
#[derive(Default)]
pub struct FigureMenu {
    file: String,
}

/// The button in the toolbar and the menu that it opens.
pub fn show(
    ui: &mut Ui,
    session: &Session,
    menu: &mut FigureMenu,
    offers: &dyn Fn() -> Vec<Offer>,
    actions: &mut Vec<Action>,
) {
    let button = MenuButton::from_button(Button::new("Figure…"));
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (button, _) = button.config(config).ui(ui, |ui| {
        ui.set_width(260.0);
        size(ui, &session.screen().figure, actions);
        ui.horizontal(|ui| {
            let label = ui.label("path");
            let edit = TextEdit::singleline(&mut menu.file).hint_text("ask").desired_width(190.0);
            let meaning =
                "Where to write without asking, for the next figure alone; its ending decides what is written";
            ui.add(edit).labelled_by(label.id).on_hover_text(meaning);
        });
        ui.separator();
        for offer in offers() {
            if ui.button(offer.title).clicked() {
                let typed = std::mem::take(&mut menu.file);
                let to = Some(typed.trim()).filter(|file| !file.is_empty()).map(Into::into);
                actions.push(Action::Export(Export { what: offer.id, to }));
                ui.close();
            }
        }
        ui.label(RichText::new("A file that exists is asked about first.").small().color(theme::quiet(ui)));
    });
    button.on_hover_text(
        "What a pane, plot or tab shows, written to a file: planes and curves as SVG or PNG for a paper or a slide, with axes, \
         legend and the settings they come from (F: all planes)",
    );
}

fn size(ui: &mut Ui, now: &FigureSettings, actions: &mut Vec<Action>) {
    let mut next = now.clone();
    egui::Grid::new("figure").num_columns(2).show(ui, |ui| {
        for (name, side) in [("width", &mut next.width), ("height", &mut next.height)] {
            let label = ui.label(name);
            drag(ui, side, 200..=16_000, |drag| drag.suffix(" px")).labelled_by(label.id);
            ui.end_row();
        }
        ui.label("paper");
        ui.horizontal(|ui| {
            ui.radio_value(&mut next.dark, false, "light").on_hover_text("Dark on light");
            ui.radio_value(&mut next.dark, true, "dark").on_hover_text("Light on dark");
        });
        ui.end_row();
        ui.label("file");
        ui.horizontal(|ui| {
            ui.radio_value(&mut next.png, false, "SVG").on_hover_text("Scales to any size; text stays text");
            ui.radio_value(&mut next.png, true, "PNG").on_hover_text("Pixels");
        });
        ui.end_row();
    });
    if next != *now {
        actions.push(Action::Set(Setting::Figure(next)));
    }
}
