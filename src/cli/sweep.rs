//! `sweep`: a grid of runs over β, its table and its figures. Runs that are whole are not trained again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::arguments::SweepArguments;
use super::interrupt::Interrupt;
use super::network::NetworkArguments;
use super::train::train_on;
use super::{data, load_checkpoint, load_history, output, usage_error, warn};
use crate::catalogue;
use crate::config::{Beta, Likelihood, ModelConfig, ModelKind, ModelSpec, PriorKind, TrainConfig};
use crate::data::Dataset;
use crate::explore::killing_betas;
use crate::explore::measures::{Effort, Measures, measure};
use crate::figure::{FigureOptions, Trace, chart, frontier_chart, rate_chart};
use crate::files::{FolderLock, check_file, clear_unfinished, make_folder, write_or_spare};
use crate::model::{Checkpoint, Compute, Copies, TrainingMemory};
use crate::progress::Progress;
use crate::train::{LockStep, Opened, Record, RunFolder, RunSettings, RunWriter, Started};

const SIZE: (usize, usize) = (1_000, 640);
/// Images whose evidence is taken and whose gap is split, and samples, of each run.
const EVIDENCE: usize = 500;
const GAPS: usize = 24;
const SAMPLES: usize = 2_000;

/// A run of the grid.
struct Planned {
    settings: RunSettings,
    folder: PathBuf,
}

const FILES: [&str; 3] = ["sweep.csv", "frontier.svg", "rate.svg"];

