//! `sweep`, alone and under a scheduler, and runs with a Gaussian likelihood.

mod grids;
mod planned;

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempDir;

use super::{failure, json, stdout, text};
use crate::support::{dataset_folder, split, write_split};

/// When the weights of a run were written.
fn written(run: &Path) -> SystemTime {
    fs::metadata(run.join("model.safetensors")).unwrap().modified().unwrap()
}

/// Sweeps over `beta` into `out`, and gives the table.
pub fn sweep(data: &Path, out: &Path, beta: &str, more: &[&str]) -> String {
    let common = ["sweep", "--beta", beta, "--epochs", "1", "--batch", "16", "--hidden", "16,8"];
    json(&[&common[..], &["--data", text(data), "--out", text(out)], more].concat());
    fs::read_to_string(out.join("sweep.csv")).unwrap()
}

#[test]
fn a_sweep_writes_its_table_and_figures_and_trains_nothing_twice() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let out = folder.path().join("sweep");
    let table = sweep(data.path(), &out, "0.1,1,50", &[]);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.starts_with("beta,recon,recon_low,recon_high,recon_n,kl_mean,"), "{table}");
    for name in ["frontier.svg", "rate.svg"] {
        roxmltree::Document::parse(&fs::read_to_string(out.join(name)).unwrap()).unwrap();
    }
    let (whole, lost) = (out.join("beta-0.1-seed-0"), out.join("beta-1-seed-0/model.safetensors"));
    let first = written(&whole);
    fs::remove_file(&lost).unwrap();
    assert_eq!(sweep(data.path(), &out, "0.1,1,50", &[]), table);
    assert_eq!(written(&whole), first, "a run that is whole is left alone");
    assert!(lost.exists(), "one that is not is trained again");
}

#[test]
fn sweeps_of_several_likelihoods_in_one_folder_do_not_take_each_others_runs() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let (out, data) = (folder.path(), data.path());
    let of = |c: &str| sweep(data, out, "1", &["--likelihood", "gaussian", "--c", c]);
    let tables = [sweep(data, out, "1", &[]), of("0.05"), of("0.5"), of("learned")];
    for (i, table) in tables.iter().enumerate() {
        assert!(tables[..i].iter().all(|other| other != table), "{table}");
    }
    let first = written(&out.join("beta-1-seed-0-c-0.05"));
    assert_eq!(of("0.05"), tables[1]);
    assert_eq!(written(&out.join("beta-1-seed-0-c-0.05")), first, "trained once");
}

#[test]
fn other_images_of_the_same_name_are_trained_on_again() {
    let (folder, data, other) = (TempDir::new().unwrap(), dataset_folder(), dataset_folder());
    let first = sweep(data.path(), folder.path(), "1", &[]);
    let run = folder.path().join("beta-1-seed-0");
    let before = written(&run);
    assert_eq!(sweep(other.path(), folder.path(), "1", &[]), first);
    assert_eq!(written(&run), before, "the same images elsewhere are the same");
    write_split(data.path(), "train", &split(240));
    assert_ne!(sweep(data.path(), folder.path(), "1", &[]), first);
    assert_ne!(written(&run), before);
}

#[test]
fn another_learning_rate_is_trained_again_in_the_same_folder() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let of = |rate: &str| sweep(data.path(), folder.path(), "1", &["--lr", rate]);
    assert_ne!(of("0.001"), of("0.01"));
}

#[test]
fn a_gaussian_likelihood_is_trained_with_its_variance_and_refused_without_sense() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let out = folder.path().join("gaussian");
    let common =
        ["train", "--model", "vae", "--data", text(data.path()), "--epochs", "2", "--batch", "16", "--hidden", "16,8"];
    let common = [&common[..], &["--out", text(&out)]].concat();
    stdout(&[&common[..], &["--likelihood", "gaussian", "--c", "learned"]].concat());
    let recon = json(&["eval", text(&out)])["recon"].as_f64().unwrap();
    assert!(recon.is_finite());
    failure(&[&common[..], &["--c", "0.1"]].concat(), 2);
    failure(&[&common[..], &["--likelihood", "gaussian", "--c", "-1"]].concat(), 2);
}
