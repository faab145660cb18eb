//! The cursor: one for all panes, by code or by image, or one of a pane's own.

use std::sync::Arc;

use super::{Link, Nearest, PaneId, Session};
use crate::config::Place;
use crate::explore::{nearest, neighbour};

impl Session {
    /// Where a pane's cursor is.
    pub fn cursor_in(&self, pane: PaneId) -> Place {
        if let Some(on_the_path) = self.on_the_path(pane) {
            return on_the_path;
        }
        if let Some(own) = self.document.pane(pane).and_then(|pane| pane.own.as_ref()) {
            return own.cursor;
        }
        match self.settings().link {
            Link::SameCode => self.document.cursor.code,
            Link::SameImage => self.code_of_image(pane).unwrap_or(self.document.cursor.code),
        }
    }

    /// The image of the probe whose code lies nearest a pane's cursor, and its distance.
    pub fn image_at_cursor(&self, pane: PaneId) -> Option<(usize, f32)> {
        self.nearest.get(&pane)?.found
    }

    /// Looks for it, unless neither the codes nor the cursor have moved.
    pub(super) fn find_nearest(&mut self, pane: PaneId) {
        let Some(codes) = self.run(pane).map(|run| run.codes.clone()) else { return };
        let cursor = self.cursor_in(pane);
        let known = self.nearest.get(&pane);
        if known.is_none_or(|known| !Arc::ptr_eq(&known.codes, &codes) || known.cursor != cursor) {
            let found = nearest(&codes.mu, cursor);
            self.nearest.insert(pane, Nearest { codes, cursor, found });
        }
    }

    fn code_of_image(&self, pane: PaneId) -> Option<Place> {
        self.run(pane)?.codes.mu.get(self.document.cursor.image?).copied()
    }

    pub(super) fn point(&mut self, pane: PaneId, at: Place) {
        if let Some(own) = self.document.pane_mut(pane).and_then(|pane| pane.own.as_mut()) {
            own.cursor = at;
            return;
        }
        self.document.cursor.code = at;
        if self.settings().link == Link::SameImage {
            let image = self.run(pane).and_then(|run| nearest(&run.codes.mu, at));
            self.document.cursor.image = image.map(|(image, _)| image);
        }
    }

    /// Keeps the cursor where it is in the pane last pointed at when what links the cursors has changed.
    pub(super) fn relink(&mut self) {
        let Some(pane) = self.active_pane() else { return };
        match self.settings().link {
            Link::SameCode => {
                if let Some(code) = self.code_of_image(pane) {
                    self.document.cursor.code = code;
                }
            }
            Link::SameImage => self.point(pane, self.document.cursor.code),
        }
    }

    /// A fine step by code, to the next image in that direction by image.
    pub(super) fn nudge(&mut self, right: f32, up: f32) {
        let Some(pane) = self.active_pane() else { return };
        let height = self.document.view(pane).height();
        let [x, y] = self.cursor_in(pane);
        let unlinked = self.document.pane(pane).is_some_and(|pane| pane.own.is_some());
        self.walking = None;
        if unlinked || self.settings().link == Link::SameCode {
            return self.point(pane, [x + right * height, y + up * height]);
        }
        let next = self.run(pane).and_then(|run| neighbour(&run.codes.mu, [x, y], [right, up]));
        self.document.cursor.image = next.or(self.document.cursor.image);
    }

    /// Puts the cursors of all panes on an image.
    pub(super) fn find(&mut self, image: usize) {
        self.walking = None;
        self.document.settings.link = Link::SameImage;
        self.document.cursor.image = Some(image);
        for i in 0..self.document.panes.len() {
            let code = self.run(self.document.panes[i].id).and_then(|run| run.codes.mu.get(image).copied());
            if let (Some(own), Some(code)) = (&mut self.document.panes[i].own, code) {
                own.cursor = code;
            }
        }
    }
}
