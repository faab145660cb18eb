//! The images that are picked out, and the neighbours of the one at the cursor.

mod request;

use egui::{Button, Image, RichText, ScrollArea, Sense, TextureId, Ui, Vec2, vec2};

use self::request::{GalleryRequest, NEIGHBOURS, Neighbours, NeighboursRequest};
use super::{About, Tab};
use crate::engine::{Requests, Stage, Workers};
use crate::explore::{class_counts, frequent};
use crate::session::{Action, Export, ExportId, Session};
use crate::ui::command::Command;
use crate::ui::export::{Content, Offer};
use crate::ui::look::textures::{PictureTextures, fitted};
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::dot;

/// Images that the gallery shows at most.
const MOST_SHOWN: usize = 240;
/// Classes that are named at most; of more the most frequent.
const MOST_NAMED: usize = 12;
/// The longer side of an image in the gallery, in points.
const SIDE: f32 = 34.0;
const CODES: ExportId = ExportId::new("selection", "codes");

pub struct SelectionTab {
    gallery: Requests<(), GalleryRequest>,
    neighbours: Requests<(), NeighboursRequest>,
    textures: PictureTextures<&'static str>,
    /// Images to a row of the gallery, as it was drawn last.
    across: usize,
}

impl SelectionTab {
    pub fn new(workers: &Workers) -> Self {
        let (gallery, neighbours) = (Requests::new(workers), Requests::new(workers));
        Self { gallery, neighbours, textures: PictureTextures::default(), across: 16 }
    }

    fn selected(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let Some(images) = &session.document().selection.images else { return };
        let Some(stage) = session.stage() else { return };
        let cell = cell(stage);
        self.across = (ui.available_width() / cell.x).floor().max(1.0) as usize;
        let Some(answer) =
            self.gallery.answer(()).filter(|answer| std::sync::Arc::ptr_eq(&answer.request.images, images))
        else {
            return;
        };
        let shown = &images[..images.len().min(MOST_SHOWN)];
        let (picture, across) = (answer.reply.clone(), answer.request.across.min(shown.len()).max(1));
        ScrollArea::vertical().id_salt("gallery").show(ui, |ui| {
            let texture = self.textures.get(ui, "selected", &picture);
            let picked = gallery(ui, "selected images", texture, shown, across, cell);
            actions.extend(picked.map(Action::Find));
            if images.len() > MOST_SHOWN {
                ui.label(RichText::new(format!("and {} more", images.len() - MOST_SHOWN)).small());
            }
        });
    }

    /// The images nearest to the one at the cursor, by code of each run and by pixels.
    fn neighbours(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        if let Some(failure) = self.neighbours.failure(()) {
            theme::warn(ui, failure);
        }
        let Some(answer) = self.neighbours.answer(()) else { return };
        let Some(stage) = session.stage() else { return };
        let (found, cell) = (answer.reply.clone(), cell(stage));
        ui.label(RichText::new("Nearest to the image at the cursor").color(theme::quiet(ui))).on_hover_text(
            "The first is the image itself. Images that are near by pixels but not by code, or the other way round, show \
             what the code has lost.",
        );
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for text in row_names(session, &found) {
                    ui.allocate_ui(vec2(130.0, cell.y), |ui| {
                        ui.set_min_height(cell.y);
                        ui.label(RichText::new(text).small());
                    });
                }
            });
            let all: Vec<usize> = found.rows().flat_map(|(_, row)| row.iter().copied()).collect();
            let texture = self.textures.get(ui, "nearest", &found.picture);
            let picked = gallery(ui, "nearest images", texture, &all, found.by_pixels.len(), cell);
            actions.extend(picked.map(Action::Find));
        });
    }
}

impl Tab for SelectionTab {
    fn about(&self) -> About {
        About {
            id: "selection",
            name: "Selection",
            meaning: "The images picked out with a rectangle or a lasso, and the neighbours of the one at the cursor",
        }
    }

