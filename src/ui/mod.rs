//! The window. The only place that knows egui; no mathematics here. Panes and panels return actions, the session
//! applies them after the layout.

mod action;
mod app;
mod arrange;
mod bench;
mod clouds;
mod commands;
mod cursor;
mod draw_tab;
mod export;
mod fields;
mod figure;
mod format;
mod inference;
mod inference_tab;
mod losses;
mod measures;
mod measures_tab;
mod pace;
mod palette;
mod pane;
mod pane_head;
mod path_tab;
mod pictures;
mod plane;
mod readouts;
mod samples;
mod selection;
mod session;
mod settings;
mod side;
mod theme;
mod timeline;
mod toolbar;
mod widgets;

pub use action::{Action, Export};
pub use app::App;
pub use arrange::Arrange;
pub use bench::{WindowReport, measure_window};
pub use figure::FigureOf;
pub use pane::View;
pub use session::{Notice, Session};
pub use settings::{FigureSettings, Link, Overlays, Settings, Tab};

use anyhow::{Result, anyhow, bail};

use crate::model::{Checkpoint, Compute};

/// The identifier of the window; also names the folder of its saved settings.
const APP_ID: &str = "latent-explorer";

/// What the window opens on.
#[derive(Clone, Debug)]
pub enum Start {
    /// A new AE and a new VAE, on the data of last time or on those named.
    Fresh { data: Option<String> },
    /// Trained runs, on their own data or on those named.
    Trained { checkpoints: Vec<Checkpoint>, data: Option<String> },
}

/// Opens the window and returns when it closes.
pub fn open(start: Start, compute: Compute) -> Result<()> {
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
    let create: eframe::AppCreator = Box::new(|cc| Ok(Box::new(App::new(cc, start, compute)?)));
    eframe::run_native(APP_ID, options, create).map_err(|error| anyhow!(no_window(&error.to_string())))
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn no_window(why: &str) -> String {
    format!(
        "cannot open a window: {why}; without one there are the commands train, eval, strip, grid and encode (see --help)"
    )
}
