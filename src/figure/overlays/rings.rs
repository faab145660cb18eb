//! The prior N(0, I) at 1, 2 and 3 σ.

use super::super::frame::{Frame, Spot};
use super::super::marks::{Align, Mark};
use super::super::theme::Ink;

/// Pixels to a unit from which on there is room for names.
const NAMED: f32 = 18.0;
const SIZE: f32 = 11.0;

/// The rings, with a halo that parts them from the codes, and their names where there is room.
pub fn marks(frame: &Frame) -> Vec<Mark> {
    let mut marks = Vec::new();
    for sigmas in 1..=3u8 {
        let radius = f32::from(sigmas);
        for stroke in [Ink::Ground.faded(0.45).line(3.0), Ink::Text.faded(0.6).line(1.0)] {
            marks.push(Mark::Ellipse { centre: [0.0; 2], radii: [radius; 2], stroke });
        }
    }
    for sigmas in (1..=3u8).filter(|_| frame.scale() > NAMED) {
        marks.push(Mark::Label {
            at: Spot::plane([0.0, f32::from(sigmas)]).moved(0.0, -3.0),
            align: [Align::Middle, Align::End],
            size: SIZE,
            text: format!("{sigmas}σ"),
            paint: Ink::Text.full(),
            halo: Some(Ink::Ground.full()),
        });
    }
    marks
}
