//! What a checkpoint's file says before its numbers: the configuration, and the names and shapes that it asks for. All of it is
//! checked before a number is read.

use safetensors::tensor::{Dtype, Metadata};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Progress;
use crate::config::ModelConfig;
use crate::model::parameters::layout;

/// Where the metadata of the file keeps the configuration, as JSON.
pub const CONFIG_KEY: &str = "config";
/// Of what is written. Files from before there were versions have none, and no checksum.
const VERSION: u64 = 1;
const VERSION_KEY: &str = "version";
const CHECKSUM_KEY: &str = "checksum";
/// Bytes that come before the header: its length.
pub const LENGTH: usize = 8;
/// Bytes of a header at most, as safetensors has it.
const LONGEST: u64 = 100_000_000;

/// The moments of the optimiser, each as flat as the parameters.
pub const MEAN_OF_GRADIENTS: &str = "optimiser.mean";
pub const MEAN_OF_SQUARES: &str = "optimiser.square";

#[derive(Serialize, Deserialize)]
pub struct Config {
    pub model: ModelConfig,
    pub progress: Progress,
    /// Of principal components with a given variance: the one that could be learned. The file's `noise_variance` is the given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<f32>,
    /// Steps that the moments of the optimiser have seen, where the file holds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimiser_steps: Option<i32>,
    /// What the one who writes the file keeps with the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached: Option<Value>,
}

pub struct Header {
    pub config: Config,
    /// As it is written, without its checksum.
    pub text: String,
    pub checksum: Option<u64>,
}

impl Config {
    /// As text; `checksum` gets it without its checksum and gives that.
    pub fn written(&self, checksum: impl FnOnce(&str) -> u64) -> serde_json::Result<String> {
        let mut value = serde_json::to_value(self)?;
        value[VERSION_KEY] = VERSION.into();
        value[CHECKSUM_KEY] = checksum(&value.to_string()).into();
        Ok(value.to_string())
    }

    /// The tensors of the file: names and shapes.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let all = layout(&self.model);
        let parameters = all.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let moments = if self.model.learns() { parameters } else { 0 };
        let moments = self.optimiser_steps.map(|_| [MEAN_OF_GRADIENTS, MEAN_OF_SQUARES].map(|name| (name, moments)));
        let named = all.into_iter().map(|(name, shape)| (name, shape, ())).collect();
        let written = written(&self.model, named).into_iter().map(|(name, shape, ())| (name, shape));
        written.chain(moments.into_iter().flatten().map(|(name, n)| (name.to_owned(), vec![n]))).collect()
    }

    fn validate(&self) -> Result<(), String> {
        self.model.validate().map_err(|e| e.to_string())?;
        self.progress.train.validate().map_err(|e| e.to_string())?;
        if self.optimiser_steps.is_some_and(|steps| steps < 0) {
            return Err("the steps of its optimiser are negative".to_owned());
        }
        Ok(())
    }
}

/// The bytes of the header that these first eight bytes of a file of `len` bytes announce.
pub fn announced(first: [u8; LENGTH], len: u64) -> Result<u64, String> {
    let announced = u64::from_le_bytes(first);
    if announced > LONGEST || announced > len.saturating_sub(LENGTH as u64) {
        return Err(damaged(&format!("it announces a header of {announced} bytes and has {len}")));
    }
    Ok(announced)
}

pub fn damaged(what: &str) -> String {
    format!("not a whole safetensors file ({what}); it is cut short, damaged or of another format")
}

impl Header {
    /// Reads and checks what the header of a file of `len` bytes says.
    pub fn read(header: &[u8], len: u64) -> Result<Self, String> {
        let metadata: Metadata = serde_json::from_slice(header).map_err(|e| damaged(&e.to_string()))?;
        let text = metadata.metadata().as_ref().and_then(|m| m.get(CONFIG_KEY)).ok_or_else(|| {
            format!("a safetensors file of another program: its metadata has no `{CONFIG_KEY}` of a model")
        })?;
        let (config, text, checksum) = read_config(text)?;
        config.validate()?;
        check_tensors(&metadata, &config)?;
        let declared = (LENGTH + header.len() + metadata.data_len()) as u64;
        if declared != len {
            return Err(damaged(&format!("its header declares {declared} bytes and it has {len}")));
        }
        Ok(Self { config, text, checksum })
    }
}

