//! Principal components of images (Pearson 1901), the largest of them.

use nalgebra::{DMatrix, SymmetricEigen};

use super::Compute;
use super::kernels::{gram, products};
use crate::random::{Purpose, standard_normal, stream};

/// Dimensions that are followed besides those that are wanted.
const MORE: usize = 10;
/// Rounds of the subspace iteration; the spectrum of images falls fast.
const ROUNDS: usize = 12;

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
    pub fn of(images: &[f32], pixels: usize, components: usize, scale: Option<&[f32]>, compute: &Compute) -> Self {
        let n = images.len() / pixels;
        let components = components.min(pixels);
        let mut sums = vec![0.0f64; pixels];
        for image in images.chunks_exact(pixels) {
            sums.iter_mut().zip(image).for_each(|(sum, &v)| *sum += f64::from(v));
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / n as f64) as f32).collect();
        let mut centred = images.to_vec();
        for image in centred.chunks_exact_mut(pixels) {
            image.iter_mut().zip(&mean).for_each(|(v, mean)| *v -= mean);
            if let Some(scale) = scale {
                image.iter_mut().zip(scale).for_each(|(v, scale)| *v *= scale);
            }
        }
        let covariance = gram(&centred, pixels, &centred, pixels, &compute.team);
        let covariance =
            DMatrix::from_iterator(pixels, pixels, covariance.into_iter().map(|v| f64::from(v) / n as f64));
        let wide = (components + MORE).min(pixels);
        let random = standard_normal(&mut stream(0, Purpose::Samples, u64::MAX >> 9), wide * pixels);
        let mut basis = DMatrix::from_iterator(pixels, wide, random.into_iter().map(f64::from));
        for _ in 0..ROUNDS {
            basis = (&covariance * basis).qr().q();
        }
        let small = SymmetricEigen::new(basis.transpose() * &covariance * &basis);
        let mut order: Vec<usize> = (0..wide).collect();
        order.sort_by(|&a, &b| small.eigenvalues[b].total_cmp(&small.eigenvalues[a]));
        order.truncate(components);
        let all = basis * small.eigenvectors;
        Self {
            mean,
            components: order
                .iter()
                .flat_map(|&i| all.column(i).iter().map(|&v| v as f32).collect::<Vec<_>>())
                .collect(),
            variances: order.iter().map(|&i| small.eigenvalues[i]).collect(),
        }
    }

    /// Images (n, pixels) along the components: (n, components).
    pub fn project(&self, images: &[f32], compute: &Compute) -> Vec<f32> {
        let pixels = self.mean.len();
        let mut centred = images.to_vec();
        for image in centred.chunks_exact_mut(pixels) {
            image.iter_mut().zip(&self.mean).for_each(|(v, mean)| *v -= mean);
        }
        products(&centred, &self.components, pixels, &compute.team)
    }
}
