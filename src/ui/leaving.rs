//! Closing the window while files are being written: it stays until they are, says so, and can be told not to wait.

use std::time::Duration;

use egui::{Align, Context, Id, Layout, Modal, RichText, Spinner, ViewportCommand};

use crate::ui::look::theme::{self, GAP};

/// How long a window waits that the system has told to end.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Leaving {
    /// It was to be closed then, and waits.
    since: Option<Duration>,
    /// It does not wait.
    at_once: bool,
}

impl Leaving {
    /// Keeps the window open while something is under way, and closes it afterwards. `is_told` says that the system wants it to end.
    pub fn update(&mut self, ctx: &Context, is_under_way: bool, is_told: bool, now: Duration) {
        if is_under_way && !self.at_once && ctx.input(|input| input.viewport().close_requested()) {
            let since = *self.since.get_or_insert(now);
            if !is_told || now.saturating_sub(since) < PATIENCE {
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            }
        } else if !is_under_way && self.since.take().is_some() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    /// Something went wrong that the person has to see: the window stays.
    pub fn stay(&mut self) {
        self.since = None;
    }

    pub fn is_waiting(&self) -> bool {
        self.since.is_some()
    }

    /// Says what it waits for.
    pub fn show(&mut self, ctx: &Context, files: &[String]) {
        if !self.is_waiting() || files.is_empty() {
            return;
        }
        Modal::new(Id::unique("leaving")).show(ctx, |ui| {
            ui.set_width(360.0);
            ui.horizontal(|ui| {
                ui.add(Spinner::new());
                ui.label(RichText::new(format!("Saving {}…", files.join(", "))).strong());
            });
            ui.label(RichText::new("The window closes when that is done.").color(theme::quiet(ui)));
            ui.add_space(GAP);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Close without saving").clicked() {
                    self.at_once = true;
                    ctx.send_viewport_cmd(ViewportCommand::Close);
                }
                if ui.button("Stay").clicked() {
                    self.stay();
                }
            });
        });
    }
}
