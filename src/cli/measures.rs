//! `eval --all`: every measure of a run.

use std::fmt::Write as _;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use super::arguments::EvalArguments;
use super::output;
use crate::catalogue;
use crate::data::Dataset;
use crate::explore::measures::{Effort, Measures, measure};
use crate::model::InPlane;
use crate::progress::Progress;

pub fn run(arguments: &EvalArguments, model: &InPlane, dataset: &Dataset, json: bool) -> Result<()> {
    let images = arguments.images.map_or(usize::MAX, |images| images as usize);
    let samples = Effort::WHOLE.samples.min(images);
    let gaps = Effort::WHOLE.gaps.min(images);
    let effort = Effort { images, evidence: images, gaps, samples, seed: arguments.seed };
    let bar = ProgressBar::new(100);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %") {
        bar.set_style(style);
    }
    let show = |share: f64| {
        bar.set_position((100.0 * share) as u64);
        Ok(())
    };
    let measures = measure(model.whole(), dataset, effort, &Progress::new(&show))?;
    bar.finish_and_clear();
    let effort = effort.within(dataset.test.len(), dataset.test.pixels());
    let mut value = as_json(&measures);
    value["effort"] = json!({
        "images": effort.images, "evidence": effort.evidence, "gaps": effort.gaps, "samples": effort.samples,
    });
    output::print(json, &value, || format!("{}\n\n{}", readable(&measures), looked_at(&effort, dataset.test.len())))
}

/// Each measure by its id, null where the model has none, and beside them the 95 % intervals.
pub fn as_json(measures: &Measures) -> Value {
    let mut all = Map::new();
    let mut intervals = Map::new();
    for about in catalogue::measures() {
        let measure = measures.get(about.id);
        all.insert(about.id.to_owned(), json!(measure.map(|m| m.value)));
        if let Some((low, high)) = measure.and_then(|m| m.interval) {
            intervals.insert(about.id.to_owned(), json!([low, high]));
        }
    }
    all.insert("intervals".to_owned(), Value::Object(intervals));
    Value::Object(all)
}

/// What the measures are taken of.
fn looked_at(effort: &Effort, test: usize) -> String {
    let Effort { images, evidence, gaps, samples, .. } = effort;
    format!("{images} of {test} test images; log p(x) of {evidence} of them, gaps of {gaps}; {samples} samples")
}

fn readable(measures: &Measures) -> String {
    let mut text = String::new();
    for about in catalogue::measures() {
        let Some(measure) = measures.get(about.id) else { continue };
        let interval = measure.interval.map_or(String::new(), |(low, high)| format!("{low:.4} to {high:.4}"));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:20}{:12.4}  {:24}{}", about.id, measure.value, interval, about.unit);
    }
    text.trim_end().to_owned()
}
