//! A peak that hides between the places of a grid, and what is said of one that was not found.

use latent_explorer::config::{Arch, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec};
use latent_explorer::explore::inference::{
    Evidence, Group, Hint, LogLikelihood, MeanEvidence, OfModel, Quadrature, cross_check,
};
use latent_explorer::model::{Autoencoder, Compute, Frozen, ModelError, Prior, layout};
use latent_explorer::progress::Progress;

use super::*;

/// A low wide peak at one place and a high narrow one at another, which no place of a grid of 128 on [-5, 5]² is near.
struct Hidden {
    narrow: f64,
    is_steepness_known: bool,
}

const WIDE: ([f64; 2], f64) = ([-1.0, 0.5], 0.3);
const HIGH: ([f64; 2], f64) = ([0.78125, -0.390625], 40.0);

impl Hidden {
    fn at(&self, z: [f64; 2]) -> [f64; 2] {
        let square = |at: [f64; 2]| (z[0] - at[0]).powi(2) + (z[1] - at[1]).powi(2);
        [-0.5 * square(WIDE.0) / WIDE.1.powi(2), HIGH.1 - 0.5 * square(HIGH.0) / self.narrow.powi(2)]
    }

    /// Both masses under N(0, I), on paper: e^h 2π s² N(at; 0, (1 + s²) I).
    fn log_evidence(&self) -> f64 {
        let mass = |at: [f64; 2], s: f64, h: f64| {
            let v = 1.0 + s * s;
            h + (s * s / v).ln() - 0.5 * (at[0] * at[0] + at[1] * at[1]) / v
        };
        let [a, b] = [mass(WIDE.0, WIDE.1, 0.0), mass(HIGH.0, self.narrow, HIGH.1)];
        a.max(b) + (-(a - b).abs()).exp().ln_1p()
    }
}

impl LogLikelihood for Hidden {
    fn images(&self) -> usize {
        1
    }

    fn groups(&self, codes: &[Place], groups: &[Group], _: &Progress) -> Result<Vec<Vec<f64>>, ModelError> {
        let term = |z: &Place| {
            let [a, b] = self.at(z.map(f64::from));
            a.max(b) + (-(a - b).abs()).exp().ln_1p()
        };
        Ok(groups.iter().map(|(range, _)| codes[range.clone()].iter().map(term).collect()).collect())
    }

    /// ½ (h²/2) / s², h being the side of a quarter and s the narrower of both widths where it is at home.
    fn rises(&self, codes: &[Place], _: &Progress) -> Result<Vec<f32>, ModelError> {
        let of = |four: &[Place; 4]| {
            let h = f64::from(four[1][0] - four[0][0]);
            let is_home = (0..2).all(|d| (f64::from(four[0][d]) - HIGH.0[d]).abs() < 0.3);
            let s = if is_home && self.is_steepness_known { self.narrow } else { WIDE.1 };
            [(0.25 * h * h / (s * s)) as f32; 4]
        };
        Ok(codes.as_chunks::<4>().0.iter().flat_map(of).collect())
    }
}

const FAR: Hint = Hint { mu: [3.0, 3.0], sigma: 0.3 };

fn found(likelihood: &Hidden) -> Evidence {
    let bounds = Quadrature::bounds(&Prior::normal(2), &[FAR]);
    Quadrature::default().evidence(likelihood, &[FAR], bounds, &Progress::silent()).unwrap().remove(0)
}

#[test]
fn a_peak_between_the_places_of_the_grid_is_found_by_how_steep_the_likelihood_is() {
    for narrow in [0.005, 0.001] {
        let likelihood = Hidden { narrow, is_steepness_known: true };
        let (evidence, exact) = (found(&likelihood), likelihood.log_evidence());
        assert!(evidence.is_sound() && (evidence.log - exact).abs() < 0.02, "{} instead of {exact}", evidence.log);
        // Without it this is what would have been believed.
        let blind = found(&Hidden { is_steepness_known: false, ..likelihood });
        assert!(blind.has_converged && blind.log < exact - 20.0, "{} beside {exact}", blind.log);
    }
}

#[test]
fn importance_sampling_about_the_encoders_answer_raises_the_alarm_where_the_integral_missed_its_peak() {
    let likelihood = Hidden { narrow: 0.005, is_steepness_known: false };
    let hint = Hint { mu: [HIGH.0[0] as f32 + 0.004, HIGH.0[1] as f32], sigma: 0.006 };
    let mut blind = found(&likelihood);
    let seen = found(&Hidden { is_steepness_known: true, ..likelihood });
    for (evidence, is_contradicted) in [(&mut blind, true), (&mut seen.clone(), false)] {
        cross_check(&likelihood, &[hint], std::slice::from_mut(evidence), 0.01, &Progress::silent()).unwrap();
        assert_eq!(evidence.is_contradicted, is_contradicted, "{}", evidence.log);
    }
    assert!(!blind.is_sound());
    let mean = MeanEvidence::of(&[seen.clone(), blind, seen.clone()]);
    assert_eq!((mean.mean, mean.sound, mean.left_out), (seen.log, 2, vec![1]));
}

#[test]
fn an_image_that_has_not_converged_is_named_and_enters_no_average() {
    let (sound, open) = (Evidence::exact(-3.0), Evidence { has_converged: false, ..Evidence::exact(-300.0) });
    let mean = MeanEvidence::of(&[open, sound.clone(), sound]);
    assert_eq!((mean.mean, mean.standard_error, mean.sound, mean.left_out), (-3.0, 0.0, 2, vec![0]));
}

