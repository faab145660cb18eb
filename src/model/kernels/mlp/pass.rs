//! Forward: from pixels to the likelihood, or from codes to pixels.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `Pass`")]

use std::ops::Range;

use super::network::{Dense, Network};
use super::workspace::{Buffers, Workspace};
use super::{Batch, Sums};
use crate::config::LATENT;
use crate::model::kernels::math;
use crate::model::kernels::matrix::{Mat, product};
use crate::model::kernels::team::{Member, Team};

/// Outputs of a layer that one task computes: wide enough for a fast product, narrow enough to share out.
pub const TILE: usize = 128;
/// Images that one task takes through the middle of the network.
pub const ROWS: usize = 16;

/// One batch on its way through the network. Every method is one or more phases that all members of the team enter
/// together. Within a phase each task writes its own tile, chunk of rows or scratch row and reads only what earlier
/// phases wrote: that is what makes the methods sound, and why they are unsafe to call in any other way.
pub struct Pass<'a> {
    pub network: &'a Network,
    pub parameters: Mat,
    pub images: Mat,
    pub noise: Mat,
    pub batch: usize,
    pub buffers: Buffers,
}

impl<'a> Pass<'a> {
    pub fn new(network: &'a Network, parameters: Mat, batch: Batch, workspace: &mut Workspace, team: &Team) -> Self {
        let n = batch.noise.len() / LATENT;
        assert_eq!(batch.images.len(), n * network.pixels, "images and noise of one batch");
        let mut pass = Self::from_codes(network, parameters, batch.noise, workspace, team);
        pass.images = Mat::read(batch.images, network.pixels);
        pass
    }

    /// For decoding alone: the codes stand in for the noise, and there are no images.
    pub fn from_codes(
        network: &'a Network,
        parameters: Mat,
        codes: &[f32],
        workspace: &mut Workspace,
        team: &Team,
    ) -> Self {
        assert_eq!(parameters.rows, network.parameters, "parameters of another network");
        let batch = codes.len() / LATENT;
        let buffers = workspace.buffers(network, batch, team.threads());
        Self { network, parameters, images: buffers.logits, noise: Mat::read(codes, LATENT), batch, buffers }
    }

