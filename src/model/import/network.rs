//! The network that found layers make, and their numbers in our order.

use std::collections::HashMap;
use std::sync::Arc;

use super::arrange::{Arranged, arrange};
use super::found::{Found, Layer, layers, list, unwrapped};
use super::roles::{Role, role};
use crate::config::{
    Arch, Codebook, DataSource, ImageShape, Likelihood, Link, ModelConfig, ModelKind, ModelSpec, PriorKind, TrainConfig,
};
use crate::model::architecture::{Architecture, Bottleneck, Prior};
use crate::model::sequence::Sequence;
use crate::model::{Checkpoint, Plane, Progress};

/// Pixels that one number of the encoder's last maps stands for, along a side.
const STRIDES: usize = 4;
const MNIST: (ImageShape, &str) = (ImageShape::grey(28, 28), "mnist");
const PRIOR: [&str; 3] = ["prior.logits", "prior.mean", "prior.log_scale"];

/// What a state dict does not hold, where it was said.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Of the images; else a square, grey or of three colours.
    pub shape: Option<ImageShape>,
    /// Else Bernoulli.
    pub likelihood: Option<Likelihood>,
    /// The images that it was trained on; else MNIST for images of its size.
    pub data: Option<DataSource>,
    /// From our names (`encoder.0`, `encoder.mu`, `encoder.logvar`, `decoder.0`, `decoder.out`) to those of the file, of layers or of
    /// tensors. What it does not name is left out then.
    pub names: Option<HashMap<String, String>>,
}

/// A model of another program.
pub struct Imported {
    pub checkpoint: Checkpoint,
    /// What it was taken for and what was assumed, in a sentence.
    pub notice: String,
}

pub fn import(tensors: Vec<Found>, facts: &Facts) -> Result<Imported, String> {
    if let Some(found) = tensors.iter().find(|found| found.values.iter().any(|v| !v.is_finite())) {
        return Err(format!(
            "tensor `{}` holds numbers that are not finite; the run that wrote it had diverged",
            found.name
        ));
    }
    let held = list(&tensors);
    let unmapped = |why: &str| {
        format!(
            "{why}; it holds {held}; say which is which with --map FILE, in JSON, as {{\"encoder.0\": \"their name\", \"encoder.mu\": …, \
             \"encoder.logvar\": …, \"decoder.0\": …, \"decoder.out\": …}}"
        )
    };
    let (prior, tensors): (Vec<Found>, Vec<Found>) =
        unwrapped(tensors).into_iter().partition(|found| PRIOR.contains(&found.name.as_str()));
    let (mut found, rest) = layers(tensors);
    if let Some(other) = rest.iter().find(|found| role(&found.name) != Role::Codebook) {
        let why = format!("`{}` belongs to no layer that our networks have (dense and convolutional ones)", other.name);
        return Err(unmapped(&why));
    }
    let codebook = found.iter().position(|layer| role(&layer.name) == Role::Codebook && layer.bias.is_none());
    let codebook = codebook.map(|at| found.remove(at).weight).filter(|weight| weight.shape.len() == 2);
    let arranged =
        arrange(found).ok_or_else(|| unmapped("its layers cannot be told apart by their names and shapes"))?;
    let Arranged { encoder, mu, logvar, decoder, assumed } = &arranged;
    let model = config(&arranged, codebook.as_ref(), &prior, facts)?;
    let ours = Sequence::new(&model).zip(Architecture::new(&model));
    let (sequence, architecture) = ours.ok_or("its layers are none of ours")?;
    let all: Vec<&Layer> = encoder.iter().chain([mu]).chain(logvar).chain(decoder).collect();
    let expected: Vec<Vec<usize>> = sequence.layers().map(|layer| layer.weight_shape()).collect();
    let shapes: Vec<&Vec<usize>> = all.iter().map(|layer| &layer.weight.shape).collect();
    if shapes.iter().copied().ne(&expected) {
        return Err(unfit(&model, &all, &expected));
    }
    let mut parameters = vec![0.0; architecture.parameters];
    for (named, layer) in sequence.layers().zip(all) {
        put(&mut parameters, named.weight(), &layer.weight)?;
        if let Some(bias) = &layer.bias {
            put(&mut parameters, named.bias(), bias)?;
        }
    }
    match &architecture.bottleneck {
        Bottleneck::Gaussian(Prior::Mixture { logits, mean, log_scale, .. }) => {
            for part in [logits, mean, log_scale] {
                let values = prior.iter().find(|found| found.name == part.name);
                let values = values.ok_or_else(|| format!("lacks `{}` of its prior", part.name))?;
                put(&mut parameters, part.at.clone().collect(), values)?;
            }
        }
        Bottleneck::Quantised(words) => {
            for (part, values) in [(&words.weight, &codebook), (&words.sum, &codebook)] {
                if let Some(values) = values {
                    put(&mut parameters, part.at.clone().collect(), values)?;
                }
            }
            // As if each word had been chosen once.
            parameters[words.size.at.clone()].fill(1.0);
        }
        _ => {}
    }
    let notice = notice(&model, assumed, facts);
    let (plane, progress) = (Arc::new(Plane::of(model.latent)), progress(&model, facts));
    Ok(Imported {
        checkpoint: Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane },
        notice,
    })
}

