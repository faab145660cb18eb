//! Priors other than N(0, I) as a plane shows them, and codes drawn from them.

use std::f64::consts::{PI, TAU};

use latent_explorer::config::{ImageShape, ModelConfig, ModelKind, ModelSpec, Place, PriorKind};
use latent_explorer::data::Split;
use latent_explorer::explore::{Cells, Contour, Field, FieldKind, Source, contours, drawn, field, lines};
use latent_explorer::figure::{Frame, Mark, Rings, overlays::rings};
use latent_explorer::model::{Autoencoder, Compute, Frozen, Places, Prior, initial_parameters, layout};
use latent_explorer::progress::Progress;

use crate::support::{SIDE, model, spec};

/// Weights, means and scales of two components.
const WEIGHTS: [f64; 2] = [0.3, 0.7];
const MEANS: [Place; 2] = [[-1.5, 0.5], [1.25, -0.75]];
const SCALES: [Place; 2] = [[0.25, 0.5], [1.0, 0.6]];

fn mixture() -> Prior {
    let flat = |values: [Place; 2]| values.as_flattened().iter().map(|&v| f64::from(v)).collect();
    Prior { latent: 2, log_weight: WEIGHTS.map(f64::ln).to_vec(), mean: flat(MEANS), scale: flat(SCALES) }
}

/// Its density, written out once more.
fn density(z: [f64; 2]) -> f64 {
    let component = |k: usize| {
        let of = |d: usize| {
            let (m, s) = (f64::from(MEANS[k][d]), f64::from(SCALES[k][d]));
            (-(z[d] - m).powi(2) / (2.0 * s * s)).exp() / (s * TAU.sqrt())
        };
        WEIGHTS[k] * of(0) * of(1)
    };
    component(0) + component(1)
}

/// A VAE whose prior is that mixture; in more than two dimensions the others have mean 0 and scale 1.
pub fn mixture_model(latent: usize) -> (ModelConfig, Vec<f32>) {
    let spec = ModelSpec { prior: PriorKind::Mixture { components: 2 }, latent, ..spec(ModelKind::Vae) };
    let config = ModelConfig { shape: ImageShape::grey(SIDE, SIDE), spec };
    let mut parameters = initial_parameters(&config, 3);
    let mut at = 0;
    for (name, shape) in layout(&config) {
        let size: usize = shape.iter().product();
        let values = &mut parameters[at..at + size];
        for k in 0..2 {
            match name.as_str() {
                "prior.logits" => values[k] = WEIGHTS[k].ln() as f32 + 5.0,
                "prior.mean" => values[k * latent..][..2].copy_from_slice(&MEANS[k]),
                "prior.log_scale" => values[k * latent..][..2].copy_from_slice(&SCALES[k].map(f32::ln)),
                _ => {}
            }
        }
        at += size;
    }
    (config, parameters)
}

fn restored(latent: usize) -> Autoencoder {
    let (config, parameters) = mixture_model(latent);
    Autoencoder::new(&config, &parameters, Compute::cpu(1)).unwrap()
}

/// Whether a point is within closed lines: a ray to the right crosses them an odd number of times.
fn is_within(lines: &[Vec<Place>], [x, y]: [f64; 2]) -> bool {
    let crosses = |a: Place, b: Place| {
        let ([ax, ay], [bx, by]) = (a.map(f64::from), b.map(f64::from));
        (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)
    };
    let of = |line: &Vec<Place>| (0..line.len()).filter(|&i| crosses(line[i], line[(i + 1) % line.len()])).count();
    lines.iter().map(of).sum::<usize>() % 2 == 1
}

#[test]
fn contours_of_a_standard_normal_are_its_rings_in_the_general_way_too() {
    let twice = Prior { latent: 2, log_weight: vec![0.5f64.ln(); 2], mean: vec![0.0; 4], scale: vec![1.0; 4] };
    let contours = contours(&twice, &Progress::silent()).unwrap();
    for (sigmas, Contour { mass, lines }) in [1.0, 2.0, 3.0f64].into_iter().zip(contours) {
        assert!((mass - (1.0 - (-0.5 * sigmas * sigmas).exp())).abs() < 1e-12);
        assert_eq!(lines.len(), 1, "one closed line");
        let radii: Vec<f64> = lines[0].iter().map(|z| f64::from(z[0]).hypot(f64::from(z[1]))).collect();
        let (low, high) = radii.iter().fold((f64::MAX, 0.0f64), |(low, high), &r| (low.min(r), high.max(r)));
        assert!((low / sigmas - 1.0).abs() < 0.01 && (high / sigmas - 1.0).abs() < 0.01, "{low} to {high}");
        assert!((high - low) < 0.004 * sigmas, "round: {low} to {high}");
    }
}

