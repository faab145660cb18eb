//! The encoder and the decoder of another program, two ONNX files, as a model that is explored as it is. Their operators become
//! operations of ours, which give gradients and are kept in a checkpoint; an operator that is not read is refused by its name.

mod attributes;
mod builder;
mod ends;
mod file;
mod nodes;
mod shapes;
mod windows;

use std::path::Path;
use std::sync::Arc;

use super::network::{Facts, Imported, progress};
use super::roles::{Role, is_of_sigma, role};
use crate::config::{
    Arch, DEFAULT_C, Function, Graph, Graphs, Likelihood, MOST_LATENT, ModelConfig, ModelKind, ModelSpec, Operation,
};
use crate::model::{Checkpoint, ModelError, Plane};
use builder::{Builder, Value};
use ends::{Layout, dims, end_of, input_of, read_images};
use file::OnnxFile;

/// Names under which `--map` says which output is which.
const MU: &str = "encoder.mu";
const LOGVAR: &str = "encoder.logvar";

pub fn import(encoder: &Path, decoder: &Path, facts: &Facts) -> Result<Imported, ModelError> {
    let wrong = |path: &Path| {
        let file = path.display().to_string();
        move |what: String| ModelError::Checkpoint { file: file.clone(), what }
    };
    let (in_encoder, in_decoder) = (wrong(encoder), wrong(decoder));
    let encoder = OnnxFile::read(encoder).map_err(&in_encoder)?;
    let decoder = OnnxFile::read(decoder).map_err(&in_decoder)?;
    let mut assumed = Vec::new();
    let images = input_of(&encoder.graph).and_then(|input| read_images(&dims(input), facts)).map_err(&in_encoder)?;
    let code = input_of(&decoder.graph).and_then(code_of).map_err(&in_decoder)?;
    let drawn = drawn(&decoder, &code, images, facts, &mut assumed).map_err(&in_decoder)?;
    let read = encoded(&encoder, images, code.iter().product(), drawn.is_signed, facts, &mut assumed);
    let (encoder, heads) = read.map_err(&in_encoder)?;
    let likelihood = facts.likelihood.unwrap_or(drawn.usual);
    if facts.likelihood.is_none() {
        assumed.push(format!("{likelihood} pixels (--likelihood)"));
    }
    let parameters = [encoder.parameters, drawn.builder.parameters].concat();
    let graph = |inputs, nodes| Arc::new(Graph { inputs, nodes });
    let latent = code.iter().product();
    let graphs = Graphs {
        encoder: graph(images.shape.len(), encoder.nodes),
        decoder: graph(latent, drawn.builder.nodes),
        sigmoid: drawn.sigmoid,
    };
    let kind = if heads == 2 { ModelKind::Vae } else { ModelKind::Ae };
    let spec = ModelSpec { arch: Arch::Graph(Arc::new(graphs)), latent, likelihood, ..ModelSpec::new(kind) };
    let model = ModelConfig { shape: images.shape, spec };
    model.validate().map_err(|e| in_encoder(e.to_string()))?;
    if !parameters.iter().all(|v| v.is_finite()) {
        return Err(in_encoder("the weights of this pair are too large for single precision".to_owned()));
    }
    let notice = format!(
        "taken for the {kind} of another program, which is explored as it is: {latent} latent dimensions, images of {}; assumed: {}",
        images.shape,
        assumed.join(", ")
    );
    let (progress, plane) = (progress(&model, facts), Arc::new(Plane::of(latent)));
    Ok(Imported {
        checkpoint: Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane },
        notice,
    })
}

/// The shape of a code.
fn code_of(input: &crate::model::onnx_format::ValueInfo) -> Result<Vec<usize>, String> {
    let sizes: Option<Vec<usize>> = dims(input).into_iter().collect();
    let count = |sizes: &Vec<usize>| sizes.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
    let sizes = sizes.filter(|sizes| !sizes.is_empty() && count(sizes).is_some_and(|all| all <= MOST_LATENT));
    sizes.ok_or_else(|| {
        let name = &input.name;
        format!("its input `{name}` is no code of 1 to {MOST_LATENT} numbers; export it with all sizes but that of the batch")
    })
}

/// The decoder, and what makes pixels of what it gives.
struct Drawn<'a> {
    builder: Builder<'a>,
    sigmoid: bool,
    /// Whether pixels are from −1 to 1.
    is_signed: bool,
    usual: Likelihood,
}

