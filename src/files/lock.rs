//! A folder that one process writes to at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::WriteError;

const LOCK_FILE: &str = ".lock";
/// How often, and how long apart, it is looked for who holds a lock.
const PATIENCE: usize = 50;
const MOMENT: Duration = Duration::from_millis(20);

/// Held by who writes to a folder, until it is dropped or its process ends, however that ends. It keeps no one from reading.
#[derive(Debug)]
pub struct FolderLock {
    path: PathBuf,
    /// The lock is that of the system on this file; what is in it only says whose it is.
    _file: File,
}

impl FolderLock {
    /// Refuses a folder that another writes to, with the number of its process.
    pub fn take(folder: &Path) -> Result<Self, WriteError> {
        let path = folder.join(LOCK_FILE);
        let failed = |error: std::io::Error| WriteError::of(folder, folder, &error);
        loop {
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let process = match holder(&mut file) {
                        Some(process) => format!("process {process}"),
                        None => "another process".to_owned(),
                    };
                    return Err(WriteError::new(
                        folder,
                        format!("{process} is writing to it; wait until that ends, or choose another folder"),
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Who held it before may have taken the file away since it was opened.
            if is_at(&file, &path) {
                let written = file.set_len(0).and_then(|()| file.rewind());
                written.and_then(|()| write!(file, "{}", std::process::id())).map_err(failed)?;
                return Ok(Self { path, _file: file });
            }
        }
    }
}

/// The process that holds it says so a moment after it took it.
fn holder(file: &mut File) -> Option<String> {
    (0..PATIENCE).find_map(|i| {
        std::thread::sleep(if i == 0 { Duration::ZERO } else { MOMENT });
        let mut process = String::new();
        file.read_to_string(&mut process).ok().filter(|_| !process.is_empty()).map(|_| process)
    })
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Where it cannot be known whose file it is, it stays.
        if cfg!(unix) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |about: std::fs::Metadata| (about.dev(), about.ino());
    file.metadata().map(id).ok().is_some_and(|id_of| std::fs::metadata(path).map(id).ok() == Some(id_of))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
