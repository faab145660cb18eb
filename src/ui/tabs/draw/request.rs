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

/// The bytes of an image file, to be read as an image of a shape, whole and in its proportions; a grey one light on dark.
#[derive(Clone)]
pub struct FileRequest {
    pub name: PathBuf,
    pub bytes: Arc<Vec<u8>>,
    pub shape: ImageShape,
    /// What is around it, and behind what is transparent in it, where images have colours.
    pub ground: [u8; 3],
}

impl PartialEq for FileRequest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes) && (self.shape, self.ground) == (other.shape, other.ground)
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
        let (width, height) = (self.shape.cols as u32, self.shape.rows as u32);
        let picture = picture.resize(width, height, image::imageops::FilterType::Triangle).to_rgba8();
        let is_grey = self.shape.is_grey();
        // Ink on nothing is ink on paper.
        let paper = if is_grey { [255; 3] } else { self.ground };
        let opaque = |&image::Rgba([r, g, b, a]): &image::Rgba<u8>| {
            let over =
                |v: u8, paper: u8| (f32::from(v) * f32::from(a) + f32::from(paper) * (255.0 - f32::from(a))) / 255.0;
            [over(r, paper[0]), over(g, paper[1]), over(b, paper[2])].map(|v| v / 255.0)
        };
        let mut colors: Vec<[f32; 3]> = picture.pixels().map(opaque).collect();
        let mut around = self.ground.map(|v| f32::from(v) / 255.0);
        if is_grey {
            // Rec. 709, as the image crate has it.
            let grey = |[r, g, b]: [f32; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
            let is_light = colors.iter().map(|&color| grey(color)).sum::<f32>() > 0.5 * colors.len() as f32;
            colors.iter_mut().for_each(|color| *color = [if is_light { 1.0 - grey(*color) } else { grey(*color) }; 3]);
            around = [0.0; 3];
        }
        Ok(Arc::new(self.centred(&colors, picture.width() as usize, around)))
    }
}

impl FileRequest {
    /// A picture of so many columns in the middle of an image of the shape.
    fn centred(&self, colors: &[[f32; 3]], wide: usize, around: [f32; 3]) -> Vec<f32> {
        let ImageShape { rows, cols, channels } = self.shape;
        let (left, top) = ((cols - wide) / 2, (rows - colors.len() / wide) / 2);
        let pixel = |i: usize| {
            let (row, col) = ((i / cols).checked_sub(top), (i % cols).checked_sub(left).filter(|&col| col < wide));
            row.zip(col).and_then(|(row, col)| colors.get(row * wide + col)).copied().unwrap_or(around)
        };
        (0..rows * cols).flat_map(|i| pixel(i).into_iter().take(channels)).collect()
    }
}
