//! The thread that writes sessions and preferences and reads sessions. Dropping it finishes what was given to it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::aside::{self, Aside};
use super::written::{Purpose, Write, read, save};
use crate::engine::RunId;
use crate::session::Preferences;
use crate::session::archive::Archive;
use crate::ui::preferences;

/// Tasks that may wait.
const LANE: usize = 16;

pub enum Task {
    Write(Box<Write>),
    Read(PathBuf),
    /// Finds what has been put aside below a folder.
    List(PathBuf),
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
    /// Newest first.
    Listed(Vec<Aside>),
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
            let (purpose, file) = (write.purpose, write.file.clone());
            Some(match save(*write) {
                Ok(Some(steps)) => Done::Written { purpose, file, steps },
                Ok(None) => Done::Exists(file),
                Err(reason) => Done::Failed { purpose: Some(purpose), reason },
            })
        }
        Task::Read(file) => Some(match read(&file) {
            Ok(archive) => Done::Read(Box::new(archive)),
            Err(reason) => Done::Failed { purpose: None, reason },
        }),
        Task::List(root) => Some(Done::Listed(aside::list(&root))),
        Task::Preferences(file, kept) => {
            let reason = preferences::save(&file, &kept).err()?;
            Some(Done::SettingsFailed(format!("The settings were not saved: {reason}.")))
        }
    }
}
