//! Figures of the planes and the animation of the training: what they are made of, collected here and computed by a worker.

use super::export::{Content, Offer, figure_name};
use super::pane::figure_content;
use super::tabs::Tabs;
use crate::engine::{Job, JobError, LiveRun, Stage};
use crate::explore::FieldKind;
use crate::figure::{
    AnimationKind, FigureError, FigureKind, FigureOptions, Panel, Plane, Scale, View, WordsLayer, caption,
    class_legend, encode_animation, encode_figure, planes,
};
use crate::session::{ExportId, FigureSettings, Pane, Session};
use crate::ui::export::Outcome;

pub const PLANES: ExportId = ExportId::new("figure", "planes");
pub const PLANE: ExportId = ExportId::new("figure", "plane");
pub const TRAINING: ExportId = ExportId::new("figure", "training");

/// Pixels of a pane in an animation.
const SMALL_PANE: (usize, usize) = (420, 460);
/// Training images that classes of decoded images are read from.
const KNOWN: usize = 5_000;

/// The figures that can be written now.
pub fn offers(session: &Session) -> Vec<Offer> {
    let named = |stem: &str| figure_name(session, stem);
    let mut offers = vec![Offer { id: PLANES, title: "All planes".to_owned(), file_name: named("planes") }];
    offers.extend(session.panes().iter().map(|pane| Offer {
        id: ExportId { pane: Some(pane.id), ..PLANE },
        title: format!("The plane of {}", session.pane_name(pane.id)),
        file_name: named("plane"),
    }));
    let title = "The training, as an animation".to_owned();
    offers.push(Offer { id: TRAINING, title, file_name: "training.gif".to_owned() });
    offers
}

/// What is to be written.
pub fn content(what: ExportId, session: &Session, tabs: &Tabs) -> Result<Content, String> {
    let stage = session.stage().ok_or("There is nothing to draw yet.")?.clone();
    let FigureSettings { width, height, dark, .. } = session.screen().figure;
    let sheet = Sheet { stage, scale: session.scale(), dark };
    // What the tabs show is of the state that is looked at, and of no other.
    let tabs = (what.kind != TRAINING.kind).then_some(tabs);
    let shown = |pane: &Pane, run: &LiveRun| Drawn::new(session, tabs, pane, run);
    if what.kind == TRAINING.kind {
        let frames = frames(session, &shown);
        return Ok(Box::new(move |file, job| {
            let kind = AnimationKind::of(file)?;
            let (mut svgs, mut about) = (Vec::new(), String::new());
            for (i, panes) in frames.iter().enumerate() {
                job.progress(i as f64 / frames.len() as f64)?;
                let (svg, caption) = sheet.draw(panes, (panes.len() * SMALL_PANE.0, SMALL_PANE.1), job)?;
                svgs.push(svg);
                about = caption;
            }
            Ok(encode_animation(&svgs, &about, kind)?)
        }));
    }
    let panes = session.panes().iter().filter(|pane| what.pane.is_none_or(|id| id == pane.id));
    let panes: Vec<Drawn> = panes.filter_map(|pane| Some(shown(pane, session.run(pane.id)?))).collect();
    Ok(Box::new(move |file, job| {
        let kind = FigureKind::of(file)?;
        let (svg, about) = sheet.draw(&panes, (width, height), job)?;
        Ok(encode_figure(&svg, &about, kind)?)
    }))
}

