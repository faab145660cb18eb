//! The classes with their colours, which are shown or hidden from here: all of them while they are few, else a list that can be
//! searched.

use egui::{Align, Button, Id, Layout, Rect, RichText, ScrollArea, Sense, TextEdit, Ui, pos2, vec2};

use super::title;
use crate::engine::Stage;
use crate::explore::class_counts;
use crate::format;
use crate::session::{Action, Coloring, Session, Setting};
use crate::ui::look::theme;
use crate::ui::look::widgets::{choice, dot};

/// Colours of the bar.
const STEPS: usize = 64;
/// More classes than these are a list of this height, in points.
const FEW: usize = 20;
const HEIGHT: f32 = 190.0;
const ROW: f32 = 18.0;
/// Room for a number at the right of a row.
const COUNT: f32 = 44.0;

pub fn show(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    coloring(ui, session, actions);
    let Some(stage) = session.stage().filter(|_| session.has_classes()) else { return };
    title(ui, "Classes");
    if stage.dataset.class_names.len() <= FEW {
        few(ui, session, stage, actions)
    } else {
        many(ui, session, stage, actions)
    }
}

/// What the colours of points tell, where there is a choice: the classes, or a factor that images were drawn from.
fn coloring(ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
    let Some(about) = session.stage().and_then(|stage| stage.dataset.factors.as_ref()).map(|factors| factors.about)
    else {
        return;
    };
    title(ui, "Colours");
    ui.horizontal_wrapped(|ui| {
        let now = session.settings().coloring;
        let factors = about.names.into_iter().enumerate().map(|(k, name)| (Coloring::Factor(k), name));
        let none = if session.has_classes() { "classes" } else { "none" };
        for (coloring, name) in factors.chain([(Coloring::Classes, none)]) {
            let meaning = match coloring {
                Coloring::Factor(_) => "Points in the colours of a number that each image was drawn from",
                Coloring::Classes => "Points in the colours of their classes, or all alike where there are none",
            };
            choice(ui, now == coloring, name, meaning, Action::Set(Setting::Coloring(coloring)), actions);
        }
    });
    let Some(scale) = session.scale() else { return };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
    response.on_hover_text(scale.name);
    let step = rect.width() / STEPS as f32;
    for i in 0..STEPS {
        let left = rect.left() + i as f32 * step;
        let part = Rect::from_min_max(pos2(left, rect.top()), pos2(left + step + 0.5, rect.bottom()));
        let color = scale.color_at((i as f32 + 0.5) / STEPS as f32);
        ui.painter().rect_filled(part.intersect(rect), 0.0, theme::rgb(color));
    }
    ui.horizontal(|ui| {
        let number = |value: f32| RichText::new(format::tick(f64::from(value))).small();
        ui.label(number(scale.range[0]));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(number(scale.range[1]));
        });
    });
}

fn few(ui: &mut Ui, session: &Session, stage: &Stage, actions: &mut Vec<Action>) {
    let width = 0.5 * (ui.available_width() - 16.0);
    egui::Grid::new("legend").num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
        for class in 0..stage.dataset.class_names.len() {
            ui.horizontal(|ui| {
                ui.set_max_width(width);
                row(ui, session, stage, class, "", actions);
            });
            if class % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

fn many(ui: &mut Ui, session: &Session, stage: &Stage, actions: &mut Vec<Action>) {
    let names = &stage.dataset.class_names;
    let id = Id::unique(("find a class", stage.session));
    let mut wanted = ui.data_mut(|data| data.get_temp::<String>(id).unwrap_or_default());
    ui.horizontal(|ui| {
        let hint = format!("find among {}", names.len());
        let field = TextEdit::singleline(&mut wanted).hint_text(hint).desired_width(ui.available_width() - 62.0);
        ui.add(field).accessible_name("find a class");
        let some = !session.document().selection.hidden.is_empty();
        let all = ui.add_enabled(some, Button::new("All").small());
        if all.on_hover_text("Show all classes again").clicked() {
            actions.push(Action::ShowAllClasses);
        }
    });
    let lower = wanted.to_lowercase();
    ui.data_mut(|data| data.insert_temp(id, wanted));
    let found: Vec<usize> = (0..names.len()).filter(|&class| names[class].to_lowercase().contains(&lower)).collect();
    if found.is_empty() {
        ui.label(RichText::new("No class has this name.").small().color(theme::quiet(ui)));
        return;
    }
    let counts = class_counts(&stage.probe.labels, names.len());
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical().id_salt("classes").max_height(HEIGHT).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        found.len(),
        |ui, rows| {
            for &class in &found[rows] {
                ui.allocate_ui(vec2(ui.available_width(), ROW), |ui| {
                    ui.horizontal(|ui| row(ui, session, stage, class, &counts[class].to_string(), actions));
                });
            }
        },
    );
}

/// A class: its colour, its name as far as there is room, and how many of the images shown have it.
fn row(ui: &mut Ui, session: &Session, stage: &Stage, class: usize, count: &str, actions: &mut Vec<Action>) {
    let (name, class) = (&stage.dataset.class_names[class], class as u16);
    let hidden = !session.document().selection.shows(class);
    let color = theme::class_color(usize::from(class));
    dot(ui, if hidden { color.gamma_multiply(0.25) } else { color });
    let text = RichText::new(name);
    let text = if hidden { text.color(theme::quiet(ui)).strikethrough() } else { text };
    let room = ui.available_width() - if count.is_empty() { 0.0 } else { COUNT };
    let label = ui.scope(|ui| {
        ui.set_max_width(room);
        ui.add(Button::new(text).frame(false).truncate())
    });
    let meaning = format!("{name}\nClick: show this class or not. Double-click: show it alone, or all again.");
    let label = label.inner.on_hover_text(meaning);
    if label.double_clicked() {
        actions.push(Action::ShowClass { class, only: true });
    } else if label.clicked() {
        actions.push(Action::ShowClass { class, only: false });
    }
    if !count.is_empty() {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(theme::GAP);
            let number = RichText::new(count).small().color(theme::quiet(ui));
            ui.label(number).on_hover_text("Images of this class among those shown");
        });
    }
}
