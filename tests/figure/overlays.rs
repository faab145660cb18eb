//! Each overlay's marks for a small plane of known numbers.

use std::sync::Arc;

use latent_explorer::explore::{Cells, Field, FieldKind, Summary};
use latent_explorer::figure::overlays::{self, axes, cursor, drawing, field, means, outline, path, rings, trails};
use latent_explorer::figure::{
    Channels, Drawing, FieldLayer, Frame, Gaussian, Ink, Manifold, Mark, Mean, Path, Plane, Raster, Rings,
    TruePosterior, class_color, marks, posterior_raster, text,
};
use latent_explorer::model::Places;

use super::{FRAME, at, cloud, near, texts};

fn grey(width: usize, height: usize) -> Arc<Raster> {
    Arc::new(Raster { width, height, channels: Channels::Grey, pixels: vec![200; width * height] })
}

fn density() -> FieldLayer {
    let cells = Cells { min: [-2.0, -1.0], max: [2.0, 1.0], across: 2, down: 1 };
    FieldLayer::new(FieldKind::Density, cells, &Field::Values(vec![0.0, 0.25]))
}

fn ellipses(marks: &[Mark]) -> Vec<([f32; 2], [f32; 2], Ink, f32)> {
    let of = |mark: &Mark| match mark {
        Mark::Ellipse { centre, radii, stroke } => Some((*centre, *radii, stroke.paint.ink, stroke.width)),
        _ => None,
    };
    marks.iter().filter_map(of).collect()
}

#[test]
fn a_frame_shows_the_view_whole_with_one_scale_on_both_axes() {
    let frame = Frame::fitting([10.0, 20.0], [400.0, 300.0], ([-1.0, -1.0], [1.0, 1.0]), 10.0);
    assert!((frame.scale() - 280.0 / 2.0).abs() < 1e-3, "the height is what is short: {}", frame.scale());
    assert!((300.0 / (frame.max[1] - frame.min[1]) - frame.scale()).abs() < 1e-3);
    assert!(near(frame.at([0.0, 0.0]), (210.0, 170.0)) && near(frame.at([1.0, 1.0]), (350.0, 30.0)));
    let place = frame.place(frame.at([0.3, -0.7]));
    assert!((place[0] - 0.3).abs() < 1e-5 && (place[1] + 0.7).abs() < 1e-5, "{place:?}");
}

#[test]
fn rings_are_one_two_and_three_units_wide_and_named_where_there_is_room() {
    let marks = rings::marks(&Rings::default(), &FRAME);
    let lines: Vec<_> = ellipses(&marks).into_iter().filter(|ring| ring.2 == Ink::Text).collect();
    assert_eq!(lines.iter().map(|ring| ring.1).collect::<Vec<_>>(), [[1.0; 2], [2.0; 2], [3.0; 2]]);
    assert!(lines.iter().all(|ring| ring.0 == [0.0; 2]));
    assert_eq!(texts(&marks), ["1σ", "2σ", "3σ"]);
    let far = Frame { min: [-40.0, -30.0], max: [40.0, 30.0], ..FRAME };
    assert!(texts(&rings::marks(&Rings::default(), &far)).is_empty());
}

#[test]
fn a_posterior_is_drawn_at_one_and_two_sigma_over_a_halo() {
    let codes = Places { mu: vec![[0.5, -1.0]], logvar: Some(vec![[2.0 * 0.4f32.ln(), 2.0 * 1.5f32.ln()]]) };
    let drawn = ellipses(&overlays::posteriors::marks(&Gaussian::of_image(&codes, 0).unwrap()));
    let sigma = drawn[1].1;
    assert!((sigma[0] - 0.4).abs() < 1e-5 && (sigma[1] - 1.5).abs() < 1e-5, "{sigma:?}");
    assert_eq!(drawn.iter().map(|e| e.2).collect::<Vec<_>>(), [Ink::Ground, Ink::Accent, Ink::Ground, Ink::Accent]);
    assert_eq!((drawn[3].1, drawn[3].0), (sigma.map(|s| 2.0 * s), [0.5, -1.0]));
    assert_eq!((drawn[0].3, drawn[1].3), (4.0, 2.0), "the halo is wider than the line");
}

