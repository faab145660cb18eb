//! Principal components of images (Pearson 1901), the largest of them: from the covariance of the pixels, from the products of
//! the images among themselves where those are fewer, or, where neither fits into the memory, from the images alone.

use std::ops::Range;

use nalgebra::DMatrix;

use super::Compute;
use super::kernels::{gram, products};
use super::subspace::{Pairs, Until, descending, largest};
use crate::config::Memory;
use crate::data::{Images, Numbers, Split};
use crate::progress::{Cancelled, Progress};

/// The subspace iteration of a matrix that is there as a whole; and of one that is computed anew in every round, from products in
/// single precision, of which no more can be had.
const WHOLE: Until = Until { share: 1e-11, rounds: 300 };
const STREAMED: Until = Until { share: 1e-5, rounds: 60 };
/// Pixels up to which all pairs are computed at once where eigenvalues lie so close together that the iteration does not end.
const FEW_PIXELS: usize = 1_600;
/// Images that are centred between two reports.
const SOME: usize = 2_000;
/// Images (or pixels) whose products are added up in single precision: those of bytes are whole numbers below 2²⁴ then, and exact.
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

/// Which matrix shows the components.
enum Way {
    /// The covariance: (pixels, pixels).
    Pixels,
    /// The products of the images: (images, images).
    Images,
    /// None that could be held.
    Streamed,
}

