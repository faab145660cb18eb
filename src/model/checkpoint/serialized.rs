//! A safetensors file in parts, so that it can be written without a second copy of its numbers: how long its header is, the
//! header, and one tensor after the other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use safetensors::tensor::{Dtype, Metadata, SafeTensorError, TensorInfo};

use super::header::LENGTH;

pub struct Serialized<'a> {
    header: Vec<u8>,
    tensors: Vec<Cow<'a, [u8]>>,
}

impl<'a> Serialized<'a> {
    /// Of 32-bit numbers, as names, shapes and bytes.
    pub fn new(
        mut tensors: Vec<(String, Vec<usize>, Cow<'a, [u8]>)>,
        about: HashMap<String, String>,
    ) -> Result<Self, SafeTensorError> {
        tensors.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let (mut entries, mut bytes, mut end) = (Vec::new(), Vec::new(), 0);
        for (name, shape, data) in tensors {
            let data_offsets = (end, end + data.len());
            end = data_offsets.1;
            entries.push((name, TensorInfo { dtype: Dtype::F32, shape, data_offsets }));
            bytes.push(data);
        }
        let mut header = serde_json::to_vec(&Metadata::new(Some(about), entries)?)?;
        // The numbers begin at a multiple of eight.
        header.resize(header.len().next_multiple_of(LENGTH), b' ');
        Ok(Self { header, tensors: bytes })
    }

    /// Bytes in all.
    pub fn size(&self) -> usize {
        LENGTH + self.header.len() + self.tensors.iter().map(|bytes| bytes.len()).sum::<usize>()
    }

    pub fn write(&self, mut file: impl Write) -> io::Result<()> {
        file.write_all(&(self.header.len() as u64).to_le_bytes())?;
        file.write_all(&self.header)?;
        self.tensors.iter().try_for_each(|bytes| file.write_all(bytes))
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let parts = self.tensors.iter().map(|bytes| &**bytes);
        let length = (self.header.len() as u64).to_le_bytes();
        [length.as_slice(), &self.header].into_iter().chain(parts).collect::<Vec<_>>().concat()
    }
}
