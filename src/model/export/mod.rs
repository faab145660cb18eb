//! Models out: a checkpoint as files that run without this program, whose codes and images are ours to about the last digit of
//! single precision. Knows nothing of where the files go.

mod arrays;
mod onnx;
mod python;
mod template;

use arrays::Array;

use super::architecture::{Bottleneck, Prior};
use super::sequence::Sequence;
use super::{Autoencoder, Checkpoint, Compute, Frozen, ModelError};

/// What is to run a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    PyTorch,
    Onnx,
    Numpy,
}

/// A file of an exported model.
pub struct ExportedFile {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

/// The files that make a checkpoint run there.
pub fn export(checkpoint: &Checkpoint, runner: Runner) -> Result<Vec<ExportedFile>, ModelError> {
    let model = checkpoint.restore(Compute::cpu(1))?;
    let sequence = Sequence::new(&checkpoint.model).ok_or_else(|| {
        ModelError::Export("its network is another program's; take the files that it came in".to_owned())
    })?;
    let arrays = arrays(checkpoint, &sequence, &model)?;
    let file = |name, bytes| ExportedFile { name, bytes };
    let failed = |e: &dyn std::fmt::Display| ModelError::Export(e.to_string());
    Ok(match runner {
        Runner::PyTorch => vec![
            file("model.py", python::pytorch(checkpoint, &sequence).into_bytes()),
            file("model.safetensors", arrays::safetensors(&arrays).map_err(|e| failed(&e))?),
        ],
        Runner::Numpy => vec![
            file("model.py", python::numpy(checkpoint, &sequence).into_bytes()),
            file("weights.npz", arrays::npz(&arrays).map_err(|e| failed(&e))?),
        ],
        Runner::Onnx => {
            let mut files = vec![
                file("encoder.onnx", onnx::encoder(checkpoint, &sequence, &arrays)),
                file("decoder.onnx", onnx::decoder(checkpoint, &sequence, &arrays)),
            ];
            // A graph has no place for a distribution.
            let beside: Vec<Array> = arrays.into_iter().filter(|array| array.name.starts_with("prior.")).collect();
            if !beside.is_empty() {
                files.push(file("prior.npz", arrays::npz(&beside).map_err(|e| failed(&e))?));
            }
            files
        }
    })
}

/// The weights, and what is between encoder and decoder: a list of words, or a prior as a mixture, which a VampPrior is too once
/// its pseudo-inputs are encoded.
fn arrays(checkpoint: &Checkpoint, sequence: &Sequence, model: &Autoencoder) -> Result<Vec<Array>, ModelError> {
    let pick = |order: Vec<usize>| order.into_iter().map(|at| checkpoint.parameters[at]).collect();
    let mut arrays = Vec::new();
    for layer in sequence.layers() {
        let (weight, bias): (Vec<f32>, Vec<f32>) = (pick(layer.weight()), pick(layer.bias()));
        arrays.push(Array { name: format!("{}.weight", layer.name), shape: layer.weight_shape(), values: weight });
        arrays.push(Array { name: format!("{}.bias", layer.name), shape: vec![bias.len()], values: bias });
    }
    match model.bottleneck() {
        Bottleneck::Quantised(words) => {
            let values = checkpoint.parameters[words.weight.at.clone()].to_vec();
            arrays.push(Array { name: words.weight.name.to_owned(), shape: words.weight.shape.clone(), values });
        }
        Bottleneck::Gaussian(Prior::Mixture { .. } | Prior::Vamp { .. }) => {
            let prior = model.prior()?;
            let mut push = |name: &str, shape: Vec<usize>, values: Vec<f32>| {
                arrays.push(Array { name: format!("prior.{name}"), shape, values });
            };
            let single = |all: &[f64], of: fn(f64) -> f64| all.iter().map(|&v| of(v) as f32).collect();
            push("logits", vec![prior.len()], single(&prior.log_weight, |v| v));
            push("mean", vec![prior.len(), prior.latent], single(&prior.mean, |v| v));
            push("log_scale", vec![prior.len(), prior.latent], single(&prior.scale, f64::ln));
        }
        Bottleneck::Point | Bottleneck::Gaussian(Prior::Normal) => {}
    }
    Ok(arrays)
}
