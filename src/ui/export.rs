//! Writing a picture without holding up the window: asking where, and the writing, happen on a thread of their own.

use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};

use crate::explore::Picture;

/// The file that was written, or one sentence about why it was not; `None` where no file was named.
type Outcome = Result<Option<PathBuf>, String>;

/// At most one export at a time.
pub struct Exporter {
    wake: Box<dyn Fn() -> Box<dyn Fn() + Send>>,
    job: Option<JoinHandle<Outcome>>,
}

impl Exporter {
    /// `wake` is called when an export has ended.
    pub fn new(wake: impl Fn() + Clone + Send + 'static) -> Self {
        Self { wake: Box::new(move || Box::new(wake.clone())), job: None }
    }

    /// Writes `picture` as PNG to `file`, or where a dialog is told to.
    pub fn start(&mut self, picture: Picture, scale: usize, file: Option<PathBuf>) -> Result<(), String> {
        if self.job.is_some() {
            return Err("another export is still going on: finish its dialog first".to_owned());
        }
        let wake = (self.wake)();
        let job = Builder::new().name("export".to_owned()).spawn(move || {
            let file = file.or_else(ask);
            let outcome = match &file {
                Some(file) => picture.save_png(file, scale).map_err(|error| error.to_string()),
                None => Ok(()),
            };
            wake();
            outcome.map(|()| file)
        });
        self.job = Some(job.map_err(|error| format!("cannot start the export: {error}"))?);
        Ok(())
    }

    /// How an export ended, once.
    pub fn outcome(&mut self) -> Option<Outcome> {
        let job = self.job.take_if(|job| job.is_finished())?;
        Some(job.join().unwrap_or_else(|_| Err("the export ended unexpectedly".to_owned())))
    }
}

fn ask() -> Option<PathBuf> {
    let dialog =
        rfd::AsyncFileDialog::new().set_title("Export strip").set_file_name("strip.png").add_filter("PNG", &["png"]);
    pollster::block_on(dialog.save_file()).map(|file| file.path().to_owned())
}