fn drawn<'a>(
    file: &'a OnnxFile,
    code: &[usize],
    images: Layout,
    facts: &Facts,
    assumed: &mut Vec<String>,
) -> Result<Drawn<'a>, String> {
    let [output] = &file.graph.output[..] else {
        return Err(format!("it has {} outputs; a decoder has the images alone", file.graph.output.len()));
    };
    let mut builder = Builder::new(file, code.iter().product());
    let z = builder.reshape(0, code.to_vec())?;
    builder.run((&input_of(&file.graph)?.name, z), &[&output.name])?;
    let Value::Made(mut at) = builder.value(&output.name)? else {
        return Err("its images do not depend on the code".to_owned());
    };
    let gaussian = Likelihood::Gaussian { c: DEFAULT_C, learned: false };
    let end = end_of(&builder, at);
    let (sigmoid, is_signed, usual) = match end {
        Some((_, Function::Sigmoid)) => (true, false, Likelihood::Bernoulli),
        // (tanh(a) + 1) / 2 = sigmoid(2a)
        Some((_, Function::Tanh)) => (true, true, gaussian),
        _ => (facts.likelihood == Some(Likelihood::Bernoulli), false, gaussian),
    };
    if let Some((node, _)) = end.filter(|(_, end)| [Function::Sigmoid, Function::Tanh].contains(end)) {
        builder.nodes[node].operation = Operation::Reshape(builder.shape(node + 1).to_vec());
    }
    if is_signed {
        at = builder.affine(at, 2.0, 0.0)?;
        assumed.push("pixels from −1 to 1, for the decoder ends in tanh".to_owned());
    } else {
        assumed.push("pixels from 0 to 1".to_owned());
        if !sigmoid {
            assumed.push("pixels as the decoder gives them, without a sigmoid".to_owned());
        }
    }
    let flat = images.packed(&mut builder, at)?;
    builder.finish(flat)?;
    Ok(Drawn { builder, sigmoid, is_signed, usual })
}

/// The encoder, and how many numbers of a dimension come out of it.
fn encoded<'a>(
    file: &'a OnnxFile,
    images: Layout,
    latent: usize,
    is_signed: bool,
    facts: &Facts,
    assumed: &mut Vec<String>,
) -> Result<(Builder<'a>, usize), String> {
    let outputs: Vec<&str> = file.graph.output.iter().map(|output| output.name.as_str()).collect();
    let (mu, logvar) = heads(&outputs, facts, assumed)?;
    let mut builder = Builder::new(file, images.shape.len());
    let x = if is_signed { builder.affine(0, 2.0, -1.0)? } else { 0 };
    let x = images.unpacked(&mut builder, x)?;
    let wanted: Vec<&str> = std::iter::once(mu).chain(logvar).collect();
    builder.run((&input_of(&file.graph)?.name, x), &wanted)?;
    let mut parts = Vec::new();
    for name in &wanted {
        let Value::Made(at) = builder.value(name)? else {
            return Err(format!("its output `{name}` does not depend on the image"));
        };
        let size = builder.size(at);
        parts.push(builder.reshape(at, vec![size])?);
    }
    let sizes: Vec<usize> = parts.iter().map(|&at| builder.size(at)).collect();
    let heads = match (&sizes[..], logvar) {
        (&[all], None) if all == latent => 1,
        (&[all], None) if all == 2 * latent => {
            assumed.push(format!("the halves of `{mu}` taken for μ and ln σ²"));
            2
        }
        (&[a, b], Some(name)) if a == latent && b == latent => {
            if matches!(end_of(&builder, parts[1]), Some((_, Function::Exp | Function::Softplus))) {
                return Err(format!(
                    "its output `{name}` is positive, and ln σ² is needed; export what goes into its end"
                ));
            }
            if role(name) == Role::LogSigma {
                parts[1] = builder.affine(parts[1], 2.0, 0.0)?;
                assumed.push(format!("`{name}` taken for ln σ"));
            } else if is_of_sigma(name) {
                assumed.push(format!("`{name}` taken for ln σ²"));
            }
            parts = vec![builder.push(Operation::Join(0), &parts, &[])?];
            2
        }
        _ => {
            let found = wanted.iter().zip(sizes).map(|(name, size)| format!("`{name}` of {size}"));
            let found = found.collect::<Vec<_>>().join(" and ");
            return Err(format!("its outputs are {found} numbers an image, and the decoder takes {latent}"));
        }
    };
    builder.finish(parts[0])?;
    Ok((builder, heads))
}

/// Which outputs of an encoder are μ and ln σ².
fn heads<'a>(
    outputs: &[&'a str],
    facts: &Facts,
    assumed: &mut Vec<String>,
) -> Result<(&'a str, Option<&'a str>), String> {
    let listed = outputs.join(", ");
    let of = |wanted: &[Role]| outputs.iter().copied().find(|name| wanted.contains(&role(name)));
    if let Some(names) = &facts.names {
        let named = |ours: &str| {
            let Some(theirs) = names.get(ours) else { return Ok(None) };
            let found = outputs.iter().copied().find(|name| name == theirs);
            found.map(Some).ok_or_else(|| format!("--map names `{theirs}` for `{ours}`; its outputs are {listed}"))
        };
        let mu = named(MU)?.ok_or_else(|| format!("--map does not name `{MU}`; its outputs are {listed}"))?;
        return Ok((mu, named(LOGVAR)?));
    }
    match (outputs, of(&[Role::Mu]), of(&[Role::Logvar, Role::LogSigma])) {
        ([only], ..) => Ok((only, None)),
        (_, Some(mu), Some(logvar)) => Ok((mu, Some(logvar))),
        ([mu, logvar], ..) => {
            assumed.push(format!("`{mu}` taken for μ and `{logvar}` for ln σ²"));
            Ok((mu, Some(logvar)))
        }
        _ => Err(format!(
            "its outputs are {listed}; say which are which with --map FILE, in JSON, as {{\"{MU}\": \"their name\", \"{LOGVAR}\": …}}"
        )),
    }
}
