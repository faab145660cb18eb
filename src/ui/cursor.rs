//! The cursor: one for all panes, by code or by image, or one of a pane's own.

use super::Session;
use super::settings::Link;
use crate::config::Code;
use crate::explore::{nearest, neighbour};

impl Session {
    /// Where a pane's cursor is.
    pub fn cursor_in(&self, pane: usize) -> Code {
        if let Some(on_the_way) = self.on_the_way(pane) {
            return on_the_way;
        }
        if let Some((cursor, _)) = self.panes.get(pane).and_then(|pane| pane.own.as_ref()) {
            return *cursor;
        }
        match self.settings.link {
            Link::SameCode => self.cursor,
            Link::SameImage => self.cursor_in_linked_by_image(pane).unwrap_or(self.cursor),
        }
    }

    /// The probe image nearest to a pane's cursor, and its distance.
    pub fn image_at_cursor(&self, pane: usize) -> Option<(usize, f32)> {
        nearest(&self.run(pane)?.codes.mu, self.cursor_in(pane))
    }

    pub(super) fn cursor_in_linked_by_image(&self, pane: usize) -> Option<Code> {
        self.run(pane)?.codes.mu.get(self.image?).copied()
    }

    pub(super) fn point(&mut self, pane: usize, z: Code) {
        if let Some((cursor, _)) = self.panes.get_mut(pane).and_then(|pane| pane.own.as_mut()) {
            *cursor = z;
            return;
        }
        match self.settings.link {
            Link::SameCode => self.cursor = z,
            Link::SameImage => {
                let image = self.run(pane).and_then(|run| nearest(&run.codes.mu, z));
                self.image = image.map(|(image, _)| image);
                self.cursor = z;
            }
        }
    }

    /// A fine step by code, to the next image in that direction by image.
    pub(super) fn nudge(&mut self, right: f32, up: f32) {
        let pane = self.active_pane.min(self.panes.len().saturating_sub(1));
        let (Some(run), Some(height)) = (self.run(pane), self.panes.get(pane).map(|pane| pane.view.height())) else {
            return;
        };
        let [x, y] = self.cursor_in(pane);
        if self.panes[pane].own.is_some() {
            return self.point(pane, [x + right * height, y + up * height]);
        }
        match self.settings.link {
            Link::SameCode => self.cursor = [x + right * height, y + up * height],
            Link::SameImage => self.image = neighbour(&run.codes.mu, [x, y], [right, up]).or(self.image),
        }
    }
}
