//! The path: its waypoints, how it runs between them, and the strip of each run.

mod controls;
mod request;

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Image, Ui, vec2};
use serde_json::json;

use self::request::PathRequest;
use super::{About, Tab};
use crate::config::Place;
use crate::engine::{LiveRun, Requests, RunId, Workers};
use crate::explore::{FollowedRoute, Interpolation, Picture};
use crate::figure::{Path, Plane, Strip, StripKind, encode_strips};
use crate::format;
use crate::session::{Action, Export, ExportId, Finding, Pane, Session, Setting};
use egui::Key;

use crate::ui::command::{Command, plain};
use crate::ui::export::{Content, Offer};
use crate::ui::look::textures::PictureTextures;
use crate::ui::look::theme;

const STRIP: ExportId = ExportId::new("path", "strip");

pub struct PathTab {
    paths: Requests<RunId, PathRequest>,
    textures: PictureTextures<RunId>,
    /// Where to export to, as it is being typed.
    file: String,
}

impl PathTab {
    pub fn new(workers: &Workers) -> Self {
        Self { paths: Requests::new(workers), textures: PictureTextures::default(), file: String::new() }
    }

    /// The path through the plane of a run and the images along it, as far as they are known.
    pub fn of(&self, run: RunId) -> Option<(&Arc<FollowedRoute>, &Arc<Picture>)> {
        self.paths.answer(run).map(|answer| (&answer.reply.path, &answer.reply.strip))
    }

    fn strips(&self, session: &Session) -> Vec<Strip> {
        let strip = |run: &LiveRun| {
            let (path, picture) = self.of(run.id)?;
            Some(Strip { name: session.name(run), codes: path.codes.clone(), picture: (**picture).clone() })
        };
        session.shown_runs().into_iter().filter_map(strip).collect()
    }
}

impl PathTab {
    /// What the strips show, for their metadata: the states and the routes that they were made of.
    fn about_strips(&self, session: &Session) -> String {
        let run = |run: &LiveRun| {
            let PathRequest { checkpoint, route, .. } = &self.paths.answer(run.id)?.request;
            let progress = &checkpoint.progress;
            Some(json!({
                "name": session.name(run), "model": checkpoint.model, "data": progress.data, "step": progress.step,
                "beta": progress.train.beta, "seed": progress.train.seed, "waypoints": route.points,
                "axes": checkpoint.plane.names, "interpolation": route.interpolation, "spacing": route.spacing, "steps": route.steps,
            }))
        };
        let runs: Vec<_> = session.shown_runs().into_iter().filter_map(run).collect();
        json!({ "program": "Latent Explorer", "runs": runs }).to_string()
    }
}

impl Tab for PathTab {
    fn about(&self) -> About {
        About { id: "path", name: "Path", meaning: "Images decoded on the path from one image or code to another" }
    }

