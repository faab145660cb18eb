//! Measures on cases whose answer is known on paper.

use latent_explorer::catalogue;
use latent_explorer::config::{ModelKind, Place};
use latent_explorer::explore::measures::{
    Effort, Estimated, Surgery, active_units, blur, jumps, laplacian_variances, measure, overlap, precision_and_recall,
    separation, steps, surgery,
};
use latent_explorer::model::{Compute, Pca, Places, evaluate};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};

use crate::support::{dataset, model};

fn normal(count: usize, index: u64) -> Vec<Place> {
    let all = standard_normal(&mut stream(9, Purpose::Samples, index), 2 * count);
    all.as_chunks::<2>().0.to_vec()
}

/// Posteriors of one σ about these means.
fn posteriors(mu: Vec<Place>, sigma: f32) -> Places {
    let logvar = Some(vec![[2.0 * sigma.ln(); 2]; mu.len()]);
    Places { mu, logvar }
}

fn cut(codes: &Places) -> Surgery {
    surgery(codes, 0, &Progress::silent()).unwrap().unwrap()
}

fn overlapping(codes: &Places) -> f64 {
    overlap(codes, &Progress::silent()).unwrap().unwrap().value
}

fn kl(codes: &Places) -> f64 {
    let of = |(mu, v): (&Place, &Place)| -> f64 {
        let one = |d: usize| f64::from(mu[d]).powi(2) + f64::from(v[d]).exp() - 1.0 - f64::from(v[d]);
        0.5 * (one(0) + one(1))
    };
    codes.mu.iter().zip(codes.logvar.as_ref().unwrap()).map(of).sum::<f64>() / codes.mu.len() as f64
}

#[test]
fn posteriors_that_are_the_prior_tell_nothing_and_are_the_prior_together() {
    let cut = cut(&posteriors(vec![[0.0, 0.0]; 50], 1.0));
    assert!(cut.mutual_information.abs() < 1e-3 && cut.kl_aggregate.abs() < 1e-3, "{cut:?}");
}

#[test]
fn two_kinds_of_posterior_far_apart_tell_one_bit() {
    let mu = (0..60).map(|i| [if i % 2 == 0 { -2.0 } else { 2.0 }, 0.0]).collect();
    let cut = cut(&posteriors(mu, 0.2));
    assert!((cut.mutual_information - 2f64.ln()).abs() < 1e-3, "{cut:?}");
}

#[test]
fn the_parts_of_the_surgery_add_up_to_the_kl() {
    for sigma in [0.05, 0.3] {
        let codes = posteriors(normal(2_000, 1), sigma);
        let cut = cut(&codes);
        assert!((cut.mutual_information + cut.kl_aggregate - kl(&codes)).abs() < 1e-3, "{cut:?}, {}", kl(&codes));
    }
}

#[test]
fn posteriors_too_narrow_for_a_grid_tell_each_image_apart() {
    let codes = posteriors(normal(500, 1), 1e-5);
    let cut = cut(&codes);
    assert!((cut.mutual_information - 500f64.ln()).abs() < 0.1, "{cut:?}");
}

#[test]
fn an_ae_has_no_surgery_and_no_overlap() {
    let codes = Places { mu: normal(10, 0), logvar: None };
    assert!(surgery(&codes, 0, &Progress::silent()).unwrap().is_none());
    assert!(overlap(&codes, &Progress::silent()).unwrap().is_none());
}

#[test]
fn overlap_falls_with_the_distance_as_the_bhattacharyya_coefficient() {
    for distance in [0.0f32, 0.3, 2.0] {
        let pairs = (0..20).flat_map(|i| [[10.0 * i as f32, 0.0], [10.0 * i as f32 + distance, 0.0]]).collect();
        let exact = (-f64::from(distance).powi(2) / (8.0 * 0.25)).exp();
        let found = overlapping(&posteriors(pairs, 0.5));
        assert!((found - exact).abs() < 1e-5, "{found} instead of {exact}");
    }
}

#[test]
fn turning_the_plane_changes_no_overlap() {
    let mu = normal(300, 2);
    let turned = mu.iter().map(|z| [0.6 * z[0] - 0.8 * z[1], 0.8 * z[0] + 0.6 * z[1]]).collect();
    let (a, b) = (overlapping(&posteriors(mu, 0.2)), overlapping(&posteriors(turned, 0.2)));
    assert!((a - b).abs() < 1e-4, "{a} and {b}");
}

