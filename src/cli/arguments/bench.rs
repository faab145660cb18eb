//! What can be said to `bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::threads;
use crate::cli::network::NetworkArguments;

#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Training on MNIST: images a second, and how much of what the machine can do that is
    Train(BenchTrainArguments),
    /// log p(x) of all test images of a trained run, by quadrature
    Evidence(BenchEvidenceArguments),
    /// The window without a display: frames, decoded images and manifolds while both models train
    Window(BenchWindowArguments),
    /// The window's memory, without a display: four panes train behind a manifold and a dragged cursor
    Soak(BenchSoakArguments),
}

#[derive(Debug, Args)]
pub struct BenchSoakArguments {
    /// How long it runs; the first quarter is not counted
    #[arg(long, default_value = "3600", value_parser = clap::value_parser!(u32).range(10..))]
    pub seconds: u32,
    /// Memory for states that are kept, in MB
    #[arg(long, default_value = "64", value_parser = clap::value_parser!(u32).range(16..=65_536))]
    pub budget: u32,
    /// How much more it may hold at the end than when it had settled, in MB: more is an error
    #[arg(long, default_value = "32")]
    pub growth: u32,
}

#[derive(Debug, Args)]
pub struct BenchEvidenceArguments {
    /// The folder that `train` wrote
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// Codes along each side of the fixed grid
    #[arg(long, default_value = "128", value_parser = clap::value_parser!(u16).range(8..=1024))]
    pub grid: u16,
    /// The fixed grid is timed so often; the best counts
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub repetitions: u16,
}

#[derive(Debug, Args)]
pub struct BenchWindowArguments {
    /// Points in each plane: codes of images of MNIST, or above 70,000 made up and moving
    #[arg(long, default_value = "5000", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub points: u32,
    /// Draw trails and the density of the codes too
    #[arg(long)]
    pub all_overlays: bool,
    /// How long it is measured
    #[arg(long, default_value = "10", value_parser = seconds)]
    pub seconds: f64,
}

#[derive(Debug, Args)]
pub struct BenchTrainArguments {
    /// One model, or an AE and a VAE in lock-step
    #[arg(long, value_enum, default_value = "vae")]
    pub model: BenchModel,
    #[command(flatten)]
    pub network: NetworkArguments,
    /// How long it trains; the first fifth is not counted
    #[arg(long, default_value = "10", value_parser = seconds)]
    pub seconds: f64,
    /// Threads that compute [default: the machine's cores]
    #[arg(long, value_parser = threads)]
    pub threads: Option<usize>,
    /// Train a plain VAE with the same layers in turn, and say how many times its images a second that is
    #[arg(long)]
    pub against_vae: bool,
}

/// What `bench train` trains.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BenchModel {
    Ae,
    Vae,
    Pca,
    Vqvae,
    Both,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("give a number of seconds from 0.1 to 3600".to_owned()),
    }
}
