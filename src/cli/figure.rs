//! `figure`: the planes of trained runs beside each other, or their losses.

use anyhow::Result;
use serde_json::json;

use super::arguments::FigureArguments;
use super::{load_checkpoint, load_data, load_run, metrics, output, same_size};
use crate::explore::{FigureOptions, Panel, Quantity, Show, Summary, caption, chart, loss_chart, planes, save_figure};
use crate::model::Compute;

/// Training images that classes of decoded images are read from.
const KNOWN: usize = 5_000;

pub fn run(arguments: &FigureArguments, compute: Compute, json: bool) -> Result<()> {
    let options = FigureOptions {
        width: arguments.size.width,
        height: arguments.size.height,
        dark: arguments.dark,
        caption: String::new(),
    };
    let (svg, caption) = match arguments.losses {
        Some(term) => losses(arguments, term.into(), options)?,
        None => latent_planes(arguments, compute, options)?,
    };
    save_figure(&svg, &caption, &arguments.out)?;
    let written = json!({ "out": arguments.out, "width": arguments.size.width, "height": arguments.size.height });
    output::print(json, &written, || format!("{}: {}", arguments.out.display(), caption))
}

fn latent_planes(arguments: &FigureArguments, compute: Compute, options: FigureOptions) -> Result<(String, String)> {
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
    let show: Vec<Show> = arguments.show.iter().map(|&shown| shown.into()).collect();
    let known = dataset.train.spread(KNOWN);
    let mut panels = Vec::new();
    for ((checkpoint, model), (codes, summary)) in runs.iter().zip(&seen) {
        panels.push(Panel {
            title: Panel::title(checkpoint),
            model,
            codes,
            summary,
            labels: &test.labels,
            class_names: &dataset.class_names,
            known: &known,
            show: &show,
            strokes: &[],
            view: None,
        });
    }
    let caption = caption(runs.iter().map(|(checkpoint, _)| checkpoint), &dataset.name, test.len());
    Ok((planes(&panels, &FigureOptions { caption: caption.clone(), ..options })?, caption))
}

fn losses(arguments: &FigureArguments, term: Quantity, options: FigureOptions) -> Result<(String, String)> {
    let checkpoints = arguments.runs.iter().map(|run| load_checkpoint(run)).collect::<Result<Vec<_>>>()?;
    let histories = arguments.runs.iter().map(|run| metrics::read(run)).collect::<Result<Vec<_>>>()?;
    let runs = checkpoints.iter().zip(&histories).enumerate();
    let chart_of = loss_chart(runs.map(|(i, (run, history))| (Panel::title(run), i, history)), term, false);
    let data = &checkpoints[0].progress.data;
    let caption = caption(&checkpoints, data, crate::data::load(data)?.test.len());
    Ok((chart(&chart_of, &FigureOptions { caption: caption.clone(), ..options }), caption))
}
