//! Sweeps whose runs a scheduler trains.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use latent_explorer::train::RunFolder;

use super::*;
use crate::cli::program;

const TABLES: [&str; 2] = ["sweep.csv", "runs.csv"];

/// A folder with a space and a quote in its name, which a shell must be told.
fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("a sweep's");
    (folder, out)
}

/// A sweep of four runs as it is told.
fn sweep_of<'a>(data: &'a Path, out: &'a Path, epochs: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let grid = ["sweep", "--vary", "latent=2,3", "--seeds", "2", "--beta", "0.5", "--hidden", "8", "--threads", "1"];
    [&grid[..], &["--epochs", epochs, "--data", text(data), "--out", text(out)], more].concat()
}

/// The commands that a sweep plans, as lines of a shell.
fn plan(arguments: &[&str]) -> Vec<String> {
    stdout(&[arguments, &["--plan"]].concat()).lines().map(str::to_owned).collect()
}

/// A line in a shell, from another folder.
fn shell(line: &str) -> Child {
    Command::new("sh").args(["-c", &format!("exec {line}")]).current_dir("/").stdout(Stdio::null()).spawn().unwrap()
}

#[track_caller]
fn assert_same(out: &Path, other: &Path) {
    for file in TABLES {
        let [a, b] = [out, other].map(|folder| fs::read_to_string(folder.join(file)).unwrap());
        assert_eq!(a, b, "{file}");
    }
}

#[test]
fn planned_commands_make_the_runs_of_the_sweep_to_the_last_bit_and_are_collected() {
    let ((_a, out), (_b, other), data) = (folder(), folder(), dataset_folder());
    let arguments = sweep_of(data.path(), &out, "1", &[]);
    let lines = plan(&arguments);
    assert_eq!(lines.len(), 4);
    assert!(!out.exists(), "to plan is to write nothing");
    let said = failure(&[&arguments[..], &["--collect"]].concat(), 1);
    assert!(said.contains("4 of 4 runs cannot be collected") && said.contains("is not there"), "{said}");
    for line in &lines {
        assert!(shell(line).wait().unwrap().success(), "{line}");
    }
    json(&[&arguments[..], &["--collect"]].concat());
    json(&sweep_of(data.path(), &other, "1", &[]));
    assert_same(&out, &other);
    for run in ["beta-0.5-seed-0", "beta-0.5-seed-1-latent-3"] {
        let [a, b] = [&out, &other].map(|folder| fs::read(folder.join(run).join("model.safetensors")).unwrap());
        assert!(a == b, "{run}");
    }
}

#[test]
fn every_setting_of_a_run_is_in_its_planned_command() {
    let data = dataset_folder();
    for (k, more) in [
        &["--vary", "beta-mean=0.25", "--vary", "beta-variance=3", "--hidden", "none", "--lr", "0.0123"][..],
        &["--arch", "conv", "--likelihood", "gaussian", "--c", "learned", "--beta", "0.3", "--batch", "31"],
        &["--prior", "vamp", "--components", "3", "--hidden", "9,4", "--beta", "2"],
        &["--prior", "mixture", "--components", "2", "--likelihood", "gaussian", "--c", "0.07", "--beta", "1e-3"],
        &["--model", "vqvae", "--codes", "5", "--tokens", "2", "--hidden", "8"],
        &["--model", "ae", "--latent", "5", "--hidden", "8"],
        &["--model", "pca", "--latent", "3", "--beta", "1"],
    ]
    .iter()
    .enumerate()
    {
        let (_folder, out) = folder();
        let common = ["sweep", "--epochs", "1", "--seeds", "2", "--data", text(data.path()), "--out", text(&out)];
        let arguments = [&common[..], more].concat();
        let lines = plan(&arguments);
        assert_eq!(lines.len(), 2, "{k}");
        assert!(shell(&lines[0]).wait().unwrap().success(), "{}", lines[0]);
        let said = failure(&[&arguments[..], &["--collect"]].concat(), 1);
        assert!(said.contains("1 of 2 runs") && said.contains("seed-1") && !said.contains("seed-0"), "{said}");
    }
}

