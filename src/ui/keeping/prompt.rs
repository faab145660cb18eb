//! Which file: a path that can be typed, for a desktop need not have dialogs, or chosen in one.

use std::path::{Path, PathBuf};

use egui::{Align, Button, Color32, Context, Id, Key, Layout, Modal, RichText, TextEdit, Ui};
use rfd::AsyncFileDialog;

use super::aside::Aside;
use crate::session::archive::ENDING;
use crate::ui::file_dialog::FileDialog;
use crate::ui::look::theme::{self, GAP};

pub struct Prompt {
    saves: bool,
    path: String,
    /// A dialog of the desktop.
    dialog: Option<FileDialog>,
    is_new: bool,
    /// What has been put aside.
    pub aside: Vec<Aside>,
}

/// What it came to in a frame.
pub enum Outcome {
    Open,
    Closed,
    Chosen(PathBuf),
}

impl Prompt {
    /// Where a session is to be saved; `before` is where it is.
    pub fn save(before: Option<&Path>) -> Self {
        let file = before.map_or_else(|| documents().join(format!("session.{ENDING}")), Path::to_owned);
        Self { saves: true, path: file.display().to_string(), dialog: None, is_new: true, aside: Vec::new() }
    }

    /// Which one is to be opened.
    pub fn open() -> Self {
        Self { saves: false, path: String::new(), dialog: None, is_new: true, aside: Vec::new() }
    }

    pub fn saves(&self) -> bool {
        self.saves
    }

    pub fn show(&mut self, ctx: &Context, recent: &[PathBuf]) -> Outcome {
        if let Some(dialog) = self.dialog.take_if(|dialog| dialog.is_closed())
            && let Some(file) = dialog.answer()
        {
            self.path = file.display().to_string();
        }
        let modal = Modal::new(Id::unique("session file")).show(ctx, |ui| self.content(ui, recent));
        match modal.inner {
            Outcome::Open if modal.should_close() => Outcome::Closed,
            outcome => outcome,
        }
    }

    fn content(&mut self, ui: &mut Ui, recent: &[PathBuf]) -> Outcome {
        ui.set_width(460.0);
        let (title, verb) = if self.saves { ("Save the session", "Save") } else { ("Open a session", "Open") };
        ui.label(RichText::new(title).heading().strong());
        let about = match self.saves {
            true => {
                "All runs with their optimisers, histories and kept states, the panes and the settings, in one file."
            }
            false => "A .latent file. What there is now can be brought back afterwards.",
        };
        ui.label(RichText::new(about).color(theme::quiet(ui)));
        ui.add_space(GAP / 2.0);
        let mut outcome = Outcome::Open;
        ui.horizontal(|ui| {
            let width = ui.available_width() - 90.0;
            let field = ui.add(TextEdit::singleline(&mut self.path).hint_text("path of the file").desired_width(width));
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
            field.accessible_name("path of the session");
            let browse = ui.add_enabled(self.dialog.is_none(), Button::new("Browse…"));
            if browse.on_hover_text("Choose it in a dialog of the desktop, where there is one").clicked() {
                self.browse(ui.ctx());
            }
        });
        let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let recent: Vec<(String, &PathBuf)> = recent.iter().map(|file| (name(file), file)).collect();
        let aside: Vec<(String, &PathBuf)> = self.aside.iter().map(|of| (of.line.clone(), &of.file)).collect();
        for (title, files) in
            [("Recent", recent), ("Put aside by itself, up to 2 GB: the oldest make room for new ones", aside)]
        {
            if self.saves || files.is_empty() {
                continue;
            }
            ui.add_space(GAP / 2.0);
            ui.label(RichText::new(title).small().color(theme::quiet(ui)));
            for (name, file) in files {
                if ui.selectable_label(false, name).on_hover_text(file.display().to_string()).clicked() {
                    outcome = Outcome::Chosen(file.clone());
                }
            }
        }
        ui.add_space(GAP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Cancel").clicked() {
                outcome = Outcome::Closed;
            }
            let is_named = !self.path.trim().is_empty();
            let button = Button::new(RichText::new(verb).color(Color32::WHITE)).fill(theme::ACCENT);
            let clicked =
                ui.add_enabled(is_named, button).accessible_name(verb.to_lowercase() + " the session").clicked();
            if clicked || (is_named && ui.input(|input| input.key_pressed(Key::Enter))) {
                outcome = Outcome::Chosen(self.file());
            }
        });
        outcome
    }

    /// What is typed, with the usual ending where a new file is given none.
    fn file(&self) -> PathBuf {
        let file = PathBuf::from(self.path.trim());
        if self.saves && file.extension().is_none() { file.with_extension(ENDING) } else { file }
    }

    fn browse(&mut self, ctx: &Context) {
        let (saves, name, ctx) = (self.saves, self.file(), ctx.clone());
        let ask = move |dialog: AsyncFileDialog| async move {
            let dialog = dialog.add_filter("Latent Explorer session", &[ENDING]);
            if saves {
                let name = name.file_name().unwrap_or_default().to_string_lossy();
                dialog.set_title("Save the session").set_file_name(name).save_file().await
            } else {
                dialog.set_title("Open a session").pick_file().await
            }
        };
        // Without a dialog a path can be typed.
        self.dialog = FileDialog::open(ask, move || ctx.request_repaint()).ok();
    }
}

/// Where a person's files are.
fn documents() -> PathBuf {
    let dirs = directories::UserDirs::new();
    let folder = dirs.as_ref().map(|dirs| dirs.document_dir().unwrap_or_else(|| dirs.home_dir()));
    folder.map(Path::to_owned).unwrap_or_default()
}
