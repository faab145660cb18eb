//! What is picked out: classes that are shown, images within an outline, and the tab that shows and exports them.

use std::fmt::Write as _;
use std::sync::Arc;

use egui::{Button, Color32, Image, Painter, Pos2, RichText, ScrollArea, Sense, Shape, Stroke, Ui, vec2};

use super::action::{Action, Export};
use super::pane::name_of;
use super::pictures::{KeyedTexture, inked};
use super::session::Session;
use super::settings::{Link, Tool};
use super::theme::{self, GAP};
use super::widgets::dot;
use crate::config::Code;
use crate::explore::{contains, nearest_codes, nearest_images, tile};
use crate::figure::Emphasis;

/// Images that the gallery shows at most, and how many neighbours it lists.
const MOST_SHOWN: usize = 240;
const NEIGHBOURS: usize = 12;
/// Points side of an image in the gallery.
const SIDE: f32 = 34.0;

#[derive(Default)]
pub struct Selection {
    /// Classes that are not shown.
    pub hidden: Vec<u8>,
    /// The images picked out, in order; none means that nothing is.
    pub images: Option<Arc<Vec<usize>>>,
    /// The outline that is being drawn, and the pane it is drawn in.
    pub outline: Option<(usize, Vec<Code>)>,
    /// How each point is to be drawn, if not all alike.
    pub emphasis: Option<Arc<Vec<Emphasis>>>,
    gallery: KeyedTexture<(usize, usize)>,
    neighbours: KeyedTexture<(u64, Vec<usize>)>,
    /// Counts the changes of the selection.
    version: usize,
    by_pixels: Option<(u64, usize, Vec<usize>)>,
}

impl Session {
    /// Draws on at an outline: a corner of a rectangle, or a point of a lasso.
    pub(super) fn draw_outline(&mut self, pane: usize, z: Code) {
        let rectangle = self.settings.tool == Tool::Rectangle;
        let outline = self.selection.outline.get_or_insert_with(|| (pane, vec![z]));
        let start = outline.1[0];
        if rectangle {
            outline.1 = vec![start, [z[0], start[1]], z, [start[0], z[1]]];
        } else if outline.1.last() != Some(&z) {
            outline.1.push(z);
        }
    }

    /// Shows a class or hides it; `only` shows it alone, or all again if it is alone.
    pub(super) fn show_class(&mut self, class: u8, only: bool) {
        let classes = self.stage.as_ref().map_or(0, |stage| stage.dataset.class_names.len()) as u8;
        let hidden = &mut self.selection.hidden;
        if only {
            let others: Vec<u8> = (0..classes).filter(|&other| other != class).collect();
            *hidden = if *hidden == others { Vec::new() } else { others };
        } else if let Some(place) = hidden.iter().position(|&other| other == class) {
            hidden.remove(place);
        } else {
            hidden.push(class);
            hidden.sort_unstable();
        }
        self.emphasise();
    }

    /// Picks out the images whose codes in a pane lie within an outline; an outline around none picks nothing out.
    pub(super) fn select_within(&mut self, pane: usize, corners: &[Code]) {
        let (Some(run), Some(stage)) = (self.run(pane), &self.stage) else { return };
        let shown = |i: &usize| !self.selection.hidden.contains(&stage.probe.labels[*i]);
        let codes = run.codes.mu.iter().enumerate().filter(|(_, z)| contains(corners, **z));
        let images: Vec<usize> = codes.map(|(i, _)| i).filter(shown).collect();
        self.select((!images.is_empty()).then_some(images));
    }

    pub(super) fn select(&mut self, images: Option<Vec<usize>>) {
        self.selection.images = images.map(Arc::new);
        self.emphasise();
    }

