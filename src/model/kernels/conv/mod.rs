//! The convolutional autoencoder on one flat slice of parameters. A batch is cut into shards of a fixed number of images;
//! each goes through the whole network on one thread, and their gradients are summed in their order.

mod layer;
mod shard;

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bottleneck::{self, Bottleneck, Components, Learned};
use super::math;
use super::team::Team;
use super::{Batch, Output, Step, Sums};
use crate::config::Link;
use crate::model::architecture::{self, Architecture, Part};
use crate::progress::{Cancelled, Progress};
use shard::{Asked, Memory, SHARD, Weights, part};

/// Gradients of shards that are kept at once take so many numbers, but for a shard a thread.
const GRADIENTS: usize = 64 << 20;
/// Parameters that one task updates.
const CHUNK: usize = 4_096;

/// A network of dense layers and convolutions.
pub struct Conv {
    network: Architecture,
}

impl Conv {
    pub fn new(network: &Architecture) -> Self {
        Self { network: network.clone() }
    }

    pub fn bottleneck(&self) -> &architecture::Bottleneck {
        &self.network.bottleneck
    }

    pub fn parameters(&self) -> usize {
        self.network.parameters
    }

    fn pixels(&self) -> usize {
        self.network.out.layer.outputs()
    }

    fn memories(&self, team: &Team) -> Vec<Mutex<Memory>> {
        (0..team.threads()).map(|_| Mutex::new(Memory::new(&self.network))).collect()
    }

    /// Goes through some shards: `work` on each, with the memory of its thread. The results in order.
    fn shards<T: Send>(
        &self,
        shards: Range<usize>,
        memories: &[Mutex<Memory>],
        team: &Team,
        work: &(impl Fn(usize, &mut Memory) -> T + Sync),
    ) -> Vec<T> {
        let results: Vec<Mutex<Option<T>>> = shards.clone().map(|_| Mutex::new(None)).collect();
        team.run(|member| {
            let mut memory = lock(&memories[member.index]);
            member.phase(results.len(), |task| *lock(&results[task]) = Some(work(shards.start + task, &mut memory)));
        });
        results.into_iter().filter_map(|r| r.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }

    /// Goes through all shards of `batch` images, one a thread at a time.
    fn all_shards<T: Send>(
        &self,
        batch: usize,
        team: &Team,
        progress: &Progress,
        work: impl Fn(usize, &mut Memory) -> T + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        let (memories, count) = (self.memories(team), batch.div_ceil(SHARD));
        let mut results = Vec::with_capacity(count);
        while results.len() < count {
            progress.done(results.len(), count)?;
            let shards = results.len()..(results.len() + team.threads()).min(count);
            results.extend(self.shards(shards, &memories, team, &work));
        }
        Ok(results)
    }

    fn shard_of<'a>(&self, batch: Batch<'a>, index: usize) -> Batch<'a> {
        let images = part(index, batch.noise.len() / self.network.latent);
        Batch {
            images: &batch.images[images.start * self.pixels()..images.end * self.pixels()],
            noise: &batch.noise[images.start * self.network.latent..images.end * self.network.latent],
            ..batch
        }
    }
}

/// Kept from step to step.
#[derive(Default)]
pub struct Workspace {
    memories: Vec<Mutex<Memory>>,
    /// The gradient of each shard, as flat as the parameters.
    gradients: Vec<Mutex<Vec<f32>>>,
}

/// images: (n, pixels) in [0, 1] -> mu, logvar: (n, latent); of an AE, logvar is 0.
pub fn encode(
    conv: &Conv,
    parameters: &[f32],
    images: &[f32],
    team: &Team,
    progress: &Progress,
) -> Result<(Vec<f32>, Vec<f32>), Cancelled> {
    let weights = Weights::new(&conv.network, parameters);
    let codes = conv.all_shards(images.len() / conv.pixels(), team, progress, |index, memory| {
        let images = images.chunks(SHARD * conv.pixels()).nth(index).unwrap_or_default();
        let (mu, logvar) = memory.encode(&conv.network, &weights, images);
        (mu.to_vec(), logvar.to_vec())
    })?;
    let (mu, logvar): (Vec<_>, Vec<_>) = codes.into_iter().unzip();
    Ok((mu.concat(), logvar.concat()))
}

/// codes: (n, latent) -> pixels: (n, pixels), as logits or in [0, 1].
pub fn decode(
    conv: &Conv,
    parameters: &[f32],
    codes: &[f32],
    output: Output,
    team: &Team,
    progress: &Progress,
) -> Result<Vec<f32>, Cancelled> {
    let weights = Weights::new(&conv.network, parameters);
    let images = conv.all_shards(codes.len() / conv.network.latent, team, progress, |index, memory| {
        let codes = codes.chunks(SHARD * conv.network.latent).nth(index).unwrap_or_default();
        let logits = memory.decode(&conv.network, &weights, codes);
        if output == Output::Pixels && conv.network.link == Link::Sigmoid {
            let width = logits.len();
            math::pixels(logits, &[0.0], width);
        }
        logits.to_vec()
    })?;
    Ok(images.concat())
}

