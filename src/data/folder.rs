//! A folder of images.

use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::DataError;
use super::picture_files::{Files, Listing, MOST_ENCODED, is_hidden};
use crate::progress::Progress;

/// Entries between two reports of the search.
const REPORT: usize = 1_000;

/// The files of a folder.
pub struct Folder {
    paths: Vec<PathBuf>,
}

impl Folder {
    /// Searches `root` and all below it, through links too, but not in circles.
    pub fn search(root: &Path, progress: &Progress) -> Result<(Self, Listing), DataError> {
        let (mut listing, mut paths) = (Listing::default(), Vec::new());
        let wanted = |entry: &walkdir::DirEntry| entry.depth() == 0 || !is_hidden(&entry.file_name().to_string_lossy());
        for (i, entry) in WalkDir::new(root).follow_links(true).into_iter().filter_entry(wanted).enumerate() {
            if i % REPORT == 0 {
                progress.at(0.0)?;
            }
            let relative = |path: &Path| {
                let parts = path.strip_prefix(root).unwrap_or(path).components();
                parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
            };
            match entry {
                Ok(entry) if entry.depth() == 0 || entry.file_type().is_dir() => {}
                Ok(entry) => {
                    let is_file = entry.file_type().is_file();
                    let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
                    let known = listing.files.len();
                    if is_file {
                        listing.take(relative(entry.path()), bytes);
                    }
                    if listing.files.len() > known {
                        paths.push(entry.into_path());
                    }
                }
                Err(error) if error.depth() == 0 => {
                    return Err(DataError::Read { path: root.to_owned(), error: error.into() });
                }
                Err(error) => {
                    let path = error.path().map_or_else(String::new, relative);
                    let why = match error.loop_ancestor() {
                        Some(_) => "a link to a folder that it lies in".to_owned(),
                        None => error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
                    };
                    listing.left_out.push(path, why);
                }
            }
        }
        Ok((Self { paths }, listing))
    }
}

impl Files for Folder {
    fn form(&self) -> &'static str {
        "a folder of images"
    }

    fn each<T: Send>(&mut self, indices: &[usize], then: impl Fn(Result<Vec<u8>, String>) -> T + Sync) -> Vec<T> {
        indices.par_iter().map(|&i| then(whole(&self.paths[i]))).collect()
    }
}

fn whole(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    read_up_to(file, MOST_ENCODED)
}

/// All that `source` gives, unless that is more than `most` bytes.
pub fn read_up_to(source: impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    match bytes.len() as u64 > most {
        true => Err(format!("has more than the {} MiB that are read of a file", most >> 20)),
        false => Ok(bytes),
    }
}
