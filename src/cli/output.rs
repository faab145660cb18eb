//! What a command prints: one JSON object for machines, or a few lines for people.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use crate::catalogue;
use crate::data::Dataset;
use crate::model::{Checkpoint, Evaluation, TERMS, Term};
use crate::train::EpochMetrics;

/// Prints `value` as one line of JSON, or what `text` says; a reader that has gone away is no error.
pub fn print(json: bool, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
    let line = if json { serde_json::to_string(value)? } else { text() };
    match writeln!(std::io::stdout(), "{line}") {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// An evaluation as a small table.
pub fn describe(checkpoint: &Checkpoint, dataset: &Dataset, evaluation: &Evaluation) -> String {
    let progress = &checkpoint.progress;
    let mut text = format!(
        "{} after {} epochs (step {}), {} test images of {}, {}",
        checkpoint.model.kind,
        progress.epoch,
        progress.step,
        dataset.test.len(),
        dataset.name,
        checkpoint.model.likelihood,
    );
    let terms = evaluation.terms();
    for about in catalogue::measures() {
        let value = match Term::of(about.id) {
            Some(term) => (term.read)(&terms).map(|value| format!("{value:.3}")),
            None if about.id == "mse" => Some(format!("{:.5}", evaluation.mse)),
            None => continue,
        };
        let value = value.map_or("–".to_owned(), |value| format!("{value:12}{}", about.unit));
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {:14}{value}", about.id);
    }
    text
}

/// What was measured after an epoch, in a line.
pub fn epoch(metrics: &EpochMetrics) -> String {
    let shown = TERMS.iter().filter(|term| ![catalogue::KL.id, catalogue::ELBO.id].contains(&term.about.id));
    let values = shown.filter_map(|term| Some(format!("{} {:.2}", term.about.title, (term.read)(&metrics.test)?)));
    format!(
        "epoch {}  step {}  test {}  {:.0} images/s",
        metrics.epoch,
        metrics.step,
        values.collect::<Vec<_>>().join("  "),
        metrics.images_per_second
    )
}
