//! Priors other than N(0, I): a linear decoder under a mixture is a mixture of Gaussians, in closed form.

use std::f64::consts::TAU;

use latent_explorer::config::{Arch, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec, PriorKind};
use latent_explorer::explore::inference::{
    Estimator, Hint, Inference, OfModel, Posterior, Quadrature, estimates, gradient_spread,
};
use latent_explorer::model::{Autoencoder, Compute, Frozen, initial_parameters, layout};
use latent_explorer::progress::Progress;
use nalgebra::{DMatrix, DVector};

use super::EXACT;

const SIDE: usize = 3;
const C: f64 = 0.2;
/// Weights (before their softmax), means and scales of three components, as single precision holds them.
const LOGITS: [f32; 3] = [0.3, -0.4, 0.1];
const MEANS: [[f32; 2]; 3] = [[-2.0, 0.5], [1.0, 1.5], [6.5, -1.0]];
const LOG_SCALES: [[f32; 2]; 3] = [[-0.5, -1.0], [0.2, -0.3], [-0.7, 0.0]];

/// A model of which some parameters are given by name.
fn model(spec: ModelSpec, side: usize, given: impl Fn(&str) -> Option<Vec<f32>>) -> Autoencoder {
    let config = ModelConfig { shape: ImageShape::grey(side, side), spec };
    let mut parameters: Vec<f32> = initial_parameters(&config, 5).into_iter().map(|v| 2.0 * v).collect();
    let mut at = 0;
    for (name, shape) in layout(&config) {
        let count = shape.iter().product::<usize>();
        if let Some(values) = given(&name) {
            parameters[at..at + count].copy_from_slice(&values);
        }
        at += count;
    }
    Autoencoder::new(&config, &parameters, Compute::cpu(2)).unwrap()
}

fn linear_spec() -> ModelSpec {
    ModelSpec {
        arch: Arch::Mlp(Vec::new()),
        likelihood: Likelihood::Gaussian { c: C, learned: false },
        prior: PriorKind::Mixture { components: 3 },
        ..ModelSpec::new(ModelKind::Vae)
    }
}

/// W (pixels, 2), row by row.
fn weights() -> Vec<f32> {
    (0..SIDE * SIDE * 2).map(|i| 0.7 * (i as f32 * 1.3 + 0.4).sin()).collect()
}

fn bias() -> Vec<f32> {
    (0..SIDE * SIDE).map(|i| 0.05 * i as f32).collect()
}

fn linear() -> Autoencoder {
    model(linear_spec(), SIDE, |name| match name {
        "decoder.out.weight" => Some(weights()),
        "decoder.out.bias" => Some(bias()),
        "prior.logits" => Some(LOGITS.to_vec()),
        "prior.mean" => Some(MEANS.as_flattened().to_vec()),
        "prior.log_scale" => Some(LOG_SCALES.as_flattened().to_vec()),
        _ => None,
    })
}

/// log p(x), the posterior's mean and its covariance ((0, 0), (0, 1), (1, 1)), by the mixture of Gaussians N(x; b + W m_k,
/// W S_k Wᵀ + c I), in float64.
fn on_paper(x: &[f32]) -> (f64, [f64; 2], [f64; 3]) {
    let pixels = SIDE * SIDE;
    let w = DMatrix::from_row_iterator(pixels, 2, weights().into_iter().map(f64::from));
    let x = DVector::from_iterator(pixels, x.iter().zip(bias()).map(|(&x, b)| f64::from(x) - f64::from(b)));
    let total = LOGITS.iter().map(|&l| f64::from(l).exp()).sum::<f64>();
    let components: Vec<(f64, DVector<f64>, DMatrix<f64>)> = (0..3)
        .map(|k| {
            let mean = DVector::from_iterator(2, MEANS[k].iter().map(|&m| f64::from(m)));
            let s = DVector::from_iterator(2, LOG_SCALES[k].iter().map(|&s| (2.0 * f64::from(s)).exp()));
            let s = DMatrix::from_diagonal(&s);
            let covariance = &w * &s * w.transpose() + DMatrix::identity(pixels, pixels) * C;
            let inverse = covariance.clone().try_inverse().unwrap();
            let off = &x - &w * &mean;
            let square = (off.transpose() * &inverse * &off)[0];
            let log = f64::from(LOGITS[k])
                - total.ln()
                - 0.5 * (square + covariance.determinant().ln() + pixels as f64 * TAU.ln());
            let gain = &s * w.transpose() * inverse;
            (log, &mean + &gain * off, &s - gain * &w * &s)
        })
        .collect();
    let most = components.iter().map(|(log, ..)| *log).fold(f64::NEG_INFINITY, f64::max);
    let log = most + components.iter().map(|(log, ..)| (log - most).exp()).sum::<f64>().ln();
    let share = |term: f64| (term - log).exp();
    let mean: DVector<f64> = components.iter().map(|(term, mean, _)| mean * share(*term)).sum();
    let second: DMatrix<f64> = components
        .iter()
        .map(|(term, at, covariance)| (covariance + (at - &mean) * (at - &mean).transpose()) * share(*term))
        .sum();
    (log, [mean[0], mean[1]], [second[(0, 0)], second[(0, 1)], second[(1, 1)]])
}

