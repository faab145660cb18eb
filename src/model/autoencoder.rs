//! The autoencoder of Kingma and Welling (2014), fully connected or convolutional; without its `logvar` head and its noise it
//! is a plain autoencoder, so that one network serves both. This is the plain formula, on any device and float type; on
//! the CPU in single precision the same work is done by `kernels`, which the tests hold against it.

use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Storage, Tensor, Var};
use candle_nn::ops;

use super::architecture::Architecture;
use super::compute::Compute;
use super::kernels::{self, Network, Output};
use super::layer::PlainLayer;
use super::loss::{Loss, bernoulli_nll, gaussian_constant, gaussian_nll, kl};
use super::terms::{Kl, Terms};
use super::{Codes, ModelError};
use crate::config::{Code, LATENT, Likelihood, ModelConfig};
use crate::progress::Progress;

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
    encoder: Vec<PlainLayer>,
    mu: PlainLayer,
    logvar: Option<PlainLayer>,
    decoder: Vec<PlainLayer>,
    out: PlainLayer,
    network: Network,
    compute: Compute,
}

impl Autoencoder {
    /// A network with a copy of these parameters, which are in the order of `layout`; it computes on `compute`.
    pub fn new(config: &ModelConfig, parameters: &[f32], compute: Compute) -> Result<Self> {
        Self::from_flat(config, &Tensor::from_slice(parameters, parameters.len(), &compute.device)?, compute)
    }

    /// The same from one tensor of any float type: (parameters).
    pub fn from_flat(config: &ModelConfig, parameters: &Tensor, compute: Compute) -> Result<Self> {
        let parameters = Var::from_tensor(parameters)?;
        let architecture = Architecture::new(config);
        if architecture.parameters != parameters.elem_count() {
            let (all, given) = (architecture.parameters, parameters.elem_count());
            candle_core::bail!("a network of {all} parameters cannot be made of {given}");
        }
        let layer = |place| PlainLayer::new(place, parameters.as_tensor());
        Ok(Self {
            config: config.clone(),
            encoder: architecture.encoder.iter().map(layer).collect::<Result<_>>()?,
            mu: layer(&architecture.mu)?,
            logvar: architecture.logvar.as_ref().map(layer).transpose()?,
            decoder: architecture.decoder.iter().map(layer).collect::<Result<_>>()?,
            out: layer(&architecture.out)?,
            network: Network::new(&architecture),
            parameters,
            compute,
        })
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
        self.decode_on(&self.decode_first(z)?)
    }

    /// The first layer of the decoder, before its activation. z: (batch, latent) -> (batch, units).
    pub(super) fn decode_first(&self, z: &Tensor) -> Result<Tensor> {
        self.decoder[0].forward(z)
    }

    /// The rest of the decoder. first: (batch, units) -> logits: (batch, pixels).
    fn decode_on(&self, first: &Tensor) -> Result<Tensor> {
        self.out.forward(&hidden(&self.decoder[1..], &first.relu()?)?)
    }

    /// −log p(x|z) of a batch. z: (batch, latent), x: (batch, pixels) -> scalar.
    pub fn nll(&self, z: &Tensor, x: &Tensor) -> Result<Tensor> {
        self.nll_on(&self.decode_first(z)?, x)
    }

    /// The same after the first layer of the decoder. first: (batch, units), x: (batch, pixels) -> scalar.
    pub(super) fn nll_on(&self, first: &Tensor, x: &Tensor) -> Result<Tensor> {
        let logits = self.decode_on(first)?;
        match self.config.likelihood {
            Likelihood::Bernoulli => bernoulli_nll(&logits, x),
            Likelihood::Gaussian { c, .. } => gaussian_nll(&ops::sigmoid(&logits)?, x, c),
        }
    }

    /// Another p(x|z) for the same decoder.
    pub fn set_likelihood(&mut self, likelihood: Likelihood) {
        self.config.likelihood = likelihood;
    }

    /// recon + beta · kl of a batch. x: (batch, pixels) in [0, 1]; eps: (batch, latent), the noise of the
    /// reparameterisation z = μ + σ·ε, which an AE ignores.
    pub fn loss(&self, x: &Tensor, eps: &Tensor, beta: f64) -> Result<Loss> {
        let Posterior { mu, logvar } = self.encode(x)?;
        let Some(logvar) = logvar else {
            let total = self.nll(&mu, x)?;
            return Ok(Loss { terms: Terms { recon: number(&total)?, kl: None }, total });
        };
        let z = (&mu + ((&logvar * 0.5)?.exp()? * eps)?)?;
        let recon = self.nll(&z, x)?;
        let (kl_mean, kl_variance) = kl(&mu, &logvar)?;
        let total = (&recon + ((&kl_mean + &kl_variance)? * beta)?)?;
        let kl = Some(Kl { mean: number(&kl_mean)?, variance: number(&kl_variance)? });
        Ok(Loss { total, terms: Terms { recon: number(&recon)?, kl } })
    }

    /// The codes of images given as plain numbers: (n, pixels) in [0, 1].
    pub fn encode_images(&self, images: &[f32]) -> std::result::Result<Codes, ModelError> {
        self.encode_images_with(images, &Progress::silent())
    }

