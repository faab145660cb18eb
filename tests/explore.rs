use std::f32::consts::TAU;

use latent_explorer::config::{ImageShape, ModelKind};
use latent_explorer::data::Split;
use latent_explorer::explore::{
    Cells, Field, FieldKind, Gaussian, Line, Picture, Summary, contains, decode_grid, decode_strip, density, field,
    log_prior, magnification, nearest, nearest_codes, nearest_image, nearest_images, neighbour, normal_quantile,
    quantile_grid, sketch, stack, student_quantile, tile,
};
use latent_explorer::model::{Autoencoder, Compute, Frozen, Places, initial_parameters, squared_distances};
use latent_explorer::progress::Progress;

use crate::support::{SIDE, model_config};

fn model() -> Autoencoder {
    let config = model_config(ModelKind::Vae);
    Autoencoder::new(&config, &initial_parameters(&config, 0), Compute::cpu(1)).unwrap()
}

fn gray(width: usize, height: usize, value: u8) -> Picture {
    Picture::grey(width, height, vec![value; width * height])
}

#[test]
fn the_nearest_code_is_found_with_its_distance() {
    assert_eq!(nearest(&[[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]], [3.0, 2.0]), Some((1, 2.0)));
    assert_eq!(nearest(&[], [0.0, 0.0]), None);
}

#[test]
fn a_neighbour_lies_in_its_direction() {
    let codes = [[0.0, 0.0], [1.0, 3.0], [4.0, 1.0], [0.5, -0.1], [-0.2, 0.0]];
    assert_eq!(neighbour(&codes, [0.0, 0.0], [1.0, 0.0]), Some(3));
    assert_eq!(neighbour(&codes, [0.0, 0.0], [0.0, 1.0]), Some(1));
    assert_eq!(neighbour(&codes, [0.5, -0.1], [1.0, 0.0]), Some(2));
    assert_eq!(neighbour(&codes, [4.0, 1.0], [1.0, 0.0]), None);
}

#[test]
fn the_prior_at_the_origin_has_the_density_of_a_plane_gaussian() {
    assert!((log_prior([0.0, 0.0]) + TAU.ln()).abs() < 1e-6);
    assert!((log_prior([1.0, 2.0]) + TAU.ln() + 2.5).abs() < 1e-6);
}

#[test]
fn a_summary_has_means_medoids_and_spreads() {
    let codes = Places {
        mu: vec![[0.0, 0.0], [2.0, 0.0], [1.2, 0.0], [5.0, 5.0]],
        logvar: Some(vec![[0.0, 0.0], [0.0, 0.0], [2.0 * 3f32.ln(), 0.0], [0.0, 0.0]]),
    };
    let summary = Summary::new(&codes, &[0, 0, 0, 2], 3);
    let mean = summary.class_means[0].unwrap();
    assert!((mean[0] - 3.2 / 3.0).abs() < 1e-6);
    assert_eq!(summary.class_means[1], None);
    assert_eq!(summary.medoids, [Some(2), None, Some(3)]);
    assert!((summary.sigma_mean.unwrap() - 10.0 / 8.0).abs() < 1e-6);
    let spread = {
        let variance = |values: [f32; 4]| {
            let mean = values.iter().sum::<f32>() / 4.0;
            values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 4.0
        };
        ((variance([0.0, 2.0, 1.2, 5.0]) + variance([0.0, 0.0, 0.0, 5.0])) / 2.0).sqrt()
    };
    assert!((summary.mean_spread - spread).abs() < 1e-5);
    assert_eq!(summary.bounds, Some(([0.0, 0.0], [5.0, 5.0])));
}

#[test]
fn tiles_are_laid_out_row_by_row() {
    let images: Vec<f32> = [0.0, 1.0, 0.5].iter().flat_map(|&v| [v; 4]).collect();
    let picture = tile(&images, ImageShape::grey(2, 2), 2);
    assert_eq!((picture.width, picture.height), (4, 4));
    assert_eq!(picture.pixels[..4], [0, 0, 255, 255]);
    assert_eq!(picture.pixels[8..10], [128, 128]);
}

#[test]
fn a_place_without_a_tile_has_the_mean_colour_of_the_upper_borders() {
    let row = |low: f32, high: f32| [low, 0.0, 1.0, high, 0.0, 1.0];
    let images = [row(0.2, 0.6), row(1.0, 1.0), row(0.4, 0.0), row(1.0, 1.0), row(0.0, 0.6), row(1.0, 1.0)].concat();
    let picture = tile(&images, ImageShape { rows: 2, cols: 2, channels: 3 }, 2);
    let last = &picture.pixels[3 * 12..];
    assert_eq!(last[6..12], [77, 0, 255, 77, 0, 255]);
}

