//! A line of a run's metrics: what was measured after an epoch, and how it is written as JSON.

use serde::{Deserialize, Serialize};

use crate::model::{Kl, Terms};

/// Averages over an epoch, in nats per image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Line", into = "Line")]
pub struct EpochMetrics {
    /// Epochs seen.
    pub epoch: u64,
    /// Steps taken.
    pub step: u64,
    /// Over the steps of the epoch.
    pub train: Terms,
    /// On all test images, after it.
    pub test: Terms,
    /// Of the training steps alone. Not known of an epoch that is read from the file of the weights, whose bytes follow from
    /// the seed alone.
    pub images_per_second: Option<f64>,
}

/// The same with a name for each number; what the model lacks is null.
#[derive(Serialize, Deserialize)]
struct Line {
    epoch: u64,
    step: u64,
    train_recon: f64,
    train_kl_mean: Option<f64>,
    train_kl_variance: Option<f64>,
    #[serde(default)]
    train_kl: Option<f64>,
    #[serde(default)]
    train_quantisation: Option<f64>,
    train_elbo: Option<f64>,
    test_recon: f64,
    test_kl_mean: Option<f64>,
    test_kl_variance: Option<f64>,
    #[serde(default)]
    test_kl: Option<f64>,
    #[serde(default)]
    test_quantisation: Option<f64>,
    test_elbo: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    images_per_second: Option<f64>,
}

impl From<EpochMetrics> for Line {
    fn from(EpochMetrics { epoch, step, train, test, images_per_second }: EpochMetrics) -> Self {
        Self {
            epoch,
            step,
            train_recon: train.recon,
            train_kl_mean: train.kl.and_then(Kl::mean),
            train_kl_variance: train.kl.and_then(Kl::variance),
            train_kl: train.kl(),
            train_quantisation: train.quantisation,
            train_elbo: train.elbo(),
            test_recon: test.recon,
            test_kl_mean: test.kl.and_then(Kl::mean),
            test_kl_variance: test.kl.and_then(Kl::variance),
            test_kl: test.kl(),
            test_quantisation: test.quantisation,
            test_elbo: test.elbo(),
            images_per_second,
        }
    }
}

impl From<Line> for EpochMetrics {
    fn from(line: Line) -> Self {
        Self {
            epoch: line.epoch,
            step: line.step,
            train: Terms {
                recon: line.train_recon,
                kl: Kl::read(line.train_kl_mean, line.train_kl_variance, line.train_kl),
                quantisation: line.train_quantisation,
            },
            test: Terms {
                recon: line.test_recon,
                kl: Kl::read(line.test_kl_mean, line.test_kl_variance, line.test_kl),
                quantisation: line.test_quantisation,
            },
            images_per_second: line.images_per_second,
        }
    }
}
