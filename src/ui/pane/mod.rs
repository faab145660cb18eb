//! The panes: one run each, with its latent plane and what is at the cursor, laid out so that the planes are as large as can be.

mod head;
mod inspector;
mod plane_choice;
mod prior;
pub mod readouts;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use egui::{Rect, TextureHandle, TextureOptions, Ui, UiBuilder, Vec2, vec2};

use self::inspector::Inspector;
use self::prior::Priors;
pub use self::request::ManifoldRequest;
use self::request::{CloudRequest, CursorRequest, FieldRequest};
use super::plane::{self, Content, Gesture, Grips, Move, PlaneView};
use super::tabs::Tabs;
use crate::config::Place;
use crate::engine::{LiveRun, Requests, RunId, Workers};
use crate::explore::{Picture, Summary, frequent};
use crate::figure::overlays::field::STRIP;
use crate::figure::{self, AxisNames, Cloud, Depth, Extent, Frame, Gaussian, MOST_CLASSES, Mean, Plane, View};
use crate::format;
use crate::session::{Action, Pane, PaneId, Session, Tool};
use crate::ui::look::theme::{self, GAP};

/// Height of a head, and room for the ticks at the left of and below a plane, in points.
const HEAD: f32 = 28.0;
const TICKS: Vec2 = vec2(34.0, 22.0);
/// Room at the foot of a plane for what went wrong.
const FAILURE: f32 = 44.0;
/// Side of a cell of the manifold.
const MANIFOLD_CELL: f32 = 30.0;

/// What the panes are drawn from besides the session.
pub struct Panes {
    planes: BTreeMap<PaneId, Shown>,
    images: Requests<PaneId, CursorRequest>,
    manifolds: Requests<PaneId, ManifoldRequest>,
    fields: Requests<PaneId, FieldRequest>,
    clouds: Requests<PaneId, CloudRequest>,
    priors: Priors,
    served: Served,
    inspector: Inspector,
}

/// A pane with all that it is drawn from.
#[derive(Clone, Copy)]
struct Subject<'a> {
    session: &'a Session,
    tabs: &'a Tabs,
    pane: &'a Pane,
    run: &'a LiveRun,
}

/// How long images at the cursor and clouds took from request to reply.
#[derive(Debug, Default)]
pub struct Served {
    pub images: Vec<Duration>,
    pub clouds: Vec<Duration>,
}

impl Served {
    fn note(log: &mut Vec<Duration>, elapsed: Option<Duration>) {
        // Where no one looks it starts again rather than grow.
        if log.len() >= 10_000 {
            log.clear();
        }
        log.extend(elapsed);
    }
}

/// A pane's plane on the screen.
#[derive(Default)]
struct Shown {
    view: PlaneView,
    /// Where it was drawn last, and how many pixels a point had.
    frame: Option<Frame>,
    pixels_per_point: f32,
    id: Option<egui::Id>,
    /// The cloud of codes, of which run it is and the part of the plane that it shows.
    cloud: Option<(RunId, TextureHandle, View)>,
}

impl Panes {
    pub fn new(workers: &Workers) -> Self {
        Self {
            planes: BTreeMap::new(),
            images: Requests::new(workers),
            manifolds: Requests::new(workers),
            fields: Requests::new(workers),
            clouds: Requests::new(workers),
            priors: Priors::new(workers),
            served: Served::default(),
            inspector: Inspector::default(),
        }
    }

    /// How long what was asked for has taken since this was asked last.
    pub fn take_served(&mut self) -> Served {
        std::mem::take(&mut self.served)
    }

    /// The image decoded at a pane's cursor.
    pub fn image(&self, pane: PaneId) -> Option<&Arc<Picture>> {
        self.images.answer(pane).map(|answer| &answer.reply)
    }

    /// Whether a widget is a plane.
    pub fn is_plane(&self, id: egui::Id) -> bool {
        self.planes.values().any(|shown| shown.id == Some(id))
    }

    /// What a plane showed last, and where.
    pub fn frame(&self, pane: PaneId) -> Option<&Frame> {
        self.planes.get(&pane)?.frame.as_ref()
    }

