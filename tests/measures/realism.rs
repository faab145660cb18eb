//! Precision, density, recall and coverage of what is known to be real or not.

use latent_explorer::config::MNIST;
use latent_explorer::data::Images;

use super::*;

fn realism(real: &[f32], generated: &[f32], width: usize) -> Realism {
    let real = Real::new(real.to_vec(), width, &Progress::silent()).unwrap();
    real.realism_of(generated, &Progress::silent()).unwrap()
}

/// 50 vectors of three numbers.
fn clump(at: f32, index: u64) -> Vec<f32> {
    let noise = standard_normal(&mut stream(7, Purpose::Samples, index), 150);
    noise.into_iter().map(|v| at + 0.1 * v).collect()
}

#[test]
fn precision_and_recall_know_what_is_missing_and_what_is_too_much() {
    let real = [clump(0.0, 0), clump(9.0, 1)].concat();
    let of = |generated: Vec<f32>| {
        let Realism { precision, recall, .. } = realism(&real, &generated, 3);
        (precision.value, recall.value)
    };
    assert_eq!(of(real.clone()), (1.0, 1.0));
    assert_eq!(of([clump(100.0, 2), clump(-100.0, 3)].concat()), (0.0, 0.0));
    assert_eq!(of([real[..150].to_vec(), real[..150].to_vec()].concat()), (1.0, 0.5));
    assert_eq!(of([real[..150].to_vec(), clump(100.0, 2)].concat()).0, 0.5);
}

#[test]
fn what_lies_between_all_images_is_precise_and_neither_dense_nor_covering() {
    // Two tight clumps and two images far from them, in whose wide reach the middle lies.
    let far = [[30.0, -30.0, 0.0], [-30.0, 30.0, 0.0]].concat();
    let real = [clump(9.0, 0), clump(-9.0, 1), far].concat();
    let middle = realism(&real, &clump(0.0, 2), 3);
    assert_eq!((middle.precision.value, middle.coverage.value), (1.0, 2.0 / 102.0));
    assert!((middle.density.value - 2.0 / 3.0).abs() < 1e-9, "{:?}", middle.density);
    let same = realism(&real, &real, 3);
    assert_eq!((same.precision.value, same.coverage.value), (1.0, 1.0));
    let half = realism(&real, &real[..150], 3).coverage.value;
    assert!((50.0 / 102.0..=52.0 / 102.0).contains(&half), "{half}");
}

#[test]
fn density_is_one_of_more_draws_of_the_same_and_each_number_says_its_n() {
    let [real, generated] = [4, 5].map(|index| normal(2_000, 3, index));
    let found = realism(&real, &generated[..3 * 1_000], 3);
    assert!((found.density.value - 1.0).abs() < 0.1, "{:?}", found.density);
    let n = [&found.precision, &found.density, &found.recall, &found.coverage].map(|of| of.n);
    assert_eq!(n, [1_000, 1_000, 2_000, 2_000]);
}

#[test]
fn blurs_and_noise_are_no_digits_and_training_images_are() {
    let set = data::load(&MNIST.into(), Memory::default(), &Progress::silent()).unwrap().dataset;
    let (compute, silent) = (Compute::cpu(2), Progress::silent());
    let (test, train) = (set.test.spread(2_000), set.train.spread(8_000));
    let features = Features::new(&test, &compute, &silent).unwrap();
    let width = features.width();
    let real = Real::new(features.of_images(&test, &compute, &silent).unwrap(), width, &silent).unwrap();
    let of = |images: &[f32]| real.realism_of(&features.of(images, &compute, &silent).unwrap(), &silent).unwrap();
    let images = train.read(0..8_000);

    let held_in = of(&images[..2_000 * 784]);
    assert!(held_in.precision.value > 0.8 && held_in.coverage.value > 0.6, "{held_in:?}");
    assert!((held_in.density.value - 1.0).abs() < 0.1, "{:?}", held_in.density);

    let mean = of(features.mean_image());
    assert!(mean.precision.value == 0.0 && mean.coverage.value < 0.01, "{mean:?}");

    let mut rng = stream(3, Purpose::Samples, 0);
    let noise: Vec<f32> = (0..500 * 784).map(|_| rng.random()).collect();
    let noise = of(&noise);
    assert!(noise.precision.value < 0.01 && noise.density.value < 0.01 && noise.coverage.value < 0.01, "{noise:?}");

    let four = |i: usize, p: usize| (0..4).map(|k| 0.25 * images[(4 * i + k) * 784 + p]).sum::<f32>();
    let averages: Vec<f32> = (0..2_000).flat_map(|i| (0..784).map(move |p| (i, p))).map(|(i, p)| four(i, p)).collect();
    let averages = of(&averages);
    // Four at a time lie between digits; they pass for precise, and neither cover nor are covered.
    assert!(averages.coverage.value < 0.5 * held_in.coverage.value, "{averages:?}");
    assert!(averages.recall.value < 0.05, "{averages:?}");
}
