//! Integrals over the plane against values known on paper and from float64 JAX.

mod beyond;
mod checks;
mod gaps;
mod hidden;
mod linear;
mod priors;
mod sampling;
mod words;

use std::f64::consts::TAU;

use latent_explorer::config::{Arch, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec, Place};
use latent_explorer::explore::inference::{
    DiagonalGaussian, Estimator, Evidence, Gap, Group, Hint, Inference, LogLikelihood, OfModel, Posterior, Quadrature,
    estimates, evidence_of, gap, gradient_spread,
};
use latent_explorer::model::{Autoencoder, Compute, Frozen, ModelError, Prior, initial_parameters};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};

use crate::support::oracle::Oracle;

const EXACT: Quadrature = Quadrature { across: 128, tolerance: 1e-5, margin: 25.0, most_levels: 2 };

/// x = w z + noise of variance c, in two dimensions of z and three of x.
struct Linear {
    w: [[f64; 2]; 3],
    x: [f64; 3],
    c: f64,
}

impl Linear {
    const SKEW: Self = Self { w: [[1.5, 0.4], [-0.3, 0.8], [0.6, 0.7]], x: [0.9, -0.4, 0.7], c: 0.3 };

    /// The same decoder for a plane that is turned by `angle`.
    fn turned(&self, angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self { w: self.w.map(|[a, b]| [a * cos - b * sin, a * sin + b * cos]), ..*self }
    }

    /// Wᵀ W / c + I and Wᵀ x / c.
    fn precision(&self) -> ([[f64; 2]; 2], [f64; 2]) {
        let of =
            |a: usize, b: usize| self.w.iter().map(|w| w[a] * w[b]).sum::<f64>() / self.c + f64::from(u8::from(a == b));
        let to = |a: usize| self.w.iter().zip(self.x).map(|(w, x)| w[a] * x).sum::<f64>() / self.c;
        ([[of(0, 0), of(0, 1)], [of(1, 0), of(1, 1)]], [to(0), to(1)])
    }

    fn posterior_mean(&self) -> [f64; 2] {
        let ([[a, b], [_, d]], [u, v]) = self.precision();
        let det = a * d - b * b;
        [(d * u - b * v) / det, (a * v - b * u) / det]
    }

    /// log N(x; 0, W Wᵀ + c I), by the determinant and the inverse that the two dimensions of z give.
    fn log_evidence(&self) -> f64 {
        let ([[a, b], [_, d]], [u, v]) = self.precision();
        let mean = self.posterior_mean();
        let squares = self.x.iter().map(|x| x * x).sum::<f64>() / self.c - (u * mean[0] + v * mean[1]);
        -0.5 * (3.0 * (TAU * self.c).ln() + (a * d - b * b).ln() + squares)
    }
}

impl LogLikelihood for Linear {
    fn images(&self) -> usize {
        1
    }

    fn groups(&self, codes: &[Place], groups: &[Group], _: &Progress) -> Result<Vec<Vec<f64>>, ModelError> {
        let term = |z: &Place| {
            let z = z.map(f64::from);
            let off = self.w.iter().zip(self.x).map(|(w, x)| (x - w[0] * z[0] - w[1] * z[1]).powi(2));
            -0.5 * (off.sum::<f64>() / self.c + 3.0 * (TAU * self.c).ln())
        };
        Ok(groups.iter().map(|(range, _)| codes[range.clone()].iter().map(term).collect()).collect())
    }
}

/// A likelihood with peaks at these places, of one width.
struct Peaks(Vec<Place>, f64);

impl LogLikelihood for Peaks {
    fn images(&self) -> usize {
        1
    }

    fn groups(&self, codes: &[Place], groups: &[Group], _: &Progress) -> Result<Vec<Vec<f64>>, ModelError> {
        let peak = |z: &Place, at: &Place| {
            let square = (0..2).map(|d| f64::from(z[d] - at[d]).powi(2)).sum::<f64>();
            (-0.5 * square / self.1.powi(2)).exp()
        };
        let term = |z: &Place| self.0.iter().map(|at| peak(z, at)).sum::<f64>().max(1e-300).ln();
        Ok(groups.iter().map(|(range, _)| codes[range.clone()].iter().map(term).collect()).collect())
    }
}

