//! Paths through the plane: between codes, along the decoder's shortest lines, and through waypoints.

use latent_explorer::config::ModelKind;
use latent_explorer::explore::{Interpolation, Route, Spacing, Waypoint, follow, geodesic, length, path, resolve};
use latent_explorer::model::{Autoencoder, Compute, initial_parameters};
use latent_explorer::progress::Progress;

use crate::support::model_config;

#[test]
fn a_straight_path_is_evenly_spaced() {
    let codes = path([0.0, 0.0], [4.0, -2.0], 5, Interpolation::Linear);
    assert_eq!(codes, [[0.0, 0.0], [1.0, -0.5], [2.0, -1.0], [3.0, -1.5], [4.0, -2.0]]);
}

#[test]
fn a_spherical_path_between_codes_of_one_norm_keeps_that_norm() {
    let codes = path([2.0, 0.0], [0.0, 2.0], 9, Interpolation::Spherical);
    assert_eq!(codes.len(), 9);
    for code in &codes {
        assert!((code[0].hypot(code[1]) - 2.0).abs() < 1e-5, "{code:?}");
    }
    assert!((codes[4][0] - codes[4][1]).abs() < 1e-5);
}

#[test]
fn a_spherical_path_ends_where_it_is_told_to() {
    for to in [[-1.0, 3.0], [2.0, 1.0], [-2.0, 0.0], [0.0, 0.0]] {
        let codes = path([1.5, 0.0], to, 7, Interpolation::Spherical);
        assert!((codes[0][0] - 1.5).abs() < 1e-5 && codes[0][1].abs() < 1e-5);
        assert!((codes[6][0] - to[0]).abs() < 1e-5 && (codes[6][1] - to[1]).abs() < 1e-5, "{codes:?}");
    }
}

/// A decoder whose images change fast and unevenly.
fn wild() -> Autoencoder {
    let config = model_config(ModelKind::Vae);
    let parameters: Vec<f32> = initial_parameters(&config, 3).into_iter().map(|v| 4.0 * v).collect();
    Autoencoder::new(&config, &parameters, Compute::cpu(1)).unwrap()
}

#[test]
fn a_geodesic_is_never_longer_than_the_straight_line_and_mostly_shorter() {
    let model = wild();
    let mut shorter = 0;
    for (from, to) in
        [([-2.0, -1.0], [2.0, 1.0]), ([0.1, 1.5], [1.0, -2.0]), ([-1.0, 0.5], [-0.5, -0.7]), ([2.0, 2.0], [-2.0, 2.0])]
    {
        let straight = length(&model, &path(from, to, 64, Interpolation::Linear), &Progress::silent()).unwrap();
        let route =
            Route { points: vec![from, to], steps: 64, interpolation: Interpolation::Geodesic, spacing: Spacing::Code };
        let followed = follow(&route, &model, &Progress::silent()).unwrap();
        assert!(followed.length <= straight * 1.0001, "{} instead of {straight}", followed.length);
        assert_eq!(followed.fell_back, geodesic(&model, from, to, 64, &Progress::silent()).unwrap().is_none());
        assert_eq!((followed.codes[0], followed.codes.len()), (from, 64));
        assert!((followed.codes[63][0] - to[0]).abs() < 1e-4 && (followed.codes[63][1] - to[1]).abs() < 1e-4);
        shorter += usize::from(followed.length < 0.98 * straight);
    }
    assert!(shorter >= 2, "{shorter} of 4 are shorter");
}

#[test]
fn a_waypoint_that_is_an_image_is_another_code_for_each_model() {
    let waypoints = [Waypoint::Image(1), Waypoint::Code([0.5, -0.5])];
    assert_eq!(resolve(&waypoints, &[[0.0, 0.0], [1.0, 2.0]]), [[1.0, 2.0], [0.5, -0.5]]);
    assert_eq!(resolve(&waypoints, &[[0.0, 0.0], [-3.0, 1.0]]), [[-3.0, 1.0], [0.5, -0.5]]);
}

#[test]
fn a_waypoint_beyond_the_images_is_left_out() {
    assert_eq!(Waypoint::Image(2).code(&[[0.0, 0.0]; 2]), None);
    assert_eq!(resolve(&[Waypoint::Image(2), Waypoint::Image(0)], &[[1.0, 1.0]; 2]), [[1.0, 1.0]]);
}

#[test]
fn a_waypoint_is_written_and_read_as_json() {
    for waypoint in [Waypoint::Image(12), Waypoint::Code([0.25, -3.0])] {
        let text = serde_json::to_string(&waypoint).unwrap();
        assert_eq!(serde_json::from_str::<Waypoint>(&text).unwrap(), waypoint);
    }
}

#[test]
fn steps_equal_by_image_change_the_image_equally() {
    let (model, points) = (wild(), vec![[-2.0, -1.0], [2.0, 1.0], [0.0, 2.0]]);
    let changes = |spacing| {
        let route = Route { points: points.clone(), steps: 12, interpolation: Interpolation::Linear, spacing };
        let codes = follow(&route, &model, &Progress::silent()).unwrap().codes;
        let between = |pair: &[[f32; 2]]| {
            length(&model, &path(pair[0], pair[1], 32, Interpolation::Linear), &Progress::silent()).unwrap()
        };
        // The step round the corner is longer than the line between its ends.
        let mut all: Vec<f32> = codes.windows(2).map(between).collect();
        all.sort_by(f32::total_cmp);
        all[10] / all[1]
    };
    assert!(changes(Spacing::Image) < 1.25, "{}", changes(Spacing::Image));
    assert!(changes(Spacing::Code) > 1.5, "{}", changes(Spacing::Code));
}
