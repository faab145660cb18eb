//! What fits into the memory that is allowed: work in parts says the same as work in one piece, and what cannot fit is refused.

mod images;
mod peaks;

use latent_explorer::config::{Arch, ImageShape, Likelihood, Memory, ModelConfig, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data::{Images, Split};
use latent_explorer::explore::inference::{
    Hint, Inference, LogLikelihood, OfModel, Quadrature, evidence_of, evidence_of_split,
};
use latent_explorer::explore::measures::{Effort, measure};
use latent_explorer::explore::{
    Cells, Field, FieldKind, Picture, decode_grid, decode_grid_within, exact_evidence, field, unit_variances, vote,
};
use latent_explorer::model::{Autoencoder, Compute, Copies, Frozen, Pca, TrainingMemory, evaluate, initial_parameters};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};

use crate::support::{dataset, model_config};

/// So little that every stage goes a few images at a time.
const LITTLE: Memory = Memory::of(40_000);

fn model_within(kind: ModelKind, memory: Memory) -> Autoencoder {
    let config = model_config(kind);
    Autoencoder::new(&config, &initial_parameters(&config, 3), Compute::cpu(2).within(memory)).unwrap()
}

/// The same model with all memory and with little.
fn both(kind: ModelKind) -> [Autoencoder; 2] {
    [Memory::UNLIMITED, LITTLE].map(|memory| model_within(kind, memory))
}

fn close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() < 1e-5 * (1.0 + a.abs()), "{a} and {b}"));
}

fn cells() -> Cells {
    Cells { min: [-2.0; 2], max: [2.0; 2], across: 7, down: 5 }
}

#[test]
fn codes_of_a_set_in_parts_are_those_of_all_at_once() {
    let [whole, parts] = both(ModelKind::Vae);
    let test = dataset().test;
    let [a, b] = [&whole, &parts].map(|model| model.codes_of_split(&test, &Progress::silent()).unwrap());
    close(&a.mu, &b.mu);
    close(&a.logvar.unwrap(), &b.logvar.unwrap());
    close(&a.mu, &whole.codes_of(&test.gather(0..test.len()), &Progress::silent()).unwrap().mu);
}

#[test]
fn evaluation_in_parts_is_that_of_all_at_once() {
    for kind in ModelKind::ALL {
        let [a, b] = both(kind).map(|model| evaluate(&model, &dataset().test, 5, &Progress::silent()).unwrap());
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-5 * (1.0 + a.abs()), "{kind}: {a} and {b}");
        close(a.recon, b.recon);
        close(a.mse, b.mse);
        close(a.elbo.unwrap_or(0.0), b.elbo.unwrap_or(0.0));
        assert_eq!(a.codes_used, b.codes_used);
    }
}

#[test]
fn fields_in_parts_are_those_of_all_at_once() {
    let [whole, parts] = both(ModelKind::Vae);
    let known = dataset().train;
    let codes = whole.codes_of_split(&dataset().test, &Progress::silent()).unwrap().into_places();
    for kind in FieldKind::ALL {
        let of = |model: &Autoencoder| field(kind, &cells(), model, &codes, &known, &Progress::silent()).unwrap();
        match (of(&whole), of(&parts)) {
            (Field::Values(a), Field::Values(b)) => close(&a, &b),
            (Field::Targets(a), Field::Targets(b)) => close(a.as_flattened(), b.as_flattened()),
            (a, b) => assert_eq!(a, b),
        }
    }
}

#[test]
fn a_vote_among_known_images_in_parts_is_that_among_all() {
    let (known, images) = (dataset().train, dataset().test.gather(0..9));
    let [a, b] = [Memory::UNLIMITED, LITTLE].map(|memory| vote(&images, &known, memory, &Progress::silent()).unwrap());
    assert_eq!(a, b);
}

#[test]
fn pictures_in_parts_are_those_of_all_at_once() {
    let [a, b] = both(ModelKind::Vae).map(|model| decode_grid(&model, &cells(), &Progress::silent()).unwrap());
    assert_eq!(a, b);
}

