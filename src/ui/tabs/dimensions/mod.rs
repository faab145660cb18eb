//! The latent dimensions of each run: how much each is used, sorted by it, and a strip of what each of them moves. A click makes
//! one an axis of the plane.

mod request;
mod row;

use std::collections::BTreeMap;

use egui::{Button, Label, Rect, RichText, ScrollArea, Ui, UiBuilder, pos2, vec2};

pub use self::request::Dimensions;
use self::request::{DimensionsRequest, STEPS};
use self::row::Row;
use super::{About, Tab};
use crate::config::{Axes, PLANE, PlaneChoice};
use crate::engine::{LiveRun, Requests, RunId, Workers};
use crate::explore::dimensions::{Usage, sorted, usage_csv};
use crate::explore::{Picture, stack};
use crate::figure::{PictureKind, encode_picture};
use crate::session::{Action, Export, ExportId, Session, Setting};
use crate::ui::command::Command;
use crate::ui::export::{Content, Offer};
use crate::ui::look::textures::PictureTextures;
use crate::ui::look::theme::{self, GAP};
use crate::ui::look::widgets::{choice, run_name};

const STRIPS: ExportId = ExportId::new("dimensions", "strips");
const TABLE: ExportId = ExportId::new("dimensions", "table");

pub struct DimensionsTab {
    found: Requests<RunId, DimensionsRequest>,
    textures: PictureTextures<RunId>,
    /// Which axis of a run's plane the next click changes.
    turns: BTreeMap<RunId, usize>,
}

impl DimensionsTab {
    pub fn new(workers: &Workers) -> Self {
        Self { found: Requests::new(workers), textures: PictureTextures::default(), turns: BTreeMap::new() }
    }

    /// What is known of a run's dimensions.
    pub fn of(&self, run: RunId) -> Option<&Dimensions> {
        self.found.answer(run).map(|answer| &answer.reply)
    }

    fn column(&mut self, ui: &mut Ui, session: &Session, run: &LiveRun, actions: &mut Vec<Action>) {
        let found = self.of(run.id).map(|found| (sorted(found.usage.clone()), found.strips.clone()));
        ui.horizontal(|ui| {
            run_name(ui, session, run);
            let text = found.as_ref().map(|(usage, _)| summary(run, usage)).unwrap_or_default();
            ui.add(Label::new(RichText::new(&text).color(theme::quiet(ui))).truncate()).on_hover_text(text);
        });
        if let Some(failure) = self.found.failure(run.id) {
            theme::warn(ui, failure);
        }
        let Some((usage, strips)) = found else { return };
        let texture = self.textures.get(ui, run.id, &strips);
        let axes = match session.document().plane(run.id).axes {
            _ if run.checkpoint.model.latent <= PLANE => None,
            Axes::Dimensions(pair) => Some(pair),
            Axes::Components => None,
        };
        let largest = usage.iter().map(Usage::size).fold(0.0, f64::max);
        ScrollArea::vertical().id_salt(("dimensions", run.id)).auto_shrink([false; 2]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for of in &usage {
                let row = Row {
                    usage: of,
                    share: if largest > 0.0 { of.size() / largest } else { 0.0 },
                    axis: axes.and_then(|pair| pair.iter().position(|&axis| axis == of.index)),
                    strip: (texture, row::place(of.index, usage.len())),
                    aspect: strips.width as f32 * usage.len() as f32 / (strips.height as f32).max(1.0),
                    color: theme::run_color(run),
                    run: session.name(run),
                    clickable: run.checkpoint.model.latent > PLANE,
                };
                if row.show(ui) {
                    let turn = self.turns.entry(run.id).or_default();
                    let plane = session.document().plane(run.id);
                    if let Some(axes) = with_axis(plane.axes, turn, of.index) {
                        actions.push(Action::SetPlane { run: run.id, plane: PlaneChoice { axes, ..plane } });
                    }
                }
            }
        });
    }

    /// The strips of a run, the dimension that is used most at the top.
    fn picture(&self, run: RunId) -> Option<Picture> {
        let found = self.of(run)?;
        let Picture { width, height, channels, pixels } = &*found.strips;
        let size = pixels.len() / found.usage.len().max(1);
        let rows = sorted(found.usage.clone()).into_iter().flat_map(|of| &pixels[of.index * size..][..size]);
        Some(Picture { width: *width, height: *height, channels: *channels, pixels: rows.copied().collect() })
    }
}

