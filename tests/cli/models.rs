//! Every model from the command line.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use super::{failure, stdout, text};
use crate::support::{SIDE, dataset_folder};

/// A name, and how it is trained.
const MODELS: [(&str, &[&str]); 11] = [
    ("pca", &["--model", "pca"]),
    ("pca5", &["--model", "pca", "--latent", "5", "--c", "0.02"]),
    ("words", &["--model", "vqvae", "--codes", "9", "--hidden", "16,8"]),
    ("tokens", &["--model", "vqvae", "--codes", "5", "--tokens", "2", "--hidden", "16,8"]),
    ("mixture", &["--model", "vae", "--prior", "mixture", "--components", "4", "--hidden", "16,8"]),
    ("vamp", &["--model", "vae", "--prior", "vamp", "--components", "6", "--hidden", "16,8"]),
    ("one", &["--model", "ae", "--latent", "1", "--hidden", "16,8"]),
    ("five", &["--model", "vae", "--latent", "5", "--hidden", "16,8", "--beta-mean", "0.5", "--beta-variance", "2"]),
    ("linear", &["--model", "vae", "--hidden", "none", "--likelihood", "gaussian", "--c", "learned"]),
    ("conv_words", &["--model", "vqvae", "--codes", "9", "--arch", "conv"]),
    ("conv_vamp", &["--model", "vae", "--prior", "vamp", "--components", "3", "--arch", "conv"]),
];

/// A folder with all of them, trained for two epochs.
fn trained() -> &'static Path {
    static FOLDER: OnceLock<(TempDir, TempDir)> = OnceLock::new();
    let train = || {
        let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
        for (name, arguments) in MODELS {
            let out = folder.path().join(name);
            let common = ["train", "--data", text(data.path()), "--epochs", "2", "--batch", "32", "--out", text(&out)];
            stdout(&[&common[..], arguments].concat());
        }
        (folder, data)
    };
    FOLDER.get_or_init(train).0.path()
}

fn run(name: &str) -> String {
    trained().join(name).display().to_string()
}

fn eval(name: &str) -> Value {
    serde_json::from_str(&stdout(&["eval", &run(name), "--json"])).unwrap()
}

#[test]
fn every_model_trains_and_says_again_what_it_measured() {
    for (name, _) in MODELS {
        let lines = fs::read_to_string(trained().join(name).join("metrics.jsonl")).unwrap();
        let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
        assert_eq!((last["epoch"].as_u64(), last["step"].as_u64()), (Some(2), Some(20)), "{name}");
        let evaluation = eval(name);
        for term in ["recon", "kl", "kl_mean", "elbo", "quantisation"] {
            let (now, then) = (evaluation[term].as_f64(), last[format!("test_{term}")].as_f64());
            let same = now.zip(then).is_some_and(|(a, b)| (a - b).abs() < 1e-4 * b.abs().max(1.0));
            assert!(same || (now.is_none() && then.is_none()), "{name} {term}: {now:?} {then:?}");
        }
    }
}

#[test]
fn eval_has_null_for_what_a_model_lacks() {
    for (name, _) in MODELS {
        let evaluation = eval(name);
        let has = |term: &str| evaluation[term].is_number();
        let is_quantised = ["words", "tokens", "conv_words"].contains(&name);
        for term in ["perplexity", "codes_used", "quantisation"] {
            assert_eq!(has(term), is_quantised, "{name} {term}");
        }
        let has_halves = ["pca", "pca5", "five", "linear"].contains(&name);
        assert_eq!((has("kl_mean"), has("kl_variance")), (has_halves, has_halves), "{name}");
        assert_eq!((has("kl"), has("elbo")), (name != "one", name != "one"), "{name}");
        if let Some(elbo) = evaluation["elbo"].as_f64() {
            let sum = evaluation["recon"].as_f64().unwrap() + evaluation["kl"].as_f64().unwrap();
            assert!((elbo + sum).abs() < 1e-6, "{name}");
        }
    }
    let tokens = eval("tokens");
    assert!((tokens["kl"].as_f64().unwrap() - 2.0 * 5f64.ln()).abs() < 1e-9);
    let (perplexity, used) = (tokens["perplexity"].as_f64().unwrap(), tokens["codes_used"].as_f64().unwrap());
    assert!((1.0..=used + 1e-9).contains(&perplexity) && used <= 5.0);
}

#[test]
fn a_model_with_two_dimensions_gives_strips_grids_and_codes() {
    let folder = TempDir::new().unwrap();
    for name in ["pca", "words", "mixture", "vamp", "linear", "conv_words", "conv_vamp"] {
        let [strip, grid, codes] = ["s.png", "g.png", "c.csv"].map(|file| folder.path().join(file));
        stdout(&[
            "strip",
            &run(name),
            "--from",
            "-1,0",
            "--to",
            "1,1",
            "--steps",
            "3",
            "--scale",
            "1",
            "--out",
            text(&strip),
        ]);
        assert_eq!(image::image_dimensions(&strip).unwrap(), ((3 * SIDE) as u32, SIDE as u32), "{name}");
        stdout(&["grid", &run(name), "--cells", "3", "--out", text(&grid)]);
        assert_eq!(image::image_dimensions(&grid).unwrap(), ((3 * SIDE) as u32, (3 * SIDE) as u32), "{name}");
        stdout(&["encode", &run(name), "--out", text(&codes)]);
        assert_eq!(fs::read_to_string(&codes).unwrap().lines().count(), 91, "{name}");
    }
}

#[test]
fn every_model_is_drawn_in_a_figure_beside_another() {
    let folder = TempDir::new().unwrap();
    let svg = folder.path().join("f.svg");
    for (name, _) in MODELS {
        stdout(&["figure", &run(name), &run("pca"), "--show", "points,means", "--out", text(&svg)]);
        let written = fs::read_to_string(&svg).unwrap();
        assert!(roxmltree::Document::parse(&written).unwrap().descendants().count() > 100, "{name}");
    }
    stdout(&["figure", &run("words"), &run("mixture"), "--losses", "elbo", "--out", text(&svg)]);
}

#[test]
fn every_model_opens_as_far_as_there_is_a_display() {
    for (name, _) in MODELS {
        let said = failure(&["open", &run(name)], 1);
        assert!(said.contains("display"), "{name}: {said}");
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    for arguments in [
        &["--model", "pca", "--hidden", "8"][..],
        &["--model", "pca", "--likelihood", "bernoulli"],
        &["--model", "pca", "--prior", "mixture"],
        &["--model", "ae", "--prior", "vamp"],
        &["--model", "ae", "--beta-mean", "2"],
        &["--model", "vqvae", "--beta", "2"],
        &["--model", "vqvae", "--tokens", "2", "--latent", "5"],
        &["--model", "vqvae", "--codes", "0"],
        &["--model", "vae", "--codes", "8"],
        &["--model", "vae", "--latent", "65"],
        &["--model", "vae", "--prior", "vamp", "--hidden", "none"],
        &["--model", "vae", "--prior", "mixture", "--beta-mean", "2"],
    ] {
        failure(&[&["train", "--data", "no data", "--out", "no folder"][..], arguments].concat(), 2);
    }
}