#[test]
fn a_strip_is_the_images_of_its_codes_side_by_side() {
    let model = model();
    let codes = [[0.0, 0.0], [1.0, -1.0]];
    let strip = decode_strip(&model, &codes, &Progress::silent()).unwrap();
    assert_eq!((strip.width, strip.height), (2 * SIDE, SIDE));
    let second = decode_strip(&model, &codes[1..], &Progress::silent()).unwrap();
    assert_eq!(strip.pixels[SIDE..2 * SIDE], second.pixels[..SIDE]);
}

#[test]
fn a_grid_decodes_the_centres_of_its_cells_with_the_second_coordinate_up() {
    let model = model();
    let grid =
        decode_grid(&model, &Cells { min: [-2.0; 2], max: [2.0; 2], across: 2, down: 2 }, &Progress::silent()).unwrap();
    let top_left = decode_strip(&model, &[[-1.0, 1.0]], &Progress::silent()).unwrap();
    assert_eq!((grid.width, grid.height), (2 * SIDE, 2 * SIDE));
    assert_eq!(grid.pixels[..SIDE], top_left.pixels[..SIDE]);
}

#[test]
fn stacked_pictures_keep_their_rows() {
    let stacked = stack(&[&gray(4, 2, 9), &gray(2, 1, 5)]);
    assert_eq!((stacked.width, stacked.height), (4, 5));
    assert_eq!(stacked.pixels[..8], [9; 8]);
    assert_eq!(stacked.pixels[16..], [5, 5, 0, 0]);
}

const SQUARE: Cells = Cells { min: [-6.0, -6.0], max: [6.0, 6.0], across: 60, down: 60 };

fn no_images() -> Split {
    Split { shape: ImageShape::grey(SIDE, SIDE), images: Vec::new(), labels: Vec::new() }
}

#[test]
fn the_density_of_a_posterior_that_is_the_prior_is_the_priors() {
    let codes = Places { mu: vec![[0.0, 0.0]; 3], logvar: Some(vec![[0.0, 0.0]; 3]) };
    for (q, z) in density(&codes, &SQUARE, &Progress::silent()).unwrap().into_iter().zip(SQUARE.centres()) {
        assert!((q - log_prior(z).exp()).abs() < 1e-5, "{q} at {z:?}");
    }
    let difference =
        field(FieldKind::Difference, &SQUARE, &model(), &codes, &no_images(), &Progress::silent()).unwrap();
    let Field::Values(values) = difference else { panic!("not numbers") };
    assert!(values.iter().all(|v| v.abs() < 1e-5));
}

#[test]
fn a_density_adds_up_to_one_with_posteriors_and_without() {
    let mu = vec![[-2.0, 1.0], [0.5, 0.5], [2.0, -1.5], [1.0, 3.0]];
    for logvar in [None, Some(vec![[-9.0, -9.0], [-1.0, 0.0], [-2.0, -3.0], [-4.0, -1.0]])] {
        let sum: f32 = density(&Places { mu: mu.clone(), logvar }, &SQUARE, &Progress::silent()).unwrap().iter().sum();
        let area = SQUARE.cell()[0] * SQUARE.cell()[1];
        assert!((sum * area - 1.0).abs() < 0.02, "{}", sum * area);
    }
}

#[test]
fn magnification_is_the_area_that_two_small_steps_span() {
    let (model, cells) = (model(), Cells { min: [1.0, 1.0], max: [1.2, 1.2], across: 1, down: 1 });
    let step = |z: [f32; 2]| model.decode_places(&[z]).unwrap();
    let slope = |d: usize| -> Vec<f32> {
        let mut ends = [[1.1, 1.1], [1.1, 1.1]];
        (ends[0][d], ends[1][d]) = (1.05, 1.15);
        step(ends[0]).iter().zip(step(ends[1])).map(|(a, b)| (b - a) / 0.1).collect()
    };
    let (x, y) = (slope(0), slope(1));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let expected = (dot(&x, &x) * dot(&y, &y) - dot(&x, &y).powi(2)).sqrt();
    let ours = magnification(&model, &cells, &Progress::silent()).unwrap()[0];
    assert!((ours / expected - 1.0).abs() < 0.02, "{ours} instead of {expected}");
}

