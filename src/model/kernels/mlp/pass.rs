//! Forward: from pixels to the likelihood, or from codes to pixels.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `Pass`")]

use std::ops::Range;

use super::network::{Dense, Mlp};
use super::tiles::{BLOCK, STRIP, TILE, part};
use super::workspace::{Buffers, Units};
use crate::config::{LATENT, Likelihood};
use crate::model::kernels::math;
use crate::model::kernels::matrix::{Mat, product, transpose};
use crate::model::kernels::team::Member;
use crate::model::kernels::{Batch, Output, Sums};

/// One batch on its way through the network. Every method is one or more phases that all members of the team enter
/// together. Within a phase each task writes its own tile, strip of images or scratch row and reads only what earlier
/// phases wrote: that is what makes the methods sound, and why they are unsafe to call in any other way.
pub struct Pass<'a> {
    pub network: &'a Mlp,
    pub parameters: Mat,
    pub images: Mat,
    pub noise: Mat,
    likelihood: Likelihood,
    pub batch: usize,
    pub buffers: Buffers,
}

/// A few images of one block.
pub struct Strip {
    pub index: usize,
    /// Of the batch.
    pub images: Range<usize>,
    block: Range<usize>,
}

impl Strip {
    /// These images of a layer: (units, images).
    pub fn of(&self, units: Units) -> Mat {
        let start = self.images.start - self.block.start;
        units.block(self.block.clone()).cols(start..start + self.images.len())
    }
}

impl<'a> Pass<'a> {
    pub fn new(network: &'a Mlp, parameters: Mat, batch: Batch, buffers: Buffers) -> Self {
        let n = batch.noise.len() / LATENT;
        assert_eq!(batch.images.len(), n * network.pixels, "images and noise of one batch");
        Self {
            images: Mat::read(batch.images, network.pixels),
            likelihood: batch.likelihood,
            ..Self::from_codes(network, parameters, batch.noise, buffers)
        }
    }

    /// For decoding alone: the codes stand in for the noise, and there are no images.
    pub fn from_codes(network: &'a Mlp, parameters: Mat, codes: &[f32], buffers: Buffers) -> Self {
        assert_eq!(parameters.rows, network.parameters, "parameters of another network");
        let batch = codes.len() / LATENT;
        let (images, likelihood) = (buffers.pixels, Likelihood::Bernoulli);
        Self { network, parameters, images, noise: Mat::read(codes, LATENT), likelihood, batch, buffers }
    }

