//! The path: its waypoints, how it runs between them, and the strip of each run.

use std::sync::Arc;
use std::time::Duration;

use egui::{ComboBox, Image, RichText, Slider, TextEdit, Ui, vec2};
use serde_json::json;

use super::action::{Action, Export};
use super::format;
use super::pane::name_of;
use super::session::Session;
use super::settings::{Settings, StripFormat, Tab};
use super::theme;
use crate::config::Code;
use crate::engine::Errands;
use crate::explore::{Interpolation, Route, Spacing, Way, follow};
use crate::figure::Strip;
use crate::model::{Checkpoint, Compute};

/// How long the cursor stays at each step while it goes along the path.
const STEP: Duration = Duration::from_millis(120);

/// A route to be followed through a run's plane.
#[derive(Clone)]
pub struct Walk {
    checkpoint: Arc<Checkpoint>,
    route: Route,
}

impl PartialEq for Walk {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.checkpoint, &other.checkpoint) && self.route == other.route
    }
}

/// The path in a pane: what was asked, and the newest answer.
#[derive(Default)]
pub struct PaneWay {
    asked: Option<Walk>,
    pub way: Option<Way>,
}

pub fn spawn(compute: Compute, wake: impl Fn() + Send + 'static) -> std::io::Result<Errands<Walk, Option<Way>>> {
    let compute = compute.with_threads(1);
    Errands::spawn("paths", wake, move |errand, walk: Walk| {
        let model = walk.checkpoint.restore(compute.clone());
        errand.reply(model.and_then(|model| follow(&walk.route, &model)).ok());
    })
}

impl Session {
    /// Has the path followed through every plane where it is not known yet.
    pub(super) fn request_ways(&mut self) {
        if self.settings.tab != Tab::Path {
            return;
        }
        let route = self.settings.path.route();
        for i in 0..self.panes.len() {
            let Some(checkpoint) = self.run(i).map(|run| run.checkpoint.clone()) else { continue };
            let walk = Walk { checkpoint, route: route.clone() };
            if self.panes[i].way.asked.as_ref() != Some(&walk) {
                self.panes[i].way.asked = Some(walk.clone());
                self.ways.ask(i, walk);
            }
        }
    }

    /// Where a pane's cursor is on its path, while it goes along it: to the end and back.
    pub(super) fn on_the_way(&self, pane: usize) -> Option<Code> {
        let codes = &self.panes.get(pane)?.way.way.as_ref()?.codes;
        let steps = self.walking?.elapsed().as_millis() as usize / STEP.as_millis() as usize;
        let last = codes.len().checked_sub(1)?;
        let around = steps % (2 * last).max(1);
        codes.get(around.min(2 * last - around.min(2 * last))).copied()
    }

    /// The strips of all panes.
    pub(super) fn strips(&self) -> Vec<Strip> {
        let strip = |i: usize| {
            let (pane, picture) = (&self.panes[i], self.panes[i].pictures.strip()?);
            let codes = pane.way.way.as_ref()?.codes.clone();
            (picture.width % codes.len().max(1) == 0).then(|| Strip {
                name: name_of(self, i),
                codes,
                picture: picture.clone(),
            })
        };
        (0..self.panes.len()).filter_map(strip).collect()
    }

    /// What the strips show, for their metadata.
    pub(super) fn about_strips(&self) -> String {
        let runs: Vec<_> = (0..self.panes.len())
            .filter_map(|i| self.run(i).map(|run| (name_of(self, i), run)))
            .map(|(name, run)| {
                let progress = &run.checkpoint.progress;
                let train = &progress.train;
                json!({
                    "name": name, "model": run.checkpoint.model, "data": progress.data, "step": progress.step,
                    "beta": train.beta, "seed": train.seed,
                })
            })
            .collect();
        let path = &self.settings.path;
        let path = json!({
            "waypoints": path.points, "interpolation": path.interpolation, "spacing": path.spacing, "steps": path.steps,
        });
        json!({ "program": "Latent Explorer", "runs": runs, "path": path }).to_string()
    }
}

pub fn show(ui: &mut Ui, session: &mut Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| controls(ui, session, settings, actions));
    ui.add_space(theme::GAP / 2.0);
    let (ctx, room) = (ui.ctx().clone(), ui.available_size());
    let rows = session.panes.len().max(1) as f32;
    let names: Vec<String> = (0..session.panes.len()).map(|i| name_of(session, i)).collect();
    for (pane, name) in session.panes.iter_mut().zip(&names) {
        let Some(texture) = pane.pictures.strip_texture(&ctx) else { continue };
        let [width, height] = texture.size().map(|side| side as f32);
        let scale = ((room.x - 60.0) / width).min((room.y / rows - 8.0) / height).max(0.1);
        ui.horizontal(|ui| {
            let (label, _) = ui.allocate_exact_size(vec2(46.0, height * scale), egui::Sense::hover());
            let (at, anchor) = (label.left_center(), egui::Align2::LEFT_CENTER);
            ui.painter().text(at, anchor, name, egui::FontId::proportional(14.0), theme::run_color(pane.run));
            let strip = Image::new((texture.id(), vec2(width, height) * scale));
            let strip = ui.add(strip.corner_radius(2.0).alt_text(format!("{name} strip along the path")));
            if let Some(way) = &pane.way.way {
                strip.on_hover_text(length(way));
            }
        });
    }
}

