//! `sweep --plan`: the `train` command of each run, for a scheduler.

use std::path::{Path, absolute};

use anyhow::{Context, Result};

use super::super::arguments::SweepArguments;
use super::grid::Planned;
use crate::config::{Arch, DataSource, DeviceName, Fit, Likelihood, Memory, ModelKind, PriorKind, Reading};
use crate::train::RunSettings;

/// What was said for all commands.
pub struct ForAll {
    pub device: DeviceName,
    pub memory: Option<Memory>,
}

/// The program, `train`, and all that it needs to make this run from wherever it is called; run again, it goes on.
pub fn train_command(arguments: &SweepArguments, for_all: &ForAll, planned: &Planned) -> Result<Vec<String>> {
    let mut command = vec![program()?, "train".to_owned(), "--go-on".to_owned()];
    let mut say = |option: &str, value: String| command.extend([format!("--{option}"), value]);
    let RunSettings { model, train } = &planned.settings;
    say("model", model.kind.to_string().to_lowercase().replace('-', ""));
    match &model.arch {
        Arch::Conv => say("arch", "conv".to_owned()),
        layers => say("hidden", layers.to_string()),
    }
    match model.likelihood {
        Likelihood::Bernoulli => say("likelihood", "bernoulli".to_owned()),
        Likelihood::Gaussian { c, learned } => {
            say("likelihood", "gaussian".to_owned());
            say("c", if learned { "learned".to_owned() } else { c.to_string() });
        }
    }
    say("latent", model.latent.to_string());
    match model.prior {
        PriorKind::Normal => {}
        PriorKind::Mixture { components } | PriorKind::Vamp { components } => {
            let is_vamp = matches!(model.prior, PriorKind::Vamp { .. });
            say("prior", if is_vamp { "vamp" } else { "mixture" }.to_owned());
            say("components", components.to_string());
        }
    }
    if model.kind == ModelKind::VqVae {
        say("codes", model.codebook.words.to_string());
        say("tokens", model.codebook.tokens.to_string());
    }
    if model.has_gaussian() {
        match train.beta.whole() {
            Some(beta) => say("beta", beta.to_string()),
            None => {
                say("beta-mean", train.beta.mean.to_string());
                say("beta-variance", train.beta.variance.to_string());
            }
        }
    }
    say("batch", train.batch.to_string());
    say("lr", train.learning_rate.to_string());
    say("seed", train.seed.to_string());
    say("epochs", arguments.epochs.to_string());
    let DataSource { path, reading: Reading { size, grey, fit, test_share, seed: _, binarise } } =
        arguments.data.source();
    say("data", path);
    say("test-share", test_share.to_string());
    say("binarise", binarise.name().to_owned());
    size.into_iter().for_each(|size| say("size", size.to_string()));
    arguments.threads.into_iter().for_each(|threads| say("threads", threads.to_string()));
    if for_all.device != DeviceName::Cpu {
        say("device", for_all.device.to_string());
    }
    for_all.memory.into_iter().for_each(|memory| say("memory", format!("{}K", memory.bytes() >> 10)));
    say("out", text(&absolute(&planned.folder)?)?);
    command.extend(grey.then(|| "--grey".to_owned()));
    command.extend((fit == Fit::Crop).then(|| "--crop".to_owned()));
    Ok(command)
}

/// A command as a line of a shell.
pub fn line(command: &[String]) -> Result<String> {
    shlex::try_join(command.iter().map(String::as_str)).context("a path holds what no shell can be told")
}

/// This program as it was called, from wherever the command will be.
fn program() -> Result<String> {
    let called = std::env::args().next().unwrap_or_else(|| "latent-explorer".to_owned());
    let is_path = Path::new(&called).components().count() > 1;
    if is_path { text(&absolute(called)?) } else { Ok(called) }
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| format!("{}: a command can only name a path in UTF-8", path.display()))?;
    Ok(text.to_owned())
}
