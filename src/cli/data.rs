//! Which images a command is about: what can be said of them, and reading them with a bar in a terminal.

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::config::{self, Binarise, DataSource, Fit, ImageShape, MNIST, Memory, Reading};
use crate::data::{self, Dataset, Loaded};
use crate::model::Checkpoint;
use crate::progress::Progress;

/// How images are read.
#[derive(Clone, Debug, Default, Args)]
pub struct ReadingArguments {
    /// Colours become grey
    #[arg(long)]
    pub grey: bool,
    /// Take the middle square of each image; otherwise all of it, with black borders where images differ in proportion
    #[arg(long)]
    pub crop: bool,
    /// The share of images that is held out, where they are not divided into train and test already [default: 0.15]
    #[arg(long, value_name = "S", value_parser = test_share)]
    pub test_share: Option<f64>,
    /// Make pixels black or white, of which alone a Bernoulli likelihood is a probability: static draws each once with its value
    /// as the probability of white, dynamic does so anew in every epoch of training, threshold cuts at a half [default: none]
    #[arg(long, value_name = "HOW", value_enum, hide_possible_values = true)]
    pub binarise: Option<BinariseName>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BinariseName {
    None,
    Static,
    Dynamic,
    Threshold,
}

impl From<BinariseName> for Binarise {
    fn from(name: BinariseName) -> Self {
        match name {
            BinariseName::None => Self::None,
            BinariseName::Static => Self::Static,
            BinariseName::Dynamic => Self::Dynamic,
            BinariseName::Threshold => Self::Threshold,
        }
    }
}

#[derive(Clone, Debug, Default, Args)]
pub struct DataArguments {
    /// The images: mnist, fashion-mnist, shapes, a folder of images, one subfolder a class, perhaps below train and test, or a
    /// file .npz, .npy, .csv, .zip, .tar or .tar.gz [default: mnist; of a trained run, what it was trained on]
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// Pixels of the longer side of an image [default: images up to 64 keep theirs, larger ones get 64]
    #[arg(long, value_name = "N", value_parser = size)]
    pub size: Option<usize>,
    #[command(flatten)]
    pub reading: ReadingArguments,
}

pub fn size(text: &str) -> Result<usize, String> {
    let size = text.parse().map_err(|_| "not a whole number".to_owned())?;
    config::validate_size(size).map(|()| size).map_err(|e| e.to_string())
}

fn test_share(text: &str) -> Result<f64, String> {
    super::network::checked(text, config::validate_test_share)
}

impl ReadingArguments {
    /// `usual` with what was asked for.
    fn over(&self, usual: Reading, size: Option<usize>) -> Reading {
        Reading {
            size: size.or(usual.size),
            grey: self.grey || usual.grey,
            fit: if self.crop { Fit::Crop } else { usual.fit },
            test_share: self.test_share.unwrap_or(usual.test_share),
            binarise: self.binarise.map_or(usual.binarise, Binarise::from),
            ..usual
        }
    }
}

impl DataArguments {
    /// Whether anything was said.
    pub fn is_given(&self) -> bool {
        let ReadingArguments { grey, crop, test_share, binarise } = self.reading;
        self.data.is_some() || self.size.is_some() || grey || crop || test_share.is_some() || binarise.is_some()
    }

    /// The images named, or MNIST.
    pub fn source(&self) -> DataSource {
        let reading = self.reading.over(Reading::default(), self.size);
        DataSource::named(self.data.as_deref().unwrap_or(MNIST), reading)
    }

    /// The images named, or else those that a run was trained on. Others are brought to the size that its model takes.
    pub fn source_of(&self, checkpoint: &Checkpoint) -> DataSource {
        let (own, shape) = (&checkpoint.progress.data, checkpoint.model.shape);
        let Some(name) = &self.data else {
            return DataSource { path: own.path.clone(), reading: self.reading.over(own.reading.clone(), self.size) };
        };
        let of_model = Reading { size: Some(side(shape)), grey: shape.is_grey(), ..own.reading.clone() };
        DataSource::named(name, self.reading.over(of_model, self.size))
    }
}

fn side(shape: ImageShape) -> usize {
    shape.rows.max(shape.cols)
}

/// Reads the images, with a bar on a terminal.
pub fn load(source: &DataSource, memory: Memory) -> Result<Loaded> {
    let bar = ProgressBar::new(1_000);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} reading the images  {percent} %") {
        bar.set_style(style);
    }
    let tell = |share: f64| {
        bar.set_position((1_000.0 * share) as u64);
        Ok(())
    };
    let loaded = data::load(source, memory, &Progress::new(&tell))?;
    bar.finish_and_clear();
    Ok(loaded)
}

/// The images for a run, of the size that its model takes.
pub fn load_data(checkpoint: &Checkpoint, arguments: &DataArguments, memory: Memory) -> Result<Dataset> {
    let source = arguments.source_of(checkpoint);
    let dataset = load(&source, memory)?.dataset;
    let (model, test) = (&checkpoint.model, &dataset.test);
    ensure!(
        model.shape == test.shape,
        "the model takes images of {}, but those of `{source}` are {}; name its own data with --data, or leave out how they \
         are read",
        model.shape,
        test.shape,
    );
    Ok(dataset)
}
