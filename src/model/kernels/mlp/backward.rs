//! Backward: from the gradient of the logits to updated parameters.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `Pass`")]

use super::network::Dense;
use super::pass::{Pass, Strip};
use super::tiles::{STRIP, TILE, part};
use super::workspace::{Hidden, Units};
use crate::config::LATENT;
use crate::model::kernels::AdamStep;
use crate::model::kernels::math;
use crate::model::kernels::matrix::{Mat, add_product, product, transpose};
use crate::model::kernels::team::Member;

/// What the backward pass needs besides the forward one.
pub struct Learning {
    pub beta: f32,
    pub adam: AdamStep,
    pub mean: Mat,
    pub square: Mat,
}

/// A layer whose gradient is ready and whose weights no one needs any more in this step.
#[derive(Clone, Copy)]
struct Update {
    layer: Dense,
    /// (batch, inputs)
    input: Mat,
    gradient: Units,
}

impl Pass<'_> {
    /// From the gradient of the logits to updated parameters. A layer is updated one phase after its weights were last
    /// needed, together with the product of the layer below.
    pub unsafe fn backward(&self, member: &mut Member, learning: &Learning) {
        let (network, b) = (self.network, &self.buffers);
        let mut ready: Vec<Update> = Vec::new();
        let mut above = (&network.out, b.logits);
        for (layer, hidden) in network.decoder.iter().zip(&b.decoder).rev() {
            unsafe { self.back(member, learning, &ready, above, hidden) };
            ready = vec![Update { layer: *above.0, input: hidden.by_image, gradient: above.1 }];
            above = (layer, hidden.gradient);
        }
        unsafe { self.back_through_sample(member, learning, &ready) };
        let last = &b.encoder[b.encoder.len() - 1];
        ready = vec![Update { layer: *above.0, input: b.z_by_image, gradient: above.1 }];
        ready.push(Update { layer: network.mu, input: last.by_image, gradient: b.mu_gradient });
        if let Some(layer) = network.logvar {
            ready.push(Update { layer, input: last.by_image, gradient: b.logvar_gradient });
        }
        for i in (0..network.encoder.len()).rev() {
            let above = (&network.encoder[i], b.encoder[i].gradient);
            let mut input = self.images;
            if i > 0 {
                unsafe { self.back(member, learning, &ready, above, &b.encoder[i - 1]) };
                ready.clear();
                input = b.encoder[i - 1].by_image;
            }
            ready.push(Update { layer: *above.0, input, gradient: above.1 });
        }
        unsafe { self.phase(member, learning, &ready, 0, |_| ()) };
    }

    /// A phase of updates and of `tasks` of another kind.
    unsafe fn phase(
        &self,
        member: &mut Member,
        learning: &Learning,
        updates: &[Update],
        tasks: usize,
        other: impl Fn(usize),
    ) {
        let scratch = unsafe { self.buffers.scratch.row_mut(member.index) };
        let tiles = |update: &Update| update.layer.outputs.div_ceil(TILE);
        member.phase(tasks + updates.iter().map(tiles).sum::<usize>(), |task| {
            if task < tasks {
                return other(task);
            }
            let mut tile = task - tasks;
            for update in updates {
                if tile < tiles(update) {
                    return unsafe { self.update(learning, update, tile, scratch) };
                }
                tile -= tiles(update);
            }
        });
    }

    /// The gradient of a hidden layer from that of the layer above, masked by the units that were on.
    unsafe fn back(
        &self,
        member: &mut Member,
        learning: &Learning,
        ready: &[Update],
        (above, gradient): (&Dense, Units),
        hidden: &Hidden,
    ) {
        let product_tile = |task: usize| {
            let (tile, images) = self.tile(task, above.inputs);
            let target = hidden.gradient.block(images.clone()).rows(tile.clone());
            let units = hidden.units.block(images.clone()).rows(tile.clone());
            let weight = self.weight(above).cols(tile.clone()).transposed();
            unsafe {
                product(target, weight, gradient.block(images.clone()));
                math::mask(target.whole_mut(), units.whole());
                transpose(hidden.by_image.rows(images).cols(tile), units);
            }
        };
        unsafe { self.phase(member, learning, ready, self.tiles(above.inputs), product_tile) };
    }

    /// Back through the decoder's first layer, the sample, the KL and the heads.
    unsafe fn back_through_sample(&self, member: &mut Member, learning: &Learning, ready: &[Update]) {
        unsafe {
            self.phase(member, learning, ready, self.strips(), |task| self.back_strip(&self.strip(task), learning));
        }
    }

    unsafe fn back_strip(&self, strip: &Strip, learning: &Learning) {
        let (network, b) = (self.network, &self.buffers);
        let beta = learning.beta / self.batch as f32;
        let last = &b.encoder[b.encoder.len() - 1];
        let (above, below, units) = (strip.of(b.decoder[0].gradient), strip.of(last.gradient), strip.of(last.units));
        unsafe {
            transpose(b.z_by_image.rows(strip.images.clone()), strip.of(b.z));
            transpose(last.by_image.rows(strip.images.clone()), units);
        }
        let mut dz = [[0.0; STRIP]; LATENT];
        let weight = self.weight(&network.decoder[0]);
        for unit in 0..above.rows {
            let (weight, above) = unsafe { (weight.row(unit), above.row(unit)) };
            for d in 0..LATENT {
                math::add_scaled(&mut dz[d], weight[d], above);
            }
        }
        let (mu, logvar) = (strip.of(b.mu), strip.of(b.logvar));
        let (dmu, dlogvar) = (strip.of(b.mu_gradient), strip.of(b.logvar_gradient));
        for (d, dz) in dz.iter().enumerate() {
            let (mu, logvar) = unsafe { (mu.row(d), logvar.row(d)) };
            let (dmu, dlogvar) = unsafe { (dmu.row_mut(d), dlogvar.row_mut(d)) };
            for (i, image) in strip.images.clone().enumerate() {
                dmu[i] = dz[i];
                if network.logvar.is_some() {
                    let (sigma, noise) = (math::exp(0.5 * logvar[i]), unsafe { self.noise.row(image)[d] });
                    dlogvar[i] = 0.5 * dz[i] * noise * sigma + 0.5 * beta * (math::exp(logvar[i]) - 1.0);
                    dmu[i] += beta * mu[i];
                }
            }
        }
        let heads = [(Some(&network.mu), dmu), (network.logvar.as_ref(), dlogvar)];
        for unit in 0..below.rows {
            let (below, units) = unsafe { (below.row_mut(unit), units.row(unit)) };
            below.fill(0.0);
            for (layer, gradient) in &heads {
                let Some(layer) = layer else { continue };
                for d in 0..LATENT {
                    unsafe { math::add_scaled(below, self.weight(layer).row(d)[unit], gradient.row(d)) };
                }
            }
            math::mask(below, units);
        }
    }

    /// The gradient of a tile of a layer's weights and biases, and Adam on them.
    unsafe fn update(&self, learning: &Learning, update: &Update, task: usize, scratch: &mut [f32]) {
        let Update { layer, input, gradient } = update;
        let tile = part(task, TILE, layer.outputs);
        let (weight_gradient, rest) = scratch.split_at_mut(tile.len() * layer.inputs);
        let bias_gradient = &mut rest[..tile.len()];
        let target = Mat::new(weight_gradient, layer.inputs);
        bias_gradient.fill(0.0);
        for images in self.blocks() {
            let gradient = gradient.block(images.clone()).rows(tile.clone());
            let product = if images.start == 0 { product } else { add_product };
            unsafe {
                product(target, gradient, input.rows(images));
                math::add_row_sums(bias_gradient, gradient.whole(), gradient.cols);
            }
        }
        let first = layer.start + tile.start * layer.inputs;
        let weights = first..first + tile.len() * layer.inputs;
        let biases = layer.bias().start + tile.start..layer.bias().start + tile.end;
        for (range, values) in [(weights, &*weight_gradient), (biases, &*bias_gradient)] {
            let [parameters, mean, square] =
                [self.parameters, learning.mean, learning.square].map(|m| unsafe { m.rows(range.clone()).whole_mut() });
            math::adam(&learning.adam, parameters, values, mean, square);
        }
    }
}
