//! The layers of an autoencoder as plain candle operations: ours, or another program's operations.

use candle_core::{Result, Tensor};

use crate::config::{Graphs, ModelConfig};
use crate::model::architecture::Architecture;
use crate::model::graph::PlainGraph;
use crate::model::kernels::Network;
use crate::model::layer::PlainLayer;

/// What the encoder says of a batch.
pub struct Posterior {
    /// (batch, latent)
    pub mu: Tensor,
    /// (batch, latent); an AE has none.
    pub logvar: Option<Tensor>,
}

pub enum Layers {
    Ours(Box<Ours>),
    Graphs { encoder: PlainGraph, decoder: PlainGraph, latent: usize },
}

/// Views of flat parameters, and the kernels that do the same on these.
pub struct Ours {
    pub architecture: Architecture,
    pub network: Network,
    encoder: Vec<PlainLayer>,
    mu: PlainLayer,
    logvar: Option<PlainLayer>,
    decoder: Vec<PlainLayer>,
    out: PlainLayer,
}

impl Layers {
    pub fn ours(architecture: Architecture, parameters: &Tensor) -> Result<Self> {
        let layer = |place| PlainLayer::new(place, parameters);
        Ok(Self::Ours(Box::new(Ours {
            encoder: architecture.encoder.iter().map(layer).collect::<Result<_>>()?,
            mu: layer(&architecture.mu)?,
            logvar: architecture.logvar.as_ref().map(layer).transpose()?,
            decoder: architecture.decoder.iter().map(layer).collect::<Result<_>>()?,
            out: layer(&architecture.out)?,
            network: Network::new(&architecture),
            architecture,
        })))
    }

    pub fn graphs(graphs: &Graphs, config: &ModelConfig, parameters: &Tensor) -> Result<Self> {
        let encoder = parameters.narrow(0, 0, graphs.encoder.parameter_count())?;
        let decoder = parameters.narrow(0, graphs.encoder.parameter_count(), graphs.decoder.parameter_count())?;
        Ok(Self::Graphs {
            encoder: PlainGraph::new(graphs.encoder.clone(), &encoder)?,
            decoder: PlainGraph::new(graphs.decoder.clone(), &decoder)?,
            latent: config.latent,
        })
    }

    /// x: (batch, pixels) in [0, 1] -> the posterior.
    pub fn encode(&self, x: &Tensor, has_logvar: bool) -> Result<Posterior> {
        match self {
            Self::Ours(ours) => {
                let h = hidden(&ours.encoder, x)?;
                let logvar = ours.logvar.as_ref().map(|layer| layer.forward(&h)).transpose()?;
                Ok(Posterior { mu: ours.mu.forward(&h)?, logvar })
            }
            Self::Graphs { encoder, latent, .. } => {
                let heads = encoder.forward(x)?;
                let logvar = has_logvar.then(|| heads.narrow(1, *latent, *latent)).transpose()?;
                Ok(Posterior { mu: heads.narrow(1, 0, *latent)?, logvar })
            }
        }
    }

    /// The first layer of the decoder, before its activation; of a graph the code. z: (batch, latent) -> (batch, units).
    pub fn decode_first(&self, z: &Tensor) -> Result<Tensor> {
        match self {
            Self::Ours(ours) => ours.decoder.first().unwrap_or(&ours.out).forward(z),
            Self::Graphs { .. } => Ok(z.clone()),
        }
    }

    /// The rest of the decoder. first: (batch, units) -> logits: (batch, pixels).
    pub fn decode_on(&self, first: &Tensor) -> Result<Tensor> {
        match self {
            Self::Ours(ours) => match ours.decoder.get(1..) {
                Some(rest) => ours.out.forward(&hidden(rest, &first.relu()?)?),
                None => Ok(first.clone()),
            },
            Self::Graphs { decoder, .. } => decoder.forward(first),
        }
    }
}

fn hidden(layers: &[PlainLayer], x: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(x.clone(), |h, layer| layer.forward(&h)?.relu())
}
