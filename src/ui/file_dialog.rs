//! A file or folder of the system, asked for in its dialog on a thread of its own, for the window goes on meanwhile.

use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};

use rfd::{AsyncFileDialog, FileHandle};

pub struct FileDialog(JoinHandle<Option<PathBuf>>);

impl FileDialog {
    /// `ask` shows the dialog; `wake` is called when it has been closed. A sentence where there can be no thread for it.
    pub fn open<Answer: Future<Output = Option<FileHandle>>>(
        ask: impl FnOnce(AsyncFileDialog) -> Answer + Send + 'static,
        wake: impl FnOnce() + Send + 'static,
    ) -> Result<Self, String> {
        let thread = Builder::new().name("dialog".to_owned()).spawn(move || {
            let file = pollster::block_on(ask(AsyncFileDialog::new()));
            wake();
            file.map(|file| file.path().to_owned())
        });
        thread.map(Self).map_err(|error| format!("No dialog can be opened ({error}): type a path instead."))
    }

    pub fn is_closed(&self) -> bool {
        self.0.is_finished()
    }

    /// What was chosen; waits until the dialog is closed.
    pub fn answer(self) -> Option<PathBuf> {
        self.0.join().ok().flatten()
    }
}
