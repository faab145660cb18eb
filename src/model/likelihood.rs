//! log p(x|z) of many codes as a function of the image: affine in its pixels, so that all codes and all images are one
//! product.

use std::collections::HashMap;
use std::ops::Range;

use candle_core::{Tensor, Var};
use nalgebra::DMatrix;

use super::kernels::{LogSum, Output, Team, gram, group_products, group_squares, log_sums, products, softplus_sum};
use super::loss::gaussian_constant;
use super::{Autoencoder, ModelError};
use crate::config::{Arch, Likelihood, ModelConfig};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// Dimensions in which terms are screened, and how far, in nats, one that matters may be off in them.
const RANK: usize = 128;
const SLACK: f32 = 2.0;
/// Images from which screening pays.
const MANY: usize = 256;
/// One code of so many shows which dimensions matter.
const SPARED: usize = 4;
/// Codes that are looked at together.
const GROUP: usize = 16;
/// Between two reports: codes that are decoded, pairs of a code and an image whose terms are computed, and such terms that are
/// put in order.
const CODES: usize = 1_000;
const PAIRS: usize = 100_000;
const TERMS: usize = 100_000;

/// log p(x|z_k) = weights_k · x + offsets_k + a number that depends on x alone.
pub struct Likelihoods {
    /// (codes, pixels)
    pub weights: Vec<f32>,
    /// (codes)
    pub offsets: Vec<f32>,
    pub(super) pixels: usize,
    pub(super) likelihood: Likelihood,
}

impl Likelihoods {
    /// Of codes (n, latent), which `decode` turns into logits or pixels.
    pub(super) fn new(
        codes: &[f32],
        latent: usize,
        config: &ModelConfig,
        decode: impl Fn(&[f32], Output, &mut Vec<f32>, &Progress) -> Result<(), ModelError>,
        progress: &Progress,
    ) -> Result<Self, ModelError> {
        let (pixels, likelihood, count) = (config.pixels(), config.likelihood, codes.len() / latent);
        let (mut weights, mut offsets) = (Vec::with_capacity(count * pixels), Vec::with_capacity(count));
        let output = likelihood.c().map_or(Output::Logits, |_| Output::Pixels);
        let chunks = codes.chunks(CODES * latent);
        for (i, chunk) in chunks.clone().enumerate() {
            let before = weights.len();
            decode(chunk, output, &mut weights, &progress.part_of(i, chunks.len()))?;
            let decoded: &mut [f32] = &mut weights[before..];
            match likelihood {
                Likelihood::Bernoulli => {
                    offsets.extend(decoded.chunks_exact(pixels).map(|logits| -softplus_sum(logits)));
                }
                Likelihood::Gaussian { c, .. } => {
                    let constant = gaussian_constant(pixels, c);
                    let offset = |f: &[f32]| -f.iter().map(|&f| f64::from(f * f)).sum::<f64>() / (2.0 * c) - constant;
                    offsets.extend(decoded.chunks_exact(pixels).map(|f| offset(f) as f32));
                    decoded.iter_mut().for_each(|f| *f /= c as f32);
                }
            }
        }
        Ok(Self { weights, offsets, pixels, likelihood })
    }
}

