//! Latent spaces of other than two dimensions: what each dimension is used for, and the plane through them.

use latent_explorer::config::{Axes, ModelConfig, ModelKind, ModelSpec, PlaneChoice, PriorKind};
use latent_explorer::explore::Summary;
use latent_explorer::explore::dimensions::{nearest_in_all, nearness, of_all, sorted, traversal, usage, usage_csv};
use latent_explorer::model::{
    Autoencoder, Codes, Compute, Frozen, InPlane, Plane, dimension, evaluate, initial_parameters,
};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, standard_normal, stream};

use crate::support::{model_config, split};

const LATENT: usize = 5;

fn model(kind: ModelKind, latent: usize) -> Autoencoder {
    let config = ModelConfig { spec: ModelSpec { latent, ..model_config(kind).spec }, ..model_config(kind) };
    let parameters: Vec<f32> = initial_parameters(&config, 7).into_iter().map(|v| 2.0 * v).collect();
    Autoencoder::new(&config, &parameters, Compute::cpu(1)).unwrap()
}

fn encoded(model: &Autoencoder) -> Codes {
    let images = split(60);
    model.codes_of(&images.gather(0..images.len()), &Progress::silent()).unwrap()
}

/// n codes drawn from N(0, 1), each dimension scaled.
fn drawn(n: usize, scales: &[f32]) -> Codes {
    let normal = standard_normal(&mut stream(3, Purpose::Samples, 9), n * scales.len());
    let mu = normal.iter().zip(scales.iter().cycle()).map(|(z, s)| z * s).collect();
    Codes { latent: scales.len(), mu, logvar: None }
}

#[test]
fn the_kl_of_the_dimensions_adds_up_to_the_kl() {
    let model = model(ModelKind::Vae, LATENT);
    let codes = encoded(&model);
    let sum: f64 = usage(&codes, model.config()).iter().map(|of| of.kl.unwrap()).sum();
    let expected = evaluate(&model, &split(60), 0, &Progress::silent()).unwrap().kl.unwrap();
    assert!((sum - expected).abs() < 1e-4 * expected, "{sum} against {expected}");
}

#[test]
fn kl_mean_and_variance_of_a_dimension_are_those_of_a_plain_computation() {
    let model = model(ModelKind::Vae, LATENT);
    let codes = encoded(&model);
    let n = codes.len() as f64;
    for of in usage(&codes, model.config()) {
        let at = |values: &[f32], i: usize| f64::from(values[i * LATENT + of.index]);
        let mut kl = 0.0;
        for i in 0..codes.len() {
            let (mu, logvar) = (at(&codes.mu, i), at(codes.logvar.as_ref().unwrap(), i));
            kl += 0.5 * (mu * mu + logvar.exp() - 1.0 - logvar) / n;
        }
        let mean = (0..codes.len()).map(|i| at(&codes.mu, i)).sum::<f64>() / n;
        let variance = (0..codes.len()).map(|i| at(&codes.mu, i).powi(2)).sum::<f64>() / n - mean * mean;
        assert!((of.kl.unwrap() - kl).abs() < 1e-9 && (of.mean - mean).abs() < 1e-9);
        assert!((of.variance - variance).abs() < 1e-9);
        assert_eq!(of.is_active(), variance > 0.01);
    }
}

#[test]
fn where_the_kl_is_no_sum_over_dimensions_there_is_none_and_the_variance_sorts() {
    let mixture = ModelSpec { prior: PriorKind::Mixture { components: 3 }, ..ModelSpec::new(ModelKind::Vae) };
    let codes = Codes { logvar: Some(vec![0.0; 300]), ..drawn(100, &[0.05, 2.0, 1.0]) };
    for spec in [mixture, ModelSpec::new(ModelKind::Ae), ModelSpec::new(ModelKind::VqVae)] {
        let all = usage(&codes, &spec);
        assert!(all.iter().all(|of| of.kl.is_none()));
        assert!(!all[0].is_active() && all[1].is_active());
        assert_eq!(sorted(all).iter().map(|of| of.index).collect::<Vec<_>>(), [1, 2, 0]);
    }
}

#[test]
fn a_traversal_moves_one_dimension_from_end_to_end() {
    let codes = traversal(&[0.5, -1.0, 2.0], 1, [-3.0, 3.0], 5);
    let expected: Vec<f32> = [-3.0, -1.5, 0.0, 1.5, 3.0].into_iter().flat_map(|v| [0.5, v, 2.0]).collect();
    assert_eq!(codes, expected);
    assert_eq!(traversal(&[1.0], 0, [-3.0, 3.0], 1), [-3.0]);
}

