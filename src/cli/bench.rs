//! `bench`: how fast the program is on this machine, measured in one run with what the machine can do at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::json;

use super::arguments::{
    BenchEvidenceArguments, BenchModel, BenchSoakArguments, BenchTrainArguments, BenchWindowArguments,
};
use super::data::{self, DataArguments, load_data};
use super::usage_error;
use super::{load_run, output};
use crate::bench::{self, measure_window};
use crate::config::{MNIST, ModelKind, ModelSpec, TrainConfig};
use crate::explore::inference::{Hint, MeanEvidence, OfModel, Quadrature, evidence_of};
use crate::model::kernels::limit_gflops;
use crate::model::{Architecture, Compute, Frozen};
use crate::progress::Progress;
use crate::train::{LockStep, RunSettings};

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
    /// The images a second of a plain VAE with the same layers, and how many times that the model's are: both train in turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    vae: Option<(f64, f64)>,
}

/// How long each of two models trains before the other's turn.
const TURN: Duration = Duration::from_millis(250);

/// Trains on MNIST as `train` does, without evaluations, and measures all but the first fifth.
pub fn train(arguments: &BenchTrainArguments, compute: Compute, json: bool) -> Result<()> {
    let kinds = match arguments.model {
        BenchModel::Ae => vec![ModelKind::Ae],
        BenchModel::Vae => vec![ModelKind::Vae],
        BenchModel::Pca => vec![ModelKind::Pca],
        BenchModel::Vqvae => vec![ModelKind::VqVae],
        BenchModel::Both => vec![ModelKind::Ae, ModelKind::Vae],
    };
    let train = TrainConfig { batch: arguments.network.batch, ..TrainConfig::default() };
    let settings: Vec<RunSettings> = kinds
        .iter()
        .map(|&kind| {
            let model = arguments.network.spec(kind).unwrap_or_else(|what| usage_error(&what));
            RunSettings { model, train: train.clone() }
        })
        .collect();
    let compute = match arguments.threads {
        Some(threads) => compute.with_threads(threads),
        None => compute,
    };
    let threads = compute.team.threads();
    let before = limit_gflops(threads);
    let dataset = Arc::new(data::load(&MNIST.into(), compute.memory)?.dataset);
    let plain = ModelSpec { arch: settings[0].model.arch.clone(), ..ModelSpec::new(ModelKind::Vae) };
    let plain = RunSettings { model: plain, train };
    let mut beside = match arguments.against_vae {
        true => Some(LockStep::new(dataset.clone(), &[plain], compute.clone())?),
        false => None,
    };
    let mut lockstep = LockStep::new(dataset, &settings, compute)?;
    let flops = lockstep.runs.iter().filter_map(|run| Architecture::new(run.trainer.model().config()));
    let flops = flops.map(|architecture| architecture.flops_an_image());
    let flops = flops.sum::<f64>() / kinds.len() as f64;

    let warm_up = Duration::from_secs_f64(arguments.seconds / 5.0);
    steps_for(&mut lockstep, warm_up);
    let time = Duration::from_secs_f64(arguments.seconds) - warm_up;
    let (images_per_second, vae) = match &mut beside {
        None => (rate(&mut lockstep, time), None),
        Some(vae) => {
            steps_for(vae, warm_up);
            // Each turn beside the other, and of all turns the one in the middle: what else the machine does falls on both.
            let turns = (time.as_secs_f64() / TURN.as_secs_f64()).ceil() as usize;
            let pairs: Vec<[f64; 2]> = (0..turns).map(|_| [rate(&mut lockstep, TURN), rate(vae, TURN)]).collect();
            let [ours, theirs] = [0, 1].map(|i| median(pairs.iter().map(|pair| pair[i]).collect()));
            (ours, Some((theirs, median(pairs.iter().map(|[a, b]| a / b).collect()))))
        }
    };

    let limit_gflops = before.max(limit_gflops(threads));
    let gflops = images_per_second * flops / 1e9;
    let utilisation = gflops / limit_gflops;
    let report = TrainReport {
        images_per_second,
        gflops,
        limit_gflops,
        utilisation,
        batch: arguments.network.batch,
        threads,
        vae,
    };
    output::print(json, &report, || {
        let vae = vae.map(|(rate, ratio)| format!("; a plain VAE in turn {rate:.0}: {ratio:.2} times that"));
        format!(
            "{images_per_second:.0} images/s, batch {}, {threads} threads: {gflops:.0} of {limit_gflops:.0} GFLOP/s ({:.0} %){}",
            arguments.network.batch,
            100.0 * utilisation,
            vae.unwrap_or_default()
        )
    })
}

