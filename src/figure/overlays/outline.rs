//! The outline of a selection that is being drawn: a rectangle or a lasso.

use super::super::frame::Spot;
use super::super::marks::Mark;
use super::super::theme::Ink;
use crate::config::Place;

/// A dashed line through the corners and back to the first, over a faint one.
pub fn marks(corners: &[Place]) -> Vec<Mark> {
    if corners.len() < 2 {
        return Vec::new();
    }
    let points: Vec<Spot> = corners.iter().map(|&z| Spot::plane(z)).collect();
    let strokes = [Ink::Text.faded(0.35).line(3.0), Ink::Text.line(1.5).dashed(6.0, 4.0)];
    strokes.map(|stroke| Mark::Line { points: points.clone(), closed: true, stroke }).to_vec()
}
