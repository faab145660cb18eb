//! How the path runs, and how its strips are written.

use egui::{Button, ComboBox, Label, RichText, Ui};

use super::STRIP;
use crate::explore::{Interpolation, Spacing};
use crate::session::{Action, PathSettings, Session, Setting, StripFormat};
use crate::ui::look::theme;
use crate::ui::look::widgets::{choice, file_field, slider};

pub fn show(ui: &mut Ui, session: &Session, file: &mut String, is_ready: bool, actions: &mut Vec<Action>) {
    let path = &session.settings().path;
    ui.spacing_mut().slider_width = 64.0;
    let (mut steps, label) = (path.steps, ui.label("steps"));
    let slider = slider(ui, &mut steps, 5..=25, |slider| slider).labelled_by(label.id);
    if slider.on_hover_text("Codes decoded along the path, its ends included").changed() {
        actions.push(Action::Set(Setting::PathSteps(steps)));
    }
    for (interpolation, name, meaning) in [
        (Interpolation::Linear, "linear", "In a straight line from A to B"),
        (Interpolation::Spherical, "spherical", "Along an arc about the origin (slerp)"),
        (
            Interpolation::Geodesic,
            "geodesic",
            "The shortest path under the decoder's metric J′J: on which the image changes least. Each model has its own.",
        ),
    ] {
        let set = Action::Set(Setting::Interpolation(interpolation));
        choice(ui, path.interpolation == interpolation, name, meaning, set, actions);
    }
    ui.separator();
    ui.label("equal").on_hover_text("What the steps are equal in");
    for (spacing, name, meaning) in [
        (Spacing::Code, "code", "Steps are equally long in the plane"),
        (Spacing::Image, "image", "Steps change the decoded image equally"),
    ] {
        choice(ui, path.spacing == spacing, name, meaning, Action::Set(Setting::Spacing(spacing)), actions);
    }
    ui.separator();
    waypoints(ui, session, actions);
    ui.separator();
    export(ui, path, file, is_ready, actions);
}

fn waypoints(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    ui.label("between").on_hover_text("What the waypoints A, B … are. Drag them in a plane to move them.");
    let images = session.waypoints_are_images();
    for (of, name, meaning) in [
        (true, "images", "Test images: every model goes from its own code of A to its own code of B"),
        (
            false,
            "codes",
            "Places of the plane: every model goes through the same codes, which are other images in each",
        ),
    ] {
        choice(ui, images == of, name, meaning, Action::MakeWaypoints { images: of }, actions);
    }
    let walking = session.is_walking();
    let play = ui.selectable_label(walking, if walking { "⏸" } else { "▶" });
    let meaning = "Has the cursor of every pane go along its path, there and back, and shows the image on the path";
    if play.on_hover_text(meaning).accessible_name("go along the path").clicked() {
        actions.push(Action::Walk(!walking));
    }
    let add =
        ui.button("+").on_hover_text("Adds a waypoint at the cursor (W), or where you click in a plane with Ctrl held");
    if let (true, Some(pane)) = (add.accessible_name("add waypoint").clicked(), session.active_pane()) {
        actions.push(Action::AddWaypoint(session.waypoint_at_cursor(pane)));
    }
    let less = ui.add_enabled(session.settings().path.points.len() > 2, Button::new("−"));
    if less.on_hover_text("Takes the last waypoint out").accessible_name("remove waypoint").clicked() {
        actions.push(Action::RemoveWaypoint);
    }
}

fn export(ui: &mut Ui, path: &PathSettings, file: &mut String, is_ready: bool, actions: &mut Vec<Action>) {
    let label = ui.label("pixel");
    ComboBox::from_id_salt("scale")
        .width(46.0)
        .selected_text(format!("{}×", path.scale))
        .show_ui(ui, |ui| {
            for scale in 1..=8 {
                if ui.selectable_label(path.scale == scale, format!("{scale}×")).clicked() {
                    actions.push(Action::Set(Setting::StripScale(scale)));
                }
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text("Side of a pixel in the exported picture");
    ComboBox::from_id_salt("format")
        .width(52.0)
        .selected_text(path.format.name())
        .show_ui(ui, |ui| {
            for format in StripFormat::ALL {
                if ui.selectable_label(path.format == format, format.name()).clicked() {
                    actions.push(Action::Set(Setting::StripFormat(format)));
                }
            }
        })
        .response
        .on_hover_text("A picture, a drawing with the names as text, an animation, or the codes as a table")
        .accessible_name("file format");
    let button = ui.add_enabled(is_ready, Button::new("Export strip…"));
    if button.on_hover_text("Writes the strips of all runs; asks where").clicked() {
        actions.push(super::export_to(STRIP, None));
    }
    ui.add(Label::new(RichText::new("or to").color(theme::quiet(ui))).extend());
    let meaning =
        "Where to write the strips without asking: a file .png, .svg, .gif, .apng or .csv; press Enter to do it";
    if let Some(to) = file_field(ui, file, is_ready, meaning) {
        actions.push(super::export_to(STRIP, Some(to)));
    }
}
