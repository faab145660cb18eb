//! `figure`: the planes of trained runs beside each other.

use anyhow::Result;
use serde_json::json;

use super::arguments::FigureArguments;
use super::{load_data, load_run, output, same_size};
use crate::explore::{FigureOptions, Panel, Summary, caption, figure, save_figure};
use crate::model::Compute;

pub fn run(arguments: &FigureArguments, compute: Compute, json: bool) -> Result<()> {
    let runs = arguments.runs.iter().map(|run| load_run(run, compute.clone())).collect::<Result<Vec<_>>>()?;
    same_size(&arguments.runs, runs.iter().map(|(checkpoint, _)| checkpoint))?;
    let dataset = load_data(&runs[0].0, arguments.data.as_deref())?;
    let test = arguments.points.map_or_else(|| dataset.test.clone(), |points| dataset.probe(points));
    let images = test.gather(0..test.len());
    let mut seen = Vec::new();
    for (_, model) in &runs {
        let codes = model.encode_images(&images)?;
        let summary = Summary::new(&codes, &test.labels, dataset.class_names.len());
        seen.push((codes, summary));
    }
    let mut panels = Vec::new();
    for ((checkpoint, model), (codes, summary)) in runs.iter().zip(&seen) {
        panels.push(Panel { title: Panel::title(checkpoint), model, codes, summary, labels: &test.labels });
    }
    let caption = caption(runs.iter().map(|(checkpoint, _)| checkpoint), &dataset.name, test.len());
    let options = FigureOptions {
        show: arguments.show.iter().map(|&shown| shown.into()).collect(),
        width: arguments.size.width,
        height: arguments.size.height,
        dark: arguments.dark,
        class_names: dataset.class_names.clone(),
        caption: caption.clone(),
    };
    save_figure(&figure(&panels, &options)?, &caption, &arguments.out)?;
    let written = json!({ "out": arguments.out, "width": options.width, "height": options.height });
    output::print(json, &written, || format!("{}: {}", arguments.out.display(), caption))
}
