//! The tabs of the lower panel, a folder each: its state, its requests, its view, its overlays, its commands and its exports.
//! A new tab is a folder and a line in `all`.

mod dimensions;
mod draw;
mod inference;
mod losses;
mod measures;
mod path;
mod samples;
mod selection;

pub use dimensions::DimensionsTab;
pub use draw::Draw;
pub use inference::Inference;
pub use measures::MeasuresTab;
pub use path::PathTab;
pub use samples::Samples;

use std::any::Any;
use std::path::Path as File;

use egui::Ui;

use super::command::Command;
use super::export::{Content, Offer};
use crate::config::Place;
use crate::engine::Workers;
use crate::figure::Plane;
use crate::session::{Action, ExportId, Pane, Session};

/// In the order in which they stand in the window.
fn all(workers: &Workers) -> Vec<Box<dyn Tab>> {
    vec![
        Box::new(losses::Losses),
        Box::new(PathTab::new(workers)),
        Box::new(Samples::new(workers)),
        Box::new(DimensionsTab::new(workers)),
        Box::new(Draw::new(workers)),
        Box::new(selection::SelectionTab::new(workers)),
        Box::new(Inference::new(workers)),
        Box::new(MeasuresTab::new(workers)),
    ]
}

/// What the window says of a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// What it is saved and called by; the name of its folder.
    pub id: &'static str,
    pub name: &'static str,
    pub meaning: &'static str,
}

pub trait Tab: Any {
    fn about(&self) -> About;

    /// Whether it computes and draws over the planes: while it is open, unless it says otherwise.
    fn is_at_work(&self, session: &Session) -> bool {
        session.screen().tab == self.about().id
    }

    /// Takes in what the workers have found and, while it is at work, asks for what is lacking; once a frame, before
    /// anything is drawn.
    fn update(&mut self, _session: &Session, _actions: &mut Vec<Action>) {}

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>);

    /// Adds to what a pane's plane shows while it is at work.
    fn overlay(&self, _session: &Session, _pane: &Pane, _plane: &mut Plane) {}

    /// Places in a pane's plane that can be dragged while it is open.
    fn handles(&self, _session: &Session, _pane: &Pane) -> Vec<Place> {
        Vec::new()
    }

    /// What dragging one of them to a place does.
    fn drag_handle(&self, _index: usize, _pane: &Pane, _to: Place) -> Option<Action> {
        None
    }

    /// Whether a click with Ctrl in a plane means something to it.
    fn takes_ctrl_clicks(&self) -> bool {
        false
    }

    /// What it does.
    fn ctrl_click(&self, _session: &Session, _pane: &Pane, _at: Place) -> Option<Action> {
        None
    }

    /// What a file that is dropped on the window is to it; whether it has taken it.
    fn take_file(&mut self, _session: &Session, _name: &File, _bytes: &[u8]) -> bool {
        false
    }

    fn commands(&self, _session: &Session) -> Vec<Command> {
        Vec::new()
    }

    /// What can be written to a file.
    fn exports(&self, _session: &Session) -> Vec<Offer> {
        Vec::new()
    }

    /// What is written, or one sentence about why there is nothing.
    fn export(&self, _id: ExportId, _session: &Session) -> Result<Content, String> {
        Err("there is nothing to export".to_owned())
    }
}

/// All tabs.
pub struct Tabs(Vec<Box<dyn Tab>>);

impl Tabs {
    pub fn new(workers: &Workers) -> Self {
        Self(all(workers))
    }

    pub fn iter(&self) -> impl Iterator<Item = &dyn Tab> {
        self.0.iter().map(|tab| &**tab)
    }

    pub fn abouts(&self) -> impl Iterator<Item = About> {
        self.0.iter().map(|tab| tab.about())
    }

    /// A tab by its type.
    pub fn get<T: Tab>(&self) -> Option<&T> {
        self.0.iter().find_map(|tab| (&**tab as &dyn Any).downcast_ref())
    }

    fn open_index(&self, session: &Session) -> usize {
        self.0.iter().position(|tab| tab.about().id == session.screen().tab).unwrap_or(0)
    }

    /// The tab that is open: the one that the screen names, or the first.
    pub fn open(&self, session: &Session) -> &dyn Tab {
        &*self.0[self.open_index(session)]
    }

    pub fn open_mut(&mut self, session: &Session) -> &mut dyn Tab {
        let index = self.open_index(session);
        &mut *self.0[index]
    }

    pub fn update(&mut self, session: &Session, actions: &mut Vec<Action>) {
        self.0.iter_mut().for_each(|tab| tab.update(session, actions));
    }

    /// Adds what the tabs show over a pane's plane.
    pub fn overlay(&self, session: &Session, pane: &Pane, plane: &mut Plane) {
        self.0.iter().filter(|tab| tab.is_at_work(session)).for_each(|tab| tab.overlay(session, pane, plane));
    }

    pub fn take_file(&mut self, session: &Session, name: &File, bytes: &[u8]) -> bool {
        self.0.iter_mut().any(|tab| tab.take_file(session, name, bytes))
    }
}
