//! What a model generates: how evenly its decoder goes, what it leaves out of the plane, and how much its samples blur.

use super::super::fitted::Fitted;
use super::super::statistics::quantile;
use super::Estimated;
use super::codes::{each_code, squared_distance};
use crate::config::ImageShape;
use crate::model::{Codes, perplexity};
use crate::progress::{Cancelled, Progress};
use crate::random::{Purpose, standard_normal, stream};

/// A small step, in Mahalanobis distances of what codes are drawn from.
const STEP: f32 = 0.05;
/// Codes that are farther from all images than this, in the same distance, are in a gap.
const GAP: f32 = 0.2;
/// Images that vary by less than this share of what they are do not vary: their numbers are rounded.
const CONSTANT: f64 = 1e-9;

/// Codes (n, latent) after a small step in a direction that is drawn for each, δ = 0.05 L u.
pub fn steps(codes: &[f32], latent: usize, from: &Fitted, seed: u64) -> Vec<f32> {
    let directions = standard_normal(&mut stream(seed, Purpose::Estimates, 2), codes.len());
    let step = |(z, v): (&[f32], &[f32])| -> Vec<f32> {
        let length = v.iter().fold(0.0, |length: f32, v| length.hypot(*v)).max(1e-12);
        let unit: Vec<f32> = v.iter().map(|v| v / length).collect();
        z.iter().zip(from.along(&unit)).map(|(z, along)| z + STEP * along).collect()
    };
    codes.chunks_exact(latent).zip(directions.chunks_exact(latent)).flat_map(step).collect()
}

/// Changes of the image over small steps of the code.
pub struct Jumps {
    /// ‖f(z + δ) − f(z)‖ / 0.05.
    lengths: Vec<f64>,
    /// Σ f(z) of each pixel, and Σ ‖f(z)‖².
    sums: Vec<f64>,
    square: f64,
}

impl Jumps {
    pub fn new(pixels: usize) -> Self {
        Self { lengths: Vec::new(), sums: vec![0.0; pixels], square: 0.0 }
    }

    /// images and moved: (n, pixels), before and after the step.
    pub fn add(&mut self, images: &[f32], moved: &[f32]) {
        let pixels = self.sums.len();
        for (image, moved) in images.chunks_exact(pixels).zip(moved.chunks_exact(pixels)) {
            let square: f64 = image.iter().zip(moved).map(|(a, b)| f64::from(a - b).powi(2)).sum();
            self.lengths.push(square.sqrt() / f64::from(STEP));
            for (sum, &v) in self.sums.iter_mut().zip(image) {
                *sum += f64::from(v);
                self.square += f64::from(v).powi(2);
            }
        }
    }

    /// ‖f(z + δ) − f(z)‖ / 0.05 √(2 tr Cov f): in distances between two images that are drawn, which a decoder that only fades does
    /// not shorten. None where all images are one.
    pub fn relative(&self) -> Option<Vec<f64>> {
        let n = self.lengths.len().max(1) as f64;
        let variance = self.square / n - self.sums.iter().map(|sum| (sum / n).powi(2)).sum::<f64>();
        let apart = (2.0 * variance.max(0.0)).sqrt();
        (variance > CONSTANT * self.square / n).then(|| self.lengths.iter().map(|length| length / apart).collect())
    }
}

/// The 50th, 95th and 99th percentile of such lengths, and the 95th over the 50th: 1 of a decoder that goes alike everywhere.
pub fn jumps(lengths: &[f64], progress: &Progress) -> Result<[Estimated; 4], Cancelled> {
    progress.at(0.0)?;
    let percentile = |i: usize, of: &dyn Fn(&[f64]) -> f64| {
        Estimated::bootstrap(lengths.len(), &progress.part_of(i, 4), |drawn| {
            let mut values: Vec<f64> = drawn.iter().map(|&i| lengths[i]).collect();
            values.sort_unstable_by(f64::total_cmp);
            of(&values)
        })
    };
    Ok([
        percentile(0, &|sorted| quantile(sorted, 0.5))?,
        percentile(1, &|sorted| quantile(sorted, 0.95))?,
        percentile(2, &|sorted| quantile(sorted, 0.99))?,
        percentile(3, &|sorted| quantile(sorted, 0.95) / quantile(sorted, 0.5))?,
    ])
}

