//! Linear theory's frontier against the rate-distortion function of a Gaussian and against principal components.

use latent_explorer::config::Likelihood;
use latent_explorer::data::Images;
use latent_explorer::explore::{Frontier, Spectrum};
use latent_explorer::model::Compute;
use latent_explorer::progress::Progress;

use crate::support::split;

/// A Gaussian of variance λ in units of c at rate r has the distortion ½ λ e^(−2r), and the best rate at a price β of a nat is found by
/// looking at many.
fn best_rate(lambda: f64, beta: f64) -> (f64, f64) {
    let distortion = |rate: f64| 0.5 * lambda * (-2.0 * rate).exp();
    let rates = (0..=200_000u32).map(|i| f64::from(i) * 5e-5);
    let cost = |rate: &f64| distortion(*rate) + beta * rate;
    let best = rates.min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap();
    (best, distortion(best))
}

#[test]
fn linear_theory_is_the_rate_distortion_function_of_independent_gaussians() {
    let lambdas = [32.2, 22.9, 4.0];
    let frontier = Frontier::new(lambdas.to_vec(), 206.0);
    for beta in [0.3, 1.0, 4.0, 10.0, 22.9, 30.0, 32.2, 50.0] {
        let each = lambdas.map(|lambda| best_rate(lambda, beta));
        let rate: f64 = each.iter().map(|(rate, _)| rate).sum();
        let lost: f64 = lambdas.iter().zip(&each).map(|(lambda, (_, left))| 0.5 * lambda - left).sum();
        assert!((frontier.rate(beta) - rate).abs() < 2e-4, "{} not {rate} at β {beta}", frontier.rate(beta));
        let found = frontier.distortion(beta);
        assert!((found - (206.0 - lost)).abs() < 1e-2, "{found} not {} at β {beta}", 206.0 - lost);
        if rate > 1e-3 {
            assert!((frontier.beta(frontier.rate(beta)) / beta - 1.0).abs() < 1e-9, "β {beta}");
            let slope = (frontier.distortion(1.0001 * beta) - frontier.distortion(0.9999 * beta))
                / (frontier.rate(1.0001 * beta) - frontier.rate(0.9999 * beta));
            assert!((slope / -beta - 1.0).abs() < 1e-3, "{slope} at β {beta}");
        }
    }
    assert_eq!((frontier.rate(32.2), frontier.distortion(40.0)), (0.0, 206.0));
    assert!((frontier.rate(22.9) - 0.1704).abs() < 1e-3);
}

#[test]
fn the_rate_0_has_the_distortion_of_the_mean_image() {
    let (train, c) = (split(300), 0.03);
    let (images, pixels) = (train.read(0..train.count()), train.width());
    let n = train.count() as f64;
    let mean: Vec<f64> =
        (0..pixels).map(|p| images.chunks_exact(pixels).map(|x| f64::from(x[p])).sum::<f64>() / n).collect();
    let spectrum =
        |bernoulli| Spectrum::of(&train as &dyn Images, 2, bernoulli, &Compute::cpu(1), &Progress::silent()).unwrap();
    let each = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        images.chunks_exact(pixels).flat_map(|x| x.iter().zip(&mean)).map(|(x, m)| of(f64::from(*x), *m)).sum::<f64>()
            / n
    };
    let gaussian = each(&|x, m| 0.5 * (x - m).powi(2) / c + 0.5 * (std::f64::consts::TAU * c).ln());
    let found = spectrum(false).frontier(Likelihood::Gaussian { c, learned: false });
    assert!((found.distortion(1e9) - gaussian).abs() < 1e-3 * gaussian.abs(), "{gaussian}");
    let term = |x: f64, m: f64| if m > 0.0 && m < 1.0 { -x * m.ln() - (1.0 - x) * (1.0 - m).ln() } else { 0.0 };
    let bernoulli = each(&term);
    let found = spectrum(true).frontier(Likelihood::Bernoulli);
    assert!((found.distortion(1e9) / bernoulli - 1.0).abs() < 1e-3, "{bernoulli}");
}
