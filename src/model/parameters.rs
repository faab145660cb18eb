//! The parameters of a network: their names and shapes as PyTorch has them, and where they start.

use rand_distr::{Distribution, StandardUniform};

use crate::config::{LATENT, ModelConfig, ModelKind};
use crate::random::{Purpose, stream};

/// Names and shapes of all parameters, from the pixels of the input to the pixels of the output.
pub fn layout(config: &ModelConfig) -> Vec<(String, Vec<usize>)> {
    let mut layers = Vec::new();
    let mut width = config.pixels();
    for (i, &next) in config.hidden.iter().enumerate() {
        layers.push((format!("encoder.{i}"), width, next));
        width = next;
    }
    layers.push(("encoder.mu".to_owned(), width, LATENT));
    if config.kind == ModelKind::Vae {
        layers.push(("encoder.logvar".to_owned(), width, LATENT));
    }
    width = LATENT;
    for (i, &next) in config.hidden.iter().rev().enumerate() {
        layers.push((format!("decoder.{i}"), width, next));
        width = next;
    }
    layers.push(("decoder.out".to_owned(), width, config.pixels()));
    layers
        .into_iter()
        .flat_map(|(name, fan_in, out)| {
            [(format!("{name}.weight"), vec![out, fan_in]), (format!("{name}.bias"), vec![out])]
        })
        .collect()
}

/// Weights and biases from U(-1/√fan_in, 1/√fan_in), PyTorch's default for linear layers, one after the other in the order
/// of `layout`. A parameter's values follow from the seed and its name alone, so that an AE and a VAE of one seed start from
/// the same weights where they share them.
pub fn initial_parameters(config: &ModelConfig, seed: u64) -> Vec<f32> {
    let mut fan_in = 1;
    let mut all = Vec::new();
    for (name, shape) in layout(config) {
        fan_in = *shape.get(1).unwrap_or(&fan_in);
        let bound = 1.0 / (fan_in as f32).sqrt();
        let rng = stream(seed, Purpose::Weights, name_index(&name));
        let unit = StandardUniform.sample_iter(rng).map(|u: f32| bound * (2.0 * u - 1.0));
        all.extend(unit.take(shape.iter().product()));
    }
    all
}

/// The part of `parameters` that belongs to each name of `layout`.
pub fn named<'a>(config: &ModelConfig, parameters: &'a [f32]) -> Vec<(String, Vec<usize>, &'a [f32])> {
    let mut rest = parameters;
    layout(config)
        .into_iter()
        .map(|(name, shape)| {
            let (values, after) = rest.split_at(shape.iter().product());
            rest = after;
            (name, shape, values)
        })
        .collect()
}

/// A number for a name, the same on every machine (FNV-1a).
fn name_index(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) >> 8
}
