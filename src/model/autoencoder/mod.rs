//! The autoencoder of Kingma and Welling (2014), fully connected or convolutional; without its `logvar` head and its noise it
//! is a plain autoencoder, so that one network serves both. This is the plain formula, on any device and float type; on
//! the CPU in single precision the same work is done by `kernels`, which the tests hold against it.

mod frozen;
mod layers;
mod objective;
mod words;

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Storage, Tensor, Var};
use candle_nn::ops;

use super::architecture::{Architecture, Bottleneck, Part, Prior};
use super::compute::Compute;
use super::kernels::{self, Network};
use super::loss::{bernoulli_nll, gaussian_constant, gaussian_nll};
use super::terms::{Kl, Terms};
use super::{ModelError, layout, prior};
use crate::config::{Arch, Beta, Likelihood, Link, ModelConfig};
use crate::progress::Progress;
use layers::Layers;
pub use layers::Posterior;

/// Images encoded or codes decoded in one go; bounds the memory of the hidden layers.
const CHUNK: usize = 1_000;

pub struct Autoencoder {
    config: ModelConfig,
    /// All parameters, one after the other in the order of `layout`: (parameters). The layers are views of it.
    parameters: Var,
    layers: Layers,
    bottleneck: Bottleneck,
    /// p(z), once it was asked for; the weights must stand still.
    prior: OnceLock<prior::Prior>,
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
        let all: usize = layout(config).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        if all != parameters.elem_count() {
            let given = parameters.elem_count();
            candle_core::bail!("a network of {all} parameters cannot be made of {given}");
        }
        let (layers, bottleneck) = match (&config.arch, Architecture::new(config)) {
            (_, Some(architecture)) => {
                let bottleneck = architecture.bottleneck.clone();
                (Layers::ours(architecture, parameters.as_tensor())?, bottleneck)
            }
            (Arch::Graph(graphs), None) => {
                let gaussian = config.has_gaussian().then_some(Bottleneck::Gaussian(Prior::Normal));
                let layers = Layers::graphs(graphs, config, parameters.as_tensor())?;
                (layers, gaussian.unwrap_or(Bottleneck::Point))
            }
            (arch, None) => candle_core::bail!("a network of the layers {arch} has no architecture"),
        };
        Ok(Self { config: config.clone(), layers, bottleneck, prior: OnceLock::new(), parameters, compute })
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
        self.layers.encode(x, self.config.has_gaussian())
    }

    /// z: (batch, latent) -> logits: (batch, pixels).
    pub fn decode(&self, z: &Tensor) -> Result<Tensor> {
        self.layers.decode_on(&self.layers.decode_first(z)?)
    }

    /// The first layer of the decoder, before its activation. z: (batch, latent) -> (batch, units).
    pub(super) fn decode_first(&self, z: &Tensor) -> Result<Tensor> {
        self.layers.decode_first(z)
    }

    /// What the link makes of logits: (batch, pixels).
    fn pixels(&self, logits: &Tensor) -> Result<Tensor> {
        match self.config.link() {
            Link::Sigmoid => ops::sigmoid(logits),
            Link::Identity => Ok(logits.clone()),
        }
    }

    /// A part of the flat parameters in its shape.
    fn part(&self, part: &Part) -> Result<Tensor> {
        self.parameters.narrow(0, part.at.start, part.at.len())?.reshape(part.shape.clone())
    }

    /// −log p(x|z) of a batch. z: (batch, latent), x: (batch, pixels) -> scalar.
    pub fn nll(&self, z: &Tensor, x: &Tensor) -> Result<Tensor> {
        self.nll_on(&self.decode_first(z)?, x)
    }

    /// The same after the first layer of the decoder. first: (batch, units), x: (batch, pixels) -> scalar.
    pub(super) fn nll_on(&self, first: &Tensor, x: &Tensor) -> Result<Tensor> {
        let logits = self.layers.decode_on(first)?;
        match self.config.likelihood {
            Likelihood::Bernoulli => bernoulli_nll(&logits, x),
            Likelihood::Gaussian { c, .. } => gaussian_nll(&self.pixels(&logits)?, x, c),
        }
    }

    /// Another p(x|z) for the same decoder.
    pub fn set_likelihood(&mut self, likelihood: Likelihood) {
        self.config.spec.likelihood = likelihood;
        // Of a linear network the likelihood says what makes pixels of its output.
        let Layers::Ours(ours) = &mut self.layers else { return };
        if self.config.link() == ours.architecture.link {
            return;
        }
        if let Some(architecture) = Architecture::new(&self.config) {
            (ours.network, ours.architecture) = (Network::new(&architecture), architecture);
        }
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
        let (pixels, latent, chunk) = (self.config.pixels(), self.config.latent, self.chunk());
        if let Some(network) = self.fused() {
            let batch = kernels::Batch { images, noise, likelihood: self.config.likelihood };
            let sums =
                self.with_parameters(|parameters| network.terms(parameters, batch, &self.compute.team, progress))??;
            return Ok(self.average(sums, noise.len() / latent));
        }
        let mut mean = None::<Terms>;
        let count = images.len().div_ceil(chunk * pixels);
        let chunks = images.chunks(chunk * pixels).zip(noise.chunks(chunk * latent));
        for (i, (images, noise)) in chunks.enumerate() {
            progress.done(i, count)?;
            let (x, noise) = (self.rows(images, pixels)?, self.rows(noise, latent)?);
            let terms = self.loss(&x, &noise, Beta::both(1.0))?.terms;
            let (before, now) = ((i * chunk) as f64, (images.len() / pixels) as f64);
            mean = Some(mean.map_or(terms, |mean| mean.mix(before, terms, now)));
        }
        Ok(mean.unwrap_or_default())
    }

    /// One fused step on a batch. The parameters stay as they were if a term is not finite.
    pub(crate) fn fused_step(&mut self, batch: kernels::Batch, step: &mut kernels::Step) -> Result<Terms> {
        self.prior = OnceLock::new();
        let sums = std::cell::RefCell::new((step, kernels::Sums::default()));
        self.parameters.inplace_op1(&FusedStep { model: self, batch, sums: &sums })?;
        let (_, sums) = sums.into_inner();
        Ok(self.average(sums, batch.noise.len() / self.config.latent))
    }

    /// The state of a run of fused steps, where the kernels can do them.
    pub(crate) fn new_step(&self, adam: kernels::AdamStep) -> Option<kernels::Step> {
        self.fused().map(|network| network.new_step(adam))
    }

    /// Where it computes.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// The kernels, where they do the work.
    fn fused(&self) -> Option<&Network> {
        let is_theirs = self.parameters.device().is_cpu() && self.parameters.dtype() == DType::F32;
        if let Layers::Ours(ours) = &self.layers { is_theirs.then_some(&ours.network) } else { None }
    }

    /// Images or codes that go through the network in one go.
    pub(super) fn chunk(&self) -> usize {
        let numbers = match &self.config.arch {
            Arch::Graph(graphs) => graphs.encoder.numbers().max(graphs.decoder.numbers()),
            _ => self.config.pixels(),
        };
        self.compute.memory.rows(numbers, CHUNK)
    }

    /// A copy of the parameters as plain numbers, in the order of `layout`.
    pub fn parameters(&self) -> std::result::Result<Vec<f32>, ModelError> {
        Ok(numbers(self.parameters.as_tensor())?)
    }

    /// The same, and `earlier` itself if it is that already: they may be large.
    pub fn parameters_like(&self, earlier: &Arc<Vec<f32>>) -> std::result::Result<Arc<Vec<f32>>, ModelError> {
        let is_same = self.fused().is_some() && self.with_parameters(|parameters| parameters == **earlier)?;
        if is_same { Ok(earlier.clone()) } else { Ok(Arc::new(self.parameters()?)) }
    }

    /// Plain numbers as a tensor of the model's type: (n, width).
    pub(crate) fn rows(&self, values: &[f32], width: usize) -> Result<Tensor> {
        let like = &self.parameters;
        Tensor::from_slice(values, (values.len() / width, width), like.device())?.to_dtype(like.dtype())
    }

    fn average(&self, sums: kernels::Sums, images: usize) -> Terms {
        let n = images as f64;
        let kl = match &self.bottleneck {
            Bottleneck::Point => None,
            Bottleneck::Gaussian(Prior::Normal) => {
                Some(Kl::Halves { mean: sums.kl_mean / n, variance: sums.kl_variance / n })
            }
            Bottleneck::Gaussian(_) => Some(Kl::Whole(sums.kl / n)),
            Bottleneck::Quantised(_) => self.uniform_kl(),
        };
        let constant = self.config.likelihood.c().map_or(0.0, |c| gaussian_constant(self.config.pixels(), c));
        let quantisation = self.config.is_quantised().then(|| sums.quantisation / n);
        Terms { recon: sums.recon / n + constant, kl, quantisation }
    }

    /// What is between encoder and decoder, and where its parameters are.
    pub(crate) fn bottleneck(&self) -> &Bottleneck {
        &self.bottleneck
    }

    /// None of a network that another program made.
    pub(super) fn architecture(&self) -> Option<&Architecture> {
        if let Layers::Ours(ours) = &self.layers { Some(&ours.architecture) } else { None }
    }

    /// What `of` says of some of the parameters.
    pub(super) fn read<T>(&self, at: &std::ops::Range<usize>, of: impl FnOnce(&[f32]) -> T) -> Result<T> {
        match self.fused() {
            Some(_) => self.with_parameters(|parameters| of(&parameters[at.clone()])),
            None => Ok(of(&numbers(&self.parameters.narrow(0, at.start, at.len())?)?)),
        }
    }

    /// Other parameters, in the order of `layout`.
    pub(crate) fn set_parameters(&mut self, parameters: &[f32]) -> Result<()> {
        let like = &self.parameters;
        let new = Tensor::from_slice(parameters, parameters.len(), like.device())?.to_dtype(like.dtype())?;
        self.parameters.set(&new)?;
        self.prior = OnceLock::new();
        Ok(())
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
        let Some(network) = self.model.fused() else { candle_core::bail!("the kernels have no such network") };
        *sums = network.step(parameters, self.batch, step, &self.model.compute.team);
        Ok(())
    }
}

fn number(scalar: &Tensor) -> Result<f64> {
    scalar.to_dtype(DType::F64)?.to_scalar()
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}
