//! The entries of a zip, each read and written whole.

use std::io::{Cursor, Read, Seek, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::ArchiveError;

/// Bytes of an entry at most, whatever it unpacks to.
const MOST: u64 = 4 << 30;

pub struct Packer(ZipWriter<Cursor<Vec<u8>>>);

impl Default for Packer {
    fn default() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }
}

impl Packer {
    /// Numbers hardly become smaller by compression.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.entry(name, bytes, CompressionMethod::Stored)
    }

    pub fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), ArchiveError> {
        let text = serde_json::to_vec(value).map_err(unwritable)?;
        self.entry(name, &text, CompressionMethod::Deflated)
    }

    fn entry(&mut self, name: &str, bytes: &[u8], method: CompressionMethod) -> Result<(), ArchiveError> {
        let options =
            SimpleFileOptions::default().compression_method(method).large_file(bytes.len() > u32::MAX as usize);
        self.0.start_file(name, options).map_err(unwritable)?;
        self.0.write_all(bytes).map_err(unwritable)
    }

    pub fn finish(self) -> Result<Vec<u8>, ArchiveError> {
        Ok(self.0.finish().map_err(unwritable)?.into_inner())
    }
}

fn unwritable(error: impl ToString) -> ArchiveError {
    ArchiveError::Unwritable(error.to_string())
}

pub struct Entries<R>(ZipArchive<R>);

impl<R: Read + Seek> Entries<R> {
    pub fn open(file: R) -> Result<Self, ArchiveError> {
        ZipArchive::new(file).map(Self).map_err(|error| ArchiveError::Damaged(error.to_string()))
    }

    /// An entry, whose checksum is checked.
    pub fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let part = |what: String| ArchiveError::Part { part: name.to_owned(), what };
        let entry = self.0.by_name(name).map_err(|error| part(error.to_string()))?;
        let mut bytes = Vec::new();
        let read = entry.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| part(error.to_string()))?;
        if read as u64 > MOST { Err(part("it is too large".to_owned())) } else { Ok(bytes) }
    }

    pub fn json<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, ArchiveError> {
        let wrong = |error: serde_json::Error| ArchiveError::Part { part: name.to_owned(), what: error.to_string() };
        serde_json::from_slice(&self.bytes(name)?).map_err(wrong)
    }
}