    /// The same of many images, with reports.
    pub fn encode_images_with(&self, images: &[f32], progress: &Progress) -> std::result::Result<Codes, ModelError> {
        let mut codes = Codes { mu: Vec::new(), logvar: self.logvar.as_ref().map(|_| Vec::new()) };
        let chunks = images.chunks(CHUNK * self.config.pixels());
        for (i, chunk) in chunks.clone().enumerate() {
            let progress = progress.part_of(i, chunks.len());
            let (mu, logvar) = if self.is_fused() {
                self.with_parameters(|parameters| {
                    self.network.encode(parameters, chunk, &self.compute.team, &progress)
                })??
            } else {
                progress.at(0.0)?;
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
        self.decode_codes_with(codes, &Progress::silent())
    }

    /// The same of many codes, with reports.
    pub fn decode_codes_with(&self, codes: &[Code], progress: &Progress) -> std::result::Result<Vec<f32>, ModelError> {
        let mut images = Vec::with_capacity(codes.len() * self.config.pixels());
        self.decode_into(codes, Output::Pixels, &mut images, progress)?;
        Ok(images)
    }

    /// The logits of codes as plain numbers: (n, pixels).
    pub fn decode_logits(&self, codes: &[Code]) -> std::result::Result<Vec<f32>, ModelError> {
        let mut logits = Vec::new();
        self.decode_into(codes, Output::Logits, &mut logits, &Progress::silent())?;
        Ok(logits)
    }

    /// The same behind what `images` holds.
    pub(super) fn decode_into(
        &self,
        codes: &[Code],
        output: Output,
        images: &mut Vec<f32>,
        progress: &Progress,
    ) -> std::result::Result<(), ModelError> {
        let chunks = codes.chunks(CHUNK);
        for (i, chunk) in chunks.clone().enumerate() {
            let (codes, progress) = (chunk.as_flattened(), progress.part_of(i, chunks.len()));
            if self.is_fused() {
                self.with_parameters(|parameters| {
                    self.network.decode(parameters, codes, output, &self.compute.team, images, &progress)
                })??;
            } else {
                progress.at(0.0)?;
                let logits = self.decode(&self.rows(codes, LATENT)?)?;
                images.extend(match output {
                    Output::Logits => numbers(&logits)?,
                    Output::Pixels => numbers(&ops::sigmoid(&logits)?)?,
                });
            }
        }
        Ok(())
    }

    /// The terms of images (n, pixels) under the noise (n, latent), as plain numbers.
    pub fn terms(&self, images: &[f32], noise: &[f32]) -> std::result::Result<Terms, ModelError> {
        self.terms_with(images, noise, &Progress::silent())
    }

    /// The same with reports.
    pub fn terms_with(
        &self,
        images: &[f32],
        noise: &[f32],
        progress: &Progress,
    ) -> std::result::Result<Terms, ModelError> {
        progress.at(0.0)?;
        if !self.is_fused() {
            return Ok(self.loss(&self.rows(images, self.config.pixels())?, &self.rows(noise, LATENT)?, 1.0)?.terms);
        }
        let batch = kernels::Batch { images, noise, likelihood: self.config.likelihood };
        let sums =
            self.with_parameters(|parameters| self.network.terms(parameters, batch, &self.compute.team, progress))??;
        Ok(self.average(sums, noise.len() / LATENT))
    }

    /// One fused step on a batch. The parameters stay as they were if a term is not finite.
    pub(crate) fn fused_step(&self, batch: kernels::Batch, step: &mut kernels::Step) -> Result<Terms> {
        let sums = std::cell::RefCell::new((step, kernels::Sums::default()));
        self.parameters.inplace_op1(&FusedStep { model: self, batch, sums: &sums })?;
        let (_, sums) = sums.into_inner();
        Ok(self.average(sums, batch.noise.len() / LATENT))
    }

    /// The state of a run of fused steps, where the kernels can do them.
    pub(crate) fn new_step(&self, adam: kernels::AdamStep) -> Option<kernels::Step> {
        self.is_fused().then(|| self.network.new_step(adam))
    }

    /// Where it computes.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// The threads that compute.
    pub(crate) fn team(&self) -> &kernels::Team {
        &self.compute.team
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

    fn average(&self, sums: kernels::Sums, images: usize) -> Terms {
        let n = images as f64;
        let kl = self.logvar.as_ref().map(|_| Kl { mean: sums.kl_mean / n, variance: sums.kl_variance / n });
        let constant = self.config.likelihood.c().map_or(0.0, |c| gaussian_constant(self.config.pixels(), c));
        Terms { recon: sums.recon / n + constant, kl }
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
    batch: kernels::Batch<'a>,
    sums: &'a std::cell::RefCell<(&'b mut kernels::Step, kernels::Sums)>,
}

impl InplaceOp1 for FusedStep<'_, '_> {
    fn name(&self) -> &'static str {
        "fused-step"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> Result<()> {
        let CpuStorage::F32(parameters) = storage else { candle_core::bail!("the kernels work in single precision") };
        let (step, sums) = &mut *self.sums.borrow_mut();
        *sums = self.model.network.step(parameters, self.batch, step, &self.model.compute.team);
        Ok(())
    }
}

fn hidden(layers: &[PlainLayer], x: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(x.clone(), |h, layer| layer.forward(&h)?.relu())
}

fn number(scalar: &Tensor) -> Result<f64> {
    scalar.to_dtype(DType::F64)?.to_scalar()
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}
