//! The kernels against the plain formulas, which are computed in double precision.

mod parts;
mod random;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Tensor};
use latent_explorer::config::{Arch, Beta, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::model::kernels::{Batch, Network};
use latent_explorer::model::{
    Architecture, Autoencoder, Compute, Frozen, Kl, Output, Step, Team, Terms, initial_parameters, layout,
};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};
use latent_explorer::train::{Trainer, adam_step};

use parts::parts;

const RELATIVE: f64 = 1e-5;

/// Shapes that fill no tile, one tile and several.
const SHAPES: [(usize, usize, &[usize]); 5] =
    [(1, 1, &[1]), (3, 5, &[7, 3]), (8, 16, &[128, 128]), (12, 11, &[131, 17, 5]), (17, 19, &[300])];

fn config(kind: ModelKind, (rows, cols, hidden): (usize, usize, &[usize])) -> ModelConfig {
    let spec = ModelSpec { arch: Arch::Mlp(hidden.to_vec()), ..ModelSpec::new(kind) };
    ModelConfig { shape: ImageShape::grey(rows, cols), spec }
}

fn parameters(config: &ModelConfig, scale: f32) -> Vec<f32> {
    let initial = initial_parameters(config, 11);
    let random = standard_normal(&mut stream(12, Purpose::Weights, 0), initial.len());
    let mut at = 0;
    let of = |(name, shape): (String, Vec<usize>)| -> Vec<f32> {
        let range = at..at + shape.iter().product::<usize>();
        at = range.end;
        let (initial, random) = (&initial[range.clone()], &random[range]);
        match name.as_str() {
            // A prior that is not N(0, I) any more, and words among the codes that have been chosen before.
            "codebook.cluster_size" => random.iter().map(|v| 1.0 + v.abs()).collect(),
            "codebook.unused" => random.iter().map(|v| (9.0 * v.abs()).floor()).collect(),
            "prior.logits" | "prior.mean" | "prior.log_scale" | "codebook.embed_avg" | "codebook.weight" => {
                random.iter().map(|v| 0.6 * v).collect()
            }
            _ => initial.iter().map(|v| v * scale).collect(),
        }
    };
    layout(config).into_iter().flat_map(of).collect()
}

fn fused(config: &ModelConfig, scale: f32, threads: usize) -> Autoencoder {
    Autoencoder::new(config, &parameters(config, scale), Compute::cpu(threads)).unwrap()
}

fn plain(config: &ModelConfig, scale: f32) -> Autoencoder {
    let flat: Vec<f64> = parameters(config, scale).into_iter().map(f64::from).collect();
    let flat = Tensor::new(flat, &Device::Cpu).unwrap();
    Autoencoder::from_flat(config, &flat, Compute::cpu(1)).unwrap()
}

fn images(config: &ModelConfig, n: usize) -> Vec<f32> {
    let normal = standard_normal(&mut stream(2, Purpose::Evaluation, 0), n * config.pixels());
    normal.into_iter().map(|v| v.abs().fract()).collect()
}

fn logits(model: &Autoencoder, codes: &[f32]) -> Vec<f32> {
    let mut logits = Vec::new();
    model.images_of(codes, Output::Logits, &mut logits, &Progress::silent()).unwrap();
    logits
}

/// (n, latent)
fn noise(config: &ModelConfig, n: usize) -> Vec<f32> {
    standard_normal(&mut stream(3, Purpose::Noise, 0), n * config.latent)
}

/// Within `RELATIVE` of the largest of the expected numbers, or of 1.
fn assert_close<T: Into<f64> + Copy>(what: &str, ours: &[T], theirs: &[T]) {
    assert_within(RELATIVE, what, ours, theirs);
}

fn assert_within<T: Into<f64> + Copy>(relative: f64, what: &str, ours: &[T], theirs: &[T]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let size = theirs.iter().map(|&v| v.into().abs()).fold(1.0, f64::max);
    for (i, (&a, &b)) in ours.iter().zip(theirs).enumerate() {
        let (a, b) = (a.into(), b.into());
        assert!((a - b).abs() <= relative * size, "{what}[{i}]: {a} instead of {b}");
    }
}

