//! A path through codes, and its waypoints.

use super::super::frame::Spot;
use super::super::marks::{Align, Mark};
use super::super::theme::Ink;
use crate::config::Place;

/// The radius of a waypoint, in pixels.
pub const WAYPOINT: f32 = 9.0;

/// A path and what it goes by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Its steps; none while they are not known yet.
    pub codes: Vec<Place>,
    pub waypoints: Vec<Place>,
}

/// A line with a dot at each step, and lettered waypoints: A, B, …
pub fn marks(path: &Path) -> Vec<Mark> {
    let steps: Vec<Spot> = path.codes.iter().map(|&z| Spot::plane(z)).collect();
    let dot = |centre: Spot| Mark::Disc { centre, radius: 2.5, fill: Some(Ink::Text.full()), outline: None };
    let dots: Vec<Mark> = steps.iter().map(|&step| dot(step)).collect();
    let mut marks = Vec::new();
    if steps.len() > 1 {
        marks.push(Mark::Line { points: steps, closed: false, stroke: Ink::Text.line(1.5) });
    }
    marks.extend(dots);
    for (name, &z) in ('A'..='Z').cycle().zip(&path.waypoints) {
        marks.push(Mark::Disc {
            centre: Spot::plane(z),
            radius: WAYPOINT,
            fill: Some(Ink::Text.full()),
            outline: Some(Ink::Ground.line(1.5)),
        });
        marks.push(Mark::Label {
            at: Spot::plane(z),
            align: [Align::Middle; 2],
            size: 11.5,
            text: name.to_string(),
            paint: Ink::Ground.full(),
            halo: None,
        });
    }
    marks
}