    /// Whether all that a pane has asked for is there as it was asked.
    pub fn is_current(&self, pane: PaneId, session: &Session) -> bool {
        let overlays = session.overlays(pane);
        self.images.is_current(pane)
            && (!overlays.points || self.clouds.is_current(pane))
            && (!overlays.manifold || self.manifolds.is_current(pane))
            && (session.field(pane).is_none() || self.fields.is_current(pane))
            && session.run(pane).is_none_or(|run| self.priors.is_current(pane, run))
    }

    /// Takes in what the workers have found and asks for what is lacking.
    pub fn update(&mut self, ctx: &egui::Context, session: &Session) {
        let exists = |pane: &PaneId| session.document().pane(*pane).is_some();
        self.planes.retain(|pane, _| exists(pane));
        self.inspector.retain(exists);
        self.images.retain(exists);
        self.manifolds.retain(exists);
        self.fields.retain(exists);
        self.clouds.retain(exists);
        self.priors.retain(exists);
        for pane in self.images.poll() {
            Served::note(&mut self.served.images, self.images.answer(pane).map(|answer| answer.elapsed));
        }
        self.manifolds.poll();
        self.fields.poll();
        self.priors.poll();
        for pane in self.clouds.poll() {
            Served::note(&mut self.served.clouds, self.clouds.answer(pane).map(|answer| answer.elapsed));
            self.upload(ctx, pane);
        }
        for pane in session.panes() {
            if let Some(run) = session.run(pane.id) {
                self.ask(session, pane, run);
            }
        }
    }

    fn upload(&mut self, ctx: &egui::Context, pane: PaneId) {
        let (Some(answer), Some(shown)) = (self.clouds.answer(pane), self.planes.get_mut(&pane)) else { return };
        let (run, image, view) = (answer.request.run, answer.reply.clone(), answer.request.extent.view);
        match &mut shown.cloud {
            Some((of, texture, seen)) => {
                texture.set(image, TextureOptions::LINEAR);
                (*of, *seen) = (run, view);
            }
            none => *none = Some((run, ctx.load_texture("codes", image, TextureOptions::LINEAR), view)),
        }
    }

    /// Asks for everything that a pane shows.
    fn ask(&mut self, session: &Session, pane: &Pane, run: &LiveRun) {
        let (id, checkpoint) = (pane.id, &run.checkpoint);
        let request = CursorRequest { run: run.id, checkpoint: checkpoint.clone(), code: session.cursor_in(id) };
        self.images.ask(id, request);
        self.priors.ask(id, run);
        let overlays = session.overlays(id);
        let (Some(shown), Some(stage)) = (self.planes.get(&id), session.stage()) else { return };
        let Some(frame) = shown.frame else { return };
        let view = (frame.min, frame.max);
        if overlays.manifold {
            let side = checkpoint.model.shape.rows.max(checkpoint.model.shape.cols) as f32;
            let cells = |points: f32| ((points / MANIFOLD_CELL.max(side / 2.0)).round() as usize).clamp(1, 64);
            let (across, down) = (cells(frame.width), cells(frame.height));
            let request = ManifoldRequest { run: run.id, checkpoint: checkpoint.clone(), view, across, down };
            self.manifolds.ask(id, request);
        }
        if let Some(kind) = session.field(id) {
            let (codes, dataset) = (run.codes.clone(), stage.dataset.clone());
            self.fields
                .ask(id, FieldRequest { run: run.id, kind, checkpoint: checkpoint.clone(), codes, dataset, view });
        }
        if overlays.points {
            let density = shown.pixels_per_point;
            let size = [frame.width, frame.height].map(|side| ((side * density).round() as usize).max(1));
            let cloud = cloud(session, run);
            self.clouds.ask(id, CloudRequest { run: run.id, cloud, extent: Extent { view, size, density } });
        }
    }

    /// Draws all panes into the room there is.
    pub fn show(&mut self, ui: &mut Ui, session: &Session, tabs: &Tabs, actions: &mut Vec<Action>) {
        let (panes, room) = (session.panes(), ui.available_rect_before_wrap());
        let across = columns(room.size(), panes.len());
        let cell = vec2(across as f32, panes.len().div_ceil(across) as f32);
        let size = ((room.size() + Vec2::splat(GAP)) / cell).floor();
        for (i, pane) in panes.iter().enumerate() {
            let Some(run) = session.run(pane.id) else { continue };
            let corner = room.min + vec2((i % across) as f32, (i / across) as f32) * size;
            let rect = Rect::from_min_size(corner, size - Vec2::splat(GAP));
            let builder = UiBuilder::new().id_salt(("pane", pane.id)).max_rect(rect);
            let shown = Subject { session, tabs, pane, run };
            ui.scope_builder(builder, |ui| self.pane(ui, shown, actions));
        }
    }

