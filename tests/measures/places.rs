//! Jumps, emptiness and re-encoding error of codes and decoders that are known on paper, on whatever scale they are.

use super::*;

/// Orthonormal columns: (pixels, latent), row by row.
fn decoder(pixels: usize, latent: usize) -> Vec<f32> {
    let random: Vec<f64> = normal(pixels, latent, 8).into_iter().map(f64::from).collect();
    let q = nalgebra::DMatrix::from_row_slice(pixels, latent, &random).qr().q();
    q.transpose().iter().map(|&v| v as f32).collect()
}

fn decoded(weights: &[f32], codes: &[f32], latent: usize, strength: f32) -> Vec<f32> {
    let image = |z: &[f32]| -> Vec<f32> {
        weights
            .chunks_exact(latent)
            .map(|row| 0.3 + strength * row.iter().zip(z).map(|(w, z)| w * z).sum::<f32>())
            .collect()
    };
    codes.chunks_exact(latent).flat_map(image).collect()
}

/// Percentiles of the jumps of a linear decoder, of codes that are N(0, scale² I).
fn jumps_of(latent: usize, scale: f32, strength: f32) -> [Estimated; 4] {
    let (pixels, weights) = (20, decoder(20, latent));
    let codes: Vec<f32> = normal(2_000, latent, 6).into_iter().map(|v| scale * v).collect();
    let from = Fitted::new(&points(latent, codes.clone()));
    let next = steps(&codes, latent, &from, 0);
    let mut all = Jumps::new(pixels);
    let images = |codes: &[f32]| decoded(&weights, codes, latent, strength / scale);
    all.add(&images(&codes), &images(&next));
    jumps(&all.relative().unwrap(), &Progress::silent()).unwrap()
}

#[test]
fn a_linear_decoder_jumps_alike_everywhere_on_every_scale_and_however_faded() {
    for latent in [1, 2, 3, 16] {
        let exact = 1.0 / (2.0 * latent as f64).sqrt();
        for (scale, strength) in [(1.0, 1.0), (40.0, 1.0), (1.0, 0.02)] {
            let [p50, p95, p99, ratio] = jumps_of(latent, scale, strength);
            for jump in [p50, p95, p99] {
                assert!((jump.value / exact - 1.0).abs() < 0.1, "{latent}, {scale}, {strength}: {jump:?}, not {exact}");
            }
            assert!((ratio.value - 1.0).abs() < 0.1, "{latent}: {ratio:?}");
        }
    }
}

#[test]
fn a_decoder_that_has_one_image_has_no_jumps() {
    let mut all = Jumps::new(20);
    let images = decoded(&decoder(20, 2), &normal(50, 2, 6), 2, 0.0);
    all.add(&images, &images);
    assert!(all.relative().is_none());
}

#[test]
fn a_step_is_a_twentieth_of_what_codes_are_drawn_from_in_every_direction() {
    let codes = each(normal(500, 2, 1), |[x, y]| [100.0 * x, 0.3 * x + 0.1 * y]);
    let from = Fitted::new(&points(2, codes.clone()));
    for (a, b) in codes.chunks_exact(2).zip(steps(&codes, 2, &from, 0).chunks_exact(2)) {
        let [a, b] = [a, b].map(|z| from.whitened(z));
        assert!(((a[0] - b[0]).hypot(a[1] - b[1]) - 0.05).abs() < 1e-3);
    }
}

fn empty(drawn: &[f32], codes: Codes, from: &Fitted) -> f64 {
    emptiness(drawn, &codes, from, &Progress::silent()).unwrap().unwrap().value
}

#[test]
fn a_cloud_of_one_point_leaves_the_plane_empty_and_a_lattice_does_not() {
    let drawn = normal(20_000, 2, 2);
    let found = empty(&drawn, points(2, vec![0.0; 400]), &Fitted::of_prior(&Prior::normal(2)));
    assert!((found - (-0.02f64).exp()).abs() < 0.005, "{found}");
    let lattice =
        (0..60).flat_map(|i| (0..60).flat_map(move |k| [0.2 * i as f32 - 5.9, 0.2 * k as f32 - 5.9])).collect();
    assert_eq!(empty(&drawn, points(2, lattice), &Fitted::of_prior(&Prior::normal(2))), 0.0);
}

