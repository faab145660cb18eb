//! Whether evidence, posterior and ELBO hold together: a check that fails where one of them is wrong.

use latent_explorer::explore::inference::check;

use super::*;

const SHARP: DiagonalGaussian = DiagonalGaussian { mu: [0.4, -0.1], sigma: [0.3, 0.5] };

fn checked(evidence: &Evidence, elbo: f64) -> latent_explorer::explore::inference::Check {
    let hint = somewhere();
    let bounds = Quadrature::bounds(&Prior::normal(2), &[hint]);
    let rule = Quadrature { most_levels: 4, ..EXACT };
    check(&Linear::SKEW, 0, (evidence, &hint), Some((&SHARP, elbo)), (&rule, bounds), &Progress::silent()).unwrap()
}

#[test]
fn a_right_evidence_and_elbo_pass_and_a_wrong_one_of_either_does_not() {
    let linear = Linear::SKEW;
    let evidence = evidence(&linear, somewhere(), EXACT);
    let elbo = gap_of(&linear, &evidence, SHARP).elbo;
    let right = checked(&evidence, elbo);
    assert!((right.mass - 1.0).abs() < 1e-5 && right.identity.unwrap().abs() < 1e-5, "{right:?}");

    let too_low = Evidence { log: evidence.log - 0.1, ..evidence.clone() };
    let found = checked(&too_low, elbo);
    assert!((found.mass - 0.1f64.exp()).abs() < 1e-4, "{found:?}");
    assert!((found.identity.unwrap() - 0.1).abs() < 1e-4, "{found:?}");

    let found = checked(&evidence, elbo + 0.05);
    assert!((found.mass - 1.0).abs() < 1e-5 && (found.identity.unwrap() - 0.05).abs() < 1e-4, "{found:?}");
}

#[test]
fn the_negentropy_of_a_gaussian_is_0_and_that_of_two_peaks_ln_2_less_what_their_distance_adds() {
    let linear = Linear::SKEW;
    let of = |evidence: &Evidence| Posterior::new(evidence).negentropy();
    assert!(of(&evidence(&linear, somewhere(), EXACT)).abs() < 1e-4);
    // Two alike peaks of width s at ±a: times N(0, I) of variance v at ±m. H is ln 2 + that of one, C has m² more along the line.
    let (a, s) = (1.5f32, 0.2f64);
    let found = evidence(&Peaks(vec![[a, 0.0], [-a, 0.0]], s), somewhere(), EXACT);
    let (v, m) = (s * s / (1.0 + s * s), f64::from(a) / (1.0 + s * s));
    let exact = 0.5 * ((v + m * m) / v).ln() - 2f64.ln();
    assert!((of(&found) - exact).abs() < 1e-3, "{} instead of {exact}", of(&found));
}
