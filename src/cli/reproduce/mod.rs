//! `reproduce`: known results of the literature in two dimensions, each trained, measured and drawn by one command.

mod lab;
mod learning;
mod pictures;
mod sizes;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::data::{self, DataArguments};
use super::output;
use crate::figure::{FigureKind, FigureOptions, encode_figure};
use crate::files::{check_file, make_folder, write_or_spare};
use crate::model::Compute;
use lab::Lab;

#[derive(Debug, Args)]
pub struct ReproduceArguments {
    /// The result, by author and year
    #[arg(value_enum)]
    pub name: Name,
    /// The folder for NAME.svg, NAME.png and NAME.json
    #[arg(long, value_name = "DIR", default_value = "reproduced")]
    pub out: PathBuf,
    #[command(flatten)]
    pub data: DataArguments,
    /// Epochs of each training [default: what the result takes]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub epochs: Option<u64>,
    /// Test images that are looked at, where not all of them are [default: what the result takes]
    #[arg(long, value_parser = clap::value_parser!(u16).range(4..))]
    pub images: Option<u16>,
    /// The seed of weights, of the order of the images and of all draws
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Name {
    /// Kingma and Welling 2014, figure 4: the manifold of a VAE through the inverse CDF of its prior
    #[value(name = "kingma-2014-fig4")]
    Kingma,
    /// Burda et al. 2016: the importance-weighted bound over K
    #[value(name = "burda-2016")]
    Burda,
    /// Hoffman and Johnson 2016: what the KL consists of while a VAE learns
    #[value(name = "hoffman-2016")]
    Hoffman,
    /// Van den Oord et al. 2017: how many of K words a VQ-VAE uses
    #[value(name = "oord-2017")]
    Oord,
    /// Alemi et al. 2018: distortion over rate, as β goes
    #[value(name = "alemi-2018")]
    Alemi,
    /// Cremer et al. 2018: the gaps of approximation and amortisation over the size of the network
    #[value(name = "cremer-2018")]
    Cremer,
    /// Tomczak and Welling 2018: a normal prior, a mixture and the VampPrior
    #[value(name = "tomczak-2018")]
    Tomczak,
    /// Lucas et al. 2019: a linear VAE against probabilistic PCA
    #[value(name = "lucas-2019")]
    Lucas,
}

/// A result: what was found before, and how it is found here.
struct Study {
    paper: &'static str,
    found: &'static str,
    epochs: u64,
    images: usize,
    trainings: u64,
    run: fn(&Lab) -> Result<Outcome>,
}

/// Makes the figure, as SVG.
type Drawn = Box<dyn FnOnce(&FigureOptions) -> Result<String>>;

/// What a study came to.
struct Outcome {
    figure: Drawn,
    /// Width and height of the figure in pixels.
    size: [usize; 2],
    numbers: Value,
    /// In a sentence.
    said: String,
}

impl Name {
    fn study(self) -> Study {
        match self {
            Self::Kingma => pictures::KINGMA,
            Self::Burda => learning::BURDA,
            Self::Hoffman => learning::HOFFMAN,
            Self::Oord => sizes::OORD,
            Self::Alemi => sizes::ALEMI,
            Self::Cremer => sizes::CREMER,
            Self::Tomczak => learning::TOMCZAK,
            Self::Lucas => sizes::LUCAS,
        }
    }
}

pub fn run(arguments: &ReproduceArguments, compute: Compute, json: bool) -> Result<()> {
    let name = arguments.name.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    make_folder(&arguments.out)?;
    let [svg, png, numbers] = ["svg", "png", "json"].map(|ending| arguments.out.join(format!("{name}.{ending}")));
    [&svg, &png, &numbers].into_iter().try_for_each(|file| check_file(file))?;
    let study = arguments.name.study();
    let dataset = Arc::new(data::load(&arguments.data.source(), compute.memory)?.dataset);
    let epochs = arguments.epochs.unwrap_or(study.epochs);
    let images = arguments.images.map_or(study.images, usize::from).min(dataset.test.len());
    let title = dataset.source.title();
    let lab = Lab::new(dataset, compute, [epochs, study.trainings], images, arguments.seed);
    let outcome = (study.run)(&lab)?;
    lab.finish();
    let settings = format!("{title}, {epochs} epochs, seed {}", arguments.seed);
    let caption = format!("{}. {} Ours: {} {settings}.", study.paper, study.found, outcome.said);
    let [width, height] = outcome.size;
    let drawn = (outcome.figure)(&FigureOptions { width, height, dark: false, caption: caption.clone() })?;
    let found = json!({
        "name": name,
        "paper": study.paper,
        "found": study.found,
        "ours": outcome.said,
        "data": title,
        "epochs": epochs,
        "seed": arguments.seed,
        "images": images,
        "points": outcome.numbers,
    });
    write_or_spare(&numbers, serde_json::to_string_pretty(&found)?.as_bytes())?;
    write_or_spare(&svg, drawn.as_bytes())?;
    write_or_spare(&png, &encode_figure(&drawn, &caption, FigureKind::Png)?)?;
    output::print(json, &found, || format!("{}: {caption}", png.display()))
}
