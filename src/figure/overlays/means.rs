//! The mean code of each class as a mark with the name of the class. Marks that would lie on one another are moved apart, and a
//! thin line leads from each to where its mean is. Where there are too many for that, those have a name that have room for it,
//! and the others are dots.

use super::super::frame::{Frame, Spot};
use super::super::marks::{Align, Mark};
use super::super::palette::{MOST_CLASSES, class_color, readable_on};
use super::super::text;
use super::super::theme::Ink;
use crate::config::Place;
use crate::explore::Summary;

/// The height of a mark and its least width, in pixels; half of its height is its roundness.
const HEIGHT: f32 = 19.5;
const SIZE: f32 = 12.5;
/// Between two marks.
const GAP: f32 = 2.0;
/// How wide a name is at most.
const WIDEST: f32 = 120.0;
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
    /// The means of all classes that have images, of many the largest first; `names` are those of the classes.
    pub fn of_classes(summary: &Summary, names: &[String]) -> Vec<Self> {
        let means = summary.class_means.iter().enumerate();
        let of = |(class, mean): (usize, &Option<Place>)| {
            Some(Self { class, name: names.get(class).cloned().unwrap_or_default(), place: (*mean)? })
        };
        let mut means: Vec<Self> = means.filter_map(of).collect();
        if means.len() > MOST_CLASSES {
            means.sort_by_key(|mean| std::cmp::Reverse(summary.class_sizes[mean.class]));
        }
        means
    }
}

/// A mean in sight: what its mark says, how large that is, and where the mean is in pixels.
struct Seen<'a> {
    mean: &'a Mean,
    name: String,
    size: [f32; 2],
    at: (f32, f32),
}

/// The leading lines, then the marks.
pub fn marks(means: &[Mean], frame: &Frame) -> Vec<Mark> {
    let seen = means.iter().filter(|mean| frame.contains(mean.place)).map(|mean| {
        let name = text::fitted(&mean.name, SIZE, WIDEST);
        let size = [(text::width(&name, SIZE) + 9.5).max(HEIGHT), HEIGHT];
        Seen { mean, name, size, at: frame.at(mean.place) }
    });
    let seen: Vec<Seen> = seen.collect();
    let apart = if seen.len() > MOST_CLASSES { None } else { spread(&seen, frame) };
    let centres = apart.unwrap_or_else(|| thinned(&seen, frame));
    let (mut lines, mut labels) = (Vec::new(), Vec::new());
    for (Seen { mean, name, size, at: from }, to) in seen.into_iter().zip(centres) {
        let color = class_color(mean.class);
        let (at, fill) = (Spot::plane(mean.place), Ink::Rgb(color));
        let dot = |radius: f32| {
            let outline = Some(Ink::Ground.line(1.0));
            Mark::Disc { centre: at, radius, fill: Some(fill.full()), outline }
        };
        let Some(to) = to else {
            lines.push(dot(4.0));
            continue;
        };
        let moved = [to.0 - from.0, to.1 - from.1];
        let centre = at.moved(moved[0], moved[1]);
        if (0..2).any(|d| moved[d].abs() > 0.5 * size[d]) {
            for stroke in [Ink::Ground.faded(0.8).line(3.0), fill.line(1.2)] {
                lines.push(Mark::Line { points: vec![at, centre], closed: false, stroke });
            }
            lines.push(dot(3.0));
        }
        let on = Ink::Rgb(readable_on(color));
        let outline = Some(on.faded(0.9).line(1.5));
        labels.push(Mark::Rect { centre, size, rounding: 0.5 * HEIGHT, fill: Some(fill.full()), outline });
        labels.push(Mark::Label {
            at: centre,
            align: [Align::Middle; 2],
            size: SIZE,
            text: name,
            paint: on.full(),
            halo: None,
        });
    }
    lines.extend(labels);
    lines
}

/// A centre within the frame, as far as that has room for a rectangle of this size.
fn within(mut centre: [f32; 2], size: [f32; 2], frame: &Frame) -> [f32; 2] {
    let (corner, length) = ([frame.left, frame.top], [frame.width, frame.height]);
    for d in 0..2 {
        let half = 0.5 * size[d] + 1.0;
        if 2.0 * half < length[d] {
            centre[d] = centre[d].clamp(corner[d] + half, corner[d] + length[d] - half);
        }
    }
    centre
}

/// The centres of the marks that have room where their means are, each as long as none before it is there.
fn thinned(seen: &[Seen], frame: &Frame) -> Vec<Option<(f32, f32)>> {
    let mut placed: Vec<([f32; 2], [f32; 2])> = Vec::new();
    let place = |seen: &Seen| {
        let centre = within([seen.at.0, seen.at.1], seen.size, frame);
        let meets = |(other, size): &([f32; 2], [f32; 2])| {
            (0..2).all(|d| (centre[d] - other[d]).abs() < 0.5 * (size[d] + seen.size[d]) + GAP)
        };
        if placed.iter().any(meets) {
            return None;
        }
        placed.push((centre, seen.size));
        Some((centre[0], centre[1]))
    };
    seen.iter().map(place).collect()
}

/// The centres of the marks, moved as little as it takes for no two of them to overlap, and within the frame as far as that has
/// room; none if they do not come apart.
fn spread(seen: &[Seen], frame: &Frame) -> Option<Vec<Option<(f32, f32)>>> {
    let mut centres: Vec<[f32; 2]> = seen.iter().map(|seen| [seen.at.0, seen.at.1]).collect();
    let sizes: Vec<[f32; 2]> = seen.iter().map(|seen| seen.size).collect();
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
        for (centre, size) in centres.iter_mut().zip(&sizes) {
            *centre = within(*centre, *size, frame);
        }
        if is_apart {
            break;
        }
    }
    let meet =
        |i: usize, j: usize| (0..2).all(|d| (centres[i][d] - centres[j][d]).abs() < 0.5 * (sizes[i][d] + sizes[j][d]));
    let is_apart = (0..centres.len()).all(|i| !(i + 1..centres.len()).any(|j| meet(i, j)));
    is_apart.then(|| centres.into_iter().map(|[x, y]| Some((x, y))).collect())
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