fn somewhere() -> Hint {
    Hint { mu: [0.0, 0.0], sigma: 1.0 }
}

fn evidence(likelihood: &impl LogLikelihood, hint: Hint, rule: Quadrature) -> Evidence {
    rule.evidence(likelihood, &[hint], Quadrature::bounds(&Prior::normal(2), &[hint]), &Progress::silent())
        .unwrap()
        .remove(0)
}

fn gap_of(likelihood: &impl LogLikelihood, evidence: &Evidence, q: DiagonalGaussian) -> Gap {
    gap(likelihood, 0, (evidence, &Posterior::new(evidence)), q, 1.0.into(), &Progress::silent()).unwrap()
}

#[test]
fn a_linear_decoders_evidence_is_a_gaussian_integral() {
    let linear = Linear::SKEW;
    let found = evidence(&linear, somewhere(), Quadrature { across: 128, ..EXACT });
    assert!((found.log - linear.log_evidence()).abs() < 1e-6, "{} instead of {}", found.log, linear.log_evidence());
    assert!(found.has_converged);
}

#[test]
fn turning_the_plane_changes_no_evidence() {
    let (straight, turned) = (Linear::SKEW, Linear::SKEW.turned(0.7));
    let (a, b) = (evidence(&straight, somewhere(), EXACT).log, evidence(&turned, somewhere(), EXACT).log);
    assert!((a - b).abs() < 1e-6, "{a} and {b}");
}

#[test]
fn a_linear_decoders_posterior_is_the_gaussian_on_paper() {
    let linear = Linear::SKEW;
    let found = evidence(&linear, somewhere(), EXACT);
    let posterior = Posterior::new(&found);
    let ([[a, b], [_, d]], _) = linear.precision();
    let det = a * d - b * b;
    let (mean, covariance) = (linear.posterior_mean(), [d / det, -b / det, a / det]);
    let entropy = 1.0 + TAU.ln() - 0.5 * det.ln();
    for (ours, theirs) in posterior.mean.iter().chain(&posterior.covariance).zip(mean.iter().chain(&covariance)) {
        assert!((ours - theirs).abs() < 1e-4, "{posterior:?}, not {mean:?} and {covariance:?}");
    }
    assert!((posterior.entropy - entropy).abs() < 1e-4, "{} instead of {entropy}", posterior.entropy);
    assert_eq!(posterior.modes.len(), 1);
}

#[test]
fn the_best_diagonal_gaussian_of_a_gaussian_posterior_is_the_one_on_paper() {
    let linear = Linear::SKEW;
    let found = evidence(&linear, somewhere(), EXACT);
    let start = DiagonalGaussian { mu: [1.2, -0.8], sigma: [0.7, 0.2] };
    let gap = gap_of(&linear, &found, start);
    let ([[a, b], [_, d]], _) = linear.precision();
    let mean = linear.posterior_mean();
    for i in 0..2 {
        assert!((gap.best.mu[i] - mean[i]).abs() < 1e-3, "{:?}", gap.best);
        assert!((gap.best.sigma[i] - [a, d][i].powf(-0.5)).abs() < 1e-3, "{:?}", gap.best);
    }
    let approximation = 0.5 * (a * d / (a * d - b * b)).ln();
    assert!((gap.approximation() - approximation).abs() < 1e-3, "{} not {approximation}", gap.approximation());
    assert_eq!(gap.objective(), Some(0.0));
    assert!((gap.whole() - gap.approximation() - gap.amortisation().unwrap()).abs() < 1e-9);
}