/// Decoded between two components, so that both have a share of the posterior.
fn images(model: &Autoencoder) -> Vec<f32> {
    model.decode_places(&[[-0.6, 1.0], [1.2, 1.4], [4.5, 0.0]]).unwrap()
}

#[test]
fn a_linear_decoder_under_a_mixture_has_the_evidence_and_the_posterior_on_paper() {
    let model = linear();
    let images = images(&model);
    let hints = Hint::of(&model.encode_places(&images).unwrap());
    let bounds = Quadrature::bounds(model.prior().unwrap(), &hints);
    let likelihood = OfModel { model: &model, images: &images };
    let all = EXACT.evidence(&likelihood, &hints, bounds, &Progress::silent()).unwrap();
    for (i, image) in images.chunks_exact(SIDE * SIDE).enumerate() {
        let (log, mean, covariance) = on_paper(image);
        assert!((all[i].log - log).abs() < 1e-4, "{} instead of {log}", all[i].log);
        let posterior = Posterior::new(&all[i]);
        for (ours, theirs) in posterior.mean.iter().chain(&posterior.covariance).zip(mean.iter().chain(&covariance)) {
            assert!((ours - theirs).abs() < 1e-4, "{posterior:?}, not {mean:?} and {covariance:?}");
        }
    }
}

#[test]
fn gap_estimates_and_gradients_are_of_the_models_own_prior() {
    let model = linear();
    let images = images(&model);
    for image in images.chunks_exact(SIDE * SIDE) {
        let (log, ..) = on_paper(image);
        let inference = Inference::of(&model, image, 1.0.into(), &Progress::silent()).unwrap();
        let (q, gap) = inference.encoder.unwrap();
        assert!(gap.approximation() > -1e-3, "{gap:?}");
        let check = inference.check.unwrap();
        assert!((check.mass - 1.0).abs() < 1e-3 && check.identity.unwrap().abs() < 5e-3, "{check:?}");
        let likelihood = OfModel { model: &model, images: image };
        let sources = (model.prior().unwrap(), gap.best);
        for estimator in [Estimator::Prior, Estimator::Importance] {
            let all = estimates(&likelihood, 0, estimator, sources, (20_000, 20), 0, &Progress::silent()).unwrap();
            let last = all.last().unwrap();
            let error = 4.0 * last.deviation / 20f64.sqrt() + 1e-2;
            assert!((last.mean - log).abs() < error, "{estimator:?}: {last:?}, not {log}");
        }
        let spread = gradient_spread(&model, image, q, 20_000, 0, &Progress::silent()).unwrap();
        for i in 0..4 {
            let off = (spread.reparameterised_mean[i] - spread.score_mean[i]).abs();
            let error = ((spread.score_variance[i] + spread.reparameterised_variance[i]) / 20_000.0).sqrt();
            assert!(off < 4.5 * error, "{i}: {spread:?}");
        }
    }
}

#[test]
fn a_mixture_whose_components_are_all_the_standard_normal_says_what_it_says() {
    let spec = |prior| ModelSpec { arch: Arch::Mlp(vec![16]), prior, ..ModelSpec::new(ModelKind::Vae) };
    let standard = |name: &str| match name {
        "prior.mean" | "prior.log_scale" => None,
        _ => Some(()),
    };
    let plain = model(spec(PriorKind::Normal), 8, |_| None);
    let image = plain.decode_places(&[[0.4, -0.9]]).unwrap();
    let of = |model: &Autoencoder| Inference::of(model, &image, 1.0.into(), &Progress::silent()).unwrap();
    let expected = of(&plain);
    let plain_parameters = plain.parameters().unwrap();
    for (components, most) in [(1, 0.0), (3, 1e-4)] {
        let config = ModelConfig { shape: ImageShape::grey(8, 8), spec: spec(PriorKind::Mixture { components }) };
        let (mut parameters, mut from) = (Vec::new(), plain_parameters.iter());
        for (name, shape) in layout(&config) {
            let count: usize = shape.iter().product();
            match name.starts_with("prior.") {
                true => parameters.extend(vec![0.0; count]),
                false => parameters.extend(from.by_ref().take(count)),
            }
            assert!(standard(&name).is_some() || count == 2 * components);
        }
        let mixture = Autoencoder::new(&config, &parameters, Compute::cpu(2)).unwrap();
        let found = of(&mixture);
        let numbers = |inference: &Inference| {
            let (q, gap) = inference.encoder.unwrap();
            [
                inference.evidence.log,
                inference.posterior.mean[0],
                inference.posterior.entropy,
                q.mu[0],
                gap.elbo,
                inference.check.unwrap().mass,
            ]
        };
        for (ours, theirs) in numbers(&found).into_iter().zip(numbers(&expected)) {
            assert!((ours - theirs).abs() <= most, "{components}: {ours} instead of {theirs}");
        }
    }
}
