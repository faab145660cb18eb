//! Colours are told apart: CIEDE2000 (Sharma et al. 2005) between colours as they are and as Machado et al. (2009) simulate
//! dichromats, in float64.

use latent_explorer::figure::{CLASSES, Ink, PLAIN, POSTERIOR, RUNS, Theme, class_color, run_color};

const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const PROTAN: [[f64; 3]; 3] =
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const DEUTAN: [[f64; 3]; 3] =
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
const TRITAN: [[f64; 3]; 3] =
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]];

fn times(m: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|i| (0..3).map(|j| m[i][j] * v[j]).sum())
}

fn lab(rgb: [u8; 3], vision: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = rgb.map(|v| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    let seen = times(vision, linear).map(|v| v.clamp(0.0, 1.0));
    let to_xyz =
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
    let xyz = times(&to_xyz, seen);
    let white = [0.95047, 1.0, 1.08883];
    let [x, y, z] = [0, 1, 2].map(|i| {
        let t = xyz[i] / white[i];
        if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn ciede2000(one: [f64; 3], two: [f64; 3]) -> f64 {
    let chroma = |c: [f64; 3]| c[1].hypot(c[2]);
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh(0.5 * (chroma(one) + chroma(two))));
    let primed = |c: [f64; 3]| {
        let a = (1.0 + g) * c[1];
        (a.hypot(c[2]), c[2].atan2(a).to_degrees().rem_euclid(360.0))
    };
    let ((c1, h1), (c2, h2)) = (primed(one), primed(two));
    let grey = c1 * c2 == 0.0;
    let turn = h2 - h1;
    let dh = match turn {
        _ if grey => 0.0,
        t if t > 180.0 => t - 360.0,
        t if t < -180.0 => t + 360.0,
        t => t,
    };
    let dh = 2.0 * (c1 * c2).sqrt() * (0.5 * dh).to_radians().sin();
    let (l, c) = (0.5 * (one[0] + two[0]), 0.5 * (c1 + c2));
    let h = match h1 + h2 {
        sum if grey => sum,
        sum if turn.abs() <= 180.0 => 0.5 * sum,
        sum if sum < 360.0 => 0.5 * (sum + 360.0),
        sum => 0.5 * (sum - 360.0),
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0) - 0.2 * cos(4.0 * h - 63.0);
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rotation = -(60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin() * 2.0 * seventh(c);
    let (dl, dc, dh) = ((two[0] - one[0]) / sl, (c2 - c1) / sc, dh / sh);
    (dl * dl + dc * dc + dh * dh + rotation * dc * dh).sqrt()
}

fn smallest(colours: &[[u8; 3]], vision: &[[f64; 3]; 3]) -> f64 {
    let labs: Vec<_> = colours.iter().map(|&colour| lab(colour, vision)).collect();
    let pairs = (0..labs.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs.map(|(i, j)| ciede2000(labs[i], labs[j])).fold(f64::INFINITY, f64::min)
}

#[test]
fn the_distance_is_that_of_the_published_examples() {
    for (one, two, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
    ] {
        let distance = ciede2000(one, two);
        assert!((distance - expected).abs() < 1e-4, "{distance} instead of {expected}");
    }
}

#[test]
fn ten_classes_are_told_apart_by_every_eye() {
    for (name, vision, least) in
        [("normal", NORMAL, 21.9), ("protan", PROTAN, 14.4), ("deutan", DEUTAN, 14.4), ("tritan", TRITAN, 14.4)]
    {
        let distance = smallest(&CLASSES, &vision);
        assert!(distance > least, "{name}: {distance}");
    }
    assert_eq!((CLASSES[0], CLASSES[1]), ([0x3f, 0x90, 0xda], [0xff, 0xa9, 0x0e]));
}

#[test]
fn classes_stand_out_from_both_grounds_and_from_muted_points() {
    for colour in CLASSES {
        let lightness = lab(colour, &NORMAL)[0];
        assert!((39.5..79.5).contains(&lightness), "{colour:?}: {lightness}");
        for dark in [true, false] {
            assert!(smallest(&[colour, Theme { dark }.rgb(Ink::Ground)], &NORMAL) > 15.0, "{colour:?}");
        }
        assert!(smallest(&[colour, [128; 3]], &NORMAL) > 15.0, "{colour:?} looks like a muted point");
    }
}

#[test]
fn a_thousand_classes_have_colours_and_neighbours_in_number_are_told_apart() {
    let all: Vec<[u8; 3]> = (0..1_000).map(class_color).collect();
    assert_eq!(all[..10], CLASSES);
    let pairs = || all.windows(2).flat_map(|pair| [(pair[0], pair[1])]).chain(all.windows(3).map(|w| (w[0], w[2])));
    let least = pairs().map(|(a, b)| smallest(&[a, b], &NORMAL)).fold(f64::INFINITY, f64::min);
    assert!(least > 12.0, "{least}");
    let few = smallest(&all[..24], &NORMAL);
    assert!(few > 17.0, "the first 24: {few}");
    for colour in &all[10..] {
        let lightness = lab(*colour, &NORMAL)[0];
        assert!((39.5..85.0).contains(&lightness), "{colour:?}: {lightness}");
        for (what, other) in [("the true posterior", POSTERIOR), ("a muted point", [128; 3])] {
            let distance = smallest(&[*colour, other], &NORMAL);
            assert!(distance > 10.0, "{colour:?} looks like {what}: {distance}");
        }
        for dark in [true, false] {
            assert!(smallest(&[*colour, Theme { dark }.rgb(Ink::Ground)], &NORMAL) > 15.0, "{colour:?}");
        }
    }
}

#[test]
fn the_colour_of_images_without_classes_is_seen_on_both_grounds_and_is_none_of_the_first_classes() {
    for other in [CLASSES[0], CLASSES[1], [128; 3], POSTERIOR] {
        assert!(smallest(&[PLAIN, other], &NORMAL) > 4.0, "{other:?}");
    }
    for dark in [true, false] {
        assert!(smallest(&[PLAIN, Theme { dark }.rgb(Ink::Ground)], &NORMAL) > 30.0);
    }
}

#[test]
fn runs_have_their_colours_and_many_more_follow() {
    assert_eq!([run_color(0), run_color(1)], [[0xe6, 0x8a, 0x2e], [0x3d, 0x8b, 0xfd]]);
    let all: Vec<[u8; 3]> = (0..24).map(run_color).collect();
    assert!(smallest(&all, &NORMAL) > 3.0, "{}", smallest(&all, &NORMAL));
    assert!(smallest(&RUNS, &NORMAL) > 15.0, "{}", smallest(&RUNS, &NORMAL));
    assert_eq!(run_color(usize::MAX - 23), run_color(usize::MAX - 47));
}

#[test]
fn text_is_read_on_its_ground() {
    let luminance = |rgb: [u8; 3]| {
        let linear = rgb.map(|v| (f64::from(v) / 255.0).powf(2.2));
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    for dark in [true, false] {
        let theme = Theme { dark };
        for (ink, least) in [(Ink::Text, 10.0), (Ink::Quiet, 4.5)] {
            let [a, b] = [ink, Ink::Ground].map(|ink| luminance(theme.rgb(ink)) + 0.05);
            assert!(a.max(b) / a.min(b) > least, "{ink:?} {dark}");
        }
    }
}
