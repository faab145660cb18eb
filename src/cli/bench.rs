//! `bench`: how fast the program is on this machine, measured in one run with what the machine can do at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::arguments::{BenchModel, BenchTrainArguments, BenchWindowArguments};
use super::output;
use crate::config::{ModelKind, TrainConfig};
use crate::data::{self, MNIST};
use crate::model::kernels::limit_gflops;
use crate::model::{Architecture, Compute};
use crate::train::{LockStep, RunSettings};
use crate::ui;

#[derive(Serialize)]
struct TrainReport {
    /// Of the steady part, over all models together.
    images_per_second: f64,
    gflops: f64,
    /// What the matrix product reaches on 1024 x 1024 x 1024 with as many threads, in the same run.
    limit_gflops: f64,
    utilisation: f64,
    batch: usize,
    threads: usize,
}

/// Trains on MNIST as `train` does, without evaluations, and measures all but the first fifth.
pub fn train(arguments: &BenchTrainArguments, compute: Compute, json: bool) -> Result<()> {
    let kinds = match arguments.model {
        BenchModel::Ae => vec![ModelKind::Ae],
        BenchModel::Vae => vec![ModelKind::Vae],
        BenchModel::Both => vec![ModelKind::Ae, ModelKind::Vae],
    };
    let train = TrainConfig { batch: arguments.batch, ..TrainConfig::default() };
    let settings: Vec<RunSettings> =
        kinds.iter().map(|&kind| RunSettings { kind, arch: arguments.arch.into(), train: train.clone() }).collect();
    let compute = match arguments.threads {
        Some(threads) => compute.with_threads(threads),
        None => compute,
    };
    let threads = compute.team.threads();
    let before = limit_gflops(threads);
    let mut lockstep = LockStep::new(Arc::new(data::load(MNIST)?), &settings, compute)?;
    let flops = lockstep.runs.iter().map(|run| Architecture::new(run.trainer.model().config()).flops_an_image());
    let flops = flops.sum::<f64>() / kinds.len() as f64;

    let warm_up = Duration::from_secs_f64(arguments.seconds / 5.0);
    steps_for(&mut lockstep, warm_up);
    let start = Instant::now();
    let images = steps_for(&mut lockstep, Duration::from_secs_f64(arguments.seconds) - warm_up);
    let images_per_second = images as f64 / start.elapsed().as_secs_f64();

    let limit_gflops = before.max(limit_gflops(threads));
    let gflops = images_per_second * flops / 1e9;
    let utilisation = gflops / limit_gflops;
    let report = TrainReport { images_per_second, gflops, limit_gflops, utilisation, batch: arguments.batch, threads };
    output::print(json, &report, || {
        format!(
            "{images_per_second:.0} images/s, batch {}, {threads} threads: {gflops:.0} of {limit_gflops:.0} GFLOP/s ({:.0} %)",
            arguments.batch,
            100.0 * utilisation
        )
    })
}

fn steps_for(lockstep: &mut LockStep, time: Duration) -> usize {
    let (start, mut images) = (Instant::now(), 0);
    while start.elapsed() < time {
        images += lockstep.step();
    }
    images
}

/// Draws the interface without a display while both models train.
pub fn window(arguments: &BenchWindowArguments, json: bool) -> Result<()> {
    let report = ui::measure_window(arguments.points as usize, arguments.seconds, arguments.all_overlays)?;
    output::print(json, &report, || {
        format!(
            "{} points, {} frames, {:.0} images/s\n  frame     {:6.2} ms half of them, {:6.2} ms 99 %\n  \
             decode    {:6.2} ms half of them, {:6.2} ms 99 %\n  manifold                          {:6.2} ms 99 %\n  \
             cloud                             {:6.2} ms 99 %, {:.0} a second in each plane",
            report.points,
            report.frames,
            report.images_per_second,
            report.frame_ms_p50,
            report.frame_ms_p99,
            report.decode_ms_p50,
            report.decode_ms_p99,
            report.manifold_ms_p99,
            report.cloud_ms_p99,
            report.clouds_per_second,
        )
    })
}
