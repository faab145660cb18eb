//! Rate and distortion: what a bit of code costs, and what it buys.

use super::figure::{Chart, Series};
use super::palette::RUNS;
use crate::config::{LATENT, Likelihood};
use crate::model::{Compute, Pca};

/// A run on the plane of rate (kl) and distortion (recon), in nats per image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    pub name: String,
    pub color: [u8; 3],
    pub beta: f64,
    /// (kl, recon) on held-out images, the newest last.
    pub points: Vec<[f64; 2]>,
}

/// Each run's way as a line and its end as a point; a dashed line joins the ends in the order of β.
pub fn frontier_chart(traces: &[Trace]) -> Chart {
    let mut series: Vec<Series> = Vec::new();
    let mut ends: Vec<(f64, [f64; 2])> =
        traces.iter().filter_map(|trace| Some((trace.beta, *trace.points.last()?))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let points = ends.into_iter().map(|(_, end)| end).collect();
    series.push(Series { color: [0x80; 3], points, dashed: true, ..Series::default() });
    for Trace { name, color, points, .. } in traces {
        let way = Series { name: name.clone(), color: *color, points: points.clone(), ..Series::default() };
        let end = Series { points: points.last().copied().into_iter().collect(), dots: true, ..way.clone() };
        series.extend([way, end]);
    }
    // Without a price the rate grows without bound, and would hide all others.
    let most = traces.iter().filter(|t| t.beta > 0.0).flat_map(|t| t.points.last()).map(|p| p[0]).fold(0.0, f64::max);
    Chart {
        ranges: [(most > 0.0).then_some((-0.03 * most, 1.2 * most)), None],
        title: "Rate and distortion on held-out images, from the first epoch to the last".to_owned(),
        x: "rate: kl, nats per image".to_owned(),
        y: "distortion: recon, nats per image".to_owned(),
        series,
        ..Chart::default()
    }
}

/// The mean KL over seeds for each β, with the β where linear theory has a unit die.
pub fn rate_chart(rates: &[(f64, f64)], kills: &[f64]) -> Chart {
    let marks = kills.iter().enumerate().map(|(i, &beta)| (format!("unit {} dies by linear theory", i + 1), beta));
    let points = rates.iter().filter(|(beta, _)| *beta > 0.0).map(|&(beta, kl)| [beta, kl]).collect();
    Chart {
        title: "The KL over its weight".to_owned(),
        x: "β".to_owned(),
        y: "kl, nats per image".to_owned(),
        logarithmic: [true, false],
        series: vec![Series { color: RUNS[1], points, dots: true, ..Series::default() }],
        marks: marks.collect(),
        ..Chart::default()
    }
}

/// The β from which on a linear VAE has no use for each unit: a direction of the data with variance λ pays for its code as long
/// as λ > β c, c being the variance that the likelihood gives a pixel (Lucas et al. 2019). Bernoulli pixels are measured in
/// units of their own p (1 − p), which makes c 1 to second order about the mean image. images: (n, pixels).
pub fn killing_betas(images: &[f32], pixels: usize, likelihood: Likelihood, compute: &Compute) -> Vec<f64> {
    let c = likelihood.c();
    unit_variances(images, pixels, c.is_none(), compute).into_iter().map(|v| v / c.unwrap_or(1.0)).collect()
}

/// The variances λ of the data along its first principal components, one a latent dimension: of the pixels, or of pixels in
/// units of their own p (1 − p). images: (n, pixels).
pub fn unit_variances(images: &[f32], pixels: usize, bernoulli: bool, compute: &Compute) -> Vec<f64> {
    let scale: Option<Vec<f32>> = match bernoulli {
        false => None,
        true => {
            let n = (images.len() / pixels) as f32;
            let mut means = vec![0.0; pixels];
            for image in images.chunks_exact(pixels) {
                means.iter_mut().zip(image).for_each(|(mean, v)| *mean += v / n);
            }
            // Pixels that are never on say nothing.
            let of = |p: f32| if p * (1.0 - p) > 1e-4 { (p * (1.0 - p)).powf(-0.5) } else { 0.0 };
            Some(means.into_iter().map(of).collect())
        }
    };
    Pca::of(images, pixels, LATENT, scale.as_deref(), compute).variances
}

/// The frontier near a run as linear theory has it: each of `units` active units gains ½ nat of rate where β falls by e, and the
/// frontier's slope is −β. The β at which it has the rate `kl`, and the distortion there.
pub fn along_frontier(beta: f64, [kl_now, recon_now]: [f64; 2], units: f64, kl: f64) -> (f64, f64) {
    let fall = 2.0 / units.max(1.0);
    let there = beta * ((kl_now - kl) * fall).exp();
    (there, recon_now + (there - beta) / fall)
}