    pub fn weight(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.weight()).reshaped(layer.inputs)
    }

    pub fn bias(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.bias()).reshaped(layer.outputs)
    }

    pub unsafe fn forward(&self, member: &mut Member) {
        unsafe {
            self.encode(member);
            self.sample(member);
            self.decode_first(member);
            self.decode(member);
            self.loss(member);
        }
    }

    /// Through the hidden layers of the encoder.
    pub unsafe fn encode(&self, member: &mut Member) {
        let mut input = self.images;
        for (layer, &output) in self.network.encoder.iter().zip(&self.buffers.encoder) {
            unsafe { self.hidden(member, layer, input, output) };
            input = output;
        }
    }

    /// Through the hidden layers of the decoder, from the second on.
    pub unsafe fn decode(&self, member: &mut Member) {
        for (i, layer) in self.network.decoder.iter().enumerate().skip(1) {
            unsafe { self.hidden(member, layer, self.buffers.decoder[i - 1], self.buffers.decoder[i]) };
        }
    }

    unsafe fn hidden(&self, member: &mut Member, layer: &Dense, input: Mat, output: Mat) {
        member.phase(layer.outputs.div_ceil(TILE), |task| {
            let tile = part(task, TILE, layer.outputs);
            let target = output.cols(tile.clone());
            unsafe { product(target, input, self.weight(layer).rows(tile.clone()).transposed()) };
            let bias = unsafe { &self.bias(layer).whole()[tile] };
            for row in 0..self.batch {
                math::add_bias(unsafe { target.row_mut(row) }, bias, true);
            }
        });
    }

    /// The heads of the encoder, the KL, and z = μ + σ·ε.
    pub unsafe fn sample(&self, member: &mut Member) {
        let (network, b) = (self.network, &self.buffers);
        let last = b.encoder[b.encoder.len() - 1];
        member.phase(self.batch.div_ceil(ROWS), |task| {
            let kl = unsafe { b.kl.row_mut(task) };
            kl.fill(0.0);
            for row in part(task, ROWS, self.batch) {
                let (h, mu, z) = unsafe { (last.row(row), b.mu.row_mut(row), b.z.row_mut(row)) };
                unsafe { self.head(&network.mu, h, mu) };
                let Some(layer) = &network.logvar else {
                    z.copy_from_slice(mu);
                    continue;
                };
                let (logvar, noise) = unsafe { (b.logvar.row_mut(row), self.noise.row(row)) };
                unsafe { self.head(layer, h, logvar) };
                for d in 0..LATENT {
                    z[d] = mu[d] + math::exp(0.5 * logvar[d]) * noise[d];
                    kl[0] += 0.5 * mu[d] * mu[d];
                    kl[1] += 0.5 * (math::exp(logvar[d]) - 1.0 - logvar[d]);
                }
            }
        });
    }

    unsafe fn head(&self, layer: &Dense, input: &[f32], output: &mut [f32]) {
        let (weight, bias) = (self.weight(layer), unsafe { self.bias(layer).whole() });
        for (d, value) in output.iter_mut().enumerate() {
            *value = bias[d] + math::dot(input, unsafe { weight.row(d) });
        }
    }

    /// The first layer of the decoder, whose inputs are too few for a product to pay.
    pub unsafe fn decode_first(&self, member: &mut Member) {
        let layer = &self.network.decoder[0];
        let (weight, bias) = unsafe { (self.weight(layer).whole(), self.bias(layer).whole()) };
        member.phase(self.batch.div_ceil(ROWS), |task| {
            for row in part(task, ROWS, self.batch) {
                let (z, output) = unsafe { (self.buffers.z.row(row), self.buffers.decoder[0].row_mut(row)) };
                math::from_code(output, [z[0], z[1]], weight, bias);
            }
        });
    }

    /// The logits tile by tile, then whatever `finish` does to each row of a tile: (tile, row, logits).
    unsafe fn last_layer(&self, member: &mut Member, finish: impl Fn(usize, &[Mat; 2], &[f32])) {
        let (layer, input) = (&self.network.out, self.buffers.decoder[self.buffers.decoder.len() - 1]);
        member.phase(layer.outputs.div_ceil(TILE), |task| {
            let tile = part(task, TILE, layer.outputs);
            let target = self.buffers.logits.cols(tile.clone());
            unsafe { product(target, input, self.weight(layer).rows(tile.clone()).transposed()) };
            let bias = unsafe { &self.bias(layer).whole()[tile.clone()] };
            finish(task, &[target, self.images.cols(tile)], bias);
        });
    }

    /// The pixels.
    pub unsafe fn output(&self, member: &mut Member) {
        let finish = |_: usize, [target, _]: &[Mat; 2], bias: &[f32]| {
            for row in 0..self.batch {
                math::pixels(unsafe { target.row_mut(row) }, bias);
            }
        };
        unsafe { self.last_layer(member, finish) };
    }

    /// The Bernoulli likelihood, and its gradient in place of the logits.
    unsafe fn loss(&self, member: &mut Member) {
        let scale = 1.0 / self.batch as f32;
        let finish = |task: usize, [target, images]: &[Mat; 2], bias: &[f32]| {
            let mut sum = 0.0;
            for row in 0..self.batch {
                let (logits, x) = unsafe { (target.row_mut(row), images.row(row)) };
                sum += math::bernoulli(logits, bias, x, scale);
            }
            unsafe { self.buffers.recon.cols(task..task + 1).whole_mut()[0] = sum };
        };
        unsafe { self.last_layer(member, finish) };
    }

    /// After `forward` is over.
    pub fn sums(&self) -> Sums {
        // SAFETY: the run is over.
        let (recon, kl) = unsafe { (self.buffers.recon.whole(), self.buffers.kl.whole()) };
        let sum = |values: &mut dyn Iterator<Item = &f32>| values.map(|&v| f64::from(v)).sum::<f64>();
        Sums {
            recon: sum(&mut recon.iter()),
            kl_mean: sum(&mut kl.iter().step_by(2)),
            kl_variance: sum(&mut kl.iter().skip(1).step_by(2)),
        }
    }
}

/// Task `index` of those that cut `total` into pieces of `size`.
pub fn part(index: usize, size: usize, total: usize) -> Range<usize> {
    index * size..((index + 1) * size).min(total)
}
