//! The autoencoder of Kingma and Welling (2014), fully connected or convolutional; without its `logvar` head and its noise it
//! is a plain autoencoder, so that one network serves both. This is the plain formula, on any device and float type; on
//! the CPU in single precision the same work is done by `kernels`, which the tests hold against it.

use std::sync::OnceLock;

use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Storage, Tensor, Var};
use candle_nn::ops;

use super::architecture::{Architecture, Bottleneck, Part, Prior};
use super::compute::Compute;
use super::kernels::{self, Network, Output, nearest_words};
use super::layer::PlainLayer;
use super::loss::{Loss, bernoulli_nll, gaussian_constant, gaussian_nll, kl, kl_drawn, mixture_log_density};
use super::terms::{Kl, Terms};
use super::{Codes, Frozen, ModelError, prior};
use crate::config::{Beta, Likelihood, Link, ModelConfig};
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
    architecture: Architecture,
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
            architecture,
            prior: OnceLock::new(),
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
        self.decoder.first().unwrap_or(&self.out).forward(z)
    }

    /// The rest of the decoder. first: (batch, units) -> logits: (batch, pixels).
    fn decode_on(&self, first: &Tensor) -> Result<Tensor> {
        match self.decoder.get(1..) {
            Some(rest) => self.out.forward(&hidden(rest, &first.relu()?)?),
            None => Ok(first.clone()),
        }
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
        let logits = self.decode_on(first)?;
        match self.config.likelihood {
            Likelihood::Bernoulli => bernoulli_nll(&logits, x),
            Likelihood::Gaussian { c, .. } => gaussian_nll(&self.pixels(&logits)?, x, c),
        }
    }

    /// Another p(x|z) for the same decoder.
    pub fn set_likelihood(&mut self, likelihood: Likelihood) {
        self.config.spec.likelihood = likelihood;
        // Of a linear network the likelihood says what makes pixels of its output.
        if self.config.link() != self.architecture.link {
            self.architecture = Architecture::new(&self.config);
            self.network = Network::new(&self.architecture);
        }
    }

    /// What a run minimises, of a batch: recon and its KL or the squares of a quantised code. x: (batch, pixels) in [0, 1]; eps:
    /// (batch, latent), the noise of the reparameterisation z = μ + σ·ε, which only a Gaussian posterior has a use for.
    pub fn loss(&self, x: &Tensor, eps: &Tensor, beta: Beta) -> Result<Loss> {
        let Posterior { mu, logvar } = self.encode(x)?;
        if let Bottleneck::Quantised(words) = &self.architecture.bottleneck {
            return self.quantised_loss(x, &mu, words);
        }
        let Some(logvar) = logvar else {
            let total = self.nll(&mu, x)?;
            return Ok(Loss { terms: Terms { recon: number(&total)?, ..Terms::default() }, total });
        };
        let z = (&mu + ((&logvar * 0.5)?.exp()? * eps)?)?;
        let recon = self.nll(&z, x)?;
        let (weighted, kl) = match self.log_prior(&z)? {
            None => {
                let (mean, variance) = kl(&mu, &logvar)?;
                let weighted = ((&mean * beta.mean)? + (&variance * beta.variance)?)?;
                (weighted, Kl::Halves { mean: number(&mean)?, variance: number(&variance)? })
            }
            Some(log_density) => {
                let kl = kl_drawn(&logvar, &log_density)?;
                ((&kl * beta.mean)?, Kl::Whole(number(&kl)?))
            }
        };
        let terms = Terms { recon: number(&recon)?, kl: Some(kl), quantisation: None };
        Ok(Loss { total: (recon + weighted)?, terms })
    }

    /// log p(z) of a prior other than N(0, I). z: (batch, latent) -> (batch).
    fn log_prior(&self, z: &Tensor) -> Result<Option<Tensor>> {
        let Bottleneck::Gaussian(prior) = &self.architecture.bottleneck else { return Ok(None) };
        Ok(match prior {
            Prior::Normal => None,
            Prior::Mixture { logits, mean, log_scale, .. } => {
                Some(mixture_log_density(z, &self.part(logits)?, &self.part(mean)?, &self.part(log_scale)?)?)
            }
            Prior::Vamp { pseudo, .. } => {
                let Posterior { mu, logvar } = self.encode(&ops::sigmoid(&self.part(pseudo)?)?)?;
                let logvar = logvar.map_or_else(|| mu.zeros_like(), Ok)?;
                let logits = mu.narrow(1, 0, 1)?.squeeze(1)?.zeros_like()?;
                Some(mixture_log_density(z, &logits, &mu, &(logvar * 0.5)?)?)
            }
        })
    }

    /// −log p(x|e_k) + ‖sg(z_e) − e_k‖² + γ ‖z_e − sg(e_k)‖², straight through the choice of the word (van den Oord et al.
    /// 2017); without the second where running means move the words. codes: (batch, latent).
    fn quantised_loss(&self, x: &Tensor, codes: &Tensor, words: &super::architecture::Words) -> Result<Loss> {
        let (batch, size) = (codes.dim(0)?, words.weight.shape[1]);
        let weight = self.part(&words.weight)?;
        let chosen = nearest_words(&numbers(codes)?, &numbers(&weight)?, size);
        let chosen: Vec<u32> = chosen.into_iter().map(|(word, _)| word as u32).collect();
        let chosen = Tensor::from_vec(chosen, batch * self.config.codebook.tokens, codes.device())?;
        let taken = weight.index_select(&chosen, 0)?.reshape((batch, self.config.latent))?;
        let z = (codes + (&taken - codes)?.detach())?;
        let recon = self.nll(&z, x)?;
        let square = |a: &Tensor, b: &Tensor| (a - b)?.sqr()?.sum_all()? / batch as f64;
        let commitment = square(codes, &taken.detach())?;
        let mut total = (&recon + (&commitment * words.choice.gamma)?)?;
        if words.choice.decay.is_none() {
            total = (total + square(&codes.detach(), &taken)?)?;
        }
        let terms = Terms { recon: number(&recon)?, kl: self.uniform_kl(), quantisation: Some(number(&commitment)?) };
        Ok(Loss { total, terms })
    }

    /// Of words from the uniform prior over them: ln K a token.
    pub(super) fn uniform_kl(&self) -> Option<Kl> {
        let codebook = self.config.codebook;
        self.config.is_quantised().then(|| Kl::Whole(codebook.tokens as f64 * (codebook.words as f64).ln()))
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
            let (x, noise) = (self.rows(images, self.config.pixels())?, self.rows(noise, self.config.latent)?);
            return Ok(self.loss(&x, &noise, Beta::both(1.0))?.terms);
        }
        let batch = kernels::Batch { images, noise, likelihood: self.config.likelihood };
        let sums =
            self.with_parameters(|parameters| self.network.terms(parameters, batch, &self.compute.team, progress))??;
        Ok(self.average(sums, noise.len() / self.config.latent))
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
        self.is_fused().then(|| self.network.new_step(adam))
    }

    /// Where it computes.
    pub fn compute(&self) -> &Compute {
        &self.compute
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
        let kl = match &self.architecture.bottleneck {
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
    pub(crate) fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// What `of` says of some of the parameters.
    pub(super) fn read<T>(&self, at: &std::ops::Range<usize>, of: impl FnOnce(&[f32]) -> T) -> Result<T> {
        match self.is_fused() {
            true => self.with_parameters(|parameters| of(&parameters[at.clone()])),
            false => Ok(of(&numbers(&self.parameters.narrow(0, at.start, at.len())?)?)),
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

    /// The words that codes (n, latent) stand for, token by token, and the squared distances to them; none where codes are not
    /// quantised.
    pub fn words_of(&self, codes: &[f32]) -> Result<Option<Vec<(usize, f64)>>> {
        let Some(weight) = self.words()? else { return Ok(None) };
        Ok(Some(nearest_words(codes, &weight, self.config.word_size())))
    }

    /// The list of words: (K, size of a word).
    pub fn words(&self) -> Result<Option<Vec<f32>>> {
        let Bottleneck::Quantised(words) = &self.architecture.bottleneck else { return Ok(None) };
        Ok(Some(numbers(&self.part(&words.weight)?)?))
    }

    /// How many codes of these images (n, pixels) chose each word, (K), and their sums, (K, size of a word).
    pub(crate) fn chosen_words(&self, images: &[f32]) -> std::result::Result<Option<Vec<f32>>, ModelError> {
        let Some(weight) = self.words()? else { return Ok(None) };
        let (size, codes) = (self.config.word_size(), self.codes_of(images, &Progress::silent())?.mu);
        let count = weight.len() / size;
        let mut own = vec![0.0; count * (1 + size)];
        for ((word, _), code) in nearest_words(&codes, &weight, size).into_iter().zip(codes.chunks_exact(size)) {
            own[word] += 1.0;
            own[count + word * size..].iter_mut().zip(code).for_each(|(sum, v)| *sum += v);
        }
        Ok(Some(own))
    }

    /// After a step by the plain formulas: moves the words towards the codes that chose them, and keeps the scales of a mixture
    /// where they may be.
    pub(crate) fn settle(&mut self, chosen: Option<Vec<f32>>) -> std::result::Result<(), ModelError> {
        let mut parameters = match &self.architecture.bottleneck {
            Bottleneck::Quantised(_) | Bottleneck::Gaussian(Prior::Mixture { .. }) => self.parameters()?,
            _ => return Ok(()),
        };
        kernels::settle(&self.architecture.bottleneck, &mut parameters, chosen.as_deref().unwrap_or_default());
        Ok(self.set_parameters(&parameters)?)
    }

    /// What a decoder is given in the place of codes (n, latent): the words that they stand for, or the codes.
    fn decodable<'a>(&self, codes: &'a [f32]) -> Result<std::borrow::Cow<'a, [f32]>> {
        let Some(weight) = self.words()? else { return Ok(codes.into()) };
        let size = self.config.word_size();
        let words = nearest_words(codes, &weight, size);
        Ok(words.iter().flat_map(|(k, _)| &weight[k * size..(k + 1) * size]).copied().collect::<Vec<f32>>().into())
    }

    fn with_parameters<T>(&self, work: impl FnOnce(&[f32]) -> T) -> Result<T> {
        let (storage, _) = self.parameters.storage_and_layout();
        match &*storage {
            Storage::Cpu(storage) => Ok(work(storage.as_slice()?)),
            _ => candle_core::bail!("the kernels work on the CPU only"),
        }
    }
}

impl Frozen for Autoencoder {
    fn config(&self) -> &ModelConfig {
        &self.config
    }

    fn compute(&self) -> &Compute {
        &self.compute
    }

    fn latent(&self) -> usize {
        self.config.latent
    }

    fn codes_of(&self, images: &[f32], progress: &Progress) -> std::result::Result<Codes, ModelError> {
        let logvar = self.logvar.as_ref().map(|_| Vec::new());
        let mut codes = Codes { latent: self.config.latent, mu: Vec::new(), logvar };
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
            codes.mu.extend(mu);
            if let Some(all) = &mut codes.logvar {
                all.extend(logvar);
            }
        }
        Ok(codes)
    }

    fn images_of(
        &self,
        codes: &[f32],
        output: Output,
        images: &mut Vec<f32>,
        progress: &Progress,
    ) -> std::result::Result<(), ModelError> {
        let latent = self.config.latent;
        let chunks = codes.chunks(CHUNK * latent);
        for (i, chunk) in chunks.clone().enumerate() {
            let (codes, progress) = (self.decodable(chunk)?, progress.part_of(i, chunks.len()));
            if self.is_fused() {
                self.with_parameters(|parameters| {
                    self.network.decode(parameters, &codes, output, &self.compute.team, images, &progress)
                })??;
            } else {
                progress.at(0.0)?;
                let logits = self.decode(&self.rows(&codes, latent)?)?;
                images.extend(match output {
                    Output::Logits => numbers(&logits)?,
                    Output::Pixels => numbers(&self.pixels(&logits)?)?,
                });
            }
        }
        Ok(())
    }

    fn gradients_of(
        &self,
        image: &[f32],
        codes: &[f32],
        progress: &Progress,
    ) -> std::result::Result<Vec<f32>, ModelError> {
        self.slopes(image, codes, progress)
    }

    fn exact_evidence(&self, images: &[f32], progress: &Progress) -> std::result::Result<Option<Vec<f64>>, ModelError> {
        self.linear_evidence(images, progress)
    }

    fn prior(&self) -> std::result::Result<&prior::Prior, ModelError> {
        if let Some(prior) = self.prior.get() {
            return Ok(prior);
        }
        let latent = self.config.latent;
        let part = |part: &Part| numbers(&self.part(part)?);
        let new = match &self.architecture.bottleneck {
            Bottleneck::Gaussian(Prior::Mixture { logits, mean, log_scale, .. }) => {
                prior::Prior::mixture(&part(logits)?, &part(mean)?, &part(log_scale)?, latent)
            }
            Bottleneck::Gaussian(Prior::Vamp { components, .. }) => {
                let codes = self.codes_of(&self.pseudo_inputs()?, &Progress::silent())?;
                let scale: Vec<f32> = codes.logvar.iter().flatten().map(|v| 0.5 * v).collect();
                prior::Prior::mixture(&vec![0.0; *components], &codes.mu, &scale, latent)
            }
            _ => prior::Prior::normal(latent),
        };
        Ok(self.prior.get_or_init(|| new))
    }
}

impl Autoencoder {
    /// The pseudo-inputs of a VampPrior as images: (K, pixels) in [0, 1]; none of another prior.
    pub fn pseudo_inputs(&self) -> Result<Vec<f32>> {
        match self.architecture.bottleneck.pseudo_inputs() {
            Some((_, part)) => numbers(&ops::sigmoid(&self.part(part)?)?),
            None => Ok(Vec::new()),
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
