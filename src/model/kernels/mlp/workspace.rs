//! The memory of a batch on its way through the network.

use super::network::{Dense, Network};
use super::pass::{ROWS, TILE};
use crate::config::LATENT;
use crate::model::kernels::matrix::Mat;

/// The buffers of a batch, kept from step to step.
#[derive(Default)]
pub struct Workspace {
    batch: usize,
    memory: Vec<Vec<f32>>,
    buffers: Option<Buffers>,
}

/// Where the activations of each layer and their gradients are: (batch, width).
#[derive(Clone)]
pub struct Buffers {
    pub encoder: Vec<Mat>,
    pub encoder_gradient: Vec<Mat>,
    pub mu: Mat,
    pub logvar: Mat,
    pub mu_gradient: Mat,
    pub logvar_gradient: Mat,
    pub z: Mat,
    pub decoder: Vec<Mat>,
    pub decoder_gradient: Vec<Mat>,
    /// After the loss their gradient, after the output the pixels.
    pub logits: Mat,
    /// A row for each thread: the gradient of a tile.
    pub scratch: Mat,
    /// A sum for each tile of the output.
    pub recon: Mat,
    /// Sums of kl_mean and kl_variance for each chunk of rows.
    pub kl: Mat,
}

impl Workspace {
    pub fn buffers(&mut self, network: &Network, batch: usize, threads: usize) -> Buffers {
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