/// All kept states of the panes, in one view of each.
fn frames(session: &Session, shown: &dyn Fn(&Pane, &LiveRun) -> Drawn) -> Vec<Vec<Drawn>> {
    let state = |pane: &Pane, step: u64| {
        let states = session.states(pane.run);
        let then = states.partition_point(|state| state.checkpoint.progress.step <= step).saturating_sub(1);
        let whole = states.iter().filter_map(|state| state.summary.bounds).reduce(|a, b| {
            let corner = |of: fn(f32, f32) -> f32, a: [f32; 2], b: [f32; 2]| [of(a[0], b[0]), of(a[1], b[1])];
            (corner(f32::min, a.0, b.0), corner(f32::max, a.1, b.1))
        });
        let view = whole.map(crate::session::View::of_bounds);
        Some(Drawn { view: view.map(|view| (view.min, view.max)), ..shown(pane, states.get(then)?) })
    };
    let frame = |step: &u64| session.panes().iter().filter_map(|pane| state(pane, *step)).collect();
    session.kept_steps().iter().map(frame).collect()
}

/// What planes are drawn on.
struct Sheet {
    stage: Stage,
    scale: Option<Scale>,
    dark: bool,
}

/// A pane: its run, what the run is called and what its plane shows.
struct Drawn {
    name: String,
    run: LiveRun,
    plane: Plane,
    field: Option<FieldKind>,
    manifold: bool,
    words: bool,
    view: Option<View>,
}

impl Drawn {
    fn new(session: &Session, tabs: Option<&Tabs>, pane: &Pane, run: &LiveRun) -> Self {
        let (overlays, view) = (session.overlays(pane.id), session.document().view(pane.id));
        let mut plane = figure_content(session, pane, run);
        if let Some(tabs) = tabs {
            tabs.overlay(session, pane, &mut plane);
        }
        Self {
            name: session.name(run),
            run: run.clone(),
            plane,
            field: session.field(pane.id),
            manifold: overlays.manifold,
            words: overlays.words,
            view: (!view.follows).then_some((view.min, view.max)),
        }
    }

    fn title(&self) -> String {
        let kind = Panel::title(&self.run.checkpoint);
        if kind.starts_with(&self.name) { kind } else { format!("{}: {kind}", self.name) }
    }
}

impl Sheet {
    /// The figure of some panes, of so many pixels, and its caption.
    fn draw(
        &self,
        panes: &[Drawn],
        (width, height): (usize, usize),
        job: &Job<Outcome>,
    ) -> Result<(String, String), JobError> {
        let models = panes.iter().map(|pane| job.model(&pane.run.checkpoint)).collect::<Result<Vec<_>, _>>()?;
        // Only the class of decoded images is read from them.
        let reads_classes = panes.iter().any(|pane| pane.field == Some(FieldKind::Class));
        let known = self.stage.dataset.train.spread(if reads_classes { KNOWN } else { 1 });
        let words = panes.iter().zip(&models).map(|(pane, model)| match (&pane.plane.words, pane.words) {
            (None, true) => job.watch(|progress| WordsLayer::of(model, &pane.run.full, &progress)),
            (words, _) => Ok(words.clone()),
        });
        let words = words.collect::<Result<Vec<_>, _>>()?;
        let panels: Vec<Panel> = panes
            .iter()
            .zip(&models)
            .zip(words)
            .map(|((pane, model), words)| Panel {
                title: pane.title(),
                plane: Plane { words, ..pane.plane.clone() },
                view: pane.view,
                field: pane.field,
                manifold: pane.manifold,
                model: &**model,
                codes: &pane.run.codes,
                known: &known,
            })
            .collect();
        let (stage, checkpoints) = (&self.stage, panes.iter().map(|pane| &*pane.run.checkpoint));
        let caption = caption(checkpoints, &stage.dataset.source.title(), stage.probe.len());
        let of_classes = || class_legend(&stage.dataset.class_names, &stage.probe.labels);
        let legend = self.scale.map_or_else(of_classes, |scale| scale.legend());
        let options = FigureOptions { width, height, dark: self.dark, caption: caption.clone() };
        let svg = job.watch(|progress| planes(&panels, &legend, &options, &progress))?;
        Ok((svg, caption))
    }
}

impl From<FigureError> for JobError {
    fn from(error: FigureError) -> Self {
        match error {
            FigureError::Model(error) => error.into(),
            error => Self::Other(error.to_string()),
        }
    }
}
