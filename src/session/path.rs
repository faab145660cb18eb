//! The path: its waypoints, and where the cursors are while they go along it.

use std::time::Duration;

use super::{PaneId, Session};
use crate::config::Place;
use crate::engine::LiveRun;
use crate::explore::{Route, Waypoint, nearest, resolve};

/// How long the cursor stays at each step while it goes along the path.
pub const STEP: Duration = Duration::from_millis(120);

/// A, B, … of the waypoints in order.
pub fn waypoint_name(index: usize) -> char {
    (b'A' + (index % 26) as u8) as char
}

impl Session {
    pub fn is_walking(&self) -> bool {
        self.walking.is_some()
    }

    /// The path through the plane of a run: between its own codes where waypoints are images.
    pub fn route(&self, run: &LiveRun) -> Route {
        let path = &self.settings().path;
        Route {
            points: resolve(&path.points, &run.codes.mu),
            steps: path.steps,
            interpolation: path.interpolation,
            spacing: path.spacing,
        }
    }

    /// Where a pane's cursor is on its path, while it goes along it: to the end and back.
    pub(super) fn on_the_path(&self, pane: PaneId) -> Option<Place> {
        let since = self.walking?;
        let codes = &self.findings.paths.get(&self.document.pane(pane)?.run)?.codes;
        let steps = (self.now.saturating_sub(since).as_millis() / STEP.as_millis()) as usize;
        let last = codes.len().checked_sub(1)?;
        let around = steps % (2 * last).max(1);
        codes.get(around.min(2 * last - around.min(2 * last))).copied()
    }

    /// What a waypoint at the cursor of a pane would be.
    pub fn waypoint_at_cursor(&self, pane: PaneId) -> Waypoint {
        self.waypoint(pane, self.cursor_in(pane))
    }

    /// A waypoint at a place in a pane, of the kind of those there are.
    pub fn waypoint(&self, pane: PaneId, at: Place) -> Waypoint {
        let image = || nearest(&self.run(pane)?.codes.mu, at).map(|(image, _)| Waypoint::Image(image));
        let images = self.waypoints_are_images();
        images.then(image).flatten().unwrap_or(Waypoint::Code(at))
    }

    pub fn waypoints_are_images(&self) -> bool {
        self.settings().path.points.iter().any(|point| matches!(point, Waypoint::Image(_)))
    }

    pub(super) fn move_waypoint(&mut self, index: usize, pane: PaneId, at: Place) {
        let moved = self.waypoint(pane, at);
        if let Some(point) = self.document.settings.path.points.get_mut(index) {
            *point = moved;
        }
    }

    pub(super) fn make_waypoints(&mut self, images: bool) {
        let Some(run) = self.active_pane().and_then(|pane| self.run(pane)) else { return };
        let codes = resolve(&self.settings().path.points, &run.codes.mu);
        let image = |z: Place| nearest(&run.codes.mu, z).map_or(Waypoint::Code(z), |(image, _)| Waypoint::Image(image));
        let points: Vec<Waypoint> =
            codes.into_iter().map(|z| if images { image(z) } else { Waypoint::Code(z) }).collect();
        if points.len() >= 2 {
            self.document.settings.path.points = points;
        }
    }
}
