//! How the mean code of each class moved.

use super::super::frame::Spot;
use super::super::marks::Mark;
use super::super::palette::class_color;
use super::super::theme::Ink;
use crate::config::Place;

/// A line for each class, from the first state to the last, with a halo.
pub fn marks(trails: &[Vec<Place>]) -> Vec<Mark> {
    let line = |(class, trail): (usize, &Vec<Place>)| {
        let points: Vec<Spot> = trail.iter().map(|&z| Spot::plane(z)).collect();
        let strokes = [Ink::Ground.faded(0.8).line(4.0), Ink::Rgb(class_color(class)).line(2.0)];
        strokes.map(|stroke| Mark::Line { points: points.clone(), closed: false, stroke })
    };
    trails.iter().enumerate().filter(|(_, trail)| trail.len() > 1).flat_map(line).collect()
}
