//! What a person can do besides changing settings, and what comes of it.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Session;
use super::arrange::Arrange;
use super::figure::FigureOf;
use super::pane::View;
use super::pictures::Pictures;
use super::settings::Settings;
use crate::config::Code;
use crate::engine::Command;
use crate::explore::stack;
use crate::figure::{FigureError, PictureKind, StripKind, encode_picture, encode_strips};
use crate::files::write_whole;

/// One thing that a person can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Train, or pause.
    Train(bool),
    /// One step of every run.
    Step,
    /// Start over from the settings, or from the opened runs.
    Reset,
    /// Put the cursor where it was pointed at in a pane.
    Cursor {
        pane: usize,
        z: Code,
    },
    /// Move it by a fraction of what the pane last pointed at shows.
    Nudge {
        right: f32,
        up: f32,
    },
    /// Move an end of the path.
    MoveWaypoint(usize, Code),
    /// Put a waypoint into the path where it is nearest, or take the last one out.
    AddWaypoint(Code),
    RemoveWaypoint,
    /// Have the cursor of every pane go along its path, or stop.
    Walk(bool),
    /// Show a class or hide it, or show it alone.
    ShowClass {
        class: u8,
        only: bool,
    },
    /// Draw on at the outline of a selection.
    Outline {
        pane: usize,
        z: Code,
    },
    /// Pick out what is within the outline.
    CloseOutline,
    /// Pick out these images of the probe, or nothing.
    Select(Option<Vec<usize>>),
    /// Put every pane's cursor on an image of the probe.
    Find(usize),
    /// Change what a pane shows of its plane.
    Look {
        pane: usize,
        view: View,
    },
    /// Write something to a file, or to one that is asked for.
    Export {
        what: Export,
        file: Option<PathBuf>,
    },
    /// Change which panes there are or what they show.
    Arrange(Arrange),
    /// Look back at the states of a step, or at the newest again.
    LookAt(Option<u64>),
    /// Play back the timeline, or stop.
    Play(bool),
    /// Put all settings back to where a new user finds them.
    RestoreDefaults,
    /// Take the measures of all panes, or stop taking them.
    Measure(bool),
    /// Take the message away.
    DismissNotice,
}

/// What can be written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The strips of all panes along the path, as PNG.
    Strip,
    /// The samples of all panes, as PNG.
    Samples,
    /// The selected images with their codes, as CSV.
    Selection,
    /// Planes or losses, as SVG or PNG.
    Figure(FigureOf),
    /// The planes of all kept states, as an animated GIF or PNG.
    Training,
}

impl Session {
    /// Does what the person asked for.
    pub fn apply(&mut self, action: Action) {
        match action {
            Action::Train(train) => {
                self.training = train;
                self.engine.send(Command::Train(train));
            }
            Action::Step => self.engine.send(Command::Step),
            Action::Reset => self.start(),
            Action::Cursor { pane, z } => {
                self.active_pane = pane;
                self.walking = None;
                self.point(pane, z);
            }
            Action::Nudge { right, up } => self.nudge(right, up),
            Action::MoveWaypoint(i, z) => {
                if let Some(point) = self.settings.path.points.get_mut(i) {
                    *point = z;
                }
            }
            Action::AddWaypoint(z) => self.settings.path.points.push(z),
            Action::RemoveWaypoint => {
                if self.settings.path.points.len() > 2 {
                    self.settings.path.points.pop();
                }
            }
            Action::Walk(walk) => self.walking = walk.then(Instant::now),
            Action::Look { pane, view } => {
                if let Some(pane) = self.panes.get_mut(pane) {
                    pane.view = view;
                }
            }
            Action::ShowClass { class, only } => self.show_class(class, only),
            Action::Outline { pane, z } => self.draw_outline(pane, z),
            Action::CloseOutline => {
                if let Some((pane, corners)) = self.selection.outline.take() {
                    self.select_within(pane, &corners);
                }
            }
            Action::Select(images) => self.select(images),
            Action::Find(image) => self.find(image),
            Action::Export { what, file } => self.export(what, file),
            Action::Arrange(change) => self.rearrange(change),
            Action::LookAt(step) => self.look(step),
            Action::Play(play) => self.play(play),
            Action::RestoreDefaults => self.change(Settings::default()),
            Action::Measure(start) => self.measure(start),
            Action::DismissNotice => self.notice = None,
        }
    }

    fn export(&mut self, what: Export, file: Option<PathBuf>) {
        let scale = self.settings.path.scale;
        let started = match what {
            Export::Figure(of) => {
                let job = self.figure_job(of);
                let name = if self.settings.figure.png { "figure.png" } else { "figure.svg" };
                self.exporter.start(name, file, job)
            }
            Export::Training => {
                let job = self.training_job();
                self.exporter.start("training.gif", file, job)
            }
            Export::Selection => {
                let csv = self.selection_csv();
                let write = move |file: &Path| write_whole(file, csv.as_bytes()).map_err(|error| error.to_string());
                self.exporter.start("selection.csv", file, write)
            }
            Export::Strip if self.strips().is_empty() => {
                Err("open the tab Path first: there are no strips yet".to_owned())
            }
            Export::Strip => {
                let (strips, about) = (self.strips(), self.about_strips());
                let write = move |file: &Path| {
                    let bytes = StripKind::of(file).and_then(|kind| encode_strips(&strips, scale, &about, kind));
                    write_bytes(file, bytes)
                };
                self.exporter.start(self.settings.path.format.file_name(), file, write)
            }
            Export::Samples => {
                let pictures: Vec<_> =
                    self.panes.iter().map(|pane| &pane.pictures).filter_map(Pictures::samples).collect();
                let picture = stack(&pictures);
                let write = move |file: &Path| {
                    write_bytes(file, PictureKind::of(file).and_then(|kind| encode_picture(&picture, scale, "", kind)))
                };
                self.exporter.start("samples.png", file, write)
            }
        };
        if let Err(text) = started {
            self.complain(text);
        }
    }
}

pub(super) fn write_bytes(file: &Path, bytes: Result<Vec<u8>, FigureError>) -> Result<(), String> {
    let bytes = bytes.map_err(|error| error.to_string())?;
    write_whole(file, &bytes).map_err(|error| error.to_string())
}