#[test]
fn a_decoded_image_has_the_class_of_the_images_it_is_like() {
    let (model, cells) = (model(), Cells { min: [-3.0, -1.0], max: [3.0, 1.0], across: 2, down: 1 });
    let decoded = model.decode_places(&[[-1.5, 0.0], [1.5, 0.0]]).unwrap();
    let mut images = Vec::new();
    let labels: Vec<u16> = (0..12).map(|i| 4 + i % 2).collect();
    for label in &labels {
        let image = &decoded[usize::from(label - 4) * SIDE * SIDE..][..SIDE * SIDE];
        images.extend(image.iter().map(|v| (255.0 * v).round() as u8));
    }
    let known = Split { shape: ImageShape::grey(SIDE, SIDE), images, labels };
    let codes = Places::default();
    assert_eq!(
        field(FieldKind::Class, &cells, &model, &codes, &known, &Progress::silent()).unwrap(),
        Field::Classes(vec![4, 5])
    );
}

#[test]
fn the_flow_leads_to_the_code_of_the_decoded_image() {
    let (model, cells) = (model(), Cells { min: [-1.0, -1.0], max: [1.0, 1.0], across: 3, down: 2 });
    let expected = model.encode_places(&model.decode_places(&cells.centres()).unwrap()).unwrap().mu;
    let codes = Places::default();
    assert_eq!(
        field(FieldKind::Flow, &cells, &model, &codes, &no_images(), &Progress::silent()).unwrap(),
        Field::Targets(expected)
    );
}

#[test]
fn distances_are_those_between_all_pairs() {
    let (a, b) = ([0.0, 0.0, 3.0, 4.0], [3.0, 4.0, 0.0, 1.0, -1.0, 0.0]);
    assert_eq!(squared_distances(&a, &b, 2), [25.0, 1.0, 1.0, 0.0, 18.0, 32.0]);
}

fn centre_of_mass(image: &[f32], cols: usize) -> (f32, f32) {
    let mass: f32 = image.iter().sum();
    let mean = |of: fn(usize, usize) -> usize| {
        image.iter().enumerate().map(|(i, v)| v * (of(i, cols) as f32 + 0.5)).sum::<f32>() / mass
    };
    (mean(|i, cols| i % cols), mean(|i, cols| i / cols))
}

#[test]
fn a_drawing_is_scaled_and_centred_as_mnists_digits_are() {
    // A small stroke in a corner.
    let line = Line { points: vec![[0.1, 0.1], [0.12, 0.3]], radius: 0.02, erases: false, color: [255; 3] };
    let image = sketch(&[line], ImageShape::grey(28, 28), [0; 3]);
    let (x, y) = centre_of_mass(&image, 28);
    assert!((x - 14.0).abs() < 0.6 && (y - 14.0).abs() < 0.6, "{x} {y}");
    let rows: Vec<usize> = (0..28 * 28).filter(|&i| image[i] > 0.3).map(|i| i / 28).collect();
    let height = rows.iter().max().unwrap() - rows.iter().min().unwrap() + 1;
    assert!((19..=21).contains(&height), "{height}");
    assert!(image.iter().all(|v| (0.0..=1.0).contains(v)) && image.iter().any(|&v| v > 0.9));
}

#[test]
fn what_is_erased_is_gone_and_nothing_is_black() {
    let line = |erases| Line { points: vec![[0.5, 0.2], [0.5, 0.8]], radius: 0.05, erases, color: [255; 3] };
    let all = Line { radius: 0.1, ..line(true) };
    assert!(sketch(&[line(false), all], ImageShape::grey(10, 12), [0; 3]).iter().all(|&v| v == 0.0));
    assert_eq!(sketch(&[], ImageShape::grey(3, 4), [0; 3]), vec![0.0; 12]);
}

#[test]
fn a_fitted_gaussian_has_the_mean_and_covariance_of_the_codes() {
    let prior = Gaussian::PRIOR;
    assert_eq!(prior.code([0.3, -2.0]), [0.3, -2.0]);
    let codes = [[1.0, 2.0], [3.0, 6.0], [5.0, 4.0], [7.0, 8.0]];
    let fitted = Gaussian::fitted(&codes);
    assert_eq!(fitted.mean, [4.0, 5.0]);
    // Variances 5 and 5, covariance 4: the factor is (√5, 4/√5, √(5 − 16/5)).
    let z = fitted.code([1.0, 1.0]);
    let expected = [4.0 + 5f32.sqrt(), 5.0 + 4.0 / 5f32.sqrt() + 1.8f32.sqrt()];
    assert!((z[0] - expected[0]).abs() < 1e-5 && (z[1] - expected[1]).abs() < 1e-5, "{z:?}");
}

