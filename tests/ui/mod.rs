//! The window as a person uses it, through the accessibility tree and the pixels, without a display.

mod asking;
mod autosave;
mod closing;
mod dimensions;
mod figures;
mod frozen;
mod identity;
mod images;
mod inference;
mod keeping;
mod keys;
mod layout;
mod leaving;
mod new_run;
mod numbers;
mod numbers_kept;
mod opening;
mod panes;
mod path;
mod pictures;
mod plane;
mod priors;
mod window;
mod words;

use egui::{Key, Pos2, Rect};
use image::RgbaImage;

use crate::support::window::{Window, settings};

/// A window whose runs have learned a little and are paused.
pub fn trained() -> Window {
    let mut window = Window::open(settings());
    learn(&mut window);
    window
}

/// Has the runs learn a little, then pauses.
pub fn learn(window: &mut Window) {
    window.press(Key::Space);
    window.wait_for_step(40);
    window.press(Key::Space);
    window.wait(|app| app.session().live().filter(|live| !live.training).map(|_| ()));
}

/// Pixels of `picture` within `rect` that are near `color`.
pub fn count(picture: &RgbaImage, rect: Rect, color: [u8; 3]) -> usize {
    let within = |x: u32, y: u32| rect.contains(Pos2::new(x as f32, y as f32));
    let near = |pixel: &image::Rgba<u8>| (0..3).all(|c| pixel.0[c].abs_diff(color[c]) < 24);
    picture.enumerate_pixels().filter(|(x, y, pixel)| within(*x, *y) && near(pixel)).count()
}