#[test]
fn an_encoder_far_too_sure_has_the_divergence_on_paper() {
    let linear = Linear::SKEW;
    let found = evidence(&linear, somewhere(), EXACT);
    for sigma in [1e-2, 5e-6] {
        let q = DiagonalGaussian { mu: [0.9, -0.2], sigma: [sigma, 2.0 * sigma] };
        let gap = gap_of(&linear, &found, q);
        let ([[a, b], [_, d]], _) = linear.precision();
        let mean = linear.posterior_mean();
        let off = [q.mu[0] - mean[0], q.mu[1] - mean[1]];
        let square = a * off[0] * off[0] + 2.0 * b * off[0] * off[1] + d * off[1] * off[1];
        let trace = a * q.sigma[0].powi(2) + d * q.sigma[1].powi(2);
        let exact = 0.5 * (trace + square - 2.0 - (a * d - b * b).ln()) - (q.sigma[0] * q.sigma[1]).ln();
        assert!((gap.whole() - exact).abs() < 1e-3, "{} instead of {exact}", gap.whole());
        assert!((gap.approximation() - 0.5 * (a * d / (a * d - b * b)).ln()).abs() < 1e-3, "{gap:?}");
    }
}

#[test]
fn the_best_diagonal_gaussian_is_at_the_mode_with_the_most_mass_wherever_the_encoder_points() {
    let (near, far, width) = ([-0.5f32, 0.3], [2.5f32, -1.4], 0.2);
    let likelihood = Peaks(vec![near, far], width);
    let found = evidence(&likelihood, somewhere(), EXACT);
    // A peak times N(0, I) is a Gaussian again, round, and its ELBO the log of its own mass.
    let variance = width * width / (1.0 + width * width);
    let square = near.iter().map(|&v| f64::from(v * v)).sum::<f64>();
    let mass = variance.ln() - 0.5 * square / (1.0 + width * width);
    for at in [near, far] {
        let q = DiagonalGaussian { mu: at.map(f64::from), sigma: [width; 2] };
        let gap = gap_of(&likelihood, &found, q);
        assert!((gap.best_elbo - mass).abs() < 1e-3, "{gap:?}, not {mass}");
        for (d, at) in near.into_iter().enumerate() {
            assert!((gap.best.mu[d] - f64::from(at) / (1.0 + width * width)).abs() < 1e-3, "{gap:?}");
            assert!((gap.best.sigma[d] - variance.sqrt()).abs() < 1e-3, "{gap:?}");
        }
    }
}

#[test]
fn two_peaks_are_two_modes_and_two_that_merge_are_one() {
    for (places, modes) in [(vec![[-1.0, 0.3], [1.2, -0.4]], 2), (vec![[-0.1, 0.0], [0.1, 0.0]], 1)] {
        let likelihood = Peaks(places, 0.2);
        let found = evidence(&likelihood, somewhere(), Quadrature::default());
        assert_eq!(Posterior::new(&found).modes.len(), modes);
    }
}

#[test]
fn a_posterior_far_narrower_than_a_cell_is_found_where_the_encoder_points() {
    let (at, sigma) = ([1.234_5, -0.777], 0.004);
    let likelihood = Peaks(vec![at], sigma);
    let found = evidence(&likelihood, Hint { mu: [at[0] + 0.003, at[1]], sigma: 0.004 }, Quadrature::default());
    let prior = -0.5 * f64::from(at[0] * at[0] + at[1] * at[1]) - TAU.ln();
    let exact = prior + (TAU * sigma * sigma).ln();
    assert!(found.has_converged && (found.log - exact).abs() < 0.02, "{} instead of {exact}", found.log);
}

#[test]
fn too_few_refinements_are_admitted() {
    let likelihood = Peaks(vec![[1.0, 1.0]], 0.004);
    let rule = Quadrature { most_levels: 1, ..Quadrature::default() };
    assert!(!evidence(&likelihood, Hint { mu: [1.0, 1.0], sigma: 0.004 }, rule).has_converged);
}

#[test]
fn the_evidence_of_the_oracle_is_met() {
    let oracle = Oracle::load();
    for (name, likelihood) in [
        ("bernoulli_beta_1", Likelihood::Bernoulli),
        ("gaussian_c_0.1_beta_1", Likelihood::Gaussian { c: 0.1, learned: false }),
    ] {
        let (model, images) = (oracle.single_precision(ModelKind::Vae, likelihood), oracle.images());
        let bounds = ([-8.0; 2], [8.0; 2]);
        let hints = Hint::of(&model.encode_places(&images).unwrap());
        let ours =
            EXACT.evidence(&OfModel { model: &model, images: &images }, &hints, bounds, &Progress::silent()).unwrap();
        for (ours, theirs) in ours.iter().zip(oracle.log_evidence(name)) {
            assert!((ours.log - theirs).abs() < 1e-4, "{name}: {} instead of {theirs}", ours.log);
        }
    }
}

