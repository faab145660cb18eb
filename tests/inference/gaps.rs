//! What a gap is made of, against what a linear decoder has on paper.

use latent_explorer::config::Beta;

use super::*;

/// A decoder whose pixels say much more of a code than its prior: Wᵀ W / c is a thousand times I.
const SURE: Linear = Linear { w: [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], x: [0.9, -0.4, 0.7], c: 1e-3 };

fn gap_for(linear: &Linear, q: DiagonalGaussian, beta: Beta) -> (Evidence, Gap) {
    let hint = Hint { mu: q.mu.map(|v| v as f32), sigma: q.sigma[0].min(q.sigma[1]) as f32 };
    let found = evidence(linear, hint, Quadrature { most_levels: 14, tolerance: 1e-4, ..EXACT });
    let gap = gap(linear, 0, (&found, &Posterior::new(&found)), q, beta, &Progress::silent()).unwrap();
    (found, gap)
}

/// The best diagonal Gaussian for E[log p(x|z)] − β_mean ½ Σ μ² − β_variance ½ Σ (σ² − 1 − ln σ²).
fn best_for(linear: &Linear, beta: Beta) -> DiagonalGaussian {
    let ([[a, b], [_, d]], [u, v]) = linear.precision();
    // Wᵀ W / c alone.
    let (a, d) = (a - 1.0, d - 1.0);
    let det = (a + beta.mean) * (d + beta.mean) - b * b;
    let mu = [((d + beta.mean) * u - b * v) / det, ((a + beta.mean) * v - b * u) / det];
    DiagonalGaussian { mu, sigma: [a, d].map(|w| (1.0 + w / beta.variance).powf(-0.5)) }
}

/// E_q[log p(x|z)] of a linear decoder.
fn fit(linear: &Linear, q: &DiagonalGaussian) -> f64 {
    let of = |(w, x): (&[f64; 2], f64)| {
        let off = x - w[0] * q.mu[0] - w[1] * q.mu[1];
        off * off + (w[0] * q.sigma[0]).powi(2) + (w[1] * q.sigma[1]).powi(2)
    };
    -0.5 * (linear.w.iter().zip(linear.x).map(of).sum::<f64>() / linear.c + 3.0 * (TAU * linear.c).ln())
}

fn objective(linear: &Linear, q: &DiagonalGaussian, beta: Beta) -> f64 {
    let variance = |s: f64| s * s - 1.0 - 2.0 * s.ln();
    fit(linear, q)
        - 0.5 * beta.mean * (q.mu[0].powi(2) + q.mu[1].powi(2))
        - 0.5 * beta.variance * (variance(q.sigma[0]) + variance(q.sigma[1]))
}

#[test]
fn a_linear_decoders_gap_splits_as_on_paper_whatever_the_objective() {
    let (linear, elbo) = (Linear::SKEW, Beta::both(1.0));
    let q = DiagonalGaussian { mu: [0.9, -0.6], sigma: [0.5, 0.2] };
    for beta in [Beta::both(4.0), Beta::both(0.3), Beta { mean: 2.0, variance: 0.5 }] {
        let (found, gap) = gap_for(&linear, q, beta);
        let (best, trained) = (best_for(&linear, elbo), best_for(&linear, beta));
        for (ours, theirs, what) in [
            (gap.approximation(), found.log - objective(&linear, &best, elbo), "approximation"),
            (
                gap.objective().unwrap(),
                objective(&linear, &best, elbo) - objective(&linear, &trained, elbo),
                "objective",
            ),
            (
                gap.amortisation().unwrap(),
                objective(&linear, &trained, beta) - objective(&linear, &q, beta),
                "amortisation",
            ),
        ] {
            assert!((ours - theirs).abs() < 1e-3, "{what} at β {beta}: {ours} instead of {theirs}");
        }
    }
}

#[test]
fn a_perfect_encoder_of_the_objective_has_no_amortisation_and_the_objective_loses_half_beta_less_1_less_ln_beta() {
    for beta in [0.25, 4.0, 10.0] {
        let q = best_for(&SURE, Beta::both(beta));
        let (_, gap) = gap_for(&SURE, q, Beta::both(beta));
        assert!(gap.approximation().abs() < 2e-3 && gap.amortisation().unwrap().abs() < 1e-4, "{gap:?}");
        let expected = 2.0 * 0.5 * (beta - 1.0 - beta.ln());
        let found = gap.objective().unwrap();
        assert!((found / expected - 1.0).abs() < 0.02, "β {beta}: {found} instead of {expected}");
    }
}

#[test]
fn an_objective_without_a_price_for_codes_has_no_best_gaussian() {
    let (_, gap) = gap_for(&Linear::SKEW, DiagonalGaussian { mu: [0.4, 0.2], sigma: [0.3; 2] }, Beta::OFF);
    assert!(gap.objective().is_none() && gap.amortisation().is_none() && gap.approximation() > 0.0);
}

#[test]
fn the_search_begins_at_every_mode_though_the_encoder_and_the_moments_lie_elsewhere() {
    // Of three peaks the lightest lies where the encoder points, and between the others the moments.
    let (places, width) = (vec![[2.2f32, 0.0], [-0.7, 1.3], [-0.6, -1.3]], 0.15);
    let likelihood = Peaks(places.clone(), width);
    let found = evidence(&likelihood, somewhere(), EXACT);
    let variance = width * width / (1.0 + width * width);
    let mass =
        |at: &[f32; 2]| variance.ln() - 0.5 * at.iter().map(|&v| f64::from(v * v)).sum::<f64>() / (1.0 + width * width);
    let q = DiagonalGaussian { mu: [2.2, 0.0], sigma: [width; 2] };
    let gap = gap_of(&likelihood, &found, q);
    let best = places.iter().map(mass).fold(f64::NEG_INFINITY, f64::max);
    assert!((gap.best_elbo - best).abs() < 1e-3, "{gap:?}, not {best}");
}
