//! Where the layers of a network are in its flat parameters.

use std::ops::Range;

use crate::config::{LATENT, ModelConfig, ModelKind};

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

/// The layers of a network.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) pixels: usize,
    pub(super) encoder: Vec<Dense>,
    pub(super) mu: Dense,
    pub(super) logvar: Option<Dense>,
    pub(super) decoder: Vec<Dense>,
    pub(super) out: Dense,
    pub(super) parameters: usize,
}

impl Network {
    /// Layers one after the other, in the order of `parameters::layout`.
    pub fn new(config: &ModelConfig) -> Self {
        let mut end = 0;
        let mut dense = |inputs, outputs| {
            let layer = Dense { start: end, inputs, outputs };
            end = layer.bias().end;
            layer
        };
        let widths: Vec<usize> = std::iter::once(config.pixels()).chain(config.hidden.iter().copied()).collect();
        let last = widths[widths.len() - 1];
        let encoder = widths.windows(2).map(|w| dense(w[0], w[1])).collect();
        let mu = dense(last, LATENT);
        let logvar = (config.kind == ModelKind::Vae).then(|| dense(last, LATENT));
        let mut decoder = vec![dense(LATENT, last)];
        decoder.extend(widths[1..].windows(2).rev().map(|w| dense(w[1], w[0])));
        let out = dense(widths[1], config.pixels());
        Self { pixels: config.pixels(), encoder, mu, logvar, decoder, out, parameters: end }
    }

    /// Multiplications and additions in the products of one step: forward, weight gradients, and the gradients of all
    /// inputs but the pixels.
    pub fn flops_an_image(&self) -> f64 {
        let layers = self.encoder.iter().chain([&self.mu]).chain(&self.logvar).chain(&self.decoder).chain([&self.out]);
        let weights: usize = layers.map(|layer| layer.weight().len()).sum();
        (6 * weights - 2 * self.encoder[0].weight().len()) as f64
    }
}
