//! A pane: one run on the screen. Its plane, and beside it the image at the cursor and the numbers.

use std::sync::Arc;

use egui::{
    Align, Color32, ColorImage, Context, Image, Label, Layout, RichText, ScrollArea, TextureHandle, TextureId,
    TextureOptions, Ui, UiBuilder, vec2,
};

use super::clouds::PaneCloud;
use super::plane;
use super::session::{Action, Session};
use super::theme::{self, GAP};
use super::widgets::dot;
use super::{format, readouts};
use crate::config::{Code, ModelKind};
use crate::engine::Ask;
use crate::explore::{Picture, Summary, log_prior};
use crate::model::Checkpoint;

/// Wide enough for a table of three columns.
const INSPECTOR_WIDTH: f32 = 196.0;
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
    pub kind: ModelKind,
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
    pub nearest: KeyedTexture<(u64, usize, bool)>,
}

impl Pane {
    pub fn new(kind: ModelKind) -> Self {
        Self {
            kind,
            failure: None,
            view: View::of(&Summary::default()),
            shown: None,
            plane: None,
            plane_id: None,
            pictures: Pictures::default(),
            cloud: PaneCloud::default(),
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

/// A texture that is drawn anew when its key changes and never otherwise.
pub struct KeyedTexture<K>(Option<(K, TextureHandle)>);

impl<K> Default for KeyedTexture<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq> KeyedTexture<K> {
    pub fn get(&mut self, ctx: &Context, key: K, draw: impl FnOnce() -> ColorImage) -> TextureId {
        match &mut self.0 {
            Some((held, texture)) => {
                if *held != key {
                    texture.set(draw(), TextureOptions::NEAREST);
                    *held = key;
                }
                texture.id()
            }
            none => none.insert((key, ctx.load_texture("drawn", draw(), TextureOptions::NEAREST))).1.id(),
        }
    }
}

/// The pictures of a pane, and what of each was asked for last.
#[derive(Default)]
pub struct Pictures {
    cursor: Shown,
    strip: Shown,
    manifold: Shown,
}

/// A picture on the screen and the wish it answers.
#[derive(Default)]
pub struct Shown {
    asked: Option<(Ask, Arc<Checkpoint>)>,
    picture: Picture,
    pub answers: Option<Ask>,
    texture: Option<(TextureHandle, bool)>,
}

impl Pictures {
    fn shown(&mut self, ask: &Ask) -> &mut Shown {
        match ask {
            Ask::Cursor(_) => &mut self.cursor,
            Ask::Strip(_) => &mut self.strip,
            Ask::Manifold { .. } => &mut self.manifold,
        }
    }

    /// Whether `ask` is still to be asked of `checkpoint`; notes it as asked.
    pub fn lacks(&mut self, ask: &Ask, checkpoint: &Arc<Checkpoint>) -> bool {
        let shown = self.shown(ask);
        let has = shown.asked.as_ref().is_some_and(|(old, of)| old == ask && Arc::ptr_eq(of, checkpoint));
        if !has {
            shown.asked = Some((ask.clone(), checkpoint.clone()));
        }
        !has
    }

    pub fn receive(&mut self, ctx: &Context, ask: Ask, picture: Picture) {
        let shown = self.shown(&ask);
        shown.picture = picture;
        shown.answers = Some(ask);
        shown.upload(ctx);
    }

    pub fn strip(&self) -> Option<&Picture> {
        self.strip.answers.as_ref().map(|_| &self.strip.picture)
    }

    pub fn strip_texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        self.strip.texture(ctx)
    }

    pub fn has_manifold(&self) -> bool {
        self.manifold.answers.is_some()
    }

    /// The manifold and the corners of what it covers.
    pub fn manifold(&mut self, ctx: &Context) -> Option<(&TextureHandle, Code, Code)> {
        let Some(Ask::Manifold { min, max, .. }) = self.manifold.answers else { return None };
        self.manifold.texture(ctx).map(|texture| (texture, min, max))
    }

    /// The picture decoded at the cursor.
    pub fn at_cursor(&self) -> Option<&Picture> {
        self.cursor.answers.as_ref().map(|_| &self.cursor.picture)
    }

    pub fn cursor_texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        self.cursor.texture(ctx)
    }
}

impl Shown {
    /// The texture, in the ink of the current theme.
    fn texture(&mut self, ctx: &Context) -> Option<&TextureHandle> {
        let dark = ctx.global_style().visuals.dark_mode;
        if self.texture.as_ref().is_some_and(|(_, inked)| *inked != dark) {
            self.upload(ctx);
        }
        self.texture.as_ref().map(|(texture, _)| texture)
    }

