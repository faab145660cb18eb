//! What the dialog shows: where the images are, what they are, how they are read, and what was left out.

use egui::{
    Align, Button, ComboBox, Grid, Image, Label, Layout, ProgressBar, RichText, ScrollArea, TextEdit, Ui, vec2,
};

use super::{Done, OpenImages, Preview};
use crate::config::{Binarise, Fit, MOST_SIDE, Reading, USUAL_SIDE};
use crate::data::{Contents, Divided};
use crate::format::grouped;
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::{dot, drag, slider};

/// The dialog at most, and the sheet of images in it, in points.
const WIDTH: f32 = 780.0;
const SHEET: f32 = 420.0;
const BINARISE: f32 = 80.0;
/// The part of its height that changes with what was read.
const BODY: f32 = 330.0;

impl OpenImages {
    pub(super) fn content(&mut self, ui: &mut Ui) -> Done {
        let screen = ui.ctx().content_rect();
        ui.set_width(WIDTH.min(screen.width() - 8.0 * GAP));
        ui.label(RichText::new("Open images").heading());
        let is_asked = self.place(ui);
        if is_asked {
            self.ask();
        }
        if let Some(warning) = &self.warning {
            theme::warn(ui, warning);
        }
        ui.separator();
        let height = BODY.min(screen.height() - 300.0).max(120.0);
        ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
            ui.set_min_height(height);
            self.found(ui, height);
        });
        ui.separator();
        ui.add_enabled_ui(self.source.is_some(), |ui| {
            if reading(ui, &mut self.reading) {
                self.ask();
            }
        });
        ui.add_space(GAP / 2.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let ready = self.preview().filter(|_| self.reads.is_current(())).map(|preview| preview.dataset.clone());
            let close = ui.button("Cancel").clicked();
            let text = RichText::new("Train on these").color(egui::Color32::WHITE);
            let wanted = ui.add_enabled(ready.is_some(), Button::new(text).fill(theme::ACCENT));
            match ready {
                Some(dataset) if wanted.clicked() => Done::Use(dataset),
                _ if close => Done::Close,
                _ => Done::Nothing,
            }
        })
        .inner
    }

    /// Where the images are; whether they are to be read.
    fn place(&mut self, ui: &mut Ui) -> bool {
        ui.horizontal(|ui| {
            let field =
                TextEdit::singleline(&mut self.path).hint_text("a folder, or a .zip, .tar, .npz, .npy or .csv file");
            let field = ui.add(field.desired_width(ui.available_width() - 196.0)).accessible_name("path of the images");
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let read = ui.add_enabled(!self.path.trim().is_empty(), Button::new("Read")).clicked();
            for (name, is_folder) in [("Folder…", true), ("File…", false)] {
                let button = ui.add_enabled(self.dialog.is_none(), Button::new(name));
                if button.on_hover_text("Choose in a dialog of the system").clicked() {
                    self.choose(is_folder);
                }
            }
            entered || read
        })
        .inner
    }

    fn found(&mut self, ui: &mut Ui, height: f32) {
        if let Some(failure) = self.reads.failure(()) {
            theme::warn(ui, failure);
            return;
        }
        if let Some(share) = self.reads.progress(()) {
            ui.horizontal(|ui| {
                ui.add(ProgressBar::new(share as f32).desired_width(220.0).show_percentage());
                ui.label(RichText::new("reading the images").color(theme::quiet(ui)));
            });
        }
        match self.preview().cloned() {
            Some(preview) => {
                let (width, gap) = (ui.available_width(), 2.0 * GAP);
                ui.horizontal_top(|ui| {
                    ui.vertical(|ui| {
                        ui.set_width(width - SHEET.min(0.56 * width) - gap);
                        ScrollArea::vertical()
                            .id_salt("contents")
                            .max_height(height - 8.0)
                            .auto_shrink(false)
                            .show(ui, |ui| contents(ui, &preview.dataset.source.title(), &preview.contents));
                    });
                    ui.add_space(gap);
                    self.sheet(ui, &preview, SHEET.min(0.56 * width), height - 8.0);
                });
            }
            None if self.source.is_none() => {
                ui.label(RichText::new(HELP).color(theme::quiet(ui)));
            }
            None => {}
        }
    }

    /// Some of the images, at sizes that have room.
    fn sheet(&mut self, ui: &mut Ui, preview: &Preview, width: f32, height: f32) {
        let texture = self.sheet.get(ui, (), &preview.sheet);
        let size = vec2(preview.sheet.width as f32, preview.sheet.height as f32);
        let scale = (width / size.x).min(height / size.y);
        ui.add(Image::new((texture, size * scale)).corner_radius(2.0).alt_text("some of the images"));
    }
}

const HELP: &str = "Choose a folder of images (PNG, JPEG, WebP, BMP or GIF) or drop it on the window. A folder in it for each class \
                    gives the images classes; without such folders they have none. Folders train and test above them divide the \
                    images into those to learn from and those held out; otherwise a share of them is held out at random.\n\nA .zip or \
                    .tar of such a folder, .npz and .npy arrays, a .csv with a row for each image, and the four IDX files of a set \
                    like MNIST can be opened too.";

