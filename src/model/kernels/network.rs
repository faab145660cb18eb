//! One face for the kernels of each architecture.

use super::bottleneck::Weights;
use super::conv::{self, Conv};
use super::mlp::{self, Mlp};
use super::team::Team;
use crate::config::{Beta, Likelihood};
use crate::model::architecture::{Architecture, Bottleneck};
use crate::progress::{Cancelled, Progress};

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
    pub beta: Beta,
    /// Whether codes are words, whose terms beside the likelihood have no β.
    is_quantised: bool,
    pub adam: AdamStep,
    /// Running means of the gradient and of its square, as flat as the parameters.
    pub mean: Vec<f32>,
    pub square: Vec<f32>,
    pub(super) workspace: Workspace,
}

impl Step {
    /// For a batch of so many images.
    pub(super) fn weights(&self, batch: usize) -> Weights {
        let Beta { mean, variance } = if self.is_quantised { Beta::both(1.0) } else { self.beta };
        Weights { mean: mean as f32 / batch as f32, variance: variance as f32 / batch as f32 }
    }
}

/// The memory of the kernels in use.
#[derive(Default)]
pub(super) struct Workspace {
    pub mlp: mlp::Workspace,
    pub conv: conv::Workspace,
}

/// A batch: pixels (n, pixels) in [0, 1] and noise (n, latent), and what the decoder's output says of the pixels.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    pub images: &'a [f32],
    pub noise: &'a [f32],
    pub likelihood: Likelihood,
}

/// What is wanted of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Logits,
    /// Their sigmoid.
    Pixels,
}

/// Sums over a batch, in nats; of a Gaussian likelihood without its constant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    pub recon: f64,
    pub kl_mean: f64,
    pub kl_variance: f64,
    /// Of a prior that is not N(0, I).
    pub kl: f64,
    /// ‖z_e − e_k‖²
    pub quantisation: f64,
}

impl Sums {
    pub(super) fn is_finite(&self) -> bool {
        (self.recon + self.kl_mean + self.kl_variance + self.kl + self.quantisation).is_finite()
    }
}

/// The autoencoder on one flat slice of parameters: encode, decode, the terms of the loss, and a step.
pub enum Network {
    Mlp(Box<Mlp>),
    Conv(Box<Conv>),
}

impl Network {
    pub fn new(architecture: &Architecture) -> Self {
        Mlp::new(architecture)
            .map_or_else(|| Self::Conv(Box::new(Conv::new(architecture))), |mlp| Self::Mlp(Box::new(mlp)))
    }

    /// images: (n, pixels) in [0, 1] -> mu, logvar: (n, latent); of an AE, logvar is 0.
    pub fn encode(
        &self,
        parameters: &[f32],
        images: &[f32],
        team: &Team,
        progress: &Progress,
    ) -> Result<(Vec<f32>, Vec<f32>), Cancelled> {
        match self {
            Self::Mlp(network) => {
                let (mut mu, mut logvar) = (Vec::new(), Vec::new());
                for images in pieces(images, network.pixels, network.pixels, team, progress) {
                    let (some_mu, some_logvar) = mlp::encode(network, parameters, images?, team);
                    mu.extend(some_mu);
                    logvar.extend(some_logvar);
                }
                Ok((mu, logvar))
            }
            Self::Conv(network) => conv::encode(network, parameters, images, team, progress),
        }
    }

    /// codes: (n, latent) -> pixels: (n, pixels), as logits or in [0, 1], behind what `images` holds.
    pub fn decode(
        &self,
        parameters: &[f32],
        codes: &[f32],
        output: Output,
        team: &Team,
        images: &mut Vec<f32>,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        match self {
            Self::Mlp(network) => {
                for codes in pieces(codes, network.latent, network.pixels, team, progress) {
                    mlp::decode(network, parameters, codes?, output, team, images);
                }
            }
            Self::Conv(network) => images.extend(conv::decode(network, parameters, codes, output, team, progress)?),
        }
        Ok(())
    }

    /// The terms of a batch, summed over its images.
    pub fn terms(&self, parameters: &[f32], batch: Batch, team: &Team, progress: &Progress) -> Result<Sums, Cancelled> {
        match self {
            Self::Mlp(network) => Ok(mlp::terms(network, parameters, batch, team)),
            Self::Conv(network) => conv::terms(network, parameters, batch, team, progress),
        }
    }

    /// Before the first step.
    pub fn new_step(&self, adam: AdamStep) -> Step {
        let zeros = vec![
            0.0;
            match self {
                Self::Mlp(network) => network.parameters,
                Self::Conv(network) => network.parameters(),
            }
        ];
        let bottleneck = match self {
            Self::Mlp(network) => &network.bottleneck,
            Self::Conv(network) => network.bottleneck(),
        };
        Step {
            beta: Beta::both(1.0),
            is_quantised: matches!(bottleneck, Bottleneck::Quantised(_)),
            adam,
            mean: zeros.clone(),
            square: zeros,
            workspace: Workspace::default(),
        }
    }

    /// One step of Adam down the mean over the batch of the loss. Parameters and moments stay as they were if a
    /// term of the loss is not finite.
    pub fn step(&self, parameters: &mut [f32], batch: Batch, step: &mut Step, team: &Team) -> Sums {
        match self {
            Self::Mlp(network) => mlp::step(network, parameters, batch, step, team),
            Self::Conv(network) => conv::step(network, parameters, batch, step, team),
        }
    }
}

/// Numbers of the images of a piece, at most: of large images a single block keeps all threads busy.
const PIECE: usize = 8 << 20;

/// `values`, (n, width), in pieces that fill the team's threads, each after a report. All but the last are whole blocks of the
/// kernels, so that the numbers are those of all at once.
fn pieces<'a>(
    values: &'a [f32],
    width: usize,
    pixels: usize,
    team: &Team,
    progress: &'a Progress,
) -> impl Iterator<Item = Result<&'a [f32], Cancelled>> {
    let blocks = (2 * team.threads()).min(PIECE / (mlp::BLOCK * pixels)).max(1);
    let size = blocks * mlp::BLOCK * width;
    let count = values.len().div_ceil(size);
    values.chunks(size).enumerate().map(move |(i, piece)| progress.done(i, count).map(|()| piece))
}
