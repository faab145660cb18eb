//! Models out of the program and into it, from the command line.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::{failure, program, run, stdout, text};

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(&[arguments, &["--json"]].concat())).unwrap()
}

#[test]
fn a_run_that_is_exported_and_imported_has_the_same_elbo() {
    let folder = TempDir::new().unwrap();
    let [torch, again] = ["torch", "again"].map(|name| folder.path().join(name));
    let written = json(&["export", &run("vae"), "--pytorch", "--out", text(&torch)]);
    assert_eq!(written["files"].as_array().unwrap().len(), 2);
    let file = torch.join("model.safetensors");
    let before = json(&["eval", &run("vae")]);
    let data = fs::read_to_string(format!("{}/run.json", run("vae"))).unwrap();
    let data: Value = serde_json::from_str(&data).unwrap();
    let data = data["data"].as_str().unwrap();
    // As a file, and as the run that it becomes.
    assert_eq!(json(&["eval", text(&file), "--data", data]), before);
    let said = json(&["import", text(&file), "--data", data, "--out", text(&again)]);
    assert!(said["notice"].as_str().unwrap().contains("ReLU"), "{said}");
    assert_eq!(json(&["eval", text(&again)]), before);
    let said = program(&["eval", text(&file), "--data", data]);
    assert!(String::from_utf8(said.stderr).unwrap().contains("assumed"));
}

#[test]
fn export_and_import_replace_nothing() {
    let folder = TempDir::new().unwrap();
    let out = text(folder.path());
    fs::write(folder.path().join("model.py"), "mine").unwrap();
    let said = failure(&["export", &run("ae"), "--numpy", "--out", out], 1);
    assert!(said.contains("model.py is there already"), "{said}");
    assert!(!folder.path().join("weights.npz").exists());
    stdout(&["export", &run("ae"), "--onnx", "--out", out]);
    fs::write(folder.path().join("model.safetensors"), "mine").unwrap();
    let said = failure(&["import", "no such.pt", "--out", out], 1);
    assert!(said.contains("model.safetensors is there already"), "{said}");
}

#[test]
fn export_needs_to_know_what_is_to_run_the_model() {
    failure(&["export", "no run", "--out", "no folder"], 2);
    failure(&["export", "no run", "--onnx", "--numpy", "--out", "no folder"], 2);
}

#[test]
fn a_file_of_another_program_that_is_no_model_is_refused_in_a_sentence() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("theirs.pt");
    fs::write(&path, b"PK and no more").unwrap();
    for arguments in [&["open", text(&path)][..], &["eval", text(&path)], &["import", text(&path), "--out", "none"]] {
        let said = failure(arguments, 1);
        assert!(said.contains("theirs.pt") && said.contains("torch.save"), "{said}");
    }
    failure(&["import", text(&path), "--size-of", "0x3", "--out", "none"], 2);
    failure(&["import", text(&path), "--size-of", "28", "--out", "none"], 2);
    failure(&["import", text(&path), "--likelihood", "bernoulli", "--c", "0.1", "--out", "none"], 1);
}
