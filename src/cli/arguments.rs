//! What can be said on the command line.

mod bench;
mod sweep;

pub use bench::{
    Bench, BenchEvidenceArguments, BenchModel, BenchSoakArguments, BenchTrainArguments, BenchWindowArguments,
};
pub use sweep::SweepArguments;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::data::DataArguments;
use super::export::ExportArguments;
use super::figure::FigureArguments;
use super::file_names::{figure_file, png_file};
use super::import::{ImportArguments, ImportFileArguments, PairArguments};
use super::network::{BetaArguments, NetworkArguments};
use super::plane::PlaneArguments;
use super::reproduce::ReproduceArguments;
use super::survey::SurveyArguments;
use crate::config::{DeviceName, Memory, ModelKind, Place};

/// See why an autoencoder cannot generate and a variational autoencoder can. Without a command: opens the window.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub data: DataArguments,
    /// What computes; cuda and metal need a program built with the feature of that name
    #[arg(long, global = true, value_enum, default_value = "cpu")]
    pub device: Device,
    /// Opens the window with the usual settings; those of last time are put aside
    #[arg(long)]
    pub default_settings: bool,
    /// Memory that the work may take, e.g. 4G or 512M; what cannot fit is refused before it begins [default: a quarter of the
    /// machine's]
    #[arg(long, global = true, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// Print results for machines
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what images there are, which are left out and why, and what will be learned, before any training
    Data(SurveyArguments),
    /// Train a model without a window; writes DIR/model.safetensors, DIR/metrics.jsonl and DIR/run.json
    Train(TrainArguments),
    /// Evaluate a trained run on its test images
    Eval(EvalArguments),
    /// Decode the codes along a path into a row of images
    Strip(StripArguments),
    /// Decode a square of the latent plane into a grid of images
    Grid(GridArguments),
    /// Draw the planes of trained runs as a figure for a paper or a slide, SVG or PNG
    Figure(FigureArguments),
    /// Exact inference by quadrature: log p(x), the true posterior, the gap to the ELBO; of one image or of all test images
    Infer(InferArguments),
    /// Train a grid of models over β or other settings, each from several seeds; writes their tables and figures, and goes on where
    /// it was cut
    Sweep(SweepArguments),
    /// Train, measure and draw a known result of the literature in two dimensions: a figure and its numbers
    Reproduce(ReproduceArguments),
    /// Write the codes of the test images as CSV: index, label, mu_0, mu_1, logvar_0, logvar_1 (an AE's logvar is empty), as many
    /// as there are dimensions, and of a VQ-VAE code_0, …, the numbers of the words
    Encode(EncodeArguments),
    /// Write a trained model as files that run without this program: PyTorch, ONNX or numpy
    Export(ExportArguments),
    /// Make a run of a PyTorch autoencoder's state dict; it explores and trains on like any other. Every command that takes a run
    /// takes such a file too, as far as nothing has to be said of it. A run of an ONNX encoder and decoder explores like any other,
    /// and does not train
    Import(ImportFileArguments),
    /// Measure how fast the program is on this machine
    #[command(subcommand)]
    Bench(Bench),
    /// Open the window on trained runs, or on a session that was saved
    Open(OpenArguments),
}

#[derive(Debug, Args)]
pub struct OpenArguments {
    /// Folders that `train` wrote, or state dicts of PyTorch (.pt, .pth, .safetensors), one a pane; or one session (.latent)
    #[arg(required_unless_present = "encoder", num_args = 1..=4, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    #[command(flatten)]
    pub pair: PairArguments,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub facts: ImportArguments,
}

/// What computes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Device {
    Cpu,
    Cuda,
    Metal,
}

impl From<Device> for DeviceName {
    fn from(device: Device) -> Self {
        match device {
            Device::Cpu => Self::Cpu,
            Device::Cuda => Self::Cuda,
            Device::Metal => Self::Metal,
        }
    }
}

/// Which autoencoder is trained.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Model {
    /// Deterministic: a code is a point
    Ae,
    /// Variational: a code is drawn from a Gaussian that pays its KL divergence from the prior
    Vae,
    /// Principal components: linear, and known at once
    Pca,
    /// Vector-quantised: a code is the nearest word of a list
    Vqvae,
}

impl From<Model> for ModelKind {
    fn from(model: Model) -> Self {
        match model {
            Model::Ae => Self::Ae,
            Model::Vae => Self::Vae,
            Model::Pca => Self::Pca,
            Model::Vqvae => Self::VqVae,
        }
    }
}