#[test]
fn each_class_has_the_posterior_of_its_medoid_and_an_ae_has_none() {
    let mu = vec![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]];
    let codes = Places { mu: mu.clone(), logvar: Some(vec![[0.0; 2]; 3]) };
    let summary = Summary::new(&codes, &[1, 1, 0], 3);
    let gaussians = Gaussian::of_classes(&codes, &summary);
    assert_eq!(gaussians.iter().map(|g| g.mu).collect::<Vec<_>>(), [[2.0, 2.0], [0.0, 0.0]]);
    assert_eq!(gaussians[0].ink, Ink::Rgb(class_color(0)));
    let ae = Places { mu, logvar: None };
    assert!(Gaussian::of_classes(&ae, &summary).is_empty() && Gaussian::of_image(&ae, 0).is_none());
}

fn mean(class: usize, name: &str, place: [f32; 2]) -> Mean {
    Mean { class, name: name.to_owned(), place }
}

/// Centre and size of each mark.
fn boxes(marks: &[Mark]) -> Vec<((f32, f32), [f32; 2])> {
    let of = |mark: &Mark| if let Mark::Rect { centre, size, .. } = mark { Some((at(centre), *size)) } else { None };
    marks.iter().filter_map(of).collect()
}

#[test]
fn class_marks_that_do_not_touch_stay_where_their_means_are() {
    let marks = means::marks(&[mean(0, "0", [-1.0, 0.0]), mean(1, "1", [1.0, 0.5])], &FRAME);
    let boxes = boxes(&marks);
    assert!(near(boxes[0].0, FRAME.at([-1.0, 0.0])) && near(boxes[1].0, FRAME.at([1.0, 0.5])), "{boxes:?}");
    assert!(marks.iter().all(|mark| !matches!(mark, Mark::Line { .. })), "no line leads from them");
}

