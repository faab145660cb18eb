//! Measures on cases whose answer is known on paper.

mod collapsed;
mod compared;
mod factors;
mod fitted;
mod intervals;
mod places;
mod realism;
mod surgery;

use latent_explorer::catalogue;
use latent_explorer::config::{
    Arch, ImageShape, Likelihood, Memory, ModelConfig, ModelKind, ModelSpec, PriorKind, SHAPES,
};
use latent_explorer::data::{self, Numbers};
use latent_explorer::explore::measures::{
    Effort, Estimated, Features, Jumps, Measures, Real, Realism, Surgery, active_units, as_csv, best, blur,
    class_shares, difference, emptiness, jumps, laplacian_variances, measure, mixture, overlap, reached, recovered,
    reencoding_error, separation, sigmas, spread, steps, surgery, variety,
};
use latent_explorer::explore::{Fitted, Source, drawn, exact_evidence};
use latent_explorer::model::{
    Autoencoder, Codes, Compute, Frozen, Pca, Prior, divergences, evaluate, initial_parameters, layout,
};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};
use rand::RngExt;

use crate::support::{dataset, model, model_config};

const LITTLE: Effort = Effort { images: 60, evidence: 6, gaps: 1, samples: 40, seed: 0 };

/// Draws from N(0, I): (count, latent).
fn normal(count: usize, latent: usize, index: u64) -> Vec<f32> {
    standard_normal(&mut stream(9, Purpose::Samples, index), latent * count)
}

/// What `of` makes of each row of two numbers.
fn each(codes: Vec<f32>, of: impl Fn([f32; 2]) -> [f32; 2]) -> Vec<f32> {
    codes.as_chunks::<2>().0.iter().flat_map(|&z| of(z)).collect()
}

fn points(latent: usize, mu: Vec<f32>) -> Codes {
    Codes { latent, mu, logvar: None }
}

/// Posteriors of one σ about these means.
fn posteriors(latent: usize, mu: Vec<f32>, sigma: f32) -> Codes {
    let logvar = Some(vec![2.0 * sigma.ln(); mu.len()]);
    Codes { latent, mu, logvar }
}

#[test]
fn separation_is_whole_for_clusters_apart_and_chance_for_labels_at_random() {
    let labels: Vec<u16> = (0..400).map(|i| (i % 2) as u16).collect();
    for latent in [2, 3, 11] {
        let far = |i: usize| if i % latent == latent - 1 { 20.0 * f32::from(labels[i / latent]) } else { 0.0 };
        let apart = normal(400, latent, 3).into_iter().enumerate().map(|(i, z)| z + far(i)).collect();
        let apart = separation(&points(latent, apart), &labels, &Progress::silent()).unwrap();
        assert_eq!(apart.value, 1.0, "{latent}");
    }
    let mixed = separation(&points(2, normal(400, 2, 4)), &labels, &Progress::silent()).unwrap();
    let (low, high) = mixed.interval.unwrap();
    assert!(low - 0.05 < 0.5 && 0.5 < high + 0.05, "{mixed:?}");
}

#[test]
fn a_unit_whose_mean_does_not_vary_is_not_active() {
    let mu = each(normal(200, 2, 5), |z| [z[0], 0.05 * z[1]]);
    assert_eq!(active_units(&points(2, mu)), 1);
    let mu = normal(200, 7, 5).into_iter().enumerate().map(|(i, z)| if i % 7 > 3 { z } else { 5.0 + 0.05 * z });
    assert_eq!(active_units(&points(7, mu.collect())), 3);
}

#[test]
fn halved_contrast_quarters_the_laplacians_variance() {
    let images = standard_normal(&mut stream(8, Purpose::Samples, 0), 10 * 36);
    let half: Vec<f32> = images.iter().map(|v| 0.5 * v).collect();
    let variances = |images: &[f32]| laplacian_variances(images, ImageShape::grey(6, 6));
    let blur = |samples: &[f32]| blur(&variances(samples), &variances(&images)).value;
    assert!((blur(&images) - 1.0).abs() < 1e-9);
    assert!((blur(&half) - 0.25).abs() < 1e-6);
    assert_eq!(laplacian_variances(&[0.3; 36], ImageShape::grey(6, 6)), [0.0]);
}

