//! What the panes show, as one figure for a paper or a slide.

use std::path::Path;

use super::Session;
use crate::engine::LiveRun;
use crate::explore::{FigureError, FigureOptions, Panel, Show, caption, figure, save_figure};
use crate::model::{Compute, ModelError};

/// Pixels of a pane in a figure.
const PANE: (usize, usize) = (700, 720);

impl Session {
    /// A job that writes the figure; it computes, so it belongs on another thread.
    pub(super) fn figure_job(&self) -> impl FnOnce(&Path) -> Result<(), String> + Send + use<> {
        let runs: Vec<(String, LiveRun)> =
            (0..self.panes.len()).filter_map(|i| self.run(i).map(|run| (self.name(run), run.clone()))).collect();
        let overlays = self.overlays(0).clone();
        let all = [
            (overlays.manifold, Show::Manifold),
            (overlays.rings, Show::Rings),
            (overlays.points, Show::Points),
            (overlays.posteriors, Show::Posteriors),
            (overlays.means, Show::Means),
        ];
        let show = all.into_iter().filter(|(on, _)| *on).map(|(_, show)| show).collect();
        let stage = self.stage.clone();
        let dark = self.settings.theme == egui::ThemePreference::Dark;
        move |file| {
            let stage = stage.ok_or("there is nothing to draw yet")?;
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
            let (width, height) = (PANE.0 * panels.len(), PANE.1);
            let class_names = stage.dataset.class_names.clone();
            let options = FigureOptions { show, width, height, dark, class_names, caption: caption.clone() };
            let drawn = figure(&panels, &options).and_then(|svg| save_figure(&svg, &caption, file));
            drawn.map_err(|error: FigureError| error.to_string())
        }
    }
}
