//! `train`: one run from start to end, or on from where it was, with a progress bar.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::TrainArguments;
use super::interrupt::Interrupt;
use super::{data, output, usage_error, warn};
use crate::config::ModelConfig;
use crate::data::Dataset;
use crate::model::{Checkpoint, Compute, Copies, TrainingMemory};
use crate::train::{Begun, EpochMetrics, LockStep, Opened, Record, RunFolder, RunWriter, Started};

pub fn run(arguments: &TrainArguments, compute: Compute, json: bool) -> Result<ExitCode> {
    let compute = match arguments.threads {
        Some(threads) => compute.with_threads(threads),
        None => compute,
    };
    let (folder, (interrupt, mut lockstep, mut writer)) = match (&arguments.resume, &arguments.out) {
        (Some(folder), _) => (folder, resumed(arguments, folder, compute)?),
        (None, Some(folder)) => (folder, started(arguments, folder, compute)?),
        (None, None) => usage_error("give --out, the folder of the run, or --resume"),
    };
    let epochs = writer.record().epochs;
    if lockstep.epoch() >= epochs && writer.record().begun.is_none() {
        let done = || format!("{}: has seen its {epochs} epochs; give more by --epochs to go on", folder.display());
        output::print(json, &writer.record().metrics.last(), done)?;
        return Ok(ExitCode::SUCCESS);
    }
    let bar = progress_bar(epochs * lockstep.steps_an_epoch());
    bar.set_position(lockstep.runs[0].trainer.steps());
    let mut is_heard = true;
    let ended = train_on(&mut lockstep, &mut writer, &bar, &interrupt, |metrics| {
        // What cannot be printed is in the folder.
        let printed = bar.suspend(|| output::print(json, metrics, || output::epoch(metrics)));
        if let (Err(error), true) = (&printed, is_heard) {
            bar.suspend(|| warn(&format!("cannot print what was measured ({error}); it is in {}", folder.display())));
        }
        is_heard &= printed.is_ok();
    })?;
    bar.finish_and_clear();
    let Ended::Interrupted = ended else { return Ok(ExitCode::SUCCESS) };
    warn(&match lockstep.runs[0].trainer.steps() {
        0 => "stopped before the first step; nothing was written".to_owned(),
        step => format!(
            "stopped after step {step} of epoch {}, which is saved; go on with: latent-explorer train --resume {}",
            lockstep.epoch() + 1,
            folder.display()
        ),
    });
    Ok(interrupt.code())
}

/// A run at step 0. Signals are heard before the folder is taken, so that whoever holds one ends in good order.
fn started(arguments: &TrainArguments, folder: &Path, compute: Compute) -> Result<(Interrupt, LockStep, RunWriter)> {
    let Some(kind) = arguments.model else { usage_error("give --model, or --resume") };
    let settings = arguments.network.settings(kind.into(), &arguments.beta, arguments.seed);
    let settings = settings.unwrap_or_else(|what| usage_error(&what));
    let epochs = arguments.epochs.unwrap_or(if settings.model.is_closed_form() { 1 } else { 10 });
    let dataset = Arc::new(data::load(&arguments.data.source(), compute.memory)?.dataset);
    let model = ModelConfig { shape: dataset.train.shape, spec: settings.model.clone() };
    TrainingMemory::check(&model, settings.train.batch, Copies::TRAINED, &[], &compute)?;
    let interrupt = Interrupt::listen()?;
    let started = Started::new(&settings, &dataset);
    if arguments.go_on
        && let Some((lockstep, writer)) = gone_on(folder, &started, &dataset, epochs, &compute)?
    {
        return Ok((interrupt, lockstep, writer));
    }
    let writer = RunWriter::create(folder, started, epochs)?;
    ensure!(
        arguments.force || !RunFolder::new(folder).is_taken(),
        "{0}: holds a run already; go on with it by --resume {0}, replace it by --force, or choose another folder",
        folder.display()
    );
    Ok((interrupt, LockStep::new(dataset, &[settings], compute)?, writer))
}

/// The run of a folder where it was, if it was started so and has seen no more epochs.
pub fn gone_on(
    folder: &Path,
    started: &Started,
    dataset: &Arc<Dataset>,
    epochs: u64,
    compute: &Compute,
) -> Result<Option<(LockStep, RunWriter)>> {
    let run = RunFolder::new(folder);
    let is_cut = |(checkpoint, _): &(Checkpoint, Record)| checkpoint.progress.epoch < epochs;
    if !run.same(started).as_ref().is_some_and(is_cut) && !run.is_finished(started, epochs) {
        return Ok(None);
    }
    let (mut writer, checkpoint) = RunWriter::resume(folder)?;
    writer.plan(epochs, &dataset.source);
    Ok(Some((LockStep::resume(dataset.clone(), &[Opened::from(checkpoint)], compute.clone())?, writer)))
}

