//! What a command prints: one JSON object for machines, or a few lines for people.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;

use crate::data::Dataset;
use crate::model::{Checkpoint, Evaluation};

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
    let value = |v: Option<f64>| v.map_or("– (an AE has no posterior)".to_owned(), |v| format!("{v:.3}"));
    format!(
        "{} after {} epochs (step {}), {} test images of {}\n  recon        {:.3}  nats per image, {}\n  \
         kl_mean      {}\n  kl_variance  {}\n  elbo         {}\n  mse          {:.5} per pixel, at mu",
        checkpoint.model.kind,
        progress.epoch,
        progress.step,
        dataset.test.len(),
        dataset.name,
        evaluation.recon,
        checkpoint.model.likelihood,
        value(evaluation.kl_mean),
        value(evaluation.kl_variance),
        value(evaluation.elbo),
        evaluation.mse,
    )
}
