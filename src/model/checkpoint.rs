//! A run's weights at a step, as plain numbers, and as a safetensors file under PyTorch's names and layout.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::parameters::{layout, named};
use super::{Architecture, Autoencoder, Compute, InPlane, ModelError, Plane, refit};
use crate::config::{DataSource, Likelihood, ModelConfig, TrainConfig};
use crate::files::{WriteError, write_whole};

/// Where the metadata of the file keeps the configuration, as JSON.
const CONFIG_KEY: &str = "config";

/// How far a run has come, and on what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub step: u64,
    pub epoch: u64,
    /// The images that it learned.
    pub data: DataSource,
    /// The settings in force at this step.
    pub train: TrainConfig,
}

/// An immutable copy of a run's weights at a step; plain data, so it may cross threads.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub model: ModelConfig,
    pub progress: Progress,
    /// One after the other in the order of `layout`.
    pub parameters: Vec<f32>,
    /// Where the optimiser stood, if that was kept; a file does not hold it.
    pub moments: Option<Arc<Moments>>,
    /// The plane in which its codes are looked at; a file does not hold it.
    pub plane: Arc<Plane>,
}

/// Where Adam stands: what a run needs besides its weights to go on as it would have.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Steps that the running means have seen.
    pub steps: i32,
    /// Running means of the gradient and of its square, as flat as the parameters.
    pub mean: Vec<f32>,
    pub square: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Config {
    model: ModelConfig,
    progress: Progress,
    /// Of principal components with a given variance: the one that could be learned. The file's `noise_variance` is the given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<f32>,
}

impl Checkpoint {
    /// The frozen model, which computes on `compute`.
    pub fn restore(&self, compute: Compute) -> Result<Autoencoder, ModelError> {
        Ok(Autoencoder::new(&self.model, &self.parameters, compute)?)
    }

    /// The same as its plane shows it.
    pub fn restore_in_plane(&self, compute: Compute) -> Result<InPlane, ModelError> {
        Ok(InPlane::new(self.restore(compute)?, self.plane.clone()))
    }

    /// Where the variance of the directions left out is among the parameters, if another was given.
    fn noise_variance(&self) -> Option<usize> {
        match self.model.likelihood {
            Likelihood::Gaussian { learned: false, .. } => {
                Architecture::new(&self.model).spectrum.map(|spectrum| spectrum.noise_variance.at.start)
            }
            _ => None,
        }
    }

    pub fn is_finite(&self) -> bool {
        self.parameters.iter().all(|v| v.is_finite())
    }

    /// Writes the file whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), WriteError> {
        let failed = |e: &dyn std::fmt::Display| WriteError::new(path, e);
        let left_out = self.noise_variance().map(|at| self.parameters[at]);
        let config = Config { model: self.model.clone(), progress: self.progress.clone(), left_out };
        let config = serde_json::to_string(&config).map_err(|e| failed(&e))?;
        // One key: with more, their order and so the bytes of the file would be another every time.
        let metadata = HashMap::from([(CONFIG_KEY.to_owned(), config)]);
        let mut named: Vec<_> = written(&self.model, named(&self.model, &self.parameters));
        let c = [self.model.likelihood.c().unwrap_or_default() as f32];
        // The variance that the model computes with, be it learned or given.
        named.iter_mut().filter(|(name, ..)| name == "noise_variance").for_each(|(_, _, values)| *values = &c);
        let bytes: Vec<Vec<u8>> =
            named.iter().map(|(_, _, values)| values.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
        let views = named
            .into_iter()
            .zip(&bytes)
            .map(|((name, shape, _), bytes)| Ok((name, TensorView::new(Dtype::F32, shape, bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| failed(&e))?;
        write_whole(path, &serialize(views, Some(metadata)).map_err(|e| failed(&e))?)
    }

    /// Reads and checks a file that `save` or PyTorch wrote: its configuration, every name and shape, every number.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|error| ModelError::Read { path: path.to_owned(), error })?;
        let wrong = |what: String| ModelError::Checkpoint { file: path.display().to_string(), what };
        let damaged = |e: safetensors::SafeTensorError| {
            wrong(format!("not a whole safetensors file ({e}); it is cut short, damaged or of another format"))
        };
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
        let file = SafeTensors::deserialize(&bytes).map_err(damaged)?;
        let config = metadata.metadata().as_ref().and_then(|m| m.get(CONFIG_KEY));
        let config = config.ok_or_else(|| {
            wrong(format!("a safetensors file of another program: its metadata has no `{CONFIG_KEY}` of a model"))
        })?;
        let Config { model, progress, left_out } = serde_json::from_str(config)
            .map_err(|e| wrong(format!("the `{CONFIG_KEY}` in its metadata is not a model's configuration ({e})")))?;
        model.validate().map_err(|e| wrong(e.to_string()))?;
        progress.train.validate().map_err(|e| wrong(e.to_string()))?;
        let expected = written(&model, layout(&model).into_iter().map(|(name, shape)| (name, shape, ())).collect());
        if let Some(name) = file.names().into_iter().find(|name| expected.iter().all(|(e, ..)| e != name)) {
            return Err(wrong(format!("holds a tensor `{name}` that its configuration has no place for")));
        }
        let mut read: HashMap<String, Vec<f32>> = HashMap::new();
        for (name, shape, ()) in expected {
            let values = read_parameter(&file, &name, &shape).map_err(wrong)?;
            read.insert(in_the_network(&name).to_owned(), values);
        }
        // What follows from other parameters is not written.
        let filled = |(name, shape): (String, Vec<usize>)| {
            read.remove(&name).unwrap_or_else(|| vec![0.0; shape.iter().product()])
        };
        let parameters = layout(&model).into_iter().flat_map(filled).collect();
        let plane = Arc::new(Plane::of(model.latent));
        let mut checkpoint = Self { model, progress, parameters, moments: None, plane };
        if let Some((at, left_out)) = checkpoint.noise_variance().zip(left_out) {
            checkpoint.parameters[at] = left_out;
        }
        if checkpoint.model.is_closed_form() {
            let mut model = checkpoint.restore(Compute::cpu(1))?;
            refit(&mut model, checkpoint.progress.train.beta)?;
            checkpoint.parameters = model.parameters()?;
        }
        Ok(checkpoint)
    }
}

/// The parameters that a file holds, under its names: of principal components what the network follows from.
fn written<T>(model: &ModelConfig, all: Vec<(String, Vec<usize>, T)>) -> Vec<(String, Vec<usize>, T)> {
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

fn in_the_network(name: &str) -> &str {
    if name == MEAN.0 { MEAN.1 } else { name }
}

fn read_parameter(file: &SafeTensors, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
    let tensor = file.tensor(name).map_err(|_| format!("lacks the tensor `{name}` that its configuration names"))?;
    if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
        return Err(format!(
            "tensor `{name}` is {:?} {:?}, but its configuration asks for F32 {shape:?}",
            tensor.dtype(),
            tensor.shape()
        ));
    }
    let values: Vec<f32> = tensor.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    if let Some(i) = values.iter().position(|v| !v.is_finite()) {
        return Err(format!("tensor `{name}` holds {} at position {i}; the run that wrote it had diverged", values[i]));
    }
    Ok(values)
}
