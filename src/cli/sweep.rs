//! `sweep`: a grid of runs over settings and seeds, its tables and its figures. Runs that are whole are not trained again.

mod commands;
mod figures;
mod grid;
mod tables;

pub use commands::ForAll;
pub use grid::Vary;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::arguments::SweepArguments;
use super::interrupt::Interrupt;
use super::train::{gone_on, train_on};
use super::{data, load_checkpoint, output, usage_error, warn};
use crate::config::ModelConfig;
use crate::data::Dataset;
use crate::explore::killing_betas;
use crate::explore::measures::{Effort, Measures, measure};
use crate::files::{FolderLock, check_file, clear_unfinished, make_folder, write_or_spare};
use crate::model::{Compute, Copies, TrainingMemory};
use crate::progress::Progress;
use crate::train::{LockStep, RunFolder, RunWriter, Started};
use figures::Drawn;
use grid::{Grid, Planned};

/// Images whose evidence is taken and whose gap is split, and samples, of each run.
const FEW: Effort = Effort { evidence: 500, samples: 2_000, gaps: 24, ..Effort::USUAL };
const TABLES: [&str; 2] = ["sweep.csv", "runs.csv"];
/// Runs that are named one by one where they cannot be collected.
const NAMED: usize = 5;

pub fn run(arguments: &SweepArguments, for_all: &ForAll, compute: Compute, json: bool) -> Result<ExitCode> {
    let grid = Grid::new(arguments).unwrap_or_else(|what| usage_error(&what));
    if arguments.plan {
        return plan(arguments, for_all, &grid, json).map(|()| ExitCode::SUCCESS);
    }
    let compute = match arguments.threads {
        Some(threads) => compute.with_threads(threads),
        None => compute,
    };
    let drawn = Drawn::new(arguments, &grid)?;
    let dataset = Arc::new(data::load(&arguments.data.source(), compute.memory)?.dataset);
    for Planned { settings, .. } in grid.runs() {
        let model = ModelConfig { shape: dataset.train.shape, spec: settings.model.clone() };
        TrainingMemory::check(&model, settings.train.batch, Copies::TRAINED, &[], &compute)?;
    }
    let data_hash = dataset.hash();
    let started = |run: &Planned| Started {
        data: dataset.source.clone(),
        data_hash: data_hash.clone(),
        settings: run.settings.clone(),
    };
    if arguments.collect {
        collectable(arguments, &grid, started)?;
    }
    make_folder(&arguments.out)?;
    let interrupt = Interrupt::listen()?;
    let _lock = FolderLock::take(&arguments.out)?;
    let files: Vec<&str> = TABLES.into_iter().chain(drawn.files()).collect();
    clear_unfinished(&arguments.out, &files);
    files.iter().try_for_each(|file| check_file(&arguments.out.join(file)))?;
    let steps = arguments.epochs * dataset.train.len().div_ceil(arguments.network.batch) as u64;
    let bar = ProgressBar::new(grid.runs().count() as u64 * steps);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {msg}  {percent} %  {eta} left") {
        bar.set_style(style);
    }
    let mut measured = Vec::new();
    let mut done = 0;
    for cell in &grid.cells {
        measured.push(Vec::new());
        for run in &cell.runs {
            bar.set_message(format!("{} seed {}", cell.values.join(" "), run.settings.train.seed));
            if !RunFolder::new(&run.folder).is_finished(&started(run), arguments.epochs) {
                let (mut lockstep, mut writer) =
                    begun(&run.folder, started(run), &dataset, arguments.epochs, &compute)?;
                bar.set_position(done + lockstep.runs[0].trainer.steps());
                train_on(&mut lockstep, &mut writer, &bar, &interrupt, |_| ())?;
            }
            if interrupt.is_requested() {
                bar.finish_and_clear();
                warn("stopped, with what was learnt saved; the same command goes on from there");
                return Ok(interrupt.code());
            }
            done += steps;
            bar.set_position(done);
            let measures = measured_of(&run.folder, &dataset, arguments.all, compute.clone())?;
            measured.last_mut().into_iter().for_each(|cell| cell.push(measures.clone()));
            // After each run, so that what there is can be looked at while the rest is trained.
            let tables = [tables::of_cells(&grid, &measured), tables::of_runs(&grid, &measured)];
            for (file, table) in TABLES.iter().zip(tables) {
                write_or_spare(&arguments.out.join(file), table.as_bytes())?;
            }
        }
    }
    bar.finish_and_clear();
    let deaths = deaths(&grid, &drawn, &dataset, &compute)?;
    drawn.write(arguments, &grid, &measured, &deaths)?;
    let result = json!({
        "out": arguments.out, "runs": grid.runs().count(), "seeds": arguments.seeds, "killing_betas": deaths, "files": files,
    });
    output::print(json, &result, || {
        let theory = deaths.iter().map(|beta| format!("{beta:.1}")).collect::<Vec<_>>().join(" and ");
        let theory = if deaths.is_empty() { theory } else { format!("; by linear theory units die at β = {theory}") };
        let (runs, files) = (grid.runs().count(), files.join(", "));
        format!("{}: {files} of {runs} runs{theory}", arguments.out.display())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn plan(arguments: &SweepArguments, for_all: &ForAll, grid: &Grid, json: bool) -> Result<()> {
    let commands =
        grid.runs().map(|run| commands::train_command(arguments, for_all, run)).collect::<Result<Vec<_>>>()?;
    let lines = commands.iter().map(|command| commands::line(command)).collect::<Result<Vec<_>>>()?;
    output::print(json, &json!({ "commands": commands }), || lines.join("\n"))
}

/// Refuses runs that are not there as they were planned, each with what is wrong.
fn collectable(arguments: &SweepArguments, grid: &Grid, started: impl Fn(&Planned) -> Started) -> Result<()> {
    let wrong = |run: &Planned| {
        let why = missing(&run.folder, &started(run), arguments.epochs)?;
        Some(format!("{} {why}", run.folder.file_name()?.display()))
    };
    let wrong: Vec<String> = grid.runs().filter_map(wrong).collect();
    let more = if wrong.len() > NAMED { format!("; and {} more", wrong.len() - NAMED) } else { String::new() };
    ensure!(
        wrong.is_empty(),
        "{}: {} of {} runs cannot be collected: {}{more}; run their commands again (sweep --plan prints them)",
        arguments.out.display(),
        wrong.len(),
        grid.runs().count(),
        wrong[..wrong.len().min(NAMED)].join("; ")
    );
    Ok(())
}

/// What a run lacks to be the one that was planned.
fn missing(folder: &Path, started: &Started, epochs: u64) -> Option<String> {
    let run = RunFolder::new(folder);
    if run.is_finished(started, epochs) {
        return None;
    }
    Some(match run.read() {
        Err(_) if !run.is_taken() => "is not there".to_owned(),
        Err(error) => format!("cannot be read ({error})"),
        Ok((_, Some(record))) if record.started.settings != started.settings => "has other settings".to_owned(),
        Ok((_, Some(record))) if record.started.data_hash != started.data_hash => "learned other images".to_owned(),
        Ok((checkpoint, _)) => format!("has seen {} of {epochs} epochs", checkpoint.progress.epoch),
    })
}

/// The run of a folder where it was, if it is the one that is wanted and was cut, or a new one in its place.
fn begun(
    folder: &Path,
    started: Started,
    dataset: &Arc<Dataset>,
    epochs: u64,
    compute: &Compute,
) -> Result<(LockStep, RunWriter)> {
    if let Some(cut) = gone_on(folder, &started, dataset, epochs, compute)? {
        return Ok(cut);
    }
    let lockstep = LockStep::new(dataset.clone(), std::slice::from_ref(&started.settings), compute.clone())?;
    Ok((lockstep, RunWriter::create(folder, started, epochs)?))
}

fn measured_of(folder: &Path, dataset: &Dataset, all: bool, compute: Compute) -> Result<Measures> {
    let checkpoint = load_checkpoint(folder)?;
    let model = checkpoint.restore_in_plane(compute)?;
    let (beta, effort) = (checkpoint.progress.train.beta, if all { Effort::USUAL } else { FEW });
    Ok(measure(model.whole(), dataset, beta, effort, &Progress::silent())?)
}

/// Where linear theory has units die, if that is one and the same for all runs.
fn deaths(grid: &Grid, drawn: &Drawn, dataset: &Dataset, compute: &Compute) -> Result<Vec<f64>> {
    let mut models = grid.runs().map(|run| (run.settings.model.latent, run.settings.model.likelihood));
    match models.next() {
        Some((latent, likelihood)) if drawn.is_over_beta(grid) && models.all(|other| other == (latent, likelihood)) => {
            Ok(killing_betas(&dataset.train, latent, likelihood, compute, &Progress::silent())?)
        }
        _ => Ok(Vec::new()),
    }
}