fn each(mut check: impl FnMut(ModelConfig, usize)) {
    for kind in [ModelKind::Ae, ModelKind::Vae] {
        for shape in SHAPES {
            for batch in [1, 15, 33] {
                check(config(kind, shape), batch);
                let mut gaussian = config(kind, shape);
                gaussian.spec.likelihood = Likelihood::Gaussian { c: 0.3, learned: false };
                check(gaussian, batch);
            }
        }
        // Convolutions halve even sides, odd ones and single pixels.
        for (rows, cols) in [(1, 1), (4, 4), (7, 6), (12, 9)] {
            for batch in [1, 15, 33] {
                let spec = ModelSpec { arch: Arch::Conv, ..ModelSpec::new(kind) };
                check(ModelConfig { shape: ImageShape::grey(rows, cols), spec: spec.clone() }, batch);
                check(ModelConfig { shape: ImageShape::rgb(rows, cols), spec }, batch);
            }
        }
    }
    for config in parts() {
        for batch in [1, 33] {
            check(config.clone(), batch);
        }
    }
}

#[test]
fn codes_agree() {
    each(|config, n| {
        let images = images(&config, n);
        let codes = |model: Autoencoder| model.codes_of(&images, &Progress::silent()).unwrap();
        let (ours, theirs) = (codes(fused(&config, 1.0, 2)), codes(plain(&config, 1.0)));
        assert_close("mu", &ours.mu, &theirs.mu);
        assert_eq!(ours.logvar.is_some(), config.has_gaussian());
        assert_close("logvar", &ours.logvar.unwrap_or_default(), &theirs.logvar.unwrap_or_default());
    });
}

#[test]
fn decoded_pixels_agree() {
    each(|config, n| {
        let codes: Vec<f32> = noise(&config, n).into_iter().map(|v| 3.0 * v).collect();
        let (ours, theirs) = (fused(&config, 2.0, 2), plain(&config, 2.0));
        let pixels = |model: &Autoencoder| model.decoded(&codes, &Progress::silent()).unwrap();
        assert_close("pixels", &pixels(&ours), &pixels(&theirs));
        assert_close("logits", &logits(&ours, &codes), &logits(&theirs, &codes));
    });
}

#[test]
fn terms_agree() {
    each(|config, n| {
        let (images, noise) = (images(&config, n), noise(&config, n));
        let ours = fused(&config, 1.0, 2).terms(&images, &noise).unwrap();
        let theirs = plain(&config, 1.0).terms(&images, &noise).unwrap();
        let kl = |t: &Terms, part: fn(Kl) -> Option<f64>| t.kl.and_then(part).unwrap_or(0.0);
        let list = |t: Terms| {
            let halves = [kl(&t, Kl::mean), kl(&t, Kl::variance)];
            [t.recon, halves[0], halves[1], t.kl().unwrap_or(0.0), t.quantisation.unwrap_or(0.0)]
        };
        assert_close(&format!("terms, {config:?}"), &list(ours), &list(theirs));
    });
}

const BETA: Beta = Beta { mean: 0.7, variance: 1.3 };

#[test]
fn gradients_agree() {
    each(|config, n| {
        let (images, noise) = (images(&config, n), noise(&config, n));
        let (_, step) = one_step(&config, &images, &noise);
        // After the first step the running mean is a tenth of the gradient.
        let ours: Vec<f32> = step.mean.iter().map(|m| m / (1.0 - step.adam.beta_1)).collect();
        let theirs = plain_gradient(&config, &images, &noise, step.beta);
        assert_close(&format!("gradient, {config:?}, batch {n}"), &ours, &theirs);
    });
}

/// The gradient of the loss by the plain formulas. images: (n, pixels), noise: (n, latent).
fn plain_gradient(config: &ModelConfig, images: &[f32], noise: &[f32], beta: Beta) -> Vec<f32> {
    let model = plain(config, 1.0);
    let rows = |values: &[f32], width: usize| {
        let rows = Tensor::from_slice(values, (values.len() / width, width), &Device::Cpu);
        rows.and_then(|t| t.to_dtype(DType::F64)).unwrap()
    };
    let loss = model.loss(&rows(images, config.pixels()), &rows(noise, config.latent), beta).unwrap();
    let gradients = loss.total.backward().unwrap();
    gradients.get(model.variable().as_tensor()).unwrap().to_dtype(DType::F32).unwrap().to_vec1().unwrap()
}

