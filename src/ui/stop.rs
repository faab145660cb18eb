//! Being told to end, by Ctrl+C in the terminal or by the system: the window closes as if by hand, so that all is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use egui::{Context, ViewportCommand};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// How often it is found out whether the window is to end.
const LOOK: Duration = Duration::from_millis(100);
/// How long closing may take; a window that hangs must end as well.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens from now on; who asks twice is not kept waiting. Where the system does not let it, the window closes by hand alone.
    pub fn listen(ctx: &Context) -> Self {
        let stop = Self::default();
        for signal in [SIGINT, SIGTERM] {
            let second = flag::register_conditional_shutdown(signal, 128 + signal, stop.0.clone());
            let _ = second.and_then(|_| flag::register(signal, stop.0.clone()));
        }
        let (asked, ctx) = (stop.0.clone(), ctx.clone());
        // Ends with the program.
        let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            while !asked.load(Ordering::Acquire) {
                std::thread::sleep(LOOK);
            }
            ctx.request_repaint();
            std::thread::sleep(PATIENCE);
            eprintln!("latent-explorer: the window did not close in time");
            std::process::exit(1);
        });
        stop
    }

    /// Whether the window is to end.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Closes the window if it is to end.
    pub fn obey(&self, ctx: &Context) {
        if self.is_asked() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}