impl Way {
    /// Of so many images of so many pixels.
    fn of(n: usize, pixels: usize, memory: Memory) -> Self {
        // The matrix, what is added to it, and its copies.
        let fits = |side: usize| 3 * size_of::<f64>() * side * side <= memory.bytes() / 4 || side <= FEW_PIXELS;
        match (n < pixels && pixels > FEW_PIXELS, fits(pixels), fits(n)) {
            (false, true, _) => Self::Pixels,
            (_, _, true) => Self::Images,
            (_, true, false) => Self::Pixels,
            (_, false, false) => Self::Streamed,
        }
    }
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
        Self::of_images(&Numbers { values: images, width: pixels }, components, scale, compute, progress)
    }

    /// The same of images that are read a few at a time.
    pub fn of_images(
        images: &dyn Images,
        components: usize,
        scale: Option<&[f32]>,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let (n, pixels) = (images.count(), images.width());
        let size = compute.memory.rows(pixels, SOME);
        let mut sums = vec![0.0f64; pixels];
        for start in (0..n).step_by(size) {
            progress.part(0.0, 0.1).done(start, n)?;
            for image in images.read(start..(start + size).min(n)).chunks_exact(pixels) {
                sums.iter_mut().zip(image).for_each(|(sum, &v)| *sum += f64::from(v));
            }
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / n as f64) as f32).collect();
        let centred = Centred { images, mean: &mean, scale };
        match Way::of(n, pixels, compute.memory) {
            Way::Pixels => {
                let some = |i: usize| centred.read(i * EXACT..((i + 1) * EXACT).min(n));
                let moments = second_moments(n, pixels, some, compute, &progress.part(0.1, 0.7))?;
                let covariance = DMatrix::from_iterator(pixels, pixels, moments.into_iter().map(|v| v / n as f64));
                Self::of_covariance(mean, &covariance, components, &progress.part(0.7, 1.0))
            }
            Way::Images => {
                let some = |pixels: Range<usize>| {
                    let mut values = Vec::with_capacity(n * pixels.len());
                    for start in (0..n).step_by(size) {
                        let some = centred.read(start..(start + size).min(n));
                        some.chunks_exact(mean.len())
                            .for_each(|image| values.extend_from_slice(&image[pixels.clone()]));
                    }
                    values
                };
                // The parts are wide, as every one of them takes a look at all images.
                let width = compute.memory.rows(n, pixels).max(EXACT);
                let products = products_of_images(n, pixels, width, some, compute, &progress.part(0.1, 0.6))?;
                Self::of_products(&centred, products, components, compute, &progress.part(0.6, 1.0))
            }
            Way::Streamed => Self::streamed(&centred, components, compute, &progress.part(0.1, 1.0)),
        }
    }

    /// Of all images of a set, pixels in [0, 1]; in double precision throughout, where they are few or their pixels are.
    pub fn of_split(
        split: &Split,
        components: usize,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let (n, pixels) = (split.len(), split.pixels());
        let way = Way::of(n, pixels, compute.memory);
        let mut sums = vec![0u64; pixels];
        for i in 0..n {
            sums.iter_mut().zip(split.image(i)).for_each(|(sum, &v)| *sum += u64::from(v));
        }
        let mean: Vec<f64> = sums.iter().map(|&sum| sum as f64 / n as f64).collect();
        let single: Vec<f32> = mean.iter().map(|m| (m / 255.0) as f32).collect();
        let centred = Centred { images: split, mean: &single, scale: None };
        match way {
            Way::Pixels => {
                let bytes = |i: usize| {
                    let images = &split.images[i * EXACT * pixels..((i + 1) * EXACT * pixels).min(n * pixels)];
                    images.iter().map(|&v| f32::from(v)).collect()
                };
                let moments = second_moments(n, pixels, bytes, compute, &progress.part(0.0, 0.8))?;
                let of = |(i, v): (usize, f64)| (v / n as f64 - mean[i / pixels] * mean[i % pixels]) / (255.0 * 255.0);
                let covariance = DMatrix::from_iterator(pixels, pixels, moments.into_iter().enumerate().map(of));
                Self::of_covariance(single, &covariance, components, &progress.part(0.8, 1.0))
            }
            Way::Images => {
                let bytes = |pixels: Range<usize>| {
                    (0..n).flat_map(|i| &split.image(i)[pixels.clone()]).map(|&v| f32::from(v)).collect()
                };
                let products = products_of_images(n, pixels, EXACT, bytes, compute, &progress.part(0.0, 0.6))?;
                let products = products.into_iter().map(|v| v / (255.0 * 255.0)).collect();
                Self::of_products(&centred, products, components, compute, &progress.part(0.6, 1.0))
            }
            Way::Streamed => Self::streamed(&centred, components, compute, progress),
        }
    }

    /// By subspace iteration; where that takes too long, by a full decomposition.
    fn of_covariance(
        mean: Vec<f32>,
        covariance: &DMatrix<f64>,
        components: usize,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let components = components.min(mean.len());
        let pairs = pairs_of(covariance, components, progress)?;
        let column = |i: usize| pairs.vectors.column(i).iter().map(|&v| v as f32).collect::<Vec<_>>();
        Ok(Self {
            components: (0..components).flat_map(column).collect(),
            variances: pairs.values[..components].to_vec(),
            total: covariance.trace(),
            mean,
        })
    }

    /// Of the products of images among themselves, (n, n): centred, they have the eigenvalues of the covariance, and from an
    /// eigenvector u comes the component Xᵀu / √(nλ).
    fn of_products(
        images: &Centred,
        mut products: Vec<f64>,
        components: usize,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let n = images.images.count();
        let rows: Vec<f64> = products.chunks_exact(n).map(|row| row.iter().sum::<f64>() / n as f64).collect();
        let all = rows.iter().sum::<f64>() / n as f64;
        for (row, of_row) in products.chunks_exact_mut(n).zip(&rows) {
            row.iter_mut().zip(&rows).for_each(|(v, of_col)| *v = (*v - of_row - of_col + all) / n as f64);
        }
        let matrix = DMatrix::from_vec(n, n, products);
        let components = components.min(n.saturating_sub(1)).min(images.mean.len());
        let pairs = pairs_of(&matrix, components, &progress.part(0.0, 0.5))?;
        let weight = |i: usize, k: usize| pairs.vectors[(i, k)] as f32;
        let sums = images.weighted_sums(components, weight, compute, &progress.part(0.5, 1.0))?;
        // Of images that span fewer dimensions some components are no direction at all.
        let unit = |sum: &[f64]| {
            let length = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
            sum.iter().map(|v| if length > 0.0 { (v / length) as f32 } else { 0.0 }).collect::<Vec<_>>()
        };
        Ok(Self {
            components: sums.chunks_exact(images.mean.len()).flat_map(unit).collect(),
            variances: pairs.values[..components].iter().map(|v| v.max(0.0)).collect(),
            total: matrix.trace(),
            mean: images.mean.to_vec(),
        })
    }

    /// By subspace iteration that goes through all images in every round.
    fn streamed(
        images: &Centred,
        components: usize,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let (n, pixels) = (images.images.count(), images.mean.len());
        let components = components.min(pixels).min(n.saturating_sub(1));
        let size = compute.memory.rows(pixels, EXACT);
        let mut total = 0.0;
        for start in (0..n).step_by(size) {
            progress.part(0.0, 0.02).done(start, n)?;
            total += images.read(start..(start + size).min(n)).iter().map(|&v| f64::from(v * v)).sum::<f64>();
        }
        let times = |basis: &DMatrix<f64>, progress: &Progress| {
            let wide = basis.ncols();
            let rows: Vec<f32> = basis.iter().map(|&v| v as f32).collect();
            let mut sums = vec![0.0; wide * pixels];
            for start in (0..n).step_by(size) {
                progress.done(start, n)?;
                let some = images.read(start..(start + size).min(n));
                let along = products(&some, &rows, pixels, &compute.team, &Progress::silent())?;
                let back = gram(&along, wide, &some, pixels, &compute.team, &Progress::silent())?;
                sums.iter_mut().zip(back).for_each(|(sum, v)| *sum += f64::from(v) / n as f64);
            }
            Ok(DMatrix::from_vec(pixels, wide, sums))
        };
        let Pairs { values, vectors, .. } = largest(pixels, components, STREAMED, times, &progress.part(0.02, 1.0))?;
        let column = |i: usize| vectors.column(i).iter().map(|&v| v as f32).collect::<Vec<_>>();
        Ok(Self {
            components: (0..components).flat_map(column).collect(),
            variances: values[..components].to_vec(),
            total: total / n as f64,
            mean: images.mean.to_vec(),
        })
    }

    /// Images (n, pixels) along the components: (n, components).
    pub fn project(&self, images: &[f32], compute: &Compute, progress: &Progress) -> Result<Vec<f32>, Cancelled> {
        self.project_images(&Numbers { values: images, width: self.mean.len() }, compute, progress)
    }

    /// The same of images that are read a few at a time.
    pub fn project_images(
        &self,
        images: &dyn Images,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Vec<f32>, Cancelled> {
        let (n, size) = (images.count(), compute.memory.rows(self.mean.len(), SOME));
        let centred = Centred { images, mean: &self.mean, scale: None };
        let mut all = Vec::new();
        let count = n.div_ceil(size);
        for i in 0..count {
            let some = centred.read(i * size..((i + 1) * size).min(n));
            all.extend(products(&some, &self.components, self.mean.len(), &compute.team, &progress.part_of(i, count))?);
        }
        Ok(all)
    }
}

