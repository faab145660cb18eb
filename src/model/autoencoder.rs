//! The autoencoder of Kingma and Welling (2014) with fully connected layers; without its `logvar` head and its noise it
//! is a plain autoencoder, so that one network serves both. This is the plain formula, on any device and float type; on
//! the CPU in single precision the same work is done by `kernels`, which the tests hold against it.

use std::sync::Arc;

use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Result, Storage, Tensor, Var};
use candle_nn::{Linear, Module, ops};

use super::kernels::{Team, mlp};
use super::loss::{Kl, Loss, Terms, bernoulli_nll, kl};
use super::parameters::layout;
use super::{Codes, ModelError};
use crate::config::{Code, LATENT, ModelConfig, ModelKind};

/// Images encoded or codes decoded in one go; bounds the memory of the hidden layers.
const CHUNK: usize = 1_000;

/// What the encoder says of a batch.
pub struct Posterior {
    /// (batch, latent)
    pub mu: Tensor,
    /// (batch, latent); an AE has none.
    pub logvar: Option<Tensor>,
}

pub struct Autoencoder {
    config: ModelConfig,
    /// All parameters, one after the other in the order of `layout`: (parameters). The layers are views of it.
    parameters: Var,
    encoder: Vec<Linear>,
    mu: Linear,
    logvar: Option<Linear>,
    decoder: Vec<Linear>,
    out: Linear,
    network: mlp::Network,
    team: Arc<Team>,
}

impl Autoencoder {
    /// A network with a copy of these parameters, which are in the order of `layout`; it computes on `team`.
    pub fn new(config: &ModelConfig, parameters: &[f32], team: Arc<Team>) -> Result<Self> {
        Self::from_flat(config, &Tensor::from_slice(parameters, parameters.len(), &Device::Cpu)?, team)
    }

    /// The same from one tensor of any float type: (parameters).
    pub fn from_flat(config: &ModelConfig, parameters: &Tensor, team: Arc<Team>) -> Result<Self> {
        let parameters = Var::from_tensor(parameters)?;
        let mut start = 0;
        let mut views = Vec::new();
        for (_, shape) in layout(config) {
            let size = shape.iter().product();
            views.push(parameters.narrow(0, start, size)?.reshape(shape)?);
            start += size;
        }
        if start != parameters.elem_count() {
            candle_core::bail!("a network of {start} parameters cannot be made of {}", parameters.elem_count());
        }
        let mut layers = views.chunks_exact(2).map(|pair| Linear::new(pair[0].clone(), Some(pair[1].clone())));
        let mut layer = || layers.next().ok_or_else(|| candle_core::Error::Msg("a network lacks a layer".to_owned()));
        let depth = config.hidden.len();
        let encoder = (0..depth).map(|_| layer()).collect::<Result<_>>()?;
        let mu = layer()?;
        let logvar = if config.kind == ModelKind::Vae { Some(layer()?) } else { None };
        let decoder = (0..depth).map(|_| layer()).collect::<Result<_>>()?;
        let out = layer()?;
        let network = mlp::Network::new(config);
        Ok(Self { config: config.clone(), parameters, encoder, mu, logvar, decoder, out, network, team })
    }

    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// All parameters, one after the other in the order of `layout`; an optimiser writes into them.
    pub fn variable(&self) -> &Var {
        &self.parameters
    }

    /// x: (batch, pixels) in [0, 1] -> the posterior.
    pub fn encode(&self, x: &Tensor) -> Result<Posterior> {
        let h = hidden(&self.encoder, x)?;
        let logvar = self.logvar.as_ref().map(|layer| layer.forward(&h)).transpose()?;
        Ok(Posterior { mu: self.mu.forward(&h)?, logvar })
    }

    /// z: (batch, latent) -> logits: (batch, pixels).
    pub fn decode(&self, z: &Tensor) -> Result<Tensor> {
        self.out.forward(&hidden(&self.decoder, z)?)
    }

    /// recon + beta · kl of a batch. x: (batch, pixels) in [0, 1]; eps: (batch, latent), the noise of the
    /// reparameterisation z = μ + σ·ε, which an AE ignores.
    pub fn loss(&self, x: &Tensor, eps: &Tensor, beta: f64) -> Result<Loss> {
        let Posterior { mu, logvar } = self.encode(x)?;
        let Some(logvar) = logvar else {
            let total = bernoulli_nll(&self.decode(&mu)?, x)?;
            return Ok(Loss { terms: Terms { recon: number(&total)?, kl: None }, total });
        };
        let z = (&mu + ((&logvar * 0.5)?.exp()? * eps)?)?;
        let recon = bernoulli_nll(&self.decode(&z)?, x)?;
        let (kl_mean, kl_variance) = kl(&mu, &logvar)?;
        let total = (&recon + ((&kl_mean + &kl_variance)? * beta)?)?;
        let kl = Some(Kl { mean: number(&kl_mean)?, variance: number(&kl_variance)? });
        Ok(Loss { total, terms: Terms { recon: number(&recon)?, kl } })
    }

