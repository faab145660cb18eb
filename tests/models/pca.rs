//! Probabilistic principal components against a full eigendecomposition and the closed forms of Tipping and Bishop (1999), what
//! becomes of them at other weights of the KL, and Lucas et al. (2019): a linear VAE comes to the same.

use std::f64::consts::TAU;
use std::sync::Arc;

use latent_explorer::config::{Arch, Beta, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data::{Dataset, Split};
use latent_explorer::model::{Autoencoder, Codes, Compute, Frozen, Unit, fit, initial_parameters, named};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};
use latent_explorer::train::{LockStep, RunSettings, Trainer};
use nalgebra::{DMatrix, DVector, SymmetricEigen};

const ROWS: usize = 4;
const COLS: usize = 5;
const PIXELS: usize = ROWS * COLS;

/// Grey images: three directions of different strength about the middle, and noise.
fn images(count: usize) -> Split {
    let directions = standard_normal(&mut stream(1, Purpose::Samples, 0), 3 * PIXELS);
    let codes = standard_normal(&mut stream(1, Purpose::Samples, 1), 3 * count);
    let noise = standard_normal(&mut stream(1, Purpose::Samples, 2), count * PIXELS);
    let pixel = |i: usize, p: usize| {
        let along =
            [0.09, 0.06, 0.03].iter().enumerate().map(|(k, s)| s * codes[3 * i + k] * directions[k * PIXELS + p]);
        (255.0 * (0.5 + along.sum::<f32>() + 0.05 * noise[i * PIXELS + p])).round().clamp(0.0, 255.0) as u8
    };
    let images = (0..count).flat_map(|i| (0..PIXELS).map(move |p| pixel(i, p))).collect();
    Split { shape: ImageShape::grey(ROWS, COLS), images, labels: vec![0; count] }
}

/// The mean image and the covariance, pixels in [0, 1].
fn moments(split: &Split) -> (DVector<f64>, DMatrix<f64>) {
    let (n, pixels) = (split.len(), split.pixels());
    let x = DMatrix::from_fn(n, pixels, |i, p| f64::from(split.image(i)[p]) / 255.0);
    let mean = x.row_mean().transpose();
    let centred = DMatrix::from_fn(n, pixels, |i, p| x[(i, p)] - mean[p]);
    (mean, centred.transpose() * &centred / n as f64)
}

/// Eigenvalues from the largest, and their vectors as columns.
fn eigen(covariance: &DMatrix<f64>) -> (Vec<f64>, DMatrix<f64>) {
    let all = SymmetricEigen::new(covariance.clone());
    let mut order: Vec<usize> = (0..covariance.nrows()).collect();
    order.sort_by(|&a, &b| all.eigenvalues[b].total_cmp(&all.eigenvalues[a]));
    (order.iter().map(|&i| all.eigenvalues[i]).collect(), all.eigenvectors.select_columns(&order))
}

fn config(split: &Split, latent: usize, likelihood: Likelihood) -> ModelConfig {
    let spec = ModelSpec { latent, likelihood, ..ModelSpec::new(ModelKind::Pca) };
    ModelConfig { shape: split.shape, spec }
}

fn fitted(split: &Split, latent: usize, likelihood: Likelihood, beta: Beta) -> Autoencoder {
    fit(&config(split, latent, likelihood), beta, split, Compute::cpu(2), &Progress::silent()).unwrap()
}

fn part(model: &Autoencoder, wanted: &str) -> Vec<f64> {
    let all = model.parameters().unwrap();
    let named = named(model.config(), &all);
    let values = named.iter().find(|(name, ..)| name == wanted).unwrap().2;
    values.iter().map(|&v| f64::from(v)).collect()
}

fn expect_eigenpairs(split: &Split, latent: usize, tolerance: f64) {
    let model = fitted(split, latent, Likelihood::LEARNED, Beta::both(1.0));
    let (_, covariance) = moments(split);
    let (values, _) = eigen(&covariance);
    let (ours, components) = (part(&model, "eigenvalues"), part(&model, "components"));
    for (i, &lambda) in ours.iter().enumerate() {
        assert!((lambda - values[i]).abs() < 1e-6 * values[0], "λ_{i} {lambda} instead of {}", values[i]);
        let u = DVector::from_column_slice(&components[i * split.pixels()..(i + 1) * split.pixels()]);
        let left = (&covariance * &u - &u * lambda).norm() / values[0];
        assert!(left < tolerance && (u.norm() - 1.0).abs() < 1e-6, "pair {i}: {left} is left");
    }
    let rest = values[latent..].iter().sum::<f64>() / (split.pixels() - latent) as f64;
    let c = model.config().likelihood.c().unwrap();
    assert!((c / rest - 1.0).abs() < 1e-5, "c {c} instead of {rest}");
}