/// Images a second over some time.
fn rate(lockstep: &mut LockStep, time: Duration) -> f64 {
    let start = Instant::now();
    let images = steps_for(lockstep, time);
    images as f64 / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn steps_for(lockstep: &mut LockStep, time: Duration) -> usize {
    let (start, mut images) = (Instant::now(), 0);
    while start.elapsed() < time {
        images += lockstep.step();
    }
    images
}

/// log p(x) of all test images: on one fixed grid, and refined until it holds.
pub fn evidence(arguments: &BenchEvidenceArguments, compute: Compute, json: bool) -> Result<()> {
    let (checkpoint, model) = load_run(&arguments.run, compute)?;
    let test = load_data(&checkpoint, &DataArguments::default(), model.compute().memory)?.test;
    let images = test.gather(0..test.len());
    let hints = Hint::of(&model.encode_places(&images)?);
    let likelihood = OfModel { model: &model, images: &images };
    let fixed = Quadrature { across: usize::from(arguments.grid), most_levels: 0, ..Quadrature::default() };
    let mut best = (f64::INFINITY, 0.0);
    for _ in 0..arguments.repetitions {
        let start = Instant::now();
        let all = fixed.evidence(&likelihood, &hints, ([-5.0; 2], [5.0; 2]), &Progress::silent())?;
        best = (start.elapsed().as_secs_f64().min(best.0), MeanEvidence::of(&all).mean);
    }
    let start = Instant::now();
    let all = evidence_of(&model, &images, Quadrature::default(), &Progress::silent())?;
    let MeanEvidence { mean: log_evidence, sound: converged, .. } = MeanEvidence::of(&all);
    let refined = start.elapsed().as_secs_f64();
    let report = json!({
        "images": test.len(), "grid": arguments.grid,
        "fixed_seconds": best.0, "fixed_log_evidence": best.1,
        "refined_seconds": refined, "refined_log_evidence": log_evidence, "converged": converged,
    });
    output::print(json, &report, || {
        format!(
            "{} images\n  {} x {} on [-5, 5]^2    {:.3} s, log p(x) {:.3}\n  refined by 0.01 nat  {refined:.3} s, log p(x) \
             {log_evidence:.3}, {converged} converged",
            test.len(),
            arguments.grid,
            arguments.grid,
            best.0,
            best.1
        )
    })
}

/// Draws the interface without a display while both models train.
pub fn window(arguments: &BenchWindowArguments, json: bool) -> Result<()> {
    let report = measure_window(arguments.points as usize, arguments.seconds, arguments.all_overlays)?;
    output::print(json, &report, || {
        format!(
            "{} points, {} frames, {:.0} a second, {:.0} images/s\n  frame     {:6.2} ms half of them, {:6.2} ms 99 %\n  \
             on clock  {:6.2} ms half of them, {:6.2} ms 99 %\n  \
             decode    {:6.2} ms half of them, {:6.2} ms 99 %\n  manifold                          {:6.2} ms 99 %\n  \
             cloud                             {:6.2} ms 99 %, {:.0} a second in each plane",
            report.points,
            report.frames,
            report.frames_per_second,
            report.images_per_second,
            report.frame_ms_p50,
            report.frame_ms_p99,
            report.frame_wall_ms_p50,
            report.frame_wall_ms_p99,
            report.decode_ms_p50,
            report.decode_ms_p99,
            report.manifold_ms_p99,
            report.cloud_ms_p99,
            report.clouds_per_second,
        )
    })
}

/// Runs the window for long, and says whether its memory grew.
pub fn soak(arguments: &BenchSoakArguments, json: bool) -> Result<()> {
    let report = bench::soak(f64::from(arguments.seconds), arguments.budget as usize)?;
    let growth = report.last_mb - report.settled_mb;
    output::print(json, &report, || {
        format!(
            "{:.0} s, {} frames, {} steps, {} MB for kept states\n  settled {:8.1} MB\n  at last {:8.1} MB, {growth:+.1}\n  \
             most    {:8.1} MB",
            report.seconds,
            report.frames,
            report.steps,
            report.budget_mb,
            report.settled_mb,
            report.last_mb,
            report.most_mb
        )
    })?;
    ensure!(
        growth <= f64::from(arguments.growth),
        "memory grew by {growth:.1} MB, more than the {} MB that are allowed",
        arguments.growth
    );
    Ok(())
}
