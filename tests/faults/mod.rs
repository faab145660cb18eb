//! The program is killed, interrupted, given no room and set against itself; nothing that was learnt is lost or mixed.
//! `LATENT_EXPLORER_KILLS` says how often it is killed; without it that is over in seconds.

mod disk;
mod interrupt;
mod kills;
mod sessions;
mod writers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use latent_explorer::model::Checkpoint;
use latent_explorer::train::{Record, RunFolder};
use tempfile::TempDir;

use crate::support::dataset_folder;

/// A folder for what a test writes, and the data.
struct Scene {
    folder: TempDir,
    data: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), data: dataset_folder() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `train` of a small VAE into a folder of this name.
    fn train(&self, name: &str, epochs: u64, more: &[&str]) -> Command {
        let epochs = epochs.to_string();
        let mut command = program(&["train", "--model", "vae", "--hidden", "8", "--threads", "1", "--epochs", &epochs]);
        command.arg("--data").arg(self.data.path()).arg("--out").arg(self.path(name)).args(more);
        command
    }

    /// `train --resume` of the same.
    fn resume(&self, name: &str, epochs: u64) -> Command {
        let mut command = program(&["train", "--threads", "1", "--epochs", &epochs.to_string()]);
        command.arg("--resume").arg(self.path(name));
        command
    }

    fn model(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name).join("model.safetensors")).unwrap()
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latent-explorer"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn well(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// What a command says when it fails.
fn failed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// The names in a folder, or none where there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The run in a folder, if there is one, after it was seen that its parts belong together.
fn whole_run(folder: &Path) -> Option<(Checkpoint, Record)> {
    let run = RunFolder::new(folder);
    if !run.is_taken() {
        return None;
    }
    let (checkpoint, record) = run.read().unwrap();
    let record = record.unwrap();
    assert_eq!(record.metrics.len() as u64, checkpoint.progress.epoch);
    let steps = record.metrics.last().map_or(0, |last| last.step) + record.begun.map_or(0, |begun| begun.steps);
    assert_eq!(steps, checkpoint.progress.step);
    assert!(checkpoint.moments.as_ref().is_some_and(|moments| moments.steps as u64 == steps));
    Some((checkpoint, record))
}