fn model(kind: ModelKind, side: usize) -> Autoencoder {
    let arch = Arch::Mlp(vec![32, 32]);
    let config = ModelConfig { shape: ImageShape::grey(side, side), spec: ModelSpec { arch, ..ModelSpec::new(kind) } };
    let parameters: Vec<f32> = initial_parameters(&config, 5).into_iter().map(|v| 2.0 * v).collect();
    Autoencoder::new(&config, &parameters, Compute::cpu(2)).unwrap()
}

/// Decoded from random codes, so that they are images the model could make.
fn images(model: &Autoencoder, count: usize) -> Vec<f32> {
    let noise = standard_normal(&mut stream(1, Purpose::Samples, 0), 2 * count);
    model.decode_places(noise.as_chunks::<2>().0).unwrap()
}

#[test]
fn many_images_at_once_have_the_evidence_that_each_has_alone() {
    let model = model(ModelKind::Vae, 18);
    let images = images(&model, 300);
    let rule = Quadrature { most_levels: 0, ..Quadrature::default() };
    let together = evidence_of(&model, &images, rule, &Progress::silent()).unwrap();
    let hints = Hint::of(&model.encode_places(&images).unwrap());
    let bounds = Quadrature::bounds(&Prior::normal(2), &hints);
    for i in (0..300).step_by(29) {
        let image = &images[i * 324..(i + 1) * 324];
        let alone = rule
            .evidence(&OfModel { model: &model, images: image }, &hints[i..=i], bounds, &Progress::silent())
            .unwrap();
        assert!((together[i].log - alone[0].log).abs() < 2e-3, "{i}: {} and {}", together[i].log, alone[0].log);
    }
}

#[test]
fn the_gap_of_a_model_and_its_divergence_from_the_true_posterior_are_one_on_grids_that_share_no_place() {
    let model = model(ModelKind::Vae, 8);
    for image in images(&model, 5).chunks_exact(64) {
        let inference = Inference::of(&model, image, 1.0.into(), &Progress::silent()).unwrap();
        let (_, gap) = inference.encoder.unwrap();
        let check = inference.check.unwrap();
        assert!((check.mass - 1.0).abs() < 1e-3 && check.identity.unwrap().abs() < 5e-3, "{check:?}");
        assert!(gap.approximation() > -1e-3 && gap.amortisation().unwrap() > -1e-6, "{gap:?}");
    }
}

#[test]
fn importance_bounds_rise_with_k_to_the_evidence() {
    let model = model(ModelKind::Vae, 8);
    let image = images(&model, 1);
    let inference = Inference::of(&model, &image, 1.0.into(), &Progress::silent()).unwrap();
    let (q, _) = inference.encoder.unwrap();
    let likelihood = OfModel { model: &model, images: &image };
    for estimator in [Estimator::Importance, Estimator::Prior] {
        let all =
            estimates(&likelihood, 0, estimator, (&Prior::normal(2), q), (1_000, 40), 0, &Progress::silent()).unwrap();
        for pair in all.windows(2) {
            let error = 3.0 * (pair[0].deviation.powi(2) + pair[1].deviation.powi(2)).sqrt() / 40f64.sqrt();
            assert!(pair[1].mean >= pair[0].mean - error, "{estimator:?}: {pair:?}");
        }
        let last = all.last().unwrap();
        let error = 3.0 * last.deviation / 40f64.sqrt() + 0.01;
        assert!((last.mean - inference.evidence.log).abs() < error + 0.05, "{last:?}, {}", inference.evidence.log);
        assert!(all.iter().all(|e| e.mean <= inference.evidence.log + 3.0 * e.deviation / 40f64.sqrt() + 0.01));
    }
}

