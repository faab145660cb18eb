//! The fully connected autoencoder on one flat slice of parameters: forward, loss, backward and update.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `matrix::Mat`")]

use std::ops::Range;

use super::math;
use super::matrix::{Mat, product};
use super::team::{Member, Team};
use crate::config::{LATENT, ModelConfig, ModelKind};

/// Outputs of a layer that one task computes: wide enough for a fast product, narrow enough to share out.
const TILE: usize = 128;
/// Images that one task takes through the middle of the network.
const ROWS: usize = 16;

/// Where a layer is in the flat parameters: weight (outputs, inputs), then bias (outputs).
#[derive(Clone, Copy, Debug)]
struct Dense {
    start: usize,
    inputs: usize,
    outputs: usize,
}

impl Dense {
    fn weight(&self) -> Range<usize> {
        self.start..self.start + self.outputs * self.inputs
    }

    fn bias(&self) -> Range<usize> {
        self.weight().end..self.weight().end + self.outputs
    }
}

/// The layers of a network.
#[derive(Clone, Debug)]
pub struct Network {
    pixels: usize,
    encoder: Vec<Dense>,
    mu: Dense,
    logvar: Option<Dense>,
    decoder: Vec<Dense>,
    out: Dense,
    parameters: usize,
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

/// Adam's constants for one step.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    pub beta_1: f32,
    pub beta_2: f32,
    pub epsilon: f32,
    /// Learning rate over the bias correction of the mean.
    pub rate: f32,
    /// One over the bias correction of the square.
    pub square_scale: f32,
}

/// What a step needs besides the batch, and what it leaves for the next one.
pub struct Step {
    pub beta: f32,
    pub adam: AdamStep,
    /// Running means of the gradient and of its square, as flat as the parameters.
    pub mean: Vec<f32>,
    pub square: Vec<f32>,
    workspace: Workspace,
}

impl Step {
    /// Before the first step.
    pub fn new(network: &Network, adam: AdamStep) -> Self {
        let zeros = vec![0.0; network.parameters];
        Self { beta: 1.0, adam, mean: zeros.clone(), square: zeros, workspace: Workspace::default() }
    }
}

/// A batch: pixels (n, pixels) in [0, 1] and noise (n, latent).
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    pub images: &'a [f32],
    pub noise: &'a [f32],
}

/// Sums over a batch, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    pub recon: f64,
    pub kl_mean: f64,
    pub kl_variance: f64,
}

impl Sums {
    fn is_finite(&self) -> bool {
        (self.recon + self.kl_mean + self.kl_variance).is_finite()
    }
}

/// images: (n, pixels) in [0, 1] -> mu, logvar: (n, latent); of an AE, logvar is 0.
pub fn encode(network: &Network, parameters: &[f32], images: &[f32], team: &Team) -> (Vec<f32>, Vec<f32>) {
    let mut workspace = Workspace::default();
    let n = images.len() / network.pixels;
    let noise = vec![0.0; n * LATENT];
    let pass = Pass::new(network, Mat::read(parameters, 1), Batch { images, noise: &noise }, &mut workspace, team);
    team.run(|member| {
        // SAFETY: the members go through the phases together; see `Pass`.
        unsafe {
            pass.encode(member);
            pass.sample(member);
        }
    });
    // SAFETY: the run is over.
    unsafe { (pass.buffers.mu.whole().to_vec(), pass.buffers.logvar.whole().to_vec()) }
}

/// codes: (n, latent) -> pixels: (n, pixels) in [0, 1].
pub fn decode(network: &Network, parameters: &[f32], codes: &[f32], team: &Team) -> Vec<f32> {
    let mut workspace = Workspace::default();
    let images = vec![0.0; codes.len() / LATENT * network.pixels];
    let batch = Batch { images: &images, noise: codes };
    let mut pass = Pass::new(network, Mat::read(parameters, 1), batch, &mut workspace, team);
    pass.buffers.z = Mat::read(codes, LATENT);
    team.run(|member| {
        // SAFETY: the members go through the phases together; see `Pass`.
        unsafe {
            pass.decode_first(member);
            pass.decode(member);
            pass.output(member);
        }
    });
    // SAFETY: the run is over.
    unsafe { pass.buffers.logits.whole().to_vec() }
}

/// The terms of a batch, summed over its images.
pub fn terms(network: &Network, parameters: &[f32], batch: Batch, team: &Team) -> Sums {
    let mut workspace = Workspace::default();
    let pass = Pass::new(network, Mat::read(parameters, 1), batch, &mut workspace, team);
    team.run(|member| {
        // SAFETY: the members go through the phases together; see `Pass`.
        unsafe { pass.forward(member) }
    });
    pass.sums()
}

/// One step of Adam down the mean over the batch of recon + beta · kl. Parameters and moments stay as they were if a term
/// of the loss is not finite.
pub fn step(network: &Network, parameters: &mut [f32], batch: Batch, step: &mut Step, team: &Team) -> Sums {
    let (mean, square) = (Mat::new(&mut step.mean, 1), Mat::new(&mut step.square, 1));
    let pass = Pass::new(network, Mat::new(parameters, 1), batch, &mut step.workspace, team);
    let learning = Learning { beta: step.beta, adam: step.adam, mean, square };
    team.run(|member| {
        // SAFETY: the members go through the phases together, for all of them see the same sums; see `Pass`.
        unsafe {
            pass.forward(member);
            if pass.sums().is_finite() {
                pass.backward(member, &learning);
            }
        }
    });
    pass.sums()
}

/// The buffers of a batch, kept from step to step.
#[derive(Default)]
struct Workspace {
    batch: usize,
    memory: Vec<Vec<f32>>,
    buffers: Option<Buffers>,
}

