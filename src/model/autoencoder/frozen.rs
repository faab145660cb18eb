//! A model as exploration asks it, its weights standing still.

use candle_core::Result;
use candle_nn::ops;

use super::{Autoencoder, Posterior, numbers};
use crate::config::ModelConfig;
use crate::model::architecture::{Bottleneck, Part, Prior};
use crate::model::kernels::Output;
use crate::model::{Codes, Compute, Frozen, ModelError, prior};
use crate::progress::Progress;

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
        let logvar = self.config.has_gaussian().then(Vec::new);
        let mut codes = Codes { latent: self.config.latent, mu: Vec::new(), logvar };
        let pixels = self.config.pixels();
        let chunks = images.chunks(self.chunk() * pixels);
        for (i, chunk) in chunks.clone().enumerate() {
            let progress = progress.part_of(i, chunks.len());
            let (mu, logvar) = if let Some(network) = self.fused() {
                self.with_parameters(|parameters| network.encode(parameters, chunk, &self.compute.team, &progress))??
            } else {
                progress.at(0.0)?;
                let Posterior { mu, logvar } = self.encode(&self.rows(chunk, pixels)?)?;
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
        let chunks = codes.chunks(self.chunk() * latent);
        for (i, chunk) in chunks.clone().enumerate() {
            let (codes, progress) = (self.decodable(chunk)?, progress.part_of(i, chunks.len()));
            if let Some(network) = self.fused() {
                self.with_parameters(|parameters| {
                    network.decode(parameters, &codes, output, &self.compute.team, images, &progress)
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
        let new = match &self.bottleneck {
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
        match self.bottleneck.pseudo_inputs() {
            Some((_, part)) => numbers(&ops::sigmoid(&self.part(part)?)?),
            None => Ok(Vec::new()),
        }
    }
}
