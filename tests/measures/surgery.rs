//! The parts of the KL over a data set, and how posteriors overlap.

use super::*;

fn cut_under(codes: &Codes, prior: &Prior) -> Surgery {
    surgery(codes, prior, 0, &Progress::silent()).unwrap().unwrap()
}

fn cut(codes: &Codes) -> Surgery {
    cut_under(codes, &Prior::normal(codes.latent))
}

fn overlapping(codes: &Codes) -> f64 {
    overlap(codes, &Progress::silent()).unwrap().unwrap().value
}

/// From N(0, I).
fn kl(codes: &Codes) -> f64 {
    let of = |(mu, v): (&f32, &f32)| 0.5 * (f64::from(*mu).powi(2) + f64::from(*v).exp() - 1.0 - f64::from(*v));
    codes.mu.iter().zip(codes.logvar.as_ref().unwrap()).map(of).sum::<f64>() / codes.len() as f64
}

/// Components of weight 0.3 and 0.7 that are both N(0, I): a mixture that is N(0, I) and does not look like it.
fn twice_normal(latent: usize) -> Prior {
    let zeros = vec![0.0; 2 * latent];
    let prior = Prior::mixture(&[0.3f32.ln(), 0.7f32.ln()], &zeros, &zeros, latent);
    assert!(!prior.is_normal());
    prior
}

/// Whose components are these posteriors, all of one weight.
fn of_posteriors(codes: &Codes) -> Prior {
    let scale: Vec<f32> = codes.logvar.iter().flatten().map(|v| 0.5 * v).collect();
    Prior::mixture(&vec![0.0; codes.len()], &codes.mu, &scale, codes.latent)
}

#[test]
fn posteriors_that_are_the_prior_tell_nothing_and_are_the_prior_together() {
    for latent in [1, 2, 3, 16] {
        let codes = posteriors(latent, vec![0.0; 50 * latent], 1.0);
        // Where it is drawn, the entropy of q(z) is as sure as 50 draws of it; that of the draws is another seed's.
        for prior in [Prior::normal(latent), twice_normal(latent)] {
            let cut = cut_under(&codes, &prior);
            let error = if latent == 2 { 1e-3 } else { 4.0 * (latent as f64 / 100.0).sqrt() };
            assert!(
                cut.mutual_information.value.abs() < error && cut.kl_aggregate.value.abs() < error,
                "{latent}: {cut:?}"
            );
        }
    }
}

#[test]
fn two_kinds_of_posterior_far_apart_tell_one_bit() {
    for (latent, count, error) in [(2, 60, 1e-3), (3, 2_000, 0.1), (1, 2_000, 0.1)] {
        let mu = (0..count * latent).map(|i| match (i % latent, i / latent % 2) {
            (0, 0) => -2.0,
            (0, _) => 2.0,
            _ => 0.0,
        });
        let cut = cut(&posteriors(latent, mu.collect(), 0.2));
        assert!((cut.mutual_information.value - 2f64.ln()).abs() < error, "{latent}: {cut:?}");
    }
}

#[test]
fn the_parts_of_the_surgery_add_up_to_the_kl() {
    for (latent, sigma) in [(2, 0.05), (2, 0.3), (1, 0.1), (3, 0.3), (16, 0.3)] {
        let codes = posteriors(latent, normal(1_000, latent, 1), sigma);
        let cut = cut(&codes);
        let sum = cut.mutual_information.value + cut.kl_aggregate.value;
        assert!((sum - kl(&codes)).abs() < 1e-3, "{latent}: {cut:?}, {}", kl(&codes));
    }
}

#[test]
fn the_parts_of_the_surgery_add_up_to_the_kl_from_a_mixture() {
    let codes = posteriors(2, normal(500, 2, 1), 0.2);
    let prior = Prior::mixture(&[0.5, 0.0], &[-1.0, 0.0, 1.0, 0.5], &[-1.0, 0.2, 0.0, -0.5], 2);
    let each = divergences(&prior, &codes, &Progress::silent()).unwrap().unwrap();
    let kl = each.iter().sum::<f64>() / each.len() as f64;
    let cut = cut_under(&codes, &prior);
    assert!((cut.mutual_information.value + cut.kl_aggregate.value - kl).abs() < 1e-9, "{cut:?}, {kl}");
    assert!(cut.kl_aggregate.value > 0.0);
}

