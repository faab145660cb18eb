//! The fully connected autoencoder on one flat slice of parameters: encode, decode, the terms of the loss, and a step.
#![allow(unsafe_code, reason = "threads write disjoint tiles of shared buffers; see `Pass`")]

mod backward;
mod network;
mod pass;
mod tiles;
mod workspace;

use super::bottleneck::{self, Learned};
use super::matrix::Mat;
use super::team::Team;
use super::{Batch, Output, Step, Sums};
use crate::config::Likelihood;
use backward::Learning;
pub use network::Mlp;
use pass::Pass;
pub use tiles::BLOCK;
pub use workspace::Workspace;

/// images: (n, pixels) in [0, 1] -> mu, logvar: (n, latent); of an AE, logvar is 0.
pub fn encode(network: &Mlp, parameters: &[f32], images: &[f32], team: &Team) -> (Vec<f32>, Vec<f32>) {
    let (mut workspace, network) = (Workspace::default(), &network.without_bottleneck());
    let n = images.len() / network.pixels;
    let noise = vec![0.0; n * network.latent];
    let buffers = workspace.buffers(network, n, team.threads(), false);
    let pass = Pass::new(
        network,
        Mat::read(parameters, 1),
        Batch { images, noise: &noise, likelihood: Likelihood::Bernoulli },
        buffers,
    );
    team.run(|member| {
        // SAFETY: the members go through the phases together; see `Pass`.
        unsafe {
            pass.encode(member);
            member.phase(pass.strips(), |task| pass.heads(&pass.strip(task)));
        }
    });
    (pass.by_image(pass.buffers.mu), pass.by_image(pass.buffers.logvar))
}

/// codes: (n, latent) -> pixels: (n, pixels), as logits or in [0, 1], behind what `images` holds.
pub fn decode(network: &Mlp, parameters: &[f32], codes: &[f32], output: Output, team: &Team, images: &mut Vec<f32>) {
    let (mut workspace, network) = (Workspace::default(), &network.without_bottleneck());
    let buffers = workspace.buffers(network, codes.len() / network.latent, team.threads(), false);
    let pass = Pass::from_codes(network, Mat::read(parameters, 1), codes, buffers);
    team.run(|member| {
        // SAFETY: the members go through the phases together; see `Pass`.
        unsafe {
            member.phase(pass.strips(), |task| {
                pass.take_codes(&pass.strip(task));
                pass.decode_first(&pass.strip(task));
            });
            pass.decode(member);
            pass.output(member, output);
        }
    });
    // SAFETY: the run is over.
    images.extend_from_slice(unsafe { pass.buffers.pixels.whole() });
}

/// The terms of a batch, summed over its images.
pub fn terms(network: &Mlp, parameters: &[f32], batch: Batch, team: &Team) -> Sums {
    let mut workspace = Workspace::default();
    let buffers = workspace.buffers(network, batch.noise.len() / network.latent, team.threads(), false);
    let pass = Pass::new(network, Mat::read(parameters, 1), batch, buffers);
    team.run(|member| {
        // SAFETY: the members go through the phases together; see `Pass`.
        unsafe { pass.forward(member) }
    });
    pass.sums()
}

/// One step of Adam down the mean over the batch of recon + beta · kl. Parameters and moments stay as they were if a term
/// of the loss is not finite.
pub fn step(network: &Mlp, parameters: &mut [f32], batch: Batch, step: &mut Step, team: &Team) -> Sums {
    let weights = step.weights(batch.noise.len() / network.latent);
    let (mean, square) = (Mat::new(&mut step.mean, 1), Mat::new(&mut step.square, 1));
    let buffers = step.workspace.mlp.buffers(network, batch.noise.len() / network.latent, team.threads(), true);
    let mut pass = Pass::new(network, Mat::new(parameters, 1), batch, buffers);
    pass.weights = weights;
    let learning = Learning { adam: step.adam, mean, square };
    team.run(|member| {
        // SAFETY: the members go through the phases together, for all of them see the same sums; see `Pass`.
        unsafe {
            pass.forward(member);
            if pass.sums().is_finite() {
                pass.backward(member, &learning);
            }
        }
    });
    let (sums, own) = (pass.sums(), pass.own());
    if sums.is_finite() {
        let Step { adam, mean, square, .. } = step;
        bottleneck::learn(&network.bottleneck, &own, weights, &mut Learned { parameters, mean, square, step: *adam });
    }
    sums
}
