//! Losses and their gradients against finite differences of the texts' formulas in double precision, of every named part.

use candle_core::{DType, Device, Tensor};
use latent_explorer::config::{
    Arch, Beta, Codebook, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec, PriorKind,
};
use latent_explorer::model::{Architecture, Autoencoder, Compute, Kl, layout};
use latent_explorer::random::{Purpose, standard_normal, stream};

use super::reference::{Reference, Setting};

const LATENT: usize = 2;
const BATCH: usize = 4;

fn config(change: impl FnOnce(&mut ModelSpec)) -> ModelConfig {
    let mut spec = ModelSpec { arch: Arch::Mlp(vec![6, 5]), ..ModelSpec::new(ModelKind::Vae) };
    change(&mut spec);
    ModelConfig { shape: ImageShape::grey(3, 4), spec }
}

/// Numbers about 0 for all parameters.
pub fn flat(config: &ModelConfig) -> Vec<f64> {
    let count = Architecture::new(config).unwrap().parameters;
    standard_normal(&mut stream(5, Purpose::Weights, 0), count).into_iter().map(|v| 0.5 * f64::from(v)).collect()
}

pub fn images(config: &ModelConfig) -> Vec<f64> {
    let values = standard_normal(&mut stream(6, Purpose::Evaluation, 0), BATCH * config.pixels());
    values.into_iter().map(|v| 1.0 / (1.0 + (-2.0 * f64::from(v)).exp())).collect()
}

fn noise() -> Vec<f64> {
    standard_normal(&mut stream(7, Purpose::Noise, 0), BATCH * LATENT).into_iter().map(f64::from).collect()
}

pub fn rows(values: &[f64], width: usize) -> Tensor {
    Tensor::from_slice(values, (values.len() / width, width), &Device::Cpu).unwrap()
}

pub fn model(config: &ModelConfig, flat: &[f64]) -> Autoencoder {
    let flat = Tensor::from_slice(flat, flat.len(), &Device::Cpu).unwrap();
    Autoencoder::from_flat(config, &flat, Compute::cpu(1)).unwrap()
}

/// The loss of a batch and its gradient in all parameters.
pub fn loss_and_gradient(config: &ModelConfig, flat: &[f64], setting: &Setting) -> (f64, Vec<f64>) {
    let model = model(config, flat);
    let (x, noise) = (rows(setting.images, config.pixels()), rows(setting.noise, config.latent));
    let total = model.loss(&x, &noise, setting.beta).unwrap().total;
    let gradients = total.backward().unwrap();
    let gradient = gradients.get(model.variable().as_tensor()).unwrap().to_dtype(DType::F64).unwrap();
    (total.to_scalar().unwrap(), gradient.to_vec1().unwrap())
}

#[test]
fn losses_and_gradients_of_every_prior_are_those_of_the_texts() {
    let gaussian = Likelihood::Gaussian { c: 0.2, learned: false };
    let halves = Beta { mean: 0.3, variance: 1.7 };
    for (config, beta) in [
        (config(|_| ()), halves),
        (config(|spec| spec.likelihood = gaussian), Beta::both(1.0)),
        (config(|spec| (spec.arch, spec.likelihood) = (Arch::Mlp(Vec::new()), gaussian)), halves),
        (config(|spec| spec.prior = PriorKind::Mixture { components: 1 }), Beta::both(1.0)),
        (config(|spec| spec.prior = PriorKind::Mixture { components: 4 }), Beta::both(0.6)),
        (config(|spec| spec.prior = PriorKind::Vamp { components: 1 }), Beta::both(1.0)),
        (config(|spec| spec.prior = PriorKind::Vamp { components: 3 }), Beta::both(0.6)),
    ] {
        let (reference, flat) = (Reference::new(&config), flat(&config));
        let (images, noise) = (images(&config), noise());
        let setting = Setting { beta, images: &images, noise: &noise };
        let (loss, gradient) = loss_and_gradient(&config, &flat, &setting);
        let expected = reference.loss(&flat, &setting);
        assert!((loss - expected).abs() < 1e-9 * expected.abs(), "{config:?}: {loss} instead of {expected}");
        for name in reference.names() {
            let (start, count) = reference.part(name);
            // The first, the last and some between.
            for i in (start..start + count).step_by(count.div_ceil(5)).chain([start + count - 1]) {
                let moved = |by: f64| {
                    let mut flat = flat.clone();
                    flat[i] += by;
                    reference.loss(&flat, &setting)
                };
                let step = 1e-5;
                let slope = (moved(step) - moved(-step)) / (2.0 * step);
                let off = (gradient[i] - slope).abs();
                assert!(
                    off < 1e-6 * slope.abs().max(1.0),
                    "{name}[{}] of {config:?}: {} instead of {slope}",
                    i - start,
                    gradient[i]
                );
            }
        }
    }
}

