//! Which plane through a run's latent space is shown, where that has other than two dimensions.

use egui::{ComboBox, Label, RichText, Ui};

use crate::config::{Axes, PLANE, PlaneChoice};
use crate::engine::LiveRun;
use crate::model::dimension;
use crate::session::{Action, Pane, Session};
use crate::ui::look::theme;

/// The width of the choice of a dimension, in points.
const DIMENSION: f32 = 34.0;

/// Whether a run that is shown has a plane to choose: then the heads of all have a row for it.
pub fn is_needed(session: &Session) -> bool {
    session.shown_runs().iter().any(|run| run.checkpoint.model.latent != PLANE)
}

pub fn show(ui: &mut Ui, session: &Session, pane: &Pane, run: &LiveRun, actions: &mut Vec<Action>) {
    let latent = run.checkpoint.model.latent;
    let quiet = |ui: &Ui, text: &str| RichText::new(text).small().color(theme::quiet(ui));
    if latent <= PLANE {
        let text = match latent {
            PLANE => "two dimensions: the plane is all there is",
            _ => "one dimension: a code lies on the horizontal axis",
        };
        ui.add(Label::new(quiet(ui, text)).truncate()).on_hover_text(text);
        return;
    }
    let (name, plane) = (session.name(run), session.document().plane(run.id));
    let set = |plane: PlaneChoice| Action::SetPlane { run: run.id, plane };
    ui.spacing_mut().item_spacing.x = 5.0;
    ui.label(quiet(ui, "plane")).on_hover_text(format!(
        "The plane through {latent} dimensions that is shown. Codes are projected on it; those far from it are faded."
    ));
    let pair = match plane.axes {
        Axes::Dimensions(pair) => Some(pair),
        Axes::Components => None,
    };
    for (at, axis) in ["first", "second"].into_iter().enumerate() {
        let text = pair.map_or("–".to_owned(), |pair| dimension(pair[at]));
        let id = ("axis", pane.id, at);
        let combo = ComboBox::from_id_salt(id).width(DIMENSION).selected_text(text).show_ui(ui, |ui| {
            for index in 0..latent {
                if ui.selectable_label(pair.is_some_and(|pair| pair[at] == index), dimension(index)).clicked() {
                    actions.push(set(PlaneChoice { axes: with_axis(pair, at, index), ..plane }));
                }
            }
        });
        let meaning = format!("The dimension along the {axis} axis");
        combo
            .response
            .on_hover_text(meaning)
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, format!("{axis} axis of {name}")));
    }
    let components = ui.selectable_label(pair.is_none(), "PC 1, 2");
    let components = components.on_hover_text("Along the first two principal components of the codes that are shown");
    if components.clicked() && pair.is_some() {
        actions.push(set(PlaneChoice { axes: Axes::Components, ..plane }));
    }
    ui.label(quiet(ui, "through"));
    let zero = ui.selectable_label(plane.anchor.is_none(), "0").on_hover_text("The plane goes through 0");
    if zero.clicked() && plane.anchor.is_some() {
        actions.push(set(PlaneChoice { anchor: None, ..plane }));
    }
    let at_cursor = session.image_at_cursor(pane.id).map(|(image, _)| image);
    let text = plane.anchor.map_or("image".to_owned(), |image| format!("image {image}"));
    let meaning = match at_cursor {
        Some(image) => format!("The plane goes through the code of the test image nearest the cursor, {image}"),
        None => "There is no image at the cursor".to_owned(),
    };
    let image = ui.selectable_label(plane.anchor.is_some(), text).on_hover_text(meaning);
    if image.clicked() && at_cursor.is_some() && plane.anchor != at_cursor {
        actions.push(set(PlaneChoice { anchor: at_cursor, ..plane }));
    }
}

/// The axes with another dimension along one of them; where it is the other's, they change places.
fn with_axis(pair: Option<[usize; 2]>, at: usize, index: usize) -> Axes {
    let mut pair = pair.unwrap_or([0, 1]);
    let other = 1 - at.min(1);
    if pair[other] == index {
        pair[other] = pair[at];
    }
    pair[at] = index;
    if pair[0] == pair[1] {
        pair[other] = usize::from(index == 0);
    }
    Axes::Dimensions(pair)
}
