//! The true posterior p(z|x) of an image, and the encoder's answer q(z|x) to it.

use std::sync::Arc;

use super::super::frame::Spot;
use super::super::marks::Mark;
use super::super::raster::Raster;
use super::super::theme::Ink;
use crate::config::Place;

/// The true posterior over a part of the plane.
#[derive(Clone, Debug)]
pub struct TruePosterior {
    /// Its density as opacity (see `posterior_raster`).
    pub image: Arc<Raster>,
    /// Lower left and upper right corner.
    pub min: Place,
    pub max: Place,
    /// μ and σ of the encoder's Gaussian; an AE gives none.
    pub encoder: Option<(Place, Place)>,
}

/// The density within a border, and the encoder's ellipses at 1 and 2 σ.
pub fn marks(posterior: &TruePosterior) -> Vec<Mark> {
    let TruePosterior { image, min, max, encoder } = posterior;
    let corners = [*min, *max].map(Spot::plane);
    let around = [*min, [max[0], min[1]], *max, [min[0], max[1]]];
    let mut marks = vec![
        Mark::Raster { corners, image: image.clone(), smooth: true, opacity: 1.0 },
        Mark::Line {
            points: around.map(Spot::plane).to_vec(),
            closed: true,
            stroke: Ink::Posterior.faded(0.5).line(1.0),
        },
    ];
    if let Some((centre, sigma)) = *encoder {
        marks.extend([1.0, 2.0].map(|sigmas| Mark::Ellipse {
            centre,
            radii: sigma.map(|s| sigmas * s),
            stroke: Ink::Accent.line(1.5),
        }));
    }
    marks
}
