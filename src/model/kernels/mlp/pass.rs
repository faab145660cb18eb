//! Forward: from pixels to the likelihood, or from codes to pixels.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `Pass`")]

use std::ops::Range;

use super::network::{Dense, Mlp};
use super::tiles::{BLOCK, STRIP, TILE, part};
use super::workspace::{Buffers, Units};
use crate::config::{Likelihood, Link};
use crate::model::kernels::bottleneck::{Bottleneck, Components, Heads, Weights};
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
    images: Mat,
    pub noise: Mat,
    likelihood: Likelihood,
    pub batch: usize,
    /// Of the terms beside the likelihood.
    pub weights: Weights,
    /// None while its components are yet to be encoded.
    pub bottleneck: Option<Bottleneck>,
    pub buffers: Buffers,
}

/// Latent dimensions so few that sums of scaled rows are faster than a product.
pub const FEW: usize = 2;

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
        let n = batch.noise.len() / network.latent;
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
        let batch = codes.len() / network.latent;
        let (images, likelihood) = (buffers.pixels, Likelihood::Bernoulli);
        // SAFETY: nothing runs yet.
        let bottleneck = Bottleneck::new(&network.bottleneck, network.latent, unsafe { parameters.whole() });
        let (noise, weights) = (Mat::read(codes, network.latent), Weights::default());
        Self { network, parameters, images, noise, likelihood, batch, weights, bottleneck, buffers }
    }

    /// Pixels of images of the batch, or of pseudo-inputs, which come after them: (images, pixels).
    pub fn pixels(&self, images: Range<usize>) -> Mat {
        match images.start < self.batch {
            true => self.images.rows(images),
            false => self.buffers.pseudo.rows(images.start - self.batch..images.end - self.batch),
        }
    }

    pub fn weight(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.weight()).reshaped(layer.inputs)
    }

    pub fn bias(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.bias()).reshaped(layer.outputs)
    }

    /// Cuts the batch, then the pseudo-inputs, into pieces of `size`.
    fn piece(&self, index: usize, size: usize) -> Range<usize> {
        let of_batch = self.batch.div_ceil(size);
        if index < of_batch {
            return part(index, size, self.batch);
        }
        let piece = part(index - of_batch, size, self.network.pseudo_inputs());
        self.batch + piece.start..self.batch + piece.end
    }

    pub fn block(&self, index: usize) -> Range<usize> {
        self.piece(index, BLOCK)
    }

    /// Blocks of the batch, which go through the decoder.
    pub fn decoded(&self) -> usize {
        self.batch.div_ceil(BLOCK)
    }

    /// These and the blocks of pseudo-inputs, which go through the encoder.
    pub fn encoded(&self) -> usize {
        self.decoded() + self.network.pseudo_inputs().div_ceil(BLOCK)
    }

    /// Tasks that cut a layer of `width` units into tiles for each of so many blocks.
    pub fn tiles(&self, width: usize, blocks: usize) -> usize {
        width.div_ceil(TILE) * blocks
    }

    /// The units and the images of one of these tasks.
    pub fn tile(&self, task: usize, width: usize) -> (Range<usize>, Range<usize>) {
        let tiles = width.div_ceil(TILE);
        (part(task % tiles, TILE, width), self.block(task / tiles))
    }

    /// Strips of the batch.
    pub fn strips(&self) -> usize {
        self.batch.div_ceil(STRIP)
    }

    /// Strips of pseudo-inputs, which come after them.
    pub fn pseudo_strips(&self) -> usize {
        self.network.pseudo_inputs().div_ceil(STRIP)
    }

    pub fn strip(&self, index: usize) -> Strip {
        let images = self.piece(index, STRIP);
        let block = match images.start < self.batch {
            true => images.start / BLOCK,
            false => self.decoded() + (images.start - self.batch) / BLOCK,
        };
        Strip { index, images, block: self.block(block) }
    }

    pub unsafe fn forward(&self, member: &mut Member) {
        unsafe {
            self.encode(member);
            if self.pseudo_strips() > 0 {
                member.phase(self.strips() + self.pseudo_strips(), |task| self.heads(&self.strip(task)));
            }
            member.phase(self.strips(), |task| {
                let strip = self.strip(task);
                match &self.bottleneck {
                    Some(bottleneck) => {
                        self.heads(&strip);
                        self.sample(&strip, bottleneck);
                    }
                    None => self.sample(&strip, &Bottleneck::Mixture(self.components())),
                }
                self.decode_first(&strip);
            });
            self.decode(member);
            self.loss(member);
        }
    }

    /// Through the hidden layers of the encoder.
    pub unsafe fn encode(&self, member: &mut Member) {
        let pixels = self.network.pixels;
        if let Some((count, pseudo)) = self.network.bottleneck.pseudo_inputs() {
            let logits = self.parameters.rows(pseudo.at.clone()).reshaped(pixels);
            member.phase(count, |task| unsafe {
                let image = self.buffers.pseudo.row_mut(task);
                image.copy_from_slice(logits.row(task));
                math::pixels(image, &[0.0], pixels);
            });
        }
        member.phase(self.tiles(pixels, self.encoded()), |task| {
            let (tile, images) = self.tile(task, pixels);
            let target = self.buffers.x.block(images.clone()).rows(tile.clone());
            unsafe { transpose(target, self.pixels(images).cols(tile)) };
        });
        let mut input = self.buffers.x;
        for (layer, hidden) in self.network.encoder.iter().zip(&self.buffers.encoder) {
            unsafe { self.hidden(member, layer, input, hidden.units, self.encoded()) };
            input = hidden.units;
        }
    }

    /// Through the hidden layers of the decoder, from the second on.
    pub unsafe fn decode(&self, member: &mut Member) {
        let hidden = &self.buffers.decoder;
        for (layer, pair) in self.network.decoder.iter().skip(1).zip(hidden.windows(2)) {
            unsafe { self.hidden(member, layer, pair[0].units, pair[1].units, self.decoded()) };
        }
    }

    unsafe fn hidden(&self, member: &mut Member, layer: &Dense, input: Units, output: Units, blocks: usize) {
        let finish = |_: usize, target: Mat, bias: &[f32], _: &_| {
            math::bias_and_relu(unsafe { target.whole_mut() }, bias, target.cols);
        };
        unsafe { self.dense(member, layer, (input, output), blocks, finish) };
    }

    /// The product of a layer tile by tile, then `finish` on each: (task, target, its bias, (its units, its images)).
    unsafe fn dense(
        &self,
        member: &mut Member,
        layer: &Dense,
        (input, output): (Units, Units),
        blocks: usize,
        finish: impl Fn(usize, Mat, &[f32], &(Range<usize>, Range<usize>)),
    ) {
        member.phase(self.tiles(layer.outputs, blocks), |task| {
            let place = self.tile(task, layer.outputs);
            let (tile, images) = place.clone();
            let target = output.block(images.clone()).rows(tile.clone());
            unsafe { product(target, self.weight(layer).rows(tile.clone()), input.block(images)) };
            finish(task, target, unsafe { &self.bias(layer).whole()[tile] }, &place);
        });
    }

    /// The units that the heads read.
    pub fn last(&self) -> Units {
        self.buffers.encoder.last().map_or(self.buffers.x, |hidden| hidden.units)
    }

    /// μ and ln σ².
    pub unsafe fn heads(&self, strip: &Strip) {
        let (network, last) = (self.network, strip.of(self.last()));
        unsafe { self.head(&network.mu, last, strip.of(self.buffers.mu)) };
        if let Some(layer) = &network.logvar {
            unsafe { self.head(layer, last, strip.of(self.buffers.logvar)) };
        }
    }

    /// From the heads to z, and the terms.
    unsafe fn sample(&self, strip: &Strip, bottleneck: &Bottleneck) {
        let (b, n) = (&self.buffers, strip.images.len());
        let (mu, logvar) = unsafe { (gathered(strip.of(b.mu)), gathered(strip.of(b.logvar))) };
        let mut z = vec![0.0; mu.len()];
        let [kept, own, terms] = [b.kept, b.own, b.terms].map(|mat| unsafe { mat.row_mut(strip.index) });
        own.fill(0.0);
        let heads = unsafe { self.of_strip(strip, &mu, &logvar) };
        let sums = bottleneck.forward(&heads, self.weights, &mut z, &mut kept[..mu.len()], own);
        terms.copy_from_slice(&[sums.kl_mean, sums.kl_variance, sums.kl, sums.quantisation].map(|sum| sum as f32));
        for (d, row) in z.chunks_exact(n).enumerate() {
            unsafe { strip.of(b.z).row_mut(d).copy_from_slice(row) };
        }
    }

    /// What the heads say of a strip. mu, logvar: (latent, images).
    pub unsafe fn of_strip<'b>(&self, strip: &Strip, mu: &'b [f32], logvar: &'b [f32]) -> Heads<'b> {
        let noise = unsafe { self.noise.rows(strip.images.clone()).whole() };
        Heads { mu, logvar, noise, latent: self.network.latent, images: strip.images.len() }
    }

    /// The posteriors of the pseudo-inputs, all of one weight; after their heads are known.
    unsafe fn components(&self) -> Components {
        let (count, latent) = (self.network.pseudo_inputs(), self.network.latent);
        let (mut mean, mut scale) = (vec![0.0; count * latent], vec![0.0; count * latent]);
        for index in self.strips()..self.strips() + self.pseudo_strips() {
            let strip = self.strip(index);
            let (mu, logvar) = (strip.of(self.buffers.mu), strip.of(self.buffers.logvar));
            for d in 0..latent {
                let (mu, logvar) = unsafe { (mu.row(d), logvar.row(d)) };
                for (i, image) in strip.images.clone().enumerate() {
                    mean[(image - self.batch) * latent + d] = mu[i];
                    scale[(image - self.batch) * latent + d] = 0.5 * logvar[i];
                }
            }
        }
        Components::new(&vec![0.0; count], &mean, &scale, latent)
    }

    unsafe fn head(&self, layer: &Dense, input: Mat, output: Mat) {
        let (weight, bias) = (self.weight(layer), unsafe { self.bias(layer).whole() });
        if bias.len() > FEW {
            unsafe { product(output, weight, input) };
            for (d, &bias) in bias.iter().enumerate() {
                unsafe { output.row_mut(d) }.iter_mut().for_each(|v| *v += bias);
            }
            return;
        }
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

    /// The first hidden layer of the decoder; two inputs are too few for a product to pay.
    pub unsafe fn decode_first(&self, strip: &Strip) {
        let (Some(layer), Some(hidden)) = (self.network.decoder.first(), self.buffers.decoder.first()) else { return };
        let (z, output) = (strip.of(self.buffers.z), strip.of(hidden.units));
        let (weight, bias) = (self.weight(layer), unsafe { self.bias(layer).whole() });
        if self.network.latent == 2 {
            let z = unsafe { [z.row(0), z.row(1)] };
            for (unit, &bias) in bias.iter().enumerate() {
                let (output, weight) = unsafe { (output.row_mut(unit), weight.row(unit)) };
                math::from_code(output, z, [weight[0], weight[1]], bias);
            }
            return;
        }
        unsafe { product(output, weight, z) };
        for (unit, bias) in bias.chunks_exact(1).enumerate() {
            math::bias_and_relu(unsafe { output.row_mut(unit) }, bias, output.cols);
        }
    }

    /// The units that the last layer reads.
    fn before_out(&self) -> Units {
        self.buffers.decoder.last().map_or(self.buffers.z, |hidden| hidden.units)
    }

    /// The pixels or their logits, image by image.
    pub unsafe fn output(&self, member: &mut Member, output: Output) {
        let finish = |_: usize, target: Mat, bias: &[f32], (tile, images): &(Range<usize>, Range<usize>)| {
            let values = unsafe { target.whole_mut() };
            match (output, self.network.link) {
                (Output::Pixels, Link::Sigmoid) => math::pixels(values, bias, target.cols),
                _ => math::add_bias(values, bias, target.cols),
            }
            unsafe { transpose(self.buffers.pixels.rows(images.clone()).cols(tile.clone()), target) };
        };
        let units = (self.before_out(), self.buffers.logits);
        unsafe { self.dense(member, &self.network.out, units, self.decoded(), finish) };
    }

    /// −log p(x|z), and its gradient in place of the logits.
    unsafe fn loss(&self, member: &mut Member) {
        let scale = 1.0 / self.batch as f32;
        let finish = |task: usize, target: Mat, bias: &[f32], (tile, images): &(Range<usize>, Range<usize>)| {
            let x = unsafe { self.buffers.x.block(images.clone()).rows(tile.clone()).whole() };
            let logits = unsafe { target.whole_mut() };
            let sum = math::nll((self.likelihood, self.network.link), logits, bias, x, target.cols, scale);
            unsafe { self.buffers.recon.cols(task..task + 1).whole_mut()[0] = sum };
        };
        let units = (self.before_out(), self.buffers.logits);
        unsafe { self.dense(member, &self.network.out, units, self.decoded(), finish) };
    }

    /// After `forward` is over.
    pub fn sums(&self) -> Sums {
        // SAFETY: the run is over.
        let (recon, terms) = unsafe { (self.buffers.recon.whole(), self.buffers.terms.whole()) };
        let sum = |values: &mut dyn Iterator<Item = &f32>| values.map(|&v| f64::from(v)).sum::<f64>();
        let term = |i: usize| sum(&mut terms.iter().skip(i).step_by(4));
        Sums {
            recon: sum(&mut recon.iter()),
            kl_mean: term(0),
            kl_variance: term(1),
            kl: term(2),
            quantisation: term(3),
        }
    }

    /// What the strips added up for the bottleneck's own parameters. After the run is over.
    pub fn own(&self) -> Vec<f32> {
        // SAFETY: the run is over.
        unsafe { self.own_of(0..self.buffers.own.cols) }
    }

    /// The same of some of them, in the order of the strips.
    pub unsafe fn own_of(&self, range: Range<usize>) -> Vec<f32> {
        let mut sums = vec![0.0; range.len()];
        for strip in 0..self.strips() {
            math::add_scaled(&mut sums, 1.0, &unsafe { self.buffers.own.row(strip) }[range.clone()]);
        }
        sums
    }

    /// One number a unit from (units, images) of the whole batch, image by image: (batch, width). After the run is over.
    pub fn by_image(&self, units: Units) -> Vec<f32> {
        let read =
            |mat: Mat| unsafe { (0..mat.cols).flat_map(move |i| (0..mat.rows).map(move |unit| mat.row(unit)[i])) };
        (0..self.decoded()).flat_map(|i| read(units.block(self.block(i)))).collect()
    }
}

/// The rows of a strip one after the other.
pub unsafe fn gathered(mat: Mat) -> Vec<f32> {
    (0..mat.rows).flat_map(|row| unsafe { mat.row(row) }.iter().copied()).collect()
}
