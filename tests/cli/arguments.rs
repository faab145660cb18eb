//! What can be said on the command line, and what is refused.

use clap::Command;
use tempfile::TempDir;

use super::{failure, run, text};

#[test]
fn wrong_arguments_are_usage_errors() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("never-written");
    let out = text(&path);
    for arguments in [
        &["frobnicate"][..],
        &["--data", "fashion-mnist", "train", "--model", "vae", "--out", out],
        &["train", "--model", "gan", "--out", out],
        &["train", "--model", "vae"],
        &["train", "--model", "vae", "--beta", "-1", "--out", out],
        &["train", "--model", "vae", "--lr", "nan", "--out", out],
        &["train", "--model", "vae", "--lr", "11", "--out", out],
        &["train", "--model", "vae", "--beta", "1e24", "--out", out],
        &["train", "--model", "vae", "--hidden", "16384,16384", "--out", out],
        &["train", "--resume", out, "--model", "vae"],
        &["train", "--resume", out, "--lr", "0.1"],
        &["train", "--resume", out, "--out", out],
        &["train", "--model", "vae", "--batch", "0", "--out", out],
        &["train", "--model", "vae", "--epochs", "0", "--out", out],
        &["train", "--model", "vae", "--hidden", "512,,2", "--out", out],
        &["train", "--model", "vae", "--arch", "conv", "--hidden", "8", "--out", out],
        &["train", "--model", "vae", "--device", "abacus", "--out", out],
        &["strip", "run", "--from", "1", "--to", "0,0", "--out", out],
        &["strip", "run", "--from", "1,2,x", "--to", "0,0", "--out", out],
        &["grid", "run", "--extent", "-3", "--out", out],
    ] {
        failure(arguments, 2);
    }
    assert!(!path.exists());
}

/// What of a command and of those below it has no help.
fn undescribed(command: &Command, above: &str, found: &mut Vec<String>) {
    let name = format!("{above}{} ", command.get_name());
    if command.get_about().is_none() {
        found.push(name.clone());
    }
    for argument in command.get_arguments().filter(|a| a.get_help().is_none_or(|help| help.to_string().is_empty())) {
        found.push(format!("{name}{}", argument.get_id()));
    }
    command.get_subcommands().for_each(|below| undescribed(below, &name, found));
}

#[test]
fn every_command_and_every_argument_has_help() {
    let mut found = Vec::new();
    undescribed(&latent_explorer::cli::command(), "", &mut found);
    assert!(found.is_empty(), "without help: {found:?}");
}

#[test]
fn a_kl_weight_for_an_ae_is_a_usage_error_that_says_why() {
    let folder = TempDir::new().unwrap();
    let said = failure(&["train", "--model", "ae", "--beta", "4", "--out", text(folder.path())], 2);
    assert!(said.contains("--beta weights the KL term, and AE has none"), "{said}");
}

#[test]
fn a_file_of_another_kind_is_refused_before_anything_is_computed() {
    // That this is no run is found out later.
    for arguments in [
        &["strip", "no run", "--from", "0,0", "--to", "1,1", "--out", "strip.svg"][..],
        &["grid", "no run", "--out", "grid"],
        &["infer", "no run", "--image", "1", "--out", "estimates.csv"],
    ] {
        assert!(failure(arguments, 2).contains("name a file ."), "{arguments:?}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_said_before_the_run_is_read() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing/codes.csv");
    let said = failure(&["encode", "no run", "--out", text(&missing)], 1);
    assert!(said.contains("missing/codes.csv") && !said.contains("no run"), "{said}");
    let said = failure(&["encode", &run("vae"), "--out", text(folder.path())], 1);
    assert!(said.contains("it is a folder; name a file in it"), "{said}");
}