#[test]
fn principal_components_are_the_axes_that_vary_most() {
    let noise = standard_normal(&mut stream(8, Purpose::Samples, 1), 5_000 * 6);
    let scales = [0.1, 3.0, 0.2, 1.0, 0.3, 0.05];
    let data: Vec<f32> = noise.iter().zip(scales.iter().cycle()).map(|(v, scale)| v * scale).collect();
    let pca = Pca::of(&data, 6, 2, None, &Compute::cpu(1), &Progress::silent()).unwrap();
    assert!((pca.variances[0] - 9.0).abs() < 0.5 && (pca.variances[1] - 1.0).abs() < 0.06, "{:?}", pca.variances);
    assert!(pca.components[1].abs() > 0.999 && pca.components[6 + 3].abs() > 0.999, "{:?}", pca.components);
}

/// A small model whose parts are not as they come, with random weights.
fn model_of(kind: ModelKind, change: impl FnOnce(&mut ModelSpec)) -> Autoencoder {
    let mut config = model_config(kind);
    change(&mut config.spec);
    config.validate().expect("a model that there is");
    Autoencoder::new(&config, &initial_parameters(&config, 3), Compute::cpu(2)).expect("a model")
}

/// The model with other numbers for some of its parameters.
fn with_parameters(config: &ModelConfig, set: impl Fn(&str, &mut [f32])) -> Autoencoder {
    let mut parameters = initial_parameters(config, 3);
    let mut start = 0;
    for (name, shape) in layout(config) {
        let end = start + shape.iter().product::<usize>();
        set(&name, &mut parameters[start..end]);
        start = end;
    }
    Autoencoder::new(config, &parameters, Compute::cpu(2)).expect("a model")
}

/// Every kind of model, and every kind of prior.
fn all_kinds(latent: usize) -> Vec<Autoencoder> {
    let kinds: [(ModelKind, PriorKind, usize); 7] = [
        (ModelKind::Ae, PriorKind::Normal, 1),
        (ModelKind::Vae, PriorKind::Normal, 1),
        (ModelKind::Pca, PriorKind::Normal, 1),
        (ModelKind::Vae, PriorKind::Mixture { components: 3 }, 1),
        (ModelKind::Vae, PriorKind::Vamp { components: 4 }, 1),
        (ModelKind::VqVae, PriorKind::Normal, 1),
        (ModelKind::VqVae, PriorKind::Normal, 2),
    ];
    let fits = |(_, _, tokens): &(ModelKind, PriorKind, usize)| latent.is_multiple_of(*tokens);
    let of = |(kind, prior, tokens)| {
        model_of(kind, |spec| {
            (spec.latent, spec.prior, spec.codebook.words, spec.codebook.tokens) = (latent, prior, 5, tokens);
        })
    };
    kinds.into_iter().filter(fits).map(of).collect()
}

fn measured(model: &Autoencoder) -> Measures {
    measure(model, &dataset(), 1.0.into(), LITTLE, &Progress::silent()).unwrap()
}

/// Whether a measure is of the images whose gap is split.
fn of_some_gaps(id: &str) -> bool {
    id == "gap_mean" || id.contains("_gap") || id.starts_with("gap_p") || id.starts_with("negentropy")
}