#[test]
fn the_gradient_of_the_drawn_kl_has_no_part_of_the_decoder() {
    let config = config(|spec| spec.prior = PriorKind::Mixture { components: 4 });
    let (flat, images, noise) = (flat(&config), images(&config), noise());
    let of =
        |beta: f64| loss_and_gradient(&config, &flat, &Setting { beta: beta.into(), images: &images, noise: &noise });
    let ((_, without), (_, with)) = (of(0.0), of(1.0));
    let mut at = 0;
    for (name, shape) in layout(&config) {
        let range = at..at + shape.iter().product::<usize>();
        at = range.end;
        let same = without[range.clone()].iter().zip(&with[range.clone()]).all(|(a, b)| (a - b).abs() < 1e-12);
        assert_eq!(same, name.starts_with("decoder"), "{name}");
        if name.starts_with("prior") {
            assert!(without[range].iter().all(|&v| v == 0.0), "{name}");
        }
    }
}

#[test]
fn codes_are_straight_through_and_words_follow_their_codes_alone() {
    for decay in [Some(0.99), None] {
        let config = config(|spec| {
            spec.kind = ModelKind::VqVae;
            spec.codebook = Codebook { words: 3, decay, ..Codebook::default() };
        });
        let (flat, images) = (flat(&config), images(&config));
        let (_, gradient) = loss_and_gradient(
            &config,
            &flat,
            &Setting { beta: Beta::OFF, images: &images, noise: &[0.0; BATCH * LATENT] },
        );
        // The same encoder in front of a decoder whose input is shifted by what the straight-through estimator holds fixed.
        let reference = Straight::new(&config, &flat, &images);
        for (name, shape) in layout(&config) {
            let (start, count) = reference.network.part(&name);
            assert_eq!(count, shape.iter().product::<usize>());
            for i in (start..start + count).step_by(count.div_ceil(5)) {
                let moved = |by: f64| {
                    let mut flat = flat.clone();
                    flat[i] += by;
                    reference.loss(&flat, decay.is_none())
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (gradient[i] - slope).abs() < 1e-6 * slope.abs().max(1.0),
                    "{name}: {} instead of {slope}",
                    gradient[i]
                );
            }
        }
    }
}

/// −log p(x|z_e + s) + ‖e − sg(z_e)‖² + γ ‖z_e − sg(e)‖², where s = e − z_e and whatever is under sg stand still at the
/// parameters that it was made with (van den Oord et al. 2017, equation 3).
struct Straight<'a> {
    network: Reference,
    config: &'a ModelConfig,
    images: &'a [f64],
    still: Vec<Still>,
}

/// Of an image: its code, its word, and which it is.
struct Still {
    code: Vec<f64>,
    word: Vec<f64>,
    k: usize,
}

impl<'a> Straight<'a> {
    fn new(config: &'a ModelConfig, flat: &[f64], images: &'a [f64]) -> Self {
        let mut one = Self { network: Reference::new(config), config, images, still: Vec::new() };
        let words: Vec<Vec<f64>> =
            one.network.of(flat, "codebook.weight").chunks_exact(LATENT).map(<[f64]>::to_vec).collect();
        for image in images.chunks_exact(config.pixels()) {
            let code = one.network.code(flat, image);
            let square = |k: &usize| code.iter().zip(&words[*k]).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let k = (0..words.len()).min_by(|a, b| square(a).total_cmp(&square(b))).unwrap();
            one.still.push(Still { code, word: words[k].clone(), k });
        }
        one
    }

    fn loss(&self, flat: &[f64], moves_words: bool) -> f64 {
        let images = self.images.chunks_exact(self.config.pixels());
        let words = self.network.of(flat, "codebook.weight");
        let of = |(image, Still { code, word, k }): (&[f64], &Still)| {
            let now = self.network.code(flat, image);
            let z: Vec<f64> = (0..LATENT).map(|d| now[d] + (word[d] - code[d])).collect();
            let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            let pull = if moves_words { square(&words[k * LATENT..(k + 1) * LATENT], code) } else { 0.0 };
            self.network.nll(flat, &z, image) + pull + 0.25 * square(&now, word)
        };
        images.zip(&self.still).map(of).sum::<f64>() / self.still.len() as f64
    }
}

#[test]
fn the_kl_of_words_is_ln_k_a_token() {
    for (tokens, expected) in [(1, 5f64.ln()), (2, 2.0 * 5f64.ln())] {
        let config = config(|spec| {
            spec.kind = ModelKind::VqVae;
            spec.codebook = Codebook { words: 5, tokens, ..Codebook::default() };
        });
        let flat: Vec<f64> = flat(&config);
        let images: Vec<f32> = images(&config).into_iter().map(|v| v as f32).collect();
        let terms = model(&config, &flat).terms(&images, &[0.0; BATCH * LATENT]).unwrap();
        assert!(matches!(terms.kl, Some(Kl::Whole(kl)) if (kl - expected).abs() < 1e-12));
    }
}
