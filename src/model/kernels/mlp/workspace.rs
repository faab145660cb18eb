//! The memory that the activations and gradients of a batch take.

use std::ops::Range;

use super::network::{Dense, Mlp};
use super::tiles::{STRIP, TILE};
use crate::model::kernels::bottleneck::Bottleneck;
use crate::model::kernels::matrix::Mat;

/// The buffers of a batch, kept from step to step.
#[derive(Default)]
pub struct Workspace {
    batch: usize,
    memory: Vec<Vec<f32>>,
    buffers: Option<Buffers>,
}

/// The units of one layer for a batch, block after block of images. Within a block the images lie side by side:
/// (units, images), as the products like their operands best.
#[derive(Clone, Copy)]
pub struct Units(Mat);

impl Units {
    /// Of one block of images: (units, images).
    pub fn block(self, images: Range<usize>) -> Mat {
        let n = images.len();
        self.0.rows(images).reshaped(n)
    }
}

/// A hidden layer: its units, their gradient, and the units image by image, (batch, units), which the gradient of the
/// layer above is a product with.
#[derive(Clone, Copy)]
pub struct Hidden {
    pub units: Units,
    pub gradient: Units,
    pub by_image: Mat,
}

/// Where the activations of each layer and their gradients are.
#[derive(Clone)]
pub struct Buffers {
    pub x: Units,
    pub encoder: Vec<Hidden>,
    pub mu: Units,
    pub logvar: Units,
    pub mu_gradient: Units,
    pub logvar_gradient: Units,
    pub z: Units,
    pub z_by_image: Mat,
    pub decoder: Vec<Hidden>,
    /// After the loss their gradient.
    pub logits: Units,
    /// Decoded images: (batch, pixels).
    pub pixels: Mat,
    /// A row for each thread: the gradient of a tile.
    pub scratch: Mat,
    /// A sum for each tile and block of the output.
    pub recon: Mat,
    /// A row for each strip of images: the sums of kl_mean, kl_variance, kl and the quantisation's squares; what the bottleneck
    /// keeps for its way back; what it adds up for its own parameters.
    pub terms: Mat,
    pub kept: Mat,
    pub own: Mat,
    /// Pseudo-inputs: (pseudo-inputs, pixels).
    pub pseudo: Mat,
}

impl Workspace {
    /// Room for a batch; what only the backward pass needs is left out unless it will follow.
    pub fn buffers(&mut self, network: &Mlp, batch: usize, threads: usize, backward: bool) -> Buffers {
        let latent = network.latent;
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
        let back = |images: usize| if backward { images } else { 0 };
        let pseudo = network.pseudo_inputs();
        let encoded = batch + pseudo;
        let hidden = |layers: &[Dense], images: usize, new: &mut dyn FnMut(usize, usize) -> Mat| -> Vec<Hidden> {
            let mut layer = |width| Hidden {
                units: Units(new(images, width)),
                gradient: Units(new(back(images), width)),
                by_image: new(back(images), width),
            };
            layers.iter().map(|l| layer(l.outputs)).collect()
        };
        let layers = network.encoder.iter().chain([&network.mu]).chain(&network.decoder).chain([&network.out]);
        let widest = layers.map(|l| l.inputs).max();
        let buffers = self.buffers.get_or_insert_with(|| Buffers {
            encoder: hidden(&network.encoder, encoded, &mut new),
            decoder: hidden(&network.decoder, batch, &mut new),
            x: Units(new(encoded, network.pixels)),
            mu: Units(new(encoded, latent)),
            logvar: Units(new(encoded, latent)),
            mu_gradient: Units(new(back(encoded), latent)),
            logvar_gradient: Units(new(back(encoded), latent)),
            z: Units(new(batch, latent)),
            z_by_image: new(back(batch), latent),
            logits: Units(new(batch, network.pixels)),
            pixels: new(batch, network.pixels),
            scratch: new(if backward { threads } else { 0 }, TILE * (widest.unwrap_or(0) + 1)),
            recon: new(1, network.pixels.div_ceil(TILE) * batch),
            terms: new(batch.div_ceil(STRIP), 4),
            kept: new(batch.div_ceil(STRIP), STRIP * latent),
            own: new(batch.div_ceil(STRIP), Bottleneck::own(&network.bottleneck, latent).max(1)),
            pseudo: new(pseudo.max(1), network.pixels),
        });
        buffers.clone()
    }
}
