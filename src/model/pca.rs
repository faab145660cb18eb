//! Principal components of images (Pearson 1901), the largest of them.

use nalgebra::{DMatrix, SymmetricEigen};

use super::Compute;
use super::kernels::{gram, products};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// Dimensions that are followed besides those that are wanted.
const MORE: usize = 10;
/// Rounds of the subspace iteration; the spectrum of images falls fast.
const ROUNDS: usize = 12;
/// Images that are centred between two reports.
const SOME: usize = 2_000;

/// The directions of the largest variance.
pub struct Pca {
    /// (pixels)
    pub mean: Vec<f32>,
    /// Orthonormal, (components, pixels), the largest variance first.
    pub components: Vec<f32>,
    /// Of the data along each component.
    pub variances: Vec<f64>,
}

impl Pca {
    /// Of images (n, pixels); each pixel may be scaled first.
    pub fn of(
        images: &[f32],
        pixels: usize,
        components: usize,
        scale: Option<&[f32]>,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let n = images.len() / pixels;
        let components = components.min(pixels);
        let mut sums = vec![0.0f64; pixels];
        for (i, some) in images.chunks(SOME * pixels).enumerate() {
            progress.part(0.0, 0.1).done(i * SOME, n)?;
            for image in some.chunks_exact(pixels) {
                sums.iter_mut().zip(image).for_each(|(sum, &v)| *sum += f64::from(v));
            }
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / n as f64) as f32).collect();
        let centred = centred(images, &mean, scale, &progress.part(0.1, 0.2))?;
        let covariance = gram(&centred, pixels, &centred, pixels, &compute.team, &progress.part(0.2, 0.6))?;
        let covariance =
            DMatrix::from_iterator(pixels, pixels, covariance.into_iter().map(|v| f64::from(v) / n as f64));
        let wide = (components + MORE).min(pixels);
        let random = standard_normal(&mut stream(0, Purpose::Samples, u64::MAX >> 9), wide * pixels);
        let mut basis = DMatrix::from_iterator(pixels, wide, random.into_iter().map(f64::from));
        for round in 0..ROUNDS {
            progress.part(0.6, 1.0).done(round, ROUNDS)?;
            basis = (&covariance * basis).qr().q();
        }
        progress.at(1.0)?;
        let small = SymmetricEigen::new(basis.transpose() * &covariance * &basis);
        let mut order: Vec<usize> = (0..wide).collect();
        order.sort_by(|&a, &b| small.eigenvalues[b].total_cmp(&small.eigenvalues[a]));
        order.truncate(components);
        let all = basis * small.eigenvectors;
        let column = |&i: &usize| all.column(i).iter().map(|&v| v as f32).collect::<Vec<_>>();
        let components = order.iter().flat_map(column).collect();
        Ok(Self { mean, components, variances: order.iter().map(|&i| small.eigenvalues[i]).collect() })
    }

    /// Images (n, pixels) along the components: (n, components).
    pub fn project(&self, images: &[f32], compute: &Compute, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        let centred = centred(images, &self.mean, None, &progress.part(0.0, 0.3))?;
        products(&centred, &self.components, self.mean.len(), &compute.team, &progress.part(0.3, 1.0))
    }
}

/// Images (n, pixels) less their mean (pixels), each pixel scaled.
fn centred(images: &[f32], mean: &[f32], scale: Option<&[f32]>, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
    let mut centred = Vec::with_capacity(images.len());
    for some in images.chunks(SOME * mean.len()) {
        progress.done(centred.len(), images.len())?;
        for image in some.chunks_exact(mean.len()) {
            let differences = image.iter().zip(mean).map(|(v, mean)| v - mean);
            match scale {
                Some(scale) => centred.extend(differences.zip(scale).map(|(v, scale)| v * scale)),
                None => centred.extend(differences),
            }
        }
    }
    Ok(centred)
}
