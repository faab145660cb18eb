//! The cursor.

use super::super::frame::Spot;
use super::super::marks::Mark;
use super::super::theme::Ink;
use crate::config::Place;

/// Where the circle is and where its four lines end, in pixels from the middle.
const RADIUS: f32 = 8.0;
const REACH: f32 = 14.0;

/// A circle with four lines, in black, white and the accent, so that it reads on everything.
pub fn marks(z: Place) -> Vec<Mark> {
    let centre = Spot::plane(z);
    let mut marks = Vec::new();
    for (ink, width) in [(Ink::Rgb([0; 3]), 4.5), (Ink::Rgb([255; 3]), 3.0), (Ink::Accent, 1.5)] {
        let stroke = ink.line(width);
        marks.push(Mark::Disc { centre, radius: RADIUS, fill: None, outline: Some(stroke) });
        for (x, y) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            let points = vec![centre.moved(RADIUS * x, RADIUS * y), centre.moved(REACH * x, REACH * y)];
            marks.push(Mark::Line { points, closed: false, stroke });
        }
    }
    marks
}