#[test]
fn adam_moves_every_parameter_by_its_formula() {
    each(|config, n| {
        let (after, step) = one_step(&config, &images(&config, n), &noise(&config, n));
        let before = parameters(&config, 1.0);
        let mut names = Vec::new();
        layout(&config)
            .into_iter()
            .for_each(|(name, shape)| names.resize(names.len() + shape.iter().product::<usize>(), name));
        let has_means = config.codebook.decay.is_some();
        for (i, (before, after)) in before.iter().zip(after).enumerate() {
            // Words that running means move, and the means, are none of Adam's.
            if names[i].starts_with("codebook") && (has_means || names[i] != "codebook.weight") {
                assert_eq!((step.mean[i], step.square[i]), (0.0, 0.0), "{}", names[i]);
                continue;
            }
            let (mean, square) = (f64::from(step.mean[i]) / 0.1, f64::from(step.square[i]) / 0.001);
            let expected = f64::from(*before) - 0.01 * mean / (square.sqrt() + 1e-8);
            assert!((f64::from(after) - expected).abs() < 1e-5, "parameter {i}: {after} instead of {expected}");
        }
    });
}

#[test]
fn a_step_by_the_plain_formulas_moves_words_and_clamps_scales_as_the_kernels_do() {
    for config in parts() {
        let mut flat = parameters(&config, 1.0);
        let mut at = 0;
        for (name, shape) in layout(&config) {
            let range = at..at + shape.iter().product::<usize>();
            at = range.end;
            if name == "prior.log_scale" {
                // A step of 0.01 goes beyond where they may be.
                flat[range].iter_mut().enumerate().for_each(|(i, v)| *v = if i % 2 == 0 { 1.995 } else { -2.995 });
            }
        }
        let images = images(&config, 33);
        let batch = latent_explorer::data::Batch { images, len: 33 };
        let train = TrainConfig { learning_rate: 0.01, beta: 0.7.into(), ..TrainConfig::default() };
        let double: Vec<f64> = flat.iter().copied().map(f64::from).collect();
        let double = Tensor::new(double, &Device::Cpu).unwrap();
        let models = [
            Autoencoder::new(&config, &flat, Compute::cpu(2)).unwrap(),
            Autoencoder::from_flat(&config, &double, Compute::cpu(1)).unwrap(),
        ];
        let [ours, theirs] = models.map(|model| {
            let mut trainer = Trainer::with_model(model, train.clone(), 0).unwrap();
            trainer.step(&batch).unwrap();
            trainer.model().parameters().unwrap()
        });
        let mut at = 0;
        for (name, shape) in layout(&config) {
            let range = at..at + shape.iter().product::<usize>();
            at = range.end;
            if name.starts_with("codebook") || name == "prior.log_scale" {
                assert_close(&format!("{name}, {config:?}"), &ours[range.clone()], &theirs[range]);
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit_of_any_part() {
    for config in parts() {
        let (images, noise) = (images(&config, 100), noise(&config, 100));
        let of = |threads| one_step_of(&config, &images, &noise, threads).0;
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let one = bits(of(1));
        assert!(one == bits(of(2)) && one == bits(of(3)), "{config:?}");
    }
}

#[test]
fn a_step_whose_loss_is_not_finite_leaves_parameters_and_moments_alone() {
    for config in parts() {
        let mut images = images(&config, 33);
        images[config.pixels() + 3] = f32::NAN;
        let (after, step) = one_step(&config, &images, &noise(&config, 33));
        assert_eq!(after, parameters(&config, 1.0), "{config:?}");
        assert!(step.mean.iter().chain(&step.square).all(|&v| v == 0.0), "{config:?}");
    }
}

/// The parameters after one step, and what the step left.
fn one_step(config: &ModelConfig, images: &[f32], noise: &[f32]) -> (Vec<f32>, Step) {
    one_step_of(config, images, noise, 2)
}

fn one_step_of(config: &ModelConfig, images: &[f32], noise: &[f32], threads: usize) -> (Vec<f32>, Step) {
    let network = Network::new(&Architecture::new(config).unwrap());
    let mut flat = parameters(config, 1.0);
    let mut step = network.new_step(adam_step(1, 0.01));
    step.beta = BETA;
    network.step(&mut flat, Batch { images, noise, likelihood: config.likelihood }, &mut step, &Team::new(threads));
    (flat, step)
}

#[test]
fn large_logits_stay_finite() {
    let config = config(ModelKind::Vae, (8, 16, &[32, 16]));
    // Each layer is thirty times as large: the logits are in the tens of thousands.
    let model = fused(&config, 30.0, 2);
    let images = images(&config, 20);
    let terms = model.terms(&images, &[0.0; 40]).unwrap();
    let reference = plain(&config, 30.0).terms(&images, &[0.0; 40]).unwrap();
    assert!(reference.recon > 1e4, "{reference:?}");
    assert!((terms.recon / reference.recon - 1.0).abs() < 1e-4, "{terms:?} {reference:?}");
}

#[test]
fn nan_in_gives_nan_out() {
    let config = config(ModelKind::Vae, (3, 5, &[7, 3]));
    let model = fused(&config, 1.0, 2);
    let mut images = images(&config, 4);
    images[17] = f32::NAN;
    let codes = model.encode_places(&images).unwrap();
    assert!(codes.mu[1][0].is_nan() && !codes.mu[0][0].is_nan());
    assert!(model.terms(&images, &noise(&config, 4)).unwrap().recon.is_nan());
    assert!(model.decode_places(&[[f32::NAN, 0.0]]).unwrap().iter().all(|p| p.is_nan()));
}

/// The sum of the numbers below `tasks`, and of as many again in a second phase, by a team.
fn sum(team: &Team, tasks: usize) -> usize {
    let sum = AtomicUsize::new(0);
    team.run(|member| {
        for _ in 0..2 {
            member.phase(tasks, |task| {
                sum.fetch_add(task, Ordering::Relaxed);
            });
        }
    });
    sum.into_inner()
}

#[test]
fn a_panic_in_a_task_is_raised_in_the_caller_and_the_team_works_on() {
    for threads in [1, 2, 3] {
        let team = Team::new(threads);
        assert_eq!(team.threads(), threads);
        for panics in [0, 7, 39] {
            let run = || {
                team.run(|member| {
                    member.phase(40, |task| {
                        if task == panics {
                            std::panic::panic_any(format!("task {task}"));
                        }
                    });
                    member.phase(40, |_| ());
                });
            };
            let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>(), Some(&format!("task {panics}")), "{threads} threads");
            assert_eq!(sum(&team, 100), 9_900, "{threads} threads");
        }
    }
}

#[test]
fn a_panic_of_every_member_is_raised_once() {
    let team = Team::new(3);
    let run = || team.run(|member| std::panic::panic_any(member.index));
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert!(panic.downcast_ref::<usize>().is_some_and(|&index| index < 3));
    assert_eq!(sum(&team, 10), 90);
}

#[test]
fn runs_of_a_team_of_one_do_not_wait_for_each_other() {
    let team = Team::new(1);
    let inner = AtomicUsize::new(0);
    // A second run begins while the first goes on: it would wait for ever if there were a lock.
    team.run(|member| member.phase(1, |_| inner.store(sum(&team, 10), Ordering::Relaxed)));
    assert_eq!(inner.into_inner(), 90);
}

#[test]
fn the_threads_of_a_team_begin_with_what_they_are_told_to() {
    let started = std::sync::Arc::new(Mutex::new(Vec::new()));
    let names = started.clone();
    let team = Team::with_start(3, move || {
        let name = std::thread::current().name().map(str::to_owned);
        names.lock().unwrap().push(name.unwrap_or_default());
    });
    assert_eq!(sum(&team, 10), 90);
    let mut started = started.lock().unwrap().clone();
    started.sort();
    assert_eq!(started, ["kernel-1", "kernel-2"]);
}
