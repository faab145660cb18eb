//! Intervals hold what they are of in 95 of 100 repetitions.

use super::*;

#[test]
fn an_interval_holds_the_true_mean_about_19_times_in_20() {
    let holds = |i: u64| {
        let values = standard_normal(&mut stream(i, Purpose::Samples, 2), 200);
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let (low, high) = Estimated::mean(&values).interval.unwrap();
        low <= 0.0 && 0.0 <= high
    };
    let count = (0..200).filter(|&i| holds(i)).count();
    assert!((178..=199).contains(&count), "{count} of 200");
}

/// Values of 200 items, the first a draw of N(0, 1) that both share.
fn related(index: u64, shared: f64) -> [Vec<f64>; 2] {
    let draws = normal(600, 1, index);
    let of = |k: usize| {
        (0..200).map(|i| shared * f64::from(draws[i]) + f64::from(draws[200 * (k + 1) + i])).collect::<Vec<_>>()
    };
    [of(0), of(1)]
}

/// In how many of 200 repetitions the interval of `estimate` holds `truth`.
fn held(truth: f64, estimate: impl Fn(u64) -> Estimated) -> usize {
    let holds = |i: &u64| {
        let (low, high) = estimate(*i).interval.unwrap();
        low <= truth && truth <= high
    };
    (0..200).filter(holds).count()
}

#[test]
fn the_interval_of_a_share_is_wilsons() {
    // Newcombe 1998, table I, method 3.
    for (hits, n, low, high) in
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
    {
        let share = Estimated::share((0..n).map(|i| i < hits).collect());
        let found = share.interval.unwrap();
        assert!((found.0 - low).abs() < 1e-4 && (found.1 - high).abs() < 1e-4, "{hits} of {n}: {found:?}");
        assert_eq!(share.n, n);
    }
}

#[test]
fn the_interval_of_a_blur_knows_that_the_images_vary_too() {
    let lognormal = |i: u64| normal(200, 1, i).into_iter().map(|v| f64::from(v).exp()).collect::<Vec<_>>();
    let count = held(1.0, |i| blur(&lognormal(2 * i), &lognormal(2 * i + 1)));
    assert!((178..=199).contains(&count), "{count} of 200");
}

#[test]
fn the_interval_of_a_spread_holds_it() {
    let count = held(3.0, |i| spread(&points(2, normal(200, 2, i).into_iter().map(|v| 3.0 * v).collect())));
    assert!((178..=199).contains(&count), "{count} of 200");
}

#[test]
fn the_difference_of_two_runs_is_surer_than_each_where_their_images_are_the_same() {
    let count = held(0.0, |i| {
        let [a, b] = related(i, 10.0).map(|values| Estimated::mean(&values));
        let apart = a.minus(&b).unwrap();
        let width = |of: &Estimated| of.interval.map(|(low, high)| high - low).unwrap();
        assert!(width(&apart) < 0.3 * width(&a), "{apart:?} {a:?}");
        assert!((apart.value - (a.value - b.value)).abs() < 1e-9);
        apart
    });
    assert!((178..=199).contains(&count), "{count} of 200");
}

#[test]
fn the_difference_of_two_shares_is_that_of_pairs() {
    let share = |values: &[f64]| Estimated::share(values.iter().map(|v| *v > 0.0).collect());
    let count = held(0.0, |i| {
        let [a, b] = related(i, 2.0);
        share(&a).minus(&share(&b)).unwrap()
    });
    assert!((178..=200).contains(&count), "{count} of 200");
    // Of 200 that are alike: none of 203 pseudo-pairs would be a point.
    let same = share(&related(0, 1.0)[0]);
    let (low, high) = same.minus(&same).unwrap().interval.unwrap();
    assert!(low < 0.0 && high > 0.0 && high < 0.03, "{low} {high}");
}

#[test]
fn the_difference_of_two_quantiles_is_that_of_the_same_resamples() {
    let count = held(0.0, |i| {
        let [a, b] = related(i, 5.0).map(|values| {
            let values: Vec<f64> = values.into_iter().map(f64::abs).collect();
            jumps(&values, &Progress::silent()).unwrap()[0].clone()
        });
        a.minus(&b).unwrap()
    });
    assert!((178..=200).contains(&count), "{count} of 200");
}