impl Tab for DimensionsTab {
    fn about(&self) -> About {
        About {
            id: "dimensions",
            name: "Dimensions",
            meaning: "How much each latent dimension is used, and what moves when it alone is moved",
        }
    }

    fn update(&mut self, session: &Session, _: &mut Vec<Action>) {
        let shown = session.shown_runs();
        self.found.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.textures.retain(|run| shown.iter().any(|shown| shown.id == *run));
        self.turns.retain(|run, _| shown.iter().any(|shown| shown.id == *run));
        self.found.poll();
        if !self.is_at_work(session) {
            return;
        }
        for run in shown {
            let image = image_of(session, run.id).filter(|_| !session.settings().traverse_from_zero);
            let (checkpoint, codes) = (run.checkpoint.clone(), run.full.clone());
            self.found.ask(run.id, DimensionsRequest { run: run.id, checkpoint, codes, image });
        }
    }

    fn show(&mut self, ui: &mut Ui, session: &Session, actions: &mut Vec<Action>) {
        let runs = session.shown_runs();
        let is_ready = runs.iter().any(|run| self.of(run.id).is_some());
        ui.horizontal_wrapped(|ui| controls(ui, session, is_ready, actions));
        ui.add_space(GAP / 2.0);
        let (room, count) = (ui.available_rect_before_wrap(), runs.len().max(1) as f32);
        let width = (room.width() - GAP * (count - 1.0)) / count;
        for (i, run) in runs.into_iter().enumerate() {
            let left = room.left() + i as f32 * (width + GAP);
            let rect = Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()));
            let builder = UiBuilder::new().id_salt(("dimensions of", run.id)).max_rect(rect);
            ui.scope_builder(builder, |ui| self.column(ui, session, run, actions));
        }
    }

    fn commands(&self, session: &Session) -> Vec<Command> {
        let zero = session.settings().traverse_from_zero;
        let name = if zero { "Traversals through the image at the cursor" } else { "Traversals through 0" };
        let mut commands = vec![Command::new(name, Action::Set(Setting::TraverseFromZero(!zero)))];
        let pane = session.active_pane();
        let run = pane.and_then(|pane| session.run(pane)).filter(|run| run.checkpoint.model.latent > PLANE);
        if let (Some(pane), Some(run)) = (pane, run) {
            let (plane, name) = (session.document().plane(run.id), session.name(run));
            let image = session.image_at_cursor(pane).map(|(image, _)| image);
            for (what, plane) in [
                ("along the principal components", PlaneChoice { axes: Axes::Components, ..plane }),
                ("through 0", PlaneChoice { anchor: None, ..plane }),
                ("through the image at the cursor", PlaneChoice { anchor: image.or(plane.anchor), ..plane }),
            ] {
                commands
                    .push(Command::new(&format!("Plane of {name} {what}"), Action::SetPlane { run: run.id, plane }));
            }
        }
        commands
    }

    fn exports(&self, _: &Session) -> Vec<Offer> {
        vec![
            Offer {
                id: STRIPS,
                title: "The strips of the dimensions".to_owned(),
                file_name: "dimensions.png".to_owned(),
            },
            Offer { id: TABLE, title: "The KL of each dimension".to_owned(), file_name: "dimensions.csv".to_owned() },
        ]
    }

    fn export(&self, id: ExportId, session: &Session) -> Result<Content, String> {
        let runs = session.shown_runs();
        if runs.iter().all(|run| self.of(run.id).is_none()) {
            return Err("Open the tab Dimensions first: nothing is known of them yet.".to_owned());
        }
        if id.kind == TABLE.kind {
            let named = runs.iter().filter_map(|run| Some((session.name(run), &*self.of(run.id)?.usage)));
            let named: Vec<_> = named.collect();
            let csv = usage_csv(named.iter().map(|(name, usage)| (name.as_str(), *usage)));
            return Ok(Box::new(move |_, _| Ok(csv.into_bytes())));
        }
        let pictures: Vec<_> = runs.iter().filter_map(|run| self.picture(run.id)).collect();
        let picture = stack(&pictures.iter().collect::<Vec<_>>());
        let scale = session.settings().path.scale;
        let about = "traversals of Latent Explorer, the dimension that is used most at the top";
        Ok(Box::new(move |file, _| Ok(encode_picture(&picture, scale, about, PictureKind::of(file)?)?)))
    }
}