/// A run where it was.
fn resumed(arguments: &TrainArguments, folder: &Path, compute: Compute) -> Result<(Interrupt, LockStep, RunWriter)> {
    let interrupt = Interrupt::listen()?;
    let (mut writer, checkpoint) = RunWriter::resume(folder)?;
    let record = writer.record();
    let epochs = arguments.epochs.unwrap_or(record.epochs);
    let seen = checkpoint.progress.epoch;
    ensure!(epochs >= seen, "{}: has seen {seen} epochs already; give that or more by --epochs", folder.display());
    let source = arguments.data.source_of(&checkpoint);
    let dataset =
        data::load(&source, compute.memory).context("the images of the run; say by --data where they are now")?.dataset;
    ensure!(
        dataset.hash() == record.started.data_hash,
        "the images of `{source}` are not those that the run learns; say by --data where those are"
    );
    writer.plan(epochs, &source);
    Ok((interrupt, LockStep::resume(Arc::new(dataset), &[Opened::from(checkpoint)], compute)?, writer))
}

/// How training came to its end.
pub enum Ended {
    Whole,
    /// In an epoch or before one, with what was learnt saved.
    Interrupted,
}

/// Trains the first run as far as its record says; after each epoch `writer` writes it, and `report` gets what was measured.
/// Where it cannot be written that is said, and tried again after the next epoch; the last time it is an error.
pub fn train_on(
    lockstep: &mut LockStep,
    writer: &mut RunWriter,
    bar: &ProgressBar,
    interrupt: &Interrupt,
    mut report: impl FnMut(&EpochMetrics),
) -> Result<Ended> {
    let epochs = writer.record().epochs;
    let mut begun = writer.record().begun;
    let mut unwritten = None;
    while lockstep.epoch() < epochs {
        let (start, before) = (Instant::now(), lockstep.runs[0].trainer.steps());
        let Some(train) = train_epoch(lockstep, &mut begun, bar, interrupt)? else {
            if lockstep.runs[0].trainer.steps() > 0 {
                lockstep.checkpoint()?;
                stop_if_failed(lockstep)?;
                writer.write(&state(lockstep)?, None, begun)?;
            }
            return Ok(Ended::Interrupted);
        };
        let step = lockstep.runs[0].trainer.steps();
        let images = (lockstep.dataset.train.len() as u64 * (step - before)) as f64 / lockstep.steps_an_epoch() as f64;
        let images_per_second = Some(images / start.elapsed().as_secs_f64());
        let evaluations = lockstep.evaluate()?;
        lockstep.checkpoint()?;
        stop_if_failed(lockstep)?;
        let [Some(test)] = evaluations[..] else { bail!("the run has no evaluation") };
        let metrics =
            EpochMetrics { epoch: lockstep.epoch(), step, train: train.train, test: test.terms(), images_per_second };
        unwritten = writer.write(&state(lockstep)?, Some(&metrics), None).err();
        match &unwritten {
            Some(error) if metrics.epoch < epochs => bar.suspend(|| {
                warn(&format!("{error}; training goes on, and it is tried again after the next epoch"));
            }),
            _ => {}
        }
        report(&metrics);
    }
    match unwritten {
        Some(error) => Err(error.into()),
        None => Ok(Ended::Whole),
    }
}

/// Steps through an epoch, or what is left of it after `begun`; the mean terms over all its steps. `None` where it was
/// interrupted between two steps; `begun` then says what was done.
fn train_epoch(
    lockstep: &mut LockStep,
    begun: &mut Option<Begun>,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<Option<Begun>> {
    while begun.is_none_or(|begun| begun.steps < lockstep.steps_an_epoch()) {
        if interrupt.is_requested() {
            return Ok(None);
        }
        lockstep.step();
        stop_if_failed(lockstep)?;
        let Some(terms) = lockstep.runs[0].last else { bail!("a step measured nothing") };
        *begun = Some(match *begun {
            Some(Begun { steps, train }) => Begun { steps: steps + 1, train: train.mix(steps as f64, terms, 1.0) },
            None => Begun { steps: 1, train: terms },
        });
        bar.inc(1);
    }
    Ok(begun.take())
}

/// All that the first run needs to go on.
fn state(lockstep: &LockStep) -> Result<Checkpoint> {
    let run = &lockstep.runs[0];
    Ok(run.state(&lockstep.dataset.source)?)
}

fn stop_if_failed(lockstep: &LockStep) -> Result<()> {
    match &lockstep.runs[0].failure {
        Some(reason) => bail!("{reason}; what the run had saved before is still there"),
        None => Ok(()),
    }
}

/// Silent where standard error is not a terminal.
fn progress_bar(steps: u64) -> ProgressBar {
    let bar = ProgressBar::new(steps);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} step {human_pos}/{human_len}  {per_sec}  {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
