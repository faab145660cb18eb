//! A latent plane on the screen: the part of it that is seen, the marks that are painted, and what the pointer does there.
//! Knows nothing of runs, sessions' documents or tabs.

mod camera;
mod interaction;
mod painter;

pub use camera::{Move, frame};
pub use interaction::{Gesture, Grip, Grips};
pub use painter::Textures;

use egui::{EventFilter, Key, Rect, Response, Role, Sense, TextureId, Ui, WidgetInfo, pos2, vec2};

use crate::figure::{Frame, Marks, View};
use crate::ui::look::theme;
use painter::MarkPainter;

/// What a plane on the screen remembers from frame to frame.
#[derive(Default)]
pub struct PlaneView {
    textures: Textures,
    held: Option<Grip>,
}

/// What a plane shows.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    pub frame: &'a Frame,
    pub marks: &'a Marks,
    /// The picture that a worker has drawn of the points, and the part of the plane that it shows.
    pub cloud: Option<(TextureId, View)>,
}

/// What came of a plane in a frame.
pub struct Shown {
    pub response: Response,
    pub gesture: Option<Gesture>,
    pub moved: Option<Move>,
}

impl PlaneView {
    /// Paints the marks into a rectangle and takes the person's gestures there.
    pub fn show(&mut self, ui: &mut Ui, content: &Content, grips: &Grips, label: &str) -> Shown {
        let Content { frame, marks, cloud } = *content;
        let rect = Rect::from_min_size(pos2(frame.left, frame.top), vec2(frame.width, frame.height));
        let response = ui.allocate_rect(rect, Sense::click_and_drag() | Sense::FOCUSABLE);
        let dark = ui.visuals().dark_mode;
        ui.painter().rect_filled(rect, 2.0, ui.visuals().extreme_bg_color);
        let (painter, theme) = (ui.painter().clone(), theme::figure_theme(dark));
        MarkPainter { painter: &painter, frame, theme, textures: &mut self.textures, cloud }.paint(marks);
        if response.has_focus() {
            ui.painter().rect_stroke(rect, 2.0, ui.visuals().selection.stroke, egui::StrokeKind::Inside);
        }
        describe(ui, &response, label);
        let moved = camera::moved(ui, &response, frame);
        let gesture = interaction::gesture(ui, &response, frame, grips, &mut self.held);
        Shown { response, gesture, moved }
    }
}

/// What a screen reader says of the plane; keeps the arrow keys for the cursor while it has the focus.
fn describe(ui: &Ui, response: &Response, label: &str) {
    let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, label));
}

/// How far the arrow keys that are pressed move the cursor, as a fraction of the height of the view; finer with Shift.
pub fn nudge(ui: &Ui) -> Option<(f32, f32)> {
    ui.input(|input| {
        let step = if input.modifiers.shift { 0.002 } else { 0.01 };
        let count = |key: Key| input.num_presses(key) as f32;
        let right = count(Key::ArrowRight) - count(Key::ArrowLeft);
        let up = count(Key::ArrowUp) - count(Key::ArrowDown);
        (right != 0.0 || up != 0.0).then_some((right * step, up * step))
    })
}
