//! The kernels on shapes, batches and threads drawn at random, against the plain formulas in double precision.

use latent_explorer::config::{Arch, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec, PriorKind};
use proptest::prelude::*;

use super::{assert_close, assert_within, fused, images, noise, one_step_of, plain, plain_gradient};
use latent_explorer::model::Frozen;
use latent_explorer::progress::Progress;

/// Among so many units drawn at random one may lie so close to ReLU's kink that rounding takes an image to its other side.
const KINK: f64 = 1e-4;

fn layers() -> impl Strategy<Value = Arch> {
    prop_oneof![
        3 => prop::collection::vec(1usize..150, 0..4).prop_map(Arch::Mlp),
        1 => Just(Arch::Conv),
    ]
}

fn prior() -> impl Strategy<Value = PriorKind> {
    prop_oneof![
        3 => Just(PriorKind::Normal),
        1 => (1usize..12).prop_map(|components| PriorKind::Mixture { components }),
        1 => (1usize..12).prop_map(|components| PriorKind::Vamp { components }),
    ]
}

fn likelihood() -> impl Strategy<Value = Likelihood> {
    prop_oneof![Just(Likelihood::Bernoulli), (0.05..1.0).prop_map(|c| Likelihood::Gaussian { c, learned: false })]
}

/// Models that can be, of images of up to 13 x 13 pixels, grey or of three colours.
fn models() -> impl Strategy<Value = ModelConfig> {
    let shape = (1usize..14, 1usize..14, prop_oneof![Just(1usize), Just(3)])
        .prop_map(|(rows, cols, channels)| ImageShape { rows, cols, channels });
    let kind = prop_oneof![Just(ModelKind::Ae), Just(ModelKind::Vae)];
    (shape, kind, layers(), likelihood(), 1usize..9, prior())
        .prop_map(|(shape, kind, arch, likelihood, latent, prior)| {
            let prior = if kind == ModelKind::Vae { prior } else { PriorKind::Normal };
            ModelConfig { shape, spec: ModelSpec { arch, likelihood, latent, prior, ..ModelSpec::new(kind) } }
        })
        .prop_filter("a model that is refused", |config| config.validate().is_ok())
}

fn cases(count: u32) -> ProptestConfig {
    // Failures are shrunk and printed; nothing is written beside the sources.
    ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn codes_and_images_are_those_of_the_formulas(config in models(), n in 1usize..=300, threads in 1usize..5) {
        let (ours, theirs) = (fused(&config, 1.0, threads), plain(&config, 1.0));
        let images = images(&config, n);
        let [a, b] = [&ours, &theirs].map(|model| model.codes_of(&images, &Progress::silent()).unwrap());
        assert_close("mu", &a.mu, &b.mu);
        assert_close("logvar", &a.logvar.unwrap_or_default(), &b.logvar.unwrap_or_default());
        let codes = noise(&config, n);
        let [a, b] = [&ours, &theirs].map(|model| model.decoded(&codes, &Progress::silent()).unwrap());
        assert_close("pixels", &a, &b);
    }

    #[test]
    fn gradients_are_those_of_the_formulas(config in models(), n in 1usize..=300, threads in 1usize..5) {
        let (images, noise) = (images(&config, n), noise(&config, n));
        let (_, step) = one_step_of(&config, &images, &noise, threads);
        let ours: Vec<f32> = step.mean.iter().map(|m| m / (1.0 - step.adam.beta_1)).collect();
        assert_within(KINK, "gradient", &ours, &plain_gradient(&config, &images, &noise, step.beta));
    }

    #[test]
    fn threads_change_no_bit(config in models(), n in 1usize..=300, threads in 2usize..6) {
        let (images, noise) = (images(&config, n), noise(&config, n));
        let of = |threads| one_step_of(&config, &images, &noise, threads).0;
        prop_assert!(of(1).iter().zip(of(threads)).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}
