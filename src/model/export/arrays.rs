//! Tensors in a safetensors file, and in numpy's archive.

use std::io::{Cursor, Write};

use safetensors::tensor::{Dtype, SafeTensorError, TensorView, serialize};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A tensor under PyTorch's name and in its order.
pub struct Array {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

pub fn safetensors(arrays: &[Array]) -> Result<Vec<u8>, SafeTensorError> {
    let bytes: Vec<Vec<u8>> = arrays.iter().map(|array| bytes(&array.values)).collect();
    let views = arrays
        .iter()
        .zip(&bytes)
        .map(|(array, bytes)| Ok((array.name.as_str(), TensorView::new(Dtype::F32, array.shape.clone(), bytes)?)));
    serialize(views.collect::<Result<Vec<_>, SafeTensorError>>()?, None)
}

/// What `numpy.savez` writes.
pub fn npz(arrays: &[Array]) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for array in arrays {
        zip.start_file(format!("{}.npy", array.name), stored)?;
        zip.write_all(&npy_header(&array.shape))?;
        zip.write_all(&bytes(&array.values))?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Of an array of single precision in C order, format 1.0; it ends at a multiple of 64 bytes.
fn npy_header(shape: &[usize]) -> Vec<u8> {
    let shape: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((length as u16).to_le_bytes());
    header.extend(format!("{text:<width$}\n", width = length - 1).into_bytes());
    header
}

pub fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}
