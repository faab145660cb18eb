//! The tensors of a safetensors file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, SafeTensors};

use super::found::Found;

/// Bytes of a file at most.
const LARGEST: u64 = 1 << 30;
/// Bytes of the header of a safetensors file that are looked at for our configuration.
const HEADER: u64 = 16 << 20;

/// Opens a file that is not larger than a model may be, and says how large it is.
pub fn open(path: &Path) -> Result<(File, u64), String> {
    let read = |path: &Path| {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    };
    let (file, size) = read(path).map_err(|e: std::io::Error| format!("it cannot be read: {e}"))?;
    if size > LARGEST {
        return Err(format!("its {size} bytes are more than a model of ours may have; name a file of weights alone"));
    }
    Ok((file, size))
}

/// Whether the header of a safetensors file lacks our configuration. Of a damaged file nothing is known.
pub fn is_safetensors_of_others(path: &Path) -> bool {
    let header = || -> Option<Vec<u8>> {
        let (mut file, mut length) = (File::open(path).ok()?, [0; 8]);
        file.read_exact(&mut length).ok()?;
        let mut header = Vec::new();
        file.take(u64::from_le_bytes(length).min(HEADER)).read_to_end(&mut header).ok()?;
        Some(header)
    };
    let header: Option<serde_json::Value> = header().and_then(|header| serde_json::from_slice(&header).ok());
    // By what ours says and not by its key, for a key may be damaged.
    let is_ours = |text: &serde_json::Value| text.as_str().is_some_and(|text| text.contains("\"progress\""));
    header.is_some_and(|header| !header["__metadata__"].as_object().is_some_and(|all| all.values().any(is_ours)))
}

pub fn safetensors(path: &Path) -> Result<Vec<Found>, String> {
    let (mut file, size) = open(path)?;
    let mut bytes = Vec::with_capacity(size as usize);
    file.read_to_end(&mut bytes).map_err(|e| format!("it cannot be read: {e}"))?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| format!("not a whole safetensors file ({e}); it is cut short, damaged or of another format"))?;
    let mut all = Vec::new();
    for (name, tensor) in file.tensors() {
        let kind = match tensor.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::F64 => DType::F64,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            // Counters, as of batch normalisation.
            Dtype::I64 => DType::I64,
            other => return Err(format!("tensor `{name}` is of {other:?}, and weights are floating-point numbers")),
        };
        let values =
            numbers(tensor.data(), kind).map_err(|_| format!("tensor `{name}` cannot be read; the file is damaged"))?;
        all.push(Found { name, shape: tensor.shape().to_vec(), values });
    }
    Ok(all)
}

/// Little-endian numbers of this kind in single precision.
pub fn numbers(bytes: &[u8], kind: DType) -> candle_core::Result<Vec<f32>> {
    let count = bytes.len() / kind.size_in_bytes();
    if count == 0 {
        return Ok(Vec::new());
    }
    Tensor::from_raw_buffer(bytes, kind, &[count], &Device::Cpu)?.to_dtype(DType::F32)?.to_vec1()
}
