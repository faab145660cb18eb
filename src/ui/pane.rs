//! A pane: one run on the screen. Its plane, and beside it the image at the cursor and the numbers.

use egui::{Align, Image, Layout, RichText, ScrollArea, Ui, UiBuilder, vec2};

use super::action::Action;
use super::clouds::PaneCloud;
use super::draw_tab::PaneJourney;
use super::fields::PaneField;
use super::inference::PaneInference;
use super::measures::PaneMeasures;
use super::path_tab::PaneWay;
use super::pictures::{KeyedTexture, Pictures, inked};
use super::session::Session;
use super::settings::Overlays;
use super::theme::{self, GAP};
use super::widgets::dot;
use super::{format, pane_head, plane, readouts};
use crate::config::{Code, ModelKind};
use crate::engine::{Ask, LiveRun, RunId};
use crate::explore::{Summary, log_prior};

/// Wide enough for a table of three columns.
const INSPECTOR_WIDTH: f32 = 196.0;
/// How much of a pane's height the plane takes with the numbers below it.
const PLANE_SHARE: f32 = 0.58;
/// How much of a pane's height the image at the cursor may take.
const IMAGE_SHARE: f32 = 0.34;
/// Side of a cell of the manifold, in points.
const MANIFOLD_CELL: f32 = 30.0;
/// What a plane shows at least when it follows its codes: the prior's third ring.
const SMALLEST_VIEW: f32 = 3.3;

/// The part of a plane that is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    pub min: Code,
    pub max: Code,
    /// Follow the codes, rather than stay where the person looks.
    pub follows: bool,
}

impl View {
    pub fn height(&self) -> f32 {
        self.max[1] - self.min[1]
    }

    /// Closer by `factor`, with `about` where it was.
    pub fn zoomed(self, factor: f32, about: Code) -> Self {
        let corner = |c: Code| [0, 1].map(|d| about[d] + (c[d] - about[d]) / factor);
        Self { min: corner(self.min), max: corner(self.max), follows: false }
    }

    fn of(summary: &Summary) -> Self {
        let (mut min, mut max) = ([-SMALLEST_VIEW; 2], [SMALLEST_VIEW; 2]);
        if let Some((low, high)) = summary.bounds {
            for d in 0..2 {
                let margin = 0.06 * (high[d] - low[d]);
                min[d] = f32::min(min[d], low[d] - margin);
                max[d] = f32::max(max[d], high[d] + margin);
            }
        }
        Self { min, max, follows: true }
    }
}

pub struct Pane {
    pub run: RunId,
    pub kind: ModelKind,
    /// A cursor and overlays that are not those of the other panes.
    pub own: Option<(Code, Overlays)>,
    pub failure: Option<String>,
    /// What the plane is asked to show; what it does show is wider on one side, for its aspect is equal.
    pub view: View,
    /// What the plane showed last: corners, and size in points.
    pub shown: Option<((Code, Code), egui::Vec2)>,
    /// Where the plane was drawn last.
    pub plane: Option<egui::Rect>,
    /// The plane's widget, which shares the arrow keys with the window.
    pub plane_id: Option<egui::Id>,
    pub pictures: Pictures,
    pub cloud: PaneCloud,
    pub field: PaneField,
    pub journey: PaneJourney,
    pub way: PaneWay,
    pub inference: PaneInference,
    pub measures: PaneMeasures,
    pub nearest: KeyedTexture<(crate::engine::SessionId, usize, bool)>,
}

impl Pane {
    pub fn new(run: &LiveRun) -> Self {
        Self {
            run: run.id,
            kind: run.checkpoint.model.kind,
            own: None,
            failure: None,
            view: View::of(&Summary::default()),
            shown: None,
            plane: None,
            plane_id: None,
            pictures: Pictures::default(),
            cloud: PaneCloud::default(),
            field: PaneField::default(),
            journey: PaneJourney::default(),
            way: PaneWay::default(),
            inference: PaneInference::default(),
            measures: PaneMeasures::default(),
            nearest: KeyedTexture::default(),
        }
    }

    /// Widens or narrows a view that follows the codes, but not for small changes, which would make it tremble.
    pub fn follow(&mut self, summary: &Summary) {
        if !self.view.follows {
            return;
        }
        let wanted = View::of(summary);
        let outside = (0..2).any(|d| wanted.min[d] < self.view.min[d] || wanted.max[d] > self.view.max[d]);
        let smaller = wanted.height().max(wanted.max[0] - wanted.min[0])
            < 0.7 * self.view.height().max(self.view.max[0] - self.view.min[0]);
        if outside || smaller {
            self.view = wanted;
            let (width, height) = (0.05 * (wanted.max[0] - wanted.min[0]), 0.05 * wanted.height());
            if outside && wanted != View::of(&Summary::default()) {
                self.view.min = [wanted.min[0] - width, wanted.min[1] - height];
                self.view.max = [wanted.max[0] + width, wanted.max[1] + height];
            }
        }
    }

    /// The manifold that covers what the plane shows, in cells that hold an image of `side` pixels well.
    pub fn manifold_ask(&self, side: usize) -> Ask {
        let ((min, max), size) = self.shown.unwrap_or(((self.view.min, self.view.max), vec2(400.0, 400.0)));
        let cell = MANIFOLD_CELL.max(side as f32 / 2.0);
        let cells = |points: f32| ((points / cell).round() as usize).clamp(1, 64);
        Ask::Manifold { min, max, across: cells(size.x), down: cells(size.y) }
    }
}

