//! Files that are either whole or not there: written beside their place, then renamed into it; and folders that only one
//! writes to at a time. Knows nothing of what is in them.

mod lock;

pub use lock::FolderLock;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How the name of a file that is not whole yet begins, before the name that it is to get, and ends.
const BEFORE: &str = ".";
const AFTER: &str = ".part";
/// What a file would be called by which it is found out whether a folder can be written to.
const TRIAL: &str = "folder";
/// Characters of that name, which may itself be as long as names can be.
const SHOWN: usize = 40;
/// Links that lead to links are followed so far.
const MOST_LINKS: usize = 40;

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
                // It says itself what is wrong.
                _ if error.get_ref().is_some() => error.to_string(),
                kind => format!("{kind} in the folder {folder}; choose another"),
            },
        )
    }
}

/// Writes `bytes` to `path`; on failure what was there before is still there, and nothing else is. A link stays, and what it
/// leads to is written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_whole_with(path, |file| file.write_all(bytes))
}

/// The same of what `write` writes.
pub fn write_whole_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), WriteError> {
    let staged = Staged::new(path, write)?;
    let folder = staged.folder.clone();
    staged.put()?;
    sync_folder(&folder);
    Ok(())
}

/// Writes what a file is to hold.
pub type Contents<'a> = &'a dyn Fn(&mut File) -> io::Result<()>;

/// Writes several files of one folder: all of them are written before the first takes its place, so that a full disk leaves
/// all as they were. They take their places one right after the other, in this order.
pub fn write_together(files: &[(&Path, Contents)]) -> Result<(), WriteError> {
    let staged = files.iter().map(|(path, contents)| Staged::new(path, contents)).collect::<Result<Vec<_>, _>>()?;
    let folders: Vec<PathBuf> = staged.iter().map(|file| file.folder.clone()).collect();
    staged.into_iter().try_for_each(Staged::put)?;
    folders.iter().for_each(|folder| sync_folder(folder));
    Ok(())
}

/// Writes what took long to make. If it cannot be written there any more, it lies in the folder for temporary files, and the
/// error says under which name.
pub fn write_or_spare(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write_whole(path, bytes).map_err(|error| match spare(path, bytes) {
        Ok(file) => WriteError::new(path, format!("{}; what was to be written is in {}", error.reason, file.display())),
        Err(_) => error,
    })
}

fn spare(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let part =
        |name: Option<&std::ffi::OsStr>| name.unwrap_or_default().to_string_lossy().chars().take(SHOWN).collect();
    let (stem, ending): (String, String) = (part(path.file_stem()), part(path.extension()));
    let mut file = tempfile::Builder::new().prefix(&format!("{stem}.")).suffix(&format!(".{ending}")).tempfile()?;
    file.write_all(bytes)?;
    let (_, file) = file.keep().map_err(|error| error.error)?;
    Ok(file)
}

/// A file that is whole, beside its place.
struct Staged<'a> {
    /// As the person named it.
    path: &'a Path,
    /// Where links from there lead.
    target: PathBuf,
    folder: PathBuf,
    file: NamedTempFile,
}

impl<'a> Staged<'a> {
    fn new(path: &'a Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<Self, WriteError> {
        let target = target_of(path)?;
        let folder = folder_of(path, &target)?.to_owned();
        let written = beside(&folder, &target).and_then(|mut file| {
            write(file.as_file_mut())?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        let file = written.map_err(|error| WriteError::of(path, &folder, &error))?;
        Ok(Self { path, target, folder, file })
    }

    fn put(self) -> Result<(), WriteError> {
        let put = self.file.persist(&self.target);
        put.map(drop).map_err(|error| WriteError::of(self.path, &self.folder, &error.error))
    }
}

/// Finds out, before the work, whether `path` can be written.
pub fn check_file(path: &Path) -> Result<(), WriteError> {
    let target = target_of(path)?;
    let folder = folder_of(path, &target)?;
    beside(folder, &target).map_err(|e| WriteError::of(path, folder, &e))?;
    Ok(())
}

/// Takes away what writers of these files of `folder`, who are no more, have left beside them, and who tried to write there.
pub fn clear_unfinished(folder: &Path, names: &[&str]) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_of = |of: &&str| name.strip_prefix(BEFORE).is_some_and(|rest| rest.starts_with(*of));
        if name.ends_with(AFTER) && names.iter().chain([&TRIAL]).any(is_of) {
            // What cannot be taken away is in no one's way.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Makes `folder` and those above it, and finds out whether it can be written to.
pub fn make_folder(folder: &Path) -> Result<(), WriteError> {
    std::fs::create_dir_all(folder).map_err(|e| WriteError::of(folder, existing(folder), &e))?;
    beside(folder, Path::new(TRIAL)).map_err(|e| WriteError::of(folder, folder, &e))?;
    Ok(())
}

/// `path` itself if it exists, or else what exists of the folders above it.
fn existing(path: &Path) -> &Path {
    let is_there = |above: &&Path| !above.as_os_str().is_empty() && above.exists();
    path.ancestors().find(is_there).unwrap_or(Path::new("."))
}

/// The file that `path` leads to, which need not be there. What is there and no file is not to be replaced.
fn target_of(path: &Path) -> Result<PathBuf, WriteError> {
    match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => return Err(WriteError::new(path, "it is a folder; name a file in it")),
        Ok(about) if !about.is_file() => {
            return Err(WriteError::new(path, "it is a pipe or a device, not a file; name a file"));
        }
        _ => {}
    }
    let mut target = Cow::Borrowed(path);
    for _ in 0..MOST_LINKS {
        let Ok(leads_to) = std::fs::read_link(&target) else { return Ok(target.into_owned()) };
        target = target.parent().unwrap_or(Path::new("")).join(leads_to).into();
    }
    Err(WriteError::new(path, "it is a link that leads to itself; name a file"))
}

/// The folder that `target` is to lie in.
fn folder_of<'a>(path: &Path, target: &'a Path) -> Result<&'a Path, WriteError> {
    match target.parent() {
        _ if target.file_name().is_none() => Err(WriteError::new(path, "it is a folder; name a file in it")),
        Some(parent) if !parent.as_os_str().is_empty() => Ok(parent),
        _ => Ok(Path::new(".")),
    }
}

/// A new file beside `target`, which is gone again when it is dropped.
fn beside(folder: &Path, target: &Path) -> io::Result<NamedTempFile> {
    let name: String = target.file_name().unwrap_or_default().to_string_lossy().chars().take(SHOWN).collect();
    let prefix = format!("{BEFORE}{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(AFTER);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The default is 0600; a result is meant to be shared, as far as the person's umask allows.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Has a rename outlast a power failure. Not every file system can; the files are whole without it.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}