/// The image at the cursor of the first pane that shows a run.
fn image_of(session: &Session, run: RunId) -> Option<usize> {
    let pane = session.panes().iter().find(|pane| pane.run == run)?;
    session.image_at_cursor(pane.id).map(|(image, _)| image)
}

/// The axes with a dimension in the place of the one whose turn it is; none if it is one of them already.
fn with_axis(axes: Axes, turn: &mut usize, index: usize) -> Option<Axes> {
    let Axes::Dimensions(mut pair) = axes else {
        *turn = 1;
        // The other axis is a dimension too from now on.
        return Some(Axes::Dimensions([index, usize::from(index == 0)]));
    };
    if pair.contains(&index) {
        return None;
    }
    pair[*turn % PLANE] = index;
    *turn = (*turn + 1) % PLANE;
    Some(Axes::Dimensions(pair))
}

/// What is said of all dimensions of a run.
fn summary(run: &LiveRun, usage: &[Usage]) -> String {
    let active = usage.iter().filter(|of| of.is_active()).count();
    let model = &run.checkpoint.model;
    let of = match usage.iter().map(|of| of.kl).sum::<Option<f64>>() {
        Some(kl) => format!("KL {kl:.2} nats"),
        None if model.is_quantised() => "variance of z before the nearest word".to_owned(),
        None if model.has_gaussian() => {
            "variance of the means: under this prior the KL is no sum over dimensions".to_owned()
        }
        None => "variance of the codes: there is no KL".to_owned(),
    };
    format!("{active} of {} active · {of}", usage.len())
}

fn controls(ui: &mut Ui, session: &Session, is_ready: bool, actions: &mut Vec<Action>) {
    ui.label("strips through");
    let zero = session.settings().traverse_from_zero;
    for (through, name, meaning) in [
        (
            false,
            "image at the cursor",
            "All dimensions but one stay as the code of the test image nearest the cursor has them",
        ),
        (true, "0", "All dimensions but one are 0"),
    ] {
        choice(ui, zero == through, name, meaning, Action::Set(Setting::TraverseFromZero(through)), actions);
    }
    ui.separator();
    let range = RichText::new("−3 … 3").color(theme::quiet(ui));
    ui.label(range).on_hover_text(format!(
        "{STEPS} images from −3 to 3; without a prior N(0, I) from three standard deviations of the codes below their mean to \
         three above it. A dimension is active if the variance of its means over images is above 0.01 (Burda et al. 2016)."
    ));
    ui.separator();
    for (what, name, meaning) in [
        (STRIPS, "Export strips…", "Writes the strips of all runs, one above the other, as PNG; asks where"),
        (TABLE, "Export CSV…", "Writes KL, mean and variance of each dimension of all runs; asks where"),
    ] {
        if ui.add_enabled(is_ready, Button::new(name)).on_hover_text(meaning).clicked() {
            actions.push(Action::Export(Export { what, to: None }));
        }
    }
}