/// Whether a model has a measure.
fn has(model: &Autoencoder, id: &str) -> bool {
    let config = model.config();
    match id {
        "kl_mean" | "kl_variance" => config.has_gaussian() && config.prior == PriorKind::Normal,
        "kl" | "elbo" => config.has_prior(),
        "gap" => config.has_prior() && has(model, "log_evidence"),
        "sigma_mean" | "mutual_information" | "mutual_information_upper" | "kl_aggregate" | "overlap" => {
            config.has_gaussian()
        }
        _ if of_some_gaps(id) => config.has_gaussian() && config.is_plane(),
        "log_evidence" | "evidence_left_out" => config.is_plane() || config.is_quantised() || config.is_closed_form(),
        "quantisation" | "perplexity" | "codes_used" => config.is_quantised(),
        "factors_linear" | "factors_nearest" => false,
        "active_units" => config.has_gaussian(),
        // The few kinds of images do not fill 16 dimensions of an AE, which then have no distances.
        "emptiness" | "reencoding_error" => !config.is_quantised() && (config.has_prior() || config.latent < 4),
        "jump_ratio" | "codes_reached" => !config.is_quantised(),
        "sample_classes_fitted" => !config.has_prior(),
        "log_evidence_fitted" | "log_evidence_mixture_fitted" => !config.has_prior() && config.is_plane(),
        "coverage_fitted" | "precision_fitted" | "density_fitted" | "recall_fitted" => !config.has_prior(),
        _ => true,
    }
}

#[test]
fn all_measures_are_taken_of_every_model_or_known_to_be_missing() {
    for model in [1, 2, 3, 16].into_iter().flat_map(all_kinds) {
        let (measures, name) = (measured(&model), model.config().describe());
        for about in catalogue::measures() {
            let found = measures.get(about.id);
            assert_eq!(found.is_some(), has(&model, about.id), "{name}: {}", about.id);
            assert!(found.is_none_or(|measure| measure.value.is_finite()), "{name}: {}", about.id);
        }
        assert_eq!(measures.len(), catalogue::measures().filter(|about| has(&model, about.id)).count(), "{name}");
    }
}

#[test]
fn what_an_evaluation_says_is_what_the_measures_say() {
    for model in [2, 4].into_iter().flat_map(all_kinds) {
        let effort = Effort { images: usize::MAX, ..LITTLE };
        let measures = measure(&model, &dataset(), 1.0.into(), effort, &Progress::silent()).unwrap();
        let evaluation = evaluate(&model, &dataset().test, 0, &Progress::silent()).unwrap();
        let value = serde_json::to_value(evaluation).unwrap();
        for (id, value) in value.as_object().unwrap() {
            let found = measures.get(id.as_str()).map(|measure| measure.value);
            assert_eq!(found.is_some(), !value.is_null(), "{}: {id}", model.config().describe());
            let Some((found, value)) = found.zip(value.as_f64()) else { continue };
            assert!((found - value).abs() < 1e-4, "{}: {id} is {value} and {found}", model.config().describe());
        }
    }
}

#[test]
fn a_mixture_that_is_the_normal_prior_gives_its_numbers() {
    for latent in [2, 3] {
        let vae = model_of(ModelKind::Vae, |spec| spec.latent = latent);
        let mut config = vae.config().clone();
        config.spec.prior = PriorKind::Mixture { components: 2 };
        let weights = vae.parameters().unwrap();
        let mut parameters = initial_parameters(&config, 3);
        parameters.fill(0.0);
        // The prior's own come last: weights of 1 and e, means 0, ln s = 0.
        parameters[..weights.len()].copy_from_slice(&weights);
        parameters[weights.len()] = 1.0;
        let mixture = Autoencoder::new(&config, &parameters, Compute::cpu(2)).unwrap();
        assert!(!mixture.prior().unwrap().is_normal());
        let (of_vae, of_mixture) = (measured(&vae), measured(&mixture));
        for (id, found) in &of_mixture {
            let expected = of_vae[id].value;
            // The KL is an expectation under q in closed form or by quadrature, or that of 60 draws.
            let error = match *id {
                "kl" | "elbo" | "kl_aggregate" if latent == 3 => 1.0,
                "log_evidence" => 1e-3,
                // The best Gaussian is searched for.
                id if of_some_gaps(id) => 0.01,
                // Either expectation is over a grid of its own.
                "kl_aggregate" => 1e-4,
                _ => 1e-5,
            };
            assert!((found.value - expected).abs() < error, "{latent}: {id} is {} and {expected}", found.value);
        }
        assert_eq!(of_mixture["precision"], of_vae["precision"]);
    }
}

