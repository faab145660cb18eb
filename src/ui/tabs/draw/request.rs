//! What is asked of the workers: an image's way through a model, and a dropped file as an image of the data's size.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{ImageShape, Place};
use crate::engine::{Job, JobError, Request, RunId, Urgency};
use crate::explore::{Picture, tile};
use crate::model::{Checkpoint, Frozen};
use crate::progress::Progress;

/// An image to be encoded, sampled and decoded by a run's model: x → (μ, σ) → z = μ + σ·ε → x̂.
#[derive(Clone)]
pub struct PassRequest {
    pub run: RunId,
    pub checkpoint: Arc<Checkpoint>,
    pub image: Arc<Vec<f32>>,
    /// (latent)
    pub eps: Vec<f32>,
}

/// What came of it on the way, through all dimensions; where it was is seen in the plane.
#[derive(Clone)]
pub struct Pass {
    pub mu: Place,
    /// Along the axes of the plane; an AE has none.
    pub sigma: Option<Place>,
    pub z: Place,
    pub x_hat: Arc<Picture>,
}

impl PartialEq for PassRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint)
            && Arc::ptr_eq(&self.image, &other.image)
            && self.eps == other.eps
    }
}

impl Request for PassRequest {
    type Reply = Pass;
    const NAME: &'static str = "drawing";

    fn urgency(&self) -> Urgency {
        Urgency::Drag
    }

    /// While one draws or a run learns, what became of the image a moment ago is better than nothing.
    fn answers(&self, asked: &Self) -> bool {
        self.run == asked.run
    }

    fn work(&self, job: &Job<Pass>) -> Result<Pass, JobError> {
        let model = job.model(&self.checkpoint)?;
        let (whole, plane, config) = (model.whole(), model.plane(), model.config());
        let codes = whole.codes_of(&self.image, &Progress::silent())?;
        if codes.len() != 1 {
            return Err(JobError::Other("the drawing has another size".to_owned()));
        }
        let mut z = codes.mu.clone();
        for ((z, logvar), eps) in z.iter_mut().zip(codes.logvar.iter().flatten()).zip(&self.eps) {
            *z += (0.5 * logvar).exp() * eps;
        }
        let x_hat = tile(&whole.decoded(&z, &Progress::silent())?, config.shape, 1);
        let places = plane.places(&codes);
        let sigma = places.logvar.and_then(|logvar| Some(logvar.first()?.map(|v| (0.5 * v).exp())));
        Ok(Pass { mu: plane.place(&codes.mu), sigma, z: plane.place(&z), x_hat: Arc::new(x_hat) })
    }
}

/// The bytes of an image file, to be read as an image of a shape; a grey one light on dark.
#[derive(Clone)]
pub struct FileRequest {
    pub name: PathBuf,
    pub bytes: Arc<Vec<u8>>,
    pub shape: ImageShape,
}

impl PartialEq for FileRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes) && self.shape == other.shape
    }
}

impl Request for FileRequest {
    type Reply = Arc<Vec<f32>>;
    const NAME: &'static str = "image file";

    fn urgency(&self) -> Urgency {
        Urgency::View
    }

    fn work(&self, _: &Job<Self::Reply>) -> Result<Self::Reply, JobError> {
        let wrong =
            |error| JobError::Other(format!("{} is not an image that can be read: {error}", self.name.display()));
        let picture = image::load_from_memory(&self.bytes).map_err(wrong)?;
        let (ImageShape { rows, cols, .. }, filter) = (self.shape, image::imageops::FilterType::Triangle);
        let picture = picture.resize_exact(cols as u32, rows as u32, filter);
        if !self.shape.is_grey() {
            return Ok(Arc::new(picture.to_rgb32f().into_raw()));
        }
        let grey = picture.to_luma32f().into_raw();
        let is_light = grey.iter().sum::<f32>() > 0.5 * grey.len() as f32;
        Ok(Arc::new(grey.into_iter().map(|v| if is_light { 1.0 - v } else { v }).collect()))
    }
}
