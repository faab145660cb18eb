//! Images of one's own: chosen, read in the background, and looked at before anything is learned from them.

mod request;
mod view;

use std::path::Path;
use std::sync::Arc;

use egui::{Context, Id, Modal};
use rfd::AsyncFileDialog;

pub use self::request::Preview;
use self::request::ReadRequest;
use crate::config::{DataSource, Reading};
use crate::data::Dataset;
use crate::engine::{Requests, Workers};
use crate::ui::file_dialog::FileDialog;
use crate::ui::look::textures::PictureTextures;

/// The dialog in which images are opened.
pub struct OpenImages {
    is_open: bool,
    is_new: bool,
    reads: Requests<(), ReadRequest>,
    /// The path as it is typed, and what is read from there, if anything is.
    path: String,
    source: Option<DataSource>,
    /// How it is to be read.
    reading: Reading,
    sheet: PictureTextures<()>,
    dialog: Option<FileDialog>,
    /// Why no dialog of the system can be had.
    warning: Option<String>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

/// What a person did in it.
enum Done {
    Nothing,
    Close,
    Use(Arc<Dataset>),
}

impl OpenImages {
    /// `wake` is called when a dialog of the system has been closed.
    pub fn new(workers: &Workers, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            is_open: false,
            is_new: false,
            reads: Requests::new(workers),
            path: String::new(),
            source: None,
            reading: Reading::default(),
            sheet: PictureTextures::default(),
            dialog: None,
            warning: None,
            wake: Arc::new(wake),
        }
    }

    /// Opens the dialog, to choose in.
    pub fn open(&mut self) {
        (self.is_open, self.is_new) = (true, true);
    }

    /// Opens the dialog on a file or folder and has that be read.
    pub fn read(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.reading = Reading::default();
        self.ask();
    }

    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// What has been read, as it was asked for last.
    pub fn preview(&self) -> Option<&Preview> {
        self.reads.answer(()).map(|answer| &answer.reply)
    }

    /// Takes in what has been read and chosen.
    pub fn update(&mut self) {
        self.reads.poll();
        if let Some(dialog) = self.dialog.take_if(|dialog| dialog.is_closed())
            && let Some(path) = dialog.answer()
        {
            self.read(&path);
        }
    }

    /// Shows the dialog while it is open; the images that are to be learned from, once they have been chosen.
    pub fn show(&mut self, ctx: &Context) -> Option<Arc<Dataset>> {
        if !self.is_open {
            return None;
        }
        let modal = Modal::new(Id::unique("open images")).show(ctx, |ui| self.content(ui));
        match modal.inner {
            Done::Nothing if modal.should_close() => self.close(),
            Done::Nothing => {}
            Done::Close => self.close(),
            Done::Use(dataset) => {
                self.close();
                return Some(dataset);
            }
        }
        None
    }

    fn close(&mut self) {
        self.is_open = false;
        self.source = None;
        self.path.clear();
        self.warning = None;
        // What was read is let go, and what is under way ends.
        self.reads.clear();
        self.sheet.retain(|()| false);
    }

    /// Has what is at the path be read as is chosen.
    fn ask(&mut self) {
        let path = self.path.trim();
        if path.is_empty() {
            return;
        }
        let source = DataSource::named(path, self.reading.clone());
        self.is_open = true;
        self.reads.ask((), ReadRequest(source.clone()));
        self.source = Some(source);
    }

    /// Asks the system for a folder or a file.
    fn choose(&mut self, is_folder: bool) {
        if self.dialog.is_some() {
            return;
        }
        let wake = self.wake.clone();
        let ask = move |dialog: AsyncFileDialog| async move {
            let dialog = dialog.set_title("Open images");
            if is_folder { dialog.pick_folder().await } else { dialog.pick_file().await }
        };
        match FileDialog::open(ask, move || wake()) {
            Ok(dialog) => self.dialog = Some(dialog),
            Err(why) => self.warning = Some(why),
        }
    }
}

/// Whether a file that is dropped on the window holds images to learn from, rather than being one image to look at.
pub fn is_set(path: &Path) -> bool {
    const SETS: [&str; 8] = ["zip", "tar", "tgz", "gz", "npz", "npy", "csv", "idx"];
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    path.is_dir() || SETS.contains(&ending.as_str())
}