    fn pane(&mut self, ui: &mut Ui, subject: Subject, actions: &mut Vec<Action>) {
        let Subject { session, pane, run, .. } = subject;
        let room = ui.available_rect_before_wrap();
        let head = head::rows(session) as f32 * HEAD;
        let (top, body) = room.split_top_bottom_at_y(room.top() + head);
        ui.scope_builder(UiBuilder::new().max_rect(top), |ui| head::show(ui, session, pane, run, actions));
        // Wherever the column costs the plane nothing.
        let beside = body.width() - inspector::WIDTH - GAP >= body.height().min(0.9 * body.width());
        let plane = if beside { body.with_max_x(body.right() - inspector::WIDTH - GAP) } else { body };
        let rect = self.plane(ui, subject, plane, actions);
        let picture = self.images.answer(pane.id).map(|answer| &answer.reply);
        if let Some(failure) = self.failure(pane.id) {
            let below = rect.with_min_y(rect.bottom() - FAILURE).shrink(4.0);
            ui.scope_builder(UiBuilder::new().max_rect(below), |ui| theme::warn(ui, failure));
        }
        match beside {
            true => {
                let column = body.with_min_x(body.right() - inspector::WIDTH);
                let builder = UiBuilder::new().max_rect(column);
                let density = self.priors.log_density(pane.id, run, session.cursor_in(pane.id));
                ui.scope_builder(builder, |ui| self.inspector.column(ui, subject, picture, density));
            }
            false => self.inspector.inset(ui, session, pane, run, picture, rect),
        }
    }

    /// Why something that the pane shows could not be had.
    fn failure(&self, pane: PaneId) -> Option<&str> {
        let all = [
            self.images.failure(pane),
            self.manifolds.failure(pane),
            self.fields.failure(pane),
            self.clouds.failure(pane),
            self.priors.failure(pane),
        ];
        all.into_iter().flatten().next()
    }

    /// Draws the plane into a rectangle and sends on what was done in it; where it is without its ticks.
    fn plane(&mut self, ui: &mut Ui, subject: Subject, room: Rect, actions: &mut Vec<Action>) -> Rect {
        let Subject { session, tabs, pane, run } = subject;
        let legend = if session.field(pane.id).is_some() { STRIP } else { 0.0 };
        let rect = Rect::from_min_max(room.min + vec2(TICKS.x, legend), room.max - vec2(2.0, TICKS.y)).round();
        let frame = plane::frame(rect, session.document().view(pane.id));
        let content = self.content(subject);
        let marks = figure::marks(&content, &frame);
        let tab = tabs.open(session);
        let handles = tab.handles(session, pane);
        let grips = Grips {
            handles: &handles,
            outlines: session.settings().tool != Tool::Cursor,
            ctrl_clicks: tab.takes_ctrl_clicks(),
        };
        let cursor = format::code(session.cursor_in(pane.id));
        let label = format!("{} latent plane, cursor at {cursor}", session.name(run));
        let shown = self.planes.entry(pane.id).or_default();
        let cloud = shown.cloud.as_ref().filter(|(of, ..)| *of == run.id);
        let cloud = cloud.map(|(_, texture, view)| (texture.id(), *view));
        let done = shown.view.show(ui, &Content { frame: &frame, marks: &marks, cloud }, &grips, &label);
        let pixels_per_point = ui.ctx().pixels_per_point();
        if shown.frame != Some(frame) || shown.pixels_per_point != pixels_per_point {
            // What depends on where it is drawn is asked for with the next frame.
            (shown.frame, shown.pixels_per_point) = (Some(frame), pixels_per_point);
            ui.ctx().request_repaint();
        }
        shown.id = Some(done.response.id);
        let rings = content.rings.filter(|_| session.settings().tool == Tool::Cursor);
        let pointer = done.response.hover_pos().map(|pointer| (pointer.x, pointer.y));
        let component = rings.zip(pointer).and_then(|(rings, pointer)| rings.pointed(&frame, pointer));
        let is_clicked = done.response.clicked();
        actions.extend(done.moved.map(|moved| match moved {
            Move::To(view) => Action::Look { pane: pane.id, view },
            Move::Fit => Action::FitView(pane.id),
        }));
        actions.extend(done.gesture.and_then(|gesture| match gesture {
            Gesture::Point(at) => {
                let at = component.filter(|_| is_clicked).map_or(at, |component| component.mean);
                Some(Action::Point { pane: pane.id, at })
            }
            Gesture::MoveHandle(index, to) => tab.drag_handle(index, pane, to),
            Gesture::Outline(at) => Some(Action::Outline { pane: pane.id, at }),
            Gesture::CloseOutline => Some(Action::CloseOutline),
            Gesture::CtrlClick(at) => tab.ctrl_click(session, pane, at),
        }));
        if let Some(component) = component.filter(|_| !ui.input(|input| input.pointer.any_down())) {
            self.priors.hover(ui, done.response, &frame, (pane.id, run), component);
        }
        rect
    }

