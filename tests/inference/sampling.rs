//! Estimates of log p(x) by sampling against values known on paper: a linear decoder in any number of dimensions, and peaks on
//! a line.

mod adapted;
mod linear;

use std::cell::Cell;
use std::f64::consts::LN_2;

use latent_explorer::explore::inference::{Annealing, SAMPLES, Weighted, annealed, importance, pareto_shape};
use latent_explorer::progress::{Cancelled, Progress};
use latent_explorer::random::{Purpose, stream};
use rand::RngExt;

use linear::{Linear, Q, of_codes, prior};

/// Two alike peaks at ±2 on a line, each a sixth as wide as the prior, and log p(x) by the trapezoidal rule.
fn two_peaks(z: &[f32]) -> f64 {
    let peak = |at: f64| (-18.0 * (f64::from(z[0]) - at).powi(2)).exp();
    (peak(-2.0) + peak(2.0)).max(1e-300).ln()
}

fn log_evidence_of_two_peaks() -> f64 {
    let joint = |z: f64| (two_peaks(&[z as f32]) + prior(&[z])).exp();
    (1e-3 * (-6000..=6000).map(|i| joint(1e-3 * f64::from(i))).sum::<f64>()).ln()
}

fn right_peak() -> Q {
    Q { mu: vec![1.95], sigma: vec![0.16] }
}

fn close(found: Weighted, truth: f64, tolerance: f64) {
    let (log, error) = (found.log, found.standard_error);
    assert!((log - truth).abs() < tolerance, "{log} instead of {truth}");
    assert!((log - truth).abs() < 4.0 * error, "{log} instead of {truth} within 4 times {error}");
}

#[test]
fn equal_weights_have_their_number_as_effective_size_and_no_error() {
    let found = Weighted::of(&[-3.0; 40]);
    assert!((found.log + 3.0).abs() < 1e-12 && (found.effective_size - 40.0).abs() < 1e-9, "{found:?}");
    assert!(found.standard_error < 1e-9, "{found:?}");
}

#[test]
fn one_weight_among_nothing_has_an_effective_size_of_one() {
    let found = Weighted::of(&[f64::NEG_INFINITY, 0.0, f64::NEG_INFINITY, f64::NEG_INFINITY]);
    assert!((found.log + 4.0_f64.ln()).abs() < 1e-12 && (found.effective_size - 1.0).abs() < 1e-12, "{found:?}");
}

#[test]
fn of_an_impossible_image_nothing_is_known_but_that() {
    let found = Weighted::of(&[f64::NEG_INFINITY; 5]);
    assert_eq!((found.log, found.effective_size), (f64::NEG_INFINITY, 0.0));
    assert_eq!(found.standard_error, f64::INFINITY);
}

#[test]
fn the_shape_of_pareto_draws_is_found() {
    for (shape, seed) in [(0.2, 1), (0.5, 2), (0.7, 3), (1.0, 4), (2.0, 5)] {
        let mut rng = stream(seed, Purpose::Samples, 0);
        let log_weights: Vec<f64> = (0..100_000).map(|_| -shape * rng.random::<f64>().ln()).collect();
        let found = pareto_shape(&log_weights);
        assert!((found - shape).abs() < 0.1 + 0.05 * shape, "{found} instead of {shape}");
    }
}

#[test]
fn the_shape_is_that_of_arviz() {
    // By `_gpdfit` of arviz-stats 0.8, for as long a tail.
    for (n, log_weight, shape) in [
        (1000, (|u: f64| -0.7 * u.ln()) as fn(f64) -> f64, 0.6706577683143463),
        (50, |u| -1.3 * u.ln(), 0.7736511217151447),
        (1000, |u| (1.0 - u).ln(), -0.8192112494404742),
    ] {
        let log_weights: Vec<f64> = (0..n).map(|i| log_weight((f64::from(i) + 0.5) / f64::from(n))).collect();
        let found = pareto_shape(&log_weights);
        assert!((found - shape).abs() < 1e-9, "{found} instead of {shape}");
    }
}

#[test]
fn equal_weights_have_no_tail_and_few_weights_or_one_that_counts_tell_of_none() {
    assert_eq!(pareto_shape(&[-700.0; 100]), 0.0);
    for few in [&[][..], &[0.0], &[0.0; 20], &[f64::NEG_INFINITY; 100]] {
        assert_eq!(pareto_shape(few), f64::INFINITY);
    }
    let one: Vec<f64> = (0..100).map(|i| if i == 50 { 0.0 } else { -2000.0 }).collect();
    assert_eq!(pareto_shape(&one), f64::INFINITY);
}

#[test]
fn a_single_sample_is_its_own_estimate_from_q() {
    let (linear, code) = (Linear::new(2), Cell::new([0.0; 2]));
    let q = linear.answer(0.5, 1.0);
    let watched = of_codes(2, |z| {
        code.set([z[0], z[1]]);
        linear.term(z)
    });
    let found = importance(q.diagonal(), 1, 0, watched, prior, &Progress::silent()).unwrap();
    let z = code.get().map(f64::from);
    let log_q: f64 = (0..2).map(|d| prior(&[(z[d] - q.mu[d]) / q.sigma[d]]) - q.sigma[d].ln()).sum();
    let weight = linear.term(&code.get()) + prior(&z) - log_q;
    assert!((found.estimate.log - weight).abs() < 1e-9, "{} instead of {weight}", found.estimate.log);
    assert_eq!(found.estimate.standard_error, f64::INFINITY);
    assert!(!found.is_reliable());
}