    fn update(&mut self, session: &Session, actions: &mut Vec<Action>) {
        let shown = session.shown_runs();
        self.paths.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.textures.retain(|run| shown.iter().any(|shown| shown.id == *run));
        for run in self.paths.poll() {
            if let Some((path, _)) = self.of(run) {
                actions.push(Action::Note(Finding::Path { run, path: path.clone() }));
            }
        }
        if !self.is_at_work(session) && !session.is_walking() {
            return;
        }
        for run in shown {
            let route = session.route(run);
            if route.points.len() >= 2 {
                self.paths.ask(run.id, PathRequest { run: run.id, checkpoint: run.checkpoint.clone(), route });
            }
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let runs = session.shown_runs();
        let is_ready = runs.iter().any(|run| self.of(run.id).is_some());
        ui.horizontal_wrapped(|ui| controls::show(ui, session, &mut self.file, is_ready, actions));
        ui.add_space(theme::GAP / 2.0);
        let (room, rows) = (ui.available_size(), runs.len().max(1) as f32);
        for run in runs {
            if let Some(failure) = self.paths.failure(run.id) {
                theme::warn(ui, failure);
            }
            let Some(answer) = self.paths.answer(run.id) else { continue };
            let texture = self.textures.get(ui, run.id, &answer.reply.strip);
            let size = vec2(answer.reply.strip.width as f32, answer.reply.strip.height as f32);
            let size = size * ((room.x - 84.0) / size.x).min((room.y / rows - 8.0) / size.y).max(0.1);
            ui.horizontal(|ui| {
                let (label, _) = ui.allocate_exact_size(vec2(70.0, size.y), egui::Sense::hover());
                let (painter, name) = (ui.painter().with_clip_rect(label), session.name(run));
                let (at, anchor) = (label.left_center(), egui::Align2::LEFT_CENTER);
                painter.text(at, anchor, &name, egui::FontId::proportional(14.0), theme::run_color(run));
                let strip = ui.add(
                    Image::new((texture, size)).corner_radius(2.0).alt_text(format!("{name} strip along the path")),
                );
                strip.on_hover_text(length(&answer.reply.path));
            });
        }
    }

    fn overlay(&self, session: &Session, pane: &Pane, plane: &mut Plane) {
        let codes = self.of(pane.run).map(|(path, _)| path.codes.clone()).unwrap_or_default();
        plane.path = Some(Path { codes, waypoints: self.handles(session, pane) });
    }

    fn handles(&self, session: &Session, pane: &Pane) -> Vec<Place> {
        session.run(pane.id).map(|run| session.route(run).points).unwrap_or_default()
    }

    fn drag_handle(&self, index: usize, pane: &Pane, to: Place) -> Option<Action> {
        Some(Action::MoveWaypoint { index, pane: pane.id, at: to })
    }

    fn takes_ctrl_clicks(&self) -> bool {
        true
    }

    fn ctrl_click(&self, session: &Session, pane: &Pane, at: Place) -> Option<Action> {
        Some(Action::AddWaypoint(session.waypoint(pane.id, at)))
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        let along = |name: &str, interpolation| Command::new(name, Action::Set(Setting::Interpolation(interpolation)));
        let mut commands = vec![
            along("Straight path", Interpolation::Linear),
            along("Spherical path", Interpolation::Spherical),
            along("Geodesic path", Interpolation::Geodesic),
            Command::new("Path between images", Action::MakeWaypoints { images: true }),
            Command::new("Path between codes", Action::MakeWaypoints { images: false }),
            Command::new("Go along the path", Action::Walk(!session.is_walking())).with(plain(Key::G)),
            Command::new("Remove the last waypoint", Action::RemoveWaypoint),
        ];
        if let Some(pane) = session.active_pane() {
            let add = Action::AddWaypoint(session.waypoint_at_cursor(pane));
            commands.push(Command::new("Add a waypoint at the cursor", add).with(plain(Key::W)));
        }
        commands
    }

    fn exports(&self, session: &Session) -> Vec<Offer> {
        let ending = session.settings().path.format.name().to_lowercase();
        vec![Offer { id: STRIP, title: "The strips along the path".to_owned(), file_name: format!("strip.{ending}") }]
    }

    fn export(&self, _: ExportId, session: &Session) -> Result<Content, String> {
        let (strips, about) = (self.strips(session), self.about_strips(session));
        let scale = session.settings().path.scale;
        if strips.is_empty() {
            return Err("Open the tab Path first: there are no strips yet.".to_owned());
        }
        Ok(Box::new(move |file, _| Ok(encode_strips(&strips, scale, &about, StripKind::of(file)?)?)))
    }
}

fn export_to(what: ExportId, to: Option<PathBuf>) -> Action {
    Action::Export(Export { what, to })
}

/// How long a path is under the decoder's metric.
fn length(path: &FollowedRoute) -> String {
    let number = |v: f32| format::short(f64::from(v));
    let compared =
        format!("The image changes by {} along the path, by {} straight", number(path.length), number(path.straight));
    if path.fell_back { format!("{compared}. No shorter path than the straight one was found.") } else { compared }
}