/// The terms of a batch, summed over its images.
pub fn terms(
    conv: &Conv,
    parameters: &[f32],
    batch: Batch,
    team: &Team,
    progress: &Progress,
) -> Result<Sums, Cancelled> {
    let weights = Weights::new(&conv.network, parameters);
    let n = batch.noise.len() / conv.network.latent;
    let bottleneck = match Bottleneck::new(conv.bottleneck(), conv.network.latent, parameters) {
        Some(bottleneck) => bottleneck,
        None => Bottleneck::Mixture(pseudo_components(conv, parameters, team, progress)?.1),
    };
    let own = Bottleneck::own(conv.bottleneck(), conv.network.latent);
    let asked = Asked { bottleneck: &bottleneck, weights: Default::default(), batch: n };
    let shards = conv.all_shards(n, team, progress, |index, memory| {
        memory.terms(&conv.network, &weights, conv.shard_of(batch, index), asked, &mut vec![0.0; own])
    })?;
    Ok(sum(&shards))
}

/// The pseudo-inputs (K, pixels), and their posteriors as components of the prior.
fn pseudo_components(
    conv: &Conv,
    parameters: &[f32],
    team: &Team,
    progress: &Progress,
) -> Result<(Vec<f32>, Components), Cancelled> {
    let Some((count, part)) = conv.bottleneck().pseudo_inputs() else {
        return Ok((Vec::new(), Components::new(&[], &[], &[], conv.network.latent)));
    };
    let mut images = parameters[part.at.clone()].to_vec();
    let width = images.len();
    math::pixels(&mut images, &[0.0], width);
    let (mean, logvar) = encode(conv, parameters, &images, team, progress)?;
    let scale: Vec<f32> = logvar.iter().map(|v| 0.5 * v).collect();
    Ok((images, Components::new(&vec![0.0; count], &mean, &scale, conv.network.latent)))
}

/// One step of Adam down the mean over the batch of the loss. Parameters and moments stay as they were if a term of it is not
/// finite.
pub fn step(conv: &Conv, parameters: &mut [f32], batch: Batch, step: &mut Step, team: &Team) -> Sums {
    let n = batch.noise.len() / conv.network.latent;
    let term_weights = step.weights(n);
    let silent = Progress::silent();
    let (pseudo, bottleneck) = match Bottleneck::new(conv.bottleneck(), conv.network.latent, parameters) {
        Some(bottleneck) => (Vec::new(), bottleneck),
        None => match pseudo_components(conv, parameters, team, &silent) {
            Ok((pseudo, components)) => (pseudo, Bottleneck::Mixture(components)),
            Err(_) => return Sums { recon: f64::NAN, ..Sums::default() },
        },
    };
    let asked = Asked { bottleneck: &bottleneck, weights: term_weights, batch: n };
    let own = Bottleneck::own(conv.bottleneck(), conv.network.latent);
    let Workspace { memories, gradients } = &mut step.workspace.conv;
    if memories.len() != team.threads() {
        *memories = conv.memories(team);
    }
    let (count, more) = (n.div_ceil(SHARD), pseudo.len().div_ceil(SHARD * conv.pixels()));
    let mut slots = Slots { used: 0, all: gradients };
    slots.all.resize_with((GRADIENTS / conv.parameters()).max(team.threads() + 1).min(count + more), || {
        Mutex::new(vec![0.0; conv.parameters()])
    });
    let weights = Weights::new(&conv.network, parameters);
    let (mut shards, mut own) = (Vec::with_capacity(count), vec![0.0; own]);
    let width = own.len();
    while shards.len() < count {
        let first = shards.len();
        let (slots, room) = slots.room(count - first, team);
        let each = conv.shards(first..first + room, memories, team, &|index, memory: &mut Memory| {
            let (shard, mut own) = (conv.shard_of(batch, index), vec![0.0; width]);
            let sums = memory.terms(&conv.network, &weights, shard, asked, &mut own);
            let mut gradient = lock(&slots[index - first]);
            gradient.fill(0.0);
            memory.backward(&conv.network, &weights, shard, asked, &mut gradient);
            (sums, own)
        });
        for (sums, each) in each {
            shards.push(sums);
            math::add_scaled(&mut own, 1.0, &each);
        }
    }
    if let Some((_, part)) = conv.bottleneck().pseudo_inputs() {
        let mut first = 0;
        while first < more {
            let (slots, room) = slots.room(more - first, team);
            conv.shards(first..first + room, memories, team, &|index, memory: &mut Memory| {
                let mut gradient = lock(&slots[index - first]);
                gradient.fill(0.0);
                back_pseudo(conv, &weights, (&pseudo, part), index, &own, memory, &mut gradient);
            });
            first += room;
        }
    }
    let used = slots.used;
    let sums = sum(&shards);
    if sums.is_finite() {
        let Step { adam, mean, square, .. } = step;
        // What is between encoder and decoder learns by itself, but for pseudo-inputs.
        let end = if more > 0 { conv.parameters() } else { conv.network.out.bias.end };
        let flat = (&mut parameters[..end], &mut mean[..end], &mut square[..end]);
        update(flat, &step.workspace.conv.gradients[..used], *adam, team);
        let mut learned = Learned { parameters, mean, square, step: *adam };
        bottleneck::learn(conv.bottleneck(), &own, term_weights, &mut learned);
    }
    sums
}