#[test]
fn evidence_in_parts_is_that_of_all_at_once() {
    for kind in [ModelKind::Vae, ModelKind::Ae] {
        let [whole, parts] = both(kind);
        let test = dataset().test.spread(6);
        let images = test.gather(0..6);
        let rule = Quadrature { across: 32, ..Quadrature::default() };
        // On one grid, codes in parts.
        let hints = Hint::of(&whole.encode_places(&images).unwrap());
        let bounds = Quadrature::bounds(whole.prior().unwrap(), &hints);
        let of = |model: &Autoencoder| {
            rule.evidence(&OfModel { model, images: &images }, &hints, bounds, &Progress::silent()).unwrap()
        };
        for (a, b) in of(&whole).iter().zip(of(&parts)) {
            assert!((a.log - b.log).abs() < 1e-3, "{} and {}", a.log, b.log);
            assert_eq!(a.has_converged, b.has_converged);
        }
        // Images in parts have grids of their own.
        let a = evidence_of(&whole, &images, rule, &Progress::silent()).unwrap();
        let b = evidence_of_split(&parts, &test, rule, &Progress::silent()).unwrap();
        a.iter().zip(&b).for_each(|(a, b)| assert!((a.log - b.log).abs() < 0.02, "{} and {}", a.log, b.log));
    }
}

#[test]
fn likelihoods_in_parts_are_those_of_all_at_once() {
    let [whole, parts] = both(ModelKind::Vae);
    let images = dataset().test.gather(0..3);
    let codes = cells().centres();
    let groups = [(0..20, vec![0, 2]), (13..35, vec![1]), (5..6, vec![0, 1, 2])];
    let of = |model| OfModel { model, images: &images }.groups(&codes, &groups, &Progress::silent()).unwrap();
    for (a, b) in of(&whole as &dyn Frozen).concat().iter().zip(of(&parts).concat()) {
        assert!((a - b).abs() < 1e-4, "{a} and {b}");
    }
}

#[test]
fn gaps_of_images_that_share_a_grid_are_those_of_each_alone() {
    let [whole, _] = both(ModelKind::Vae);
    let test = dataset().test.spread(3);
    let together = Inference::of_split(&whole, &test, 1.0.into(), &Progress::silent()).unwrap();
    for (i, shared) in together.iter().enumerate() {
        let alone = Inference::of(&whole, &test.gather([i]), 1.0.into(), &Progress::silent()).unwrap();
        let [a, b] = [&alone, shared].map(|found| found.encoder.as_ref().unwrap().1);
        assert!((a.whole() - b.whole()).abs() < 0.02, "{a:?} and {b:?}");
        assert!((a.amortisation().unwrap() - b.amortisation().unwrap()).abs() < 0.02, "{a:?} and {b:?}");
    }
}

#[test]
fn exact_evidence_in_parts_is_that_of_all_at_once() {
    for kind in [ModelKind::Pca, ModelKind::VqVae] {
        let [a, b] = both(kind).map(|m| exact_evidence(&m, &dataset().test, &Progress::silent()).unwrap().unwrap());
        a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-4, "{kind}: {a} and {b}"));
    }
}

#[test]
fn measures_in_parts_are_those_of_all_at_once() {
    let effort = Effort { images: 60, evidence: 6, gaps: 1, samples: 40, seed: 0 };
    let [a, b] =
        both(ModelKind::Vae).map(|m| measure(&m, &dataset(), 1.0.into(), effort, &Progress::silent()).unwrap());
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (id, a) in &a {
        let b = b[id].value;
        assert!((a.value - b).abs() < 0.02 * (1.0 + a.value.abs()), "{id}: {} and {b}", a.value);
    }
}

#[test]
fn large_images_are_looked_at_less_and_those_of_mnist_all() {
    let all = Effort::USUAL.within(10_000, 28 * 28);
    assert_eq!((all.images, all.evidence, all.gaps, all.samples), (10_000, 10_000, 500, 10_000));
    let few = Effort::USUAL.within(10_000, 256 * 256);
    assert_eq!((few.images, few.evidence, few.gaps), (10_000, 40, 6));
}

/// Images of a few directions and noise, more or fewer than pixels.
fn noisy(n: usize, side: usize) -> Split {
    let (pixels, shape) = (3 * side * side, ImageShape::rgb(side, side));
    let mut rng = stream(4, Purpose::Samples, 0);
    let directions = standard_normal(&mut rng, 4 * pixels);
    let along = standard_normal(&mut rng, 4 * n);
    let noise = standard_normal(&mut rng, n * pixels);
    let pixel = |i: usize, p: usize| {
        let along = (0..4).map(|k| (4.0 - k as f32) * along[4 * i + k] * directions[k * pixels + p]).sum::<f32>();
        (128.0 + 4.0 * along + noise[i * pixels + p]).clamp(0.0, 255.0) as u8
    };
    let images = (0..n).flat_map(|i| (0..pixels).map(move |p| (i, p))).map(|(i, p)| pixel(i, p)).collect();
    Split { shape, images, labels: vec![0; n] }
}

