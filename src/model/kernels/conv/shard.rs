//! A few images all the way through the network and back, on one thread.

use std::ops::Range;

use super::layer::{Weighted, columns};
use crate::model::architecture::{Architecture, Slot};
use crate::model::kernels::bottleneck::{Bottleneck, Heads, Weights as TermWeights};
use crate::model::kernels::{Batch, Sums, math};

/// Images that go together.
pub const SHARD: usize = 16;

/// Every layer of a network with its weights at hand.
pub struct Weights<'a> {
    encoder: Vec<Weighted<'a>>,
    mu: Weighted<'a>,
    logvar: Option<Weighted<'a>>,
    decoder: Vec<Weighted<'a>>,
    out: Weighted<'a>,
}

impl<'a> Weights<'a> {
    pub fn new(network: &'a Architecture, parameters: &'a [f32]) -> Self {
        assert_eq!(parameters.len(), network.parameters, "parameters of another network");
        let layer = |place: &'a Slot| Weighted::new(place, parameters);
        Self {
            encoder: network.encoder.iter().map(layer).collect(),
            mu: layer(&network.mu),
            logvar: network.logvar.as_ref().map(layer),
            decoder: network.decoder.iter().map(layer).collect(),
            out: layer(&network.out),
        }
    }
}

/// The units of the layers for a shard, each (images, units).
#[derive(Default)]
struct Units {
    encoder: Vec<Vec<f32>>,
    mu: Vec<f32>,
    logvar: Vec<f32>,
    z: Vec<f32>,
    decoder: Vec<Vec<f32>>,
    logits: Vec<f32>,
}

/// What a step asks of a shard besides its layers.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub bottleneck: &'a Bottleneck,
    pub weights: TermWeights,
    /// Images of the whole batch.
    pub batch: usize,
}

impl Units {
    fn new(network: &Architecture) -> Self {
        let layers = |places: &[Slot]| places.iter().map(|p| vec![0.0; SHARD * p.layer.outputs()]).collect();
        let code = vec![0.0; SHARD * network.latent];
        Self {
            encoder: layers(&network.encoder),
            mu: code.clone(),
            logvar: code.clone(),
            z: code,
            decoder: layers(&network.decoder),
            logits: vec![0.0; SHARD * network.out.layer.outputs()],
        }
    }

    /// Of `images` images only.
    fn resize(&mut self, images: usize, network: &Architecture) {
        let layers = |units: &mut Vec<Vec<f32>>, places: &[Slot]| {
            units.iter_mut().zip(places).for_each(|(u, p)| u.resize(images * p.layer.outputs(), 0.0));
        };
        layers(&mut self.encoder, &network.encoder);
        layers(&mut self.decoder, &network.decoder);
        for code in [&mut self.mu, &mut self.logvar, &mut self.z] {
            code.resize(images * network.latent, 0.0);
        }
        self.logits.resize(images * network.out.layer.outputs(), 0.0);
    }
}

/// The memory of one thread.
pub struct Memory {
    units: Units,
    gradient: Units,
    columns: Vec<f32>,
    /// What the bottleneck keeps for its way back.
    kept: Vec<f32>,
}

impl Memory {
    pub fn new(network: &Architecture) -> Self {
        let columns = network.layers().map(|slot| columns(&slot.layer)).max().unwrap_or(0);
        Self {
            units: Units::new(network),
            gradient: Units::new(network),
            columns: vec![0.0; columns],
            kept: Vec::new(),
        }
    }

    pub fn encode(&mut self, network: &Architecture, weights: &Weights, images: &[f32]) -> (&[f32], &[f32]) {
        self.units.resize(images.len() / network.out.layer.outputs(), network);
        let (units, columns) = (&mut self.units, &mut self.columns);
        let last = forward(&weights.encoder, images, &mut units.encoder, columns);
        weights.mu.forward(last, &mut units.mu, columns, false);
        if let Some(layer) = &weights.logvar {
            layer.forward(last, &mut units.logvar, columns, false);
        }
        (&units.mu, &units.logvar)
    }

    pub fn decode(&mut self, network: &Architecture, weights: &Weights, codes: &[f32]) -> &mut [f32] {
        self.units.resize(codes.len() / network.latent, network);
        let (units, columns) = (&mut self.units, &mut self.columns);
        units.z.copy_from_slice(codes);
        let last = forward(&weights.decoder, &units.z, &mut units.decoder, columns);
        weights.out.forward(last, &mut units.logits, columns, false);
        &mut units.logits
    }

