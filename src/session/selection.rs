//! What is picked out: classes that are shown, images within an outline.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{PaneId, Selection, Session, Tool};
use crate::config::Place;
use crate::explore::contains;
use crate::figure::Emphasis;

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
    pub(super) fn show_class(&mut self, class: u8, only: bool) {
        let classes = self.stage.as_ref().map_or(0, |stage| stage.dataset.class_names.len()) as u8;
        let hidden = &mut self.document.selection.hidden;
        if only {
            let others: Vec<u8> = (0..classes).filter(|&other| other != class).collect();
            *hidden = if *hidden == others { Vec::new() } else { others };
        } else if let Some(place) = hidden.iter().position(|&other| other == class) {
            hidden.remove(place);
        } else {
            hidden.push(class);
            hidden.sort_unstable();
        }
        self.emphasise();
    }

    /// Picks out the images whose codes in a pane lie within an outline; an outline around none picks nothing out.
    pub(super) fn select_within(&mut self, pane: PaneId, corners: &[Place]) {
        let (Some(run), Some(stage)) = (self.run(pane), &self.stage) else { return };
        let shown = |i: &usize| !self.document.selection.hidden.contains(&stage.probe.labels[*i]);
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
            if hidden.contains(label) {
                *emphasis = Emphasis::Hidden;
            }
        }
        self.emphasis = Some(Arc::new(emphasis));
    }

    /// The selection as CSV: index in the probe, label, and the codes that each run gives.
    pub fn selection_csv(&self) -> Option<String> {
        let (Some(images), Some(stage)) = (&self.document.selection.images, &self.stage) else { return None };
        let runs = self.shown_runs();
        let mut csv = String::from("index,label");
        for run in &runs {
            let name = self.name(run).replace([',', '"', '\n'], " ");
            let columns: &[&str] =
                if run.codes.logvar.is_some() { &["mu_0", "mu_1", "logvar_0", "logvar_1"] } else { &["mu_0", "mu_1"] };
            columns.iter().for_each(|column| csv.extend([",", &name, " ", column]));
        }
        csv.push('\n');
        for &image in images.iter() {
            // Writing to a string cannot fail.
            let _ = write!(csv, "{image},{}", stage.probe.labels[image]);
            for run in &runs {
                let codes = [Some(&run.codes.mu), run.codes.logvar.as_ref()];
                for [a, b] in codes.into_iter().flatten().filter_map(|codes| codes.get(image)) {
                    let _ = write!(csv, ",{a},{b}");
                }
            }
            csv.push('\n');
        }
        Some(csv)
    }
}
