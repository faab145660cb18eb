//! Models in: the state dict of a PyTorch autoencoder as a checkpoint of ours, which explores and trains on like any other. A state
//! dict holds names and numbers alone, so that what it does not say is assumed, and said. In `onnx` the whole network of another
//! program, which is explored as it is.

mod arrange;
mod found;
mod network;
mod onnx;
mod pickle;
mod roles;
mod state_dict;

use std::path::Path;

pub use network::{Facts, Imported};
pub use onnx::import as import_onnx;

use super::ModelError;
use found::renamed;

/// Bytes of a tensor's name at most.
const LONGEST_NAME: usize = 512;

/// Whether this is a file of another program: a `.pt`, `.pth`, `.ckpt` or `.bin`, or a safetensors file without our configuration.
pub fn is_foreign(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    path.is_file()
        && match ending.as_str() {
            "pt" | "pth" | "ckpt" | "bin" => true,
            "safetensors" => state_dict::is_safetensors_of_others(path),
            _ => false,
        }
}

/// Reads a state dict and maps it. No code in it is run.
pub fn import(path: &Path, facts: &Facts) -> Result<Imported, ModelError> {
    let wrong = |what: String| ModelError::Checkpoint { file: path.display().to_string(), what };
    let is_safetensors = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors"));
    let read = if is_safetensors { state_dict::safetensors(path) } else { pickle::state_dict(path) };
    let mut tensors = read.map_err(wrong)?;
    // A name is said in errors.
    let is_name = |name: &str| name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if !tensors.iter().all(|found| is_name(&found.name)) {
        return Err(wrong("the names of its tensors are damaged".to_owned()));
    }
    if let Some(names) = &facts.names {
        tensors = renamed(tensors, names).map_err(wrong)?;
    }
    network::import(tensors, facts).map_err(wrong)
}
