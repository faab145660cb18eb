//! `eval --all`: every measure of a run.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use super::arguments::EvalArguments;
use super::output;
use crate::data::Dataset;
use crate::explore::measures::{CATALOGUE, Effort, Measures, measure};
use crate::model::Autoencoder;

pub fn run(arguments: &EvalArguments, model: &Autoencoder, dataset: &Dataset, json: bool) -> Result<()> {
    let images = arguments.images.map_or(usize::MAX, |images| images as usize);
    let samples = Effort::WHOLE.samples.min(images);
    let gaps = Effort::WHOLE.gaps.min(images);
    let effort = Effort { images, evidence: images, gaps, samples, seed: arguments.seed };
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %") {
        bar.set_style(style);
    }
    let measures = measure(model, dataset, effort, &mut |done| {
        bar.set_position((100.0 * done) as u64);
        true
    })?;
    bar.finish_and_clear();
    let measures = measures.context("the measures were cut short")?;
    output::print(json, &as_json(&measures), || readable(&measures))
}

/// Each measure by its name, null where the model has none, and beside them the 95 % intervals.
pub fn as_json(measures: &Measures) -> Value {
    let mut all = Map::new();
    let mut intervals = Map::new();
    for about in &CATALOGUE {
        let measure = measures.get(about.name);
        all.insert(about.name.to_owned(), json!(measure.map(|m| m.value)));
        if let Some((low, high)) = measure.and_then(|m| m.interval) {
            intervals.insert(about.name.to_owned(), json!([low, high]));
        }
    }
    all.insert("intervals".to_owned(), Value::Object(intervals));
    Value::Object(all)
}

fn readable(measures: &Measures) -> String {
    let mut text = String::new();
    for about in &CATALOGUE {
        let Some(measure) = measures.get(about.name) else { continue };
        let interval = measure.interval.map_or(String::new(), |(low, high)| format!("{low:.4} to {high:.4}"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:20}{:12.4}  {:24}{}", about.name, measure.value, interval, about.unit);
    }
    text.trim_end().to_owned()
}
