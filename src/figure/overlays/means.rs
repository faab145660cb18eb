//! The mean code of each class as a mark with the name of the class. Marks that would lie on one another are moved apart, and a
//! thin line leads from each to where its mean is.

use super::super::frame::{Frame, Spot};
use super::super::marks::{Align, Mark};
use super::super::palette::{class_color, readable_on};
use super::super::text;
use super::super::theme::Ink;
use crate::config::Place;
use crate::explore::Summary;

/// The height of a mark and its least width, in pixels; half of its height is its roundness.
const HEIGHT: f32 = 19.5;
const SIZE: f32 = 12.5;
/// Between two marks.
const GAP: f32 = 2.0;
/// Rounds in which marks push each other away, at most.
const ROUNDS: usize = 200;

/// The mean code of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Mean {
    pub class: usize,
    pub name: String,
    pub place: Place,
}

impl Mean {
    /// The means of all classes that have images; `names` are those of the classes.
    pub fn of_classes(summary: &Summary, names: &[String]) -> Vec<Self> {
        let means = summary.class_means.iter().enumerate();
        let of = |(class, mean): (usize, &Option<Place>)| {
            Some(Self { class, name: names.get(class).cloned().unwrap_or_default(), place: (*mean)? })
        };
        means.filter_map(of).collect()
    }
}

/// The leading lines, then the marks.
pub fn marks(means: &[Mean], frame: &Frame) -> Vec<Mark> {
    let seen: Vec<&Mean> = means.iter().filter(|mean| frame.contains(mean.place)).collect();
    let places: Vec<(f32, f32)> = seen.iter().map(|mean| frame.at(mean.place)).collect();
    let sizes: Vec<[f32; 2]> =
        seen.iter().map(|mean| [(text::width(&mean.name, SIZE) + 9.5).max(HEIGHT), HEIGHT]).collect();
    let apart = spread(&places, &sizes, frame);
    let (mut lines, mut labels) = (Vec::new(), Vec::new());
    for (((mean, size), from), to) in seen.into_iter().zip(sizes).zip(places).zip(apart) {
        let color = class_color(mean.class);
        let (at, fill) = (Spot::plane(mean.place), Ink::Rgb(color));
        let moved = [to.0 - from.0, to.1 - from.1];
        let centre = at.moved(moved[0], moved[1]);
        if (0..2).any(|d| moved[d].abs() > 0.5 * size[d]) {
            for stroke in [Ink::Ground.faded(0.8).line(3.0), fill.line(1.2)] {
                lines.push(Mark::Line { points: vec![at, centre], closed: false, stroke });
            }
            let outline = Some(Ink::Ground.line(1.0));
            lines.push(Mark::Disc { centre: at, radius: 3.0, fill: Some(fill.full()), outline });
        }
        let on = Ink::Rgb(readable_on(color));
        let outline = Some(on.faded(0.9).line(1.5));
        labels.push(Mark::Rect { centre, size, rounding: 0.5 * HEIGHT, fill: Some(fill.full()), outline });
        labels.push(Mark::Label {
            at: centre,
            align: [Align::Middle; 2],
            size: SIZE,
            text: mean.name.clone(),
            paint: on.full(),
            halo: None,
        });
    }
    lines.extend(labels);
    lines
}

/// The centres of rectangles of these sizes, moved as little as it takes for no two of them to overlap, and within the frame as
/// far as that has room.
fn spread(places: &[(f32, f32)], sizes: &[[f32; 2]], frame: &Frame) -> Vec<(f32, f32)> {
    let mut centres: Vec<[f32; 2]> = places.iter().map(|&(x, y)| [x, y]).collect();
    let corner = [frame.left, frame.top];
    let length = [frame.width, frame.height];
    for _ in 0..ROUNDS {
        let mut is_apart = true;
        for i in 0..centres.len() {
            for j in i + 1..centres.len() {
                let between = direction(centres[i], centres[j], i, j);
                let overlap = [0, 1].map(|d| 0.5 * (sizes[i][d] + sizes[j][d]) + GAP - between[d].abs());
                if overlap[0] <= 0.0 || overlap[1] <= 0.0 {
                    continue;
                }
                is_apart = false;
                let d = usize::from(overlap[1] < overlap[0]);
                let push = (0.5 * overlap[d] + 0.01).copysign(between[d]);
                centres[i][d] -= push;
                centres[j][d] += push;
            }
        }
        for (centre, size) in centres.iter_mut().zip(sizes) {
            for d in 0..2 {
                let half = 0.5 * size[d] + 1.0;
                if 2.0 * half < length[d] {
                    centre[d] = centre[d].clamp(corner[d] + half, corner[d] + length[d] - half);
                }
            }
        }
        if is_apart {
            break;
        }
    }
    centres.into_iter().map(|[x, y]| (x, y)).collect()
}

/// From one centre to another; of two at one place, each pair has a direction of its own.
fn direction(from: [f32; 2], to: [f32; 2], i: usize, j: usize) -> [f32; 2] {
    let between = [to[0] - from[0], to[1] - from[1]];
    if between[0].hypot(between[1]) > 1e-3 {
        return between;
    }
    // The golden angle, which does not repeat.
    let (sin, cos) = (2.4 * (i + 2 * j) as f32).sin_cos();
    [1e-3 * cos, 1e-3 * sin]
}