    fn emphasise(&mut self) {
        self.selection.version += 1;
        let Some(stage) = &self.stage else { return };
        let Selection { hidden, images, .. } = &self.selection;
        if hidden.is_empty() && images.is_none() {
            self.selection.emphasis = None;
            return;
        }
        let mut emphasis: Vec<Emphasis> =
            vec![if images.is_some() { Emphasis::Muted } else { Emphasis::Full }; stage.probe.len()];
        images.iter().flat_map(|images| images.iter()).for_each(|&image| emphasis[image] = Emphasis::Full);
        for (emphasis, label) in emphasis.iter_mut().zip(&stage.probe.labels) {
            if hidden.contains(label) {
                *emphasis = Emphasis::Hidden;
            }
        }
        self.selection.emphasis = Some(Arc::new(emphasis));
    }

    /// The selection as CSV: index in the probe, label, and the codes that each pane gives.
    pub fn selection_csv(&self) -> String {
        let (Some(images), Some(stage)) = (&self.selection.images, &self.stage) else { return String::new() };
        let runs: Vec<_> =
            (0..self.panes.len()).filter_map(|i| self.run(i).map(|run| (name_of(self, i), run))).collect();
        let mut csv = String::from("index,label");
        for (name, run) in &runs {
            let name = name.replace(',', " ");
            let columns = if run.codes.logvar.is_some() {
                &["mu_0", "mu_1", "logvar_0", "logvar_1"][..]
            } else {
                &["mu_0", "mu_1"]
            };
            columns.iter().for_each(|column| csv.extend([",", &name, " ", column]));
        }
        csv.push('\n');
        for &image in images.iter() {
            // Writing to a string cannot fail.
            let _ = write!(csv, "{image},{}", stage.probe.labels[image]);
            for (_, run) in &runs {
                let codes = [Some(&run.codes.mu), run.codes.logvar.as_ref()];
                for [a, b] in codes.into_iter().flatten().filter_map(|codes| codes.get(image)) {
                    let _ = write!(csv, ",{a},{b}");
                }
            }
            csv.push('\n');
        }
        csv
    }
}

/// The outline that is being drawn in a pane.
pub fn draw_outline(painter: &Painter, corners: &[Code], color: Color32, at: impl Fn(Code) -> Pos2) {
    let points: Vec<Pos2> = corners.iter().map(|&z| at(z)).collect();
    painter.add(Shape::closed_line(points.clone(), Stroke::new(3.0, color.gamma_multiply(0.35))));
    painter.extend(Shape::dashed_line(&points, Stroke::new(1.5, color), 6.0, 4.0));
}

pub fn show(ui: &mut Ui, session: &mut Session, actions: &mut Vec<Action>) {
    let Some(stage) = session.stage.clone() else { return };
    let images = session.selection.images.clone();
    ui.horizontal(|ui| {
        let Some(images) = &images else {
            let hint = "Nothing is selected: choose rectangle or lasso under “Drag” on the left and draw around codes in a plane.";
            ui.label(RichText::new(hint).color(theme::quiet(ui)));
            return;
        };
        ui.label(RichText::new(format!("{} images", images.len())).strong());
        for (class, name) in stage.dataset.class_names.iter().enumerate() {
            let count = images.iter().filter(|&&i| usize::from(stage.probe.labels[i]) == class).count();
            if count > 0 {
                dot(ui, theme::class_color(class));
                ui.label(format!("{name}: {count}"));
            }
        }
        ui.separator();
        if ui.button("Clear selection").clicked() {
            actions.push(Action::Select(None));
        }
        if ui.button("Copy as CSV").on_hover_text("Index, label and the codes in every pane, to the clipboard").clicked() {
            ui.copy_text(session.selection_csv());
        }
        if ui.add(Button::new("Export CSV…")).on_hover_text("The same to a file; asks where").clicked() {
            actions.push(Action::Export { what: Export::Selection, file: None });
        }
    });
    ui.add_space(GAP / 2.0);
    let half = vec2(ui.available_width() / 2.0 - GAP, ui.available_height());
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(half, egui::Layout::top_down(egui::Align::Min), |ui| {
            ScrollArea::vertical().id_salt("gallery").show(ui, |ui| {
                if let Some(images) = images {
                    let across = (half.x / SIDE).floor().max(1.0) as usize;
                    let version = session.selection.version;
                    let shown = &images[..images.len().min(MOST_SHOWN)];
                    let texture = &mut session.selection.gallery;
                    let picked =
                        gallery(ui, "selected images", texture, (version, across), shown, across, &stage.probe);
                    actions.extend(picked.map(Action::Find));
                    if images.len() > MOST_SHOWN {
                        ui.label(RichText::new(format!("and {} more", images.len() - MOST_SHOWN)).small());
                    }
                }
            });
        });
        ui.separator();
        ui.vertical(|ui| neighbours(ui, session, actions));
    });
}