#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Which autoencoder is trained
    #[arg(long, value_enum, required_unless_present = "resume")]
    pub model: Option<Model>,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub beta: BetaArguments,
    /// Times that it sees the training images, with --resume those before included [default: 10; of pca, which is known at
    /// once, 1; with --resume as many as before]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub epochs: Option<u64>,
    #[command(flatten)]
    pub network: NetworkArguments,
    /// Where every random number comes from
    #[arg(long, default_value = "0")]
    pub seed: u64,
    /// Threads that compute; changes the time and nothing else [default: the machine's cores]
    #[arg(long, value_parser = threads)]
    pub threads: Option<usize>,
    /// The folder of the run
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    pub out: Option<PathBuf>,
    /// Replace a run that is there already
    #[arg(long)]
    pub force: bool,
    /// Go on with a run that is there already, if it has the same settings and images, and leave it if it has its epochs
    #[arg(long)]
    pub go_on: bool,
    /// Go on with the run in this folder as if it had never stopped, to the last bit
    #[arg(long, value_name = "DIR", conflicts_with_all = [
        "model", "beta", "beta_mean", "beta_variance", "NetworkArguments", "seed", "out", "force", "go_on",
    ])]
    pub resume: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct EvalArguments {
    /// The folder that `train` wrote
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    #[command(flatten)]
    pub data: DataArguments,
    /// Seed of the noise in the sampled reconstruction
    #[arg(long, default_value = "0")]
    pub seed: u64,
    /// All measures: also log p(x), what the latent space is like, and what is generated from it
    #[arg(long)]
    pub all: bool,
    /// Test images that --all looks at, spread over the set: at most so many
    #[arg(long, requires = "all", default_value = "10000", value_parser = clap::value_parser!(u32).range(100..))]
    pub images: u32,
    /// Another run that is measured on the same images and with the same noise: by how much this one differs, with 95 % intervals
    /// of pairs
    #[arg(long, requires = "all", value_name = "DIR")]
    pub minus: Option<PathBuf>,
    /// Write the table of --all as CSV
    #[arg(long, requires = "all", value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw the classes of samples as a histogram beside those of test images
    #[arg(long, requires = "all", value_name = "FILE.svg|png", value_parser = figure_file)]
    pub classes: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct StripArguments {
    /// The folder that `train` wrote
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// Where in the plane the path begins
    #[arg(long, value_name = "X,Y", value_parser = code, allow_hyphen_values = true, required_unless_present = "dimension")]
    pub from: Option<Point>,
    /// Where it ends
    #[arg(long, value_name = "X,Y", value_parser = code, allow_hyphen_values = true, required_unless_present = "dimension")]
    pub to: Option<Point>,
    /// Move this latent dimension alone, counted from 1: from -3 to 3, or without a prior N(0, I) three standard deviations of the
    /// codes to either side of their mean
    #[arg(long, value_name = "I", value_parser = clap::value_parser!(u16).range(1..), conflicts_with_all = ["from", "to", "slerp", "plane"])]
    pub dimension: Option<u16>,
    /// Images in the strip, both ends included
    #[arg(long, default_value = "11", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub steps: u16,
    /// Along an arc about the origin instead of a straight line
    #[arg(long)]
    pub slerp: bool,
    #[command(flatten)]
    pub plane: PlaneArguments,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub png: PngArguments,
}

#[derive(Debug, Args)]
pub struct GridArguments {
    /// The folder that `train` wrote
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// Half the side of the square about the origin
    #[arg(long, default_value = "3", value_parser = extent)]
    pub extent: f32,
    /// As many draws of N(0, I) for each image instead of as much of the plane: the codes are Φ⁻¹(u) of the centres u of even cells
    /// of the unit square, through the inverse cumulative distribution (Kingma and Welling 2014, figure 4)
    #[arg(long, conflicts_with = "extent")]
    pub inverse_cdf: bool,
    /// Images along each side
    #[arg(long, default_value = "20", value_parser = clap::value_parser!(u16).range(1..=200))]
    pub cells: u16,
    #[command(flatten)]
    pub plane: PlaneArguments,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub png: PngArguments,
}

#[derive(Debug, Args)]
pub struct PngArguments {
    /// Side of a pixel in the picture
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u8).range(1..=32))]
    pub scale: u8,
    /// The picture to write
    #[arg(long, value_name = "FILE.png", value_parser = png_file)]
    pub out: PathBuf,
}

#[derive(Debug, Args)]
pub struct InferArguments {
    /// The folder that `train` wrote
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// One test image, counted from 0 [default: all of them, with the gap of the first --gaps]
    #[arg(long)]
    pub image: Option<usize>,
    #[command(flatten)]
    pub data: DataArguments,
    /// Test images whose gap is averaged, spread over the set [default: 500, fewer of large images]
    #[arg(long, conflicts_with = "image")]
    pub gaps: Option<usize>,
    /// Samples of the largest estimate of one image's evidence [default: 10,000, fewer of large images]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// Draws that the band about an estimate is made of
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub repetitions: u32,
    /// Seed of the noise in the ELBO of all images, and of the samples of one image's estimates
    #[arg(long, default_value = "0")]
    pub seed: u64,
    /// Draw the estimates of one image's evidence over their number of samples K
    #[arg(long, value_name = "FILE.svg|png", requires = "image", value_parser = figure_file)]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct EncodeArguments {
    /// The folder that `train` wrote
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    #[command(flatten)]
    pub data: DataArguments,
    /// The table to write
    #[arg(long, value_name = "FILE.csv")]
    pub out: PathBuf,
}

/// A point of the plane.
#[derive(Clone, Copy, Debug)]
pub struct Point(pub Place);

fn code(text: &str) -> Result<Point, String> {
    let parts: Vec<f32> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    match parts[..] {
        [x, y] if x.is_finite() && y.is_finite() && text.matches(',').count() == 1 => Ok(Point([x, y])),
        _ => Err("give two finite numbers separated by a comma, e.g. -1.5,0.5".to_owned()),
    }
}

pub fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=1024) => Ok(threads),
        _ => Err("give a number from 1 to 1024".to_owned()),
    }
}

fn extent(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(extent) if f32::is_finite(extent) && extent > 0.0 => Ok(extent),
        _ => Err("give a positive finite number".to_owned()),
    }
}
