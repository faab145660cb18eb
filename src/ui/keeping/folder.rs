//! Where sessions are kept by themselves: a folder a window, locked for as long as the window lives, so that several windows do
//! not write over each other and what one that has ended left is found.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::files::{FolderLock, WriteError, clear_unfinished, make_folder};

/// The session as it was last kept, until it is no longer wanted.
const SESSION: &str = "session.latent";
/// The same after that.
const PREVIOUS: &str = "previous.latent";
/// Runs that were there before a reset.
const DROPPED: &str = "dropped.latent";
/// Folders with what is no longer wanted that stay.
const MOST: usize = 5;
/// Times that a new one is tried.
const MOST_TRIES: u32 = 5;

/// The folder of a window, or what one that has ended left.
pub struct Folder {
    path: PathBuf,
    _lock: FolderLock,
}

/// Where they all are; nowhere if the system names no place.
pub fn root() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "latent-explorer")?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).join("sessions"))
}

/// Seconds since 1970.
pub fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The newest session that a window left which has ended.
pub fn left(root: &Path) -> Option<Folder> {
    folders(root).into_iter().rev().filter(|path| path.join(SESSION).is_file()).find_map(|path| Folder::lock(path).ok())
}

/// The newest of those that are no longer wanted.
pub fn previous(root: &Path) -> Option<PathBuf> {
    folders(root).into_iter().rev().map(|path| path.join(PREVIOUS)).find(|file| file.is_file())
}

/// Takes away what is oldest of what is no longer wanted, and what is empty. What cannot be taken away stays.
pub fn prune(root: &Path) {
    let ended: Vec<Folder> = folders(root).into_iter().filter_map(|path| Folder::lock(path).ok()).collect();
    let (full, empty): (Vec<_>, Vec<_>) = ended.into_iter().partition(|folder| folder.holds(PREVIOUS));
    let old = full.len().saturating_sub(MOST);
    let is_wanted = |folder: &Folder| folder.holds(SESSION);
    for folder in full.into_iter().take(old).chain(empty).filter(|folder| !is_wanted(folder)) {
        let _ = std::fs::remove_dir_all(&folder.path);
    }
}

/// Oldest first, for their names begin with the time.
fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

impl Folder {
    /// A new one.
    pub fn make(root: &Path) -> Result<Self, WriteError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let mut tries = 0;
        loop {
            tries += 1;
            let path = root.join(format!("{now:013}-{}-{tries}", std::process::id()));
            // Between the two another window may take away one that is empty.
            let made = make_folder(&path).and_then(|()| Self::lock(path));
            if made.is_ok() || tries == MOST_TRIES {
                return made;
            }
        }
    }

    /// One that no window has.
    fn lock(path: PathBuf) -> Result<Self, WriteError> {
        let lock = FolderLock::take(&path)?;
        clear_unfinished(&path, &[SESSION, DROPPED]);
        Ok(Self { path, _lock: lock })
    }

    pub fn session(&self) -> PathBuf {
        self.path.join(SESSION)
    }

    pub fn dropped(&self) -> PathBuf {
        self.path.join(DROPPED)
    }

    /// The session is not offered any more. It can still be opened.
    pub fn retire(&self) -> io::Result<()> {
        match std::fs::rename(self.path.join(SESSION), self.path.join(PREVIOUS)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn holds(&self, name: &str) -> bool {
        self.path.join(name).is_file()
    }
}
