//! Importance sampling after pilot rounds, from answers that alone would not do.

use latent_explorer::explore::inference::{Adapted, CorrelatedGaussian, Diagonal, SAMPLES, adapted};
use latent_explorer::progress::{Cancelled, Progress};

use super::linear::{Linear, Q, of_codes, prior};
use super::{close, log_evidence_of_two_peaks, right_peak, two_peaks};

fn found(q: &Q, term: impl Fn(&[f32]) -> f64, seed: u64) -> Adapted {
    let dimensions = q.mu.len();
    let (mu, sigma) = (vec![0.0; dimensions], vec![1.0; dimensions]);
    let reach = [(1.0, CorrelatedGaussian::diagonal(Diagonal { mu: &mu, sigma: &sigma }))];
    adapted(q.diagonal(), &reach, SAMPLES, seed, of_codes(dimensions, term), prior, &Progress::silent()).unwrap()
}

#[test]
fn the_evidence_is_found_from_answers_that_are_shifted_or_far_too_narrow() {
    for (dimensions, shift, width, tolerance) in
        [(1, 2.0, 0.1, 0.02), (2, 2.0, 0.1, 0.02), (2, 0.0, 1.0, 0.02), (5, 1.0, 0.5, 0.05), (16, 0.0, 1.0, 0.1)]
    {
        let linear = Linear::new(dimensions);
        let found = found(&linear.answer(shift, width), |z| linear.term(z), 1);
        close(found.importance.estimate, linear.log_evidence(), tolerance);
        assert!(found.importance.is_reliable(), "k̂ = {} in {dimensions} dimensions", found.importance.k_hat);
    }
}

#[test]
fn a_second_mode_is_found_and_counts() {
    let found = found(&right_peak(), two_peaks, 1);
    close(found.importance.estimate, log_evidence_of_two_peaks(), 0.03);
    assert!(found.mu[0].abs() < 0.2 && (found.sigma[0] - 1.95).abs() < 0.1, "{:?} {:?}", found.mu, found.sigma);
}

#[test]
fn estimates_are_the_evidence_on_average_and_their_error_is_how_far_they_are() {
    let linear = Linear::new(2);
    let q = linear.answer(1.0, 0.5);
    let all: Vec<_> = (0..40).map(|seed| found(&q, |z| linear.term(z), seed).importance.estimate).collect();
    let square = |of: &dyn Fn(usize) -> f64| (0..40).map(|i| of(i).powi(2)).sum::<f64>() / 40.0;
    let off = square(&|i| all[i].log - linear.log_evidence()).sqrt();
    let said = square(&|i| all[i].standard_error).sqrt();
    assert!((0.6..1.6).contains(&(off / said)), "{off} where {said} is said");
}

#[test]
fn codes_that_no_image_can_be_decoded_from_end_in_nothing_and_a_cancelled_search_at_once() {
    let none = found(&right_peak(), |_| f64::NEG_INFINITY, 1);
    assert_eq!(none.importance.estimate.log, f64::NEG_INFINITY);
    assert!(!none.importance.is_reliable());
    let q = right_peak();
    let reach = [(1.0, CorrelatedGaussian::diagonal(q.diagonal()))];
    let stop = |_| Err(Cancelled);
    let result = adapted(q.diagonal(), &reach, 100, 1, of_codes(1, two_peaks), prior, &Progress::new(&stop));
    assert_eq!(result.err(), Some(Cancelled));
}