#[test]
fn contours_of_a_mixture_hold_their_share_of_its_mass() {
    let contours = contours(&mixture(), &Progress::silent()).unwrap();
    assert_eq!(contours[0].lines.len(), 2, "two hills apart");
    for Contour { mass, lines } in contours {
        let step = 0.01;
        let (mut within, mut least, mut most) = (0.0, f64::MAX, 0.0f64);
        for i in 0..1_000 {
            for j in 0..700 {
                let z = [-5.0 + step * (f64::from(i) + 0.5), -3.5 + step * (f64::from(j) + 0.5)];
                let p = density(z);
                if is_within(&lines, z) {
                    (within, least) = (within + p * step * step, least.min(p));
                } else {
                    most = most.max(p);
                }
            }
        }
        assert!((within - mass).abs() < 0.004, "{within} instead of {mass}");
        assert!(most / least < 1.1, "what is outside is less dense: {most} against {least}");
    }
}

#[test]
fn lines_are_closed_at_the_border_around_holes_and_in_saddles() {
    let of = |rows: [&str; 3]| -> Vec<Vec<Place>> {
        let values: Vec<f32> = rows.concat().bytes().map(|b| f32::from(b - b'0')).collect();
        lines(&values, &Cells { min: [0.0; 2], max: [4.0, 3.0], across: 4, down: 3 }, 2.0)
    };
    assert!(of(["0000", "0110", "0000"]).is_empty());
    assert_eq!(of(["0000", "0440", "0000"]).len(), 1);
    assert_eq!(of(["4440", "4040", "4440"]).len(), 2, "a ring has a hole");
    assert_eq!(of(["4000", "0000", "0004"]).len(), 2);
    let area = |line: &Vec<Place>| -> f64 {
        let n = line.len();
        let turn = |i: usize| f64::from(line[i][0] * line[(i + 1) % n][1] - line[(i + 1) % n][0] * line[i][1]);
        0.5 * (0..n).map(turn).sum::<f64>().abs()
    };
    // In a saddle the mean of the four corners decides.
    assert_eq!(of(["9000", "0900", "0000"]).len(), 1, "mean 4.5");
    let apart = of(["3000", "0300", "0000"]);
    assert_eq!(apart.len(), 2, "mean 1.5");
    assert!(apart.iter().all(|line| area(line) < 1.5));
}

const FRAME: Frame = Frame { left: 0.0, top: 0.0, width: 800.0, height: 600.0, min: [-4.0, -3.0], max: [4.0, 3.0] };

#[test]
fn a_plane_shows_a_mixtures_contours_and_crosses_and_a_normal_priors_circles() {
    let shown = Rings::of(&restored(2), &Progress::silent()).unwrap().unwrap();
    assert_eq!(shown.components.iter().map(|c| c.mean).collect::<Vec<_>>(), MEANS);
    assert!(shown.components.iter().zip(WEIGHTS).all(|(c, weight)| (c.weight - weight).abs() < 1e-6));
    let marks = rings::marks(&shown, &FRAME);
    assert!(marks.iter().all(|mark| !matches!(mark, Mark::Ellipse { .. })));
    assert!(marks.iter().any(|mark| matches!(mark, Mark::Label { text, .. } if text == "39 %")));
    for kind in [ModelKind::Ae, ModelKind::Vae] {
        let normal = Rings::of(&model(kind), &Progress::silent()).unwrap();
        assert_eq!(normal, Some(Rings::default()), "{kind}");
    }
    assert_eq!(Rings::of(&model(ModelKind::VqVae), &Progress::silent()).unwrap(), None, "words have no density");
}

