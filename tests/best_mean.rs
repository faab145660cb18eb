//! The best mean that a decoder can answer, and draws of pixels.

use latent_explorer::config::{ImageShape, Likelihood, Place};
use latent_explorer::data::Split;
use latent_explorer::explore::{best_mean, drawn_pixels};
use latent_explorer::model::Places;

fn images(pixels: &[[u8; 4]]) -> Split {
    Split { shape: ImageShape::grey(2, 2), images: pixels.concat(), labels: vec![0; pixels.len()] }
}

fn codes(mu: &[Place], sigma: f32) -> Places {
    Places { mu: mu.to_vec(), logvar: Some(vec![[2.0 * sigma.ln(); 2]; mu.len()]) }
}

#[test]
fn the_best_mean_is_that_of_all_images_by_how_probable_each_makes_the_code() {
    let (mu, sigmas) = ([[0.0f32, 0.0], [1.0, 0.5], [-0.5, 2.0]], [0.7f64, 0.4, 1.1]);
    let split = images(&[[255, 0, 0, 51], [0, 255, 0, 102], [0, 0, 255, 153]]);
    let logvar = Some(sigmas.map(|s| [(2.0 * s.ln()) as f32; 2]).to_vec());
    let z = [0.4f32, 0.6];
    // By the definition, in float64.
    let q: Vec<f64> = mu
        .iter()
        .zip(sigmas)
        .map(|(mu, s)| {
            let square = (0..2).map(|d| (f64::from(z[d]) - f64::from(mu[d])).powi(2)).sum::<f64>();
            (-0.5 * square / (s * s)).exp() / (std::f64::consts::TAU * s * s)
        })
        .collect();
    let total: f64 = q.iter().sum();
    let found = best_mean(&Places { mu: mu.to_vec(), logvar }, &split, z).unwrap();
    let expected = [q[0], q[1], q[2], 0.2 * q[0] + 0.4 * q[1] + 0.6 * q[2]].map(|sum| sum / total);
    for (ours, theirs) in found.image.iter().zip(expected) {
        assert!((f64::from(*ours) - theirs).abs() < 1e-5, "{:?}, not {expected:?}", found.image);
    }
    let effective = total * total / q.iter().map(|q| q * q).sum::<f64>();
    assert!((found.effective - effective).abs() < 1e-4, "{} instead of {effective}", found.effective);
}

#[test]
fn of_fewer_images_as_posteriors_shrink_and_of_one_in_the_end() {
    let mu: Vec<Place> = (0..25u8).map(|i| [f32::from(i % 5) * 0.5, f32::from(i / 5) * 0.5]).collect();
    let split = images(&[[9, 9, 9, 9]; 25]);
    let of = |sigma: f32| best_mean(&codes(&mu, sigma), &split, [1.0, 1.0]).unwrap().effective;
    let found = [5.0, 0.5, 0.1, 1e-3].map(of);
    assert!(found.windows(2).all(|pair| pair[1] < pair[0] + 1e-9), "{found:?}");
    assert!(found[0] > 24.0 && (found[3] - 1.0).abs() < 1e-9, "{found:?}");
    assert!(best_mean(&Places { mu, logvar: None }, &split, [0.0, 0.0]).is_none(), "points have no posterior");
}

#[test]
fn pixels_are_drawn_as_the_likelihood_has_them() {
    let mean: Vec<f32> = (0..40_000usize).map(|p| if p.is_multiple_of(2) { 0.2 } else { 0.7 }).collect();
    let every_other =
        |x: &[f32], from: usize| x.iter().skip(from).step_by(2).map(|v| f64::from(*v)).collect::<Vec<_>>();
    let moments = |x: &[f64]| {
        let m = x.iter().sum::<f64>() / x.len() as f64;
        (m, x.iter().map(|v| (v - m).powi(2)).sum::<f64>() / x.len() as f64)
    };
    let bernoulli = drawn_pixels(&mean, Likelihood::Bernoulli, 3);
    assert!(bernoulli.iter().all(|v| *v == 0.0 || *v == 1.0));
    let gaussian = drawn_pixels(&mean, Likelihood::Gaussian { c: 0.04, learned: false }, 3);
    for (from, p) in [(0, 0.2), (1, 0.7)] {
        assert!((moments(&every_other(&bernoulli, from)).0 - p).abs() < 0.015);
        let (m, v) = moments(&every_other(&gaussian, from));
        assert!((m - p).abs() < 0.01 && (v / 0.04 - 1.0).abs() < 0.05, "{m}, {v}");
    }
    assert_eq!(bernoulli, drawn_pixels(&mean, Likelihood::Bernoulli, 3), "the same seed");
}
