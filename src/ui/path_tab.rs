//! The path: its ends, its steps, and the strip of each run.

use egui::{ComboBox, Image, RichText, Slider, TextEdit, Ui, vec2};

use super::pane::name_of;
use super::session::{Action, Export, Session};
use super::settings::Settings;
use super::theme;
use crate::explore::Interpolation;

pub fn show(ui: &mut Ui, session: &mut Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| controls(ui, session, settings, actions));
    ui.add_space(theme::GAP / 2.0);
    let (ctx, room) = (ui.ctx().clone(), ui.available_size());
    let rows = session.panes.len().max(1) as f32;
    let names: Vec<String> = (0..session.panes.len()).map(|i| name_of(session, i)).collect();
    for (pane, name) in session.panes.iter_mut().zip(&names) {
        let Some(texture) = pane.pictures.strip_texture(&ctx) else { continue };
        let [width, height] = texture.size().map(|side| side as f32);
        let scale = ((room.x - 60.0) / width).min((room.y / rows - 8.0) / height).max(0.1);
        ui.horizontal(|ui| {
            let (label, _) = ui.allocate_exact_size(vec2(46.0, height * scale), egui::Sense::hover());
            let (at, anchor) = (label.left_center(), egui::Align2::LEFT_CENTER);
            ui.painter().text(at, anchor, name, egui::FontId::proportional(14.0), theme::run_color(pane.run));
            let strip = Image::new((texture.id(), vec2(width, height) * scale));
            ui.add(strip.corner_radius(2.0).alt_text(format!("{name} strip along the path")));
        });
    }
}

fn controls(ui: &mut Ui, session: &Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    let path = &mut settings.path;
    let label = ui.label("steps");
    ui.add(Slider::new(&mut path.steps, 5..=25))
        .labelled_by(label.id)
        .on_hover_text("Codes decoded along the path, its ends included. Drag A and B in a plane to move the ends.");
    for (interpolation, name, meaning) in [
        (Interpolation::Linear, "linear", "In a straight line from A to B"),
        (Interpolation::Spherical, "spherical", "Along an arc about the origin (slerp)"),
    ] {
        ui.radio_value(&mut path.interpolation, interpolation, name).on_hover_text(meaning);
    }
    ui.separator();
    let label = ui.label("pixel");
    ComboBox::from_id_salt("scale")
        .width(46.0)
        .selected_text(format!("{}×", path.scale))
        .show_ui(ui, |ui| {
            for scale in 1..=8 {
                ui.selectable_value(&mut path.scale, scale, format!("{scale}×"));
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text("Side of a pixel in the exported picture");
    let mut file = path.file.display().to_string();
    let ready = session.panes.iter().any(|pane| pane.pictures.strip().is_some());
    let export = ui.add_enabled(ready, egui::Button::new("Export strip…"));
    if export.on_hover_text("Write the strips of all runs, one above the other, as PNG; asks where").clicked() {
        actions.push(Action::Export { what: Export::Strip, file: None });
    }
    ui.label(RichText::new("or to").color(theme::quiet(ui)));
    let field = ui
        .add(TextEdit::singleline(&mut file).hint_text("a path, then Enter").desired_width(180.0))
        .on_hover_text("Where to write the strips without asking; press Enter to do it")
        .accessible_name("export path");
    let enter = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    path.file = file.into();
    let typed = !path.file.as_os_str().is_empty();
    if ui
        .add_enabled(ready && typed, egui::Button::new("Save"))
        .on_hover_text("Write to the path on the left")
        .clicked()
        || (enter && ready && typed)
    {
        actions.push(Action::Export { what: Export::Strip, file: Some(path.file.clone()) });
    }
}
