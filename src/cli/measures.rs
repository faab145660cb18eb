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
use crate::config::Beta;
use crate::data::Dataset;
use crate::explore::measures::{Effort, Estimated, Measures, Named, as_csv, difference, measure};
use crate::figure::{ClassShares, FigureKind, FigureOptions, RUNS, chart, class_chart, encode_figure};
use crate::files::{check_file, write_whole};
use crate::model::{Autoencoder, Checkpoint, Compute};
use crate::progress::Progress;

/// Classes that have a line each, at most.
const MOST_LISTED: usize = 30;
/// Of the figure of classes.
const SIZE: (usize, usize) = (900, 560);

pub fn run(arguments: &EvalArguments, compute: Compute, json: bool) -> Result<()> {
    arguments.csv.iter().chain(&arguments.classes).try_for_each(|file| check_file(file))?;
    let memory = compute.memory;
    let (checkpoint, model) = load_run(&arguments.run, compute.clone())?;
    let other = arguments.minus.as_ref().map(|run| load_run(run, compute)).transpose()?;
    if let (Some(run), Some((other, _))) = (&arguments.minus, &other) {
        same_size(&[arguments.run.clone(), run.clone()], [&checkpoint, other])?;
    }
    let dataset = load_data(&checkpoint, &arguments.data, memory)?;
    anyhow::ensure!(
        arguments.classes.is_none() || dataset.has_classes(),
        "--classes draws the classes of samples, and the images have none; leave it out"
    );
    let effort = Effort { seed: arguments.seed, ..Effort::of(arguments.images as usize) };
    let of = |model: &Autoencoder, checkpoint: &Checkpoint| {
        measured(model, &dataset, checkpoint.progress.train.beta, effort)
    };
    let measures = of(model.whole(), &checkpoint)?;
    let other = match other {
        Some((checkpoint, model)) => {
            let measures = of(model.whole(), &checkpoint)?;
            Some((checkpoint, measures))
        }
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
    if let Some(file) = &arguments.classes {
        draw_classes(file, &output::heading(&arguments.run, &checkpoint, &dataset), &measures, &dataset)?;
    }
    let apart = |about: &catalogue::About| {
        let (other, theirs) = other.as_ref()?;
        difference(about, (measures.get(about.id), likelihood), (theirs.get(about.id), other.model.likelihood))
    };
    let effort = effort.within(dataset.test.len(), dataset.test.pixels());
    let mut value = as_json(&measures, apart);
    value["classes"] = classes_as_json(&measures, &dataset);
    value["effort"] = json!({
        "images": effort.images, "evidence": effort.evidence, "gaps": effort.gaps, "samples": effort.samples,
    });
    value["run"] = output::of_run(&arguments.run, &checkpoint, &dataset);
    value["minus"] = match (&arguments.minus, &other) {
        (Some(run), Some((checkpoint, _))) => output::of_run(run, checkpoint, &dataset),
        _ => Value::Null,
    };
    output::print(json, &value, || {
        let minus = arguments.minus.as_ref().map(|run| format!("\nless {}", run.display())).unwrap_or_default();
        let head = output::heading(&arguments.run, &checkpoint, &dataset);
        let looked_at = looked_at(&effort, dataset.test.len());
        let classes = classes(&measures, &dataset);
        format!("{head}{minus}\n{looked_at}\n\n{}{classes}", readable(&measures, apart))
    })
}

fn measured(model: &Autoencoder, dataset: &Dataset, beta: Beta, effort: Effort) -> Result<Measures> {
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %") {
        bar.set_style(style);
    }
    let show = |share: f64| {
        bar.set_position((100.0 * share) as u64);
        Ok(())
    };
    let measures = measure(model, dataset, beta, effort, &Progress::new(&show))?;
    bar.finish_and_clear();
    Ok(measures)
}

