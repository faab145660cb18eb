//! Backward: from the gradient of the logits to updated parameters.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `Pass`")]

use super::network::Dense;
use super::pass::{FEW, Pass, Strip, gathered};
use super::tiles::{TILE, part};
use super::workspace::{Hidden, Units};
use crate::model::kernels::AdamStep;
use crate::model::kernels::bottleneck::{Bottleneck, Components};
use crate::model::kernels::math;
use crate::model::kernels::matrix::{Mat, add_product, product, transpose};
use crate::model::kernels::team::Member;

/// What the backward pass needs besides the forward one.
pub struct Learning {
    pub adam: AdamStep,
    pub mean: Mat,
    pub square: Mat,
}

/// A layer whose gradient is ready and whose weights no one needs any more in this step.
#[derive(Clone, Copy)]
struct Update {
    layer: Dense,
    /// (images, inputs); none stands for the pixels.
    input: Option<Mat>,
    gradient: Units,
    /// Blocks of images that went through it.
    blocks: usize,
}

impl Pass<'_> {
    /// From the gradient of the logits to updated parameters. A layer is updated one phase after its weights were last
    /// needed, together with the product of the layer below.
    pub unsafe fn backward(&self, member: &mut Member, learning: &Learning) {
        let (network, b) = (self.network, &self.buffers);
        let (decoded, encoded) = (self.decoded(), self.encoded());
        let mut ready: Vec<Update> = Vec::new();
        let mut above = (&network.out, b.logits);
        for (layer, hidden) in network.decoder.iter().zip(&b.decoder).rev() {
            unsafe { self.back(member, learning, &ready, above, hidden, decoded) };
            let input = Some(hidden.by_image);
            ready = vec![Update { layer: *above.0, input, gradient: above.1, blocks: decoded }];
            above = (layer, hidden.gradient);
        }
        unsafe { self.back_through_sample(member, learning, &ready) };
        let last = b.encoder.last().map(|hidden| hidden.by_image);
        ready = vec![Update { layer: *above.0, input: Some(b.z_by_image), gradient: above.1, blocks: decoded }];
        ready.push(Update { layer: network.mu, input: last, gradient: b.mu_gradient, blocks: encoded });
        if let Some(layer) = network.logvar {
            ready.push(Update { layer, input: last, gradient: b.logvar_gradient, blocks: encoded });
        }
        for i in (0..network.encoder.len()).rev() {
            let above = (&network.encoder[i], b.encoder[i].gradient);
            let below = i.checked_sub(1).map(|below| &b.encoder[below]);
            match below {
                Some(below) => unsafe { self.back(member, learning, &ready, above, below, encoded) },
                None if network.pseudo_inputs() > 0 => unsafe { self.learn_pseudo(member, learning, &ready, above) },
                None => {
                    ready.push(Update { layer: *above.0, input: None, gradient: above.1, blocks: encoded });
                    break;
                }
            }
            let input = below.map(|below| below.by_image);
            ready = vec![Update { layer: *above.0, input, gradient: above.1, blocks: encoded }];
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
        blocks: usize,
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
        unsafe { self.phase(member, learning, ready, self.tiles(above.inputs, blocks), product_tile) };
    }

    /// Back through the decoder's first layer, the bottleneck and the heads; then those of the pseudo-inputs, whose gradient all
    /// images have added to.
    unsafe fn back_through_sample(&self, member: &mut Member, learning: &Learning, ready: &[Update]) {
        unsafe {
            self.phase(member, learning, ready, self.strips(), |task| self.back_strip(&self.strip(task)));
            if self.pseudo_strips() > 0 {
                member.phase(self.pseudo_strips(), |task| self.back_pseudo(&self.strip(self.strips() + task)));
            }
        }
    }

    unsafe fn back_strip(&self, strip: &Strip) {
        let (network, b, n) = (self.network, &self.buffers, strip.images.len());
        let above = strip.of(b.decoder.first().map_or(b.logits, |hidden| hidden.gradient));
        unsafe { transpose(b.z_by_image.rows(strip.images.clone()), strip.of(b.z)) };
        let mut dz = vec![0.0; network.latent * n];
        let weight = self.weight(network.first());
        if network.latent > FEW {
            unsafe { product(Mat::new(&mut dz, n), weight.transposed(), above) };
        } else {
            for unit in 0..above.rows {
                let (weight, above) = unsafe { (weight.row(unit), above.row(unit)) };
                for (dz, &weight) in dz.chunks_exact_mut(n).zip(weight) {
                    math::add_scaled(dz, weight, above);
                }
            }
        }
        let (mu, logvar) = unsafe { (gathered(strip.of(b.mu)), gathered(strip.of(b.logvar))) };
        let (mut dmu, mut dlogvar) = (vec![0.0; mu.len()], vec![0.0; mu.len()]);
        let (heads, kept) = unsafe { (self.of_strip(strip, &mu, &logvar), &b.kept.row(strip.index)[..mu.len()]) };
        // How a mixture comes by its components does not matter on the way back.
        let vamp = Bottleneck::Mixture(Components::new(&[], &[], &[], network.latent));
        let bottleneck = self.bottleneck.as_ref().unwrap_or(&vamp);
        bottleneck.backward(&heads, self.weights, (&dz, kept), &mut dmu, &mut dlogvar);
        unsafe { self.back_heads(strip, &dmu, &dlogvar) };
    }

    /// Of pseudo-inputs: what all images have added up.
    unsafe fn back_pseudo(&self, strip: &Strip) {
        let (count, latent, n) = (self.network.pseudo_inputs(), self.network.latent, strip.images.len());
        let own = |at: usize| {
            let first = count + at * count * latent + (strip.images.start - self.batch) * latent;
            unsafe { self.own_of(first..first + n * latent) }
        };
        let turned = |by_image: &[f32], scale: f32| -> Vec<f32> {
            (0..latent).flat_map(|d| (0..n).map(move |i| scale * by_image[i * latent + d])).collect()
        };
        // The components' log scales are half the log variances.
        unsafe { self.back_heads(strip, &turned(&own(0), 1.0), &turned(&own(1), 0.5)) };
    }

    /// The gradients of the heads, (latent, images), and of the layer below them.
    unsafe fn back_heads(&self, strip: &Strip, dmu: &[f32], dlogvar: &[f32]) {
        let (network, b, n) = (self.network, &self.buffers, strip.images.len());
        for (target, gradient) in [(b.mu_gradient, dmu), (b.logvar_gradient, dlogvar)] {
            for (d, row) in gradient.chunks_exact(n).enumerate() {
                unsafe { strip.of(target).row_mut(d).copy_from_slice(row) };
            }
        }
        let Some(last) = b.encoder.last() else { return };
        let (below, units) = (strip.of(last.gradient), strip.of(last.units));
        unsafe { transpose(last.by_image.rows(strip.images.clone()), units) };
        let heads = [(Some(&network.mu), b.mu_gradient), (network.logvar.as_ref(), b.logvar_gradient)];
        if network.latent > FEW {
            for (i, (layer, gradient)) in heads.iter().enumerate() {
                let Some(layer) = layer else { continue };
                let product = if i == 0 { product } else { add_product };
                unsafe { product(below, self.weight(layer).transposed(), strip.of(*gradient)) };
            }
            for unit in 0..below.rows {
                unsafe { math::mask(below.row_mut(unit), units.row(unit)) };
            }
            return;
        }
        for unit in 0..below.rows {
            let (below, units) = unsafe { (below.row_mut(unit), units.row(unit)) };
            below.fill(0.0);
            for (layer, gradient) in &heads {
                let Some(layer) = layer else { continue };
                for d in 0..network.latent {
                    let (weight, gradient) = unsafe { (self.weight(layer).row(d)[unit], strip.of(*gradient).row(d)) };
                    math::add_scaled(below, weight, gradient);
                }
            }
            math::mask(below, units);
        }
    }

    /// The gradient of the pseudo-inputs and Adam on their logits. above: the first layer and its gradient.
    unsafe fn learn_pseudo(
        &self,
        member: &mut Member,
        learning: &Learning,
        ready: &[Update],
        (above, gradient): (&Dense, Units),
    ) {
        let Some((_, part)) = self.network.bottleneck.pseudo_inputs() else { return };
        let pixels = self.network.pixels;
        let (blocks, tiles) = (self.encoded() - self.decoded(), pixels.div_ceil(TILE));
        let learn_tile = |task: usize| {
            let (tile, images) = self.tile(self.decoded() * tiles + task, pixels);
            // (images, pixels of the tile)
            let mut slopes = vec![0.0; images.len() * tile.len()];
            let weight = self.weight(above).cols(tile.clone());
            unsafe {
                product(Mat::new(&mut slopes, tile.len()), gradient.block(images.clone()).transposed(), weight);
            }
            for (image, slopes) in images.zip(slopes.chunks_exact_mut(tile.len())) {
                let row = image - self.batch;
                let u = &unsafe { self.buffers.pseudo.row(row) }[tile.clone()];
                slopes.iter_mut().zip(u).for_each(|(slope, u)| *slope *= u * (1.0 - u));
                let start = part.at.start + row * pixels + tile.start;
                unsafe { self.adam(learning, start..start + tile.len(), slopes) };
            }
        };
        unsafe { self.phase(member, learning, ready, tiles * blocks, learn_tile) };
    }

    unsafe fn adam(&self, learning: &Learning, at: std::ops::Range<usize>, gradient: &[f32]) {
        let [parameters, mean, square] =
            [self.parameters, learning.mean, learning.square].map(|m| unsafe { m.rows(at.clone()).whole_mut() });
        math::adam(&learning.adam, parameters, gradient, mean, square);
    }

    /// The gradient of a tile of a layer's weights and biases, and Adam on them.
    unsafe fn update(&self, learning: &Learning, update: &Update, task: usize, scratch: &mut [f32]) {
        let Update { layer, input, gradient, blocks } = update;
        let tile = part(task, TILE, layer.outputs);
        let (weight_gradient, rest) = scratch.split_at_mut(tile.len() * layer.inputs);
        let bias_gradient = &mut rest[..tile.len()];
        let target = Mat::new(weight_gradient, layer.inputs);
        bias_gradient.fill(0.0);
        for images in (0..*blocks).map(|i| self.block(i)) {
            let gradient = gradient.block(images.clone()).rows(tile.clone());
            let product = if images.start == 0 { product } else { add_product };
            let input = input.map_or_else(|| self.pixels(images.clone()), |input| input.rows(images.clone()));
            unsafe {
                product(target, gradient, input);
                math::add_row_sums(bias_gradient, gradient.whole(), gradient.cols);
            }
        }
        let first = layer.start + tile.start * layer.inputs;
        let weights = first..first + tile.len() * layer.inputs;
        let biases = layer.bias().start + tile.start..layer.bias().start + tile.end;
        for (range, values) in [(weights, &*weight_gradient), (biases, &*bias_gradient)] {
            unsafe { self.adam(learning, range, values) };
        }
    }
}