#[test]
fn a_traversal_goes_as_far_as_the_prior_or_the_codes_do() {
    let codes = Codes { logvar: Some(vec![0.0; 400]), ..drawn(200, &[1.0, 20.0]) };
    let vae = usage(&codes, &ModelSpec::new(ModelKind::Vae));
    assert_eq!([vae[0].range(), vae[1].range()], [[-3.0, 3.0]; 2]);
    let ae = usage(&codes, &ModelSpec::new(ModelKind::Ae))[1];
    let [from, to] = ae.range();
    assert!((0.5 * (from + to) - ae.mean).abs() < 1e-9 && ((to - from) / 6.0 - ae.variance.sqrt()).abs() < 1e-9);
    assert!(to > 40.0);
}

/// Planes of several kinds through some codes.
fn planes(codes: &Codes) -> Vec<Plane> {
    let axes = [Axes::Dimensions([2, 0]), Axes::Dimensions([1, 4]), Axes::Components];
    let choices = axes.into_iter().flat_map(|axes| [None, Some(3)].map(|anchor| PlaneChoice { axes, anchor }));
    choices.map(|choice| Plane::chosen(choice, codes, &Plane::of(codes.latent))).collect()
}

#[test]
fn a_code_in_the_plane_is_itself_when_it_is_projected_and_lifted_again() {
    for plane in planes(&drawn(50, &[1.0, 2.0, 0.5, 3.0, 1.5])) {
        let code = plane.code([0.75, -1.5]);
        let place = plane.place(&code);
        assert!((place[0] - 0.75).abs() < 1e-5 && (place[1] + 1.5).abs() < 1e-5, "{plane:?}");
        let again = plane.code(place);
        assert!(code.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-5), "{code:?} {again:?}");
        assert!(plane.distance(&code) < 1e-5);
    }
}

#[test]
fn a_plane_goes_through_its_anchor_and_places_are_the_values_along_its_dimensions() {
    let codes = drawn(50, &[1.0, 2.0, 0.5, 3.0, 1.5]);
    let choice = PlaneChoice { axes: Axes::Dimensions([3, 1]), anchor: Some(8) };
    let plane = Plane::chosen(choice, &codes, &Plane::of(LATENT));
    let anchor = codes.of(8);
    assert!(plane.distance(anchor) < 1e-6);
    assert_eq!(plane.place(anchor), [anchor[3], anchor[1]]);
    assert_eq!(plane.names, ["z₄", "z₂"]);
    assert_eq!(dimension(15), "z₁₆");
}

#[test]
fn the_components_are_the_directions_of_most_variance() {
    let codes = drawn(400, &[0.1, 5.0, 0.2, 0.1, 2.0]);
    let choice = PlaneChoice { axes: Axes::Components, anchor: None };
    let Plane { axes: [first, second], names, .. } = Plane::chosen(choice, &codes, &Plane::of(LATENT));
    assert!(first[1].abs() > 0.99 && second[4].abs() > 0.99, "{first:?} {second:?}");
    assert_eq!(names, ["PC 1", "PC 2"]);
}

#[test]
fn one_dimension_lies_on_the_horizontal_axis() {
    let codes = Codes { logvar: Some(vec![-1.0; 20]), ..drawn(20, &[1.0]) };
    let plane = Plane::chosen(PlaneChoice::default(), &codes, &Plane::of(1));
    let places = plane.places(&codes);
    assert!(places.mu.iter().zip(&codes.mu).all(|(place, &z)| *place == [z, 0.0]));
    assert!(places.logvar.unwrap().iter().all(|v| (v[0] + 1.0).abs() < 1e-6 && v[1].is_finite()));
    assert_eq!(plane.code([0.5, 2.0]), [0.5]);
    assert_eq!(plane.names, ["z₁", ""]);
}

