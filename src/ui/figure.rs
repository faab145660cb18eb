//! Figures for a paper or a slide: what is asked for, and how it is drawn on another thread from what the panes show.

use std::path::Path;
use std::sync::Arc;

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Button, DragValue, PopupCloseBehavior, TextEdit, Ui};

use super::Session;
use super::action::{Action, Export, write_bytes};
use super::pane::name_of;
use super::settings::{FigureSettings, Settings, Tab};
use crate::engine::{LiveRun, Stage};
use crate::explore::FieldKind;
use crate::figure::{
    AnimationKind, Chart, Cloud, FigureKind, FigureOptions, Panel, Path as Way, Plane, Show, View, caption, chart,
    class_legend, encode_animation, encode_figure, frontier_chart, planes, whole_view,
};
use crate::model::{Compute, ModelError};

/// Pixels of a pane in an animation.
const SMALL_PANE: (usize, usize) = (420, 460);
/// Training images that classes of decoded images are read from.
const KNOWN: usize = 5_000;

/// What a figure can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureOf {
    Panes,
    Pane(usize),
    Losses,
    /// The runs over rate and distortion.
    Frontier,
    /// Estimates of log p(x) over their number of samples, of the pane last pointed at.
    Estimates,
}

/// The button in the toolbar and the menu that it opens.
pub fn menu(ui: &mut Ui, session: &Session, settings: &mut Settings, actions: &mut Vec<Action>) {
    let menu = MenuButton::from_button(Button::new("Figure…"));
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (button, _) = menu.config(config).ui(ui, |ui| {
        ui.set_width(250.0);
        size(ui, &mut settings.figure);
        ui.separator();
        let all = [FigureOf::Panes].into_iter().chain((0..session.panes.len()).map(FigureOf::Pane));
        for of in all.chain([FigureOf::Losses, FigureOf::Frontier, FigureOf::Estimates]) {
            let text = match of {
                FigureOf::Panes => "All planes".to_owned(),
                FigureOf::Pane(pane) => format!("The plane of {}", name_of(session, pane)),
                FigureOf::Losses => format!("The losses: {}", settings.losses.quantity.name()),
                FigureOf::Frontier => "Rate and distortion".to_owned(),
                FigureOf::Estimates => "The estimates of log p(x)".to_owned(),
            };
            entry(ui, text, Export::Figure(of), &settings.figure, actions);
        }
        entry(ui, "The training, as an animation".to_owned(), Export::Training, &settings.figure, actions);
    });
    button.on_hover_text(
        "What a pane or plot shows, written as SVG or PNG for a paper or a slide, with axes, legend and the settings it comes \
         from (F: all planes)",
    );
}

fn entry(ui: &mut Ui, text: String, what: Export, settings: &FigureSettings, actions: &mut Vec<Action>) {
    if ui.button(text).clicked() {
        let file = Some(settings.file.clone()).filter(|file| !file.as_os_str().is_empty());
        actions.push(Action::Export { what, file });
        ui.close();
    }
}

fn size(ui: &mut Ui, settings: &mut FigureSettings) {
    egui::Grid::new("figure").num_columns(2).show(ui, |ui| {
        for (name, side) in [("width", &mut settings.width), ("height", &mut settings.height)] {
            let label = ui.label(name);
            ui.add(DragValue::new(side).range(200..=16_000).suffix(" px")).labelled_by(label.id);
            ui.end_row();
        }
        ui.label("paper");
        ui.horizontal(|ui| {
            ui.radio_value(&mut settings.dark, false, "light").on_hover_text("Dark on light");
            ui.radio_value(&mut settings.dark, true, "dark").on_hover_text("Light on dark");
        });
        ui.end_row();
        ui.label("file");
        ui.horizontal(|ui| {
            ui.radio_value(&mut settings.png, false, "SVG").on_hover_text("Scales to any size; text stays text");
            ui.radio_value(&mut settings.png, true, "PNG").on_hover_text("Pixels");
        });
        ui.end_row();
        let label = ui.label("path");
        let mut path = settings.file.display().to_string();
        let edit = TextEdit::singleline(&mut path).hint_text("ask").desired_width(150.0);
        let edit = ui.add(edit).labelled_by(label.id);
        if edit.on_hover_text("Where to write without asking; its ending decides what is written").changed() {
            settings.file = path.into();
        }
        ui.end_row();
    });
}

