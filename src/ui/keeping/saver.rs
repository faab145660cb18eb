//! The thread that writes sessions and preferences and reads sessions. Dropping it finishes what was given to it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::picture::picture;
use crate::engine::{Kept, RunId};
use crate::files::{clear_unfinished, make_folder, write_whole};
use crate::session::Preferences;
use crate::session::archive::{About, Archive, Made};
use crate::ui::preferences;

/// Tasks that may wait.
const LANE: usize = 16;

/// What a session is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The person's own file; another one that is there is replaced or not.
    File { replace: bool },
    /// To be offered at the next start.
    Autosave,
    /// To be brought back after a reset.
    Dropped,
}

pub struct Write {
    pub purpose: Purpose,
    pub file: PathBuf,
    pub about: About,
    pub made: Made,
    pub kept: Arc<Kept>,
    /// Of the points, for the picture.
    pub colors: Arc<Vec<[u8; 3]>>,
}

pub enum Task {
    Write(Box<Write>),
    Read(PathBuf),
    Preferences(PathBuf, Box<Preferences>),
}

pub enum Done {
    /// With the step of each run.
    Written {
        purpose: Purpose,
        file: PathBuf,
        steps: BTreeMap<RunId, u64>,
    },
    Exists(PathBuf),
    Read(Box<Archive>),
    /// A sentence; as is the next.
    SettingsFailed(String),
    Failed {
        purpose: Option<Purpose>,
        reason: String,
    },
}

pub struct Saver {
    tasks: Option<Sender<Task>>,
    done: Receiver<Done>,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    /// `wake` is called after each task.
    pub fn spawn(wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let ((tasks, to_do), (sender, done)) = (bounded(LANE), crossbeam_channel::unbounded());
        let thread = Builder::new().name("saver".to_owned()).spawn(move || {
            for task in to_do {
                let work = catch_unwind(AssertUnwindSafe(|| perform(task)));
                let failed =
                    |_| Some(Done::Failed { purpose: None, reason: "The session could not be saved.".to_owned() });
                if let Some(done) = work.unwrap_or_else(failed) {
                    // Fails only when the window has closed.
                    let _ = sender.send(done);
                }
                wake();
            }
        })?;
        Ok(Self { tasks: Some(tasks), done, thread: Some(thread) })
    }

    /// Gives it a task unless it has too many; whether it could be given.
    pub fn give(&self, task: Task) -> bool {
        self.tasks.as_ref().is_some_and(|tasks| tasks.try_send(task).is_ok())
    }

    pub fn poll(&self) -> Vec<Done> {
        self.done.try_iter().collect()
    }

    /// Does what it was given and ends; what came of it.
    pub fn finish(&mut self) -> Vec<Done> {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been told as a failure.
            let _ = thread.join();
        }
        self.poll()
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.finish();
    }
}

fn perform(task: Task) -> Option<Done> {
    match task {
        Task::Write(write) => {
            let purpose = Some(write.purpose);
            Some(save(*write).unwrap_or_else(|reason| Done::Failed { purpose, reason }))
        }
        Task::Read(file) => Some(match read(&file) {
            Ok(archive) => Done::Read(Box::new(archive)),
            Err(reason) => Done::Failed { purpose: None, reason },
        }),
        Task::Preferences(file, kept) => {
            let reason = preferences::save(&file, &kept).err()?;
            Some(Done::SettingsFailed(format!("The settings were not saved: {reason}.")))
        }
    }
}

/// A session that was kept, or why there is none, in a sentence.
pub fn read(file: &std::path::Path) -> Result<Archive, String> {
    let failed = |why: String| format!("{} cannot be opened: {why}.", file.display());
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    Archive::from_bytes(&bytes).map_err(|error| failed(error.to_string()))
}

fn save(write: Write) -> Result<Done, String> {
    let Write { purpose, file, about, mut made, kept, colors } = write;
    let is_own = matches!(purpose, Purpose::File { .. });
    if purpose == (Purpose::File { replace: false }) && file.exists() {
        return Ok(Done::Exists(file));
    }
    let steps: BTreeMap<RunId, u64> =
        kept.runs.iter().map(|run| (run.id, run.newest.checkpoint.progress.step)).collect();
    if is_own {
        made.saved = steps.clone();
    }
    let picture = picture(&kept, &made.document, &colors);
    let failed = |why: String| format!("The session was not saved: {why}.");
    let bytes = Archive { about, made, kept, picture }.to_bytes().map_err(|error| failed(error.to_string()))?;
    if let (false, Some(folder)) = (is_own, file.parent()) {
        make_folder(folder).map_err(|error| failed(error.to_string()))?;
    }
    if let (Some(folder), Some(name)) = (file.parent(), file.file_name()) {
        clear_unfinished(folder, &[&name.to_string_lossy()]);
    }
    write_whole(&file, &bytes).map_err(|error| failed(error.to_string()))?;
    Ok(Done::Written { purpose, file, steps })
}