#[test]
fn importance_sampling_finds_the_evidence_and_says_so() {
    for (dimensions, tolerance) in [(2, 0.03), (5, 0.06), (16, 0.2)] {
        let linear = Linear::new(dimensions);
        let found = linear.importance(&linear.answer(0.0, 1.0), SAMPLES, 1);
        close(found.estimate, linear.log_evidence(), tolerance);
        assert!(found.is_reliable(), "k̂ = {} in {dimensions} dimensions", found.k_hat);
    }
}

#[test]
fn importance_sampling_from_a_far_too_narrow_answer_is_not_to_be_believed() {
    for dimensions in [2, 5, 16] {
        let linear = Linear::new(dimensions);
        let found = linear.importance(&linear.answer(0.0, 0.1), SAMPLES, 1);
        assert!(!found.is_reliable(), "k̂ = {} in {dimensions} dimensions", found.k_hat);
    }
}

#[test]
fn estimates_of_few_samples_are_the_evidence_on_average() {
    let linear = Linear::new(2);
    let (q, few) = (linear.answer(0.7, 0.8), Annealing { chains: 10, pilot: 10, temperatures: 5 });
    for estimate in [&|seed| linear.importance(&q, 10, seed).estimate.log, &|seed| linear.annealed(&q, few, seed).log]
        as [&dyn Fn(u64) -> f64; 2]
    {
        let logs: Vec<f64> = (0..2000).map(estimate).collect();
        close(Weighted::of(&logs), linear.log_evidence(), 0.1);
    }
}

#[test]
fn annealing_finds_the_evidence() {
    for (dimensions, tolerance) in [(1, 0.03), (2, 0.03), (5, 0.04), (16, 0.1)] {
        let linear = Linear::new(dimensions);
        close(linear.annealed_by_default(&linear.answer(0.0, 1.0)), linear.log_evidence(), tolerance);
    }
}

#[test]
fn annealing_finds_the_evidence_from_a_shifted_and_far_too_narrow_answer() {
    for (dimensions, tolerance) in [(2, 0.03), (5, 0.04), (16, 0.1)] {
        let linear = Linear::new(dimensions);
        close(linear.annealed_by_default(&linear.answer(2.0, 0.1)), linear.log_evidence(), tolerance);
    }
}

#[test]
fn annealing_from_q_itself_finds_the_evidence_in_more_steps() {
    let linear = Linear::new(2);
    let annealing = Annealing { chains: 400, pilot: 0, temperatures: 400 };
    close(linear.annealed(&linear.answer(0.3, 1.0), annealing, 3), linear.log_evidence(), 0.05);
}

#[test]
fn a_second_mode_on_a_line_is_found_by_draws_from_the_prior_and_missed_by_annealing() {
    let (q, truth) = (right_peak(), log_evidence_of_two_peaks());
    let term = || of_codes(1, two_peaks);
    let found = importance(q.diagonal(), 4 * SAMPLES, 1, term(), prior, &Progress::silent()).unwrap();
    close(found.estimate, truth, 0.3);
    let one = annealed(q.diagonal(), Annealing::for_dimensions(1), 1, term(), prior, &Progress::silent()).unwrap();
    assert!((one.log - (truth - LN_2)).abs() < 0.05, "{} and {truth}", one.log);
    assert!(one.standard_error < 0.05 && one.effective_size > 100.0, "no sign of it: {one:?}");
}

#[test]
fn the_same_seed_gives_the_same_numbers_and_another_others() {
    let linear = Linear::new(2);
    let q = linear.answer(0.0, 1.0);
    let both = |seed| (linear.importance(&q, 100, seed), linear.annealed(&q, Annealing::for_dimensions(2), seed));
    assert_eq!(both(1), both(1));
    assert!(both(1).0 != both(2).0 && both(1).1 != both(2).1);
}

#[test]
fn annealings_error_is_how_far_other_seeds_are() {
    let linear = Linear::new(5);
    let q = linear.answer(0.5, 0.5);
    let found: Vec<Weighted> = (0..40).map(|seed| linear.annealed(&q, Annealing::for_dimensions(5), seed)).collect();
    let square = |of: &dyn Fn(&Weighted) -> f64| found.iter().map(|f| of(f).powi(2)).sum::<f64>() / found.len() as f64;
    let (truth, said) = (linear.log_evidence(), square(&|found| found.standard_error).sqrt());
    let off = square(&|found| found.log - truth).sqrt();
    assert!((0.6..1.6).contains(&(off / said)), "{off} where {said} is said");
}

#[test]
fn annealing_tells_of_all_its_way_and_ends_when_it_is_cancelled() {
    let linear = Linear::new(2);
    let (q, annealing) = (linear.answer(0.0, 1.0), Annealing { chains: 2, pilot: 50, temperatures: 49 });
    let run = |tell: &dyn Fn(f64) -> Result<(), Cancelled>| {
        let (asked, mut terms) = (Cell::new(0), of_codes(2, |z| linear.term(z)));
        let watched = |codes: &[f32], progress: &Progress| {
            asked.set(asked.get() + 1);
            terms(codes, progress)
        };
        let found = annealed(q.diagonal(), annealing, 1, watched, prior, &Progress::new(tell));
        (found.is_ok(), asked.get())
    };
    let last = Cell::new(0.0);
    let forward = |share: f64| {
        assert!(share >= last.replace(share));
        Ok(())
    };
    assert_eq!((run(&forward), last.get()), ((true, 100), 1.0));
    assert_eq!(run(&|share| if share < 0.295 { Ok(()) } else { Err(Cancelled) }), (false, 30));
}
