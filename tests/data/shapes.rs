//! The discs that the program draws.

use latent_explorer::config::{DataSource, Memory, Reading};
use latent_explorer::data::{self, Dataset};
use latent_explorer::progress::Progress;

fn shapes(seed: u64) -> Dataset {
    let source = DataSource { path: "shapes".to_owned(), reading: Reading { seed, ..Reading::default() } };
    data::load(&source, Memory::default(), &Progress::silent()).unwrap().dataset
}

#[test]
fn a_disc_has_the_place_and_the_area_that_its_factors_say() {
    let set = shapes(0);
    let factors = set.factors.unwrap();
    for i in [0, 1, 2, 3, 500, 999] {
        let [position, radius] = factors.test[i].map(f64::from);
        let image = set.test.image(i);
        let area: f64 = image.iter().map(|&byte| f64::from(byte) / 255.0).sum();
        let column = |i: usize| (i % 32) as f64 + 0.5;
        let centre: f64 =
            image.iter().enumerate().map(|(i, &byte)| column(i) * f64::from(byte) / 255.0).sum::<f64>() / area;
        assert!((centre - position).abs() < 0.05, "{centre} is not {position}");
        assert!((area / (std::f64::consts::PI * radius * radius) - 1.0).abs() < 0.03, "{area} at radius {radius}");
    }
}

#[test]
fn a_seed_draws_the_same_discs_and_another_seed_others() {
    assert_eq!(shapes(3), shapes(3));
    assert_ne!(shapes(3).train, shapes(4).train);
}

#[test]
fn factors_fill_their_ranges() {
    let factors = shapes(0).factors.unwrap();
    for (factor, [least, most]) in factors.about.ranges.into_iter().enumerate() {
        let all = || factors.train.iter().map(|of| of[factor]);
        assert!(all().all(|value| (least..most).contains(&value)));
        let width = most - least;
        assert!(all().fold(f32::INFINITY, f32::min) < least + 0.01 * width);
        assert!(all().fold(0.0, f32::max) > most - 0.01 * width);
    }
}

#[test]
fn the_factors_of_the_probe_are_those_of_its_images() {
    let set = shapes(0);
    let factors = set.factors.clone().unwrap();
    let probe = set.probe_factors(1_002).unwrap();
    assert_eq!((probe.len(), probe[7], probe[1_001]), (1_002, factors.test[7], factors.train[2_000]));
    assert_eq!(set.probe_factors(10).unwrap()[1], factors.test[100]);
}
