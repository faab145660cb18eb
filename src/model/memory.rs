//! What training takes, before it begins.

use super::architecture::Architecture;
use super::{Compute, ModelError, layout};
use crate::config::{Arch, Memory, ModelConfig};

/// How many copies of the weights there are while a run learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    lasting: usize,
    /// Besides, of one run at a time.
    passing: usize,
}

impl Copies {
    /// Where it only learns: the weights, both moments and the last that were good; and while it is written, the moments once
    /// more, or while it is read, all that is in its file.
    pub const TRAINED: Self = Self { lasting: 4, passing: 3 };
    /// Where it is shown as well: besides, what it was opened with, models that draw, states that were shown before, the ends of
    /// the timeline, and the moments in a session that is being written; as measured, of images of 256 x 256.
    pub const SHOWN: Self = Self { lasting: 16, passing: 3 };
}

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
    pub fn of(config: &ModelConfig, batch: usize, copies: Copies) -> Self {
        let network = Architecture::new(config);
        let weights =
            size_of::<f32>() * layout(config).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum::<usize>();
        let slots = network.iter().flat_map(|network| network.encoder.iter().chain(&network.decoder));
        let hidden: usize = slots.map(|slot| slot.layer.outputs()).sum();
        // Convolutions go through a few images at a time.
        let layers = if config.arch == Arch::Conv { 0 } else { OF_LAYER * hidden };
        let activations = size_of::<f32>() * batch * (OF_IMAGES * config.pixels() + layers);
        Self { lasting: copies.lasting * weights + activations, passing: copies.passing * weights }
    }

    /// Of all runs together.
    pub fn total(all: &[Self]) -> usize {
        let passing = all.iter().map(|run| run.passing).max().unwrap_or(0);
        all.iter().map(|run| run.lasting).fold(passing, usize::saturating_add)
    }

    /// Refuses a model beside runs that there are already where all of them would take more than is allowed.
    pub fn check(
        config: &ModelConfig,
        batch: usize,
        copies: Copies,
        others: &[Self],
        compute: &Compute,
    ) -> Result<(), ModelError> {
        let own = Self::of(config, batch, copies);
        let (wanted, allowed) = (Self::total(&[others, &[own]].concat()), compute.memory);
        if wanted <= allowed.bytes() {
            return Ok(());
        }
        let smaller = halved(config).find(|smaller| {
            // Runs that begin together become smaller together.
            let smaller = Self::of(smaller, batch, copies);
            let share = smaller.lasting as f64 / own.lasting as f64;
            let of = |bytes: usize| (share * bytes as f64) as usize;
            let others = others.iter().map(|run| Self { lasting: of(run.lasting), passing: of(run.passing) });
            Self::total(&others.chain([smaller]).collect::<Vec<_>>()) <= allowed.bytes()
        });
        let layers = match smaller {
            Some(fitting) if others.is_empty() => format!("hidden layers of {}", fitting.arch),
            Some(fitting) => format!("hidden layers of {} for all", fitting.arch),
            None => "smaller layers".to_owned(),
        };
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
            remedy: format!("take {layers}, smaller batches, or --memory {enough}"),
        })
    }
}

/// The same with layers of half as many units, and again.
fn halved(config: &ModelConfig) -> impl Iterator<Item = ModelConfig> {
    std::iter::successors(Some(config.clone()), |config| {
        let Arch::Mlp(hidden) = &config.arch else { return None };
        let hidden: Vec<usize> = hidden.iter().map(|units| units / 2).collect();
        let is_network = !hidden.is_empty() && !hidden.contains(&0);
        is_network.then(|| {
            let mut smaller = config.clone();
            smaller.spec.arch = Arch::Mlp(hidden);
            smaller
        })
    })
}
