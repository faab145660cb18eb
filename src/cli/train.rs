//! `train`: one run from start to end, with a progress bar.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::TrainArguments;
use super::{data, output, usage_error};
use crate::config::{Beta, PriorKind, TrainConfig};
use crate::model::{Compute, Terms};
use crate::train::{EpochMetrics, LockStep, RunSettings, RunWriter};

pub fn run(arguments: &TrainArguments, compute: Compute, json: bool) -> Result<()> {
    let model = arguments.network.spec(arguments.model.into()).unwrap_or_else(|what| usage_error(&what));
    let weights = [arguments.beta, arguments.beta_mean, arguments.beta_variance];
    if !model.has_gaussian() && weights.iter().any(Option::is_some) {
        let kind = model.kind;
        usage_error(&format!("--beta weights the KL term, and {kind} has none to weigh; leave it out"));
    }
    let beta = arguments.beta.unwrap_or(1.0);
    let beta = Beta { mean: arguments.beta_mean.unwrap_or(beta), variance: arguments.beta_variance.unwrap_or(beta) };
    if model.prior != PriorKind::Normal && beta.whole().is_none() {
        usage_error("only the KL from N(0, I) has halves; give one --beta, or take --prior normal");
    }
    let epochs_wanted = arguments.epochs.unwrap_or(if model.is_closed_form() { 1 } else { 10 });
    let train =
        TrainConfig { batch: arguments.network.batch, learning_rate: arguments.network.lr, beta, seed: arguments.seed };
    let compute = match arguments.threads {
        Some(threads) => compute.with_threads(threads),
        None => compute,
    };
    let settings = RunSettings { model, train };
    let dataset = Arc::new(data::load(&arguments.data.source())?.dataset);
    let mut writer = RunWriter::create(&arguments.out, &settings, &dataset.source)?;
    let mut lockstep = LockStep::new(dataset, &[settings], compute)?;
    let bar = progress_bar(epochs_wanted * lockstep.steps_an_epoch());
    epochs(&mut lockstep, epochs_wanted, &mut writer, &bar, |metrics| {
        bar.suspend(|| output::print(json, metrics, || output::epoch(metrics)))
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// Trains the first run; after each epoch `writer` writes it, and `report` gets what was measured.
pub fn epochs(
    lockstep: &mut LockStep,
    epochs: u64,
    writer: &mut RunWriter,
    bar: &ProgressBar,
    mut report: impl FnMut(&EpochMetrics) -> Result<()>,
) -> Result<()> {
    for _ in 0..epochs {
        let (train, images_per_second) = train_epoch(lockstep, bar)?;
        let evaluations = lockstep.evaluate()?;
        lockstep.checkpoint()?;
        stop_if_failed(lockstep)?;
        let [Some(test)] = evaluations[..] else { bail!("the run has no evaluation") };
        let (epoch, step) = (lockstep.epoch(), lockstep.runs[0].trainer.steps());
        let metrics = EpochMetrics { epoch, step, train, test: test.terms(), images_per_second };
        writer.write(&metrics, &lockstep.runs[0].last_good)?;
        report(&metrics)?;
    }
    Ok(())
}

/// Steps through one epoch; the mean terms over its steps and the images a second.
fn train_epoch(lockstep: &mut LockStep, bar: &ProgressBar) -> Result<(Terms, f64)> {
    let (start, mut images, mut mean) = (Instant::now(), 0, None::<Terms>);
    for step in 0..lockstep.steps_an_epoch() {
        images += lockstep.step();
        stop_if_failed(lockstep)?;
        let Some(terms) = lockstep.runs[0].last else { bail!("a step measured nothing") };
        mean = Some(mean.map_or(terms, |mean| mean.mix(step as f64, terms, 1.0)));
        bar.inc(1);
    }
    Ok((mean.unwrap_or_default(), images as f64 / start.elapsed().as_secs_f64()))
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