/// Eigenvalues of the covariance, the largest first, all of them in double precision.
fn eigenvalues(split: &Split) -> Vec<f64> {
    let (n, pixels) = (split.len(), split.pixels());
    let values = nalgebra::DMatrix::from_fn(n, pixels, |i, p| f64::from(split.image(i)[p]) / 255.0);
    let mean = values.row_mean();
    let centred = nalgebra::DMatrix::from_fn(n, pixels, |i, p| values[(i, p)] - mean[p]);
    // The smaller product has the same.
    let product = if n < pixels { &centred * centred.transpose() } else { centred.transpose() * &centred };
    let mut all: Vec<f64> = nalgebra::SymmetricEigen::new(product / n as f64).eigenvalues.iter().copied().collect();
    all.sort_by(|a, b| b.total_cmp(a));
    all
}

fn components_are_right(split: &Split, memory: Memory, tolerance: f64) {
    let compute = Compute::cpu(2).within(memory);
    let (exact, pixels) = (eigenvalues(split), split.pixels());
    let silent = Progress::silent();
    let found = [
        Pca::of_split(split, 4, &compute, &silent).unwrap(),
        Pca::of_images(split, 4, None, &compute, &silent).unwrap(),
    ];
    for pca in found {
        for (found, exact) in pca.variances.iter().zip(&exact) {
            assert!((found / exact - 1.0).abs() < tolerance, "{found} and {exact}");
        }
        let total: f64 = exact.iter().sum();
        assert!((pca.total / total - 1.0).abs() < tolerance, "{} and {total}", pca.total);
        let part = |k: usize| &pca.components[k * pixels..(k + 1) * pixels];
        for (i, j) in [(0, 0), (1, 1), (3, 3), (0, 1), (1, 3)] {
            let dot: f64 = part(i).iter().zip(part(j)).map(|(a, b)| f64::from(a * b)).sum();
            assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-4, "{i}, {j}: {dot}");
        }
        // The data vary along a component as much as it says.
        let along = pca.project_images(split, &compute, &silent).unwrap();
        for (k, exact) in exact.iter().enumerate().take(4) {
            let square = along.iter().skip(k).step_by(4).map(|&v| f64::from(v).powi(2)).sum::<f64>();
            let variance = square / split.len() as f64;
            assert!((variance / exact - 1.0).abs() < 10.0 * tolerance, "{k}: {variance} and {exact}");
        }
    }
}

#[test]
fn components_of_fewer_images_than_pixels_come_from_the_products_of_the_images() {
    components_are_right(&noisy(60, 64), Memory::UNLIMITED, 1e-5);
}

#[test]
fn components_of_more_images_than_pixels_come_from_the_covariance() {
    components_are_right(&noisy(500, 10), Memory::UNLIMITED, 1e-5);
}

#[test]
fn components_for_which_no_matrix_fits_come_from_the_images_alone() {
    components_are_right(&noisy(1_700, 24), Memory::of(1 << 20), 1e-4);
}

#[test]
fn variances_for_linear_theory_are_those_of_scaled_pixels_however_they_are_read() {
    let train = dataset().train;
    let [a, b] = [Memory::UNLIMITED, LITTLE].map(|memory| {
        unit_variances(&train as &dyn Images, 2, true, &Compute::cpu(1).within(memory), &Progress::silent()).unwrap()
    });
    a.iter().zip(&b).for_each(|(a, b)| assert!((a / b - 1.0).abs() < 1e-6, "{a} and {b}"));
}

#[test]
fn a_picture_that_is_too_wide_becomes_the_means_of_blocks() {
    let picture = Picture::grey(5, 2, vec![0, 10, 20, 30, 100, 0, 10, 20, 30, 100]);
    let small = picture.within(3);
    assert_eq!((small.width, small.height, &small.pixels[..]), (3, 1, &[5, 25, 100][..]));
    assert_eq!(*picture.within(5), picture);
}

#[test]
fn a_manifold_of_large_images_is_no_larger_than_was_asked_for() {
    let model = model_within(ModelKind::Vae, LITTLE);
    let whole = decode_grid_within(&model, &cells(), 1_000, &Progress::silent()).unwrap();
    assert_eq!(whole, decode_grid(&model, &cells(), &Progress::silent()).unwrap());
    let small = decode_grid_within(&model, &cells(), 28, &Progress::silent()).unwrap();
    assert_eq!((small.width, small.height), (28, 20));
}

