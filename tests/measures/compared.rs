//! Which of several runs is the better, and by how much.

use super::*;

const GAUSSIAN: Likelihood = Likelihood::Gaussian { c: 0.1, learned: false };

#[test]
fn the_best_is_marked_among_runs_of_one_likelihood() {
    let [low, high, other] = [1.0, 2.0, 900.0].map(|value| Estimated::exact(value, 5));
    let about = |id| catalogue::about(id).unwrap();
    let runs = [(Some(&low), Likelihood::Bernoulli), (Some(&high), Likelihood::Bernoulli), (Some(&other), GAUSSIAN)];
    assert_eq!(best(about("log_evidence"), &runs), [false, true, false]);
    assert_eq!(best(about("recon"), &runs), [true, false, false]);
    assert_eq!(best(about("precision"), &runs), [false; 3]);
    // A variance that was learned is another number of the same likelihood.
    let learned = [(Some(&low), GAUSSIAN), (Some(&high), Likelihood::LEARNED), (None, GAUSSIAN)];
    assert_eq!(best(about("log_evidence"), &learned), [false, true, false]);
}

#[test]
fn runs_that_are_equal_have_no_better_one() {
    let same = Estimated::exact(1.0, 5);
    let runs = [(Some(&same), GAUSSIAN); 2];
    assert_eq!(best(catalogue::about("elbo").unwrap(), &runs), [false; 2]);
}

#[test]
fn nats_of_two_likelihoods_have_no_difference_and_shares_do() {
    let [a, b] = [1.0, 3.0].map(|value| Estimated::mean(&[value, value + 1.0]));
    let of = |id: &str, second| {
        difference(catalogue::about(id).unwrap(), (Some(&a), GAUSSIAN), (Some(&b), second)).map(|found| found.value)
    };
    assert_eq!(of("elbo", Likelihood::Bernoulli), None);
    assert_eq!((of("elbo", Likelihood::LEARNED), of("mse", Likelihood::Bernoulli)), (Some(-2.0), Some(-2.0)));
}

#[test]
fn a_table_of_two_runs_has_their_numbers_and_the_difference_and_no_comma_of_a_name() {
    let of = |value: f64| {
        Measures::from([("mse", Estimated::mean(&[value, value + 1.0])), ("blur", Estimated::exact(value, 7))])
    };
    let (a, b) = (of(1.0), of(3.0));
    let table = as_csv(&[("AE, old", &a, Likelihood::Bernoulli), ("VAE", &b, Likelihood::Bernoulli)]);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines[0][..6], ["measure", "unit", "AE  old", "AE  old low", "AE  old high", "AE  old n"]);
    assert_eq!((lines.len(), lines[0].len()), (3, 14));
    assert_eq!(lines[0][10], "VAE - AE  old");
    assert!(lines.iter().all(|line| line.len() == 14), "{table}");
    let mse = lines.iter().find(|line| line[0] == "mse").unwrap();
    assert_eq!((mse[2], mse[5], mse[6], mse[10], mse[13]), ("1.5", "2", "3.5", "2", "2"));
    let blur = lines.iter().find(|line| line[0] == "blur").unwrap();
    assert_eq!(blur[2..6], ["1", "", "", "7"]);
}
