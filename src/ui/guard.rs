//! The guard against settings with which the window cannot start: while it starts, a copy of them stands beside their file; one
//! that stands there at the next start, and no window holds, says that they ended the program.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Frames that are drawn after the runs are there before a start has succeeded.
const FRAMES: usize = 30;

pub struct Guard {
    marker: PathBuf,
    /// Held by the system until it is dropped, however that comes about.
    _lock: File,
    frames: usize,
}

impl Guard {
    /// Stands guard over the start with the settings in `file`; those that ended the last start are put aside first, and then
    /// their new name comes with it. No guard where it cannot be written, or while another window starts.
    pub fn begin(file: &Path) -> (Option<Self>, Option<PathBuf>) {
        let marker = file.with_extension("starting");
        let settings = std::fs::read(file).unwrap_or_default();
        let open = File::options().read(true).write(true).create(true).truncate(false).open(&marker);
        let Ok(mut lock) = open else { return (None, None) };
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return (None, None);
        }
        let mut before = Vec::new();
        let has_ended = lock.read_to_end(&mut before).is_ok() && !before.is_empty() && before == settings;
        let aside = has_ended.then(|| put_aside(file, "crashed")).flatten();
        let written = match (&aside, std::fs::read(file)) {
            (None, Ok(settings)) => lock.set_len(0).and_then(|()| write_from_start(&mut lock, &settings)),
            // There is nothing to guard against.
            _ => lock.set_len(0),
        };
        let guard = written.is_ok().then_some(Self { marker, _lock: lock, frames: 0 });
        (guard, aside)
    }

    /// A frame was drawn while all runs were there; whether the start has succeeded.
    pub fn count(&mut self) -> bool {
        self.frames += 1;
        self.frames >= FRAMES
    }
}

impl Drop for Guard {
    /// The start has succeeded, or was ended in an orderly way.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // One that stays is a warning too many at the next start, no more.
            let _ = std::fs::remove_file(&self.marker);
        }
    }
}

fn write_from_start(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    file.rewind()?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives the settings in `file` another name, which is told; none if there are none.
pub fn put_aside(file: &Path, why: &str) -> Option<PathBuf> {
    let aside = file.with_extension(format!("{why}.json"));
    std::fs::rename(file, &aside).ok().map(|()| aside)
}
