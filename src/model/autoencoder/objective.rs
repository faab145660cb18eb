//! What a run minimises, as plain candle operations: recon, and its KL from the prior or the squares of a quantised code.

use candle_core::{Result, Tensor};
use candle_nn::ops;

use super::{Autoencoder, Posterior, number, numbers};
use crate::config::Beta;
use crate::model::architecture::{Bottleneck, Prior, Words};
use crate::model::kernels::nearest_words;
use crate::model::loss::{Loss, kl, kl_drawn, mixture_log_density};
use crate::model::terms::{Kl, Terms};

impl Autoencoder {
    /// What a run minimises, of a batch: recon and its KL or the squares of a quantised code. x: (batch, pixels) in [0, 1]; eps:
    /// (batch, latent), the noise of the reparameterisation z = μ + σ·ε, which only a Gaussian posterior has a use for.
    pub fn loss(&self, x: &Tensor, eps: &Tensor, beta: Beta) -> Result<Loss> {
        let Posterior { mu, logvar } = self.encode(x)?;
        if let Bottleneck::Quantised(words) = &self.bottleneck {
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
        let Bottleneck::Gaussian(prior) = &self.bottleneck else { return Ok(None) };
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
    fn quantised_loss(&self, x: &Tensor, codes: &Tensor, words: &Words) -> Result<Loss> {
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
    pub(in crate::model) fn uniform_kl(&self) -> Option<Kl> {
        let codebook = self.config.codebook;
        self.config.is_quantised().then(|| Kl::Whole(codebook.tokens as f64 * (codebook.words as f64).ln()))
    }
}
