//! What is drawn over the planes and what the cursor holds on to.

use egui::{Button, ComboBox, Ui};

use super::title;
use crate::catalogue::NO_CLASSES;
use crate::config::PLANE;
use crate::engine::LiveRun;
use crate::explore::FieldKind;
use crate::session::{Action, Link, Overlay, Session, Setting, Tool};
use crate::ui::look::widgets::choice;

/// Names and meanings of what can be drawn.
const OVERLAYS: [(Overlay, &str, &str); 7] = [
    (
        Overlay::Points,
        "codes",
        "The codes of the probe's images (test images, as far as they go), in the colours of their classes; of a VAE the posterior means",
    ),
    (Overlay::Means, "class means", "The mean code of each class, marked with its name"),
    (
        Overlay::Posteriors,
        "posteriors q(z|x)",
        "1 and 2 σ of the encoder's Gaussian for the image nearest each class mean and for the image at the cursor. An AE has none.",
    ),
    (
        Overlay::Rings,
        "prior rings",
        "The prior: N(0, I) at 1, 2 and 3 σ; of another the contours within which as much of it lies (39, 86 and 99 %), and its \
         components, which can be pointed at",
    ),
    (Overlay::Manifold, "manifold", "A grid of decoded codes behind the points: what the decoder makes of every place"),
    (
        Overlay::Words,
        "words",
        "The words of a VQ-VAE: the cell of the plane that each stands for, the darker the more codes choose it (grey: none), and \
         its decoded image. Others have none.",
    ),
    (Overlay::Trails, "trails", "How the class means have moved since the start, from one kept state to the next"),
];

/// Of all panes, or of the one last pointed at if it is unlinked.
pub fn overlays(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let active = session.active_pane().and_then(|pane| session.document().pane(pane));
    let pane = active.filter(|pane| pane.own.is_some()).map(|pane| pane.id);
    match pane {
        Some(pane) => title(ui, &format!("Show in {}", session.pane_name(pane))),
        None => title(ui, "Show"),
    }
    let mut shown = pane.map_or(&session.settings().overlays, |pane| session.overlays(pane)).clone();
    let has_classes = session.has_classes();
    let of_classes = |overlay| [Overlay::Means, Overlay::Trails].contains(&overlay);
    for (overlay, name, meaning) in OVERLAYS.into_iter().filter(|(overlay, ..)| has_classes || !of_classes(*overlay)) {
        let on = shown.on(overlay);
        if ui.checkbox(on, name).on_hover_text(meaning).changed() {
            actions.push(Action::ShowOverlay { pane, overlay, on: *on });
        }
    }
    ui.horizontal(|ui| {
        let label = ui.label("behind");
        let name = |field: Option<FieldKind>| field.map_or("nothing", |kind| kind.describe().0);
        let combo = ComboBox::from_id_salt("field").selected_text(name(shown.field)).show_ui(ui, |ui| {
            for field in [None].into_iter().chain(FieldKind::ALL.map(Some)) {
                let meaning = meaning(field, session);
                let is_offered = field.is_none() || session.shown_runs().iter().any(|run| has_plane(run));
                let is_offered = is_offered && (has_classes || field != Some(FieldKind::Class));
                let button = ui.add_enabled(is_offered, Button::selectable(shown.field == field, name(field)));
                if button.on_hover_text(&meaning).on_disabled_hover_text(&meaning).clicked() {
                    actions.push(Action::ShowField { pane, field });
                }
            }
        });
        let meaning = match shown.field {
            None => "A field over the plane, behind the points".to_owned(),
            field => meaning(field, session),
        };
        combo.response.labelled_by(label.id).on_hover_text(meaning);
    });
}

/// Whether a run's plane has two dimensions.
fn has_plane(run: &LiveRun) -> bool {
    run.checkpoint.model.latent >= PLANE
}

/// What a field means, and what of it where the plane is not all there is.
fn meaning(field: Option<FieldKind>, session: &Session) -> String {
    let Some(kind) = field else { return "Nothing but the plane".to_owned() };
    let (runs, mut text) = (session.shown_runs(), kind.describe().1.to_owned());
    if runs.iter().any(|run| run.checkpoint.model.latent > PLANE) {
        text.push_str(match kind {
            FieldKind::Density | FieldKind::Difference => {
                " Of more than two dimensions: of the codes as they are projected on the plane, wherever they lie beside it."
            }
            FieldKind::Magnification => " Of more than two dimensions: of the slice that the plane is, along its axes alone.",
            FieldKind::Class => " Of more than two dimensions: of the slice that the plane is.",
            FieldKind::Flow => " Of more than two dimensions: from the slice that the plane is to where the projection lies.",
        });
    }
    if kind == FieldKind::Class && !session.has_classes() {
        return NO_CLASSES.to_owned();
    }
    if runs.iter().any(|run| !has_plane(run)) {
        text.push_str(" A field needs two dimensions: a run of one has none.");
    }
    text
}

pub fn cursor(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
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
            choice(ui, session.settings().link == link, name, meaning, Action::Set(Setting::Link(link)), actions);
        }
    });
}

/// What a drag in a plane does.
pub fn tool(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    title(ui, "Drag");
    ui.horizontal(|ui| {
        for (tool, name, meaning) in [
            (Tool::Cursor, "cursor", "A drag in a plane moves the cursor"),
            (Tool::Rectangle, "rectangle", "A drag in a plane selects the images within a rectangle, in every pane"),
            (Tool::Lasso, "lasso", "A drag in a plane selects the images within the line that is drawn, in every pane"),
        ] {
            choice(ui, session.settings().tool == tool, name, meaning, Action::Set(Setting::Tool(tool)), actions);
        }
    });
}