/// Writes something to a file.
type Job = Box<dyn FnOnce(&Path) -> Result<(), String> + Send>;

/// What planes are drawn from; plain data, for another thread.
struct Sheet {
    stage: Option<Stage>,
    dark: bool,
}

/// A pane: its run, what the run is called and what is drawn over it.
struct Shown {
    name: String,
    run: LiveRun,
    plane: Plane,
    field: Option<FieldKind>,
    manifold: bool,
    view: Option<View>,
}

impl Session {
    /// A job that writes the figure; it computes, so it belongs on another thread.
    pub(super) fn figure_job(&self, of: FigureOf) -> Job {
        let FigureSettings { width, height, dark, .. } = self.settings.figure;
        let panes = match of {
            FigureOf::Panes => 0..self.panes.len(),
            FigureOf::Pane(pane) => pane..pane + 1,
            FigureOf::Losses | FigureOf::Frontier | FigureOf::Estimates => return self.chart_job(of),
        };
        let sheet = Sheet { stage: self.stage.clone(), dark };
        let shown: Vec<Shown> =
            panes.filter_map(|pane| self.run(pane).map(|run| self.shown(pane, run.clone()))).collect();
        Box::new(move |file| {
            let kind = FigureKind::of(file).map_err(|error| error.to_string())?;
            let (svg, caption) = sheet.draw(&shown, (width, height))?;
            write_bytes(file, encode_figure(&svg, &caption, kind))
        })
    }

    /// A job that writes curves.
    fn chart_job(&self, of: FigureOf) -> Job {
        let FigureSettings { width, height, dark, .. } = self.settings.figure;
        let losses = &self.settings.losses;
        let (chart_of, runs): (Option<Chart>, Vec<&LiveRun>) = match of {
            FigureOf::Estimates => (self.estimates(), self.run(self.active_pane).into_iter().collect()),
            FigureOf::Frontier => {
                let traces = self.traces();
                let chosen = Some(self.settings.beta());
                (Some(frontier_chart(&traces, self.theory(&traces).as_ref(), chosen)), self.all_runs().collect())
            }
            _ => (Some(self.loss_chart(losses.quantity, losses.logarithmic)), self.all_runs().collect()),
        };
        let runs: Vec<_> = runs.into_iter().map(|run| run.checkpoint.clone()).collect();
        let stage = self.stage.clone();
        Box::new(move |file| {
            let stage = stage.ok_or("there is nothing to draw yet")?;
            let chart_of =
                chart_of.ok_or("open the tab Inference and pause first: no estimates have been drawn yet")?;
            let caption = caption(runs.iter().map(|run| &**run), &stage.dataset.name, stage.dataset.test.len());
            let kind = FigureKind::of(file).map_err(|error| error.to_string())?;
            let svg = chart(&chart_of, &FigureOptions { width, height, dark, caption: caption.clone() });
            write_bytes(file, svg.and_then(|svg| encode_figure(&svg, &caption, kind)))
        })
    }