    /// Everything that a pane's plane shows.
    fn content(&mut self, subject: Subject) -> Plane {
        let Subject { session, tabs, pane, run } = subject;
        let id = pane.id;
        let mut content = figure_content(session, pane, run);
        let overlays = session.overlays(id);
        if content.rings.is_some() {
            content.rings = self.priors.rings(id, run);
        }
        if overlays.manifold {
            content.manifold = self.manifolds.answer(id).map(|answer| answer.reply.clone());
        }
        if session.field(id).is_some() {
            content.field = self.fields.answer(id).map(|answer| answer.reply.clone());
        }
        let outline = session.outline().filter(|(of, _)| *of == id);
        content.outline = outline.map(|(_, corners)| corners.clone()).unwrap_or_default();
        content.cursor = Some(session.cursor_in(id));
        tabs.overlay(session, pane, &mut content);
        content
    }
}

/// What a plane shows that a figure of it shows too and that needs no worker; N(0, I) stands for the prior that it computes.
pub fn figure_content(session: &Session, pane: &Pane, run: &LiveRun) -> Plane {
    let overlays = session.overlays(pane.id);
    let names = session.stage().map(|stage| stage.dataset.class_names.as_slice()).unwrap_or_default();
    let summary = run.summary.without(&session.document().selection.hidden);
    let mut posteriors = if overlays.posteriors { Gaussian::of_classes(&run.codes, &summary) } else { Vec::new() };
    if let (true, Some((image, _))) = (overlays.posteriors, session.image_at_cursor(pane.id)) {
        posteriors.extend(Gaussian::of_image(&run.codes, image));
    }
    Plane {
        axes: AxisNames(run.checkpoint.plane.names.clone()),
        points: overlays.points.then(|| cloud(session, run)),
        // A quantised code has words in the place of a prior over the plane.
        rings: (overlays.rings && !run.checkpoint.model.is_quantised()).then(Arc::default),
        posteriors,
        trails: if overlays.trails { trails(session, run, &summary) } else { Vec::new() },
        means: if overlays.means { Mean::of_classes(&summary, names) } else { Vec::new() },
        ..Plane::default()
    }
}

/// How the means of the classes of a summary have moved, of many the largest.
fn trails(session: &Session, run: &LiveRun, summary: &Summary) -> Vec<Vec<Place>> {
    let shown = frequent(&summary.class_sizes, MOST_CLASSES);
    let mut trails = session.trails(run);
    for (class, trail) in trails.iter_mut().enumerate() {
        if shown.binary_search(&class).is_err() {
            trail.clear();
        }
    }
    trails
}

/// The codes of a run as they lie in its plane.
fn cloud(session: &Session, run: &LiveRun) -> Cloud {
    let (codes, depth) = (run.codes.clone(), Depth::of(&run.checkpoint.plane, &run.full));
    Cloud { codes, colors: session.colors().clone(), emphasis: session.emphasis().cloned(), depth }
}

/// How many panes stand beside each other so that their planes are as large as can be.
fn columns(room: Vec2, count: usize) -> usize {
    let side = |across: &usize| {
        let cell = (room + Vec2::splat(GAP)) / vec2(*across as f32, count.div_ceil(*across) as f32) - Vec2::splat(GAP);
        (cell - vec2(TICKS.x, TICKS.y + HEAD)).min_elem()
    };
    (1..=count.max(1)).max_by(|a, b| side(a).total_cmp(&side(b))).unwrap_or(1)
}
