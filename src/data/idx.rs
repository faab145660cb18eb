//! The IDX format of MNIST: a big-endian header (two zero bytes, the element type, the number of dimensions, each
//! dimension), then the elements. Source: <http://yann.lecun.com/exdb/mnist/>, "file formats for the MNIST database".

use std::io::{BufReader, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

use super::DataError;
use crate::config::Memory;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const UNSIGNED_BYTE: u8 = 0x08;

/// An array of unsigned bytes of any number of dimensions.
#[derive(Debug)]
pub struct Idx {
    pub dims: Vec<usize>,
    pub bytes: Vec<u8>,
}

/// Reads an array of `dimensions` dimensions of unsigned bytes, plain or gzip; `file` names the source in errors, whose
/// offsets count decompressed bytes. The header is checked against the data, never trusted for an allocation.
pub fn read_idx(file: &str, source: impl Read, dimensions: usize, memory: Memory) -> Result<Idx, DataError> {
    let mut source = BufReader::new(source);
    let mut start = Vec::with_capacity(2);
    source.by_ref().take(2).read_to_end(&mut start).map_err(|e| wrong(file, 0, e.to_string()))?;
    let gzip = start == GZIP_MAGIC;
    let whole = std::io::Cursor::new(start).chain(source);
    if gzip {
        read_plain(file, MultiGzDecoder::new(whole), dimensions, memory)
    } else {
        read_plain(file, whole, dimensions, memory)
    }
}

fn read_plain(file: &str, mut source: impl Read, dimensions: usize, memory: Memory) -> Result<Idx, DataError> {
    let header = read_up_to(file, &mut source, 0, 4 + 4 * dimensions as u64)?;
    let header_len = header.len() as u64;
    let magic = [0, 0, UNSIGNED_BYTE, dimensions as u8];
    if header.len() < 4 || header[..4] != magic {
        let what = format!(
            "expected the magic number {} of an IDX file of bytes in {dimensions} dimensions, found {}",
            hex(&magic),
            hex(&header[..header.len().min(4)])
        );
        return Err(wrong(file, 0, what));
    }
    if header.len() < 4 + 4 * dimensions {
        return Err(wrong(
            file,
            header_len,
            format!("the file ends inside its header of {} bytes", 4 + 4 * dimensions),
        ));
    }
    let dims: Vec<usize> =
        header[4..].chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
    let declared = dims.iter().try_fold(1u64, |product, &d| product.checked_mul(d as u64));
    let Some(declared) = declared.filter(|&n| n <= memory.of_images()) else {
        let what = format!("the header declares {dims:?} elements, more bytes than half of the {memory} allowed");
        return Err(wrong(file, 4, what));
    };
    let mut bytes = read_up_to(file, &mut source, header_len, declared + 1)?;
    let read = bytes.len() as u64;
    if read < declared {
        let what = format!("the file ends {} bytes early: its header declares {dims:?} elements", declared - read);
        return Err(wrong(file, header_len + read, what));
    }
    if read > declared {
        let what = format!("the file goes on after the {dims:?} elements that its header declares");
        return Err(wrong(file, header_len + declared, what));
    }
    bytes.shrink_to_fit();
    Ok(Idx { dims, bytes })
}

/// At most `limit` bytes; the buffer grows with what arrives.
fn read_up_to(file: &str, source: &mut impl Read, offset: u64, limit: u64) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    match source.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(e) => {
            let what = match e.kind() {
                ErrorKind::UnexpectedEof => "the compressed data ends early".to_owned(),
                _ => format!("cannot be read or decompressed ({e})"),
            };
            Err(wrong(file, offset + bytes.len() as u64, what))
        }
    }
}

fn wrong(file: &str, offset: u64, what: String) -> DataError {
    DataError::Idx { file: file.to_owned(), offset, what }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}