#[test]
fn class_marks_that_pile_up_are_moved_apart_and_each_is_led_to_its_mean() {
    for names in [["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], ["a shirt"; 10]] {
        for place in [[0.0, 0.0], [3.9, 2.9]] {
            let all: Vec<Mean> = names.iter().enumerate().map(|(class, name)| mean(class, name, place)).collect();
            let marks = means::marks(&all, &FRAME);
            let boxes = boxes(&marks);
            for (i, (a, size_a)) in boxes.iter().enumerate() {
                assert!(a.0 > FRAME.left && a.0 < FRAME.left + FRAME.width && a.1 > FRAME.top, "{a:?}");
                for (b, size_b) in &boxes[..i] {
                    let apart = [(a.0 - b.0).abs(), (a.1 - b.1).abs()];
                    let needed = [0, 1].map(|d| 0.5 * (size_a[d] + size_b[d]));
                    assert!(apart[0] >= needed[0] || apart[1] >= needed[1], "{a:?} lies on {b:?}");
                }
            }
            let ends = marks.iter().filter_map(|mark| match mark {
                Mark::Line { points, .. } => Some((at(&points[0]), at(&points[1]))),
                _ => None,
            });
            let mut led = 0;
            for (from, to) in ends {
                assert!(near(from, FRAME.at(place)) && boxes.iter().any(|(centre, _)| near(*centre, to)));
                led += 1;
            }
            assert!(led >= 2 * 8, "a halo and a line for those that were moved: {led}");
        }
    }
}

#[test]
fn of_a_thousand_class_marks_none_lies_on_another_and_the_rest_are_dots() {
    let place = |i: usize| [(i % 40) as f32 * 0.19 - 3.8, (i / 40) as f32 * 0.2 - 2.5];
    let all: Vec<Mean> =
        (0..1_000).map(|class| mean(class, &format!("a long name of class {class}"), place(class))).collect();
    let marks = means::marks(&all, &FRAME);
    let boxes = boxes(&marks);
    for (i, (a, size_a)) in boxes.iter().enumerate() {
        assert!(size_a[0] < 135.0, "a name is cut: {size_a:?}");
        for (b, size_b) in &boxes[..i] {
            let apart = [(a.0 - b.0).abs(), (a.1 - b.1).abs()];
            let needed = [0, 1].map(|d| 0.5 * (size_a[d] + size_b[d]));
            assert!(apart[0] >= needed[0] || apart[1] >= needed[1], "{a:?} lies on {b:?}");
        }
    }
    let dots = marks.iter().filter(|mark| matches!(mark, Mark::Disc { .. })).count();
    assert!(boxes.len() > 60 && boxes.len() + dots == 1_000, "{} marks, {dots} dots", boxes.len());
}

#[test]
fn means_out_of_view_are_not_drawn() {
    assert!(means::marks(&[mean(0, "0", [9.0, 0.0])], &FRAME).is_empty());
}

#[test]
fn a_path_has_a_dot_a_step_and_a_letter_a_waypoint() {
    let codes = vec![[-1.0, 0.0], [0.0, 1.0], [1.0, 0.0]];
    let marks = path::marks(&Path { codes: codes.clone(), waypoints: vec![codes[0], codes[2]] });
    let discs: Vec<_> = marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Disc { centre, radius, .. } => Some((at(centre), *radius)),
            _ => None,
        })
        .collect();
    let expected = [codes[0], codes[1], codes[2], codes[0], codes[2]].map(|z| FRAME.at(z));
    assert_eq!(discs.iter().map(|disc| disc.0).collect::<Vec<_>>(), expected);
    assert_eq!(discs.iter().map(|disc| disc.1).collect::<Vec<_>>(), [2.5, 2.5, 2.5, 9.0, 9.0]);
    assert_eq!(texts(&marks), ["A", "B"]);
    assert!(matches!(&marks[0], Mark::Line { points, closed: false, .. } if points.len() == 3));
}

#[test]
fn a_trail_runs_through_the_means_in_the_colour_of_its_class() {
    let marks = trails::marks(&[vec![[0.0, 0.0]], vec![[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]]]);
    assert_eq!(marks.len(), 2, "a halo and a line; a single state has no trail");
    let Mark::Line { points, stroke, .. } = &marks[1] else { panic!("no line") };
    assert_eq!((points.len(), stroke.paint.ink, stroke.width), (3, Ink::Rgb(class_color(1)), 2.0));
}

#[test]
fn a_drawing_shows_its_posterior_and_its_code() {
    let marks = drawing::marks(&Drawing { mu: [1.0, 0.0], sigma: Some([0.5, 0.25]), z: Some([1.5, 0.5]) });
    let radii: Vec<_> = ellipses(&marks).into_iter().filter(|e| e.2 == Ink::Posterior).map(|e| e.1).collect();
    assert_eq!(radii, [[0.5, 0.25], [1.0, 0.5]]);
    assert_eq!(texts(&marks), ["z"]);
    assert!(near(boxes(&marks)[0].0, FRAME.at([1.5, 0.5])));
    let ae = drawing::marks(&Drawing { mu: [1.0, 0.0], sigma: None, z: None });
    assert_eq!(ae.len(), 1, "a disc at the code");
}