/// The largest pairs of a matrix that is there as a whole.
fn pairs_of(matrix: &DMatrix<f64>, count: usize, progress: &Progress) -> Result<Pairs, Cancelled> {
    let times = |basis: &DMatrix<f64>, _: &Progress| Ok(matrix * basis);
    let mut pairs = largest(matrix.nrows(), count, WHOLE, times, progress)?;
    if !pairs.has_converged && matrix.nrows() <= FEW_PIXELS {
        (pairs.values, pairs.vectors) = descending(matrix.clone());
    }
    progress.at(1.0)?;
    Ok(pairs)
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

/// x · y of all pairs of `n` vectors, whose pixels come `width` at a time, added up in double precision: (n, n).
fn products_of_images(
    n: usize,
    pixels: usize,
    width: usize,
    some: impl Fn(Range<usize>) -> Vec<f32>,
    compute: &Compute,
    progress: &Progress,
) -> Result<Vec<f64>, Cancelled> {
    let mut sums = vec![0.0; n * n];
    for start in (0..pixels).step_by(width) {
        let end = (start + width).min(pixels);
        let progress = progress.part(start as f64 / pixels as f64, end as f64 / pixels as f64);
        let values = some(start..end);
        let products = products(&values, &values, end - start, &compute.team, &progress)?;
        sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += f64::from(product));
    }
    Ok(sums)
}

/// Images less their mean (pixels), each pixel scaled.
struct Centred<'a> {
    images: &'a dyn Images,
    mean: &'a [f32],
    scale: Option<&'a [f32]>,
}

impl Centred<'_> {
    /// (images, pixels)
    fn read(&self, images: Range<usize>) -> Vec<f32> {
        let mut centred = self.images.read(images).into_owned();
        for image in centred.chunks_exact_mut(self.mean.len()) {
            image.iter_mut().zip(self.mean).for_each(|(v, mean)| *v -= mean);
            if let Some(scale) = self.scale {
                image.iter_mut().zip(scale).for_each(|(v, scale)| *v *= scale);
            }
        }
        centred
    }

    /// Σ_i w_ik x_i of each k of `count`: (count, pixels).
    fn weighted_sums(
        &self,
        count: usize,
        weight: impl Fn(usize, usize) -> f32,
        compute: &Compute,
        progress: &Progress,
    ) -> Result<Vec<f64>, Cancelled> {
        let (n, pixels) = (self.images.count(), self.mean.len());
        let size = compute.memory.rows(pixels, EXACT);
        let mut sums = vec![0.0; count * pixels];
        for start in (0..n).step_by(size) {
            progress.done(start, n)?;
            let images = start..(start + size).min(n);
            let weights: Vec<f32> =
                images.clone().flat_map(|i| (0..count).map(move |k| (i, k))).map(|(i, k)| weight(i, k)).collect();
            let some = gram(&weights, count, &self.read(images), pixels, &compute.team, &Progress::silent())?;
            sums.iter_mut().zip(some).for_each(|(sum, v)| *sum += f64::from(v));
        }
        Ok(sums)
    }
}