#[test]
fn a_run_that_is_not_as_it_was_planned_is_not_collected_and_is_named() {
    let ((_folder, out), data) = (folder(), dataset_folder());
    let collect = |epochs: &str, more: &[&str]| {
        let arguments = sweep_of(data.path(), &out, epochs, more);
        failure(&[&arguments[..], &["--collect"]].concat(), 1)
    };
    json(&sweep_of(data.path(), &out, "1", &[]));
    let before = fs::read(out.join("sweep.csv")).unwrap();
    let said = collect("2", &[]);
    assert!(said.contains("beta-0.5-seed-0 has seen 1 of 2 epochs"), "{said}");
    let said = collect("1", &["--lr", "0.01"]);
    assert!(said.contains("4 of 4") && said.contains("has other settings"), "{said}");
    fs::write(out.join("beta-0.5-seed-1/model.safetensors"), b"cut").unwrap();
    let said = collect("1", &[]);
    assert!(said.contains("1 of 4") && said.contains("beta-0.5-seed-1 cannot be read"), "{said}");
    write_split(data.path(), "train", &split(240));
    let said = collect("1", &[]);
    assert!(said.contains("learned other images"), "{said}");
    assert_eq!(fs::read(out.join("sweep.csv")).unwrap(), before);
}

#[test]
fn a_planned_command_leaves_a_run_of_other_settings_alone() {
    let ((_folder, out), data) = (folder(), dataset_folder());
    json(&sweep_of(data.path(), &out, "1", &[]));
    let other = plan(&sweep_of(data.path(), &out, "1", &["--lr", "0.01"]));
    let before = written(&out.join("beta-0.5-seed-0"));
    let output = Command::new("sh").args(["-c", &other[0]]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("holds a run already"), "{said}");
    assert_eq!(written(&out.join("beta-0.5-seed-0")), before);
}

/// As a cluster ends a job: kill -9 while it learns, once an epoch of it is saved.
fn kill_midway(line: &str, run: &Path) {
    let mut child = shell(line);
    while !run.join("model.safetensors").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early: {line}");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Needs GNU parallel.
#[test]
#[ignore = "runs GNU parallel; .ci/run installs it"]
fn gnu_parallel_trains_a_sweep_and_goes_on_with_a_run_that_was_killed() {
    const EPOCHS: &str = "60";
    let ((_a, out), (_b, other), data) = (folder(), folder(), dataset_folder());
    let arguments = sweep_of(data.path(), &out, EPOCHS, &[]);
    let lines = plan(&arguments);
    let killed = out.join("beta-0.5-seed-1");
    kill_midway(&lines[1], &killed);
    let seen = RunFolder::new(&killed).checkpoint().unwrap().progress.epoch;
    assert!((1..60).contains(&seen), "{seen}");
    let said = failure(&[&arguments[..], &["--collect"]].concat(), 1);
    assert!(said.contains(&format!("beta-0.5-seed-1 has seen {seen} of 60 epochs")), "{said}");
    let file = out.join("commands");
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let log = out.join("log");
    let mut parallel = Command::new("parallel");
    parallel.args(["--jobs", "2", "--joblog", text(&log), "--arg-file", text(&file)]);
    let output = parallel.current_dir("/").output().expect("GNU parallel");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), 5, "a head and four jobs");
    json(&[&arguments[..], &["--collect"]].concat());
    // And again: all is there, and nothing is trained twice.
    let before = written(&killed);
    assert!(Command::new("parallel").args(["--arg-file", text(&file)]).output().unwrap().status.success());
    assert_eq!(written(&killed), before);
    assert_eq!(program(&sweep_of(data.path(), &other, EPOCHS, &[])).status.code(), Some(0));
    assert_same(&out, &other);
}