/// Each measure by its id, null where the model has none, and beside them the 95 % intervals, of how many each was taken, the units, and
/// by how much each is more than that of the other run; of images that are counted, which they are.
fn as_json(measures: &Measures, apart: impl Fn(&catalogue::About) -> Option<Estimated>) -> Value {
    let mut all = Map::new();
    let [mut intervals, mut counts, mut units, mut differences, mut images] = [(); 5].map(|()| Map::new());
    for about in catalogue::measures() {
        let (id, measure) = (about.id.to_owned(), measures.get(about.id));
        all.insert(id.clone(), json!(measure.map(|m| m.value)));
        counts.extend(measure.map(|m| (id.clone(), json!(m.n))));
        images.extend(measure.filter(|m| !m.named.is_empty()).map(|m| (id.clone(), json!(*m.named))));
        units.extend(measure.map(|_| (id.clone(), json!(about.unit))));
        intervals.extend(measure.and_then(|m| m.interval).map(|(low, high)| (id.clone(), json!([low, high]))));
        let of = |apart: Estimated| json!({ "value": apart.value, "interval": apart.interval.map(|(a, b)| [a, b]) });
        differences.extend(apart(about).map(|apart| (id, of(apart))));
    }
    let maps = [intervals, counts, units, differences, images];
    for (name, map) in ["intervals", "n", "units", "differences", "named_images"].into_iter().zip(maps) {
        all.insert(name.to_owned(), Value::Object(map));
    }
    Value::Object(all)
}

/// The classes of samples that a run has: what they are drawn from, and the share of each class.
fn kinds(measures: &Measures) -> impl Iterator<Item = (&'static str, &[Estimated])> {
    let kinds = [("sample_classes", "samples"), ("sample_classes_fitted", "samples, fitted")];
    kinds.into_iter().filter_map(|(id, name)| Some((name, &*measures.get(id)?.parts)))
}

fn classes_as_json(measures: &Measures, dataset: &Dataset) -> Value {
    if !dataset.has_classes() {
        return Value::Null;
    }
    let share = |share: &Estimated| json!({ "share": share.value, "interval": share.interval.map(|(a, b)| [a, b]) });
    let of = |(_, shares): (_, &[Estimated])| shares.iter().map(share).collect::<Vec<_>>();
    let mut kinds = kinds(measures).map(of);
    json!({
        "names": dataset.class_names, "test_images": dataset.class_shares(), "samples": kinds.next(), "samples_fitted": kinds.next(),
    })
}

/// The same as a table; of many classes, the JSON has them.
fn classes(measures: &Measures, dataset: &Dataset) -> String {
    if !(1..=MOST_LISTED).contains(&dataset.class_names.len()) {
        return String::new();
    }
    let head: String = kinds(measures).map(|(name, _)| format!("{name:>18}  {:24}", "95 % interval")).collect();
    let mut text = format!("\n\n{:28}{:>12}{head}", "share of class", "test images");
    for (class, (name, of_test)) in dataset.class_names.iter().zip(dataset.class_shares()).enumerate() {
        let of = |(_, shares): (_, &[Estimated])| {
            let Some(Estimated { value, interval: Some((low, high)), .. }) = shares.get(class) else {
                return String::new();
            };
            format!("{value:18.4}  {:24}", format!("{low:.4} to {high:.4}"))
        };
        let row: String = kinds(measures).map(of).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{name:28}{of_test:12.4}{}", row.trim_end());
    }
    text
}

fn draw_classes(file: &Path, caption: &str, measures: &Measures, dataset: &Dataset) -> Result<()> {
    let kind = |(k, (name, shares)): (usize, (&str, _))| ClassShares { name: name.to_owned(), color: RUNS[k], shares };
    let kinds: Vec<ClassShares> = kinds(measures).enumerate().map(kind).collect();
    let chart_of = class_chart(&dataset.class_names, &dataset.class_shares(), &kinds);
    let options = FigureOptions { width: SIZE.0, height: SIZE.1, dark: false, caption: caption.to_owned() };
    Ok(write_whole(file, &encode_figure(&chart(&chart_of, &options)?, caption, FigureKind::of(file)?)?)?)
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
    for (about, measure) in catalogue::measures().filter_map(|about| Some((about, measures.get(about.id)?))) {
        if !measure.named.is_empty() {
            let named = measure.named.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "\n{}: test images {named}", about.id);
        }
    }
    text.trim_end().to_owned()
}
