//! Where the layers of a network are in its flat parameters.

use std::ops::Range;

use crate::config::Link;
use crate::model::architecture::{Architecture, Bottleneck, Layer, Slot};

/// Where a layer is in the flat parameters: weight (outputs, inputs), then bias (outputs).
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    pub start: usize,
    pub inputs: usize,
    pub outputs: usize,
}

impl Dense {
    pub fn weight(&self) -> Range<usize> {
        self.start..self.start + self.outputs * self.inputs
    }

    pub fn bias(&self) -> Range<usize> {
        self.weight().end..self.weight().end + self.outputs
    }
}

/// The layers of a fully connected network.
#[derive(Clone, Debug)]
pub struct Mlp {
    pub pixels: usize,
    pub latent: usize,
    pub link: Link,
    pub bottleneck: Bottleneck,
    pub encoder: Vec<Dense>,
    pub mu: Dense,
    pub logvar: Option<Dense>,
    pub decoder: Vec<Dense>,
    pub out: Dense,
    pub parameters: usize,
}

impl Mlp {
    /// None if a layer is of another kind.
    pub fn new(architecture: &Architecture) -> Option<Self> {
        let dense = |place: &Slot| match place.layer {
            Layer::Dense { inputs, outputs } => Some(Dense { start: place.weight.start, inputs, outputs }),
            _ => None,
        };
        let out = dense(&architecture.out)?;
        Some(Self {
            pixels: out.outputs,
            latent: architecture.latent,
            link: architecture.link,
            bottleneck: architecture.bottleneck.clone(),
            encoder: architecture.encoder.iter().map(dense).collect::<Option<_>>()?,
            mu: dense(&architecture.mu)?,
            logvar: architecture.logvar.as_ref().and_then(dense),
            decoder: architecture.decoder.iter().map(dense).collect::<Option<_>>()?,
            out,
            parameters: architecture.parameters,
        })
    }

    /// The layers alone, where nothing is asked of the bottleneck: pseudo-inputs then cost nothing.
    pub fn without_bottleneck(&self) -> Self {
        Self { bottleneck: Bottleneck::Point, ..self.clone() }
    }

    /// The layer that takes the code.
    pub fn first(&self) -> &Dense {
        self.decoder.first().unwrap_or(&self.out)
    }

    /// Pseudo-inputs that are encoded with every batch.
    pub fn pseudo_inputs(&self) -> usize {
        self.bottleneck.pseudo_inputs().map_or(0, |(count, _)| count)
    }
}
