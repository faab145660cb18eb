//! A folder of images in one file: zip, tar or tar.gz. Nothing of it is written anywhere, but a tar.gz, which can only be
//! read from its start, to a file without a name.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use rayon::prelude::*;
use zip::ZipArchive;

use super::DataError;
use super::folder::read_up_to;
use super::picture_files::{Files, Listing, MOST_ENCODED, is_hidden};
use crate::progress::Progress;

/// Bytes that a tar.gz may become at most.
const MOST_UNPACKED: u64 = 8 << 30;
/// Bytes, or entries, between two reports of the search.
const BLOCK: u64 = 16 << 20;
const REPORT: usize = 1_000;

/// Each file of an archive, in the order of its listing.
pub enum Archive {
    Zip { archive: ZipArchive<BufReader<File>>, indices: Vec<usize> },
    Tar { file: File, places: Vec<(u64, u64)> },
}

impl Archive {
    pub fn zip(path: &Path, progress: &Progress) -> Result<(Self, Listing), DataError> {
        let mut archive = open_zip(path)?;
        let (mut listing, mut indices) = (Listing::default(), Vec::new());
        for index in 0..archive.len() {
            if index % REPORT == 0 {
                progress.at(0.0)?;
            }
            let entry = match archive.by_index_raw(index) {
                Ok(entry) => entry,
                Err(error) => {
                    listing.left_out.push(format!("entry {index}"), error.to_string());
                    continue;
                }
            };
            // A name that is no text is none of a picture that a person could look for.
            let Ok(name) = entry.name() else { continue };
            if entry.is_file() && take(&mut listing, &name, entry.size()) {
                indices.push(index);
            }
        }
        Ok((Self::Zip { archive, indices }, listing))
    }

    pub fn tar(path: &Path, is_compressed: bool, progress: &Progress) -> Result<(Self, Listing), DataError> {
        let damaged = |e: std::io::Error| DataError::File { file: path.display().to_string(), what: e.to_string() };
        let opened = File::open(path).map_err(|error| DataError::Read { path: path.to_owned(), error })?;
        let mut file = if is_compressed { unpacked(path, opened, progress)? } else { opened };
        let (mut listing, mut places) = (Listing::default(), Vec::new());
        let mut archive = tar::Archive::new(BufReader::new(file.try_clone().map_err(damaged)?));
        for (index, entry) in archive.entries_with_seek().map_err(damaged)?.enumerate() {
            if index % REPORT == 0 {
                progress.at(0.5)?;
            }
            let entry = entry.map_err(damaged)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if entry.header().entry_type().is_file() && take(&mut listing, &name, entry.size()) {
                places.push((entry.raw_file_position(), entry.size()));
            }
        }
        file.rewind().map_err(damaged)?;
        Ok((Self::Tar { file, places }, listing))
    }

    fn bytes(&mut self, index: usize) -> Result<Vec<u8>, String> {
        match self {
            Self::Zip { archive, indices } => {
                let entry = archive.by_index(indices[index]).map_err(|e| e.to_string())?;
                read_up_to(entry, MOST_ENCODED)
            }
            Self::Tar { file, places } => {
                let (start, len) = places[index];
                file.seek(SeekFrom::Start(start)).map_err(|e| e.to_string())?;
                read_up_to(file.take(len), MOST_ENCODED)
            }
        }
    }
}

impl Files for Archive {
    fn form(&self) -> &'static str {
        match self {
            Self::Zip { .. } => "a zip of images",
            Self::Tar { .. } => "a tar of images",
        }
    }

    fn each<T: Send>(&mut self, indices: &[usize], then: impl Fn(Result<Vec<u8>, String>) -> T + Sync) -> Vec<T> {
        let all: Vec<_> = indices.iter().map(|&index| self.bytes(index)).collect();
        all.into_par_iter().map(&then).collect()
    }
}

pub fn open_zip(path: &Path) -> Result<ZipArchive<BufReader<File>>, DataError> {
    let file = File::open(path).map_err(|error| DataError::Read { path: path.to_owned(), error })?;
    let damaged = |e: zip::result::ZipError| DataError::File { file: path.display().to_string(), what: e.to_string() };
    ZipArchive::new(BufReader::new(file)).map_err(damaged)
}

/// Whether an entry of this name was taken in.
fn take(listing: &mut Listing, name: &str, bytes: u64) -> bool {
    let parts: Vec<&str> = name.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.iter().any(|part| is_hidden(part)) {
        return false;
    }
    let known = listing.files.len();
    listing.take(parts.join("/"), bytes);
    listing.files.len() > known
}

/// What a gzip file holds, in a file without a name.
fn unpacked(path: &Path, packed: File, progress: &Progress) -> Result<File, DataError> {
    let damaged = |e: std::io::Error| DataError::File {
        file: path.display().to_string(),
        what: format!("cannot be unpacked ({e})"),
    };
    let len = packed.metadata().map_err(damaged)?.len().max(1);
    let mut unpacked = tempfile::tempfile().map_err(damaged)?;
    let mut source = MultiGzDecoder::new(packed);
    let mut written = 0;
    loop {
        let read = source.get_mut().stream_position().map_err(damaged)?;
        progress.at(0.5 * (read as f64 / len as f64).min(1.0))?;
        let block = std::io::copy(&mut source.by_ref().take(BLOCK), &mut unpacked).map_err(damaged)?;
        written += block;
        if written > MOST_UNPACKED {
            let what = format!("unpacks to more than {} GiB; unpack it and name the folder", MOST_UNPACKED >> 30);
            return Err(DataError::File { file: path.display().to_string(), what });
        }
        if block < BLOCK {
            break;
        }
    }
    unpacked.rewind().map_err(damaged)?;
    Ok(unpacked)
}
