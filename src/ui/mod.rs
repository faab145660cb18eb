//! The window. The only place that knows egui; no mathematics here. Everything is drawn from the session and returns actions,
//! which are applied after the layout.

mod app;
mod clock;
mod command;
mod export;
mod figure;
mod file_dialog;
mod guard;
mod images;
mod keeping;
mod leaving;
mod look;
mod lost;
mod pace;
mod pane;
mod plane;
mod preferences;
mod shell;
mod stop;
pub mod tabs;

pub use app::{App, Outside};
pub use clock::Clock;
pub use figure::{PLANE, PLANES, TRAINING};
pub use pane::{ManifoldRequest, Panes, Served};

use anyhow::{Result, anyhow, bail};

use std::path::Path;

use crate::model::Compute;
use crate::session::Start;
use crate::session::archive::Archive;
use lost::Lost;
use stop::Stop;

/// The identifier of the window; also names the folder of its preferences.
const APP_ID: &str = "latent-explorer";

/// A session that was saved.
pub fn read_session(file: &Path) -> Result<Archive> {
    keeping::read(file).map_err(|reason| anyhow!(reason))
}

/// Opens the window and returns when it closes; an error if something that it had promised could not be done. With the settings
/// of last time, unless `usual_settings` is asked for, which puts those aside.
pub fn open(start: Start, compute: Compute, usual_settings: bool) -> Result<()> {
    if cfg!(target_os = "linux") && ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].iter().all(|v| !is_set(v)) {
        bail!(no_window("there is no display"));
    }
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title("Latent Explorer")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([1024.0, 680.0]),
        // There are no gradients to smooth, and a software renderer pays for it in every pixel.
        dithering: false,
        ..Default::default()
    };
    let lost = Lost::default();
    let noted = lost.clone();
    let create: eframe::AppCreator = Box::new(move |cc| {
        let (preferences, sessions) = (preferences::file(), keeping::root());
        let stop = Stop::listen(&cc.egui_ctx);
        let outside = Outside { preferences, sessions, usual_settings, stop, lost: noted, ..Outside::default() };
        Ok(Box::new(App::new(&cc.egui_ctx, outside, start, compute)?))
    });
    eframe::run_native(APP_ID, options, create).map_err(|error| anyhow!(no_window(&error.to_string())))?;
    let lost = lost.take();
    if lost.is_empty() { Ok(()) } else { bail!(lost.join("; ")) }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn no_window(why: &str) -> String {
    format!(
        "cannot open a window: {why}; without one there are the commands train, eval, strip, grid and encode (see --help)"
    )
}