/// The share of drawn codes (n, latent) farther than 0.2 from the code of every image, in Mahalanobis distances of what they are
/// drawn from; none where that is flat.
pub fn emptiness(
    drawn: &[f32],
    codes: &Codes,
    from: &Fitted,
    progress: &Progress,
) -> Result<Option<Estimated>, Cancelled> {
    if from.is_flat() {
        return Ok(None);
    }
    let latent = codes.latent;
    let (drawn, codes) = (from.all_whitened(drawn), from.all_whitened(&codes.mu));
    let is_empty = |i: usize| {
        let z = &drawn[i * latent..(i + 1) * latent];
        !codes.chunks_exact(latent).any(|code| squared_distance(code, z) <= GAP * GAP)
    };
    let all = each_code(drawn.len() / latent, codes.len() / 2, progress, is_empty)?;
    Ok(Some(Estimated::share(all)))
}

/// The share of images whose code lies within 0.2 of a code that is drawn, (n, latent), in the same distances: of what the encoder
/// uses of the space, how much one would ever draw.
pub fn reached(
    drawn: &[f32],
    codes: &Codes,
    from: &Fitted,
    progress: &Progress,
) -> Result<Option<Estimated>, Cancelled> {
    let drawn = Codes { latent: codes.latent, mu: drawn.to_vec(), logvar: None };
    let missed = emptiness(&codes.mu, &drawn, from, progress)?;
    Ok(missed.and_then(|missed| missed.complement()))
}

/// As how many classes, all drawn as often, images of these classes are as varied: e^H of their shares.
pub fn variety(classes: &[u16], progress: &Progress) -> Result<Estimated, Cancelled> {
    let count = classes.iter().max().map_or(0, |&most| usize::from(most) + 1);
    Estimated::bootstrap(classes.len(), progress, |drawn| {
        let mut chosen = vec![0; count];
        drawn.iter().for_each(|&i| chosen[usize::from(classes[i])] += 1);
        perplexity(&chosen)
    })
}

/// The share of each of `count` classes among these.
pub fn class_shares(classes: &[u16], count: usize) -> Vec<Estimated> {
    let share = |class: usize| Estimated::share(classes.iter().map(|&of| usize::from(of) == class).collect());
    (0..count).map(share).collect()
}

/// How far the encoder puts images of drawn codes from these codes, (n, latent) each: root mean square over codes and dimensions, in
/// Mahalanobis distances of what they are drawn from; none where that is flat.
pub fn reencoding_error(drawn: &[f32], encoded: &[f32], latent: usize, from: &Fitted) -> Option<Estimated> {
    let square = |(a, b): (&[f32], &[f32])| {
        let apart = from.whitened(a).into_iter().zip(from.whitened(b)).map(|(a, b)| f64::from(a - b).powi(2));
        apart.sum::<f64>() / latent as f64
    };
    let squares: Vec<f64> = drawn.chunks_exact(latent).zip(encoded.chunks_exact(latent)).map(square).collect();
    (!from.is_flat()).then(|| Estimated::root_mean(&squares))
}

/// The variance of each image's Laplacian (Pech-Pacheco et al. 2000): large where there are edges. Of colours the mean over the
/// channels. images: (n, rows · cols · channels).
pub fn laplacian_variances(images: &[f32], shape: ImageShape) -> Vec<f64> {
    let ImageShape { rows, cols, channels } = shape;
    let of_channel = |image: &[f32], channel: usize| {
        let at = |y: usize, x: usize| f64::from(image[(y * cols + x) * channels + channel]);
        let inner = (1..rows.saturating_sub(1)).flat_map(|y| (1..cols.saturating_sub(1)).map(move |x| (y, x)));
        let values: Vec<f64> =
            inner.map(|(y, x)| at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1) - 4.0 * at(y, x)).collect();
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n
    };
    let of = |image: &[f32]| (0..channels).map(|c| of_channel(image, c)).sum::<f64>() / channels as f64;
    images.chunks_exact(shape.len()).map(of).collect()
}

/// The mean of the samples' Laplacian variance over that of as many images.
pub fn blur(samples: &[f64], images: &[f64]) -> Estimated {
    Estimated::ratio(samples, images)
}
