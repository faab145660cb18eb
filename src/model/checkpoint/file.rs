//! A checkpoint as the bytes of a safetensors file under PyTorch's names and layout, and back.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use safetensors::tensor::SafeTensors;
use serde_json::Value;

use super::header::{
    CONFIG_KEY, Config, Header, LENGTH, MEAN_OF_GRADIENTS, MEAN_OF_SQUARES, announced, damaged, in_the_network, written,
};
use super::{Checkpoint, Moments, Serialized};
use crate::files::{WriteError, write_whole_with};
use crate::model::parameters::{layout, named};
use crate::model::{Compute, ModelError, Plane, refit};

impl Checkpoint {
    /// Its file: weights, configuration and, if it has them, the moments of the optimiser. The plane is not in it. The same
    /// checkpoint gives the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        Ok(self.serialized(None)?.to_bytes())
    }

    /// The same, yet to be written, with something that belongs to it, under the same checksum.
    pub fn serialized(&self, attached: Option<Value>) -> Result<Serialized<'_>, ModelError> {
        let mut tensors = written(&self.model, named(&self.model, &self.parameters));
        if let Some(moments) = &self.moments {
            for (name, values) in [(MEAN_OF_GRADIENTS, &moments.mean), (MEAN_OF_SQUARES, &moments.square)] {
                tensors.push((name.to_owned(), vec![values.len()], values));
            }
        }
        let config = Config {
            model: self.model.clone(),
            progress: self.progress.clone(),
            left_out: self.noise_variance().map(|at| self.parameters[at]),
            optimiser_steps: self.moments.as_ref().map(|moments| moments.steps),
            attached,
        };
        let c = self.model.likelihood.c().unwrap_or_default() as f32;
        let bytes = |(name, shape, values): (String, Vec<usize>, _)| {
            // The variance that the model computes with, be it learned or given.
            let bytes =
                if name == "noise_variance" { Cow::Owned(c.to_le_bytes().to_vec()) } else { little_endian(values) };
            (name, shape, bytes)
        };
        let tensors: Vec<_> = tensors.into_iter().map(bytes).collect();
        let numbers = tensors.iter().map(|(name, _, bytes)| (name.as_str(), &**bytes));
        let config = config.written(|text| checksum(text, numbers.collect())).map_err(unwritable)?;
        // One key: with more, their order and so the bytes of the file would be another every time.
        Serialized::new(tensors, HashMap::from([(CONFIG_KEY.to_owned(), config)])).map_err(unwritable)
    }

    /// Reads and checks what `to_bytes` or PyTorch wrote: configuration, every name and shape, every number, the checksum.
    /// Errors call it `file`.
    pub fn from_bytes(bytes: &[u8], file: &str) -> Result<Self, ModelError> {
        Ok(Self::from_bytes_with(bytes, file)?.0)
    }

    /// The same with what was written with it.
    pub fn from_bytes_with(bytes: &[u8], file: &str) -> Result<(Self, Option<Value>), ModelError> {
        let wrong = |what: String| ModelError::Checkpoint { file: file.to_owned(), what };
        let len = bytes.len() as u64;
        let first = *bytes.first_chunk().ok_or_else(|| wrong(damaged(&format!("it has {len} bytes"))))?;
        let end = LENGTH + announced(first, len).map_err(wrong)? as usize;
        let header = Header::read(&bytes[LENGTH..end], len).map_err(wrong)?;
        Self::of(header, bytes, wrong)
    }

    /// Writes the file whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), WriteError> {
        let serialized = self.serialized(None).map_err(|error| WriteError::new(path, error))?;
        write_whole_with(path, |file| serialized.write(file))
    }

    /// Reads and checks a file. Its header is checked before the rest is read.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        Ok(Self::load_with(path)?.0)
    }

    /// The same with what was written with it.
    pub fn load_with(path: &Path) -> Result<(Self, Option<Value>), ModelError> {
        let wrong = |what: String| ModelError::Checkpoint { file: path.display().to_string(), what };
        let failed = |error| ModelError::Read { path: path.to_owned(), error };
        let about = std::fs::metadata(path).map_err(failed)?;
        if !about.is_file() {
            return Err(wrong("a folder, a pipe or a device, not a file".to_owned()));
        }
        let (mut source, len) = (File::open(path).map_err(failed)?, about.len());
        let mut bytes = Vec::new();
        source.by_ref().take(LENGTH as u64).read_to_end(&mut bytes).map_err(failed)?;
        let first = *bytes.first_chunk().ok_or_else(|| wrong(damaged(&format!("it has {len} bytes"))))?;
        let announced = announced(first, len).map_err(wrong)?;
        source.by_ref().take(announced).read_to_end(&mut bytes).map_err(failed)?;
        Header::read(&bytes[LENGTH..], len).map_err(wrong)?;
        source.take(len).read_to_end(&mut bytes).map_err(failed)?;
        Self::from_bytes_with(&bytes, &path.display().to_string())
    }

    /// The checkpoint in the bytes of a file whose header was found well.
    fn of(
        header: Header,
        bytes: &[u8],
        wrong: impl Fn(String) -> ModelError,
    ) -> Result<(Self, Option<Value>), ModelError> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| wrong(damaged(&e.to_string())))?;
        let tensors = header.config.tensors();
        let mut read: HashMap<String, Vec<f32>> = HashMap::new();
        let mut raw = Vec::new();
        for (name, _) in &tensors {
            let tensor = file.tensor(name).map_err(|e| wrong(damaged(&e.to_string())))?;
            read.insert(in_the_network(name).to_owned(), finite(name, tensor.data()).map_err(&wrong)?);
            raw.push((name.as_str(), tensor.data()));
        }
        if header.checksum.is_some_and(|expected| expected != checksum(&header.text, raw)) {
            let what = "its checksum is that of other numbers: it is damaged, or another program changed them; to take them as \
                        they are, remove `version` and `checksum` from the `config` in its metadata";
            return Err(wrong(what.to_owned()));
        }
        let Config { model, progress, left_out, optimiser_steps, attached } = header.config;
        let mut flat = |name: &str| read.remove(name).unwrap_or_default();
        let moments = optimiser_steps
            .map(|steps| Arc::new(Moments { steps, mean: flat(MEAN_OF_GRADIENTS), square: flat(MEAN_OF_SQUARES) }));
        // What follows from other parameters is not written.
        let filled = |(name, shape): (String, Vec<usize>)| {
            read.remove(&name).unwrap_or_else(|| vec![0.0; shape.iter().product()])
        };
        let parameters = Arc::new(layout(&model).into_iter().flat_map(filled).collect());
        let plane = Arc::new(Plane::of(model.latent));
        let mut checkpoint = Self { model, progress, parameters, moments, plane };
        if let Some((at, left_out)) = checkpoint.noise_variance().zip(left_out) {
            Arc::make_mut(&mut checkpoint.parameters)[at] = left_out;
        }
        if checkpoint.model.is_closed_form() {
            let mut model = checkpoint.restore(Compute::cpu(1))?;
            refit(&mut model, checkpoint.progress.train.beta)?;
            checkpoint.parameters = Arc::new(model.parameters()?);
        }
        Ok((checkpoint, attached))
    }
}

fn unwritable(error: impl std::fmt::Display) -> ModelError {
    ModelError::Unwritable(error.to_string())
}

/// CRC-32 of a configuration and of tensors, in the order of their names.
fn checksum(config: &str, mut tensors: Vec<(&str, &[u8])>) -> u64 {
    tensors.sort_unstable();
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(config.as_bytes());
    for (name, bytes) in tensors {
        hasher.update(name.as_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().into()
}

/// The bytes of numbers, which on most machines are those that they have.
fn little_endian(values: &[f32]) -> Cow<'_, [u8]> {
    match cfg!(target_endian = "little") {
        true => Cow::Borrowed(bytemuck::cast_slice(values)),
        false => Cow::Owned(values.iter().flat_map(|v| v.to_le_bytes()).collect()),
    }
}

/// The numbers of a tensor.
fn finite(name: &str, bytes: &[u8]) -> Result<Vec<f32>, String> {
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    match values.iter().position(|v| !v.is_finite()) {
        Some(i) => {
            Err(format!("tensor `{name}` holds {} at position {i}; the run that wrote it had diverged", values[i]))
        }
        None => Ok(values),
    }
}
