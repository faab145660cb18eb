//! Priors that are fitted to codes, and log p(x) under them.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::*;

/// Two clusters of codes: 30 % about (−2, 0), σ (0.1, 0.5), the rest about (1, 1), σ (0.4, 0.2).
fn clusters(count: usize, index: u64) -> Codes {
    let noise = normal(count, 2, index);
    let of = |(i, z): (usize, &[f32; 2])| match i % 10 {
        0..3 => [-2.0 + 0.1 * z[0], 0.5 * z[1]],
        _ => [1.0 + 0.4 * z[0], 1.0 + 0.2 * z[1]],
    };
    points(2, noise.as_chunks::<2>().0.iter().enumerate().flat_map(of).collect())
}

fn mean_log(prior: &Prior, codes: &Codes) -> f64 {
    let log = |z: &[f32]| prior.log_density(&[f64::from(z[0]), f64::from(z[1])]);
    codes.mu.chunks_exact(2).map(log).sum::<f64>() / codes.len() as f64
}

#[test]
fn a_mixture_finds_the_clusters_it_is_fitted_to() {
    let found = mixture(&clusters(4_000, 0), 2, 0, &Progress::silent()).unwrap();
    let low = usize::from(found.mean[0] > 0.0);
    let (mean, scale) = found.component(low);
    assert!((found.log_weight[low].exp() - 0.3).abs() < 1e-3);
    assert!((mean[0] + 2.0).abs() < 0.02 && mean[1].abs() < 0.05, "{mean:?}");
    assert!((scale[0] - 0.1).abs() < 0.01 && (scale[1] - 0.5).abs() < 0.03, "{scale:?}");
}

#[test]
fn a_mixture_of_many_says_of_other_codes_what_the_truth_says() {
    let ln = |v: f32| v.ln();
    let truth = Prior::mixture(&[ln(0.3), ln(0.7)], &[-2.0, 0.0, 1.0, 1.0], &[ln(0.1), ln(0.5), ln(0.4), ln(0.2)], 2);
    let (found, others) = (mixture(&clusters(8_000, 0), 20, 0, &Progress::silent()).unwrap(), clusters(8_000, 1));
    assert_eq!(found.len(), 20);
    let (ours, best) = (mean_log(&found, &others), mean_log(&truth, &others));
    assert!((ours - best).abs() < 0.03, "{ours} instead of {best}");
}

#[test]
fn one_component_is_the_gaussian_of_the_codes_and_few_codes_have_few() {
    let codes = clusters(1_000, 0);
    let (mean, covariance) = moments(&codes.mu, 2);
    let found = mixture(&codes, 1, 0, &Progress::silent()).unwrap();
    for d in 0..2 {
        assert!((found.mean[d] - mean[d]).abs() < 1e-6 && (found.scale[d].powi(2) - covariance[3 * d]).abs() < 1e-6);
    }
    assert_eq!(mixture(&clusters(35, 0), 20, 0, &Progress::silent()).unwrap().len(), 3);
}

#[test]
fn codes_that_are_all_one_have_a_mixture_all_the_same() {
    let found = mixture(&points(2, vec![0.5; 400]), 20, 0, &Progress::silent()).unwrap();
    assert!(found.log_density(&[0.5, 0.5]).is_finite());
}

/// A linear AE whose codes are so many times what they would be, and its decoder as much less.
fn linear(scale: f32) -> Autoencoder {
    let mut config = model_config(ModelKind::Ae);
    (config.spec.arch, config.spec.likelihood) =
        (Arch::Mlp(Vec::new()), Likelihood::Gaussian { c: 0.05, learned: false });
    with_parameters(&config, |name, values| {
        let factor = match name {
            _ if name.starts_with("encoder") => scale,
            _ if values.len() > 64 => 1.0 / scale,
            _ => 1.0,
        };
        values.iter_mut().for_each(|v| *v *= factor);
    })
}

/// log N(x; W m + b, W S Wᵀ + c I), averaged over images, for codes of mean m and covariance S.
fn exact(model: &Autoencoder, images: &[f32]) -> f64 {
    let train = dataset().train;
    let codes = model.codes_of(&train.gather(0..train.len()), &Progress::silent()).unwrap();
    let (mean, covariance) = moments(&codes.mu, 2);
    let decode = |z: [f32; 2]| model.decoded(&z, &Progress::silent()).unwrap();
    let origin = decode([0.0; 2]);
    let column = |z| decode(z).iter().zip(&origin).map(|(a, b)| f64::from(a - b)).collect::<Vec<_>>();
    let w = DMatrix::from_iterator(64, 2, [column([1.0, 0.0]), column([0.0, 1.0])].concat());
    let s = DMatrix::from_row_slice(2, 2, &covariance);
    let centre = DVector::from_iterator(64, origin.iter().map(|&v| f64::from(v))) + &w * DVector::from_vec(mean);
    let all = Cholesky::new(&w * s * w.transpose() + DMatrix::identity(64, 64) * 0.05).unwrap();
    let log_det = 2.0 * all.l().diagonal().iter().map(|v| v.ln()).sum::<f64>();
    let log = |image: &[f32]| {
        let rest = DVector::from_iterator(64, image.iter().map(|&v| f64::from(v))) - &centre;
        -0.5 * (64.0 * std::f64::consts::TAU.ln() + log_det + rest.dot(&all.solve(&rest)))
    };
    images.chunks_exact(64).map(log).sum::<f64>() / (images.len() / 64) as f64
}

#[test]
fn evidence_under_a_fitted_gaussian_is_that_of_its_closed_form_on_every_scale_of_codes() {
    let effort = Effort { images: 300, evidence: 20, ..LITTLE };
    let images = dataset().test.spread(20);
    let images = images.gather(0..20);
    let [one, many] = [1.0, 30.0].map(|scale| {
        let model = linear(scale);
        let measures = measure(&model, &dataset(), 1.0.into(), effort, &Progress::silent()).unwrap();
        let (found, exact) = (measures["log_evidence_fitted"].value, exact(&model, &images));
        assert!((found - exact).abs() < 0.05, "{scale}: {found} instead of {exact}");
        measures
    });
    let apart = |id: &str| (one[id].value - many[id].value).abs();
    // Under N(0, I) a scale that changes no image changes the number.
    assert!(apart("log_evidence_fitted") < 0.05 && apart("log_evidence_mixture_fitted") < 0.05);
    assert!(apart("log_evidence") > 0.2, "{}", apart("log_evidence"));
}
