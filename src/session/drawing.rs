//! Drawing: an image of one's own, to be sent through every model.

use std::sync::Arc;

use super::action::Brush;
use super::{Drawing, Notice, Session};
use crate::explore::{Line, sketch};
use crate::random::{Purpose, standard_normal, stream};

impl Drawing {
    /// The noise of the drawing's code along so many dimensions, the same in every pane: of two runs the one with more
    /// dimensions has more of it.
    pub fn eps(&self, latent: usize) -> Vec<f32> {
        standard_normal(&mut stream(self.draw, Purpose::Samples, 1), latent)
    }
}

impl Session {
    pub(super) fn draw(&mut self, at: [f32; 2], brush: Option<Brush>) {
        let lines = Arc::make_mut(&mut self.document.drawing.lines);
        match (brush, lines.last_mut()) {
            (Some(Brush { radius, erases, color }), _) => lines.push(Line { points: vec![at], radius, erases, color }),
            (None, Some(line)) if line.points.last() != Some(&at) => line.points.push(at),
            (None, _) => return,
        }
        self.render_drawing();
    }

    pub(super) fn undo_line(&mut self) {
        if Arc::make_mut(&mut self.document.drawing.lines).pop().is_some() {
            self.render_drawing();
        }
    }

    /// What drawings are on.
    pub fn ground(&self) -> [u8; 3] {
        self.document.drawing.ground.unwrap_or(self.border)
    }

    pub(super) fn set_ground(&mut self, color: [u8; 3]) {
        self.document.drawing.ground = Some(color);
        if !self.document.drawing.lines.is_empty() {
            self.render_drawing();
        }
    }

    /// Puts an image in the place of what was drawn; one of another size is refused.
    pub(super) fn put_image(&mut self, image: Arc<Vec<f32>>) {
        if self.stage.as_ref().is_none_or(|stage| stage.probe.pixels() != image.len()) {
            return self.say(Notice::error("The image has another size than the data: it was not taken."));
        }
        self.document.drawing.lines = Arc::default();
        self.document.drawing.image = Some(image);
    }

    fn render_drawing(&mut self) {
        let Some(shape) = self.stage.as_ref().map(|stage| stage.probe.shape) else { return };
        let ground = self.ground();
        let Drawing { lines, image, .. } = &mut self.document.drawing;
        *image = (!lines.is_empty()).then(|| Arc::new(sketch(lines, shape, ground)));
    }
}
