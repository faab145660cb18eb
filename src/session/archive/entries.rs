//! The entries of a zip, each read and written whole.

use std::io::{self, Read, Seek, SeekFrom, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::ArchiveError;
use crate::model::Serialized;

/// Bytes that all entries may unpack to: so many for each byte of the file, and so many more. Numbers in bulk are as long as
/// they are in the file; only what is in JSON becomes shorter by compression.
const MOST: [u64; 2] = [64, 64 << 20];

pub struct Packer<W: Write + Seek>(ZipWriter<W>);

impl<W: Write + Seek> Packer<W> {
    pub fn new(file: W) -> Self {
        Self(ZipWriter::new(file))
    }

    /// What hardly becomes smaller by compression.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.start(name, bytes.len(), CompressionMethod::Stored)?;
        Ok(self.0.write_all(bytes)?)
    }

    pub fn numbers(&mut self, name: &str, numbers: &Serialized) -> Result<(), ArchiveError> {
        self.start(name, numbers.size(), CompressionMethod::Stored)?;
        Ok(numbers.write(&mut self.0)?)
    }

    pub fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), ArchiveError> {
        let text = serde_json::to_vec(value).map_err(|error| ArchiveError::Unwritable(error.to_string()))?;
        self.start(name, text.len(), CompressionMethod::Deflated)?;
        Ok(self.0.write_all(&text)?)
    }

    /// An entry of so many bytes.
    fn start(&mut self, name: &str, len: usize, method: CompressionMethod) -> Result<(), ArchiveError> {
        let options = SimpleFileOptions::default().compression_method(method).large_file(len > u32::MAX as usize);
        self.0.start_file(name, options).map_err(failed)
    }

    pub fn finish(self) -> Result<(), ArchiveError> {
        self.0.finish().map_err(failed)?;
        Ok(())
    }
}

fn failed(error: ZipError) -> ArchiveError {
    io::Error::from(error).into()
}

pub struct Entries<R> {
    zip: ZipArchive<R>,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl<R: Read + Seek> Entries<R> {
    pub fn open(mut file: R) -> Result<Self, ArchiveError> {
        let damaged = |error: &dyn std::error::Error| ArchiveError::Damaged(error.to_string());
        let length = file.seek(SeekFrom::End(0)).map_err(|error| damaged(&error))?;
        let zip = ZipArchive::new(file).map_err(|error| damaged(&error))?;
        let [each, more] = MOST;
        Ok(Self { zip, left: length.saturating_mul(each).saturating_add(more) })
    }

    /// An entry, whose checksum is checked.
    pub fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let part = |what: String| ArchiveError::Part { part: name.to_owned(), what };
        let entry = self.zip.by_name(name).map_err(|error| part(error.to_string()))?;
        let mut bytes = Vec::new();
        let read = entry.take(self.left.saturating_add(1)).read_to_end(&mut bytes);
        let read = read.map_err(|error| part(error.to_string()))? as u64;
        self.left = self
            .left
            .checked_sub(read)
            .ok_or_else(|| part("it unpacks to more than a session of this length holds".to_owned()))?;
        Ok(bytes)
    }

    pub fn json<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, ArchiveError> {
        let wrong = |error: serde_json::Error| ArchiveError::Part { part: name.to_owned(), what: error.to_string() };
        serde_json::from_slice(&self.bytes(name)?).map_err(wrong)
    }
}
