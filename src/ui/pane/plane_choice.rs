//! Which plane through a run's latent space is shown, where that has other than two dimensions.

use egui::{ComboBox, Label, RichText, ScrollArea, Ui};

use crate::config::{Axes, PLANE, PlaneChoice};
use crate::engine::LiveRun;
use crate::model::dimension;
use crate::session::{Action, Pane, Session};
use crate::ui::look::theme;

/// The width of the choice of a dimension, and the room below which all choices are in a menu, in points.
const DIMENSION: f32 = 34.0;
const ROOM: f32 = 350.0;
/// The most of a list that is seen at once.
const LIST: f32 = 260.0;

/// Whether a run that is shown has a plane to choose: then the heads of all have a row for it.
pub fn is_needed(session: &Session) -> bool {
    session.shown_runs().iter().any(|run| run.checkpoint.model.latent != PLANE)
}

pub fn show(ui: &mut Ui, session: &Session, pane: &Pane, run: &LiveRun, actions: &mut Vec<Action>) {
    let latent = run.checkpoint.model.latent;
    if latent <= PLANE {
        let text = match latent {
            PLANE => "two dimensions: the plane is all there is",
            _ => "one dimension: a code lies on the horizontal axis",
        };
        ui.add(Label::new(quiet(ui, text)).truncate()).on_hover_text(text);
        return;
    }
    let choice = Choice {
        now: session.document().plane(run.id),
        latent,
        image: session.image_at_cursor(pane.id).map(|(image, _)| image),
    };
    let (name, meaning) = (session.name(run), choice.meaning());
    ui.spacing_mut().item_spacing.x = 5.0;
    let chosen = if ui.available_width() >= ROOM {
        ui.label(quiet(ui, "plane")).on_hover_text(meaning);
        choice.row(ui, pane, &name)
    } else {
        let menu = ui.menu_button(RichText::new(choice.describe()).small(), |ui| choice.menu(ui));
        menu.response
            .on_hover_text(meaning)
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("plane of {name}")));
        menu.inner.flatten()
    };
    actions.extend(chosen.filter(|plane| *plane != choice.now).map(|plane| Action::SetPlane { run: run.id, plane }));
}

fn quiet(ui: &Ui, text: &str) -> RichText {
    RichText::new(text).small().color(theme::quiet(ui))
}

/// What there is to choose from.
struct Choice {
    now: PlaneChoice,
    latent: usize,
    /// The image at the cursor.
    image: Option<usize>,
}

impl Choice {
    fn pair(&self) -> Option<[usize; 2]> {
        match self.now.axes {
            Axes::Dimensions(pair) => Some(pair),
            Axes::Components => None,
        }
    }

    fn meaning(&self) -> String {
        format!(
            "The plane through {} dimensions that is shown. Codes are projected on it; those far from it are faded.",
            self.latent
        )
    }

    /// The plane in words.
    fn describe(&self) -> String {
        let axes = self.pair().map_or("PC 1, 2".to_owned(), |pair| pair.map(dimension).join(", "));
        format!("{axes} through {}", self.now.anchor.map_or("0".to_owned(), |image| format!("image {image}")))
    }

    /// All choices beside each other; what was chosen.
    fn row(&self, ui: &mut Ui, pane: &Pane, name: &str) -> Option<PlaneChoice> {
        let (pair, mut chosen) = (self.pair(), None);
        for (at, axis) in ["first", "second"].into_iter().enumerate() {
            let text = pair.map_or("–".to_owned(), |pair| dimension(pair[at]));
            let combo = ComboBox::from_id_salt(("axis", pane.id, at)).width(DIMENSION).selected_text(text);
            let combo = combo.show_ui(ui, |ui| self.dimensions(ui, at));
            chosen = chosen.or(combo.inner.flatten());
            combo.response.on_hover_text(format!("The dimension along the {axis} axis")).widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::ComboBox, true, format!("{axis} axis of {name}"))
            });
        }
        chosen = chosen.or(self.components(ui));
        ui.label(quiet(ui, "through"));
        chosen.or(self.anchor(ui))
    }

    /// The same one below the other.
    fn menu(&self, ui: &mut Ui) -> Option<PlaneChoice> {
        let mut chosen = None;
        for (at, axis) in ["first axis", "second axis"].into_iter().enumerate() {
            let list =
                |ui: &mut Ui| ScrollArea::vertical().max_height(LIST).show(ui, |ui| self.dimensions(ui, at)).inner;
            chosen = chosen.or(ui.menu_button(axis, list).inner.flatten());
        }
        chosen = chosen.or(self.components(ui));
        ui.separator();
        ui.label(quiet(ui, "through"));
        chosen = chosen.or(self.anchor(ui));
        if chosen.is_some() {
            ui.close();
        }
        chosen
    }

    fn dimensions(&self, ui: &mut Ui, at: usize) -> Option<PlaneChoice> {
        let mut chosen = None;
        for index in 0..self.latent {
            let is_shown = self.pair().is_some_and(|pair| pair[at] == index);
            if ui.selectable_label(is_shown, dimension(index)).clicked() {
                chosen = Some(PlaneChoice { axes: with_axis(self.pair(), at, index), ..self.now });
            }
        }
        chosen
    }

    fn components(&self, ui: &mut Ui) -> Option<PlaneChoice> {
        let button = ui.selectable_label(self.pair().is_none(), "PC 1, 2");
        let button = button.on_hover_text("Along the first two principal components of the codes that are shown");
        button.clicked().then_some(PlaneChoice { axes: Axes::Components, ..self.now })
    }

    fn anchor(&self, ui: &mut Ui) -> Option<PlaneChoice> {
        let anchor = self.now.anchor;
        let zero = ui.selectable_label(anchor.is_none(), "0").on_hover_text("The plane goes through 0");
        let text = anchor.map_or("image".to_owned(), |image| format!("image {image}"));
        let meaning = match self.image {
            Some(image) => format!("The plane goes through the code of the test image nearest the cursor, {image}"),
            None => "There is no image at the cursor".to_owned(),
        };
        let image = ui.selectable_label(anchor.is_some(), text).on_hover_text(meaning);
        let at_cursor = self.image.filter(|_| image.clicked());
        let chosen = if zero.clicked() { Some(None) } else { at_cursor.map(Some) };
        chosen.map(|anchor| PlaneChoice { anchor, ..self.now })
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
    Axes::Dimensions(pair)
}
