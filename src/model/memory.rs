//! What training takes, before it begins.

use super::architecture::Architecture;
use super::{Compute, ModelError, layout};
use crate::config::{Arch, Memory, ModelConfig};

/// Copies of the weights while a run learns: they themselves, both moments, the last that were good, and a state that is kept; and
/// besides, of one run at a time, while it is saved or restored.
const LASTING: usize = 5;
const PASSING: usize = 6;
/// Tables of a batch's images: as they are and turned, and what is decoded.
const OF_IMAGES: usize = 4;
/// Tables of a hidden layer: its units, turned, and their gradient.
const OF_LAYER: usize = 3;

/// Bytes that a run takes while it learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrainingMemory {
    pub lasting: usize,
    /// Besides, of one run at a time.
    pub passing: usize,
}

impl TrainingMemory {
    /// Of a model that learns from batches of so many images.
    pub fn of(config: &ModelConfig, batch: usize) -> Self {
        let network = Architecture::new(config);
        let weights =
            size_of::<f32>() * layout(config).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum::<usize>();
        let slots = network.iter().flat_map(|network| network.encoder.iter().chain(&network.decoder));
        let hidden: usize = slots.map(|slot| slot.layer.outputs()).sum();
        // Convolutions go through a few images at a time.
        let layers = if config.arch == Arch::Conv { 0 } else { OF_LAYER * hidden };
        let activations = size_of::<f32>() * batch * (OF_IMAGES * config.pixels() + layers);
        Self { lasting: LASTING * weights + activations, passing: PASSING * weights }
    }

    /// Of all runs together.
    pub fn total(all: &[Self]) -> usize {
        let passing = all.iter().map(|run| run.passing).max().unwrap_or(0);
        all.iter().map(|run| run.lasting).fold(passing, usize::saturating_add)
    }

    /// Refuses a model beside runs that there are already where all of them would take more than is allowed.
    pub fn check(config: &ModelConfig, batch: usize, others: &[Self], compute: &Compute) -> Result<(), ModelError> {
        let own = Self::of(config, batch);
        let all = [others, &[own]].concat();
        let (wanted, allowed) = (Self::total(&all), compute.memory);
        if wanted <= allowed.bytes() {
            return Ok(());
        }
        let network = match &config.arch {
            Arch::Conv => "a convolutional network".to_owned(),
            Arch::Graph(_) => "another program's network".to_owned(),
            Arch::Mlp(hidden) if hidden.is_empty() => "a linear network".to_owned(),
            Arch::Mlp(_) => format!("a network of {}", config.arch),
        };
        let others = match others.len() {
            0 => String::new(),
            1 => " beside the other run".to_owned(),
            n => format!(" beside the other {n} runs"),
        };
        let images = config.shape;
        // Rounded up, for what is advised is to be enough.
        let enough = Memory::of(wanted.saturating_add(wanted / 20));
        let what = format!(
            "{network} on images of {images} in batches of {batch} takes about {} to train{others}",
            Memory::of(wanted)
        );
        Err(ModelError::TooLarge {
            what,
            allowed,
            remedy: format!("take smaller layers or batches, or --memory {enough}"),
        })
    }
}