    pub fn weight(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.weight()).reshaped(layer.inputs)
    }

    pub fn bias(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.bias()).reshaped(layer.outputs)
    }

    /// The images of each block.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> {
        let batch = self.batch;
        (0..batch.div_ceil(BLOCK)).map(move |i| part(i, BLOCK, batch))
    }

    /// Tasks that cut a layer of `width` units into tiles for each block.
    pub fn tiles(&self, width: usize) -> usize {
        width.div_ceil(TILE) * self.batch.div_ceil(BLOCK)
    }

    /// The units and the images of one of these tasks.
    pub fn tile(&self, task: usize, width: usize) -> (Range<usize>, Range<usize>) {
        let tiles = width.div_ceil(TILE);
        (part(task % tiles, TILE, width), part(task / tiles, BLOCK, self.batch))
    }

    pub fn strips(&self) -> usize {
        self.batch.div_ceil(STRIP)
    }

    pub fn strip(&self, index: usize) -> Strip {
        let images = part(index, STRIP, self.batch);
        let block = part(images.start / BLOCK, BLOCK, self.batch);
        Strip { index, images, block }
    }

    pub unsafe fn forward(&self, member: &mut Member) {
        unsafe {
            self.encode(member);
            member.phase(self.strips(), |task| {
                self.sample(&self.strip(task));
                self.decode_first(&self.strip(task));
            });
            self.decode(member);
            self.loss(member);
        }
    }

    /// Through the hidden layers of the encoder.
    pub unsafe fn encode(&self, member: &mut Member) {
        let pixels = self.network.pixels;
        member.phase(self.tiles(pixels), |task| {
            let (tile, images) = self.tile(task, pixels);
            let target = self.buffers.x.block(images.clone()).rows(tile.clone());
            unsafe { transpose(target, self.images.rows(images).cols(tile)) };
        });
        let mut input = self.buffers.x;
        for (layer, hidden) in self.network.encoder.iter().zip(&self.buffers.encoder) {
            unsafe { self.hidden(member, layer, input, hidden.units) };
            input = hidden.units;
        }
    }

    /// Through the hidden layers of the decoder, from the second on.
    pub unsafe fn decode(&self, member: &mut Member) {
        let hidden = &self.buffers.decoder;
        for (layer, pair) in self.network.decoder[1..].iter().zip(hidden.windows(2)) {
            unsafe { self.hidden(member, layer, pair[0].units, pair[1].units) };
        }
    }

    unsafe fn hidden(&self, member: &mut Member, layer: &Dense, input: Units, output: Units) {
        let finish = |_: usize, target: Mat, bias: &[f32], _: &_| {
            math::bias_and_relu(unsafe { target.whole_mut() }, bias, target.cols);
        };
        unsafe { self.dense(member, layer, input, output, finish) };
    }

    /// The product of a layer tile by tile, then `finish` on each: (task, target, its bias, (its units, its images)).
    unsafe fn dense(
        &self,
        member: &mut Member,
        layer: &Dense,
        input: Units,
        output: Units,
        finish: impl Fn(usize, Mat, &[f32], &(Range<usize>, Range<usize>)),
    ) {
        member.phase(self.tiles(layer.outputs), |task| {
            let place = self.tile(task, layer.outputs);
            let (tile, images) = place.clone();
            let target = output.block(images.clone()).rows(tile.clone());
            unsafe { product(target, self.weight(layer).rows(tile.clone()), input.block(images)) };
            finish(task, target, unsafe { &self.bias(layer).whole()[tile] }, &place);
        });
    }

    /// The heads of the encoder, the KL, and z = μ + σ·ε.
    pub unsafe fn sample(&self, strip: &Strip) {
        let (network, b) = (self.network, &self.buffers);
        let last = strip.of(b.encoder[b.encoder.len() - 1].units);
        let (mu, logvar, z) = (strip.of(b.mu), strip.of(b.logvar), strip.of(b.z));
        unsafe { self.head(&network.mu, last, mu) };
        if let Some(layer) = &network.logvar {
            unsafe { self.head(layer, last, logvar) };
        }
        let kl = unsafe { b.kl.row_mut(strip.index) };
        kl.fill(0.0);
        for d in 0..LATENT {
            let (mu, logvar, z) = unsafe { (mu.row(d), logvar.row(d), z.row_mut(d)) };
            if network.logvar.is_none() {
                z.copy_from_slice(mu);
                continue;
            }
            for (i, image) in strip.images.clone().enumerate() {
                z[i] = mu[i] + math::exp(0.5 * logvar[i]) * unsafe { self.noise.row(image)[d] };
                kl[0] += 0.5 * mu[i] * mu[i];
                kl[1] += 0.5 * (math::exp(logvar[i]) - 1.0 - logvar[i]);
            }
        }
    }

    unsafe fn head(&self, layer: &Dense, input: Mat, output: Mat) {
        let (weight, bias) = (self.weight(layer), unsafe { self.bias(layer).whole() });
        for (d, &bias) in bias.iter().enumerate() {
            let (weight, output) = unsafe { (weight.row(d), output.row_mut(d)) };
            output.fill(bias);
            for (unit, &w) in weight.iter().enumerate() {
                math::add_scaled(output, w, unsafe { input.row(unit) });
            }
        }
    }

    /// The codes given in place of the noise.
    pub unsafe fn take_codes(&self, strip: &Strip) {
        unsafe { transpose(strip.of(self.buffers.z), self.noise.rows(strip.images.clone())) };
    }

    /// The first layer of the decoder, whose inputs are too few for a product to pay.
    pub unsafe fn decode_first(&self, strip: &Strip) {
        let layer = &self.network.decoder[0];
        let (z, output) = (strip.of(self.buffers.z), strip.of(self.buffers.decoder[0].units));
        let z = unsafe { [z.row(0), z.row(1)] };
        for (unit, &bias) in unsafe { self.bias(layer).whole() }.iter().enumerate() {
            let (output, weight) = unsafe { (output.row_mut(unit), self.weight(layer).row(unit)) };
            math::from_code(output, z, [weight[0], weight[1]], bias);
        }
    }

    /// The pixels or their logits, image by image.
    pub unsafe fn output(&self, member: &mut Member, output: Output) {
        let input = self.buffers.decoder[self.buffers.decoder.len() - 1].units;
        let finish = |_: usize, target: Mat, bias: &[f32], (tile, images): &(Range<usize>, Range<usize>)| {
            let values = unsafe { target.whole_mut() };
            match output {
                Output::Logits => math::add_bias(values, bias, target.cols),
                Output::Pixels => math::pixels(values, bias, target.cols),
            }
            unsafe { transpose(self.buffers.pixels.rows(images.clone()).cols(tile.clone()), target) };
        };
        unsafe { self.dense(member, &self.network.out, input, self.buffers.logits, finish) };
    }

    /// −log p(x|z), and its gradient in place of the logits.
    unsafe fn loss(&self, member: &mut Member) {
        let scale = 1.0 / self.batch as f32;
        let input = self.buffers.decoder[self.buffers.decoder.len() - 1].units;
        let finish = |task: usize, target: Mat, bias: &[f32], (tile, images): &(Range<usize>, Range<usize>)| {
            let x = unsafe { self.buffers.x.block(images.clone()).rows(tile.clone()).whole() };
            let logits = unsafe { target.whole_mut() };
            let sum = math::nll(self.likelihood, logits, bias, x, target.cols, scale);
            unsafe { self.buffers.recon.cols(task..task + 1).whole_mut()[0] = sum };
        };
        unsafe { self.dense(member, &self.network.out, input, self.buffers.logits, finish) };
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

    /// One number a unit from (units, images) of the whole batch, image by image: (batch, width). After the run is over.
    pub fn by_image(&self, units: Units) -> Vec<f32> {
        let read =
            |mat: Mat| unsafe { (0..mat.cols).flat_map(move |i| (0..mat.rows).map(move |unit| mat.row(unit)[i])) };
        self.blocks().flat_map(|images| read(units.block(images))).collect()
    }
}