#[test]
fn runs_that_were_not_measured_on_as_many_images_have_no_difference() {
    assert!(Estimated::mean(&[1.0, 2.0]).minus(&Estimated::mean(&[1.0, 2.0, 3.0])).is_none());
}

#[test]
fn a_mean_of_which_some_items_are_known_holds_it_and_is_surer_for_the_rest() {
    let count = held(0.0, |i| {
        let [known, rest] = [0, 1].map(|k| related(i, 0.3).into_iter().nth(k).unwrap());
        let some: Vec<usize> = (0..200).step_by(10).collect();
        let known: Vec<f64> = known.iter().map(|v| 3.0 * v).collect();
        let rest: Vec<f64> = some.iter().map(|&i| rest[i]).collect();
        let estimate = Estimated::mean_of_some(&known, &rest, &some);
        assert_eq!(estimate.n, 20);
        estimate
    });
    assert!((170..=199).contains(&count), "{count} of 200");
}

#[test]
fn elbo_and_gap_are_log_evidence_to_the_last_digit_however_few_images_have_it() {
    let model = model_of(ModelKind::Vae, |spec| {
        (spec.arch, spec.likelihood) = (Arch::Mlp(Vec::new()), Likelihood::Gaussian { c: 0.3, learned: false });
    });
    for evidence in [10, 90] {
        let effort = Effort { images: 90, evidence, ..LITTLE };
        let measures = measure(&model, &dataset(), 1.0.into(), effort, &Progress::silent()).unwrap();
        let value = |id: &str| measures[id].value;
        assert!((value("elbo") + value("gap") - value("log_evidence")).abs() < 1e-9);
        assert_eq!((measures["elbo"].n, measures["gap"].n, measures["log_evidence"].n), (90, evidence, evidence));
        let all = exact_evidence(&model, &dataset().test, &Progress::silent()).unwrap().unwrap();
        let exact = all.iter().sum::<f64>() / 90.0;
        let (low, high) = measures["log_evidence"].interval.unwrap();
        assert!(low < exact && exact < high, "{low} {exact} {high}");
        if evidence == 90 {
            assert!((value("log_evidence") - exact).abs() < 1e-6);
        }
    }
}

#[test]
fn an_interval_over_seeds_is_students_however_few_they_are() {
    // Mean 3, variance 2.5, five seeds: 3 ± 2.776445 √(2.5 / 5).
    let of = Estimated::over_seeds(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    let (low, high) = of.interval.unwrap();
    assert!((of.value - 3.0).abs() < 1e-12 && (low - 1.036_757).abs() < 1e-6 && (high - 4.963_243).abs() < 1e-6);
    assert_eq!(of.n, 5);
    assert_eq!(Estimated::over_seeds(&[7.0]).interval, None);
    // Of three seeds a normal interval would hold the mean in 82 of 100 only.
    let count = held(0.0, |i| {
        let values: Vec<f64> = normal(3, 1, i).into_iter().map(f64::from).collect();
        Estimated::over_seeds(&values)
    });
    assert!((178..=199).contains(&count), "{count} of 200");
}

#[test]
fn the_shares_of_classes_add_up_to_one_and_their_entropy_is_the_variety() {
    let classes: Vec<u16> = (0..60)
        .map(|i| {
            if i < 30 {
                0
            } else if i < 45 {
                2
            } else {
                3
            }
        })
        .collect();
    let shares = class_shares(&classes, 5);
    let values: Vec<f64> = shares.iter().map(|share| share.value).collect();
    assert_eq!(values, [0.5, 0.0, 0.25, 0.25, 0.0]);
    let (low, high) = shares[1].interval.unwrap();
    assert!(low == 0.0 && high > 0.05, "none of 60 is no proof of none at all");
    // ½ ln 2 + 2 · ¼ ln 4 = 1.5 ln 2.
    let variety = variety(&classes, &Progress::silent()).unwrap();
    assert!((variety.value - 2f64.powf(1.5)).abs() < 1e-9, "{}", variety.value);
}
