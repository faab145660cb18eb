//! An image of one's own on its way through the encoder: the posterior's μ ± σ and ± 2σ, and z = μ + σ·ε.

use super::super::frame::Spot;
use super::super::marks::{Align, Mark};
use super::super::theme::Ink;
use super::posteriors::{self, Gaussian};
use crate::config::Place;

/// The side of the square at z, in pixels.
const SIDE: f32 = 9.0;

/// Where a drawing is in a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawing {
    pub mu: Place,
    /// An AE has none.
    pub sigma: Option<Place>,
    /// The code that was drawn, if it is shown.
    pub z: Option<Place>,
}

/// Two ellipses, a disc at μ, a line from it to a square at z.
pub fn marks(drawing: &Drawing) -> Vec<Mark> {
    let (ink, halo) = (Ink::Posterior, Some(Ink::Ground.line(1.5)));
    let sigma = drawing.sigma.map(|sigma| Gaussian { mu: drawing.mu, sigma, ink, width: 2.5 });
    let mut marks: Vec<Mark> = sigma.iter().flat_map(posteriors::marks).collect();
    let centre = Spot::plane(drawing.mu);
    marks.push(Mark::Disc { centre, radius: 4.0, fill: Some(ink.full()), outline: halo });
    if let Some(z) = drawing.z.map(Spot::plane) {
        marks.push(Mark::Line { points: vec![centre, z], closed: false, stroke: ink.line(1.5) });
        let (size, fill) = ([SIDE; 2], Some(ink.full()));
        marks.push(Mark::Rect { centre: z, size, rounding: 1.0, fill, outline: halo });
        marks.push(Mark::Label {
            at: z.moved(0.5 * SIDE + 4.0, -0.5 * SIDE),
            align: [Align::Start, Align::Middle],
            size: 12.5,
            text: "z".to_owned(),
            paint: ink.full(),
            halo: Some(Ink::Ground.full()),
        });
    }
    marks
}
