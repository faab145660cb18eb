//! What a command prints: one JSON object for machines, or a few lines for people.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use crate::catalogue;
use crate::data::Dataset;
use crate::model::{Checkpoint, TERMS};
use crate::train::EpochMetrics;

/// Prints `value` as one line of JSON, or what `text` says; a reader that has gone away is no error.
pub fn print(json: bool, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
    let line = if json { serde_json::to_string(value)? } else { text() };
    match writeln!(std::io::stdout(), "{line}") {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// Says something beside what is printed; a reader that has gone away is no error.
pub fn notice(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// An evaluation, whose values are under their ids, as a small table.
pub fn describe(checkpoint: &Checkpoint, dataset: &Dataset, evaluation: &Value) -> String {
    let progress = &checkpoint.progress;
    let mut text = format!(
        "{} after {} epochs (step {}), {} test images of {}, {}",
        checkpoint.model.describe(),
        progress.epoch,
        progress.step,
        dataset.test.len(),
        dataset.source.title(),
        checkpoint.model.likelihood,
    );
    for about in catalogue::measures() {
        let Some(value) = evaluation.get(about.id) else { continue };
        let digits = if about.id == "mse" { 5 } else { 3 };
        let value = match value.as_f64() {
            Some(value) if evaluation[about.id].is_f64() => format!("{:12}{}", format!("{value:.digits$}"), about.unit),
            Some(value) => format!("{value:<12}{}", about.unit),
            None => "–".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {:14}{value}", about.id);
    }
    text
}

/// Which run was looked at, for machines.
pub fn of_run(run: &Path, checkpoint: &Checkpoint, dataset: &Dataset) -> Value {
    let progress = &checkpoint.progress;
    json!({
        "path": run, "model": checkpoint.model.describe(), "likelihood": checkpoint.model.likelihood,
        "beta": progress.train.beta.to_string(), "epoch": progress.epoch, "step": progress.step,
        "data": dataset.source.to_string(),
    })
}

/// The same in a line: the run, its β and likelihood, how long it learned and from what.
pub fn heading(run: &Path, checkpoint: &Checkpoint, dataset: &Dataset) -> String {
    let progress = &checkpoint.progress;
    let (model, beta) = (checkpoint.model.describe(), &progress.train.beta);
    let beta = if checkpoint.model.has_prior() { format!(", β {beta}") } else { String::new() };
    let (epoch, step, likelihood) = (progress.epoch, progress.step, checkpoint.model.likelihood);
    format!("{}: {model}{beta}, {likelihood}, {epoch} epochs (step {step}), {}", run.display(), dataset.source)
}

/// What was measured after an epoch, in a line.
pub fn epoch(metrics: &EpochMetrics) -> String {
    let shown = TERMS.iter().filter(|term| ![catalogue::KL.id, catalogue::ELBO.id].contains(&term.about.id));
    let values = shown.filter_map(|term| Some(format!("{} {:.2}", term.about.title, (term.read)(&metrics.test)?)));
    let speed = metrics.images_per_second.map_or_else(String::new, |speed| format!("  {speed:.0} images/s"));
    let (epoch, step) = (metrics.epoch, metrics.step);
    format!("epoch {epoch}  step {step}  test {}{speed}", values.collect::<Vec<_>>().join("  "))
}