/// The configuration; its text without the checksum; and that, where there is one.
fn read_config(text: &str) -> Result<(Config, String, Option<u64>), String> {
    let wrong =
        |e: serde_json::Error| format!("the `{CONFIG_KEY}` in its metadata is not a model's configuration ({e})");
    let mut value: Value = serde_json::from_str(text).map_err(wrong)?;
    let take = |value: &mut Value, key| value.as_object_mut().and_then(|fields| fields.remove(key));
    let checksum = take(&mut value, CHECKSUM_KEY);
    let text = value.to_string();
    let version = take(&mut value, VERSION_KEY);
    if version.is_none() && checksum.is_none() {
        return Ok((serde_json::from_value(value).map_err(wrong)?, text, None));
    }
    let version = version.ok_or_else(|| format!("its `{CONFIG_KEY}` has a checksum and no version: it is damaged"))?;
    if version != VERSION {
        return Err(format!(
            "written by another version of this program (format {version}; this one reads {VERSION}), or damaged"
        ));
    }
    let config: Config = serde_json::from_value(value.clone()).map_err(wrong)?;
    // What would be written again in another way was not written by this version.
    if let Some(what) = difference(&value, &serde_json::to_value(&config).map_err(wrong)?, "") {
        return Err(format!("its `{CONFIG_KEY}` {what}: it is damaged, or was changed by hand"));
    }
    let checksum = checksum.as_ref().and_then(Value::as_u64);
    Ok((config, text, Some(checksum.ok_or_else(|| format!("its `{CONFIG_KEY}` lacks the field `{CHECKSUM_KEY}`"))?)))
}

/// In what `read` is not `expected`, if it is not.
fn difference(read: &Value, expected: &Value, at: &str) -> Option<String> {
    let (Some(of), Some(wanted)) = (read.as_object(), expected.as_object()) else {
        return (read != expected).then(|| format!("has {read} in the field `{at}`, which cannot be"));
    };
    let path = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    let unknown = of.keys().find(|key| !wanted.contains_key(*key));
    let missing = wanted.keys().find(|key| !of.contains_key(*key));
    unknown
        .map(|key| format!("has a field `{}` that is not known", path(key)))
        .or_else(|| missing.map(|key| format!("lacks the field `{}`", path(key))))
        .or_else(|| of.iter().find_map(|(key, value)| difference(value, &wanted[key], &path(key))))
}

/// Whether the file declares the tensors that its configuration asks for, and no others.
fn check_tensors(metadata: &Metadata, config: &Config) -> Result<(), String> {
    let (declared, expected) = (metadata.tensors(), config.tensors());
    if let Some(name) = metadata.offset_keys().into_iter().find(|name| expected.iter().all(|(e, _)| e != name)) {
        return Err(format!("holds a tensor `{name}` that its configuration has no place for"));
    }
    for (name, shape) in expected {
        let info =
            declared.get(&name).ok_or_else(|| format!("lacks the tensor `{name}` that its configuration names"))?;
        if info.dtype != Dtype::F32 || info.shape != shape {
            return Err(format!(
                "tensor `{name}` is {:?} {:?}, but its configuration asks for F32 {shape:?}",
                info.dtype, info.shape
            ));
        }
    }
    Ok(())
}

/// The parameters that a file holds, under its names: of principal components what the network follows from.
pub fn written<T>(model: &ModelConfig, all: Vec<(String, Vec<usize>, T)>) -> Vec<(String, Vec<usize>, T)> {
    if !model.is_closed_form() {
        return all;
    }
    let is_kept = |name: &str| [MEAN.1, "components", "eigenvalues", "noise_variance"].contains(&name);
    let named = |(name, shape, of): (String, Vec<usize>, T)| {
        let name = if name == MEAN.1 { MEAN.0.to_owned() } else { name };
        (name, shape, of)
    };
    all.into_iter().filter(|(name, ..)| is_kept(name)).map(named).collect()
}

/// The mean image of principal components, in a file and in the network.
const MEAN: (&str, &str) = ("mean", "decoder.out.bias");

pub fn in_the_network(name: &str) -> &str {
    if name == MEAN.0 { MEAN.1 } else { name }
}