#[test]
fn the_model_in_a_plane_decodes_the_slice_and_projects_the_codes() {
    let whole = model(ModelKind::Vae, LATENT);
    let codes = encoded(&whole);
    let plane =
        Plane::chosen(PlaneChoice { axes: Axes::Dimensions([4, 2]), anchor: Some(5) }, &codes, &Plane::of(LATENT));
    let anchor = codes.of(5).to_vec();
    let (place, expected) = (plane.place(&anchor), whole.decoded(&anchor, &Progress::silent()).unwrap());
    let model = InPlane::new(whole, plane.into());
    let decoded = model.decode_places(&[place]).unwrap();
    assert!(decoded.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6));
    let images = split(60);
    let places = model.encode_places(&images.gather(0..images.len())).unwrap();
    assert_eq!(places.mu[7], [codes.of(7)[4], codes.of(7)[2]]);
    let logvar = &codes.logvar.as_ref().unwrap()[7 * LATENT..];
    assert!((places.logvar.unwrap()[7][0] - logvar[4]).abs() < 1e-5);
}

#[test]
fn codes_fade_with_their_distance_from_the_plane_and_two_dimensions_have_none() {
    // At distances 0, 1, 2, 3 and 4 from the plane of the first two dimensions.
    let mu = (0..5).flat_map(|i| [9.0 - i as f32, 0.5, 0.0, i as f32]).collect();
    let codes = Codes { latent: 4, mu, logvar: None };
    let near = nearness(&Plane::of(4), &codes).unwrap();
    for (i, near) in near.into_iter().enumerate() {
        let expected = (-0.5 * (i as f64 / 2.0).powi(2)).exp();
        assert!((f64::from(near) - expected).abs() < 1e-6, "{near} against {expected}");
    }
    assert_eq!(nearness(&Plane::of(2), &drawn(9, &[1.0, 1.0])), None);
    assert_eq!(nearness(&Plane::of(1), &drawn(9, &[1.0])), None);
    assert_eq!(nearness(&Plane::of(4), &drawn(9, &[1.0, 1.0, 0.0, 0.0])), None, "all lie in it");
}

#[test]
fn neighbours_are_the_nearest_in_all_dimensions() {
    let codes = drawn(80, &[1.0, 0.1, 2.0, 1.0]);
    let square = |i: usize| -> f64 {
        codes.of(i).iter().zip(codes.of(11)).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
    };
    let mut expected: Vec<usize> = (0..80).collect();
    expected.sort_by(|&a, &b| square(a).total_cmp(&square(b)));
    assert_eq!(nearest_in_all(&codes, 11, 6), expected[..6]);
    assert!(nearest_in_all(&codes, 80, 6).is_empty());
}

#[test]
fn the_table_has_a_line_for_each_dimension_of_each_run() {
    let codes = Codes { logvar: Some(vec![0.0; 40]), ..drawn(20, &[1.0, 0.01]) };
    let (vae, ae) = (usage(&codes, &ModelSpec::new(ModelKind::Vae)), usage(&codes, &ModelSpec::new(ModelKind::Ae)));
    let csv = usage_csv([("a, b", &*vae), ("AE", &*ae)]);
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines[0], ["run", "dimension", "kl", "mean", "variance", "active"]);
    assert!(lines.len() == 5 && lines.iter().all(|line| line.len() == 6));
    assert_eq!(lines[1][2].parse::<f64>().unwrap(), vae[0].kl.unwrap());
    assert_eq!([lines[1][1], lines[2][1], lines[1][5], lines[2][5], lines[3][2]], ["1", "2", "1", "0", ""]);
}

#[test]
fn a_summary_says_of_all_dimensions_what_is_not_of_the_plane() {
    let codes = Codes { logvar: Some(vec![(0.25f32).ln(); 300]), ..drawn(100, &[1.0, 2.0, 5.0]) };
    let places = Plane::of(3).places(&codes);
    let summary = Summary::new(&places, &[0; 100], 1);
    let all = of_all(summary.clone(), &codes);
    assert!((all.sigma_mean.unwrap() - 0.5).abs() < 1e-6);
    let variance = |d: usize| {
        let values: Vec<f64> = (0..100).map(|i| f64::from(codes.of(i)[d])).collect();
        let mean = values.iter().sum::<f64>() / 100.0;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 100.0
    };
    let expected = ((variance(0) + variance(1) + variance(2)) / 3.0).sqrt();
    assert!((f64::from(all.mean_spread) - expected).abs() < 1e-4);
    assert_eq!(all.class_means, summary.class_means);
    let flat = drawn(100, &[1.0, 2.0]);
    let summary = Summary::new(&Plane::of(2).places(&flat), &[0; 100], 1);
    assert_eq!(of_all(summary.clone(), &flat), summary);
}