#[test]
fn the_component_that_is_pointed_at_is_the_nearest_within_reach() {
    let shown = Rings::of(&restored(2), &Progress::silent()).unwrap().unwrap();
    for (k, mean) in MEANS.into_iter().enumerate() {
        let (x, y) = FRAME.at(mean);
        assert_eq!(shown.pointed(&FRAME, (x + 4.0, y - 3.0)).map(|c| c.index), Some(k));
        assert_eq!(shown.pointed(&FRAME, (x + 40.0, y)), None);
    }
    // Seen from far away both are within reach, and the nearer one counts.
    let far = Frame { min: [-400.0, -300.0], max: [400.0, 300.0], ..FRAME };
    let (x, y) = far.at([2.0, -1.0]);
    assert_eq!(shown.pointed(&far, (x, y)).map(|c| c.index), Some(1));
    assert_eq!(Rings::default().pointed(&FRAME, FRAME.at([0.0; 2])), None);
}

#[test]
fn drawn_codes_have_the_mixtures_weights_means_and_scales_in_any_number_of_dimensions() {
    for latent in [2, 5] {
        let count = 20_000;
        let codes = drawn(&restored(latent), Source::Prior, count, 1, 0).unwrap();
        assert_eq!(codes.len(), count * latent);
        // The components are so far apart that the first coordinate tells them from each other, but for a few.
        let firsts: Vec<&[f32]> = codes.chunks_exact(latent).filter(|z| z[0] < -0.9 && z[1] > -0.5).collect();
        let tail = |t: f64| 0.5 * erfc(t / 2f64.sqrt());
        let first = WEIGHTS[0] * (1.0 - tail(0.6 / 0.25)) * (1.0 - tail(1.0 / 0.5));
        let second = WEIGHTS[1] * tail(2.15) * tail(0.25 / 0.6);
        let share = firsts.len() as f64 / count as f64;
        let error = (share * (1.0 - share) / count as f64).sqrt();
        assert!((share - first - second).abs() < 4.0 * error, "{share} instead of {}", first + second);
        if latent > 2 {
            let square = codes.chunks_exact(latent).map(|z| f64::from(z[4]).powi(2)).sum::<f64>() / count as f64;
            assert!((square - 1.0).abs() < 0.05, "{square}");
        }
    }
}

/// The complementary error function for t ≥ 0, by Simpson's rule.
fn erfc(t: f64) -> f64 {
    let (n, width) = (2_000, 8.0);
    let f = |i: usize| (-(t + width * i as f64 / n as f64).powi(2)).exp();
    let sum: f64 = (0..=n).map(|i| f(i) * if i == 0 || i == n { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 }).sum();
    2.0 / PI.sqrt() * sum * width / n as f64 / 3.0
}

#[test]
fn the_difference_from_a_mixture_is_zero_over_the_whole_plane_and_its_own_where_there_are_no_codes() {
    let cells = Cells { min: [-8.0; 2], max: [8.0; 2], across: 160, down: 160 };
    let known = Split { shape: ImageShape::grey(SIDE, SIDE), images: Vec::new(), labels: Vec::new() };
    let codes = Places { mu: vec![[3.5, 3.0], [-3.0, -2.0]], logvar: Some(vec![[-1.0, -2.0], [-0.5, 0.0]]) };
    let of = field(FieldKind::Difference, &cells, &restored(2), &codes, &known, &Progress::silent()).unwrap();
    let Field::Values(values) = of else { panic!("not numbers") };
    let sum: f64 = values.iter().map(|&v| f64::from(v) * 0.01).sum();
    assert!(sum.abs() < 1e-4, "{sum}");
    let (i, centre) = cells
        .centres()
        .into_iter()
        .enumerate()
        .min_by(|a, b| {
            let from = |z: Place| (z[0] - MEANS[0][0]).hypot(z[1] - MEANS[0][1]);
            from(a.1).total_cmp(&from(b.1))
        })
        .unwrap();
    let expected = -density(centre.map(f64::from));
    assert!((f64::from(values[i]) / expected - 1.0).abs() < 0.01, "{} instead of {expected}", values[i]);
    let whole = restored(2);
    let at = [0.3, -0.4];
    assert!((whole.prior().unwrap().log_density_at(at) - density(at.map(f64::from)).ln()).abs() < 1e-6);
}
