//! A model in coordinates in which its codes have mean 0 and covariance I, under a prior of these coordinates: how an AE, which was
//! never told of a prior, is given one that suits it.

use super::super::fitted::Fitted;
use crate::config::ModelConfig;
use crate::model::{Autoencoder, Codes, Compute, Frozen, ModelError, Output, Prior};
use crate::progress::Progress;

/// A code z = m + L u of the model is u here; the model has no posteriors.
pub struct Whitened<'a> {
    pub model: &'a Autoencoder,
    pub from: &'a Fitted,
    /// p(u).
    pub prior: Prior,
}

impl Whitened<'_> {
    fn codes(&self, whitened: &[f32]) -> Vec<f32> {
        whitened.chunks_exact(self.latent()).flat_map(|u| self.from.code(u)).collect()
    }
}

impl Frozen for Whitened<'_> {
    fn config(&self) -> &ModelConfig {
        self.model.config()
    }

    fn compute(&self) -> &Compute {
        self.model.compute()
    }

    fn latent(&self) -> usize {
        self.model.latent()
    }

    fn codes_of(&self, images: &[f32], progress: &Progress) -> Result<Codes, ModelError> {
        let Codes { latent, mu, .. } = self.model.codes_of(images, progress)?;
        Ok(Codes { latent, mu: self.from.all_whitened(&mu), logvar: None })
    }

    fn images_of(
        &self,
        codes: &[f32],
        output: Output,
        images: &mut Vec<f32>,
        progress: &Progress,
    ) -> Result<(), ModelError> {
        self.model.images_of(&self.codes(codes), output, images, progress)
    }

    /// By the chain rule: Lᵀ ∇_z.
    fn gradients_of(&self, image: &[f32], codes: &[f32], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        let slopes = self.model.gradients_of(image, &self.codes(codes), progress)?;
        Ok(slopes.chunks_exact(self.latent()).flat_map(|slope| self.from.across(slope)).collect())
    }

    fn prior(&self) -> Result<&Prior, ModelError> {
        Ok(&self.prior)
    }

    fn exact_evidence(&self, _: &[f32], progress: &Progress) -> Result<Option<Vec<f64>>, ModelError> {
        progress.at(0.0)?;
        Ok(None)
    }
}
