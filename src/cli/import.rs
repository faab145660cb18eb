//! `import`, and what is said of a file of another program on the command line.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::data::DataArguments;
use super::network::{LikelihoodName, Variance, variance};
use super::output;
use crate::config::{DEFAULT_C, ImageShape, Likelihood};
use crate::files::make_folder;
use crate::model::{Checkpoint, Facts, Imported, import, import_onnx, is_foreign};
use crate::train::MODEL_FILE;

/// What a state dict of PyTorch does not say.
#[derive(Clone, Debug, Default, Args)]
pub struct ImportArguments {
    /// JSON that says which of their layers is which of ours: {"encoder.0": "their name", "encoder.mu": …, "encoder.logvar": …,
    /// "decoder.0": …, "decoder.out": …}; of an ONNX encoder which output is "encoder.mu", and which "encoder.logvar" [default:
    /// read from names and shapes]
    #[arg(long, value_name = "FILE.json")]
    pub map: Option<PathBuf>,
    /// Rows and columns of an image, and its channels if it is in colour [default: a square]
    #[arg(long, value_name = "ROWSxCOLS[x3]", value_parser = size)]
    pub size_of: Option<ImageShape>,
    /// p(x|z) of their decoder [default: bernoulli; of an ONNX decoder without a sigmoid gaussian]
    #[arg(long, value_enum)]
    pub likelihood: Option<LikelihoodName>,
    /// The variance of a pixel of a Gaussian p(x|z), or `learned` [default: 0.05]
    #[arg(long, value_parser = variance)]
    pub c: Option<Variance>,
}

/// The network of another program, which is explored as it is.
#[derive(Clone, Debug, Args)]
pub struct PairArguments {
    /// An encoder as ONNX: an image -> a mean and, of a VAE, a log variance
    #[arg(long, value_name = "E.onnx", requires = "decoder")]
    pub encoder: Option<PathBuf>,
    /// Its decoder: a code -> an image
    #[arg(long, value_name = "D.onnx", requires = "encoder")]
    pub decoder: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct ImportFileArguments {
    /// A state dict of PyTorch: .pt, .pth or .safetensors
    #[arg(value_name = "FILE", required_unless_present = "encoder", conflicts_with = "encoder")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub pair: PairArguments,
    #[command(flatten)]
    pub facts: ImportArguments,
    #[command(flatten)]
    pub data: DataArguments,
    /// The folder of the run that it becomes
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

pub fn run(arguments: &ImportFileArguments, json: bool) -> Result<()> {
    let path = arguments.out.join(MODEL_FILE);
    let shown = path.display();
    if path.exists() {
        bail!("{shown} is there already; move it away, or choose another folder with --out");
    }
    let facts = arguments.facts.facts(&arguments.data)?;
    let of_file = arguments.file.as_deref().map(|file| import(file, &facts)).transpose()?;
    let imported = of_file.map_or_else(|| arguments.pair.import(&facts), |imported| Ok(Some(imported)))?;
    let Imported { checkpoint, notice } = imported.context("give a file, or --encoder and --decoder")?;
    make_folder(&arguments.out)?;
    checkpoint.save(&path)?;
    output::print(json, &json!({ "out": path, "notice": notice }), || format!("{shown}: {notice}"))
}

/// A file of another program, or a folder with a pair of it, as a checkpoint, which it says on standard error; none of a run of ours.
pub fn foreign(run: &Path, facts: &Facts) -> Result<Option<Checkpoint>> {
    let [encoder, decoder] = ["encoder.onnx", "decoder.onnx"].map(|name| run.join(name));
    let is_pair = encoder.is_file() && decoder.is_file() && !run.join(MODEL_FILE).exists();
    if !is_pair && !is_foreign(run) {
        return Ok(None);
    }
    let imported = if is_pair { import_onnx(&encoder, &decoder, facts) } else { import(run, facts) };
    let Imported { checkpoint, notice } = imported?;
    output::notice(&format!("{}: {notice}", run.display()));
    Ok(Some(checkpoint))
}

impl PairArguments {
    fn import(&self, facts: &Facts) -> Result<Option<Imported>> {
        let pair = self.encoder.as_deref().zip(self.decoder.as_deref());
        Ok(pair.map(|(encoder, decoder)| import_onnx(encoder, decoder, facts)).transpose()?)
    }

    /// The pair as a checkpoint, which it says on standard error; none where none was named.
    pub fn checkpoint(&self, facts: &Facts) -> Result<Option<Checkpoint>> {
        let Some(Imported { checkpoint, notice }) = self.import(facts)? else { return Ok(None) };
        let encoder = self.encoder.iter().map(|path| path.display().to_string()).collect::<String>();
        output::notice(&format!("{encoder}: {notice}"));
        Ok(Some(checkpoint))
    }
}

impl ImportArguments {
    /// `data`: the images that it was trained on, where they were named.
    pub fn facts(&self, data: &DataArguments) -> Result<Facts> {
        let c = self.c.unwrap_or(Variance { c: DEFAULT_C, learned: false });
        let gaussian = Likelihood::Gaussian { c: c.c, learned: c.learned };
        let likelihood = match (self.likelihood, self.c) {
            (None, None) => None,
            (Some(LikelihoodName::Bernoulli), Some(_)) => bail!("--c is for --likelihood gaussian"),
            (Some(LikelihoodName::Bernoulli), None) => Some(Likelihood::Bernoulli),
            (Some(LikelihoodName::Gaussian), _) | (None, Some(_)) => Some(gaussian),
        };
        let names = self.map.as_deref().map(names).transpose()?;
        Ok(Facts { shape: self.size_of, likelihood, data: data.is_given().then(|| data.source()), names })
    }
}

fn names(path: &Path) -> Result<HashMap<String, String>> {
    let shown = path.display();
    let text = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    serde_json::from_slice(&text).with_context(|| format!("{shown} is not an object of names in JSON"))
}

fn size(text: &str) -> Result<ImageShape, String> {
    let sides: Vec<usize> = text.split('x').filter_map(|side| side.parse().ok()).collect();
    let shape = match sides[..] {
        [rows, cols] if text.matches('x').count() == 1 => ImageShape { rows, cols, channels: 1 },
        [rows, cols, channels] if text.matches('x').count() == 2 => ImageShape { rows, cols, channels },
        _ => return Err("give rows and columns, e.g. 28x28, and channels in colour, e.g. 32x32x3".to_owned()),
    };
    shape.validate().map(|()| shape).map_err(|e| e.to_string())
}
