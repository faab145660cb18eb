//! Writing to a file without holding up the window: a dialog asks where on a thread of its own, a worker makes the bytes and
//! writes them. A file that is there already is replaced only after the person has said so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rfd::AsyncFileDialog;

use crate::engine::{Job, JobError, Request, Requests, Urgency, Workers};
use crate::figure::{self, Chart, FigureKind, FigureOptions, caption, encode_figure};
use crate::files::write_whole;
use crate::model::Checkpoint;
use crate::session::{Action, Confirmation, ExportId, FigureSettings, Notice, Session};
use crate::ui::file_dialog::FileDialog;
use crate::ui::lost::Lost;

/// How long closing the window waits for an export that is under way.
const PATIENCE: Duration = Duration::from_millis(600);

/// Makes the bytes of a file of this name, or says in one sentence why it cannot.
pub type Content = Box<dyn FnOnce(&Path, &Job<Outcome>) -> Result<Vec<u8>, JobError> + Send>;

/// An export as a menu or the palette offers it.
pub struct Offer {
    pub id: ExportId,
    pub title: String,
    /// What a dialog suggests.
    pub file_name: String,
}

/// What became of an export.
pub enum Outcome {
    Written,
    /// There is a file of that name already: the bytes that wait for an answer.
    Exists(Arc<Vec<u8>>),
}

#[derive(Clone)]
struct Write {
    number: u64,
    file: PathBuf,
    replace: bool,
    content: Arc<Mutex<Option<Content>>>,
}

impl PartialEq for Write {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Request for Write {
    type Reply = Outcome;
    const NAME: &'static str = "export";

    fn urgency(&self) -> Urgency {
        Urgency::File
    }

    fn work(&self, job: &Job<Outcome>) -> Result<Outcome, JobError> {
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(content) = content else { return Err(JobError::Other("this export has been written".to_owned())) };
        let bytes = content(&self.file, job)?;
        // Nothing is written any more once the window has said that it is not.
        job.progress(1.0)?;
        if !self.replace && self.file.exists() {
            return Ok(Outcome::Exists(Arc::new(bytes)));
        }
        write_whole(&self.file, &bytes).map_err(|error| JobError::Other(error.to_string()))?;
        Ok(Outcome::Written)
    }
}

pub struct Exporter {
    writes: Requests<u64, Write>,
    /// What is being written, and where.
    under_way: BTreeMap<u64, PathBuf>,
    number: u64,
    dialog: Option<(FileDialog, Content)>,
    /// Bytes for files that exist, which wait for an answer.
    waiting: Vec<(PathBuf, Arc<Vec<u8>>)>,
    wake: Arc<dyn Fn() + Send + Sync>,
    lost: Lost,
}

impl Exporter {
    /// `wake` is called when a dialog has been closed.
    pub fn new(workers: &Workers, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let wake = Arc::new(wake);
        let (writes, under_way) = (Requests::new(workers), BTreeMap::new());
        Self { writes, under_way, number: 0, dialog: None, waiting: Vec::new(), wake, lost: Lost::default() }
    }

    /// Has what closing the window ends be noted in `lost`.
    pub fn note_in(&mut self, lost: Lost) {
        self.lost = lost;
    }

    /// Writes to `file`, or where a dialog is told to, which suggests `name`.
    pub fn start(&mut self, name: &str, file: Option<PathBuf>, content: Content) -> Result<(), String> {
        if let Some(file) = file {
            self.write(file, false, content);
            return Ok(());
        }
        if self.dialog.is_some() {
            return Err("Another export is asking where to write: answer its dialog first.".to_owned());
        }
        let (name, wake) = (name.to_owned(), self.wake.clone());
        let ask = move |dialog: AsyncFileDialog| {
            let kind = name.rsplit('.').next().unwrap_or_default();
            let dialog = dialog.set_title("Export").set_file_name(&name);
            dialog.add_filter(kind.to_uppercase(), &[kind]).save_file()
        };
        self.dialog = Some((FileDialog::open(ask, move || wake())?, content));
        Ok(())
    }

    /// Writes the bytes that wait for an answer over the file that is there.
    pub fn replace(&mut self, file: &Path) {
        if let Some(i) = self.waiting.iter().position(|(other, _)| other == file) {
            let (file, bytes) = self.waiting.remove(i);
            self.write(file, true, Box::new(move |_, _| Ok(bytes.to_vec())));
        }
    }

