//! Sessions to files and back: one of the person's holds everything; those that are kept by themselves have their kept states
//! beside them, each of which is written once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{prune, states_of, tidy};
use super::picture::picture;
use crate::engine::{Kept, RunId};
use crate::files::{clear_unfinished, make_folder, write_whole_with};
use crate::session::archive::{About, Archive, ArchiveError, Made, write_numbers};

/// What a session is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The person's own file; another one that is there is replaced or not.
    File { replace: bool },
    /// To be offered at the next start.
    Autosave,
    /// To be brought back after others have taken the place of its runs.
    Aside,
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

/// A session that was kept, or why there is none, in a sentence.
pub fn read(file: &Path) -> Result<Archive, String> {
    let failed = |why: String| format!("{} cannot be opened: {why}.", file.display());
    let open = |file: &Path| File::open(file).map(BufReader::new);
    let session = open(file).map_err(|error| failed(error.to_string()))?;
    let states = states_of(file);
    let archive = Archive::read_beside(session, |name| open(&states.join(name)));
    archive.map_err(|error| failed(error.to_string()))
}

/// Writes it, and gives the step of each run; nothing if another file is there that is not to be replaced. Why not, in a sentence.
pub fn save(write: Write) -> Result<Option<BTreeMap<RunId, u64>>, String> {
    let Write { purpose, file, about, mut made, kept, colors } = write;
    let is_own = matches!(purpose, Purpose::File { .. });
    if purpose == (Purpose::File { replace: false }) && file.exists() {
        return Ok(None);
    }
    let steps: BTreeMap<RunId, u64> =
        kept.runs.iter().map(|run| (run.id, run.newest.checkpoint.progress.step)).collect();
    if is_own {
        made.saved = steps.clone();
    }
    let picture = picture(&kept, &made.document, &colors);
    let archive = Archive { about, made, kept, picture, missing: 0 };
    let written = if is_own { save_whole(&archive, &file) } else { save_beside(&archive, &file) };
    written.map_err(|why| format!("The session was not saved: {why}."))?;
    if let (Purpose::Aside, Some(own)) = (purpose, file.parent()) {
        own.parent().into_iter().for_each(|root| prune(root, Some(own)));
    }
    Ok(Some(steps))
}

fn save_whole(archive: &Archive, file: &Path) -> Result<(), String> {
    put(file, |file| archive.write(file))
}

/// What the session needs is there before it is, and what no session needs any more goes afterwards.
fn save_beside(archive: &Archive, file: &Path) -> Result<(), String> {
    let session = archive.beside().map_err(|error| error.to_string())?;
    let folder = states_of(file);
    make_folder(&folder).map_err(|error| error.to_string())?;
    for (name, state) in &session.states {
        let file = folder.join(name);
        if !file.exists() {
            put(&file, |file| write_numbers(file, state))?;
        }
    }
    put(file, |file| session.write(file))?;
    file.parent().into_iter().for_each(tidy);
    Ok(())
}

fn put(path: &Path, write: impl FnOnce(&mut File) -> Result<(), ArchiveError>) -> Result<(), String> {
    if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
        clear_unfinished(folder, &[&name.to_string_lossy()]);
    }
    let written = write_whole_with(path, |file| {
        write(file).map_err(|error| match error {
            ArchiveError::File(error) => error,
            other => io::Error::other(other),
        })
    });
    written.map_err(|error| error.to_string())
}
