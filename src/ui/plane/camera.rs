//! Which part of a plane is seen, and how scrolling and dragging change it.

use egui::{PointerButton, Rect, Response, Ui, Vec2};

use crate::figure::Frame;
use crate::session::View;

/// What scrolling by a point does to the logarithm of the scale.
const ZOOM_A_POINT: f32 = 0.004;

/// Where a view is drawn in a rectangle of the screen: as large as it can be, with one scale for both axes.
pub fn frame(rect: Rect, view: View) -> Frame {
    let size = rect.size().max(Vec2::splat(1.0));
    Frame::fitting([rect.left(), rect.top()], [size.x, size.y], (view.min, view.max), 0.0)
}

/// What the person has the plane show from now on.
pub enum Move {
    To(View),
    /// The codes, wherever they go.
    Fit,
}

/// Scrolling zooms about the pointer, dragging with the secondary button moves, a double click with it follows the codes.
pub fn moved(ui: &Ui, response: &Response, frame: &Frame) -> Option<Move> {
    if response.double_clicked_by(PointerButton::Secondary) || response.double_clicked_by(PointerButton::Middle) {
        return Some(Move::Fit);
    }
    let shown = View { min: frame.min, max: frame.max, follows: false };
    if response.dragged_by(PointerButton::Secondary) || response.dragged_by(PointerButton::Middle) {
        let delta = response.drag_delta() / frame.scale();
        let corner = |[x, y]: [f32; 2]| [x - delta.x, y + delta.y];
        return Some(Move::To(View { min: corner(shown.min), max: corner(shown.max), follows: false }));
    }
    let pointer = response.hover_pos()?;
    let factor = ui.input(|i| i.zoom_delta() * (i.smooth_scroll_delta().y * ZOOM_A_POINT).exp());
    (factor != 1.0).then(|| Move::To(shown.zoomed(factor, frame.place((pointer.x, pointer.y)))))
}