impl Autoencoder {
    /// ∇_z log p(x|z) of one image at codes (n, latent).
    pub(super) fn slopes(&self, image: &[f32], codes: &[f32], progress: &Progress) -> Result<Vec<f32>, ModelError> {
        let (latent, n) = (self.config().latent, codes.len() / self.config().latent);
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let z = Var::from_tensor(&self.rows(codes, latent)?)?;
        let (first, x) = (self.decode_first(z.as_tensor())?, self.rows(image, self.config().pixels())?);
        // Some codes at a time back to the first layer of the decoder, then all of them together back to the codes.
        let some = match self.config().arch {
            Arch::Mlp(_) => 50,
            Arch::Conv => 3,
            Arch::Graph(_) => self.chunk().min(8),
        };
        let mut slopes = Vec::new();
        for start in (0..n).step_by(some) {
            progress.done(start, n)?;
            let count = some.min(n - start);
            let units = Var::from_tensor(&first.narrow(0, start, count)?)?;
            let x = x.broadcast_as((count, self.config().pixels()))?;
            // The mean over the codes is what the loss takes.
            let term = (self.nll_on(units.as_tensor(), &x)? * -(count as f64))?;
            slopes.push(gradient(&term, &units)?);
        }
        progress.at(1.0)?;
        let term = (first * Tensor::cat(&slopes, 0)?)?.sum_all()?;
        Ok(gradient(&term, &z)?.flatten_all()?.to_dtype(candle_core::DType::F32)?.to_vec1()?)
    }
}

/// ∂value/∂variable.
fn gradient(value: &Tensor, variable: &Var) -> candle_core::Result<Tensor> {
    let gradients = value.backward()?;
    gradients.get(variable.as_tensor()).map_or_else(|| variable.zeros_like(), Tensor::contiguous)
}

impl Likelihoods {
    /// What log p(x|z) has of the image alone: −‖x‖² / 2c of a Gaussian.
    fn of_image(&self, image: &[f32]) -> f64 {
        let square = || image.iter().map(|&x| f64::from(x * x)).sum::<f64>();
        self.likelihood.c().map_or(0.0, |c| -square() / (2.0 * c))
    }

    /// log p(x|z) of one image for one code.
    pub fn of_one(&self, image: &[f32], code: usize) -> f64 {
        let weights = self.weights[code * self.pixels..(code + 1) * self.pixels].iter().map(|&w| f64::from(w));
        let pairs = weights.zip(image.iter().map(|&x| f64::from(x)));
        match self.likelihood.c() {
            Some(c) => {
                let square = pairs.map(|(w, x)| (x - c * w).powi(2)).sum::<f64>();
                -0.5 * square / c - gaussian_constant(self.pixels, c)
            }
            None => pairs.map(|(w, x)| w * x).sum::<f64>() + f64::from(self.offsets[code]),
        }
    }

    /// log p(x|z) of one image for all codes.
    pub fn of(&self, image: &[f32], team: &Team, progress: &Progress) -> Result<Vec<f64>, Cancelled> {
        if self.likelihood.c().is_some() {
            let parts = (0..self.offsets.len()).step_by(GROUP);
            let groups: Vec<_> = parts.map(|start| (start..(start + GROUP).min(self.offsets.len()), vec![0])).collect();
            return Ok(self.groups(image, &groups, team, progress)?.concat());
        }
        let dots = products(&self.weights, image, self.pixels, team, progress)?;
        Ok(dots.into_iter().zip(&self.offsets).map(|(dot, offset)| f64::from(dot) + f64::from(*offset)).collect())
    }

    /// Of each group of codes and images log p(x|z) of each of its images for each of its codes: (images, codes), row by row.
    /// images: (n, pixels).
    pub fn groups(
        &self,
        images: &[f32],
        groups: &[(Range<usize>, Vec<usize>)],
        team: &Team,
        progress: &Progress,
    ) -> Result<Vec<Vec<f64>>, Cancelled> {
        let of = |((codes, _), dots): (&(Range<usize>, Vec<usize>), Vec<f32>)| -> Vec<f64> {
            let offsets = self.offsets[codes.clone()].iter().cycle();
            dots.iter().zip(offsets).map(|(dot, offset)| f64::from(*dot) + f64::from(*offset)).collect()
        };
        let mut terms = Vec::with_capacity(groups.len());
        for some in some_groups(groups) {
            progress.done(terms.len(), groups.len())?;
            match self.likelihood.c() {
                // Terms of a small variance are large, and far larger than their differences.
                Some(c) => {
                    let constant = gaussian_constant(self.pixels, c);
                    let squares = group_squares(images, &self.weights, c, self.pixels, some, team);
                    let term = |square: f64| -0.5 * square / c - constant;
                    terms.extend(squares.into_iter().map(|all| all.into_iter().map(term).collect::<Vec<_>>()));
                }
                None => {
                    let dots = group_products(images, &self.weights, self.pixels, some, team);
                    terms.extend(some.iter().zip(dots).map(of));
                }
            }
        }
        Ok(terms)
    }

