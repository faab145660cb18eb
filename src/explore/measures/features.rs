//! Images as features in which they are compared: principal components of real images, and how much of an image lies outside them.

use crate::data::{Images, Numbers};
use crate::model::{Compute, Pca};
use crate::progress::{Cancelled, Progress};

/// Principal components.
const COMPONENTS: usize = 50;
/// Images whose residuals are taken together, at most.
const SOME: usize = 1_000;

/// Components alone are blind to what they leave out, and averages of images, in the middle of all components, then pass for real;
/// their residual is smaller than that of any image, and the residual of noise larger.
pub struct Features {
    pca: Pca,
}

impl Features {
    /// By the components of these images.
    pub fn new(images: &dyn Images, compute: &Compute, progress: &Progress) -> Result<Self, Cancelled> {
        Ok(Self { pca: Pca::of_images(images, COMPONENTS, None, compute, progress)? })
    }

    /// Features of an image.
    pub fn width(&self) -> usize {
        self.pca.variances.len() + 1
    }

    /// The mean of the images that they were made from: (pixels).
    pub fn mean_image(&self) -> &[f32] {
        &self.pca.mean
    }

    /// Of images (n, pixels), the components and then the norm of the residual: (n, width).
    pub fn of(&self, images: &[f32], compute: &Compute, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        self.of_images(&Numbers { values: images, width: self.pca.mean.len() }, compute, progress)
    }

    /// The same of images that are read a few at a time.
    pub fn of_images(
        &self,
        images: &dyn Images,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Vec<f32>, Cancelled> {
        let (n, pixels, components) = (images.count(), images.width(), self.width() - 1);
        let size = compute.memory.rows(3 * pixels, SOME);
        let mut all = Vec::with_capacity(n * self.width());
        for start in (0..n).step_by(size) {
            progress.done(start, n)?;
            let some = images.read(start..(start + size).min(n));
            let part = progress.part(start as f64 / n as f64, (start + size).min(n) as f64 / n as f64);
            let projected = self.pca.project(&some, compute, &part)?;
            for (i, image) in some.chunks_exact(pixels).enumerate() {
                let along = &projected[i * components..(i + 1) * components];
                let square = |v: f32| f64::from(v) * f64::from(v);
                let whole: f64 = image.iter().zip(&self.pca.mean).map(|(x, m)| square(x - m)).sum();
                let left = whole - along.iter().map(|&v| square(v)).sum::<f64>();
                all.extend_from_slice(along);
                all.push(left.max(0.0).sqrt() as f32);
            }
        }
        Ok(all)
    }
}
