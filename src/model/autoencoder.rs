//! The autoencoder of Kingma and Welling (2014) with fully connected layers; without its `logvar` head and its noise it
//! is a plain autoencoder, so that one network serves both.

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{Linear, Module, ops};

use super::loss::{Kl, Loss, Terms, bernoulli_nll, kl};
use super::parameters::{Parameter, layout};
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
    variables: Vec<(String, Var)>,
    encoder: Vec<Linear>,
    mu: Linear,
    logvar: Option<Linear>,
    decoder: Vec<Linear>,
    out: Linear,
}

impl Autoencoder {
    /// A network with a copy of these parameters, which are in the order of `layout`.
    pub fn new(config: &ModelConfig, parameters: &[Parameter]) -> Result<Self> {
        let tensors = parameters
            .iter()
            .map(|p| Tensor::from_slice(&p.values, p.shape.as_slice(), &Device::Cpu))
            .collect::<Result<_>>()?;
        Self::from_tensors(config, tensors)
    }

    /// The same from tensors of any float type, in the order of `layout`.
    pub fn from_tensors(config: &ModelConfig, tensors: Vec<Tensor>) -> Result<Self> {
        let names = layout(config);
        if names.len() != tensors.len() {
            candle_core::bail!("a network of {} parameters cannot be made of {} tensors", names.len(), tensors.len());
        }
        let variables = names
            .into_iter()
            .zip(tensors)
            .map(|((name, shape), tensor)| Ok((name, Var::from_tensor(&tensor.reshape(shape)?)?)))
            .collect::<Result<Vec<_>>>()?;
        let mut layers = variables
            .chunks_exact(2)
            .map(|pair| Linear::new(pair[0].1.as_tensor().clone(), Some(pair[1].1.as_tensor().clone())));
        let mut layer = || layers.next().ok_or_else(|| candle_core::Error::Msg("a network lacks a layer".to_owned()));
        let depth = config.hidden.len();
        let encoder = (0..depth).map(|_| layer()).collect::<Result<_>>()?;
        let mu = layer()?;
        let logvar = if config.kind == ModelKind::Vae { Some(layer()?) } else { None };
        let decoder = (0..depth).map(|_| layer()).collect::<Result<_>>()?;
        let out = layer()?;
        Ok(Self { config: config.clone(), variables, encoder, mu, logvar, decoder, out })
    }

    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// All parameters by name, in the order of `layout`; an optimiser writes into them.
    pub fn variables(&self) -> &[(String, Var)] {
        &self.variables
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
            let x = self.rows(chunk, self.config.pixels())?;
            let posterior = self.encode(&x)?;
            codes.mu.extend(points(&posterior.mu)?);
            if let (Some(all), Some(logvar)) = (&mut codes.logvar, &posterior.logvar) {
                all.extend(points(logvar)?);
            }
        }
        Ok(codes)
    }

    /// The images of codes as plain numbers: (n, pixels) in [0, 1].
    pub fn decode_codes(&self, codes: &[Code]) -> std::result::Result<Vec<f32>, ModelError> {
        let mut images = Vec::with_capacity(codes.len() * self.config.pixels());
        for chunk in codes.chunks(CHUNK) {
            let z = self.rows(chunk.as_flattened(), LATENT)?;
            let pixels = ops::sigmoid(&self.decode(&z)?)?.flatten_all()?;
            images.extend(pixels.to_dtype(DType::F32)?.to_vec1::<f32>()?);
        }
        Ok(images)
    }

    /// A copy of the parameters as plain numbers.
    pub fn parameters(&self) -> std::result::Result<Vec<Parameter>, ModelError> {
        self.variables
            .iter()
            .map(|(name, var)| {
                let values = var.flatten_all()?.to_dtype(DType::F32)?.to_vec1()?;
                Ok(Parameter { name: name.clone(), shape: var.dims().to_vec(), values })
            })
            .collect()
    }

    /// Plain numbers as a tensor of the model's type: (n, width).
    pub(crate) fn rows(&self, values: &[f32], width: usize) -> Result<Tensor> {
        let weight = self.mu.weight();
        Tensor::from_slice(values, (values.len() / width, width), weight.device())?.to_dtype(weight.dtype())
    }
}

fn hidden(layers: &[Linear], x: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(x.clone(), |h, layer| layer.forward(&h)?.relu())
}

fn number(scalar: &Tensor) -> Result<f64> {
    scalar.to_dtype(DType::F64)?.to_scalar()
}

fn points(tensor: &Tensor) -> Result<Vec<Code>> {
    let flat: Vec<f32> = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
    Ok(flat.as_chunks::<LATENT>().0.to_vec())
}