    /// Of each image (n, pixels) log Σ_k p(x|z_k) e^(log_weight_k), and of its terms those within margin_k nats of the largest. Codes
    /// that follow each other should lie together.
    pub fn log_sums(
        &self,
        images: &[f32],
        log_weights: &[f32],
        margins: &[f32],
        team: &Team,
        progress: &Progress,
    ) -> Result<Vec<LogSum>, Cancelled> {
        let offsets: Vec<f32> = self.offsets.iter().zip(log_weights).map(|(offset, weight)| offset + weight).collect();
        let mut sums = match self.basis(images, team, &progress.part(0.0, 0.1))? {
            Some(basis) => self.screened_sums(images, &offsets, margins, &basis, team, &progress.part(0.1, 1.0))?,
            None => log_sums(&self.weights, &offsets, images, self.pixels, margins, team, progress)?,
        };
        for (sum, image) in sums.iter_mut().zip(images.chunks_exact(self.pixels)) {
            let base = self.of_image(image);
            sum.log += base;
            sum.terms.iter_mut().for_each(|(_, term)| *term += base);
        }
        Ok(sums)
    }

    /// The same for many images and codes: which terms matter is seen in the few dimensions that a decoder's images of a
    /// plane take up, and those alone are computed in full; all of them for an image whose terms turn out to be off by more
    /// than was allowed for.
    fn screened_sums(
        &self,
        images: &[f32],
        offsets: &[f32],
        margins: &[f32],
        basis: &[f32],
        team: &Team,
        progress: &Progress,
    ) -> Result<Vec<LogSum>, Cancelled> {
        let pixels = self.pixels;
        let weights = products(&self.weights, basis, pixels, team, &progress.part(0.0, 0.2))?;
        let few = products(images, basis, pixels, team, &progress.part(0.2, 0.3))?;
        let wider: Vec<f32> = margins.iter().map(|margin| margin + 2.0 * SLACK).collect();
        let screened = log_sums(&weights, offsets, &few, RANK, &wider, team, &progress.part(0.3, 0.7))?;

        // Codes a group at a time, for the images that may have mass there.
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); offsets.len().div_ceil(GROUP)];
        let mut reports = progress.part(0.7, 0.72).throttled(TERMS);
        for (image, sum) in screened.iter().enumerate() {
            reports.before(sum.terms.len(), image, screened.len())?;
            for &(code, _) in &sum.terms {
                let group = &mut members[code as usize / GROUP];
                if group.last() != Some(&image) {
                    group.push(image);
                }
            }
        }
        let groups: Vec<(Range<usize>, Vec<usize>)> = (0..)
            .zip(members)
            .map(|(i, members)| (i * GROUP..((i + 1) * GROUP).min(offsets.len()), members))
            .filter(|(_, members)| !members.is_empty())
            .collect();
        let mut terms: Vec<Vec<(u32, f64)>> = vec![Vec::new(); screened.len()];
        let mut done = 0;
        for some in some_groups(&groups) {
            progress.part(0.72, 0.9).done(done, groups.len())?;
            done += some.len();
            for ((codes, members), dots) in some.iter().zip(group_products(images, &self.weights, pixels, some, team)) {
                for (&image, dots) in members.iter().zip(dots.chunks_exact(codes.len())) {
                    let of = |(code, dot): (usize, &f32)| (code as u32, f64::from(*dot) + f64::from(offsets[code]));
                    terms[image].extend(codes.clone().zip(dots).map(of));
                }
            }
        }
        let exact = |(mut terms, screened): (Vec<(u32, f64)>, LogSum)| {
            let most = terms.iter().map(|(_, term)| *term).fold(f64::NEG_INFINITY, f64::max);
            let log = most + terms.iter().map(|(_, term)| (term - most).exp()).sum::<f64>().ln();
            terms.retain(|(code, term)| *term >= most - f64::from(margins[*code as usize]));
            let found: HashMap<u32, f64> = screened.terms.into_iter().collect();
            let is_near = |(code, term): &(u32, f64)| {
                found.get(code).is_some_and(|screened| (screened - term).abs() <= f64::from(SLACK))
            };
            terms.iter().all(is_near).then_some(LogSum { log, terms })
        };
        let mut sums = Vec::with_capacity(terms.len());
        let (mut reports, count) = (progress.part(0.9, 0.95).throttled(TERMS), terms.len());
        for (image, (terms, screened)) in terms.into_iter().zip(screened).enumerate() {
            reports.before(terms.len(), image, count)?;
            sums.push(exact((terms, screened)));
        }
        let missed: Vec<usize> = (0..sums.len()).filter(|&i| sums[i].is_none()).collect();
        let again: Vec<f32> = missed.iter().flat_map(|i| &images[i * pixels..(i + 1) * pixels]).copied().collect();
        let again = log_sums(&self.weights, offsets, &again, pixels, margins, team, &progress.part(0.95, 1.0))?;
        for (i, sum) in missed.into_iter().zip(again) {
            sums[i] = Some(sum);
        }
        Ok(sums.into_iter().flatten().collect())
    }

    /// An orthonormal basis (rank, pixels) of the few dimensions that the weights take up, each weight counting as much as any
    /// other however long it is: the randomised range finder (Halko, Martinsson and Tropp 2011, algorithm 4.3, one iteration).
    /// None where there are too few codes, pixels or images (n, pixels) for it to pay.
    fn basis(&self, images: &[f32], team: &Team, progress: &Progress) -> Result<Option<Vec<f32>>, Cancelled> {
        let pixels = self.pixels;
        if images.len() <= MANY * pixels || 2 * RANK > pixels || self.offsets.len() < 4 * SPARED * RANK {
            return Ok(None);
        }
        let some: Vec<f32> = self.weights.chunks_exact(pixels).step_by(SPARED).flatten().copied().collect();
        let random = standard_normal(&mut stream(0, Purpose::Samples, u64::MAX >> 8), RANK * pixels);
        let mut seen = products(&some, &random, pixels, team, &progress.part(0.0, 0.3))?;
        let squares = some.chunks_exact(pixels).map(|w| w.iter().map(|v| v * v).sum::<f32>().max(1e-12));
        for (row, square) in seen.chunks_exact_mut(RANK).zip(squares) {
            row.iter_mut().for_each(|v| *v /= square);
        }
        let spanned = gram(&seen, RANK, &some, pixels, team, &progress.part(0.3, 0.6))?;
        progress.at(0.6)?;
        let q = DMatrix::from_row_slice(RANK, pixels, &spanned).transpose().qr().q();
        // Column by column: (rank, pixels).
        Ok(Some(q.as_slice().to_vec()))
    }
}

/// Groups a few at a time.
fn some_groups(groups: &[(Range<usize>, Vec<usize>)]) -> impl Iterator<Item = &[(Range<usize>, Vec<usize>)]> {
    let mut rest = groups;
    std::iter::from_fn(move || {
        let mut pairs = 0;
        let fits = |(codes, images): &&(Range<usize>, Vec<usize>)| {
            pairs += codes.len() * images.len();
            pairs < PAIRS
        };
        let count = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (some, others) = rest.split_at(count);
        rest = others;
        (!some.is_empty()).then_some(some)
    })
}