/// Adds the gradient of a shard of pseudo-inputs: in the encoder, and in their own logits.
fn back_pseudo(
    conv: &Conv,
    weights: &Weights,
    (pseudo, at): (&[f32], &Part),
    shard: usize,
    own: &[f32],
    memory: &mut Memory,
    gradient: &mut [f32],
) {
    let (latent, pixels) = (conv.network.latent, conv.pixels());
    let count = pseudo.len() / pixels;
    let images = part(shard, count);
    let (means, scales) = own[count..].split_at(count * latent);
    let codes = images.start * latent..images.end * latent;
    let halves: Vec<f32> = scales[codes.clone()].iter().map(|s| 0.5 * s).collect();
    let u = &pseudo[images.start * pixels..images.end * pixels];
    let mut slopes = vec![0.0; u.len()];
    memory.backward_encoder(&conv.network, weights, u, (&means[codes], &halves), &mut slopes, gradient);
    let logits = at.at.start + images.start * pixels;
    for ((gradient, slope), u) in gradient[logits..].iter_mut().zip(slopes).zip(u) {
        *gradient = slope * u * (1.0 - u);
    }
}

/// The gradients of shards, in their order. Where they would take much memory there are fewer than shards, and the first comes to
/// hold the sum of those before.
struct Slots<'a> {
    used: usize,
    all: &'a mut Vec<Mutex<Vec<f32>>>,
}

impl Slots<'_> {
    /// Room for the gradients of some of so many shards, and of how many.
    fn room(&mut self, wanted: usize, team: &Team) -> (&[Mutex<Vec<f32>>], usize) {
        if self.used == self.all.len() && self.used > 1 {
            let mut sum = std::mem::take(&mut *lock(&self.all[0]));
            let rest: Vec<_> = self.all[1..].iter().map(lock).collect();
            let chunks: Vec<_> = sum.chunks_mut(CHUNK).map(Mutex::new).collect();
            team.run(|member| {
                member.phase(chunks.len(), |task| {
                    let (sum, start) = (&mut *lock(&chunks[task]), task * CHUNK);
                    rest.iter().for_each(|other| math::add_scaled(sum, 1.0, &other[start..start + sum.len()]));
                });
            });
            drop((rest, chunks));
            *lock(&self.all[0]) = sum;
            self.used = 1;
        }
        let (first, room) = (self.used, wanted.min(self.all.len() - self.used));
        self.used += room;
        (&self.all[first..first + room], room)
    }
}

/// Adam with the sum of the gradients of all shards.
fn update(
    (parameters, mean, square): (&mut [f32], &mut [f32], &mut [f32]),
    gradients: &[Mutex<Vec<f32>>],
    adam: super::AdamStep,
    team: &Team,
) {
    let gradients: Vec<_> = gradients.iter().map(lock).collect();
    let gradients: Vec<&[f32]> = gradients.iter().map(|g| g.as_slice()).collect();
    let moments = mean.chunks_mut(CHUNK).zip(square.chunks_mut(CHUNK));
    let chunks: Vec<_> = parameters.chunks_mut(CHUNK).zip(moments).map(Mutex::new).collect();
    team.run(|member| {
        member.phase(chunks.len(), |task| {
            let (parameters, (mean, square)) = &mut *lock(&chunks[task]);
            let range = task * CHUNK..task * CHUNK + parameters.len();
            let mut total = [0.0; CHUNK];
            let total = &mut total[..range.len()];
            gradients.iter().for_each(|gradient| math::add_scaled(total, 1.0, &gradient[range.clone()]));
            math::adam(&adam, parameters, total, mean, square);
        });
    });
}

fn sum(shards: &[Sums]) -> Sums {
    let sum = |value: fn(&Sums) -> f64| shards.iter().map(value).sum();
    Sums {
        recon: sum(|s| s.recon),
        kl_mean: sum(|s| s.kl_mean),
        kl_variance: sum(|s| s.kl_variance),
        kl: sum(|s| s.kl),
        quantisation: sum(|s| s.quantisation),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