    /// A job that writes the kept states of all panes as an animation, in one view.
    pub(super) fn training_job(&self) -> Job {
        let sheet = Sheet { stage: self.stage.clone(), dark: self.settings.figure.dark };
        let state = |pane: usize, step: u64| {
            let states = self.states(pane);
            let then = states.partition_point(|state| state.checkpoint.progress.step <= step).saturating_sub(1);
            let mut shown = self.shown(pane, states.get(then)?.clone());
            let views = states.iter().map(|state| whole_view(&state.codes.mu));
            let view = views.reduce(|(a, b), (c, d)| ([0, 1].map(|i| a[i].min(c[i])), [0, 1].map(|i| b[i].max(d[i]))));
            shown.view = view.map(|(a, b)| {
                // As much room around the codes as around those of one state.
                let margin = [0, 1].map(|i| 0.03 * (b[i] - a[i]));
                ([0, 1].map(|i| a[i] - margin[i]), [0, 1].map(|i| b[i] + margin[i]))
            });
            Some(shown)
        };
        let frame = |step: &u64| (0..self.panes.len()).filter_map(|pane| state(pane, *step)).collect();
        let frames: Vec<Vec<Shown>> = self.kept_steps().iter().map(frame).collect();
        Box::new(move |file| {
            let kind = AnimationKind::of(file).map_err(|error| error.to_string())?;
            let size = |count: usize| (count * SMALL_PANE.0, SMALL_PANE.1);
            let drawn: Result<Vec<_>, String> = frames.iter().map(|runs| sheet.draw(runs, size(runs.len()))).collect();
            let (svgs, captions): (Vec<_>, Vec<_>) = drawn?.into_iter().unzip();
            let about = captions.last().cloned().unwrap_or_default();
            write_bytes(file, encode_animation(&svgs, &about, kind))
        })
    }

    /// What a pane shows of a state.
    fn shown(&self, pane: usize, run: LiveRun) -> Shown {
        let overlays = self.overlays(pane);
        let all = [
            (overlays.rings, Show::Rings),
            (overlays.points, Show::Points),
            (overlays.posteriors, Show::Posteriors),
            (overlays.means, Show::Means),
        ];
        let show: Vec<Show> = all.into_iter().filter(|(on, _)| *on).map(|(_, show)| show).collect();
        let (names, labels) = self.stage.as_ref().map_or_else(Default::default, |stage| {
            (stage.dataset.class_names.clone(), Arc::new(stage.probe.labels.clone()))
        });
        let cloud = Cloud { codes: run.codes.clone(), labels, emphasis: self.selection.emphasis.clone() };
        let mut plane = Plane::of(&show, &cloud, &run.summary, &names);
        if overlays.trails {
            plane.trails = self.trails(pane, &run);
        }
        let way = self.panes.get(pane).and_then(|pane| pane.way.way.as_ref());
        if let (Tab::Path, Some(way)) = (self.settings.tab, way) {
            let waypoints = self.settings.path.points.clone();
            plane.path = Some(Way { codes: way.codes.clone(), waypoints });
        }
        let view = self.panes.get(pane).filter(|pane| !pane.view.follows).map(|pane| (pane.view.min, pane.view.max));
        let (field, manifold) = (overlays.field, overlays.manifold);
        Shown { name: self.name(&run), run, plane, field, manifold, view }
    }
}

impl Sheet {
    /// The figure of some panes, of so many pixels, and its caption.
    fn draw(&self, shown: &[Shown], (width, height): (usize, usize)) -> Result<(String, String), String> {
        let stage = self.stage.as_ref().ok_or("there is nothing to draw yet")?;
        let models = shown.iter().map(|shown| shown.run.checkpoint.restore(Compute::cpu(1)));
        let models = models.collect::<Result<Vec<_>, ModelError>>().map_err(|error| error.to_string())?;
        let known = stage.dataset.train.spread(KNOWN);
        let mut panels = Vec::new();
        for (Shown { name, run, plane, field, manifold, view }, model) in shown.iter().zip(&models) {
            let kind = Panel::title(&run.checkpoint);
            panels.push(Panel {
                title: if kind.starts_with(name.as_str()) { kind } else { format!("{name}: {kind}") },
                plane: plane.clone(),
                view: *view,
                field: *field,
                manifold: *manifold,
                model,
                codes: &run.codes,
                known: &known,
            });
        }
        let caption = caption(shown.iter().map(|shown| &*shown.run.checkpoint), &stage.dataset.name, stage.probe.len());
        let options = FigureOptions { width, height, dark: self.dark, caption: caption.clone() };
        let legend = class_legend(&stage.dataset.class_names, &stage.probe.labels);
        let svg = planes(&panels, &legend, &options).map_err(|error| error.to_string())?;
        Ok((svg, caption))
    }
}