#[test]
fn a_prior_that_is_the_aggregate_posterior_is_at_no_distance_from_it() {
    for (latent, error) in [(1, 1e-7), (2, 2e-3), (3, 1e-7), (16, 1e-7)] {
        let codes = posteriors(latent, normal(150, latent, 1), 0.4);
        let cut = cut_under(&codes, &of_posteriors(&codes));
        assert!(cut.kl_aggregate.value.abs() < error && cut.mutual_information.value > 0.1, "{latent}: {cut:?}");
    }
}

#[test]
fn posteriors_too_narrow_for_a_grid_tell_each_image_apart() {
    for latent in [1, 2, 3, 16] {
        let cut = cut(&posteriors(latent, normal(500, latent, 1), 1e-5));
        let error = 4.0 * (latent as f64 / 1_000.0).sqrt();
        assert!((cut.mutual_information.value - 500f64.ln()).abs() < error, "{latent}: {cut:?}");
    }
}

/// Codes that tell a known amount of the images that there could be: means from N(0, s² I), of which a posterior of variance 1 − s²
/// is a noisy reading, so that I(x; z) = −½ latent ln (1 − s²).
#[test]
fn what_codes_tell_of_images_that_there_could_be_lies_between_the_two_bounds_at_any_n() {
    for (latent, noise) in [(1, 1e-4f32), (2, 0.1), (2, 1e-4), (3, 0.02), (16, 0.3)] {
        let exact = -0.5 * latent as f64 * f64::from(noise).ln();
        for n in [100, 1_000] {
            let mu = normal(n, latent, 3).into_iter().map(|v| v * (1.0 - noise).sqrt()).collect();
            let cut = cut(&posteriors(latent, mu, noise.sqrt()));
            let error = 4.0 * (latent as f64 / n as f64).sqrt();
            let (low, high) = (cut.mutual_information.value, cut.mutual_information_upper.value);
            assert!(low - error < exact && exact < high + error, "{latent}, {n}: {low}, {exact}, {high}");
            // What the first alone would say.
            assert!(low < (n as f64).ln() + error, "{latent}, {n}: {low}");
        }
    }
}

#[test]
fn the_two_bounds_meet_where_images_are_enough() {
    let mu = normal(4_000, 2, 3).into_iter().map(|v| v * 0.5f32.sqrt()).collect();
    let cut = cut(&posteriors(2, mu, 0.5f32.sqrt()));
    let [low, high] = [&cut.mutual_information, &cut.mutual_information_upper].map(|bound| bound.value);
    assert!(low < high && high - low < 0.01, "{low}, {high}");
    assert!((low - 2f64.ln()).abs() < 0.03, "{low}");
    assert!([&cut.mutual_information, &cut.kl_aggregate].iter().all(|part| part.n == 4_000));
}

#[test]
fn an_ae_has_no_surgery_and_no_overlap() {
    let codes = points(2, normal(10, 2, 0));
    assert!(surgery(&codes, &Prior::normal(2), 0, &Progress::silent()).unwrap().is_none());
    assert!(overlap(&codes, &Progress::silent()).unwrap().is_none() && sigmas(&codes).is_none());
}

#[test]
fn overlap_falls_with_the_distance_as_the_bhattacharyya_coefficient() {
    for distance in [0.0f32, 0.3, 2.0] {
        for latent in [1, 2, 3, 16] {
            let code = |at: f32| std::iter::once(at).chain(std::iter::repeat_n(0.0, latent - 1));
            let pairs = (0..20).flat_map(|i| code(10.0 * i as f32).chain(code(10.0 * i as f32 + distance))).collect();
            let exact = (-f64::from(distance).powi(2) / (8.0 * 0.25)).exp();
            let found = overlapping(&posteriors(latent, pairs, 0.5));
            assert!((found - exact).abs() < 1e-5, "{latent}: {found} instead of {exact}");
        }
    }
}

#[test]
fn turning_the_plane_changes_no_overlap() {
    let mu = normal(300, 2, 2);
    let turned = each(mu.clone(), |z| [0.6 * z[0] - 0.8 * z[1], 0.8 * z[0] + 0.6 * z[1]]);
    let (a, b) = (overlapping(&posteriors(2, mu, 0.2)), overlapping(&posteriors(2, turned, 0.2)));
    assert!((a - b).abs() < 1e-4, "{a} and {b}");
}
