//! The words of a quantised code as marks.

use latent_explorer::figure::overlays::words::{arrow, cells, marks};
use latent_explorer::figure::{Ink, Mark, Marks, Plane, Svg, Theme, WordsLayer, marks as marks_of};
use latent_explorer::model::{Codes, InPlane};
use latent_explorer::progress::Progress;

use super::{FRAME, at, near, texts};
use crate::words::quantised;

/// Five words: 0 chosen by four codes, 1 and 2 by one each, the others by none; the last is close to 3.
const WORDS: [f32; 10] = [-2.0, 0.0, 2.0, 0.0, 0.0, 1.5, 0.0, -1.5, 0.05, -1.5];

fn layer() -> WordsLayer {
    let model = InPlane::from(quantised(&WORDS, 2, 1));
    let mu = vec![-2.1, 0.1, -1.9, 0.0, -2.0, 0.3, -1.5, -0.2, 1.8, 0.2, 0.1, 1.2];
    let codes = Codes { latent: 2, mu, logvar: None };
    WordsLayer::of(&model, &codes, &Progress::silent()).unwrap().unwrap()
}

fn fills(marks: &[Mark]) -> Vec<(Ink, f32)> {
    let of = |mark: &Mark| if let Mark::Polygon { fill, .. } = mark { Some((fill.ink, fill.opacity)) } else { None };
    marks.iter().filter_map(of).collect()
}

#[test]
fn a_cell_is_the_darker_the_more_codes_choose_its_word_and_grey_if_none_does() {
    let fills = fills(&cells(&layer(), false, &FRAME));
    assert_eq!(fills.len(), 5);
    assert_eq!(
        fills.iter().map(|fill| fill.0).collect::<Vec<_>>(),
        [Ink::Accent, Ink::Accent, Ink::Accent, Ink::Quiet, Ink::Quiet]
    );
    assert!(fills[0].1 > fills[1].1 + 0.1 && fills[1].1 == fills[2].1);
}

#[test]
fn cells_over_a_manifold_are_borders_alone() {
    let marks = cells(&layer(), true, &FRAME);
    assert!(fills(&marks).is_empty() && marks.iter().all(|mark| matches!(mark, Mark::Line { .. })) && marks.len() == 5);
}

#[test]
fn cells_end_at_the_frame() {
    for mark in cells(&layer(), false, &FRAME) {
        let Mark::Polygon { points, .. } = mark else { continue };
        for (x, y) in points.iter().map(at) {
            let (right, bottom) = (FRAME.left + FRAME.width, FRAME.top + FRAME.height);
            let is_inside = x > FRAME.left - 0.1 && x < right + 0.1 && y > FRAME.top - 0.1 && y < bottom + 0.1;
            assert!(is_inside, "{x} {y}");
        }
    }
}

#[test]
fn under_a_posterior_the_likeliest_cell_is_the_most_opaque() {
    let posterior = Some(vec![0.1, 0.6, 0.3, 0.0, 0.0].into());
    let fills = fills(&cells(&WordsLayer { posterior, ..layer() }, false, &FRAME));
    assert!(fills.iter().all(|fill| fill.0 == Ink::Posterior));
    assert!(fills[1].1 > fills[2].1 && fills[2].1 > fills[0].1 && fills[3].1 == 0.0);
}

#[test]
fn images_are_at_their_words_and_none_lies_on_another() {
    let marks = marks(&layer(), &FRAME);
    let boxes: Vec<[f32; 4]> = marks
        .iter()
        .filter_map(|mark| if let Mark::Raster { corners, .. } = mark { Some(*corners) } else { None })
        .map(|corners| {
            let [(left, bottom), (right, top)] = [at(&corners[0]), at(&corners[1])];
            [left, top, right, bottom]
        })
        .collect();
    assert_eq!(boxes.len(), 4, "there is no room for both of those that are close");
    for (i, a) in boxes.iter().enumerate() {
        assert!(a[2] - a[0] >= 13.0 - 1e-3);
        for b in &boxes[..i] {
            assert!(a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1], "{a:?} {b:?}");
        }
    }
    let points = marks.iter().filter(|mark| matches!(mark, Mark::Disc { .. })).count();
    assert_eq!(points, 5, "every word is a point");
}

#[test]
fn the_image_of_a_dead_word_is_faded_and_its_point_grey() {
    let marks = marks(&layer(), &FRAME);
    let fade = |mark: &Mark| if let Mark::Raster { opacity, .. } = mark { Some(*opacity) } else { None };
    let mut opacities: Vec<f32> = marks.iter().filter_map(fade).collect();
    opacities.sort_by(f32::total_cmp);
    assert!(opacities[0] < 0.5 && opacities[1..] == [1.0; 3]);
    for mark in &marks {
        let Mark::Disc { centre, fill: Some(fill), .. } = mark else { continue };
        let is_dead = at(centre).1 > FRAME.at([0.0, -1.0]).1;
        assert_eq!(fill.ink, if is_dead { Ink::Quiet } else { Ink::Text });
    }
}

#[test]
fn the_arrow_goes_from_the_cursor_to_the_nearest_word_and_names_it() {
    let marks = arrow(&layer(), [1.2, 0.4], &FRAME);
    let tip = |mark: &Mark| if let Mark::Polygon { points, .. } = mark { Some(at(&points[0])) } else { None };
    let tip = marks.iter().find_map(tip).unwrap();
    assert!(near(tip, FRAME.at([2.0, 0.0])), "{tip:?}");
    let start = |mark: &Mark| if let Mark::Line { points, .. } = mark { Some(at(&points[0])) } else { None };
    assert!(near(marks.iter().find_map(start).unwrap(), FRAME.at([1.2, 0.4])));
    assert_eq!(texts(&marks), ["1"]);
}

#[test]
fn a_plane_without_a_cursor_has_no_arrow() {
    let tips = |cursor| {
        let plane = Plane { words: Some(layer()), cursor, ..Plane::default() };
        fills(&marks_of(&plane, &FRAME).inside).into_iter().filter(|fill| *fill == (Ink::Accent, 1.0)).count()
    };
    assert_eq!((tips(None), tips(Some([0.3, 0.4]))), (0, 1));
}

#[test]
fn an_image_of_a_word_is_light_on_dark_or_ink_on_paper_in_a_file() {
    let [on_dark, on_paper] = [true, false].map(|dark| {
        let mut svg = Svg::new(880, 660, Theme { dark }, "");
        svg.paint(&Marks { inside: marks(&layer(), &FRAME), around: Vec::new() }, &FRAME);
        let svg = svg.finish().unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let image = document.descendants().find(|node| node.has_tag_name("image")).unwrap();
        let data = image.attribute("href").unwrap().strip_prefix("data:image/png;base64,").unwrap();
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).unwrap();
        image::load_from_memory(&bytes).unwrap().into_luma8().into_raw()
    });
    assert!(!on_dark.is_empty());
    assert_eq!(on_dark, on_paper.iter().map(|value| 255 - value).collect::<Vec<_>>());
}
