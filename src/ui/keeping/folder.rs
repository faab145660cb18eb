//! Where sessions are kept by themselves: a folder a window, locked for as long as the window lives, so that several windows do
//! not write over each other and what one that has ended left is found. A session that is no longer wanted is put aside there.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::files::{FolderLock, WriteError, clear_unfinished, make_folder};
use crate::session::archive::{ENDING, names_beside};

/// The session as it was last kept, until it is put aside.
const SESSION: &str = "session.latent";
/// The numbers of kept states, of all sessions of the folder.
const STATES: &str = "states";
/// Bytes that sessions may take that have been put aside, with their kept states.
const MOST: u64 = 2 << 30;
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

/// What has been put aside below `root`, oldest first: their names are the time.
pub fn put_aside(root: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = folders(root).iter().flat_map(|folder| aside_in(folder)).collect();
    files.sort_by_key(|file| file.file_name().map(ToOwned::to_owned));
    files
}

fn aside_in(folder: &Path) -> Vec<PathBuf> {
    sessions(folder).into_iter().filter(|file| !file.ends_with(SESSION)).collect()
}

fn sessions(folder: &Path) -> Vec<PathBuf> {
    let is_session = |file: &PathBuf| file.extension().is_some_and(|ending| ending == ENDING);
    entries(folder).into_iter().filter(is_session).collect()
}

/// Where the numbers of kept states of a session in such a folder are.
pub fn states_of(file: &Path) -> PathBuf {
    file.with_file_name(STATES)
}

/// Takes away what is oldest of what has been put aside, but never the last, until all is small enough; and what is empty. `own`
/// is the folder of this window; those of other windows stay as they are.
pub fn prune(root: &Path, own: Option<&Path>) {
    let ended: Vec<Folder> = folders(root).into_iter().filter_map(|path| Folder::lock(path).ok()).collect();
    let is_ours = |file: &PathBuf| {
        let folder = file.parent();
        folder == own || ended.iter().any(|ended| Some(ended.path.as_path()) == folder)
    };
    let bytes = || ended.iter().map(|folder| folder.path.as_path()).chain(own).map(bytes_in).sum::<u64>();
    let files: Vec<PathBuf> = put_aside(root).into_iter().filter(is_ours).collect();
    for file in files.iter().take(files.len().saturating_sub(1)).take_while(|_| bytes() > MOST) {
        // What cannot be taken away stays.
        let _ = std::fs::remove_file(file);
        file.parent().into_iter().for_each(tidy);
    }
    for folder in ended.iter().filter(|folder| sessions(&folder.path).is_empty()) {
        let _ = std::fs::remove_dir_all(&folder.path);
    }
}

/// Takes away the numbers of states that no session of the folder needs. If it cannot be known what those need, all stay.
pub fn tidy(folder: &Path) {
    let names = |file: PathBuf| names_beside(File::open(file).ok()?).ok();
    let Some(needed) = sessions(folder).into_iter().map(names).collect::<Option<Vec<_>>>() else { return };
    let needed: BTreeSet<OsString> = needed.into_iter().flatten().map(OsString::from).collect();
    for file in entries(&folder.join(STATES)) {
        if file.file_name().is_some_and(|name| !needed.contains(name)) {
            let _ = std::fs::remove_file(file);
        }
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let length = |file: &PathBuf| std::fs::metadata(file).map_or(0, |about| about.len());
    sessions(folder).iter().chain(&entries(&folder.join(STATES))).map(length).sum()
}

/// Oldest first, for their names begin with the time.
fn folders(root: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = entries(root).into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Since 1970.
fn milliseconds() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis())
}

impl Folder {
    /// A new one.
    pub fn make(root: &Path) -> Result<Self, WriteError> {
        let now = milliseconds();
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
        // Whoever was writing there is no more.
        clear_unfinished(&path, &[""]);
        clear_unfinished(&path.join(STATES), &[""]);
        Ok(Self { path, _lock: lock })
    }

    pub fn session(&self) -> PathBuf {
        self.path.join(SESSION)
    }

    /// Where something is put aside now.
    pub fn aside(&self) -> PathBuf {
        let name = |time: u128| self.path.join(format!("{time:013}.{ENDING}"));
        (milliseconds()..).map(name).find(|file| !file.exists()).unwrap_or_default()
    }

    /// The session is not offered any more, but put aside.
    pub fn retire(&self) -> io::Result<()> {
        match std::fs::rename(self.session(), self.aside()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}