/// Where the activations of each layer and their gradients are: (batch, width).
#[derive(Clone)]
struct Buffers {
    encoder: Vec<Mat>,
    encoder_gradient: Vec<Mat>,
    mu: Mat,
    logvar: Mat,
    mu_gradient: Mat,
    logvar_gradient: Mat,
    z: Mat,
    decoder: Vec<Mat>,
    decoder_gradient: Vec<Mat>,
    /// After the loss their gradient, after the output the pixels.
    logits: Mat,
    /// A row for each thread: the gradient of a tile.
    scratch: Mat,
    /// A sum for each tile of the output.
    recon: Mat,
    /// Sums of kl_mean and kl_variance for each chunk of rows.
    kl: Mat,
}

impl Workspace {
    fn buffers(&mut self, network: &Network, batch: usize, threads: usize) -> Buffers {
        if self.batch != batch {
            *self = Self { batch, ..Self::default() };
        }
        let memory = &mut self.memory;
        let mut new = |rows: usize, cols: usize| {
            let mut values = vec![0.0; rows * cols];
            let mat = Mat::new(&mut values, cols);
            memory.push(values);
            mat
        };
        let layers = |layers: &[Dense], new: &mut dyn FnMut(usize, usize) -> Mat| -> Vec<Mat> {
            layers.iter().map(|layer| new(batch, layer.outputs)).collect()
        };
        let widest = network.encoder.iter().chain(&network.decoder).chain([&network.out]).map(|l| l.inputs).max();
        let buffers = self.buffers.get_or_insert_with(|| Buffers {
            encoder: layers(&network.encoder, &mut new),
            encoder_gradient: layers(&network.encoder, &mut new),
            decoder: layers(&network.decoder, &mut new),
            decoder_gradient: layers(&network.decoder, &mut new),
            mu: new(batch, LATENT),
            logvar: new(batch, LATENT),
            mu_gradient: new(batch, LATENT),
            logvar_gradient: new(batch, LATENT),
            z: new(batch, LATENT),
            logits: new(batch, network.pixels),
            scratch: new(threads, TILE * (widest.unwrap_or(0) + 1)),
            recon: new(1, network.pixels.div_ceil(TILE)),
            kl: new(batch.div_ceil(ROWS), 2),
        });
        buffers.clone()
    }
}

/// What the backward pass needs besides the forward one.
struct Learning {
    beta: f32,
    adam: AdamStep,
    mean: Mat,
    square: Mat,
}

/// A layer whose gradient is ready and whose weights no one needs any more in this step.
#[derive(Clone, Copy)]
struct Update {
    layer: Dense,
    input: Mat,
    gradient: Mat,
}

/// One batch on its way through the network. Every method is one or more phases that all members of the team enter
/// together. Within a phase each task writes its own tile, chunk of rows or scratch row and reads only what earlier
/// phases wrote: that is what makes the methods sound, and why they are unsafe to call in any other way.
struct Pass<'a> {
    network: &'a Network,
    parameters: Mat,
    images: Mat,
    noise: Mat,
    batch: usize,
    buffers: Buffers,
}

impl<'a> Pass<'a> {
    fn new(network: &'a Network, parameters: Mat, batch: Batch, workspace: &mut Workspace, team: &Team) -> Self {
        let n = batch.noise.len() / LATENT;
        assert_eq!(parameters.rows, network.parameters, "parameters of another network");
        assert_eq!(batch.images.len(), n * network.pixels, "images and noise of one batch");
        Self {
            network,
            parameters,
            images: Mat::read(batch.images, network.pixels),
            noise: Mat::read(batch.noise, LATENT),
            batch: n,
            buffers: workspace.buffers(network, n, team.threads()),
        }
    }

    fn weight(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.weight()).reshaped(layer.inputs)
    }

    fn bias(&self, layer: &Dense) -> Mat {
        self.parameters.rows(layer.bias()).reshaped(layer.outputs)
    }

    unsafe fn forward(&self, member: &mut Member) {
        unsafe {
            self.encode(member);
            self.sample(member);
            self.decode_first(member);
            self.decode(member);
            self.loss(member);
        }
    }

    /// Through the hidden layers of the encoder.
    unsafe fn encode(&self, member: &mut Member) {
        let mut input = self.images;
        for (layer, &output) in self.network.encoder.iter().zip(&self.buffers.encoder) {
            unsafe { self.hidden(member, layer, input, output) };
            input = output;
        }
    }

    /// Through the hidden layers of the decoder, from the second on.
    unsafe fn decode(&self, member: &mut Member) {
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
    unsafe fn sample(&self, member: &mut Member) {
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
    unsafe fn decode_first(&self, member: &mut Member) {
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
    unsafe fn output(&self, member: &mut Member) {
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
    fn sums(&self) -> Sums {
        // SAFETY: the run is over.
        let (recon, kl) = unsafe { (self.buffers.recon.whole(), self.buffers.kl.whole()) };
        let sum = |values: &mut dyn Iterator<Item = &f32>| values.map(|&v| f64::from(v)).sum::<f64>();
        Sums {
            recon: sum(&mut recon.iter()),
            kl_mean: sum(&mut kl.iter().step_by(2)),
            kl_variance: sum(&mut kl.iter().skip(1).step_by(2)),
        }
    }

    /// From the gradient of the logits to updated parameters. A layer is updated one phase after its weights were last
    /// needed, together with the product of the layer below.
    unsafe fn backward(&self, member: &mut Member, learning: &Learning) {
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

fn part(index: usize, size: usize, total: usize) -> Range<usize> {
    index * size..((index + 1) * size).min(total)
}
