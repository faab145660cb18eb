//! What can be said of a sweep.

use std::path::PathBuf;

use clap::Args;

use super::super::data::DataArguments;
use super::super::network::NetworkArguments;
use super::super::sweep::Vary;
use super::{Model, threads};
use crate::catalogue::{self, About};

#[derive(Debug, Args)]
pub struct SweepArguments {
    /// Which autoencoder is trained
    #[arg(long, value_enum, default_value = "vae")]
    pub model: Model,
    /// A setting and its values, separated by commas; given several times, a grid of all combinations. What can vary: beta,
    /// beta-mean, beta-variance, latent, hidden (layers joined by x: 512x256,64,none), arch, c, prior, components, codes, tokens,
    /// batch and lr
    #[arg(long, value_name = "SETTING=V,V,…", value_parser = Vary::parse)]
    pub vary: Vec<Vary>,
    /// KL weights, separated by commas, short for --vary beta= [default, of a model with a KL of which nothing else varies:
    /// 0,0.1,0.25,0.5,1,2,4,8,16,32,100]
    #[arg(long, value_name = "V,V,…")]
    pub beta: Option<String>,
    /// Runs of each combination, with the seeds 0, 1, …; tables and figures then hold means over the seeds and their 95 %
    /// intervals by Student's t
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: u64,
    /// Times that each run sees the training images
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u64).range(1..))]
    pub epochs: u64,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub network: NetworkArguments,
    /// Threads that compute, of each run; changes the time and nothing else [default: the machine's cores]
    #[arg(long, value_parser = threads)]
    pub threads: Option<usize>,
    /// Measure each run with as many images, gaps and samples as `eval --all` does; otherwise log p(x) is of 500 images, gaps of 24,
    /// and 2,000 samples are drawn
    #[arg(long)]
    pub all: bool,
    /// Measures that are drawn over the first setting that varies in numbers, by their ids, separated by commas: each as ID.svg
    #[arg(long, value_name = "ID,ID,…", value_delimiter = ',', value_parser = measure)]
    pub plot: Vec<&'static About>,
    /// Train nothing: print a `train` command a line, each independent of the others, for a scheduler. A command that is run again
    /// goes on where it was cut
    #[arg(long, conflicts_with = "collect")]
    pub plan: bool,
    /// Train nothing: check that all runs are there, with these settings and images and all their epochs, and write the tables and
    /// figures
    #[arg(long)]
    pub collect: bool,
    /// The folder of the runs, of sweep.csv (means over seeds), runs.csv (each run), frontier.svg and rate.svg; runs that it holds with
    /// the same settings and images are not trained again, those that were cut go on, and others are replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

fn measure(text: &str) -> Result<&'static About, String> {
    let found = catalogue::measures().find(|about| about.id == text);
    found.ok_or_else(|| "it is no measure; `eval --all` lists them".to_owned())
}
