//! `train`: one run from start to end, with a progress bar.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::arguments::TrainArguments;
use super::metrics::{Epoch, METRICS_FILE};
use super::{MODEL_FILE, output, usage_error};
use crate::config::TrainConfig;
use crate::data;
use crate::files::{make_folder, write_whole};
use crate::model::{Compute, Terms};
use crate::train::{LockStep, RunSettings};

pub fn run(arguments: &TrainArguments, compute: Compute, json: bool) -> Result<()> {
    let arch = arguments.network.arch().unwrap_or_else(|what| usage_error(what));
    let likelihood = arguments.network.likelihood().unwrap_or_else(|what| usage_error(what));
    let dataset = Arc::new(data::load(&arguments.data)?);
    make_folder(&arguments.out)?;
    let train = TrainConfig {
        batch: arguments.network.batch,
        learning_rate: arguments.network.lr,
        beta: arguments.beta,
        seed: arguments.seed,
    };
    let compute = match arguments.threads {
        Some(threads) => compute.with_threads(threads),
        None => compute,
    };
    let settings = RunSettings { kind: arguments.model.into(), arch, likelihood, train };
    let mut lockstep = LockStep::new(dataset, &[settings], compute)?;
    let bar = progress_bar(arguments.epochs * lockstep.steps_an_epoch());
    epochs(&mut lockstep, arguments.epochs, &arguments.out, &bar, |line| {
        bar.suspend(|| output::print(json, line, || line.describe()))
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// Trains the first run; after each epoch its weights and what was measured are written to the folder, and `tell` is told.
pub fn epochs(
    lockstep: &mut LockStep,
    epochs: u64,
    out: &Path,
    bar: &ProgressBar,
    mut tell: impl FnMut(&Epoch) -> Result<()>,
) -> Result<()> {
    let mut metrics = String::new();
    for _ in 0..epochs {
        let (mean, images_per_second) = train_epoch(lockstep, bar)?;
        let evaluations = lockstep.evaluate()?;
        lockstep.checkpoint()?;
        stop_if_failed(lockstep)?;
        let [Some(test)] = evaluations[..] else { bail!("the run has no evaluation") };
        let line = Epoch::new(lockstep, mean, test, images_per_second);
        metrics.push_str(&serde_json::to_string(&line)?);
        metrics.push('\n');
        // In this order: weights of an epoch are never there without what was measured.
        write_whole(&out.join(METRICS_FILE), metrics.as_bytes())?;
        lockstep.runs[0].last_good.save(&out.join(MODEL_FILE))?;
        tell(&line)?;
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