#[test]
fn a_posterior_far_out_of_the_priors_reach_is_followed() {
    let sharp = Linear { w: [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], x: [9.2, -1.3, 0.4], c: 0.01 };
    let bounds = Quadrature::bounds(&Prior::normal(2), &[somewhere()]);
    let rule = Quadrature::default();
    let cut = rule.evidence(&sharp, &[somewhere()], bounds, &Progress::silent()).unwrap().remove(0);
    let (found, _) = rule.evidence_in_reach(&sharp, &[somewhere()], bounds, &Progress::silent()).unwrap();
    let exact = sharp.log_evidence();
    assert!(found[0].is_sound() && (found[0].log - exact).abs() < 0.02, "{} instead of {exact}", found[0].log);
    assert!(cut.log < exact - 50.0, "{} without", cut.log);
}

/// A linear decoder z -> W z + b (pixels, 2).
fn linear(likelihood: Likelihood, side: usize, w: &[f32], bias: f32) -> Autoencoder {
    let spec = ModelSpec { arch: Arch::Mlp(Vec::new()), likelihood, ..ModelSpec::new(ModelKind::Vae) };
    let config = ModelConfig { shape: ImageShape::grey(side, side), spec };
    let parameters: Vec<f32> = layout(&config)
        .into_iter()
        .flat_map(|(name, shape)| match name.as_str() {
            "decoder.out.weight" => w.to_vec(),
            "decoder.out.bias" => vec![bias; side * side],
            _ => vec![0.0; shape.iter().product()],
        })
        .collect();
    Autoencoder::new(&config, &parameters, Compute::cpu(2)).unwrap()
}

/// λ_max of Σ f_p w_p w_pᵀ, in float64.
fn largest(w: &[f32], weight: impl Fn(usize) -> f64) -> f64 {
    let of = |a: usize, b: usize| -> f64 {
        w.as_chunks::<2>().0.iter().enumerate().map(|(p, w)| weight(p) * f64::from(w[a]) * f64::from(w[b])).sum()
    };
    let (xx, xy, yy) = (of(0, 0), of(0, 1), of(1, 1));
    0.5 * (xx + yy) + (0.25 * (xx - yy).powi(2) + xy * xy).sqrt()
}

#[test]
fn how_much_a_cell_may_hide_is_the_curvature_of_the_likelihood_by_its_size() {
    let side = 6;
    let w: Vec<f32> = (0..2 * side * side).map(|i| (i as f32 * 1.7 + 0.3).sin()).collect();
    let (h, c) = (0.01f32, 0.003);
    let four = [[0.4, -0.3], [0.4 + h, -0.3], [0.4, -0.3 + h], [0.4 + h, -0.3 + h]];
    let middle = [0.4 + 0.5 * h, -0.3 + 0.5 * h];
    let gaussian = linear(Likelihood::Gaussian { c, learned: false }, side, &w, 0.2);
    let bernoulli = linear(Likelihood::Bernoulli, side, &w, 0.2);
    let p = |pixel: usize| {
        let logit = 0.2 + w[2 * pixel] * middle[0] + w[2 * pixel + 1] * middle[1];
        1.0 / (1.0 + f64::from(-logit).exp())
    };
    for (model, curvature) in
        [(gaussian, largest(&w, |_| 1.0 / c)), (bernoulli, largest(&w, |pixel| p(pixel) * (1.0 - p(pixel))))]
    {
        let image = vec![0.5; side * side];
        let rises = OfModel { model: &model, images: &image }.rises(&four, &Progress::silent()).unwrap();
        let exact = 0.25 * f64::from(h * h) * curvature;
        assert_eq!(rises.len(), 4);
        assert!(rises.iter().all(|r| (f64::from(*r) / exact - 1.0).abs() < 0.02), "{rises:?}, not {exact}");
    }
}

#[test]
fn gaussian_likelihoods_of_a_tiny_variance_are_differences_in_double_precision() {
    let (side, c) = (20, 1e-6);
    let w: Vec<f32> = (0..2 * side * side).map(|i| 0.3 * (i as f32 * 1.7 + 0.3).sin()).collect();
    let model = linear(Likelihood::Gaussian { c, learned: false }, side, &w, 0.8);
    let codes = [[0.3, -0.2], [0.3005, -0.2], [0.3, -0.1995], [0.7, 0.1]];
    let decoded = model.decode_places(&codes).unwrap();
    let image: Vec<f32> = decoded[..side * side].iter().enumerate().map(|(p, v)| v + 0.02 * (p as f32).cos()).collect();
    let on_paper = |f: &[f32]| {
        let square: f64 = image.iter().zip(f).map(|(x, f)| (f64::from(*x) - f64::from(*f)).powi(2)).sum();
        -0.5 * square / c - 0.5 * (side * side) as f64 * (TAU * c).ln()
    };
    let found = OfModel { model: &model, images: &image }.of_image(0, &codes, &Progress::silent()).unwrap();
    for (found, f) in found.iter().zip(decoded.chunks_exact(side * side)) {
        let exact = on_paper(f);
        assert!((found - exact).abs() < 1e-5 * exact.abs().max(1e4), "{found} instead of {exact}");
    }
}