    /// The names of the files that are being written.
    pub fn under_way(&self) -> Vec<String> {
        let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.under_way.values().map(name).collect()
    }

    fn write(&mut self, file: PathBuf, replace: bool, content: Content) {
        self.number += 1;
        let content = Arc::new(Mutex::new(Some(content)));
        self.under_way.insert(self.number, file.clone());
        self.writes.ask(self.number, Write { number: self.number, file, replace, content });
    }

    /// What has come of the exports, said to the person.
    pub fn update(&mut self, is_asking: bool, actions: &mut Vec<Action>) {
        if !is_asking {
            // The question was answered with no.
            self.waiting.clear();
        }
        if let Some((dialog, content)) = self.dialog.take_if(|(dialog, _)| dialog.is_closed()) {
            match dialog.answer() {
                // A dialog has asked already whether to replace a file.
                Some(file) => self.write(file, true, content),
                // A desktop without a portal opens no dialog and does not say so.
                None => actions.push(Action::Notify(Notice::info(
                    "Nothing was saved. If no dialog opened, type a path beside the button.",
                ))),
            }
        }
        for number in self.writes.poll() {
            let Some(file) = self.under_way.get(&number).cloned() else { continue };
            let outcome = self.writes.answer(number).map(|answer| &answer.reply);
            let action = match (self.writes.failure(number), outcome) {
                (Some(reason), _) => Action::Notify(Notice::error(reason)),
                (None, Some(Outcome::Written)) => Action::Notify(Notice::info(format!("Saved {}", file.display()))),
                (None, Some(Outcome::Exists(bytes))) => {
                    let text = format!("{} exists already. Replace it?", file.display());
                    self.waiting.push((file.clone(), bytes.clone()));
                    Action::Ask(Confirmation { text, verb: "Replace", action: Box::new(Action::Replace(file)) })
                }
                (None, None) => continue,
            };
            actions.push(action);
            self.under_way.remove(&number);
        }
        self.writes.retain(|number| self.under_way.contains_key(number));
    }
}

impl Drop for Exporter {
    /// What was promised is finished, or its loss is said.
    fn drop(&mut self) {
        let start = Instant::now();
        let mut actions = Vec::new();
        while !self.under_way.is_empty() && start.elapsed() < PATIENCE {
            self.update(true, &mut actions);
            std::thread::sleep(Duration::from_millis(5));
        }
        for action in actions {
            if let Action::Notify(notice) = action
                && notice.is_error
            {
                self.lost.note(notice.text);
            }
        }
        for number in self.under_way.keys() {
            self.writes.cancel(*number);
        }
        for file in self.under_way.values() {
            self.lost.note(format!("closing the window ended the export to {}; nothing was written", file.display()));
        }
        for (file, _) in &self.waiting {
            let file = file.display();
            self.lost.note(format!("{file} was not replaced: the window closed before that was answered"));
        }
    }
}

/// A name with the ending of the kind of figure that is chosen.
pub fn figure_name(session: &Session, stem: &str) -> String {
    format!("{stem}.{}", if session.screen().figure.png { "png" } else { "svg" })
}

/// The newest states of all runs.
pub fn checkpoints(session: &Session) -> Vec<Arc<Checkpoint>> {
    session.runs().map(|run| run.checkpoint.clone()).collect()
}

/// A chart as a figure of the size that is chosen; its caption names the states it is of.
pub fn chart_content(chart: Chart, session: &Session, checkpoints: &[Arc<Checkpoint>]) -> Content {
    let FigureSettings { width, height, dark, .. } = session.screen().figure;
    let caption = session.stage().map_or(String::new(), |stage| {
        let checkpoints = checkpoints.iter().map(|checkpoint| &**checkpoint);
        caption(checkpoints, &stage.dataset.source.title(), stage.dataset.test.len())
    });
    Box::new(move |file, _| {
        let kind = FigureKind::of(file)?;
        let svg = figure::chart(&chart, &FigureOptions { width, height, dark, caption: caption.clone() })?;
        Ok(encode_figure(&svg, &caption, kind)?)
    })
}