/// Where a model of another program stands.
pub fn progress(model: &ModelConfig, facts: &Facts) -> Progress {
    let data = facts.data.clone().unwrap_or_else(|| {
        if model.shape == MNIST.0 { MNIST.1.into() } else { format!("images of {}", model.shape).as_str().into() }
    });
    Progress { step: 0, epoch: 0, data, train: TrainConfig::default() }
}

fn put(parameters: &mut [f32], order: Vec<usize>, found: &Found) -> Result<(), String> {
    if order.len() != found.values.len() {
        let Found { name, shape, .. } = found;
        return Err(format!("tensor `{name}` is {shape:?}, but its place has {} numbers", order.len()));
    }
    order.into_iter().zip(&found.values).for_each(|(at, &value)| parameters[at] = value);
    Ok(())
}

fn config(
    arranged: &Arranged,
    codebook: Option<&Found>,
    prior: &[Found],
    facts: &Facts,
) -> Result<ModelConfig, String> {
    let Arranged { encoder, mu, logvar, .. } = arranged;
    let latent = mu.outputs();
    let kind = match (codebook, logvar) {
        (Some(_), _) => ModelKind::VqVae,
        (None, Some(_)) => ModelKind::Vae,
        (None, None) => ModelKind::Ae,
    };
    let first = encoder.first().unwrap_or(mu);
    let (arch, guess) = if first.is_dense() {
        let hidden = encoder.iter().map(Layer::outputs).collect();
        (Arch::Mlp(hidden), square(first.inputs()))
    } else {
        let maps = encoder.iter().rev().find(|layer| !layer.is_dense()).map_or(1, Layer::outputs);
        let units = encoder.iter().find(|layer| layer.is_dense()).map_or(0, Layer::inputs);
        let side = square(units / maps.max(1)).map(|shape| STRIDES * shape.rows);
        (Arch::Conv, side.map(|side| ImageShape { rows: side, cols: side, channels: first.inputs() }))
    };
    let shape = facts.shape.or(guess).ok_or_else(|| {
        format!(
            "its images have {} numbers, which is no square; say their size with --size-of ROWSxCOLS[x3]",
            first.inputs()
        )
    })?;
    if first.is_dense() && shape.len() != first.inputs() {
        let found = first.inputs();
        return Err(format!(
            "its images have {found} numbers, and images of {shape} have {}; give another --size-of",
            shape.len()
        ));
    }
    let size = codebook.map_or(1, |words| words.shape[1]).max(1);
    let words = codebook.map_or(1, |words| words.shape[0]);
    let components = prior.iter().find(|found| found.name == PRIOR[0]).map(|found| found.values.len());
    let spec = ModelSpec {
        arch,
        latent,
        likelihood: facts.likelihood.unwrap_or_default(),
        codebook: match kind {
            ModelKind::VqVae => Codebook { words, tokens: latent / size, ..Codebook::default() },
            _ => Codebook::default(),
        },
        prior: components.map_or(PriorKind::Normal, |components| PriorKind::Mixture { components }),
        ..ModelSpec::new(kind)
    };
    let model = ModelConfig { shape, spec };
    model.validate().map_err(|e| e.to_string())?;
    Ok(model)
}

/// A square of so many numbers, grey or of three colours.
pub fn square(numbers: usize) -> Option<ImageShape> {
    let side = |pixels: usize| Some(pixels.isqrt()).filter(|side| side * side == pixels && pixels > 0);
    let colour = || side(numbers / 3).filter(|_| numbers.is_multiple_of(3)).map(|side| ImageShape::rgb(side, side));
    side(numbers).map(|side| ImageShape::grey(side, side)).or_else(colour)
}

/// Why layers that are told apart make none of our networks, and which would.
fn unfit(model: &ModelConfig, found: &[&Layer], expected: &[Vec<usize>]) -> String {
    let found =
        found.iter().map(|layer| format!("{} {:?}", layer.name, layer.weight.shape)).collect::<Vec<_>>().join(", ");
    let expected = expected.iter().map(|shape| format!("{shape:?}")).collect::<Vec<_>>().join(", ");
    let why = match model.arch {
        Arch::Mlp(_) => "its decoder does not mirror its encoder",
        Arch::Conv | Arch::Graph(_) => "its convolutions are not laid out as ours",
    };
    format!("{why}: its weights are {found}; those of {expected} in this order would fit")
}

fn notice(model: &ModelConfig, assumed: &[String], facts: &Facts) -> String {
    let layers = match &model.arch {
        Arch::Mlp(hidden) if hidden.is_empty() => "linear".to_owned(),
        Arch::Mlp(_) => format!("hidden layers {}", model.arch),
        Arch::Conv | Arch::Graph(_) => "convolutional".to_owned(),
    };
    let end = match model.link() {
        Link::Sigmoid => "a sigmoid at the end",
        Link::Identity => "nothing behind the last layer",
    };
    let mut all = vec![format!("ReLU between layers and {end}")];
    if facts.shape.is_none() {
        all.push(format!("images of {} (--size-of)", model.shape));
    }
    if facts.likelihood.is_none() {
        all.push(format!("{} pixels (--likelihood)", Likelihood::default()));
    }
    all.extend(assumed.iter().cloned());
    format!("taken for a {}, {layers}, {} latent dimensions; assumed: {}", model.kind, model.latent, all.join(", "))
}