    /// The terms of a shard; replaces the logits by the gradient of the mean likelihood of a batch. `own` gains what the bottleneck
    /// adds up.
    pub fn terms(
        &mut self,
        network: &Architecture,
        weights: &Weights,
        shard: Batch,
        asked: Asked,
        own: &mut [f32],
    ) -> Sums {
        self.encode(network, weights, shard.images);
        let latent = network.latent;
        let (mu, logvar) = (turned(&self.units.mu, latent), turned(&self.units.logvar, latent));
        let heads = Heads { mu: &mu, logvar: &logvar, noise: shard.noise, latent, images: mu.len() / latent };
        let mut z = vec![0.0; mu.len()];
        self.kept.resize(mu.len(), 0.0);
        let mut sums = asked.bottleneck.forward(&heads, asked.weights, &mut z, &mut self.kept, own);
        let logits = self.decode(network, weights, &turned(&z, z.len() / latent));
        let (width, scale) = (logits.len(), 1.0 / asked.batch as f32);
        let likelihood = (shard.likelihood, network.link);
        sums.recon = f64::from(math::nll(likelihood, logits, &[0.0], shard.images, width, scale));
        sums
    }

    /// After `terms`: adds to the gradient of the parameters.
    pub fn backward(
        &mut self,
        network: &Architecture,
        weights: &Weights,
        shard: Batch,
        asked: Asked,
        parameters: &mut [f32],
    ) {
        let Self { units, gradient, columns, kept } = self;
        let latent = network.latent;
        gradient.resize(shard.noise.len() / latent, network);
        let mut above = &units.logits[..];
        let mut hidden = units.decoder.iter().zip(&mut gradient.decoder).collect::<Vec<_>>();
        for layer in weights.decoder.iter().chain([&weights.out]).rev() {
            let Some((input, below)) = hidden.pop() else {
                layer.backward(&units.z, above, Some(&mut gradient.z), parameters, columns);
                break;
            };
            layer.backward(input, above, Some(below), parameters, columns);
            math::mask(below, input);
            above = below;
        }

        let (mu, logvar, dz) = (turned(&units.mu, latent), turned(&units.logvar, latent), turned(&gradient.z, latent));
        let heads = Heads { mu: &mu, logvar: &logvar, noise: shard.noise, latent, images: mu.len() / latent };
        let (mut dmu, mut dlogvar) = (vec![0.0; mu.len()], vec![0.0; mu.len()]);
        asked.bottleneck.backward(&heads, asked.weights, (&dz, kept), &mut dmu, &mut dlogvar);
        gradient.mu.copy_from_slice(&turned(&dmu, heads.images));
        gradient.logvar.copy_from_slice(&turned(&dlogvar, heads.images));
        self.back_from_heads(weights, shard.images, None, parameters);
    }

    /// From given gradients of the heads (images, latent) of images that are encoded first; `below` gains the gradient of their
    /// pixels.
    pub fn backward_encoder(
        &mut self,
        network: &Architecture,
        weights: &Weights,
        images: &[f32],
        (dmu, dlogvar): (&[f32], &[f32]),
        below: &mut [f32],
        parameters: &mut [f32],
    ) {
        self.encode(network, weights, images);
        self.gradient.resize(dmu.len() / network.latent, network);
        self.gradient.mu.copy_from_slice(dmu);
        self.gradient.logvar.copy_from_slice(dlogvar);
        self.back_from_heads(weights, images, Some(below), parameters);
    }

    fn back_from_heads(
        &mut self,
        weights: &Weights,
        images: &[f32],
        pixels: Option<&mut [f32]>,
        parameters: &mut [f32],
    ) {
        let Self { units, gradient, columns, .. } = self;
        let mut hidden = units.encoder.iter().zip(&mut gradient.encoder).collect::<Vec<_>>();
        let Some((last, below)) = hidden.pop() else { return };
        weights.mu.backward(last, &gradient.mu, Some(below), parameters, columns);
        if let Some(layer) = &weights.logvar {
            let mut other = vec![0.0; below.len()];
            layer.backward(last, &gradient.logvar, Some(&mut other), parameters, columns);
            math::add_scaled(below, 1.0, &other);
        }
        math::mask(below, last);
        let mut above: &[f32] = below;
        for layer in weights.encoder.iter().rev() {
            let Some((input, below)) = hidden.pop() else {
                layer.backward(images, above, pixels, parameters, columns);
                break;
            };
            layer.backward(input, above, Some(below), parameters, columns);
            math::mask(below, input);
            above = below;
        }
    }
}

/// (rows, cols) as (cols, rows), for so many columns.
fn turned(values: &[f32], cols: usize) -> Vec<f32> {
    (0..cols).flat_map(|col| values.iter().skip(col).step_by(cols).copied()).collect()
}

/// Through hidden layers; the units of the last of them.
fn forward<'a>(layers: &[Weighted], input: &'a [f32], units: &'a mut [Vec<f32>], columns: &mut [f32]) -> &'a [f32] {
    let mut input = input;
    for (layer, output) in layers.iter().zip(units) {
        layer.forward(input, output, columns, true);
        input = output;
    }
    input
}

/// The images of shard `index` of a batch of `batch`.
pub fn part(index: usize, batch: usize) -> Range<usize> {
    index * SHARD..((index + 1) * SHARD).min(batch)
}