#[test]
fn separation_is_whole_for_clusters_apart_and_chance_for_labels_at_random() {
    let labels: Vec<u8> = (0..400).map(|i| (i % 2) as u8).collect();
    let apart = normal(400, 3).into_iter().zip(&labels).map(|(z, &l)| [z[0] + 20.0 * f32::from(l), z[1]]).collect();
    assert_eq!(separation(&Places { mu: apart, logvar: None }, &labels, &Progress::silent()).unwrap().value, 1.0);
    let mixed = separation(&Places { mu: normal(400, 4), logvar: None }, &labels, &Progress::silent()).unwrap();
    let (low, high) = mixed.interval.unwrap();
    assert!(low - 0.05 < 0.5 && 0.5 < high + 0.05, "{mixed:?}");
}

#[test]
fn a_unit_whose_mean_does_not_vary_is_not_active() {
    let mu = normal(200, 5).into_iter().map(|z| [z[0], 0.05 * z[1]]).collect();
    assert_eq!(active_units(&Places { mu, logvar: None }), 1);
}

#[test]
fn a_linear_decoder_jumps_alike_everywhere_and_in_spreads() {
    for spread in [1.0f32, 40.0] {
        let places: Vec<Place> = normal(300, 6).into_iter().map(|z| z.map(|v| v * spread)).collect();
        let decode = |codes: &[Place]| -> Vec<f32> { codes.iter().flat_map(|z| z.map(|v| 3.0 * v / spread)).collect() };
        let moved = decode(&steps(&places, spread, 0));
        for jump in jumps(&decode(&places), &moved, 2, &Progress::silent()).unwrap() {
            assert!((jump.value - 3.0).abs() < 1e-3, "spread {spread}: {jump:?}");
        }
    }
}

#[test]
fn precision_and_recall_know_what_is_missing_and_what_is_too_much() {
    // Two clumps of 50 in three dimensions.
    let clump = |at: f32, index: u64| -> Vec<f32> {
        let noise = standard_normal(&mut stream(7, Purpose::Samples, index), 150);
        noise.into_iter().map(|v| at + 0.1 * v).collect()
    };
    let real = [clump(0.0, 0), clump(9.0, 1)].concat();
    let of = |generated: Vec<f32>| {
        let (precision, recall) = precision_and_recall(&real, &generated, 3, &Progress::silent()).unwrap();
        (precision.value, recall.value)
    };
    assert_eq!(of(real.clone()), (1.0, 1.0));
    assert_eq!(of([clump(100.0, 2), clump(-100.0, 3)].concat()), (0.0, 0.0));
    assert_eq!(of([real[..150].to_vec(), real[..150].to_vec()].concat()), (1.0, 0.5));
    assert_eq!(of([real[..150].to_vec(), clump(100.0, 2)].concat()).0, 0.5);
}

#[test]
fn halved_contrast_quarters_the_laplacians_variance() {
    let images = standard_normal(&mut stream(8, Purpose::Samples, 0), 10 * 36);
    let half: Vec<f32> = images.iter().map(|v| 0.5 * v).collect();
    let blur = |samples: &[f32]| blur(samples, &images, 6, 6, &Progress::silent()).unwrap().value;
    assert!((blur(&images) - 1.0).abs() < 1e-9);
    assert!((blur(&half) - 0.25).abs() < 1e-6);
    assert_eq!(laplacian_variances(&[0.3; 36], 6, 6), [0.0]);
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

#[test]
fn all_measures_are_taken_or_known_to_be_missing() {
    let dataset = dataset();
    for kind in [ModelKind::Ae, ModelKind::Vae] {
        let model = model(kind);
        let measures = measure(&model, &dataset, Effort::QUICK, &Progress::silent()).unwrap();
        for about in catalogue::measures() {
            let of_posteriors = [
                "kl_mean",
                "kl_variance",
                "kl",
                "elbo",
                "sigma_mean",
                "approximation_gap",
                "amortisation_gap",
                "mutual_information",
                "kl_aggregate",
                "overlap",
            ];
            let expected = match model.config().has_gaussian() {
                false => !of_posteriors.contains(&about.id),
                true => !about.id.ends_with("_fitted"),
            };
            let expected = expected && !["quantisation", "perplexity", "codes_used"].contains(&about.id);
            let found = measures.get(about.id);
            assert_eq!(found.is_some(), expected, "{kind}: {}", about.id);
            assert!(found.is_none_or(|measure| measure.value.is_finite()), "{}", about.id);
        }
        let evaluation = evaluate(&model, &dataset.test, 0, &Progress::silent()).unwrap();
        assert!((measures["recon"].value - evaluation.recon).abs() < 1e-4);
        assert!((measures["mse"].value - evaluation.mse).abs() < 1e-7);
    }
}