/// What there is, in words and numbers.
fn contents(ui: &mut Ui, title: &str, contents: &Contents) {
    ui.label(RichText::new(title).strong());
    ui.add(Label::new(RichText::new(&contents.form).small().color(theme::quiet(ui))).wrap());
    Grid::new("facts").num_columns(2).spacing([12.0, 2.0]).show(ui, |ui| {
        let mut row = |name: &str, value: String, meaning: &str| {
            ui.label(RichText::new(name).color(theme::quiet(ui)));
            ui.label(value).on_hover_text(meaning);
            ui.end_row();
        };
        row("to learn from", grouped(contents.train as u64), "Images that the models are trained on");
        let by = match contents.divided {
            Divided::Given => "as they came",
            Divided::BySeed => "chosen at random",
        };
        row("held out", format!("{}, {by}", grouped(contents.test as u64)), "Images that no model learns from");
        row("size", contents.before.to_string(), "As the images came");
        row("read as", contents.shape.to_string(), "As the models see them");
    });
    for note in &contents.notes {
        ui.add(Label::new(RichText::new(note).small().color(theme::quiet(ui))).wrap());
    }
    left_out(ui, contents);
    classes(ui, contents);
}

fn left_out(ui: &mut Ui, contents: &Contents) {
    let left_out = &contents.left_out;
    if left_out.count == 0 {
        return;
    }
    let files =
        if left_out.count == 1 { "1 file was" } else { &format!("{} files were", grouped(left_out.count as u64)) };
    let title = RichText::new(format!("{files} left out")).color(theme::WARNING);
    egui::CollapsingHeader::new(title).id_salt("left out").default_open(left_out.count <= 3).show(ui, |ui| {
        for (file, why) in &left_out.files {
            ui.add(Label::new(RichText::new(format!("{file}: {why}")).small()).wrap());
        }
        let more = left_out.count - left_out.files.len();
        if more > 0 {
            ui.label(RichText::new(format!("and {} more", grouped(more as u64))).small().color(theme::quiet(ui)));
        }
    });
}

fn classes(ui: &mut Ui, contents: &Contents) {
    if contents.classes.is_empty() {
        ui.label("no classes").on_hover_text("All points have one colour, and nothing is said of classes");
        return;
    }
    ui.add_space(4.0);
    let count = contents.classes.len();
    ui.label(if count == 1 { "1 class".to_owned() } else { format!("{count} classes") });
    Grid::new("classes found").num_columns(2).spacing([12.0, 1.0]).show(ui, |ui| {
        for (i, class) in contents.classes.iter().enumerate() {
            ui.horizontal(|ui| {
                ui.set_max_width(180.0);
                dot(ui, theme::class_color(i));
                ui.add(Label::new(&class.name).truncate());
            });
            let number = grouped((class.train + class.test) as u64);
            ui.label(RichText::new(number).font(theme::number_font()).color(theme::quiet(ui)));
            ui.end_row();
        }
    });
}

fn meaning_of(how: Binarise) -> &'static str {
    match how {
        Binarise::None => "Values between black and white stay as they are",
        Binarise::Static => "Each pixel is drawn once: white with a probability of its value",
        Binarise::Dynamic => "The same, of training images anew in every epoch",
        Binarise::Threshold => "White where the value is more than a half",
    }
}

/// How the images are read; whether that has changed.
fn reading(ui: &mut Ui, reading: &mut Reading) -> bool {
    let before = reading.clone();
    let mut is_dragged = false;
    ui.horizontal_wrapped(|ui| {
        let mut scaled = reading.size.is_some();
        let meaning =
            format!("Without it images up to {USUAL_SIDE} pixels keep their size and larger ones get {USUAL_SIDE}");
        ui.checkbox(&mut scaled, "size").on_hover_text(meaning);
        let mut side = reading.size.unwrap_or(USUAL_SIDE);
        let field = ui.add_enabled_ui(scaled, |ui| drag(ui, &mut side, 1..=MOST_SIDE, |drag| drag.suffix(" px")));
        let field = field.inner.on_hover_text("Pixels of the longer side").accessible_name("pixels of the longer side");
        is_dragged |= field.dragged() || field.has_focus();
        reading.size = scaled.then_some(side);
        ui.separator();
        ui.checkbox(&mut reading.grey, "grey").on_hover_text("Takes the colours away");
        ui.separator();
        for (fit, name, meaning) in [
            (
                Fit::Pad,
                "whole",
                "All of each image, with black borders where its sides are others than those of the rest",
            ),
            (Fit::Crop, "cropped", "The middle of each image, without borders"),
        ] {
            ui.radio_value(&mut reading.fit, fit, name).on_hover_text(meaning);
        }
        ui.separator();
        let label = ui.label("binary");
        let choice = ComboBox::from_id_salt("binarise").selected_text(reading.binarise.name()).width(BINARISE);
        let choice = choice.show_ui(ui, |ui| {
            for how in Binarise::ALL {
                ui.selectable_value(&mut reading.binarise, how, how.name()).on_hover_text(meaning_of(how));
            }
        });
        choice.response.labelled_by(label.id).on_hover_text(
            "Pixels made black or white, of which alone a Bernoulli likelihood is a probability; grey ones are taken as \
             probabilities of white",
        );
        ui.separator();
        let label = ui.label("held out");
        let shown = 100.0 * reading.test_share;
        let mut share = shown;
        let slider = slider(ui, &mut share, 1.0..=50.0, |slider| slider.suffix(" %").max_decimals(0));
        let slider = slider.labelled_by(label.id);
        let slider =
            slider.on_hover_text("The share of images that no model learns from, where they do not come divided");
        if share != shown {
            reading.test_share = share / 100.0;
        }
        is_dragged |= slider.dragged();
    });
    // While a number is being dragged or typed it is not read anew at every step.
    let pending = egui::Id::unique("reading to be asked for");
    let changed = *reading != before || ui.data(|data| data.get_temp::<bool>(pending).unwrap_or_default());
    ui.data_mut(|data| data.insert_temp(pending, changed && is_dragged));
    changed && !is_dragged
}
