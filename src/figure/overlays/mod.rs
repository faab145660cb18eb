//! What a plane shows, one overlay a file: each a pure function from plain data to marks. An overlay more is a file, a field of
//! `Plane` and a line in `marks`.

pub mod axes;
pub mod cursor;
pub mod drawing;
pub mod field;
pub mod manifold;
pub mod means;
pub mod outline;
pub mod path;
pub mod points;
pub mod posteriors;
pub mod rings;
pub mod trails;
pub mod true_posterior;

use super::cloud::Cloud;
use super::frame::Frame;
use super::marks::Marks;
use crate::config::Place;

pub use axes::AxisNames;
pub use drawing::Drawing;
pub use field::FieldLayer;
pub use manifold::Manifold;
pub use means::Mean;
pub use path::Path;
pub use posteriors::Gaussian;
pub use true_posterior::TruePosterior;

/// A plane: what is shown of it, with the data that it takes.
#[derive(Clone, Debug, Default)]
pub struct Plane {
    /// What its axes are called.
    pub axes: AxisNames,
    pub manifold: Option<Manifold>,
    pub field: Option<FieldLayer>,
    pub points: Option<Cloud>,
    /// Whether the prior's rings are shown.
    pub rings: bool,
    pub posteriors: Vec<Gaussian>,
    /// How the mean code of each class moved.
    pub trails: Vec<Vec<Place>>,
    pub means: Vec<Mean>,
    pub path: Option<Path>,
    pub true_posterior: Option<TruePosterior>,
    pub drawing: Option<Drawing>,
    /// The corners of a selection that is being drawn.
    pub outline: Vec<Place>,
    pub cursor: Option<Place>,
}

/// The marks of a plane, from back to front. A field's legend lies in a strip of `field::STRIP` pixels above the frame, for
/// which the caller leaves room.
pub fn marks(plane: &Plane, frame: &Frame) -> Marks {
    let is_filled = plane.manifold.is_some() || plane.field.is_some();
    let mut inside = axes::grid(frame);
    inside.extend(plane.manifold.iter().flat_map(manifold::marks));
    inside.extend(plane.field.iter().flat_map(|field| field::marks(field, plane.manifold.is_some(), frame)));
    inside.extend(plane.points.iter().flat_map(|cloud| points::marks(cloud, is_filled)));
    inside.extend(plane.rings.then(|| rings::marks(frame)).into_iter().flatten());
    inside.extend(plane.posteriors.iter().flat_map(posteriors::marks));
    inside.extend(trails::marks(&plane.trails));
    inside.extend(means::marks(&plane.means, frame));
    inside.extend(plane.path.iter().flat_map(path::marks));
    inside.extend(plane.true_posterior.iter().flat_map(true_posterior::marks));
    inside.extend(plane.drawing.iter().flat_map(drawing::marks));
    inside.extend(outline::marks(&plane.outline));
    inside.extend(plane.cursor.into_iter().flat_map(cursor::marks));
    let mut around = axes::around(frame, &plane.axes);
    around.extend(plane.field.iter().flat_map(|field| field::legend(field, frame)));
    Marks { inside, around }
}
