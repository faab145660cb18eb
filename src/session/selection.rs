//! What is picked out: classes that are shown, images within an outline.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Coloring, PaneId, Selection, Session, Tool};
use crate::config::Place;
use crate::engine::LiveRun;
use crate::explore::contains;
use crate::figure::{Emphasis, Scale, class_colors};

impl Session {
    /// Draws on at an outline: a corner of a rectangle, or a point of a lasso.
    pub(super) fn draw_outline(&mut self, pane: PaneId, at: Place) {
        let rectangle = self.settings().tool == Tool::Rectangle;
        let (_, corners) = self.outline.get_or_insert_with(|| (pane, vec![at]));
        let start = corners[0];
        if rectangle {
            *corners = vec![start, [at[0], start[1]], at, [start[0], at[1]]];
        } else if corners.last() != Some(&at) {
            corners.push(at);
        }
    }

    /// Shows a class or hides it; `only` shows it alone, or all again if it is alone.
    pub(super) fn show_class(&mut self, class: u16, only: bool) {
        let classes = self.stage.as_ref().map_or(0, |stage| stage.dataset.class_names.len()) as u16;
        let hidden = &mut self.document.selection.hidden;
        if only {
            let others: Vec<u16> = (0..classes).filter(|&other| other != class).collect();
            *hidden = if *hidden == others { Vec::new() } else { others };
        } else if let Some(place) = hidden.iter().position(|&other| other == class) {
            hidden.remove(place);
        } else {
            hidden.push(class);
            hidden.sort_unstable();
        }
        self.emphasise();
    }

    pub(super) fn show_all_classes(&mut self) {
        self.document.selection.hidden.clear();
        self.emphasise();
    }

    /// Picks out the images whose codes in a pane lie within an outline; an outline around none picks nothing out.
    pub(super) fn select_within(&mut self, pane: PaneId, corners: &[Place]) {
        let (Some(run), Some(stage)) = (self.run(pane), &self.stage) else { return };
        let shown = |i: &usize| self.document.selection.shows(stage.probe.labels[*i]);
        let codes = run.codes.mu.iter().enumerate().filter(|(_, z)| contains(corners, **z));
        let images: Vec<usize> = codes.map(|(i, _)| i).filter(shown).collect();
        self.select((!images.is_empty()).then_some(images));
    }

    pub(super) fn select(&mut self, images: Option<Vec<usize>>) {
        let count = self.stage.as_ref().map_or(0, |stage| stage.probe.len());
        let known = images.map(|images| images.into_iter().filter(|&image| image < count).collect());
        self.document.selection.images = known.map(Arc::new);
        self.emphasise();
    }

    /// The scale that the colours of points are from, where they tell a factor.
    pub fn scale(&self) -> Option<Scale> {
        let (Coloring::Factor(factor), Some(stage)) = (self.settings().coloring, &self.stage) else { return None };
        Scale::of(&stage.dataset, factor)
    }

    /// Gives the images of the probe their colours.
    pub(super) fn recolor(&mut self) {
        let Some(stage) = &self.stage else { return };
        let of_factor = self.scale().zip(stage.dataset.probe_factors(stage.probe.len()));
        self.colors = Arc::new(match (of_factor, self.settings().coloring) {
            (Some((scale, all)), Coloring::Factor(k)) => all.iter().map(|factors| scale.color(factors[k])).collect(),
            _ => class_colors(&stage.probe.labels, stage.dataset.has_classes()),
        });
    }

    pub(super) fn emphasise(&mut self) {
        let Selection { hidden, images } = &self.document.selection;
        let Some(stage) = self.stage.as_ref().filter(|_| !hidden.is_empty() || images.is_some()) else {
            self.emphasis = None;
            return;
        };
        let usual = if images.is_some() { Emphasis::Muted } else { Emphasis::Full };
        let mut emphasis = vec![usual; stage.probe.len()];
        for &image in images.iter().flat_map(|images| images.iter()) {
            if let Some(of) = emphasis.get_mut(image) {
                *of = Emphasis::Full;
            }
        }
        for (emphasis, label) in emphasis.iter_mut().zip(&stage.probe.labels) {
            if hidden.binary_search(label).is_ok() {
                *emphasis = Emphasis::Hidden;
            }
        }
        self.emphasis = Some(Arc::new(emphasis));
    }

    /// The selection as CSV: index in the probe, label, and the codes that each run gives, with all their dimensions.
    pub fn selection_csv(&self) -> Option<String> {
        let (Some(images), Some(stage)) = (&self.document.selection.images, &self.stage) else { return None };
        let runs = self.shown_runs();
        let mut csv = String::from("index,label");
        for run in &runs {
            let name = self.name(run).replace([',', '"', '\n'], " ");
            let (mu, logvar) = all_codes(run);
            for (column, codes) in [("mu", Some(mu)), ("logvar", logvar)] {
                let latent = codes.map_or(0, |codes| codes.len() / run.codes.mu.len().max(1));
                (0..latent).for_each(|d| csv.push_str(&format!(",{name} {column}_{d}")));
            }
        }
        csv.push('\n');
        for &image in images.iter() {
            // Writing to a string cannot fail.
            let _ = write!(csv, "{image},");
            if stage.dataset.has_classes() {
                let _ = write!(csv, "{}", stage.probe.labels[image]);
            }
            for run in &runs {
                let (mu, logvar) = all_codes(run);
                let latent = mu.len() / run.codes.mu.len().max(1);
                for codes in [Some(mu), logvar].into_iter().flatten() {
                    let code = codes.get(image * latent..(image + 1) * latent).unwrap_or_default();
                    code.iter().for_each(|v| _ = write!(csv, ",{v}"));
                }
            }
            csv.push('\n');
        }
        Some(csv)
    }
}

/// Codes and log variances of a run, each (n, latent); of two dimensions those of the plane are all.
fn all_codes(run: &LiveRun) -> (&[f32], Option<&[f32]>) {
    match run.checkpoint.model.is_plane() {
        true => (run.codes.mu.as_flattened(), run.codes.logvar.as_deref().map(<[Place]>::as_flattened)),
        false => (&run.full.mu, run.full.logvar.as_deref()),
    }
}
