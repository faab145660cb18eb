//! What the pointer does in a plane besides moving it: it takes hold of a handle, of the cursor, or draws an outline.

use egui::{CursorIcon, Response, Ui};

use crate::config::Place;
use crate::figure::Frame;

/// How near, in points, the pointer must come to a handle to take hold of it.
const REACH: f32 = 14.0;

/// What a drag that has begun on the plane moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    Cursor,
    Handle(usize),
    Outline,
}

/// What a gesture in a plane is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gesture {
    Point(Place),
    MoveHandle(usize, Place),
    Outline(Place),
    CloseOutline,
    CtrlClick(Place),
}

/// What a plane can be taken hold of by.
pub struct Grips<'a> {
    pub handles: &'a [Place],
    /// Whether a drag draws an outline rather than move the cursor.
    pub outlines: bool,
    /// Whether a click with Ctrl means something.
    pub ctrl_clicks: bool,
}

/// The gesture of this frame; `held` is what the drag under way has hold of.
pub fn gesture(ui: &Ui, response: &Response, frame: &Frame, grips: &Grips, held: &mut Option<Grip>) -> Option<Gesture> {
    let pressed = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
    let Some(pointer) = response.interact_pointer_pos().filter(|_| pressed || response.clicked()) else {
        if response.hovered() {
            ui.set_cursor_icon(CursorIcon::Crosshair);
        }
        let ended = if response.is_pointer_button_down_on() { None } else { held.take() };
        return (ended == Some(Grip::Outline)).then_some(Gesture::CloseOutline);
    };
    response.request_focus();
    let at = frame.place((pointer.x, pointer.y));
    if grips.ctrl_clicks && held.is_none() && ui.input(|i| i.modifiers.command) {
        return response.clicked().then_some(Gesture::CtrlClick(at));
    }
    let near = |z: &Place| {
        let (x, y) = frame.at(*z);
        (x - pointer.x).hypot(y - pointer.y) < REACH
    };
    let grip = *held.get_or_insert_with(|| match grips.handles.iter().position(near) {
        Some(handle) => Grip::Handle(handle),
        None if grips.outlines && pressed => Grip::Outline,
        None => Grip::Cursor,
    });
    if !pressed {
        *held = None;
    }
    Some(match grip {
        Grip::Cursor => Gesture::Point(at),
        Grip::Handle(handle) => Gesture::MoveHandle(handle, at),
        Grip::Outline => Gesture::Outline(at),
    })
}
