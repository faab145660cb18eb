//! Routes: paths through waypoints, as they run in the plane of a model.

use serde::{Deserialize, Serialize};

use super::geodesic::geodesic;
use super::path::{Interpolation, changes, distances, length, path, respaced};
use crate::config::Place;
use crate::model::{Frozen, ModelError};
use crate::progress::Progress;

/// Points that each leg of a route is followed with.
const FOLLOWED: usize = 64;

/// A point that a path goes through.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Waypoint {
    /// The code that each model gives an image, counted from 0: another place in each plane.
    Image(usize),
    /// A code, the same in each plane.
    Code(Place),
}

impl Waypoint {
    /// Its code for a model that gives images the codes `mu`; an image beyond them has none.
    pub fn code(self, mu: &[Place]) -> Option<Place> {
        match self {
            Self::Image(index) => mu.get(index).copied(),
            Self::Code(code) => Some(code),
        }
    }
}

/// The codes of those waypoints that have one for a model that gives images the codes `mu`.
pub fn resolve(waypoints: &[Waypoint], mu: &[Place]) -> Vec<Place> {
    waypoints.iter().filter_map(|waypoint| waypoint.code(mu)).collect()
}

/// What the steps of a path are equal in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spacing {
    /// The distance of their codes.
    #[default]
    Code,
    /// The change of the decoded image.
    Image,
}

/// A path to be followed, from a first to a last code.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub points: Vec<Place>,
    pub steps: usize,
    pub interpolation: Interpolation,
    pub spacing: Spacing,
}

/// A route as it runs in the plane of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FollowedRoute {
    /// As many as the route has steps.
    pub codes: Vec<Place>,
    /// How much the decoded image changes along it, ‖f(a) − f(b)‖ summed over small steps; and straight from waypoint to
    /// waypoint.
    pub length: f32,
    pub straight: f32,
    /// Whether a geodesic was asked for and no shorter path than the straight one was found.
    pub fell_back: bool,
}

/// Follows a route through `model`'s plane.
pub fn follow(route: &Route, model: &dyn Frozen, progress: &Progress) -> Result<FollowedRoute, ModelError> {
    let Route { points, steps, interpolation, spacing } = route;
    let mut line = points.first().map_or(Vec::new(), |&first| vec![first]);
    let (mut straight, mut fell_back) = (0.0, false);
    for (i, leg) in points.windows(2).enumerate() {
        let progress = progress.part(0.0, 0.9).part_of(i, points.len() - 1);
        let along = path(leg[0], leg[1], FOLLOWED, Interpolation::Linear);
        straight += length(model, &along, &progress.part(0.0, 0.1))?;
        let followed = match interpolation {
            Interpolation::Linear => along,
            Interpolation::Spherical => path(leg[0], leg[1], FOLLOWED, Interpolation::Spherical),
            Interpolation::Geodesic => {
                let shortest = geodesic(model, leg[0], leg[1], FOLLOWED, &progress.part(0.1, 1.0))?;
                fell_back |= shortest.is_none();
                shortest.unwrap_or(along)
            }
        };
        line.extend(&followed[1..]);
    }
    let changes = changes(model, &line, &progress.part(0.9, 1.0))?;
    let distances = match spacing {
        Spacing::Code => distances(&line),
        Spacing::Image => changes.clone(),
    };
    Ok(FollowedRoute { codes: respaced(&line, &distances, *steps), length: changes.iter().sum(), straight, fell_back })
}
