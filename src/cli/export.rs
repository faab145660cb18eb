//! `export`: a trained model as files that run without this program.

use std::path::PathBuf;

use anyhow::Result;
use clap::{ArgGroup, Args};
use serde_json::json;

use super::{load_checkpoint, output};
use crate::files::{make_folder, write_whole};
use crate::model::{Runner, export};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("runner").required(true))]
pub struct ExportArguments {
    /// The folder that `train` wrote
    #[arg(value_name = "DIR")]
    pub run: PathBuf,
    /// model.py, a module of PyTorch, and model.safetensors
    #[arg(long, group = "runner")]
    pub pytorch: bool,
    /// encoder.onnx and decoder.onnx, of operator set 17; beside them prior.npz where the prior is learned
    #[arg(long, group = "runner")]
    pub onnx: bool,
    /// model.py, which needs numpy alone, and weights.npz
    #[arg(long, group = "runner")]
    pub numpy: bool,
    /// The folder to write them to; files of these names in it are not replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

pub fn run(arguments: &ExportArguments, json: bool) -> Result<()> {
    let runner = match (arguments.pytorch, arguments.onnx) {
        (true, _) => Runner::PyTorch,
        (_, true) => Runner::Onnx,
        _ => Runner::Numpy,
    };
    let files = export(&load_checkpoint(&arguments.run)?, runner)?;
    let files: Vec<_> = files.into_iter().map(|file| (arguments.out.join(file.name), file.bytes)).collect();
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        let there = there.display();
        anyhow::bail!("{there} is there already; move it away, or choose another folder with --out");
    }
    make_folder(&arguments.out)?;
    files.iter().try_for_each(|(path, bytes)| write_whole(path, bytes))?;
    let names: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    output::print(json, &json!({ "files": names }), || names.join("\n"))
}