/// Images side by side in one texture; the one that is clicked.
fn gallery<K: PartialEq>(
    ui: &mut Ui,
    name: &str,
    texture: &mut KeyedTexture<K>,
    key: K,
    images: &[usize],
    across: usize,
    probe: &crate::data::Split,
) -> Option<usize> {
    let across = across.min(images.len()).max(1);
    let dark = ui.visuals().dark_mode;
    let texture = texture.get(ui.ctx(), key, || {
        let picture = tile(&probe.gather(images.iter().copied()), probe.rows, probe.cols, across);
        inked(&picture.pixels, picture.width, picture.height, dark)
    });
    let size = vec2(across as f32, images.len().div_ceil(across) as f32) * SIDE;
    let image = Image::new((texture, size)).sense(Sense::click()).alt_text(name);
    let response = ui.add(image).on_hover_text("Click an image to find its point in every pane");
    let at = response.interact_pointer_pos().filter(|_| response.clicked())? - response.rect.min;
    images.get((at.y / SIDE) as usize * across + (at.x / SIDE) as usize).copied()
}

/// The images nearest to the one at the cursor, by code in each pane and by pixels.
fn neighbours(ui: &mut Ui, session: &mut Session, actions: &mut Vec<Action>) {
    let (Some(stage), Some((image, _))) = (session.stage.clone(), session.image_at_cursor(session.active_pane)) else {
        return;
    };
    let key = (stage.session, image);
    if session.selection.by_pixels.as_ref().is_none_or(|(session, of, _)| (*session, *of) != key) {
        let nearest = nearest_images(&stage.probe, stage.probe.image(image), NEIGHBOURS);
        session.selection.by_pixels = Some((key.0, key.1, nearest));
    }
    let mut rows = Vec::new();
    for i in 0..session.panes.len() {
        let Some(run) = session.run(i) else { continue };
        let Some(&z) = run.codes.mu.get(image) else { continue };
        rows.push((format!("by code, {}", name_of(session, i)), nearest_codes(&run.codes.mu, z, NEIGHBOURS)));
    }
    let pixels = session.selection.by_pixels.as_ref().map(|(_, _, nearest)| nearest.clone()).unwrap_or_default();
    let shared: Vec<usize> =
        rows.iter().map(|(_, row)| row.iter().skip(1).filter(|i| pixels[1..].contains(i)).count()).collect();
    ui.label(RichText::new("Nearest to the image at the cursor").color(theme::quiet(ui))).on_hover_text(
        "The first is the image itself. Images that are near by pixels but not by code, or the other way round, show what the \
         code has lost.",
    );
    rows.push(("by pixels".to_owned(), pixels));
    let all: Vec<usize> = rows.iter().flat_map(|(_, row)| row.iter().copied()).collect();
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (i, (name, _)) in rows.iter().enumerate() {
                let note =
                    shared.get(i).map_or(String::new(), |n| format!("\n{n} of {} also by pixels", NEIGHBOURS - 1));
                let text = RichText::new(format!("{name}{note}")).small();
                ui.allocate_ui(vec2(130.0, SIDE), |ui| {
                    ui.set_min_height(SIDE);
                    ui.label(text);
                });
            }
        });
        let texture = &mut session.selection.neighbours;
        let across = rows[0].1.len();
        let picked = gallery(ui, "nearest images", texture, (stage.session, all.clone()), &all, across, &stage.probe);
        actions.extend(picked.map(Action::Find));
    });
}

impl Session {
    /// Puts the cursors of all panes on an image.
    pub(super) fn find(&mut self, image: usize) {
        self.settings.link = Link::SameImage;
        self.image = Some(image);
    }
}