#[test]
fn eigenpairs_are_those_of_a_full_decomposition() {
    for latent in [1, 2, 5] {
        expect_eigenpairs(&images(400), latent, 1e-6);
    }
}

/// An iteration of 300 rounds leaves 4e-7 here, and single precision 4e-8.
#[test]
fn eigenpairs_of_noise_lie_close_together_and_are_found_too() {
    let values = standard_normal(&mut stream(4, Purpose::Samples, 0), 6_000 * 144);
    let images = values.into_iter().map(|v| (128.0 + 40.0 * v).clamp(0.0, 255.0) as u8).collect();
    expect_eigenpairs(&Split { shape: ImageShape::grey(12, 12), images, labels: vec![0; 6_000] }, 8, 1.5e-7);
}

#[test]
fn fewer_images_or_pixels_than_dimensions_leave_some_without_a_direction() {
    let three = images(3);
    let model = fitted(&three, 5, Likelihood::Gaussian { c: 0.001, learned: false }, Beta::both(1.0));
    let (eigenvalues, codes) = (part(&model, "eigenvalues"), codes(&model, &three));
    assert!(eigenvalues[1] > 1e-3 && eigenvalues[2..].iter().all(|v| v.abs() < 1e-7), "{eigenvalues:?}");
    // Three points lie in a plane: the other dimensions say nothing, N(0, 1).
    for i in 0..3 {
        assert!(codes.of(i)[2..].iter().all(|&m| m == 0.0) && logvar(&codes, i)[2..].iter().all(|&v| v == 0.0));
    }
    let narrow = Split { shape: ImageShape::grey(1, 2), images: vec![10, 200, 90, 30, 250, 128], labels: vec![0; 3] };
    let model = fitted(&narrow, 4, Likelihood::LEARNED, Beta::both(1.0));
    assert!(model.parameters().unwrap().iter().all(|v| v.is_finite()));
    assert_eq!(part(&model, "eigenvalues")[2..], [0.0, 0.0]);
}

#[test]
fn images_that_are_all_the_same_have_no_directions() {
    let same = Split { shape: ImageShape::grey(ROWS, COLS), images: vec![77; 6 * PIXELS], labels: vec![0; 6] };
    let model = fitted(&same, 2, Likelihood::LEARNED, Beta::both(1.0));
    let decoded = model.decoded(&[1.0, -2.0], &Progress::silent()).unwrap();
    assert!(decoded.iter().all(|p| (p - 77.0 / 255.0).abs() < 1e-6));
}

fn codes(model: &Autoencoder, split: &Split) -> Codes {
    model.codes_of(&split.gather(0..split.len()), &Progress::silent()).unwrap()
}

fn logvar(codes: &Codes, image: usize) -> &[f32] {
    &codes.logvar.as_ref().unwrap()[image * codes.latent..(image + 1) * codes.latent]
}

#[test]
fn posteriors_are_those_of_tipping_and_bishop() {
    let split = images(300);
    let (mean, covariance) = moments(&split);
    for likelihood in [Likelihood::LEARNED, Likelihood::Gaussian { c: 0.004, learned: false }] {
        let model = fitted(&split, 2, likelihood, Beta::both(1.0));
        let c = model.config().likelihood.c().unwrap();
        // p(z|x) = N(M⁻¹ Wᵀ (x − m), c M⁻¹) with M = Wᵀ W + c I (equation 7), whatever W is.
        let w = DMatrix::from_row_slice(PIXELS, 2, &part(&model, "decoder.out.weight"));
        let inverse = (w.transpose() * &w + DMatrix::identity(2, 2) * c).try_inverse().unwrap();
        let codes = codes(&model, &split);
        for i in 0..20 {
            let x = DVector::from_iterator(PIXELS, split.image(i).iter().map(|&v| f64::from(v) / 255.0));
            let mu = &inverse * w.transpose() * (x - &mean);
            for d in 0..2 {
                let (ours, variance) = (f64::from(codes.of(i)[d]), f64::from(logvar(&codes, i)[d]).exp());
                assert!((ours - mu[d]).abs() < 1e-4, "{ours} instead of {}", mu[d]);
                assert!((variance / (c * inverse[(d, d)]) - 1.0).abs() < 1e-4);
            }
        }
        // W = U (Λ − c I)^½ (equation 15).
        let (values, vectors) = eigen(&covariance);
        let u = vectors.columns(0, 2).into_owned();
        let scale = DMatrix::from_diagonal(&DVector::from_iterator(2, values[..2].iter().map(|v| v - c)));
        assert!((&w * w.transpose() - &u * scale * u.transpose()).amax() < 1e-6);
    }
}

