//! What exploration asks of a model whose weights stand still, whatever it is made of.

use super::{Codes, Compute, Likelihoods, ModelError, Output, Places, Prior};
use crate::config::{ModelConfig, Place};
use crate::data::Split;
use crate::progress::Progress;

/// Images of a set that are encoded between two looks at the memory.
const SOME: usize = 1_000;

/// A frozen model, or what a plane through its latent space shows of it.
pub trait Frozen: Send + Sync {
    /// What it is made of.
    fn config(&self) -> &ModelConfig;

    /// Where it computes.
    fn compute(&self) -> &Compute;

    /// Dimensions of the codes that it takes and gives.
    fn latent(&self) -> usize;

    /// images: (n, pixels) in [0, 1].
    fn codes_of(&self, images: &[f32], progress: &Progress) -> Result<Codes, ModelError>;

    /// codes: (n, latent) -> (n, pixels), behind what `images` holds. A quantised code is decoded as its nearest word.
    fn images_of(
        &self,
        codes: &[f32],
        output: Output,
        images: &mut Vec<f32>,
        progress: &Progress,
    ) -> Result<(), ModelError>;

    /// ∇_z log p(x|z) of one image (pixels) at codes (n, latent).
    fn gradients_of(&self, image: &[f32], codes: &[f32], progress: &Progress) -> Result<Vec<f32>, ModelError>;

    /// p(z); `N(0, I)` stands in where a model has none.
    fn prior(&self) -> Result<&Prior, ModelError>;

    /// log p(x) of images (n, pixels) where it has a closed form.
    fn exact_evidence(&self, images: &[f32], progress: &Progress) -> Result<Option<Vec<f64>>, ModelError>;

    /// The codes of all images of a set, which are never numbers all at once.
    fn codes_of_split(&self, split: &Split, progress: &Progress) -> Result<Codes, ModelError> {
        let mut codes = self.codes_of(&[], &Progress::silent())?;
        let parts = split.parts(self.compute().memory.rows(split.pixels(), SOME));
        let count = parts.len();
        for (i, (_, images)) in parts.enumerate() {
            codes.extend(self.codes_of(&images, &progress.part_of(i, count))?);
        }
        Ok(codes)
    }

    /// log p(x|z) of one image (pixels) for codes (n, latent), some at a time.
    fn log_likelihoods_of(&self, image: &[f32], codes: &[f32], progress: &Progress) -> Result<Vec<f64>, ModelError> {
        let (latent, compute) = (self.latent(), self.compute());
        let parts = codes.chunks(compute.memory.rows(self.config().pixels(), codes.len().max(1)) * latent);
        let mut all = Vec::with_capacity(codes.len() / latent);
        for (i, part) in parts.clone().enumerate() {
            let progress = progress.part_of(i, parts.len());
            let likelihoods = self.likelihoods_of(part, &progress.part(0.0, 0.9))?;
            all.extend(likelihoods.of(image, &compute.team, &progress.part(0.9, 1.0))?);
        }
        Ok(all)
    }

    /// log p(x|z) as a function of the image, for codes (n, latent).
    fn likelihoods_of(&self, codes: &[f32], progress: &Progress) -> Result<Likelihoods, ModelError> {
        Likelihoods::new(
            codes,
            self.latent(),
            self.config(),
            |codes, output, into, progress| self.images_of(codes, output, into, progress),
            progress,
        )
    }

    /// The images of codes (n, latent): (n, pixels) in [0, 1].
    fn decoded(&self, codes: &[f32], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        let mut images = Vec::with_capacity(codes.len() / self.latent() * self.config().pixels());
        self.images_of(codes, Output::Pixels, &mut images, progress)?;
        Ok(images)
    }

    /// Where images (n, pixels) are in the plane; codes have two dimensions.
    fn encode_places(&self, images: &[f32]) -> Result<Places, ModelError> {
        self.encode_places_with(images, &Progress::silent())
    }

    /// The same of many images, with reports.
    fn encode_places_with(&self, images: &[f32], progress: &Progress) -> Result<Places, ModelError> {
        Ok(self.codes_of(images, progress)?.into_places())
    }

    /// The images of places: (n, pixels) in [0, 1]; codes have two dimensions.
    fn decode_places(&self, places: &[Place]) -> Result<Vec<f32>, ModelError> {
        self.decoded(places.as_flattened(), &Progress::silent())
    }

    /// The same of many places, with reports.
    fn decode_places_with(&self, places: &[Place], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        self.decoded(places.as_flattened(), progress)
    }

    /// p(x|z) of these places.
    fn likelihoods(&self, places: &[Place], progress: &Progress) -> Result<Likelihoods, ModelError> {
        self.likelihoods_of(places.as_flattened(), progress)
    }

    /// log p(x|z) of one image for these places.
    fn log_likelihoods(&self, image: &[f32], places: &[Place], progress: &Progress) -> Result<Vec<f64>, ModelError> {
        self.log_likelihoods_of(image, places.as_flattened(), progress)
    }

    /// ∇_z log p(x|z) of one image at these places.
    fn likelihood_gradients(
        &self,
        image: &[f32],
        places: &[Place],
        progress: &Progress,
    ) -> Result<Vec<Place>, ModelError> {
        Ok(self.gradients_of(image, places.as_flattened(), progress)?.as_chunks::<2>().0.to_vec())
    }
}
