//! The convolutional autoencoder on one flat slice of parameters. A batch is cut into shards of a fixed number of images;
//! each goes through the whole network on one thread, and their gradients are summed in their order.

mod layer;
mod shard;

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::math;
use super::team::Team;
use super::{Batch, Output, Step, Sums};
use crate::config::LATENT;
use crate::model::architecture::Architecture;
use crate::progress::{Cancelled, Progress};
use shard::{Memory, SHARD, Weights, part};

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
        let images = part(index, batch.noise.len() / LATENT);
        Batch {
            images: &batch.images[images.start * self.pixels()..images.end * self.pixels()],
            noise: &batch.noise[images.start * LATENT..images.end * LATENT],
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
    let images = conv.all_shards(codes.len() / LATENT, team, progress, |index, memory| {
        let codes = codes.chunks(SHARD * LATENT).nth(index).unwrap_or_default();
        let logits = memory.decode(&conv.network, &weights, codes);
        if output == Output::Pixels {
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
    let n = batch.noise.len() / LATENT;
    let shards = conv.all_shards(n, team, progress, |index, memory| {
        memory.terms(&conv.network, &weights, conv.shard_of(batch, index), n)
    })?;
    Ok(sum(&shards))
}

/// One step of Adam down the mean over the batch of recon + beta · kl. Parameters and moments stay as they were if a term
/// of the loss is not finite.
pub fn step(conv: &Conv, parameters: &mut [f32], batch: Batch, step: &mut Step, team: &Team) -> Sums {
    let n = batch.noise.len() / LATENT;
    let Workspace { memories, gradients } = &mut step.workspace.conv;
    if memories.len() != team.threads() {
        *memories = conv.memories(team);
    }
    gradients.resize_with(n.div_ceil(SHARD), || Mutex::new(vec![0.0; conv.parameters()]));
    let weights = Weights::new(&conv.network, parameters);
    let beta = step.beta / n as f32;
    let shards = conv.shards(0..n.div_ceil(SHARD), memories, team, &|index, memory: &mut Memory| {
        let shard = conv.shard_of(batch, index);
        let sums = memory.terms(&conv.network, &weights, shard, n);
        let mut gradient = lock(&gradients[index]);
        gradient.fill(0.0);
        memory.backward(&conv.network, &weights, shard, beta, &mut gradient);
        sums
    });
    let sums = sum(&shards);
    if sums.is_finite() {
        update(parameters, gradients, step.adam, (&mut step.mean, &mut step.square), team);
    }
    sums
}

/// Adam with the sum of the gradients of all shards.
fn update(
    parameters: &mut [f32],
    gradients: &mut [Mutex<Vec<f32>>],
    adam: super::AdamStep,
    (mean, square): (&mut [f32], &mut [f32]),
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
    Sums { recon: sum(|s| s.recon), kl_mean: sum(|s| s.kl_mean), kl_variance: sum(|s| s.kl_variance) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
