//! What the panes show, as one figure for a paper or a slide, or their training as an animation of figures.

use std::path::Path;

use super::Session;
use crate::engine::{LiveRun, Stage};
use crate::explore::{FigureOptions, Panel, Show, caption, figure, save_animation, save_figure};
use crate::model::{Compute, ModelError};

/// Pixels of a pane in a figure, and in an animation.
const PANE: (usize, usize) = (700, 720);
const SMALL_PANE: (usize, usize) = (420, 460);

/// What a figure is drawn from; plain data, for another thread.
struct Sheet {
    stage: Option<Stage>,
    show: Vec<Show>,
    dark: bool,
}

/// A run and what it is called.
type Named = (String, LiveRun);

impl Session {
    /// A job that writes the figure; it computes, so it belongs on another thread.
    pub(super) fn figure_job(&self) -> impl FnOnce(&Path) -> Result<(), String> + Send + use<> {
        let sheet = self.sheet();
        let runs: Vec<Named> =
            (0..self.panes.len()).filter_map(|i| self.run(i).map(|run| (self.name(run), run.clone()))).collect();
        move |file| {
            let (svg, caption) = sheet.draw(&runs, PANE)?;
            save_figure(&svg, &caption, file).map_err(|error| error.to_string())
        }
    }

    /// A job that writes the kept states of all panes as an animation, in one view.
    pub(super) fn training_job(&self) -> impl FnOnce(&Path) -> Result<(), String> + Send + use<> {
        let sheet = self.sheet();
        let state = |pane: usize, step: u64| {
            let states = self.states(pane);
            let then = states.partition_point(|state| state.checkpoint.progress.step <= step).saturating_sub(1);
            let mut state = states.get(then)?.clone();
            for bounds in states.iter().filter_map(|other| other.summary.bounds) {
                let all = state.summary.bounds.get_or_insert(bounds);
                for d in 0..2 {
                    all.0[d] = all.0[d].min(bounds.0[d]);
                    all.1[d] = all.1[d].max(bounds.1[d]);
                }
            }
            Some((self.name(&state), state))
        };
        let frame = |step: &u64| (0..self.panes.len()).filter_map(|pane| state(pane, *step)).collect();
        let frames: Vec<Vec<Named>> = self.kept_steps().iter().map(frame).collect();
        move |file| {
            let drawn: Result<Vec<_>, String> = frames.iter().map(|runs| sheet.draw(runs, SMALL_PANE)).collect();
            let (svgs, captions): (Vec<_>, Vec<_>) = drawn?.into_iter().unzip();
            let about = captions.last().cloned().unwrap_or_default();
            save_animation(&svgs, &about, file).map_err(|error| error.to_string())
        }
    }

    fn sheet(&self) -> Sheet {
        let overlays = self.overlays(0);
        let all = [
            (overlays.manifold, Show::Manifold),
            (overlays.rings, Show::Rings),
            (overlays.points, Show::Points),
            (overlays.posteriors, Show::Posteriors),
            (overlays.means, Show::Means),
        ];
        let show = all.into_iter().filter(|(on, _)| *on).map(|(_, show)| show).collect();
        Sheet { stage: self.stage.clone(), show, dark: self.settings.theme == egui::ThemePreference::Dark }
    }
}

impl Sheet {
    /// The figure of some runs, each in a plane of so many pixels, and its caption.
    fn draw(&self, runs: &[Named], (width, height): (usize, usize)) -> Result<(String, String), String> {
        let stage = self.stage.as_ref().ok_or("there is nothing to draw yet")?;
        let models = runs.iter().map(|(_, run)| run.checkpoint.restore(Compute::cpu(1)));
        let models = models.collect::<Result<Vec<_>, ModelError>>().map_err(|error| error.to_string())?;
        let mut panels = Vec::new();
        for ((name, run), model) in runs.iter().zip(&models) {
            let kind = Panel::title(&run.checkpoint);
            let title = if kind.starts_with(name.as_str()) { kind } else { format!("{name}: {kind}") };
            let (codes, summary, labels) = (&*run.codes, &run.summary, &stage.probe.labels[..]);
            panels.push(Panel { title, model, codes, summary, labels });
        }
        let checkpoints = runs.iter().map(|(_, run)| &*run.checkpoint);
        let caption = caption(checkpoints, &stage.dataset.name, stage.probe.len());
        let options = FigureOptions {
            show: self.show.clone(),
            width: width * panels.len(),
            height,
            dark: self.dark,
            class_names: stage.dataset.class_names.clone(),
            caption: caption.clone(),
        };
        let svg = figure(&panels, &options).map_err(|error| error.to_string())?;
        Ok((svg, caption))
    }
}