#[test]
fn both_gradient_estimators_agree_and_the_reparameterised_one_varies_less() {
    let model = model(ModelKind::Vae, 8);
    let image = images(&model, 1);
    let q = DiagonalGaussian { mu: [0.3, -0.2], sigma: [0.4, 0.6] };
    let samples = 20_000;
    let spread = gradient_spread(&model, &image, q, samples, 0, &Progress::silent()).unwrap();
    for i in 0..4 {
        let off = (spread.reparameterised_mean[i] - spread.score_mean[i]).abs();
        let error = ((spread.score_variance[i] + spread.reparameterised_variance[i]) / samples as f64).sqrt();
        assert!(off < 4.0 * error, "{i}: {spread:?}");
        assert!(spread.reparameterised_variance[i] < spread.score_variance[i], "{i}: {spread:?}");
    }
}

/// The variances of the score function's estimate for one sample, less the mean of log p(x|z) times `share`: expectations over q by
/// the trapezoidal rule.
fn score_variances(model: &Autoencoder, image: &[f32], q: DiagonalGaussian, share: f64) -> [f64; 4] {
    let nodes: Vec<f64> = (-60..=60).map(|i| 0.1 * f64::from(i)).collect();
    let eps: Vec<[f64; 2]> = nodes.iter().flat_map(|&a| nodes.iter().map(move |&b| [a, b])).collect();
    let weights: Vec<f64> = eps.iter().map(|[a, b]| 0.01 / TAU * (-0.5 * (a * a + b * b)).exp()).collect();
    let places: Vec<Place> = eps.iter().map(|e| [0, 1].map(|d| (q.mu[d] + q.sigma[d] * e[d]) as f32)).collect();
    let terms = model.log_likelihoods(image, &places, &Progress::silent()).unwrap();
    let mean = |of: &dyn Fn(usize) -> f64| (0..eps.len()).map(|i| weights[i] * of(i)).sum::<f64>();
    let baseline = share * mean(&|i| terms[i]);
    std::array::from_fn(|k| {
        let slope = |i: usize| match k {
            0 | 1 => eps[i][k] / q.sigma[k],
            _ => (eps[i][k - 2].powi(2) - 1.0) / q.sigma[k - 2],
        };
        let estimate = |i: usize| (terms[i] - baseline) * slope(i);
        mean(&|i| estimate(i).powi(2)) - mean(&estimate).powi(2)
    })
}

#[test]
fn a_baseline_takes_what_all_samples_share_out_of_the_score_functions_variance() {
    let model = model(ModelKind::Vae, 8);
    let image = images(&model, 1);
    let q = DiagonalGaussian { mu: [0.3, -0.2], sigma: [0.4, 0.6] };
    let samples = 40_000;
    let spread = gradient_spread(&model, &image, q, samples, 0, &Progress::silent()).unwrap();
    let [plain, with_baseline] = [0.0, 1.0].map(|share| score_variances(&model, &image, q, share));
    for i in 0..4 {
        assert!((spread.score_variance[i] / plain[i] - 1.0).abs() < 0.1, "{i}: {spread:?}, {plain:?}");
        assert!(
            (spread.baseline_variance[i] / with_baseline[i] - 1.0).abs() < 0.1,
            "{i}: {spread:?}, {with_baseline:?}"
        );
        assert!(spread.baseline_variance[i] < 0.1 * spread.score_variance[i], "{i}: {spread:?}");
        let off = (spread.reparameterised_mean[i] - spread.baseline_mean[i]).abs();
        let error = (spread.baseline_variance[i] + spread.reparameterised_variance[i]) / samples as f64;
        assert!(off < 4.0 * error.sqrt(), "{i}: {spread:?}");
    }
}

#[test]
fn an_ae_has_an_evidence_but_no_gap() {
    let model = model(ModelKind::Ae, 8);
    let inference = Inference::of(&model, &images(&model, 1), 1.0.into(), &Progress::silent()).unwrap();
    assert!(inference.evidence.log.is_finite() && inference.encoder.is_none());
}