pub fn run(arguments: &SweepArguments, compute: Compute, json: bool) -> Result<ExitCode> {
    let planned = plan(arguments);
    let dataset = Arc::new(data::load(&arguments.data.source(), compute.memory)?.dataset);
    for Planned { settings, .. } in &planned {
        let model = ModelConfig { shape: dataset.train.shape, spec: settings.model.clone() };
        TrainingMemory::check(&model, settings.train.batch, Copies::TRAINED, &[], &compute)?;
    }
    let data_hash = dataset.hash();
    make_folder(&arguments.out)?;
    let interrupt = Interrupt::listen()?;
    let _lock = FolderLock::take(&arguments.out)?;
    clear_unfinished(&arguments.out, &FILES);
    FILES.iter().try_for_each(|file| check_file(&arguments.out.join(file)))?;
    let steps = dataset.train.len().div_ceil(arguments.network.batch) as u64;
    let bar = ProgressBar::new(planned.len() as u64 * arguments.epochs * steps);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {msg}  {percent} %  {eta} left") {
        bar.set_style(style);
    }
    let mut rows = Vec::new();
    for Planned { settings, folder } in &planned {
        let train = &settings.train;
        bar.set_message(format!("β {} seed {}", train.beta, train.seed));
        let started =
            Started { data: dataset.source.clone(), data_hash: data_hash.clone(), settings: settings.clone() };
        let from = rows.len() as u64 * arguments.epochs * steps;
        if !RunFolder::new(folder).is_finished(&started, arguments.epochs) {
            let (mut lockstep, mut writer) = begun(folder, started, &dataset, arguments.epochs, compute.clone())?;
            bar.set_position(from + lockstep.runs[0].trainer.steps());
            train_on(&mut lockstep, &mut writer, &bar, &interrupt, |_| ())?;
        }
        if interrupt.is_requested() {
            bar.finish_and_clear();
            warn("stopped, with what was learnt saved; the same command goes on from there");
            return Ok(interrupt.code());
        }
        bar.set_position(from + arguments.epochs * steps);
        let measures = measured(folder, &dataset, compute.clone())?;
        rows.push((settings.clone(), folder.clone(), measures));
        // After each run, so that what there is can be looked at while the rest is trained.
        write_or_spare(&arguments.out.join("sweep.csv"), table(&rows).as_bytes())?;
    }
    bar.finish_and_clear();
    let dying = killing_betas(
        &dataset.train,
        planned[0].settings.model.latent,
        planned[0].settings.model.likelihood,
        &compute,
        &Progress::silent(),
    )?;
    figures(arguments, &rows, &dying)?;
    let result = json!({ "out": arguments.out, "runs": rows.len(), "killing_betas": dying });
    output::print(json, &result, || {
        format!(
            "{}: sweep.csv, frontier.svg and rate.svg of {} runs; by linear theory units die at β = {}",
            arguments.out.display(),
            rows.len(),
            dying.iter().map(|beta| format!("{beta:.1}")).collect::<Vec<_>>().join(" and ")
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The run of a folder where it was, if it is the one that is wanted and was cut, or a new one in its place.
fn begun(
    folder: &Path,
    started: Started,
    dataset: &Arc<Dataset>,
    epochs: u64,
    compute: Compute,
) -> Result<(LockStep, RunWriter)> {
    let is_cut = |(checkpoint, _): &(Checkpoint, Record)| checkpoint.progress.epoch < epochs;
    if RunFolder::new(folder).same(&started).as_ref().is_some_and(is_cut) {
        let (mut writer, checkpoint) = RunWriter::resume(folder)?;
        writer.plan(epochs, &dataset.source);
        return Ok((LockStep::resume(dataset.clone(), &[Opened::from(checkpoint)], compute)?, writer));
    }
    let lockstep = LockStep::new(dataset.clone(), std::slice::from_ref(&started.settings), compute)?;
    Ok((lockstep, RunWriter::create(folder, started, epochs)?))
}

fn plan(arguments: &SweepArguments) -> Vec<Planned> {
    let model = arguments.network.spec(ModelKind::Vae).unwrap_or_else(|what| usage_error(&what));
    let suffix = suffix(&model);
    let of = |beta: f64, seed: u64| {
        let NetworkArguments { batch, lr: learning_rate, .. } = arguments.network;
        let train = TrainConfig { batch, learning_rate, beta: Beta::both(beta), seed };
        let settings = RunSettings { model: model.clone(), train };
        Planned { settings, folder: arguments.out.join(format!("beta-{beta}-seed-{seed}{suffix}")) }
    };
    arguments
        .beta
        .iter()
        .flat_map(|&beta| (0..arguments.seeds).map(move |seed| (beta, seed)))
        .map(|(b, s)| of(b, s))
        .collect()
}

/// What keeps runs of several models in one folder apart.
fn suffix(model: &ModelSpec) -> String {
    let likelihood = match model.likelihood {
        Likelihood::Bernoulli => String::new(),
        Likelihood::Gaussian { learned: true, .. } => "-c-learned".to_owned(),
        Likelihood::Gaussian { c, learned: false } => format!("-c-{c}"),
    };
    let prior = match model.prior {
        PriorKind::Normal => String::new(),
        PriorKind::Mixture { components } => format!("-mixture-{components}"),
        PriorKind::Vamp { components } => format!("-vamp-{components}"),
    };
    let latent = if model.latent == 2 { String::new() } else { format!("-latent-{}", model.latent) };
    format!("{likelihood}{prior}{latent}")
}

fn measured(folder: &Path, dataset: &Dataset, compute: Compute) -> Result<Measures> {
    let model = load_checkpoint(folder)?.restore_in_plane(compute)?;
    let effort = Effort { evidence: EVIDENCE, samples: SAMPLES, gaps: GAPS, ..Effort::USUAL };
    Ok(measure(model.whole(), dataset, effort, &Progress::silent())?)
}

fn table(rows: &[(RunSettings, PathBuf, Measures)]) -> String {
    // A VAE has a prior of its own, and controls are of no run.
    let of_runs = catalogue::TERMS.into_iter().chain(&catalogue::MEASURES).map(|about| about.id);
    let ids: Vec<&str> = of_runs.filter(|id| !id.ends_with("_fitted")).collect();
    let mut csv = format!("beta,seed,{}\n", ids.join(","));
    for (settings, _, measures) in rows {
        let value = |id: &&str| measures.get(id).map_or(String::new(), |m| m.value.to_string());
        let values: Vec<String> = ids.iter().map(value).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(csv, "{},{},{}", settings.train.beta, settings.train.seed, values.join(","));
    }
    csv
}

fn kl(measures: &Measures) -> f64 {
    measures.get(catalogue::KL.id).map_or(0.0, |kl| kl.value)
}

fn figures(arguments: &SweepArguments, rows: &[(RunSettings, PathBuf, Measures)], dying: &[f64]) -> Result<()> {
    let mut traces = Vec::new();
    let mut rates: BTreeMap<u64, (f64, f64, f64)> = BTreeMap::new();
    for (settings, folder, measures) in rows {
        let beta = settings.train.beta.mean;
        let index = arguments.beta.iter().position(|&other| other == beta).unwrap_or(0);
        let share = index as f64 / (arguments.beta.len() - 1).max(1) as f64;
        let color = colorous::VIRIDIS.eval_continuous(0.9 * share).as_array();
        let history = load_history(folder)?;
        let points = history.held_out.points().iter().filter_map(|(_, t)| Some([t.kl()?, t.recon])).collect();
        traces.push(Trace { name: format!("β {beta}"), color, beta, points });
        let rate = rates.entry(beta.to_bits()).or_insert((beta, 0.0, 0.0));
        (rate.1, rate.2) = (rate.1 + kl(measures), rate.2 + 1.0);
    }
    let caption = format!(
        "{}, {}, {} epochs, batch {}, learning rate {}, {} seed(s)",
        arguments.data.source().title(),
        rows.first().map_or_else(String::new, |(settings, ..)| settings.model.likelihood.to_string()),
        arguments.epochs,
        arguments.network.batch,
        arguments.network.lr,
        arguments.seeds
    );
    let options = FigureOptions { width: SIZE.0, height: SIZE.1, dark: false, caption };
    let rates: Vec<(f64, f64)> = rates.into_values().map(|(beta, sum, count)| (beta, sum / count)).collect();
    let frontier = chart(&frontier_chart(&traces, None, None), &options)?;
    write_or_spare(&arguments.out.join("frontier.svg"), frontier.as_bytes())?;
    write_or_spare(&arguments.out.join("rate.svg"), chart(&rate_chart(&rates, dying), &options)?.as_bytes())?;
    Ok(())
}