/// The mean ELBO over images with a linear decoder: recon is a square in z, so that three points a dimension are exact.
fn elbo(model: &Autoencoder, split: &Split) -> f64 {
    let images = split.gather(0..split.len());
    let (root, n) = (3f32.sqrt(), split.len());
    let mut sum = 0.0;
    for (a, weight_a) in [(-root, 1.0 / 6.0), (0.0, 2.0 / 3.0), (root, 1.0 / 6.0)] {
        for (b, weight_b) in [(-root, 1.0 / 6.0), (0.0, 2.0 / 3.0), (root, 1.0 / 6.0)] {
            let terms = model.terms(&images, &[a, b].repeat(n)).unwrap();
            sum += weight_a * weight_b * terms.elbo().unwrap();
        }
    }
    sum
}

#[test]
fn the_elbo_is_the_log_density_of_a_gaussian_for_there_is_no_gap() {
    let split = images(200);
    let model = fitted(&split, 2, Likelihood::LEARNED, Beta::both(1.0));
    let c = model.config().likelihood.c().unwrap();
    let w = DMatrix::from_row_slice(PIXELS, 2, &part(&model, "decoder.out.weight"));
    let (mean, covariance) = moments(&split);
    // log N(x; m, W Wᵀ + c I) in the mean over the images, by Cholesky.
    let density = (&w * w.transpose() + DMatrix::identity(PIXELS, PIXELS) * c).cholesky().unwrap();
    let spread =
        |x: DVector<f64>| (density.solve(&x).dot(&x) + PIXELS as f64 * TAU.ln() + density.ln_determinant()) / -2.0;
    let of =
        |i: usize| spread(DVector::from_iterator(PIXELS, split.image(i).iter().map(|&v| f64::from(v) / 255.0)) - &mean);
    let direct = (0..split.len()).map(of).sum::<f64>() / split.len() as f64;
    // The same in the directions' coordinates.
    let (values, _) = eigen(&covariance);
    let known: f64 = values[..2].iter().sum();
    let quadratic = 2.0 + (covariance.trace() - known) / c;
    let logs = values[..2].iter().map(|v| v.ln()).sum::<f64>() + (PIXELS - 2) as f64 * c.ln();
    let closed = -0.5 * (PIXELS as f64 * TAU.ln() + logs + quadratic);
    assert!((direct - closed).abs() < 1e-4, "{direct} {closed}");
    let ours = elbo(&model, &split);
    assert!((ours - direct).abs() < 1e-3, "{ours} instead of {direct}");
}

#[test]
fn another_weight_of_the_kl_moves_weights_and_posteriors_by_their_closed_form() {
    let split = images(300);
    let (_, covariance) = moments(&split);
    let values = eigen(&covariance).0;
    let c = 0.004;
    let mut died = 0;
    for beta in [0.25, 1.0, 3.0, 2.0 * values[0] / (values[0] + values[1]) * values[0] / c / 1.2, 1e6] {
        let model = fitted(&split, 3, Likelihood::Gaussian { c, learned: false }, Beta::both(beta));
        let w = DMatrix::from_row_slice(PIXELS, 3, &part(&model, "decoder.out.weight"));
        let (slopes, components) = (part(&model, "encoder.mu.weight"), part(&model, "components"));
        let logvar = part(&model, "encoder.logvar.bias");
        for i in 0..3 {
            let square = (values[i] - beta * c).max(0.0);
            assert!((w.column(i).norm_squared() - square).abs() < 1e-6, "w² of {i} at β = {beta}");
            let (slope, variance) =
                if square > 0.0 { (square.sqrt() / values[i], beta * c / values[i]) } else { (0.0, 1.0) };
            let along = |p: usize| components[i * PIXELS + p] * slopes[i * PIXELS + p];
            assert!(((0..PIXELS).map(along).sum::<f64>() - slope).abs() < 1e-4, "slope of {i} at β = {beta}");
            assert!((logvar[i].exp() / variance - 1.0).abs() < 1e-4, "variance of {i} at β = {beta}");
            died += usize::from(square == 0.0);
        }
    }
    assert!((4..9).contains(&died), "{died} directions died");
}