fn controls(ui: &mut Ui, session: &Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    let path = &mut settings.path;
    ui.spacing_mut().slider_width = 64.0;
    let label = ui.label("steps");
    ui.add(Slider::new(&mut path.steps, 5..=25)).labelled_by(label.id).on_hover_text(
        "Codes decoded along the path, its ends included. Drag A, B … in a plane to move the waypoints.",
    );
    for (interpolation, name, meaning) in [
        (Interpolation::Linear, "linear", "In a straight line from A to B"),
        (Interpolation::Spherical, "spherical", "Along an arc about the origin (slerp)"),
        (
            Interpolation::Geodesic,
            "geodesic",
            "The shortest way under the decoder's metric JᵀJ: on which the image changes least. Each model has its own.",
        ),
    ] {
        ui.radio_value(&mut path.interpolation, interpolation, name).on_hover_text(meaning);
    }
    ui.separator();
    ui.label("equal").on_hover_text("What the steps are equal in");
    for (spacing, name, meaning) in [
        (Spacing::Code, "code", "Steps are equally long in the plane"),
        (Spacing::Image, "image", "Steps change the decoded image equally"),
    ] {
        ui.radio_value(&mut path.spacing, spacing, name).on_hover_text(meaning);
    }
    ui.separator();
    let walking = session.walking.is_some();
    let play = ui.selectable_label(walking, if walking { "⏸" } else { "▶" });
    let meaning = "Has the cursor of every pane go along its path, there and back, and shows the image on the way";
    if play.on_hover_text(meaning).accessible_name("go along the path").clicked() {
        actions.push(Action::Walk(!walking));
    }
    if walking {
        ui.request_repaint_after(STEP / 2);
    }
    if ui
        .button("+")
        .on_hover_text("Adds a waypoint at the cursor (W), or where you click in a plane with Ctrl held; drag waypoints in a plane")
        .accessible_name("add waypoint")
        .clicked()
    {
        actions.push(Action::AddWaypoint(session.cursor_in(session.active_pane)));
    }
    let more = ui.add_enabled(path.points.len() > 2, egui::Button::new("−"));
    if more.on_hover_text("Takes the last waypoint out").accessible_name("remove waypoint").clicked() {
        actions.push(Action::RemoveWaypoint);
    }
    ui.separator();
    let label = ui.label("pixel");
    ComboBox::from_id_salt("scale")
        .width(46.0)
        .selected_text(format!("{}×", path.scale))
        .show_ui(ui, |ui| {
            for scale in 1..=8 {
                ui.selectable_value(&mut path.scale, scale, format!("{scale}×"));
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text("Side of a pixel in the exported picture");
    ComboBox::from_id_salt("format")
        .width(52.0)
        .selected_text(path.format.name())
        .show_ui(ui, |ui| {
            for format in StripFormat::ALL {
                ui.selectable_value(&mut path.format, format, format.name());
            }
        })
        .response
        .on_hover_text("A picture, a drawing with the names as text, an animation, or the codes as a table")
        .accessible_name("file format");
    let mut file = path.file.display().to_string();
    let ready = session.panes.iter().any(|pane| pane.pictures.strip().is_some());
    let export = ui.add_enabled(ready, egui::Button::new("Export strip…"));
    if export.on_hover_text("Write the strips of all runs; asks where").clicked() {
        actions.push(Action::Export { what: Export::Strip, file: None });
    }
    ui.label(RichText::new("or to").color(theme::quiet(ui)));
    let field = ui
        .add(TextEdit::singleline(&mut file).hint_text("a path, then Enter").desired_width(96.0))
        .on_hover_text(
            "Where to write the strips without asking: a file .png, .svg, .gif, .apng or .csv; press Enter to do it",
        )
        .accessible_name("export path");
    let enter = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
    path.file = file.into();
    let typed = !path.file.as_os_str().is_empty();
    if ui
        .add_enabled(ready && typed, egui::Button::new("Save"))
        .on_hover_text("Write to the path on the left")
        .clicked()
        || (enter && ready && typed)
    {
        actions.push(Action::Export { what: Export::Strip, file: Some(path.file.clone()) });
    }
}

/// How long a path is under the decoder's metric.
fn length(way: &Way) -> String {
    let number = |v: f32| format::short(f64::from(v));
    let compared =
        format!("The image changes by {} on the way, by {} straight", number(way.length), number(way.straight));
    if way.fell_back { format!("{compared}. No shorter way than the straight one was found.") } else { compared }
}
