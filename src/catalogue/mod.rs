//! Every term and measure in words: what it is called, its formula, definition, source and unit, and which way is better.
//! JSON, CSV, tooltips, the README, plots and tables all read these entries. Knows nothing but itself: how a value is
//! computed is written where it is computed.

mod controls;
mod inference;
mod measures;
mod terms;

pub use controls::CONTROLS;
pub use inference::INFERENCE;
pub use measures::MEASURES;
pub use terms::{ELBO, KL, KL_MEAN, KL_VARIANCE, NEGATIVE_ELBO, QUANTISATION, RECON, TERMS};

use std::fmt;

/// A quantity in words.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// What it is called in JSON and CSV; of what is inside another object, the path with dots.
    pub id: &'static str,
    /// What it is called on the screen and in plots.
    pub title: &'static str,
    pub formula: Option<&'static str>,
    pub definition: &'static str,
    /// Where it was first defined, if that was elsewhere.
    pub source: Option<&'static str>,
    /// Empty where it has no dimension.
    pub unit: &'static str,
    pub better: Better,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
    /// It depends on what one wants.
    Neither,
}

impl fmt::Display for Better {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Neither => "–",
        })
    }
}

impl About {
    /// All that there is to say of it, in a few lines.
    pub fn tooltip(&self) -> String {
        let mut lines: Vec<String> = self.formula.iter().map(|&formula| formula.to_owned()).collect();
        lines.push(self.definition.to_owned());
        let better = match self.better {
            Better::Higher => "Higher is better.",
            Better::Lower => "Lower is better.",
            Better::Neither => "Neither way is better by itself.",
        };
        lines.push(if self.unit.is_empty() { better.to_owned() } else { format!("Unit: {}. {better}", self.unit) });
        lines.extend(self.source.map(|source| format!("Source: {source}")));
        lines.join("\n")
    }

    /// Its title with its unit, for an axis.
    pub fn axis(&self) -> String {
        if self.unit.is_empty() { self.title.to_owned() } else { format!("{}, {}", self.title, self.unit) }
    }
}

/// What is measured of a run, in the order in which it is shown: the terms of the loss, then the rest, then their controls.
pub fn measures() -> impl Iterator<Item = &'static About> {
    TERMS.into_iter().chain(&MEASURES).chain(CONTROLS.as_flattened())
}

/// Every entry.
pub fn all() -> impl Iterator<Item = &'static About> {
    measures().chain([&NEGATIVE_ELBO]).chain(&INFERENCE)
}

/// What is said in the place of what needs classes.
pub const NO_CLASSES: &str = "The images have no classes.";

/// Whether a measure is of the classes of images.
pub fn needs_classes(id: &str) -> bool {
    ["separation", "class_changes", "sample_classes", "sample_classes_fitted"].contains(&id)
}

/// The entry of an id.
pub fn about(id: &str) -> Option<&'static About> {
    all().find(|about| about.id == id)
}
