//! An ONNX file, and the numbers in it or in the file beside it.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use candle_core::DType;
use prost::Message;

use crate::model::import::state_dict::{numbers, open};
use crate::model::onnx_format::{
    BFLOAT16, DOUBLE, EXTERNAL, Entry, FLOAT, FLOAT16, Graph, INT32, INT64, Model, Tensor,
};

/// Numbers that do not depend on the images.
#[derive(Clone, Debug)]
pub enum Constant {
    Floats {
        shape: Vec<usize>,
        values: Vec<f32>,
    },
    /// −1 stands for the number of images.
    Ints(Vec<i64>),
}

/// A graph and where it was.
pub struct OnnxFile {
    pub graph: Graph,
    folder: PathBuf,
}

impl OnnxFile {
    pub fn read(path: &Path) -> Result<Self, String> {
        let (mut file, size) = open(path)?;
        let mut bytes = Vec::with_capacity(size as usize);
        file.read_to_end(&mut bytes).map_err(|e| format!("it cannot be read: {e}"))?;
        let model = Model::decode(&bytes[..])
            .map_err(|e| format!("not a whole ONNX file ({e}); it is cut short, damaged or of another format"))?;
        let graph = model.graph.ok_or("not an ONNX file: it holds no graph")?;
        Ok(Self { graph, folder: path.parent().unwrap_or(Path::new("")).to_owned() })
    }

    pub fn constant(&self, tensor: &Tensor) -> Result<Constant, String> {
        let name = &tensor.name;
        let damaged = || format!("tensor `{name}` has other numbers than its shape says; the file is damaged");
        let shape: Option<Vec<usize>> = tensor.dims.iter().map(|&side| usize::try_from(side).ok()).collect();
        let shape = shape.ok_or_else(damaged)?;
        let count = shape.iter().try_fold(1usize, |all, &side| all.checked_mul(side)).ok_or_else(damaged)?;
        let outside = if tensor.data_location == EXTERNAL { self.beside(tensor)? } else { Vec::new() };
        let raw = if outside.is_empty() { &tensor.raw_data } else { &outside };
        let floats = |kind: DType, stored: Vec<f32>| match raw.is_empty() {
            true => Ok(stored),
            false if raw.len() == count.saturating_mul(kind.size_in_bytes()) => {
                numbers(raw, kind).map_err(|_| damaged())
            }
            false => Err(damaged()),
        };
        let values = match tensor.data_type {
            FLOAT => floats(DType::F32, tensor.float_data.clone())?,
            DOUBLE => floats(DType::F64, tensor.double_data.iter().map(|&v| v as f32).collect())?,
            FLOAT16 => floats(DType::F16, Vec::new())?,
            BFLOAT16 => floats(DType::BF16, Vec::new())?,
            INT64 | INT32 => {
                let ints: Vec<i64> = match (raw.is_empty(), tensor.data_type) {
                    (true, INT64) => tensor.int64_data.clone(),
                    (true, _) => tensor.int32_data.iter().map(|&v| v.into()).collect(),
                    (false, INT64) => raw.as_chunks::<8>().0.iter().map(|&b| i64::from_le_bytes(b)).collect(),
                    (false, _) => raw.as_chunks::<4>().0.iter().map(|&b| i32::from_le_bytes(b).into()).collect(),
                };
                return if ints.len() == count { Ok(Constant::Ints(ints)) } else { Err(damaged()) };
            }
            other => {
                return Err(format!("tensor `{name}` is of the type {other}, and weights are floating-point numbers"));
            }
        };
        if let Some(value) = values.iter().find(|v| !v.is_finite()) {
            return Err(format!("tensor `{name}` holds {value}; the run that wrote it had diverged"));
        }
        if values.len() == count { Ok(Constant::Floats { shape, values }) } else { Err(damaged()) }
    }

    /// The bytes of a tensor in a file beside this one.
    fn beside(&self, tensor: &Tensor) -> Result<Vec<u8>, String> {
        let of =
            |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|Entry { value, .. }| value);
        let number = |key: &str| of(key).and_then(|text| text.parse::<u64>().ok());
        let name = of("location").ok_or_else(|| format!("tensor `{}` lacks the name of its file", tensor.name))?;
        if Path::new(name).file_name().is_none_or(|only| only != name.as_str()) {
            return Err(format!("its numbers are in `{name}`, which is not beside it; put both into one folder"));
        }
        let (mut file, _) = open(&self.folder.join(name)).map_err(|e| format!("its numbers are in `{name}`: {e}"))?;
        let failed = |e: std::io::Error| format!("its numbers are in `{name}`, which cannot be read: {e}");
        file.seek(SeekFrom::Start(number("offset").unwrap_or(0))).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(number("length").unwrap_or(u64::MAX)).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}
