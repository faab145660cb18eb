//! Decoded images behind everything, each where its code is.

use std::sync::Arc;

use super::super::frame::Spot;
use super::super::marks::Mark;
use super::super::raster::Raster;
use crate::config::Place;

/// Decoded images laid out over a part of the plane.
#[derive(Clone, Debug)]
pub struct Manifold {
    pub image: Arc<Raster>,
    /// Lower left and upper right corner.
    pub min: Place,
    pub max: Place,
}

/// The images, in visible pixels.
pub fn marks(manifold: &Manifold) -> [Mark; 1] {
    let corners = [manifold.min, manifold.max].map(Spot::plane);
    [Mark::Raster { corners, image: manifold.image.clone(), smooth: false, opacity: 1.0 }]
}
