//! Factors that images were drawn from, recovered from codes whose relation to them is known.

use super::*;

/// Factors of 400 images, uniform and independent.
fn drawn_factors() -> Vec<[f32; 2]> {
    let mut rng = stream(4, Purpose::Samples, 0);
    (0..400).map(|_| [rng.random_range(9.0..23.0), rng.random_range(3.0..9.0)]).collect()
}

/// R² of a linear regression and of the nearest codes.
fn recovery(latent: usize, codes: Vec<f32>, factors: &[[f32; 2]]) -> [f64; 2] {
    let found = recovered(&points(latent, codes), factors, &Progress::silent()).unwrap().unwrap();
    [found.linear.value, found.nearest.value]
}

#[test]
fn codes_that_are_the_factors_recover_them() {
    let factors = drawn_factors();
    let [linear, nearest] = recovery(2, factors.concat(), &factors);
    assert!((linear - 1.0).abs() < 1e-9 && nearest > 0.95, "{linear} {nearest}");
}

#[test]
fn factors_turned_and_stretched_are_recovered_linearly() {
    let factors = drawn_factors();
    let codes = factors.iter().flat_map(|&[a, b]| [0.3 * a - b, 0.1 * a + 0.5 * b - 7.0]).collect();
    assert!((recovery(2, codes, &factors)[0] - 1.0).abs() < 1e-9);
}

#[test]
fn factors_on_a_bent_plane_are_recovered_by_the_nearest_codes_alone() {
    let factors = drawn_factors();
    let codes = factors.iter().flat_map(|&[a, b]| [b * (0.4 * a).cos(), b * (0.4 * a).sin()]).collect();
    let [linear, nearest] = recovery(2, codes, &factors);
    assert!(linear < 0.6 && nearest > 0.9, "{linear} {nearest}");
}

#[test]
fn codes_that_say_nothing_of_the_factors_recover_nothing() {
    let factors = drawn_factors();
    for codes in [normal(400, 2, 0), vec![0.5; 800]] {
        let [linear, nearest] = recovery(2, codes, &factors);
        assert!(linear < 0.03 && nearest < 0.03, "{linear} {nearest}");
    }
}

#[test]
fn one_factor_of_two_in_a_code_is_half_of_them() {
    let factors = drawn_factors();
    let [linear, nearest] = recovery(1, factors.iter().map(|of| of[0]).collect(), &factors);
    assert!((linear - 0.5).abs() < 0.03 && (nearest - 0.5).abs() < 0.06, "{linear} {nearest}");
}

#[test]
fn too_few_images_tell_nothing_of_their_factors() {
    let factors = &drawn_factors()[..30];
    assert!(recovered(&points(2, factors.concat()), factors, &Progress::silent()).unwrap().is_none());
}

#[test]
fn a_set_with_known_factors_has_their_measures() {
    let set = data::load(&SHAPES.into(), Memory::default(), &Progress::silent()).unwrap().dataset;
    let spec = ModelSpec { arch: Arch::Mlp(vec![8]), ..ModelSpec::new(ModelKind::Ae) };
    let config = ModelConfig { shape: set.test.shape, spec };
    let model = Autoencoder::new(&config, &initial_parameters(&config, 0), Compute::cpu(1)).unwrap();
    let effort = Effort { images: 600, ..LITTLE };
    let measures = measure(&model, &set, 1.0.into(), effort, &Progress::silent()).unwrap();
    // Even a random projection of a disc says something of its radius.
    assert!(measures["factors_nearest"].value > 0.1 && measures["factors_linear"].value <= 1.0);
}
