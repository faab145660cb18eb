//! Files that are either whole or not there: written beside their place, then renamed into it. Knows nothing of what is
//! in them.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Why something could not be written, in a sentence that names what the person named.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct WriteError {
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl WriteError {
    /// `path` could not be written for `reason`.
    pub fn new(path: &Path, reason: impl ToString) -> Self {
        Self { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The words of the program, for those of a library may name a temporary file.
    fn of(path: &Path, folder: &Path, error: &io::Error) -> Self {
        let (is_missing, in_the_way) = (!folder.exists(), existing(folder).display());
        let folder = folder.display();
        Self::new(
            path,
            match error.kind() {
                ErrorKind::NotFound if is_missing => {
                    format!("there is no folder {folder}; make it first, or choose another")
                }
                ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    format!("the folder {folder} may not be written to; choose another")
                }
                ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                    format!("{in_the_way} is a file, not a folder; choose a folder")
                }
                ErrorKind::IsADirectory => "a folder has this name; choose another name".to_owned(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    format!("no room is left in the folder {folder}; make room, or choose another")
                }
                ErrorKind::InvalidFilename => "the name is too long or not allowed here; choose another".to_owned(),
                kind => format!("{kind} in the folder {folder}; choose another"),
            },
        )
    }
}

/// Writes `bytes` to `path`; on failure what was there before is still there, and nothing else is.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let folder = folder_of(path)?;
    let failed = |error: &io::Error| WriteError::of(path, folder, error);
    let mut beside = beside(folder).map_err(|e| failed(&e))?;
    beside.write_all(bytes).map_err(|e| failed(&e))?;
    beside.as_file().sync_all().map_err(|e| failed(&e))?;
    beside.persist(path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// Finds out, before the work, whether `path` can be written.
pub fn check_file(path: &Path) -> Result<(), WriteError> {
    let folder = folder_of(path)?;
    beside(folder).map_err(|e| WriteError::of(path, folder, &e))?;
    Ok(())
}

/// Makes `folder` and those above it, and finds out whether it can be written to.
pub fn make_folder(folder: &Path) -> Result<(), WriteError> {
    std::fs::create_dir_all(folder).map_err(|e| WriteError::of(folder, existing(folder), &e))?;
    beside(folder).map_err(|e| WriteError::of(folder, folder, &e))?;
    Ok(())
}

/// `path` itself if it exists, or else what exists of the folders above it.
fn existing(path: &Path) -> &Path {
    let is_there = |above: &&Path| !above.as_os_str().is_empty() && above.exists();
    path.ancestors().find(is_there).unwrap_or(Path::new("."))
}

/// The folder that the file `path` is to lie in.
fn folder_of(path: &Path) -> Result<&Path, WriteError> {
    if path.is_dir() {
        return Err(WriteError::new(path, "it is a folder; name a file in it"));
    }
    Ok(match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    })
}

#[cfg(unix)]
fn beside(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // The default is 0600; a result is meant to be shared, as far as the person's umask allows.
    tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o666)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn beside(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(folder)
}