#[test]
fn emptiness_is_the_same_on_every_scale_of_codes() {
    let of = |scale: f32| {
        let stretched = |codes| each(codes, |[x, y]| [scale * x, 0.5 * scale * x + 3.0 * scale * y]);
        let (drawn, codes) = (stretched(normal(2_000, 2, 2)), points(2, stretched(normal(300, 2, 3))));
        let from = Fitted::new(&codes);
        empty(&drawn, codes, &from)
    };
    let found = of(1.0);
    assert!((of(80.0) - found).abs() < 1e-3 && (0.05..0.95).contains(&found), "{found}");
}

#[test]
fn codes_that_are_found_again_have_no_error_and_an_answer_that_is_always_the_mean_has_one() {
    for latent in [1, 2, 16] {
        let drawn: Vec<f32> = normal(4_000, latent, 5).into_iter().map(|v| 7.0 + 30.0 * v).collect();
        let from = Fitted::new(&points(latent, drawn.clone()));
        let of = |encoded: &[f32]| reencoding_error(&drawn, encoded, latent, &from).unwrap().value;
        assert!(of(&drawn) < 1e-6);
        assert!((of(&vec![7.0; drawn.len()]) - 1.0).abs() < 0.02, "{latent}");
    }
}

#[test]
fn codes_without_spread_have_no_distances() {
    let flat = points(2, each(normal(50, 2, 1), |[x, _]| [x, 2.0 * x]));
    let from = Fitted::new(&flat);
    assert!(from.is_flat() && emptiness(&flat.mu, &flat, &from, &Progress::silent()).unwrap().is_none());
    assert!(reencoding_error(&flat.mu, &flat.mu, 2, &from).is_none());
}

#[test]
fn the_gaussian_nearest_to_a_mixture_has_its_mean_and_covariance() {
    let prior = Prior::mixture(&[0.3f32.ln(), 0.7f32.ln()], &[-2.0, 0.0, 1.0, 3.0], &[-1.0, 0.2, 0.0, -0.5], 2);
    let mut rng = stream(2, Purpose::Samples, 0);
    let codes: Vec<f32> = normal(40_000, 2, 0).chunks_exact(2).flat_map(|eps| prior.code(rng.random(), eps)).collect();
    let [exact, drawn] = [Fitted::of_prior(&prior), Fitted::new(&points(2, codes))];
    for eps in [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]] {
        let [a, b] = [exact.code(&eps), drawn.code(&eps)];
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 0.04), "{a:?} {b:?}");
    }
}

#[test]
fn codes_are_reached_where_the_prior_is_and_not_beyond_it() {
    let (drawn, prior) = (normal(4_000, 2, 2), Fitted::of_prior(&Prior::normal(2)));
    let of = |scale: f32| {
        let codes = points(2, normal(2_000, 2, 3).into_iter().map(|v| scale * v).collect());
        reached(&drawn, &codes, &prior, &Progress::silent()).unwrap().unwrap()
    };
    assert!(of(1.0).value > 0.9 && of(0.0).value == 1.0, "{}", of(1.0).value);
    // Of codes on ten times the scale the draws reach those within about 3: 1 − e^(−3² / 200).
    assert!((of(10.0).value - 0.04).abs() < 0.015 && of(10.0).n == 2_000, "{}", of(10.0).value);
}

#[test]
fn samples_of_one_class_are_as_varied_as_one_and_of_ten_as_ten() {
    let of = |classes: Vec<u16>| variety(&classes, &Progress::silent()).unwrap().value;
    assert_eq!(of(vec![3; 50]), 1.0);
    assert!((of((0..500).map(|i| i % 10).collect()) - 10.0).abs() < 1e-9);
    assert!((of([vec![0; 90], vec![7; 10]].concat()) - 1.3842).abs() < 1e-3);
}
