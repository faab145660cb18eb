//! The parameters of a network: their names and shapes, and what they start from.

use rand_distr::{Distribution, StandardUniform};

use super::architecture::Architecture;
use crate::config::ModelConfig;
use crate::random::{Purpose, stream};

/// Names and shapes of all parameters, from the pixels of the input to the pixels of the output: dense layers as PyTorch
/// has them, convolutions as Keras has them.
pub fn layout(config: &ModelConfig) -> Vec<(String, Vec<usize>)> {
    let pair = |place: &super::architecture::Place| {
        let layer = place.layer;
        [
            (format!("{}.weight", place.name), layer.weight_shape()),
            (format!("{}.bias", place.name), vec![layer.biases()]),
        ]
    };
    Architecture::new(config).places().flat_map(pair).collect()
}

/// Weights and biases from U(-1/√fan_in, 1/√fan_in), PyTorch's default for linear layers, one after the other in the order
/// of `layout`. A parameter's values follow from the seed and its name alone, so that an AE and a VAE of one seed start from
/// the same weights where they share them.
pub fn initial_parameters(config: &ModelConfig, seed: u64) -> Vec<f32> {
    let mut all = Vec::new();
    for place in Architecture::new(config).places() {
        let bound = 1.0 / (place.layer.fan_in() as f32).sqrt();
        for (what, size) in [("weight", place.weight.len()), ("bias", place.bias.len())] {
            let rng = stream(seed, Purpose::Weights, name_index(&format!("{}.{what}", place.name)));
            let unit = StandardUniform.sample_iter(rng).map(|u: f32| bound * (2.0 * u - 1.0));
            all.extend(unit.take(size));
        }
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
