//! The file in which a run's folder keeps what was measured after each epoch.

use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::model::{Evaluation, Kl, Terms};
use crate::train::{History, LockStep};

pub const METRICS_FILE: &str = "metrics.jsonl";

/// A line of the metrics: averages over an epoch in nats per image; what an AE lacks is null.
#[derive(Serialize, Deserialize)]
pub struct Epoch {
    epoch: u64,
    step: u64,
    train_recon: f64,
    train_kl_mean: Option<f64>,
    train_kl_variance: Option<f64>,
    train_elbo: Option<f64>,
    test_recon: f64,
    test_kl_mean: Option<f64>,
    test_kl_variance: Option<f64>,
    test_elbo: Option<f64>,
    /// Of the training steps alone.
    images_per_second: f64,
}

impl Epoch {
    pub fn new(lockstep: &LockStep, train: Terms, test: Evaluation, images_per_second: f64) -> Self {
        Self {
            epoch: lockstep.epoch(),
            step: lockstep.runs[0].trainer.steps(),
            train_recon: train.recon,
            train_kl_mean: train.kl.map(|kl| kl.mean),
            train_kl_variance: train.kl.map(|kl| kl.variance),
            train_elbo: train.elbo(),
            test_recon: test.recon,
            test_kl_mean: test.kl_mean,
            test_kl_variance: test.kl_variance,
            test_elbo: test.elbo,
            images_per_second,
        }
    }

    pub fn describe(&self) -> String {
        let kl = match (self.test_kl_mean, self.test_kl_variance, self.test_elbo) {
            (Some(mean), Some(variance), Some(elbo)) => {
                format!("  kl_mean {mean:.2}  kl_variance {variance:.2}  -elbo {:.2}", -elbo)
            }
            _ => String::new(),
        };
        format!(
            "epoch {}  step {}  test recon {:.2}{kl}  {:.0} images/s",
            self.epoch, self.step, self.test_recon, self.images_per_second
        )
    }

    fn terms(recon: f64, mean: Option<f64>, variance: Option<f64>) -> Terms {
        Terms { recon, kl: mean.zip(variance).map(|(mean, variance)| Kl { mean, variance }) }
    }
}

/// The curves that a run's folder holds.
pub fn read(run: &Path) -> Result<History> {
    let folder = if run.is_dir() { run } else { run.parent().unwrap_or(run) };
    let file = folder.join(METRICS_FILE);
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut history = History::default();
    for (i, line) in text.lines().enumerate() {
        let epoch: Epoch = serde_json::from_str(line)
            .with_context(|| format!("{}, line {}: not a line that `train` wrote", file.display(), i + 1))?;
        let train = Epoch::terms(epoch.train_recon, epoch.train_kl_mean, epoch.train_kl_variance);
        let test = Epoch::terms(epoch.test_recon, epoch.test_kl_mean, epoch.test_kl_variance);
        history.train.push(epoch.step, train);
        history.held_out.push(epoch.step, test);
    }
    Ok(history)
}