/// The loss of one direction with a decoder w, an encoder N(s·a, τ) and data of variance λ, up to what no one can change:
/// E (a − w z)² / 2c + β_m ½ E μ² + β_v ½ (τ − 1 − ln τ).
fn loss(w: f64, s: f64, tau: f64, (lambda, c, beta): (f64, f64, Beta)) -> f64 {
    let recon = (lambda * (1.0 - w * s).powi(2) + w * w * tau) / (2.0 * c);
    recon + beta.mean * 0.5 * s * s * lambda + beta.variance * 0.5 * (tau - 1.0 - tau.ln())
}

#[test]
fn a_unit_is_the_minimum_of_its_loss_by_search() {
    for beta_mean in [0.2, 1.0, 5.0] {
        for beta_variance in [0.2, 1.0, 5.0] {
            for (lambda, c) in [(1.0, 0.1), (0.3, 0.1), (0.05, 0.1), (2.0, 0.02), (0.9, 0.5)] {
                let of = (lambda, c, Beta { mean: beta_mean, variance: beta_variance });
                let unit = Unit::best(lambda, c, of.2);
                let found = loss(unit.weight, unit.slope, unit.variance, of);
                // For each w the best τ and s by golden sections of their own: their losses are convex.
                let search = |f: &dyn Fn(f64) -> f64, mut low: f64, mut high: f64| {
                    for _ in 0..80 {
                        let (a, b) = (high - 0.618_034 * (high - low), low + 0.618_034 * (high - low));
                        if f(a) < f(b) { high = b } else { low = a }
                    }
                    0.5 * (low + high)
                };
                let mut best = (f64::INFINITY, 0.0);
                for step in 0..=3_000 {
                    let w = 6.0 * lambda.sqrt() * f64::from(step) / 3_000.0;
                    let s = search(&|s| loss(w, s, 1.0, of), 0.0, 200.0);
                    let tau = search(&|ln| loss(w, s, ln.exp(), of), -15.0, 2.0).exp();
                    let value = loss(w, s, tau, of);
                    if value < best.0 {
                        best = (value, w);
                    }
                }
                assert!(found <= best.0 + 1e-9, "{of:?}: {found} at {unit:?}, but {} at w = {}", best.0, best.1);
                assert!((unit.weight - best.1).abs() < 4e-3 * lambda.sqrt(), "{of:?}: {unit:?}, found w = {}", best.1);
                let square = unit.weight * unit.weight;
                let slope = unit.weight / c / (square / c + beta_mean);
                let variance = beta_variance / (square / c + beta_variance);
                assert!((unit.slope - slope).abs() < 1e-9 && (unit.variance - variance).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn without_a_kl_nothing_is_infinite() {
    for beta in [Beta::OFF, Beta { mean: 0.0, variance: 1.0 }, Beta { mean: 1.0, variance: 0.0 }] {
        let split = images(100);
        let model = fitted(&split, 2, Likelihood::LEARNED, beta);
        assert!(model.parameters().unwrap().iter().all(|v| v.is_finite()), "{beta}");
        assert!(elbo(&model, &split).is_finite(), "{beta}");
    }
}

#[test]
fn another_beta_or_variance_in_a_run_is_a_fit_with_it_and_a_step_changes_nothing() {
    let split = images(100);
    let learned = config(&split, 2, Likelihood::LEARNED);
    let train = TrainConfig::default();
    let mut trainer = Trainer::fitted(&learned, train, &split, Compute::cpu(1)).unwrap();
    let batch = latent_explorer::data::Batch { images: split.gather(0..10), len: 10 };
    let expect = |trainer: &Trainer, likelihood, beta: f64| {
        let fresh = fitted(&split, 2, likelihood, beta.into());
        assert_eq!(trainer.model().parameters().unwrap(), fresh.parameters().unwrap());
        assert_eq!(trainer.model().config(), fresh.config());
    };
    trainer.step(&batch).unwrap();
    expect(&trainer, Likelihood::LEARNED, 1.0);
    trainer.set_beta(2.5.into()).unwrap();
    expect(&trainer, Likelihood::LEARNED, 2.5);
    let given = Likelihood::Gaussian { c: 0.007, learned: false };
    trainer.set_likelihood(given).unwrap();
    expect(&trainer, given, 2.5);
    trainer.set_likelihood(Likelihood::Bernoulli).unwrap();
    expect(&trainer, given, 2.5);
    trainer.set_likelihood(Likelihood::LEARNED).unwrap();
    expect(&trainer, Likelihood::LEARNED, 2.5);
}

#[test]
fn another_likelihood_of_a_linear_network_is_another_link_wherever_it_computes() {
    let spec = ModelSpec { arch: Arch::Mlp(Vec::new()), ..ModelSpec::new(ModelKind::Vae) };
    let bernoulli = ModelConfig { shape: ImageShape::grey(ROWS, COLS), spec };
    let flat = initial_parameters(&bernoulli, 2);
    let split = images(10);
    let (images, noise) = (split.gather(0..10), vec![0.5; 20]);
    let gaussian = Likelihood::Gaussian { c: 0.1, learned: false };
    let mut changed = Autoencoder::new(&bernoulli, &flat, Compute::cpu(1)).unwrap();
    changed.set_likelihood(gaussian);
    let fresh = ModelConfig { spec: ModelSpec { likelihood: gaussian, ..bernoulli.spec.clone() }, ..bernoulli };
    let fresh = Autoencoder::new(&fresh, &flat, Compute::cpu(1)).unwrap();
    assert_eq!(changed.terms(&images, &noise).unwrap(), fresh.terms(&images, &noise).unwrap());
    let pixels = |model: &Autoencoder| model.decoded(&[9.0, -9.0], &Progress::silent()).unwrap();
    assert_eq!(pixels(&changed), pixels(&fresh));
    assert!(pixels(&changed).iter().any(|p| !(0.0..=1.0).contains(p)), "a linear decoder has no bounds");
}

fn dataset() -> Dataset {
    let train = images(512);
    Dataset { source: "grey".into(), class_names: vec!["0".to_owned()], test: images(64), train, factors: None }
}

#[test]
fn a_linear_vae_comes_to_principal_components_up_to_a_rotation() {
    let (set, likelihood) = (Arc::new(dataset()), Likelihood::Gaussian { c: 0.03, learned: false });
    let pca = fitted(&set.train, 2, likelihood, Beta::both(1.0));
    let model = ModelSpec { arch: Arch::Mlp(Vec::new()), likelihood, ..ModelSpec::new(ModelKind::Vae) };
    let train = TrainConfig { batch: 64, ..TrainConfig::default() };
    let mut lockstep = LockStep::new(set.clone(), &[RunSettings { model, train }], Compute::cpu(1)).unwrap();
    for (rate, steps) in [(3e-2, 2_500), (1e-2, 800), (2e-3, 800), (4e-4, 400)] {
        lockstep.runs[0].trainer.set_learning_rate(rate);
        for _ in 0..steps {
            lockstep.step();
        }
    }
    assert_eq!(lockstep.runs[0].failure, None);
    let vae = lockstep.runs[0].trainer.model();
    let (best, ours) = (elbo(&pca, &set.train), elbo(vae, &set.train));
    assert!(ours < best + 1e-3 && best - ours < 0.03, "ELBO {ours} of the VAE, {best} of principal components");
    let covariance = |model: &Autoencoder| {
        let w = DMatrix::from_row_slice(PIXELS, 2, &part(model, "decoder.out.weight"));
        &w * w.transpose()
    };
    let theirs = covariance(&pca);
    let off = (covariance(vae) - &theirs).norm() / theirs.norm();
    assert!(off < 0.05, "W Wᵀ differs by {off}");
}