#[test]
fn sizes_of_memory_are_read_as_they_are_written() {
    for (text, bytes) in [("4G", 4 << 30), ("512M", 512 << 20), ("1.5g", 3 << 29), ("2GiB", 2 << 30)] {
        assert_eq!(text.parse::<Memory>().unwrap(), Memory::of(bytes), "{text}");
    }
    for text in ["", "G", "4", "-1G", "NaNG", "infG", "1K", "1e99G"] {
        let error = text.parse::<Memory>().unwrap_err().to_string();
        assert!(error.contains("e.g. 4G or 512M"), "{error}");
    }
    assert_eq!(Memory::of(4 << 30).to_string(), "4.0G");
}

#[test]
fn the_machines_memory_is_shared_in_four() {
    let quarter = Memory::default().bytes();
    assert!(quarter > 1 << 24 && quarter < 1 << 46, "{quarter}");
}

#[test]
fn a_network_that_does_not_fit_is_refused_with_what_would() {
    let spec = ModelSpec { arch: Arch::Mlp(vec![16_384, 16_384]), ..ModelSpec::new(ModelKind::Vae) };
    let config = ModelConfig { shape: ImageShape::grey(28, 28), spec };
    let batch = TrainConfig::default().batch;
    let refused = |memory: &str| {
        let compute = Compute::cpu(1).within(memory.parse().unwrap());
        TrainingMemory::check(&config, batch, Copies::TRAINED, &[], &compute).err().map(|error| error.to_string())
    };
    let sentence = refused("2G").unwrap();
    assert!(
        sentence.starts_with("a network of 16384,16384 on images of 28 x 28 pixels in batches of 128"),
        "{sentence}"
    );
    let layers = "more than the 2.0G allowed: take hidden layers of 4096,4096, smaller batches, or --memory ";
    assert!(sentence.contains(layers), "{sentence}");
    let advised = sentence.rsplit(' ').next().unwrap();
    assert_eq!(refused(advised), None);
    let smaller = ModelConfig { spec: ModelSpec { arch: Arch::Mlp(vec![4_096; 2]), ..config.spec.clone() }, ..config };
    let compute = Compute::cpu(1).within("2G".parse().unwrap());
    assert!(TrainingMemory::check(&smaller, batch, Copies::TRAINED, &[], &compute).is_ok());
}

#[test]
fn runs_beside_each_other_share_what_is_allowed() {
    let config = model_config(ModelKind::Vae);
    let one = TrainingMemory::of(&config, 16, Copies::SHOWN);
    let compute = Compute::cpu(1).within(Memory::of(TrainingMemory::total(&[one, one])));
    assert!(TrainingMemory::check(&config, 16, Copies::SHOWN, &[one], &compute).is_ok());
    let sentence = TrainingMemory::check(&config, 16, Copies::SHOWN, &[one, one], &compute).unwrap_err().to_string();
    assert!(sentence.contains("beside the other 2 runs"), "{sentence}");
}

#[test]
fn runs_that_do_not_fit_together_are_refused_with_layers_that_would_for_all() {
    let of = |hidden: Vec<usize>| {
        let spec = ModelSpec { arch: Arch::Mlp(hidden), ..ModelSpec::new(ModelKind::Vae) };
        ModelConfig { shape: ImageShape::grey(256, 256), spec }
    };
    let memory = |config: &ModelConfig| TrainingMemory::of(config, 16, Copies::SHOWN);
    let (large, fitting) = (of(vec![512, 256]), of(vec![128, 64]));
    let compute = Compute::cpu(1).within(Memory::of(TrainingMemory::total(&[memory(&fitting); 2]) + (64 << 20)));
    let refused =
        TrainingMemory::check(&large, 16, Copies::SHOWN, &[memory(&large)], &compute).unwrap_err().to_string();
    assert!(refused.contains("take hidden layers of 128,64 for all, "), "{refused}");
}

#[test]
fn a_gaussian_likelihood_changes_nothing_about_parts() {
    let config = {
        let mut config = model_config(ModelKind::Vae);
        config.spec.likelihood = Likelihood::Gaussian { c: 0.1, learned: false };
        config
    };
    let parameters = initial_parameters(&config, 3);
    let [a, b] = [Memory::UNLIMITED, LITTLE].map(|memory| {
        let model = Autoencoder::new(&config, &parameters, Compute::cpu(2).within(memory)).unwrap();
        let image = dataset().test.gather([1]);
        model.log_likelihoods(&image, &cells().centres(), &Progress::silent()).unwrap()
    });
    a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-4, "{a} and {b}"));
}