/// Draws pane `index` into all the room there is.
pub fn show(ui: &mut Ui, session: &mut Session, index: usize, actions: &mut Vec<Action>) {
    pane_head::show(ui, session, index, actions);
    let room = ui.available_rect_before_wrap();
    // Wherever it leaves the plane more room.
    let beside = (room.width() - INSPECTOR_WIDTH).min(room.height()) > room.width().min(PLANE_SHARE * room.height());
    let (plane_room, inspector_room) = if beside {
        room.split_left_right_at_x(room.right() - INSPECTOR_WIDTH)
    } else {
        room.split_top_bottom_at_fraction(PLANE_SHARE)
    };
    ui.scope_builder(UiBuilder::new().max_rect(plane_room), |ui| plane::show(ui, session, index, actions));
    let inspector_room = if beside { inspector_room.with_min_x(inspector_room.left() + GAP) } else { inspector_room };
    ui.scope_builder(UiBuilder::new().max_rect(inspector_room), |ui| {
        let (width, height) = (ui.available_width(), ui.available_height());
        ScrollArea::vertical().id_salt(("inspector", index)).show(ui, |ui| {
            if beside {
                let side = (INSPECTOR_WIDTH - GAP - 12.0).min(IMAGE_SHARE * height);
                decoded(ui, session, index, side);
                numbers(ui, session, index);
            } else {
                let half = |ui: &mut Ui, show: &mut dyn FnMut(&mut Ui)| {
                    ui.allocate_ui_with_layout(vec2(width / 2.0 - GAP, height), Layout::top_down(Align::Min), show);
                };
                ui.horizontal_top(|ui| {
                    half(ui, &mut |ui| decoded(ui, session, index, (0.5 * height).min(width / 2.0 - GAP)));
                    half(ui, &mut |ui| numbers(ui, session, index));
                });
            }
        });
    });
}

/// The name of the run in a pane.
pub fn name_of(session: &Session, index: usize) -> String {
    session.run(index).map(|run| session.name(run)).unwrap_or_default()
}

/// The image at the cursor and where that is.
fn decoded(ui: &mut Ui, session: &mut Session, index: usize, side: f32) {
    let (cursor, ctx) = (session.cursor_in(index), ui.ctx().clone());
    caption(ui, "decoded at the cursor", "x̂ = decoder(z): the mean of each pixel, in [0, 1]");
    if let Some(texture) = session.panes[index].pictures.cursor_texture(&ctx) {
        let [w, h] = texture.size();
        let scale = side / w.max(h) as f32;
        let picture = Image::new((texture.id(), vec2(w as f32, h as f32) * scale));
        ui.add(picture.corner_radius(3.0).alt_text(format!("{} decoded at the cursor", name_of(session, index))));
    }
    let kind = session.panes[index].kind;
    egui::Grid::new(("cursor", index)).num_columns(2).min_col_width(52.0).spacing([6.0, 3.0]).show(ui, |ui| {
        row(ui, "z", &format::code(cursor), "The code under the cursor: a point of the latent plane");
        let note = match kind {
            ModelKind::Vae => "Log density of the prior N(0, I) at z, in nats",
            ModelKind::Ae => {
                "Log density of N(0, I) at z, in nats. An AE has no prior: shown for comparison with the VAE"
            }
        };
        row(ui, "log p(z)", &format::short(f64::from(log_prior(cursor))), note);
    });
}

/// The nearest image, and what the run measured.
fn numbers(ui: &mut Ui, session: &mut Session, index: usize) {
    let image = session.image_at_cursor(index);
    let (dark, ctx) = (ui.visuals().dark_mode, ui.ctx().clone());
    ui.add_space(GAP / 2.0);
    let Some(stage) = session.stage.clone() else { return };
    if let Some((i, distance)) = image.filter(|&(i, _)| i < stage.probe.len()) {
        caption(ui, "nearest image", "The image of the probe whose code lies nearest the cursor");
        ui.horizontal(|ui| {
            let nearest = &mut session.panes[index].nearest;
            let texture = nearest.get(&ctx, (stage.session, i, dark), || {
                inked(stage.probe.image(i), stage.probe.cols, stage.probe.rows, dark)
            });
            ui.add(Image::new((texture, vec2(56.0, 56.0))).corner_radius(2.0).alt_text("nearest image"));
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let label = usize::from(stage.probe.labels[i]);
                let name = stage.dataset.class_names.get(label).cloned().unwrap_or_default();
                ui.horizontal(|ui| {
                    dot(ui, theme::class_color(label));
                    ui.label(RichText::new(name).strong());
                });
                let distance = format!("distance {}", format::short(f64::from(distance)));
                ui.label(RichText::new(distance).font(theme::number_font()))
                    .on_hover_text("Euclidean distance in the plane from the cursor to its code");
            });
        });
        ui.add_space(GAP / 2.0);
    }
    if let Some(run) = session.run(index) {
        readouts::show(ui, run, &session.panes[index].measures, index);
    }
}

fn caption(ui: &mut Ui, text: &str, meaning: &str) {
    ui.label(RichText::new(text).small().color(theme::quiet(ui))).on_hover_text(meaning);
}

fn row(ui: &mut Ui, name: &str, value: &str, meaning: &str) {
    ui.label(RichText::new(name).color(theme::quiet(ui))).on_hover_text(meaning);
    ui.label(RichText::new(value).font(theme::number_font()));
    ui.end_row();
}
