//! Writing a file without holding up the window: asking where, and the writing, happen on a thread of their own.

use std::path::{Path, PathBuf};
use std::thread::{Builder, JoinHandle};

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

    /// Has `write` write to `file`, or where a dialog is told to, which suggests `name`.
    pub fn start(
        &mut self,
        name: &'static str,
        file: Option<PathBuf>,
        write: impl FnOnce(&Path) -> Result<(), String> + Send + 'static,
    ) -> Result<(), String> {
        if self.job.is_some() {
            return Err("another export is still going on: finish its dialog first".to_owned());
        }
        let wake = (self.wake)();
        let job = Builder::new().name("export".to_owned()).spawn(move || {
            let file = file.or_else(|| ask(name));
            let outcome = file.as_deref().map_or(Ok(()), write);
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

fn ask(name: &str) -> Option<PathBuf> {
    let kind = name.rsplit('.').next().unwrap_or_default();
    let filter = kind.to_uppercase();
    let dialog = rfd::AsyncFileDialog::new().set_title("Export").set_file_name(name).add_filter(filter, &[kind]);
    pollster::block_on(dialog.save_file()).map(|file| file.path().to_owned())
}
