//! What the commands print and write of terms and measures.

use std::collections::BTreeSet;
use std::fs;

use latent_explorer::catalogue;
use serde_json::Value;
use tempfile::TempDir;

use super::{json, run, trained};
use crate::support::dataset_folder;

/// Keys of JSON lines and columns of tables that are no terms or measures.
const OTHERS: [&str; 14] = [
    "epoch",
    "step",
    "images_per_second",
    "effort",
    "intervals",
    "n",
    "units",
    "differences",
    "named_images",
    "classes",
    "run",
    "minus",
    "beta",
    "seed",
];

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().expect("an object").keys().cloned().collect()
}

#[test]
fn every_name_that_is_printed_or_written_is_in_the_catalogue() {
    let mut names = keys(&json(&["eval", &run("vae")]));
    names.extend(keys(&json(&["eval", &run("ae"), "--all"])));
    for run in ["ae", "vae"] {
        for line in fs::read_to_string(trained().join(run).join("metrics.jsonl")).unwrap().lines() {
            let of_line = keys(&serde_json::from_str(line).unwrap());
            names.extend(
                of_line.iter().map(|key| key.trim_start_matches("train_").trim_start_matches("test_").to_owned()),
            );
        }
    }
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let table = super::sweep::sweep(data.path(), folder.path(), "1", &[]);
    let of_interval = |name: &str| ["_low", "_high", "_n"].iter().any(|end| name.ends_with(end));
    names.extend(table.lines().next().unwrap().split(',').filter(|name| !of_interval(name)).map(str::to_owned));
    for name in names {
        assert!(catalogue::about(&name).is_some() != OTHERS.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn what_infer_says_of_an_image_is_in_the_catalogue_under_its_path() {
    let infer = json(&["infer", &run("vae"), "--image", "3", "--samples", "20", "--repetitions", "2"]);
    // Where codes have more dimensions; `infer`'s own tests look there.
    let is_beyond = |id: &str| id.starts_with("importance.") || id.starts_with("annealed.");
    for about in catalogue::INFERENCE.iter().filter(|about| about.id != "killing_betas" && !is_beyond(about.id)) {
        let path = format!("/{}", about.id.replace('.', "/"));
        assert!(infer.pointer(&path).is_some(), "{path}: {infer}");
    }
}

/// What only a list of words has.
const OF_WORDS: [&str; 3] = ["quantisation", "perplexity", "codes_used"];

#[test]
fn eval_all_has_every_measure_or_null_and_intervals_about_them() {
    let (plain, all) = (json(&["eval", &run("vae")]), json(&["eval", &run("vae"), "--all"]));
    for about in catalogue::measures() {
        let value = all.get(about.id).unwrap_or_else(|| panic!("{}", about.id));
        // Those images have no known factors.
        let is_missing = about.id.ends_with("_fitted") || about.id.starts_with("factors_");
        assert_eq!(value.is_null(), is_missing || OF_WORDS.contains(&about.id), "{}", about.id);
    }
    let has_n = |id: &str| all["n"][id].as_u64().is_some_and(|n| (1..=90).contains(&n));
    assert!(catalogue::measures().all(|about| has_n(about.id) != all[about.id].is_null()), "{all}");
    let recon = |value: &Value| value["recon"].as_f64().unwrap();
    assert!((recon(&plain) - recon(&all)).abs() < 1e-4);
    let interval = &all["intervals"]["recon"];
    assert!(interval[0].as_f64().unwrap() < recon(&all) && recon(&all) < interval[1].as_f64().unwrap());
    let kl = all["kl_mean"].as_f64().unwrap() + all["kl_variance"].as_f64().unwrap();
    let surgery = all["mutual_information"].as_f64().unwrap() + all["kl_aggregate"].as_f64().unwrap();
    assert!((kl - surgery).abs() < 1e-3, "{kl} and {surgery}");
}

#[test]
fn eval_all_of_two_runs_has_their_difference_and_writes_both() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("measures.csv").display().to_string();
    let vae = run("vae");
    let both = ["eval", &vae, "--all", "--minus", &run("ae"), "--csv", &file];
    let (all, ae) = (json(&both), json(&["eval", &run("ae"), "--all"]));
    let of = |value: &Value, id: &str| value[id].as_f64().unwrap();
    for id in ["mse", "recon", "coverage", "log_evidence"] {
        let apart = &all["differences"][id];
        assert!((of(apart, "value") - (of(&all, id) - of(&ae, id))).abs() < 1e-9, "{id}: {apart}");
        assert!(apart["interval"][0].as_f64() <= apart["value"].as_f64(), "{id}: {apart}");
    }
    assert!(all["differences"].get("kl").is_none() && all["minus"]["model"] == "AE");
    let table = fs::read_to_string(&file).unwrap();
    assert!(table.starts_with("measure,unit,") && table.contains("\nmse,grey²,"), "{table}");
    let text = super::stdout(&both);
    let head = text.lines().next().unwrap();
    assert!(head.starts_with(&vae) && head.contains("VAE") && head.contains("β 1"), "{text}");
    assert!(text.contains("difference") && text.contains("nats per image"), "{text}");
}

#[test]
fn eval_all_has_the_share_of_each_class_among_samples_as_rows_and_as_a_figure() {
    let folder = TempDir::new().unwrap();
    let [svg, csv] = ["classes.svg", "measures.csv"].map(|name| folder.path().join(name).display().to_string());
    let arguments = ["eval", &run("ae"), "--all", "--classes", &svg, "--csv", &csv];
    let all = json(&arguments);
    assert_eq!([&all["n"]["sample_classes"], &all["n"]["sample_classes_fitted"]], [90, 90]);
    let classes = &all["classes"];
    let names = classes["names"].as_array().unwrap();
    for kind in ["samples", "samples_fitted"] {
        let shares: Vec<f64> =
            classes[kind].as_array().unwrap().iter().map(|share| share["share"].as_f64().unwrap()).collect();
        assert_eq!(shares.len(), names.len());
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{kind}: {shares:?}");
        assert!(classes[kind][0]["interval"][0].as_f64().unwrap() <= shares[0]);
    }
    let of_test: f64 = classes["test_images"].as_array().unwrap().iter().map(|share| share.as_f64().unwrap()).sum();
    assert!((of_test - 1.0).abs() < 1e-9);
    let table = fs::read_to_string(&csv).unwrap();
    let rows = |id: &str| table.lines().filter(|line| line.starts_with(id)).count();
    assert_eq!([rows("sample_classes."), rows("sample_classes_fitted.")], [names.len(); 2], "{table}");
    let written = fs::read_to_string(&svg).unwrap();
    let document = roxmltree::Document::parse(&written).unwrap();
    for text in ["Classes of samples", "test images", "samples", "samples, fitted"] {
        assert!(document.descendants().any(|node| node.text() == Some(text)), "{text}");
    }
    let text = super::stdout(&arguments);
    assert!(text.contains("share of class"), "{text}");
    assert_eq!(json(&["eval", &run("vae"), "--all"])["classes"]["samples_fitted"], Value::Null);
}

#[test]
fn what_is_printed_of_a_run_is_headed_by_the_run_its_beta_n_and_units() {
    let vae = run("vae");
    for (arguments, expected) in [
        (&["eval", &vae, "--all"][..], ["VAE, β 1, Bernoulli", "90 of 90 test images", "nats per image"]),
        (&["infer", &vae, "--gaps", "3"], ["VAE, β 1, Bernoulli", "n = 90 test images", "nats per image"]),
        (&["infer", &vae, "--image", "3", "--samples", "20"], ["VAE, β 1, Bernoulli", "test image 3 of 90", "(n = 1)"]),
    ] {
        let text = super::stdout(arguments);
        let head: String = text.lines().take(4).collect::<Vec<_>>().join("\n");
        assert!(head.starts_with(&vae), "{head}");
        assert!(expected.iter().all(|expected| text.contains(expected)), "{text}");
        assert!(expected[..2].iter().all(|expected| head.contains(expected)), "{head}");
        let value = json(arguments);
        assert_eq!([&value["run"]["beta"], &value["run"]["model"]], ["1", "VAE"]);
    }
    let units = json(&["eval", &vae, "--all"])["units"].clone();
    assert_eq!([&units["recon"], &units["coverage"]], ["nats per image", "share"]);
}

/// Trains a model on the small images for an epoch, and what `eval` prints of it.
fn evaluated(arguments: &[&str], all: bool) -> Value {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let (out, data) = (folder.path().join("run").display().to_string(), data.path().display().to_string());
    let rest = ["--data", &data, "--epochs", "1", "--batch", "16", "--out", &out];
    super::stdout(&[&["train"], arguments, &rest].concat());
    let eval: &[&str] = if all { &["eval", &out, "--all", "--images", "100"] } else { &["eval", &out] };
    json(eval)
}

#[test]
fn eval_has_what_a_model_has_and_null_for_the_rest() {
    let common = ["recon", "mse"];
    let of_a_gaussian = ["kl_mean", "kl_variance", "kl", "elbo"];
    let of_words = ["kl", "elbo", "quantisation", "perplexity", "codes_used"];
    let evidence = ["log_evidence"];
    let small = ["--hidden", "16,8"];
    let words = ["--model", "vqvae", "--codes", "6", "--latent", "4", "--tokens", "2"];
    for (arguments, has) in [
        ([&["--model", "ae", "--latent", "3"][..], &small].concat(), vec![]),
        ([&["--model", "vae", "--latent", "1"][..], &small].concat(), of_a_gaussian.to_vec()),
        ([&["--model", "vae", "--prior", "mixture", "--components", "3"][..], &small].concat(), vec!["kl", "elbo"]),
        (vec!["--model", "pca", "--latent", "3"], [&of_a_gaussian[..], &evidence].concat()),
        ([&words[..], &small].concat(), [&of_words[..], &evidence].concat()),
    ] {
        let value = evaluated(&arguments, false);
        let (found, missing): (Vec<_>, Vec<_>) = value.as_object().unwrap().iter().partition(|(_, v)| !v.is_null());
        let found: BTreeSet<&str> = found.into_iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(found, common.into_iter().chain(has).collect(), "{arguments:?}");
        assert_eq!(found.len() + missing.len(), 10, "{arguments:?}");
    }
}

#[test]
fn eval_all_of_words_has_them_and_their_evidence() {
    let words = ["--model", "vqvae", "--codes", "6", "--latent", "4", "--tokens", "2", "--hidden", "16,8"];
    let all = evaluated(&words, true);
    let has = |id: &str| all[id].is_f64();
    assert!(OF_WORDS.iter().all(|id| has(id)) && has("log_evidence") && has("precision"), "{all}");
    assert!(!has("sigma_mean") && !has("kl_aggregate") && !has("precision_fitted"), "{all}");
    assert!(all["perplexity"].as_f64().unwrap() <= 6.0 && all["codes_used"].as_f64().unwrap() <= 6.0);
    assert!(all["log_evidence"].as_f64() >= all["elbo"].as_f64());
}
