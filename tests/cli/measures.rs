//! What the commands print and write of terms and measures.

use std::collections::BTreeSet;
use std::fs;

use latent_explorer::catalogue;
use serde_json::Value;
use tempfile::TempDir;

use super::{json, run, trained};
use crate::support::dataset_folder;

/// Keys of JSON lines and columns of tables that are no terms or measures.
const OTHERS: [&str; 6] = ["epoch", "step", "images_per_second", "intervals", "beta", "seed"];

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
    names.extend(table.lines().next().unwrap().split(',').map(str::to_owned));
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
        assert_eq!(value.is_null(), about.id.ends_with("_fitted") || OF_WORDS.contains(&about.id), "{}", about.id);
    }
    let recon = |value: &Value| value["recon"].as_f64().unwrap();
    assert!((recon(&plain) - recon(&all)).abs() < 1e-4);
    let interval = &all["intervals"]["recon"];
    assert!(interval[0].as_f64().unwrap() < recon(&all) && recon(&all) < interval[1].as_f64().unwrap());
    let kl = all["kl_mean"].as_f64().unwrap() + all["kl_variance"].as_f64().unwrap();
    let surgery = all["mutual_information"].as_f64().unwrap() + all["kl_aggregate"].as_f64().unwrap();
    assert!((kl - surgery).abs() < 1e-3, "{kl} and {surgery}");
}
