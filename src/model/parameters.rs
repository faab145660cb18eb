//! The parameters of a network: their names and shapes, and what they start from.

use rand_distr::{Distribution, StandardUniform};

use super::architecture::{Architecture, Bottleneck, Prior, Slot};
use crate::config::{Arch, ModelConfig};
use crate::random::{Purpose, standard_normal, stream};

/// Names and shapes of all parameters, from the pixels of the input to the pixels of the output, then those of the prior or
/// the codebook: dense layers as PyTorch has them, convolutions as Keras has them. Those of another program's network lie one after
/// the other.
pub fn layout(config: &ModelConfig) -> Vec<(String, Vec<usize>)> {
    let pair = |slot: &Slot| {
        let layer = slot.layer;
        [(format!("{}.weight", slot.name), layer.weight_shape()), (format!("{}.bias", slot.name), vec![layer.biases()])]
    };
    if let Arch::Graph(graphs) = &config.arch {
        let sides = [("encoder", &graphs.encoder), ("decoder", &graphs.decoder)];
        return sides.map(|(name, graph)| (name.to_owned(), vec![graph.parameter_count()])).into();
    }
    let Some(architecture) = Architecture::new(config) else { return Vec::new() };
    let parts = architecture.parts().into_iter().map(|part| (part.name.to_owned(), part.shape.clone()));
    architecture.layers().flat_map(pair).chain(parts).collect()
}

/// Weights and biases from U(-1/√fan_in, 1/√fan_in), PyTorch's default for linear layers, one after the other in the order
/// of `layout`. A parameter's values follow from the seed and its name alone, so that an AE and a VAE of one seed start from
/// the same weights where they share them. A mixture starts as N(0, I), words as draws from it; both are put among the codes
/// by `start` once there are any. Another program's network starts from none.
pub fn initial_parameters(config: &ModelConfig, seed: u64) -> Vec<f32> {
    let mut all = Vec::new();
    let Some(architecture) = Architecture::new(config) else { return all };
    for slot in architecture.layers() {
        let bound = 1.0 / (slot.layer.fan_in() as f32).sqrt();
        for (what, size) in [("weight", slot.weight.len()), ("bias", slot.bias.len())] {
            let rng = stream(seed, Purpose::Weights, name_index(&format!("{}.{what}", slot.name)));
            let unit = StandardUniform.sample_iter(rng).map(|u: f32| bound * (2.0 * u - 1.0));
            all.extend(unit.take(size));
        }
    }
    all.resize(architecture.parameters, 0.0);
    let normal = |name: &str, n: usize| standard_normal(&mut stream(seed, Purpose::Weights, name_index(name)), n);
    match &architecture.bottleneck {
        Bottleneck::Quantised(words) => {
            let values = normal(words.weight.name, words.weight.at.len());
            all[words.weight.at.clone()].copy_from_slice(&values);
        }
        Bottleneck::Gaussian(Prior::Vamp { pseudo, .. }) => {
            let values = normal(pseudo.name, pseudo.at.len());
            all[pseudo.at.clone()].copy_from_slice(&values);
        }
        Bottleneck::Point | Bottleneck::Gaussian(_) => {}
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