    /// The codes of images given as plain numbers: (n, pixels) in [0, 1].
    pub fn encode_images(&self, images: &[f32]) -> std::result::Result<Codes, ModelError> {
        let mut codes = Codes { mu: Vec::new(), logvar: self.logvar.as_ref().map(|_| Vec::new()) };
        for chunk in images.chunks(CHUNK * self.config.pixels()) {
            let (mu, logvar) = if self.is_fused() {
                self.with_parameters(|parameters| mlp::encode(&self.network, parameters, chunk, &self.team))?
            } else {
                let Posterior { mu, logvar } = self.encode(&self.rows(chunk, self.config.pixels())?)?;
                (numbers(&mu)?, logvar.map_or(Ok(Vec::new()), |logvar| numbers(&logvar))?)
            };
            codes.mu.extend(mu.as_chunks::<LATENT>().0);
            if let Some(all) = &mut codes.logvar {
                all.extend(logvar.as_chunks::<LATENT>().0);
            }
        }
        Ok(codes)
    }

    /// The images of codes as plain numbers: (n, pixels) in [0, 1].
    pub fn decode_codes(&self, codes: &[Code]) -> std::result::Result<Vec<f32>, ModelError> {
        let mut images = Vec::with_capacity(codes.len() * self.config.pixels());
        for chunk in codes.chunks(CHUNK) {
            let codes = chunk.as_flattened();
            images.extend(if self.is_fused() {
                self.with_parameters(|parameters| mlp::decode(&self.network, parameters, codes, &self.team))?
            } else {
                numbers(&ops::sigmoid(&self.decode(&self.rows(codes, LATENT)?)?)?)?
            });
        }
        Ok(images)
    }

    /// The terms of images (n, pixels) under the noise (n, latent), as plain numbers.
    pub fn terms(&self, images: &[f32], noise: &[f32]) -> std::result::Result<Terms, ModelError> {
        if !self.is_fused() {
            return Ok(self.loss(&self.rows(images, self.config.pixels())?, &self.rows(noise, LATENT)?, 1.0)?.terms);
        }
        let batch = mlp::Batch { images, noise };
        let sums = self.with_parameters(|parameters| mlp::terms(&self.network, parameters, batch, &self.team))?;
        Ok(self.average(sums, noise.len() / LATENT))
    }

    /// One fused step on a batch. The parameters stay as they were if a term is not finite.
    pub(crate) fn fused_step(&self, batch: mlp::Batch, step: &mut mlp::Step) -> Result<Terms> {
        let sums = std::cell::RefCell::new((step, mlp::Sums::default()));
        self.parameters.inplace_op1(&FusedStep { model: self, batch, sums: &sums })?;
        let (_, sums) = sums.into_inner();
        Ok(self.average(sums, batch.noise.len() / LATENT))
    }

    /// The state of a run of fused steps, where the kernels can do them.
    pub(crate) fn new_step(&self, adam: mlp::AdamStep) -> Option<mlp::Step> {
        self.is_fused().then(|| mlp::Step::new(&self.network, adam))
    }

    /// Whether the kernels do the work.
    fn is_fused(&self) -> bool {
        self.parameters.device().is_cpu() && self.parameters.dtype() == DType::F32
    }

    /// A copy of the parameters as plain numbers, in the order of `layout`.
    pub fn parameters(&self) -> std::result::Result<Vec<f32>, ModelError> {
        Ok(numbers(self.parameters.as_tensor())?)
    }

    /// Plain numbers as a tensor of the model's type: (n, width).
    pub(crate) fn rows(&self, values: &[f32], width: usize) -> Result<Tensor> {
        let like = &self.parameters;
        Tensor::from_slice(values, (values.len() / width, width), like.device())?.to_dtype(like.dtype())
    }

    fn average(&self, sums: mlp::Sums, images: usize) -> Terms {
        let n = images as f64;
        let kl = self.logvar.as_ref().map(|_| Kl { mean: sums.kl_mean / n, variance: sums.kl_variance / n });
        Terms { recon: sums.recon / n, kl }
    }

    fn with_parameters<T>(&self, work: impl FnOnce(&[f32]) -> T) -> Result<T> {
        let (storage, _) = self.parameters.storage_and_layout();
        match &*storage {
            Storage::Cpu(storage) => Ok(work(storage.as_slice()?)),
            _ => candle_core::bail!("the kernels work on the CPU only"),
        }
    }
}

/// The step as a candle operation on the parameters.
struct FusedStep<'a, 'b> {
    model: &'a Autoencoder,
    batch: mlp::Batch<'a>,
    sums: &'a std::cell::RefCell<(&'b mut mlp::Step, mlp::Sums)>,
}

impl InplaceOp1 for FusedStep<'_, '_> {
    fn name(&self) -> &'static str {
        "fused-step"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> Result<()> {
        let CpuStorage::F32(parameters) = storage else { candle_core::bail!("the kernels work in single precision") };
        let (step, sums) = &mut *self.sums.borrow_mut();
        *sums = mlp::step(&self.model.network, parameters, self.batch, step, &self.model.team);
        Ok(())
    }
}

fn hidden(layers: &[Linear], x: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(x.clone(), |h, layer| layer.forward(&h)?.relu())
}

fn number(scalar: &Tensor) -> Result<f64> {
    scalar.to_dtype(DType::F64)?.to_scalar()
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}
