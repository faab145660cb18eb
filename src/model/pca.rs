//! Principal components of images (Pearson 1901), the largest of them.

use nalgebra::{DMatrix, SymmetricEigen};

use super::Compute;
use super::kernels::{gram, products};
use crate::data::Split;
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// Dimensions that are followed besides those that are wanted.
const MORE: usize = 10;
/// Rounds of the subspace iteration at most, and what is left of the largest eigenvalue when it ends.
const MOST_ROUNDS: usize = 300;
const CONVERGED: f64 = 1e-11;
/// Pixels up to which all pairs are computed at once where eigenvalues lie so close together that the iteration does not end.
const FEW_PIXELS: usize = 1_600;
/// Images that are centred between two reports.
const SOME: usize = 2_000;
/// Images whose products are added up in single precision: those of bytes are whole numbers below 2²⁴ then, and exact.
const EXACT: usize = 256;

/// The directions of the largest variance.
pub struct Pca {
    /// (pixels)
    pub mean: Vec<f32>,
    /// Orthonormal, (components, pixels), the largest variance first.
    pub components: Vec<f32>,
    /// Of the data along each component.
    pub variances: Vec<f64>,
    /// Of the data along all directions together.
    pub total: f64,
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
        let mut sums = vec![0.0f64; pixels];
        for (i, some) in images.chunks(SOME * pixels).enumerate() {
            progress.part(0.0, 0.1).done(i * SOME, n)?;
            for image in some.chunks_exact(pixels) {
                sums.iter_mut().zip(image).for_each(|(sum, &v)| *sum += f64::from(v));
            }
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / n as f64) as f32).collect();
        let centred = centred(images, &mean, scale, &progress.part(0.1, 0.2))?;
        let some = |i: usize| centred.chunks(EXACT * pixels).nth(i).unwrap_or_default().to_vec();
        let moments = second_moments(n, pixels, some, compute, &progress.part(0.2, 0.7))?;
        let covariance = DMatrix::from_iterator(pixels, pixels, moments.into_iter().map(|v| v / n as f64));
        Self::of_covariance(mean, &covariance, components, &progress.part(0.7, 1.0))
    }

    /// Of all images of a set, pixels in [0, 1]; in double precision throughout.
    pub fn of_split(
        split: &Split,
        components: usize,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let (n, pixels) = (split.len(), split.pixels());
        let mut sums = vec![0u64; pixels];
        for i in 0..n {
            sums.iter_mut().zip(split.image(i)).for_each(|(sum, &v)| *sum += u64::from(v));
        }
        let mean: Vec<f64> = sums.iter().map(|&sum| sum as f64 / n as f64).collect();
        let bytes = |i: usize| {
            let images = &split.images[i * EXACT * pixels..((i + 1) * EXACT * pixels).min(n * pixels)];
            images.iter().map(|&v| f32::from(v)).collect()
        };
        let moments = second_moments(n, pixels, bytes, compute, &progress.part(0.0, 0.8))?;
        let of = |(i, v): (usize, f64)| (v / n as f64 - mean[i / pixels] * mean[i % pixels]) / (255.0 * 255.0);
        let covariance = DMatrix::from_iterator(pixels, pixels, moments.into_iter().enumerate().map(of));
        let mean = mean.into_iter().map(|m| (m / 255.0) as f32).collect();
        Self::of_covariance(mean, &covariance, components, &progress.part(0.8, 1.0))
    }

    /// By subspace iteration with Rayleigh and Ritz's step in every round, until each pair S v = λ v holds; where that takes too
    /// long, by a full decomposition.
    fn of_covariance(
        mean: Vec<f32>,
        covariance: &DMatrix<f64>,
        components: usize,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let pixels = mean.len();
        let components = components.min(pixels);
        let wide = (components + MORE).min(pixels);
        let random = standard_normal(&mut stream(0, Purpose::Samples, u64::MAX >> 9), wide * pixels);
        let mut basis = DMatrix::from_iterator(pixels, wide, random.into_iter().map(f64::from)).qr().q();
        let (mut variances, mut has_converged) = (vec![0.0; wide], false);
        for round in 0..MOST_ROUNDS {
            progress.done(round, MOST_ROUNDS)?;
            let moved = covariance * &basis;
            let turn;
            (variances, turn) = descending(basis.transpose() * &moved);
            let (turned, moved) = (&basis * &turn, moved * turn);
            let left = (0..components).map(|i| (moved.column(i) - turned.column(i) * variances[i]).norm());
            has_converged = left.fold(0.0, f64::max) <= CONVERGED * variances[0].max(f64::MIN_POSITIVE);
            // After the last round the pairs are as good as they became.
            let is_over = has_converged || round + 1 == MOST_ROUNDS;
            basis = if is_over { turned } else { moved.qr().q() };
            if is_over {
                break;
            }
        }
        if !has_converged && pixels <= FEW_PIXELS {
            (variances, basis) = descending(covariance.clone());
        }
        progress.at(1.0)?;
        variances.truncate(components);
        let column = |i: usize| basis.column(i).iter().map(|&v| v as f32).collect::<Vec<_>>();
        let components = (0..components).flat_map(column).collect();
        Ok(Self { mean, components, variances, total: covariance.trace() })
    }

    /// Images (n, pixels) along the components: (n, components).
    pub fn project(&self, images: &[f32], compute: &Compute, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        let centred = centred(images, &self.mean, None, &progress.part(0.0, 0.3))?;
        products(&centred, &self.components, self.mean.len(), &compute.team, &progress.part(0.3, 1.0))
    }
}

/// The eigenvalues of a symmetric matrix, the largest first, and their vectors as columns.
fn descending(matrix: DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
    let pairs = SymmetricEigen::new(matrix);
    let mut order: Vec<usize> = (0..pairs.eigenvalues.len()).collect();
    order.sort_by(|&a, &b| pairs.eigenvalues[b].total_cmp(&pairs.eigenvalues[a]));
    (order.iter().map(|&i| pairs.eigenvalues[i]).collect(), pairs.eigenvectors.select_columns(&order))
}

/// Σ x xᵀ of `n` vectors, which come `EXACT` at a time, added up in double precision: (width, width).
fn second_moments(
    n: usize,
    width: usize,
    some: impl Fn(usize) -> Vec<f32>,
    compute: &Compute,
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    let mut sums = vec![0.0; width * width];
    for i in 0..n.div_ceil(EXACT) {
        let progress = progress.part_of(i, n.div_ceil(EXACT));
        let vectors = some(i);
        let products = gram(&vectors, width, &vectors, width, &compute.team, &progress)?;
        sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += f64::from(product));
    }
    Ok(sums)
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
