//! Several runs beside one another: which is the better, and what cannot be compared at all.

use std::mem::discriminant;

use super::Estimated;
use crate::catalogue::{About, Better};
use crate::config::Likelihood;

/// A measure of a run, and the likelihood that the run was trained with.
pub type OfRun<'a> = (Option<&'a Estimated>, Likelihood);

/// Which runs have the best value of a measure, where one way is better and some value is worse. Runs of one kind of likelihood are
/// compared among themselves: nats of Bernoulli pixels are no nats of Gaussian ones, and what was trained for the one is not what
/// was trained for the other.
pub fn best(about: &About, runs: &[OfRun]) -> Vec<bool> {
    let is_best = |(value, likelihood): &OfRun| {
        let Some(value) = value else { return false };
        let rivals = || runs.iter().filter(|(_, other)| is_comparable(*likelihood, *other)).filter_map(|(v, _)| *v);
        let is_no_better = |other: &Estimated| match about.better {
            Better::Higher => other.value <= value.value,
            Better::Lower => other.value >= value.value,
            Better::Neither => false,
        };
        rivals().all(is_no_better) && rivals().any(|other| other.value != value.value)
    };
    runs.iter().map(is_best).collect()
}

/// By how much a measure of a run is more than that of another, on the same images and with the same noise; none where the two
/// cannot be compared.
pub fn difference(about: &About, first: OfRun, second: OfRun) -> Option<Estimated> {
    let is_in_nats = about.unit == "nats per image";
    if is_in_nats && !is_comparable(first.1, second.1) { None } else { first.0?.minus(second.0?) }
}

/// Whether what two likelihoods say of pixels is of one kind.
fn is_comparable(a: Likelihood, b: Likelihood) -> bool {
    discriminant(&a) == discriminant(&b)
}