    fn upload(&mut self, ctx: &Context) {
        let dark = ctx.global_style().visuals.dark_mode;
        let image = inked(&self.picture.pixels, self.picture.width, self.picture.height, dark);
        match &mut self.texture {
            Some((texture, inked)) => {
                texture.set(image, TextureOptions::NEAREST);
                *inked = dark;
            }
            none => *none = Some((ctx.load_texture("picture", image, TextureOptions::NEAREST), dark)),
        }
    }
}

/// A grey picture in the ink of a theme.
pub fn inked(pixels: &[u8], width: usize, height: usize, dark: bool) -> ColorImage {
    let pixels: Vec<Color32> = pixels.iter().map(|&value| theme::ink(value, dark)).collect();
    ColorImage::new([width, height], pixels)
}

/// Draws pane `index` into all the room there is.
pub fn show(ui: &mut Ui, session: &mut Session, index: usize, actions: &mut Vec<Action>) {
    header(ui, session, index);
    let room = ui.available_rect_before_wrap();
    let beside = room.width() > 1.6 * INSPECTOR_WIDTH;
    let (plane_room, inspector_room) = if beside {
        room.split_left_right_at_x(room.right() - INSPECTOR_WIDTH)
    } else {
        room.split_top_bottom_at_fraction(0.6)
    };
    ui.scope_builder(UiBuilder::new().max_rect(plane_room), |ui| plane::show(ui, session, index, actions));
    let inspector_room = if beside { inspector_room.with_min_x(inspector_room.left() + GAP) } else { inspector_room };
    ui.scope_builder(UiBuilder::new().max_rect(inspector_room), |ui| {
        let height = ui.available_height();
        ScrollArea::vertical().id_salt(("inspector", index)).show(ui, |ui| inspector(ui, session, index, height));
    });
}

fn header(ui: &mut Ui, session: &Session, index: usize) {
    let pane = &session.panes[index];
    let (name, meaning) = match pane.kind {
        ModelKind::Ae => ("Autoencoder", "a code is a point; nothing orders the codes".to_owned()),
        ModelKind::Vae if session.settings.kl_on => {
            ("Variational autoencoder", format!("β = {}", format::short(session.settings.train.beta)))
        }
        ModelKind::Vae => ("Variational autoencoder", "KL off (β = 0)".to_owned()),
    };
    ui.horizontal(|ui| {
        dot(ui, theme::run_color(index));
        ui.label(RichText::new(name).heading().strong());
        match &pane.failure {
            Some(reason) => ui.label(RichText::new("stopped").color(theme::WARNING).strong()).on_hover_text(reason),
            None => ui.add(Label::new(RichText::new(meaning).color(theme::quiet(ui))).truncate()),
        };
    });
    if let Some(reason) = &pane.failure {
        ui.label(RichText::new(reason).color(theme::WARNING).small());
    }
}

fn inspector(ui: &mut Ui, session: &mut Session, index: usize, height: f32) {
    let cursor = session.cursor_in(index);
    let image = session.image_at_cursor(index);
    let dark = ui.visuals().dark_mode;
    let ctx = ui.ctx().clone();
    caption(ui, "decoded at the cursor", "x̂ = decoder(z): the mean of each pixel, in [0, 1]");
    let side = (INSPECTOR_WIDTH - GAP - 12.0).min(ui.available_width()).min(IMAGE_SHARE * height);
    if let Some(texture) = session.panes[index].pictures.cursor_texture(&ctx) {
        let [w, h] = texture.size();
        let scale = side / w.max(h) as f32;
        let picture = Image::new((texture.id(), vec2(w as f32, h as f32) * scale));
        ui.add(picture.corner_radius(3.0).alt_text(format!("{} decoded at the cursor", session.panes[index].kind)));
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
        readouts::show(ui, run, index);
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