/// log Σ_k π_k N(z; m_k, s_k²) on a fine grid about a posterior, in plain loops.
fn divergence_by_sums(prior: &Prior, mu: &[f32], sigma: &[f64]) -> f64 {
    let (n, reach) = (600i32, 8.0);
    let at = |i: i32| reach * (2.0 * f64::from(i) / f64::from(n) - 1.0);
    let density = |t: f64| (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt() * 2.0 * reach / f64::from(n);
    let mut sum = 0.0;
    let second = if mu.len() == 2 { 0..n + 1 } else { 0..1 };
    for i in 0..=n {
        for j in second.clone() {
            let nodes = [at(i), at(j)];
            let z: Vec<f64> = (0..mu.len()).map(|d| f64::from(mu[d]) + sigma[d] * nodes[d]).collect();
            let weight: f64 = nodes[..mu.len()].iter().map(|&t| density(t)).product();
            let log_q: f64 =
                (0..mu.len()).map(|d| -0.5 * nodes[d].powi(2) - sigma[d].ln() - 0.5 * std::f64::consts::TAU.ln()).sum();
            sum += weight * (log_q - prior.log_density(&z));
        }
    }
    sum
}

#[test]
fn the_kl_from_a_mixture_is_its_integral() {
    // A component a twentieth as wide as a posterior is met by few nodes.
    for (latent, narrow, error) in [(1, -1.0, 2e-3), (2, -1.0, 2e-3), (1, -3.0, 0.02), (2, -3.0, 0.02)] {
        let mean = [-3.0, 0.5, 1.0, -1.0, 40.0, 40.0];
        let log_scale = [narrow, 0.0, 0.3, -0.5, 1.0, 2.0];
        let prior = Prior::mixture(&[0.0, 1.0, -2.0], &mean[..3 * latent], &log_scale[..3 * latent], latent);
        // The last is where no component along one dimension is near what is near along the other.
        let mu = [0.2, -0.3, -3.0, 0.5, 45.0, -60.0];
        let logvar = [-2.0f32, 0.5, -7.0, -3.0, -1.0, 0.0];
        let (mu, logvar) = (mu[..3 * latent].to_vec(), logvar[..3 * latent].to_vec());
        let codes = Codes { latent, mu: mu.clone(), logvar: Some(logvar.clone()) };
        let found = divergences(&prior, &codes, &Progress::silent()).unwrap().unwrap();
        for (i, found) in found.into_iter().enumerate() {
            let at = i * latent..(i + 1) * latent;
            let sigma: Vec<f64> = logvar[at.clone()].iter().map(|&v| (0.5 * f64::from(v)).exp()).collect();
            let exact = divergence_by_sums(&prior, &mu[at], &sigma);
            assert!((found - exact).abs() < error * exact.abs().max(1.0), "{latent}, {i}: {found} and {exact}");
        }
    }
    let three = posteriors(3, normal(4, 3, 0), 0.5);
    assert!(divergences(&Prior::normal(3), &three, &Progress::silent()).unwrap().is_none());
}

#[test]
fn words_have_their_evidence_by_a_sum_over_all_codes() {
    for tokens in [1, 2] {
        let model = model_of(ModelKind::VqVae, |spec| {
            (spec.latent, spec.codebook.words, spec.codebook.tokens) = (4, 5, tokens);
        });
        let (test, words) = (dataset().test, model.words().unwrap().unwrap());
        let images = test.gather(0..7);
        let word = |k: usize| &words[k * 4 / tokens..(k + 1) * 4 / tokens];
        let codes: Vec<Vec<f32>> = match tokens {
            1 => (0..5).map(|k| word(k).to_vec()).collect(),
            _ => (0..25).map(|i| [word(i / 5), word(i % 5)].concat()).collect(),
        };
        let found =
            exact_evidence(&model, &Numbers { values: &images, width: 64 }, &Progress::silent()).unwrap().unwrap();
        for (image, found) in images.chunks_exact(64).zip(&found) {
            let likelihood = |code: &Vec<f32>| -> f64 {
                let decoded = model.decoded(code, &Progress::silent()).unwrap();
                let of = |(x, p): (&f32, &f32)| {
                    let (x, p) = (f64::from(*x), f64::from(*p));
                    x * p.ln() + (1.0 - x) * (1.0 - p).ln()
                };
                image.iter().zip(&decoded).map(of).sum::<f64>().exp()
            };
            let exact = (codes.iter().map(likelihood).sum::<f64>() / codes.len() as f64).ln();
            assert!((found - exact).abs() < 1e-3, "{tokens}: {found} and {exact}");
        }
        let evaluation = evaluate(&model, &test, 0, &Progress::silent()).unwrap();
        let all = exact_evidence(&model, &test, &Progress::silent()).unwrap().unwrap();
        assert!(all.iter().sum::<f64>() / all.len() as f64 >= evaluation.elbo.unwrap() - 1e-3);
    }
}

#[test]
fn too_many_codes_have_no_evidence_at_little_cost() {
    let model = model_of(ModelKind::VqVae, |spec| {
        (spec.latent, spec.codebook.words, spec.codebook.tokens) = (4, 65, 2);
    });
    assert!(exact_evidence(&model, &dataset().test.spread(2), &Progress::silent()).unwrap().is_none());
    assert!(!measured(&model).contains_key("log_evidence"));
}

#[test]
fn a_linear_decoder_has_the_evidence_of_its_gaussian() {
    for latent in [1, 3] {
        let model = model_of(ModelKind::Vae, |spec| {
            (spec.latent, spec.arch) = (latent, Arch::Mlp(Vec::new()));
            spec.likelihood = Likelihood::Gaussian { c: 0.3, learned: false };
        });
        let images = dataset().test.gather(0..3);
        let found =
            exact_evidence(&model, &Numbers { values: &images, width: 64 }, &Progress::silent()).unwrap().unwrap();
        // N(m, W Wᵀ + c·I) over all 64 pixels.
        let decode = |z: &[f32]| model.decoded(z, &Progress::silent()).unwrap();
        let mean = decode(&vec![0.0; latent]);
        let column = |d: usize| {
            let unit: Vec<f32> = (0..latent).map(|i| f32::from(u8::from(i == d))).collect();
            decode(&unit).iter().zip(&mean).map(|(a, b)| f64::from(a - b)).collect::<Vec<_>>()
        };
        let columns: Vec<Vec<f64>> = (0..latent).map(column).collect();
        let covariance = nalgebra::DMatrix::from_fn(64, 64, |i, j| {
            columns.iter().map(|w| w[i] * w[j]).sum::<f64>() + if i == j { 0.3 } else { 0.0 }
        });
        let factor = nalgebra::Cholesky::new(covariance).unwrap();
        let log_det = 2.0 * factor.l().diagonal().iter().map(|v| v.ln()).sum::<f64>();
        for (image, found) in images.chunks_exact(64).zip(found) {
            let rest = image.iter().zip(&mean).map(|(a, b)| f64::from(a - b));
            let rest = nalgebra::DVector::from_iterator(64, rest);
            let exact = -0.5 * (64.0 * std::f64::consts::TAU.ln() + log_det + rest.dot(&factor.solve(&rest)));
            assert!((found - exact).abs() < 1e-4, "{latent}: {found} and {exact}");
        }
    }
    assert!(exact_evidence(&model(ModelKind::Vae), &dataset().test.spread(1), &Progress::silent()).unwrap().is_none());
    assert!(exact_evidence(&model(ModelKind::Ae), &dataset().test.spread(1), &Progress::silent()).unwrap().is_none());
}

/// Mean and covariance of codes (n, latent).
fn moments(codes: &[f32], latent: usize) -> (Vec<f64>, Vec<f64>) {
    let n = (codes.len() / latent) as f64;
    let column = |d: usize| codes.iter().skip(d).step_by(latent).map(|&z| f64::from(z));
    let mean: Vec<f64> = (0..latent).map(|d| column(d).sum::<f64>() / n).collect();
    let of = |i: usize| {
        let (a, b) = (i / latent, i % latent);
        column(a).zip(column(b)).map(|(x, y)| (x - mean[a]) * (y - mean[b])).sum::<f64>() / n
    };
    (mean.clone(), (0..latent * latent).map(of).collect())
}

#[test]
fn a_gaussian_fitted_to_codes_has_their_mean_and_covariance() {
    let model = model_of(ModelKind::Ae, |spec| spec.latent = 3);
    // The third dimension is the sum of the others: a covariance that has no inverse.
    let mix = |z: &[f32]| {
        let (x, y) = (3.0 + 2.0 * z[0], 0.5 * z[0] - z[1]);
        [x, y, x + y]
    };
    let codes = points(3, normal(500, 2, 1).chunks_exact(2).flat_map(mix).collect());
    let samples = drawn(&model, Source::Fitted(&codes), 40_000, 0, 0).unwrap();
    let (given, found) = (moments(&codes.mu, 3), moments(&samples, 3));
    for (given, found) in given.0.iter().chain(&given.1).zip(found.0.iter().chain(&found.1)) {
        assert!((given - found).abs() < 0.15, "{given} and {found}");
    }
    assert!(samples.chunks_exact(3).all(|z| (z[0] + z[1] - z[2]).abs() < 1e-4));
}

#[test]
fn samples_come_from_the_models_own_prior() {
    let config = model_of(ModelKind::Vae, |spec| {
        (spec.latent, spec.prior) = (3, PriorKind::Mixture { components: 2 });
    });
    // A quarter about (−5, −5, −5) of σ 0.1, the rest about (5, 5, 5) of σ 1.
    let mixture = with_parameters(config.config(), |name, values| match name {
        "prior.logits" => values.copy_from_slice(&[0.0, 3f32.ln()]),
        "prior.mean" => values.iter_mut().enumerate().for_each(|(i, v)| *v = if i < 3 { -5.0 } else { 5.0 }),
        "prior.log_scale" => {
            values.iter_mut().enumerate().for_each(|(i, v)| *v = if i < 3 { 0.1f32.ln() } else { 0.0 });
        }
        _ => {}
    });
    let samples = drawn(&mixture, Source::Prior, 4_000, 1, 0).unwrap();
    let (low, high): (Vec<&[f32]>, Vec<&[f32]>) = samples.chunks_exact(3).partition(|z| z[0] < 0.0);
    assert!((low.len() as f64 / 4_000.0 - 0.25).abs() < 0.03, "{}", low.len());
    for (some, mean, sigma) in [(low, -5.0, 0.1), (high, 5.0, 1.0)] {
        let (found, covariance) = moments(&some.concat(), 3);
        assert!(found.iter().all(|m| (m - mean).abs() < 5.0 * sigma / 30.0), "{found:?}");
        assert!((0..3).all(|d| (covariance[4 * d] / (sigma * sigma) - 1.0).abs() < 0.2), "{covariance:?}");
    }
}

#[test]
fn words_are_drawn_each_as_often_for_every_token() {
    let model = model_of(ModelKind::VqVae, |spec| {
        (spec.latent, spec.codebook.words, spec.codebook.tokens) = (4, 5, 2);
    });
    let samples = drawn(&model, Source::Prior, 5_000, 0, 0).unwrap();
    let words = model.words_of(&samples).unwrap().unwrap();
    assert!(words.iter().all(|(_, square)| *square == 0.0));
    let mut pairs = [0; 25];
    words.chunks_exact(2).for_each(|pair| pairs[5 * pair[0].0 + pair[1].0] += 1);
    assert!(pairs.iter().all(|&count| (140..260).contains(&count)), "{pairs:?}");
}

#[test]
fn the_same_noise_is_drawn_for_every_model_of_a_size() {
    let [ae, vae] = [ModelKind::Ae, ModelKind::Vae].map(|kind| model_of(kind, |spec| spec.latent = 5));
    let of = |model: &Autoencoder, seed| drawn(model, Source::Prior, 30, seed, 1).unwrap();
    assert_eq!(of(&ae, 4), of(&vae, 4));
    assert_eq!(of(&ae, 4), standard_normal(&mut stream(4, Purpose::Samples, 1), 150));
    assert_ne!(of(&ae, 4), of(&ae, 5));
}