#[test]
fn the_training_image_most_like_a_sample_is_found() {
    let split = Split { shape: ImageShape::grey(1, 2), images: vec![0, 0, 200, 100, 250, 250], labels: vec![0, 1, 2] };
    let (i, distance) = nearest_image(&[210, 100], &split, &Progress::silent()).unwrap().unwrap();
    assert_eq!(i, 1);
    assert!((distance - 50f32.sqrt() / 255.0).abs() < 1e-6);
    assert_eq!(nearest_image(&[0; 3], &split, &Progress::silent()).unwrap(), None);
}

#[test]
fn an_outline_contains_what_is_inside_it() {
    let square = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]];
    assert!(contains(&square, [1.0, 1.0]) && !contains(&square, [3.0, 1.0]) && !contains(&square, [1.0, -0.1]));
    // The notch of a U is outside.
    let u = [[0.0, 0.0], [3.0, 0.0], [3.0, 3.0], [2.0, 3.0], [2.0, 1.0], [1.0, 1.0], [1.0, 3.0], [0.0, 3.0]];
    assert!(contains(&u, [0.5, 2.0]) && contains(&u, [1.5, 0.5]) && !contains(&u, [1.5, 2.0]));
    assert!(!contains(&[], [0.0, 0.0]));
}

#[test]
fn neighbours_come_nearest_first() {
    let codes = [[5.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 2.0]];
    assert_eq!(nearest_codes(&codes, [0.1, 0.0], 3), [2, 1, 3]);
    let split = Split { shape: ImageShape::grey(1, 1), images: vec![10, 200, 90, 100], labels: vec![0; 4] };
    assert_eq!(nearest_images(&split, &[95], 9, &Progress::silent()).unwrap(), [2, 3, 0, 1]);
}

// The tables were computed with 40 digits.
#[test]
fn quantiles_of_the_normal_distribution_are_those_of_a_table() {
    for (share, expected) in [
        (1e-10, -6.361_340_902_404_057),
        (0.001, -3.090_232_306_167_813_6),
        (0.025, -1.959_963_984_540_054_3),
        (0.1, -1.281_551_565_544_600_6),
        (0.3, -0.524_400_512_708_040_8),
        (0.5, 0.0),
        (0.75, 0.674_489_750_196_081_7),
        (0.9, 1.281_551_565_544_600_6),
        (0.99, 2.326_347_874_040_841),
    ] {
        let found = normal_quantile(share);
        assert!((found - expected).abs() < 2e-15 * f64::abs(expected).max(1.0), "{share}: {found}, not {expected}");
    }
}

#[test]
fn quantiles_of_students_t_are_those_of_a_table() {
    for (freedom, high, middle) in [
        (1, 12.706_204_736_174_705, 1.376_381_920_471_173_6),
        (2, 4.302_652_729_749_464, 1.060_660_171_779_821_2),
        (3, 3.182_446_305_283_709_5, 0.978_472_312_363_304_5),
        (4, 2.776_445_105_197_794_3, 0.940_964_577_235_181_1),
        (5, 2.570_581_835_636_315_5, 0.919_543_780_240_826_1),
        (9, 2.262_157_162_798_205_3, 0.883_403_859_685_534_6),
        (10, 2.228_138_851_986_275, 0.879_057_828_550_588_7),
        (99, 1.984_216_951_586_417_4, 0.845_267_031_953_496_8),
    ] {
        for (share, expected) in [(0.975, high), (0.8, middle), (0.025, -high)] {
            let found = student_quantile(share, freedom);
            assert!((found - expected).abs() < 2e-13 * expected.abs(), "{freedom}, {share}: {found}, not {expected}");
        }
    }
}

#[test]
fn a_grid_of_quantiles_has_the_centres_of_even_cells_of_probability() {
    // Φ⁻¹ of 1/8, 3/8, 5/8 and 7/8.
    let along = [-1.150_349_4_f32, -0.318_639_36, 0.318_639_36, 1.150_349_4];
    let expected: Vec<[f32; 2]> = along.iter().rev().flat_map(|&y| along.map(|x| [x, y])).collect();
    let found = quantile_grid(4);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-7), "{found:?}, not {expected:?}");
    }
}
