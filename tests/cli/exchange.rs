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

#[test]
fn a_pair_of_onnx_files_is_a_run_of_every_command_but_those_that_train() {
    let folder = TempDir::new().unwrap();
    let [pair, imported, out] = ["pair", "imported", "out.png"].map(|name| folder.path().join(name));
    stdout(&["export", &run("vae"), "--onnx", "--out", text(&pair)]);
    let data = fs::read_to_string(format!("{}/run.json", run("vae"))).unwrap();
    let data: Value = serde_json::from_str(&data).unwrap();
    let data = data["data"].as_str().unwrap();
    let [encoder, decoder] = ["encoder.onnx", "decoder.onnx"].map(|name| pair.join(name));
    let files = ["--encoder", text(&encoder), "--decoder", text(&decoder), "--data", data];
    let said = json(&[&["import"][..], &files, &["--likelihood", "bernoulli", "--out", text(&imported)]].concat());
    assert!(said["notice"].as_str().unwrap().contains("explored as it is"), "{said}");
    let (ours, theirs) = (json(&["eval", &run("vae")]), json(&["eval", text(&imported)]));
    let elbo = |said: &Value| said["elbo"].as_f64().unwrap();
    assert!((elbo(&ours) - elbo(&theirs)).abs() < 1e-3, "{ours} {theirs}");
    // The folder of the pair stands for a run as well.
    assert_eq!(json(&["eval", text(&pair), "--data", data]), theirs);
    for run in [text(&pair), text(&imported)] {
        for arguments in [
            &["infer", run, "--image", "0", "--data", data][..],
            &["grid", run, "--cells", "3", "--out", text(&out)],
            &["strip", run, "--from", "-1,0", "--to", "1,0", "--out", text(&out)],
            &["eval", run, "--all", "--data", data],
        ] {
            stdout(arguments);
        }
    }
    let said = failure(&["export", text(&imported), "--numpy", "--out", text(&out)], 1);
    assert!(said.contains("another program"), "{said}");
    let said = failure(&["train", "--resume", text(&imported), "--epochs", "2"], 1);
    assert!(said.contains("it was imported"), "{said}");
}

#[test]
fn a_pair_that_is_none_is_refused_in_a_sentence() {
    let folder = TempDir::new().unwrap();
    let pair = folder.path().join("pair");
    stdout(&["export", &run("vae"), "--onnx", "--out", text(&pair)]);
    let [encoder, decoder] = ["encoder.onnx", "decoder.onnx"].map(|name| pair.join(name));
    let whole = fs::read(&decoder).unwrap();
    fs::write(&decoder, &whole[..whole.len() / 2]).unwrap();
    let said = failure(&["open", "--encoder", text(&encoder), "--decoder", text(&decoder)], 1);
    assert!(said.contains("decoder.onnx: not a whole ONNX file") && said.lines().count() == 1, "{said}");
    failure(&["open", "--encoder", text(&encoder)], 2);
}
