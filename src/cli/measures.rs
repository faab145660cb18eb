//! `eval --all`: every measure of a run, and by how much it differs from another.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use super::arguments::EvalArguments;
use super::data::load_data;
use super::{load_run, output, same_size};
use crate::catalogue;
use crate::data::Dataset;
use crate::explore::measures::{Effort, Estimated, Measures, Named, as_csv, difference, measure};
use crate::files::{check_file, write_whole};
use crate::model::{Autoencoder, Checkpoint, Compute};
use crate::progress::Progress;

pub fn run(arguments: &EvalArguments, compute: Compute, json: bool) -> Result<()> {
    arguments.csv.as_deref().map_or(Ok(()), check_file)?;
    let memory = compute.memory;
    let (checkpoint, model) = load_run(&arguments.run, compute.clone())?;
    let other = arguments.minus.as_ref().map(|run| load_run(run, compute)).transpose()?;
    if let (Some(run), Some((other, _))) = (&arguments.minus, &other) {
        same_size(&[arguments.run.clone(), run.clone()], [&checkpoint, other])?;
    }
    let dataset = load_data(&checkpoint, &arguments.data, memory)?;
    let effort = Effort { seed: arguments.seed, ..Effort::of(arguments.images as usize) };
    let of = |model: &Autoencoder| measured(model, &dataset, effort);
    let measures = of(model.whole())?;
    let other = match other {
        Some((checkpoint, model)) => Some((checkpoint, of(model.whole())?)),
        None => None,
    };
    let likelihood = checkpoint.model.likelihood;
    if let Some(file) = &arguments.csv {
        let names =
            [arguments.minus.as_deref(), Some(&arguments.run)].map(|run| run.map(|run| run.display().to_string()));
        let first = other.as_ref().map(|(checkpoint, measures)| (measures, checkpoint.model.likelihood));
        let runs = names.iter().zip([first, Some((&measures, likelihood))]);
        let runs: Vec<Named> = runs.filter_map(|(name, of)| Some((name.as_deref()?, of?.0, of?.1))).collect();
        write_whole(file, as_csv(&runs).as_bytes())?;
    }
    let apart = |about: &catalogue::About| {
        let (other, theirs) = other.as_ref()?;
        difference(about, (measures.get(about.id), likelihood), (theirs.get(about.id), other.model.likelihood))
    };
    let effort = effort.within(dataset.test.len(), dataset.test.pixels());
    let mut value = as_json(&measures, apart);
    value["effort"] = json!({
        "images": effort.images, "evidence": effort.evidence, "gaps": effort.gaps, "samples": effort.samples,
    });
    value["run"] = of_run(&arguments.run, &checkpoint, &dataset);
    value["minus"] = match (&arguments.minus, &other) {
        (Some(run), Some((checkpoint, _))) => of_run(run, checkpoint, &dataset),
        _ => Value::Null,
    };
    output::print(json, &value, || {
        let minus = arguments.minus.as_ref().map(|run| format!("\nless {}", run.display())).unwrap_or_default();
        let head = heading(&arguments.run, &checkpoint, &dataset);
        format!("{head}{minus}\n\n{}\n\n{}", readable(&measures, apart), looked_at(&effort, dataset.test.len()))
    })
}

fn measured(model: &Autoencoder, dataset: &Dataset, effort: Effort) -> Result<Measures> {
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %") {
        bar.set_style(style);
    }
    let show = |share: f64| {
        bar.set_position((100.0 * share) as u64);
        Ok(())
    };
    let measures = measure(model, dataset, effort, &Progress::new(&show))?;
    bar.finish_and_clear();
    Ok(measures)
}

fn of_run(run: &Path, checkpoint: &Checkpoint, dataset: &Dataset) -> Value {
    let progress = &checkpoint.progress;
    json!({
        "path": run, "model": checkpoint.model.describe(), "likelihood": checkpoint.model.likelihood,
        "beta": progress.train.beta.to_string(), "epoch": progress.epoch, "step": progress.step,
        "data": dataset.source.to_string(),
    })
}

fn heading(run: &Path, checkpoint: &Checkpoint, dataset: &Dataset) -> String {
    let progress = &checkpoint.progress;
    let (model, beta) = (checkpoint.model.describe(), &progress.train.beta);
    let beta = if checkpoint.model.has_prior() { format!(", β {beta}") } else { String::new() };
    let (epoch, step, likelihood) = (progress.epoch, progress.step, checkpoint.model.likelihood);
    format!("{}: {model}{beta}, {likelihood}, {epoch} epochs (step {step}), {}", run.display(), dataset.source)
}

/// Each measure by its id, null where the model has none, and beside them the 95 % intervals, what each was taken of, and by how much
/// each is more than that of the other run.
fn as_json(measures: &Measures, apart: impl Fn(&catalogue::About) -> Option<Estimated>) -> Value {
    let mut all = Map::new();
    let (mut intervals, mut counts, mut differences) = (Map::new(), Map::new(), Map::new());
    for about in catalogue::measures() {
        let (id, measure) = (about.id.to_owned(), measures.get(about.id));
        all.insert(id.clone(), json!(measure.map(|m| m.value)));
        counts.extend(measure.map(|m| (id.clone(), json!(m.n))));
        intervals.extend(measure.and_then(|m| m.interval).map(|(low, high)| (id.clone(), json!([low, high]))));
        let of = |apart: Estimated| json!({ "value": apart.value, "interval": apart.interval.map(|(a, b)| [a, b]) });
        differences.extend(apart(about).map(|apart| (id, of(apart))));
    }
    for (name, map) in [("intervals", intervals), ("n", counts), ("differences", differences)] {
        all.insert(name.to_owned(), Value::Object(map));
    }
    Value::Object(all)
}

/// What the measures are taken of.
fn looked_at(effort: &Effort, test: usize) -> String {
    let Effort { images, evidence, gaps, samples, .. } = effort;
    format!("{images} of {test} test images; log p(x) of {evidence} of them, gaps of {gaps}; {samples} samples")
}

fn readable(measures: &Measures, apart: impl Fn(&catalogue::About) -> Option<Estimated>) -> String {
    let is_pair = catalogue::measures().any(|about| apart(about).is_some());
    let interval = |of: &Estimated| of.interval.map_or(String::new(), |(low, high)| format!("{low:.4} to {high:.4}"));
    let head = if is_pair { format!("{:>12}  {:24}", "difference", "95 % interval") } else { String::new() };
    let mut text = format!("{:28}{:>12}  {:24}{:>8}  {head}unit\n", "measure", "value", "95 % interval", "n");
    for about in catalogue::measures() {
        let Some(measure) = measures.get(about.id) else { continue };
        let apart = match (is_pair, apart(about)) {
            (false, _) => String::new(),
            (true, None) => " ".repeat(38),
            (true, Some(apart)) => format!("{:>+12.4}  {:24}", apart.value, interval(&apart)),
        };
        let (value, range, n) = (measure.value, interval(measure), measure.n);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:28}{value:12.4}  {range:24}{n:>8}  {apart}{}", about.id, about.unit);
    }
    text.trim_end().to_owned()
}