    fn update(&mut self, session: &Session, _: &mut Vec<Action>) {
        self.gallery.poll();
        self.neighbours.poll();
        let Some(stage) = session.stage().filter(|_| self.is_at_work(session)) else { return };
        match &session.document().selection.images {
            Some(images) => {
                let (probe, images, across) = (stage.probe.clone(), images.clone(), self.across.min(images.len()));
                self.gallery.ask((), GalleryRequest { probe, images, most: MOST_SHOWN, across: across.max(1) });
            }
            None => self.gallery.clear(),
        }
        let image = session.active_pane().and_then(|pane| session.image_at_cursor(pane));
        if let Some((image, _)) = image.filter(|(image, _)| *image < stage.probe.len()) {
            let codes = session.shown_runs().into_iter().map(|run| (run.id, run.full.clone())).collect();
            self.neighbours.ask((), NeighboursRequest { probe: stage.probe.clone(), image, codes });
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let Some(stage) = session.stage() else { return };
        ui.horizontal_wrapped(|ui| head(ui, session, stage, actions));
        ui.add_space(GAP / 2.0);
        let half = vec2(ui.available_width() / 2.0 - GAP, ui.available_height());
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(half, egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.set_min_width(half.x);
                self.selected(ui, session, actions);
            });
            ui.separator();
            ui.vertical(|ui| {
                ScrollArea::both().id_salt("neighbours").show(ui, |ui| self.neighbours(ui, session, actions));
            });
        });
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        let some = session.document().selection.images.is_some();
        some.then(|| Command::new("Clear the selection", Action::Select(None))).into_iter().collect()
    }

    fn exports(&self, _: &Session) -> Vec<Offer> {
        vec![Offer { id: CODES, title: "The codes of the selection".to_owned(), file_name: "selection.csv".to_owned() }]
    }

    fn export(&self, _: ExportId, session: &Session) -> Result<Content, String> {
        let csv = session.selection_csv().ok_or("Nothing is selected: draw around codes in a plane first.")?;
        Ok(Box::new(move |_, _| Ok(csv.into_bytes())))
    }
}

fn head(ui: &mut Ui, session: &Session, stage: &Stage, actions: &mut Vec<Action>) {
    let Some(images) = &session.document().selection.images else {
        let hint =
            "Nothing is selected: choose rectangle or lasso under “Drag” on the left and draw around codes in a plane.";
        ui.label(RichText::new(hint).color(theme::quiet(ui)));
        return;
    };
    ui.label(RichText::new(format!("{} images", images.len())).strong());
    let labels: Vec<u16> = images.iter().filter_map(|&image| stage.probe.labels.get(image).copied()).collect();
    let names = &stage.dataset.class_names;
    let counts = class_counts(&labels, names.len());
    let named = frequent(&counts, MOST_NAMED);
    for &class in &named {
        dot(ui, theme::class_color(class));
        ui.label(format!("{}: {}", names[class], counts[class]));
    }
    let more = counts.iter().filter(|&&count| count > 0).count() - named.len();
    if more > 0 {
        ui.label(RichText::new(format!("and {more} more classes")).color(theme::quiet(ui)));
    }
    if ui.button("Clear selection").clicked() {
        actions.push(Action::Select(None));
    }
    let copy = ui.button("Copy as CSV").on_hover_text("Index, label and the codes of every run, to the clipboard");
    if let (true, Some(csv)) = (copy.clicked(), session.selection_csv()) {
        ui.copy_text(csv);
    }
    if ui.add(Button::new("Export CSV…")).on_hover_text("The same to a file; asks where").clicked() {
        actions.push(Action::Export(Export { what: CODES, to: None }));
    }
}

/// What each row of neighbours is by, and how many of it are also near by pixels.
fn row_names(session: &Session, found: &Neighbours) -> Vec<String> {
    let name = |(run, row): (Option<_>, &Vec<usize>)| {
        let Some(run) = run else { return "by pixels".to_owned() };
        let name = session.state_of(run).map(|run| session.name(run)).unwrap_or_default();
        let others = found.by_pixels.get(1..).unwrap_or_default();
        let shared = row.iter().skip(1).filter(|image| others.contains(image)).count();
        format!("by code, {name}\n{shared} of {} also by pixels", NEIGHBOURS - 1)
    };
    found.rows().map(name).collect()
}

/// The size of an image in the gallery.
fn cell(stage: &Stage) -> Vec2 {
    fitted(stage.probe.shape.cols, stage.probe.shape.rows, SIDE)
}

/// Images side by side in one texture; the one that is clicked.
fn gallery(ui: &mut Ui, name: &str, texture: TextureId, images: &[usize], across: usize, cell: Vec2) -> Option<usize> {
    let size = vec2(across as f32, images.len().div_ceil(across.max(1)) as f32) * cell;
    let image = Image::new((texture, size)).sense(Sense::click()).alt_text(name);
    let response = ui.add(image).on_hover_text("Click an image to find its point in every pane");
    let at = response.interact_pointer_pos().filter(|_| response.clicked())? - response.rect.min;
    images.get((at.y / cell.y) as usize * across + (at.x / cell.x) as usize).copied()
}
