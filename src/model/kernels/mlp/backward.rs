//! Backward: from the gradient of the logits to updated parameters.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `Pass`")]

use super::AdamStep;
use super::network::Dense;
use super::pass::{Pass, ROWS, TILE, part};
use crate::config::LATENT;
use crate::model::kernels::math;
use crate::model::kernels::matrix::{Mat, product};
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
    input: Mat,
    gradient: Mat,
}

impl Pass<'_> {
    /// From the gradient of the logits to updated parameters. A layer is updated one phase after its weights were last
    /// needed, together with the product of the layer below.
    pub unsafe fn backward(&self, member: &mut Member, learning: &Learning) {
        let (network, b) = (self.network, &self.buffers);
        let mut ready: Vec<Update> = Vec::new();
        let mut above = (&network.out, b.logits);
        for i in (0..network.decoder.len()).rev() {
            let (layer, gradient) = above;
            unsafe { self.back(member, learning, &ready, layer, gradient, b.decoder[i], b.decoder_gradient[i]) };
            ready = vec![Update { layer: *layer, input: b.decoder[i], gradient }];
            above = (&network.decoder[i], b.decoder_gradient[i]);
        }
        unsafe { self.back_through_sample(member, learning, &ready) };
        let last = network.encoder.len() - 1;
        let first = &network.decoder[0];
        ready = vec![Update { layer: *first, input: b.z, gradient: b.decoder_gradient[0] }];
        ready.push(Update { layer: network.mu, input: b.encoder[last], gradient: b.mu_gradient });
        if let Some(layer) = network.logvar {
            ready.push(Update { layer, input: b.encoder[last], gradient: b.logvar_gradient });
        }
        for i in (0..=last).rev() {
            let (layer, gradient) = (&network.encoder[i], b.encoder_gradient[i]);
            let input = if i == 0 { self.images } else { b.encoder[i - 1] };
            if i > 0 {
                unsafe { self.back(member, learning, &ready, layer, gradient, input, b.encoder_gradient[i - 1]) };
                ready.clear();
            }
            ready.push(Update { layer: *layer, input, gradient });
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

    /// The gradient of a layer's input from that of its output, masked by the units that were on.
    #[expect(clippy::too_many_arguments, reason = "a layer, what is above it and what is below")]
    unsafe fn back(
        &self,
        member: &mut Member,
        learning: &Learning,
        ready: &[Update],
        layer: &Dense,
        gradient: Mat,
        unit: Mat,
        target: Mat,
    ) {
        let product_tile = |task: usize| {
            let tile = part(task, TILE, layer.inputs);
            let (target, unit) = (target.cols(tile.clone()), unit.cols(tile.clone()));
            unsafe { product(target, gradient, self.weight(layer).cols(tile)) };
            for row in 0..self.batch {
                unsafe { math::mask(target.row_mut(row), unit.row(row)) };
            }
        };
        unsafe { self.phase(member, learning, ready, layer.inputs.div_ceil(TILE), product_tile) };
    }

    /// Back through the decoder's first layer, the sample, the KL and the heads.
    unsafe fn back_through_sample(&self, member: &mut Member, learning: &Learning, ready: &[Update]) {
        let (network, b) = (self.network, &self.buffers);
        let last = b.encoder.len() - 1;
        let beta = learning.beta / self.batch as f32;
        // (latent, width), so that its rows are what each coordinate of z reaches.
        let mut columns = [const { Vec::new() }; LATENT];
        for (d, column) in columns.iter_mut().enumerate() {
            let weight = unsafe { self.weight(&network.decoder[0]).whole() };
            column.extend(weight.iter().skip(d).step_by(LATENT));
        }
        let rows = |task: usize| {
            for row in part(task, ROWS, self.batch) {
                let (above, below) = unsafe { (b.decoder_gradient[0].row(row), b.encoder_gradient[last].row_mut(row)) };
                let (mu, mu_gradient) = unsafe { (b.mu.row(row), b.mu_gradient.row_mut(row)) };
                below.fill(0.0);
                for d in 0..LATENT {
                    let dz = math::dot(above, &columns[d]);
                    let mut dmu = dz;
                    if let Some(layer) = &network.logvar {
                        let (logvar, noise) = unsafe { (b.logvar.row(row)[d], self.noise.row(row)[d]) };
                        let sigma = math::exp(0.5 * logvar);
                        let dlogvar = 0.5 * dz * noise * sigma + 0.5 * beta * (math::exp(logvar) - 1.0);
                        unsafe { b.logvar_gradient.row_mut(row)[d] = dlogvar };
                        math::add_scaled(below, dlogvar, unsafe { self.weight(layer).row(d) });
                        dmu += beta * mu[d];
                    }
                    mu_gradient[d] = dmu;
                    math::add_scaled(below, dmu, unsafe { self.weight(&network.mu).row(d) });
                }
                math::mask(below, unsafe { b.encoder[last].row(row) });
            }
        };
        unsafe { self.phase(member, learning, ready, self.batch.div_ceil(ROWS), rows) };
    }

    /// The gradient of a tile of a layer's weights and biases, and Adam on them.
    unsafe fn update(&self, learning: &Learning, update: &Update, task: usize, scratch: &mut [f32]) {
        let Update { layer, input, gradient } = update;
        let tile = part(task, TILE, layer.outputs);
        let gradient = gradient.cols(tile.clone());
        let (weight_gradient, rest) = scratch.split_at_mut(tile.len() * layer.inputs);
        let bias_gradient = &mut rest[..tile.len()];
        let target = Mat::new(weight_gradient, layer.inputs);
        unsafe { product(target, gradient.transposed(), *input) };
        let first = layer.start + tile.start * layer.inputs;
        let weights = first..first + tile.len() * layer.inputs;
        let biases = layer.bias().start + tile.start..layer.bias().start + tile.end;
        bias_gradient.fill(0.0);
        for row in 0..self.batch {
            math::add_scaled(bias_gradient, 1.0, unsafe { gradient.row(row) });
        }
        for (range, values) in [(weights, &*weight_gradient), (biases, &*bias_gradient)] {
            let [parameters, mean, square] =
                [self.parameters, learning.mean, learning.square].map(|m| unsafe { m.rows(range.clone()).whole_mut() });
            math::adam(&learning.adam, parameters, values, mean, square);
        }
    }
}