#[test]
fn an_outline_is_closed_and_dashed() {
    let marks = outline::marks(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
    let Mark::Line { points, closed, stroke } = &marks[1] else { panic!("no line") };
    assert_eq!((points.len(), *closed, stroke.dash), (3, true, Some([6.0, 4.0])));
    assert!(outline::marks(&[[0.0, 0.0]]).is_empty());
}

#[test]
fn the_cursor_is_where_it_is_told_to_be_and_ends_in_the_accent() {
    let marks = cursor::marks([1.0, -1.0]);
    let Some(Mark::Disc { centre, radius, outline: Some(stroke), .. }) =
        marks.iter().rev().find(|mark| matches!(mark, Mark::Disc { .. }))
    else {
        panic!("no circle")
    };
    assert_eq!((at(centre), *radius), (FRAME.at([1.0, -1.0]), 8.0));
    assert_eq!((stroke.paint.ink, stroke.width), (Ink::Accent, 1.5));
    assert_eq!(marks.len(), 3 * 5);
}

#[test]
fn a_field_covers_its_cells_and_is_half_opaque_over_a_manifold() {
    for (over_manifold, expected) in [(false, 1.0), (true, 0.5)] {
        let marks = field::marks(&density(), over_manifold, &FRAME);
        let [Mark::Raster { corners, image, smooth, opacity }] = &marks[..] else { panic!("no raster") };
        assert_eq!((at(&corners[0]), at(&corners[1])), (FRAME.at([-2.0, -1.0]), FRAME.at([2.0, 1.0])));
        assert_eq!((image.width, image.height, *smooth, *opacity), (2, 1, true, expected));
    }
    let cells = Cells { min: [0.0; 2], max: [1.0; 2], across: 1, down: 1 };
    let classes = FieldLayer::new(FieldKind::Class, cells, &Field::Classes(vec![1]));
    let marks = field::marks(&classes, false, &FRAME);
    let Mark::Raster { image, smooth, .. } = &marks[0] else { panic!("no raster") };
    assert_eq!((&image.pixels[..3], *smooth), (&class_color(1)[..], false), "classes have no values in between");
}

#[test]
fn a_flow_is_an_arrow_a_cell_with_a_tip_where_it_is_long() {
    let cells = Cells { min: [-1.0, -1.0], max: [1.0, 1.0], across: 2, down: 1 };
    let flow = FieldLayer::new(FieldKind::Flow, cells, &Field::Targets(vec![[0.5, 1.0], [0.5, 0.01]]));
    let marks = field::marks(&flow, false, &FRAME);
    let ends: Vec<_> = marks
        .iter()
        .filter_map(
            |mark| if let Mark::Line { points, .. } = mark { Some((at(&points[0]), at(&points[1]))) } else { None },
        )
        .collect();
    assert_eq!(ends[0], (FRAME.at([-0.5, 0.0]), FRAME.at([0.5, 1.0])));
    let tips: Vec<_> =
        marks.iter().filter_map(|m| if let Mark::Polygon { points, .. } = m { Some(points) } else { None }).collect();
    assert_eq!(tips.len(), 1, "one pixel long, the second has none");
    // Along the diagonal the corners lie 4.5 back and 2.6 to either side of it.
    let (tip, corner) = (at(&tips[0][0]), at(&tips[0][1]));
    let back = [corner.0 - tip.0, corner.1 - tip.1];
    assert!((back[0].hypot(back[1]) - 4.5f32.hypot(2.6)).abs() < 1e-3, "{back:?}");
    assert!(((back[0] - back[1]) / 2f32.sqrt() + 4.5).abs() < 1e-3, "{back:?}");
}

#[test]
fn the_legend_of_a_field_lies_in_its_strip_and_never_leaves_the_width_of_the_frame() {
    for width in [60.0, 120.0, 180.0, 260.0, 400.0, 900.0] {
        let frame = Frame { width, max: [-4.0 + width / 100.0, 3.0], ..FRAME };
        for mark in field::legend(&density(), &frame) {
            let (left, right, y) = match &mark {
                Mark::Label { at, size, text, .. } => {
                    let (x, y) = frame.locate(at);
                    (x, x + text::width(text, *size), y)
                }
                Mark::Raster { corners, .. } => {
                    let [(left, low), (right, high)] = [0, 1].map(|i| frame.locate(&corners[i]));
                    assert!(low > high);
                    (left, right, 0.5 * (low + high))
                }
                other => panic!("{other:?}"),
            };
            assert!(left >= frame.left - 1e-3 && right <= frame.left + width + 1e-3, "{width}: {left} to {right}");
            assert!(y < frame.top && y > frame.top - field::STRIP, "{y}");
        }
    }
    assert_eq!(texts(&field::legend(&density(), &FRAME)), ["density q(z)", "0", "0.25", "per unit area"]);
}

#[test]
fn the_true_posterior_is_a_tint_within_a_border_under_the_encoders_ellipses() {
    let cells = Cells { min: [0.0; 2], max: [1.0; 2], across: 2, down: 1 };
    let image = Arc::new(posterior_raster(&[2.0, 4.0], &cells));
    assert_eq!(image.pixels, [0xf2, 0x4b, 0x8b, 108, 0xf2, 0x4b, 0x8b, 217]);
    let posterior = TruePosterior { image, min: [0.0; 2], max: [1.0; 2], encoder: Some(([0.5, 0.5], [0.1, 0.2])) };
    let marks = overlays::true_posterior::marks(&posterior);
    assert_eq!(ellipses(&marks).iter().map(|e| e.1).collect::<Vec<_>>(), [[0.1, 0.2], [0.2, 0.4]]);
    assert!(matches!(&marks[1], Mark::Line { points, closed: true, .. } if at(&points[2]) == FRAME.at([1.0, 1.0])));
}

#[test]
fn axes_have_ticks_of_one_step_and_names() {
    let around = axes::around(&FRAME, &Plane::default().axes);
    let texts = texts(&around);
    for text in ["−3", "0", "3", "z₁", "z₂"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    let lines = axes::grid(&FRAME);
    let upright = lines.iter().filter_map(|mark| match mark {
        Mark::Line { points, .. } if at(&points[0]).0 == at(&points[1]).0 => Some(at(&points[0]).0),
        _ => None,
    });
    let upright: Vec<f32> = upright.collect();
    assert_eq!(upright.len(), 9, "from −4 to 4");
    assert!(upright.windows(2).all(|pair| (pair[1] - pair[0] - 100.0).abs() < 1e-2), "{upright:?}");
}

#[test]
fn overlays_lie_in_order_and_codes_fade_over_what_fills_the_plane() {
    let manifold = Manifold { image: grey(8, 8), min: [-1.0; 2], max: [1.0; 2] };
    let points = Some(cloud(vec![[0.0, 0.0]], vec![0]));
    let plain = Plane { points: points.clone(), ..Plane::default() };
    let opacity = |plane: &Plane| {
        let of = |mark: &Mark| if let Mark::Points { opacity, .. } = mark { Some(*opacity) } else { None };
        marks(plane, &FRAME).inside.iter().find_map(of).unwrap()
    };
    assert_eq!(opacity(&plain), 1.0);
    let filled = Plane {
        manifold: Some(manifold),
        field: Some(density()),
        points,
        rings: Some(Arc::default()),
        cursor: Some([0.0, 0.0]),
        ..Plane::default()
    };
    assert!(opacity(&filled) < 0.6 && opacity(&Plane { field: None, ..filled.clone() }) < 0.6);
    let inside = marks(&filled, &FRAME).inside;
    let place = |of: fn(&Mark) -> bool| inside.iter().position(of).unwrap();
    let manifold = place(|mark| matches!(mark, Mark::Raster { opacity, .. } if *opacity == 1.0));
    let field = place(|mark| matches!(mark, Mark::Raster { opacity, .. } if *opacity == 0.5));
    let points = place(|mark| matches!(mark, Mark::Points { .. }));
    let rings = place(|mark| matches!(mark, Mark::Ellipse { .. }));
    let cursor = place(|mark| matches!(mark, Mark::Disc { .. }));
    assert!(manifold < field && field < points && points < rings && rings < cursor);
    let strip = marks(&filled, &FRAME).around;
    assert!(texts(&strip).contains(&"density q(z)"), "the legend is not clipped by the frame");
}
