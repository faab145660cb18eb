//! The program as a person at a terminal meets it.

mod arguments;
mod data;
mod dimensions;
mod exchange;
mod infer;
mod measures;
mod models;
mod pictures;
mod reproduce;
mod sweep;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{SIDE, dataset_folder};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_latent-explorer"))
        .args(arguments)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .expect("the program runs")
}

fn stdout(arguments: &[&str]) -> String {
    let output = program(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The one sentence that a failing call prints.
fn failure(arguments: &[&str], code: i32) -> String {
    let output = program(arguments);
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    if code == 1 {
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    text
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A folder with `vae` and `ae`, both trained for two epochs on the data beside them.
fn trained() -> &'static Path {
    static FOLDER: OnceLock<(TempDir, TempDir)> = OnceLock::new();
    let (folder, _) = FOLDER.get_or_init(|| {
        let (folder, data) = (TempDir::new().expect("a folder"), dataset_folder());
        for model in ["vae", "ae"] {
            let out = folder.path().join(model);
            let data = text(data.path());
            stdout(&[
                "train",
                "--model",
                model,
                "--data",
                data,
                "--epochs",
                "2",
                "--batch",
                "16",
                "--hidden",
                "16,8",
                "--out",
                text(&out),
            ]);
        }
        (folder, data)
    });
    folder.path()
}

fn run(model: &str) -> String {
    trained().join(model).display().to_string()
}

#[test]
fn train_writes_the_model_its_settings_and_a_line_of_metrics_an_epoch() {
    let mut files: Vec<_> = fs::read_dir(run("vae")).unwrap().map(|e| e.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["metrics.jsonl", "model.safetensors", "run.json"]);
    let settings: Value = serde_json::from_slice(&fs::read(trained().join("vae/run.json")).unwrap()).unwrap();
    assert_eq!((settings["kind"].as_str(), settings["train"]["batch"].as_u64()), (Some("vae"), Some(16)));
    let metrics = fs::read_to_string(trained().join("vae/metrics.jsonl")).unwrap();
    let lines: Vec<Value> = metrics.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[1]["epoch"].as_u64(), lines[1]["step"].as_u64()), (Some(2), Some(38)));
    for part in ["train", "test"] {
        let of = |term: &str| lines[1][format!("{part}_{term}")].as_f64().unwrap();
        assert!((of("elbo") + of("recon") + of("kl_mean") + of("kl_variance")).abs() < 1e-6);
    }
    assert!(lines[1]["images_per_second"].as_f64().unwrap() > 0.0);
    assert!(lines[1]["test_recon"].as_f64() < lines[0]["test_recon"].as_f64());
}

#[test]
fn an_ae_has_no_kl_and_no_elbo() {
    let evaluation: Value = serde_json::from_str(&stdout(&["eval", &run("ae"), "--json"])).unwrap();
    assert!(evaluation["recon"].is_f64() && evaluation["mse"].is_f64());
    for term in ["kl_mean", "kl_variance", "elbo"] {
        assert!(evaluation[term].is_null(), "{term}");
    }
}

#[test]
fn eval_prints_one_object_that_repeats_the_last_epoch() {
    let evaluation: Value = serde_json::from_str(&stdout(&["eval", &run("vae"), "--json"])).unwrap();
    let metrics = fs::read_to_string(trained().join("vae/metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(metrics.lines().last().unwrap()).unwrap();
    let keys: Vec<&String> = evaluation.as_object().unwrap().keys().collect();
    let terms = ["codes_used", "elbo", "kl", "kl_mean", "kl_variance", "log_evidence", "mse", "perplexity"];
    assert_eq!(keys, [&terms[..], &["quantisation", "recon"]].concat());
    assert!((evaluation["elbo"].as_f64().unwrap() - last["test_elbo"].as_f64().unwrap()).abs() < 1e-4);
}

#[test]
fn strip_and_grid_write_pictures_of_the_size_they_say() {
    let folder = TempDir::new().unwrap();
    let (strip, grid) = (folder.path().join("strip.png"), folder.path().join("grid.png"));
    let arguments =
        ["strip", &run("vae"), "--from", "-1,0.5", "--to", "1,-1", "--steps", "7", "--slerp", "--scale", "3", "--json"];
    let said: Value = serde_json::from_str(&stdout(&[&arguments[..], &["--out", text(&strip)]].concat())).unwrap();
    assert_eq!(said["width"], 7 * SIDE * 3);
    assert_eq!(image::image_dimensions(&strip).unwrap(), ((7 * SIDE * 3) as u32, (SIDE * 3) as u32));
    stdout(&["grid", &run("ae"), "--extent", "2", "--cells", "5", "--out", text(&grid)]);
    assert_eq!(image::image_dimensions(&grid).unwrap(), ((5 * SIDE) as u32, (5 * SIDE) as u32));
}

#[test]
fn encode_writes_a_line_for_each_test_image() {
    let folder = TempDir::new().unwrap();
    let csv = folder.path().join("codes.csv");
    for (model, fields_with_values) in [("vae", 6), ("ae", 4)] {
        stdout(&["encode", &run(model), "--out", text(&csv)]);
        let text = fs::read_to_string(&csv).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "index,label,mu_0,mu_1,logvar_0,logvar_1");
        assert_eq!(lines.len(), 91);
        let fields: Vec<&str> = lines[90].split(',').collect();
        assert_eq!((fields.len(), fields[0], fields[1]), (6, "89", "2"));
        let values = fields.iter().filter(|field| field.parse::<f32>().is_ok_and(f32::is_finite)).count();
        assert_eq!(values, fields_with_values);
    }
}

#[test]
fn a_seed_gives_the_same_file() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let bytes = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        let data = text(data.path());
        let common = ["train", "--model", "vae", "--hidden", "8", "--epochs", "1", "--data", data];
        stdout(&[&common[..], &["--seed", seed, "--out", text(&out)]].concat());
        fs::read(out.join("model.safetensors")).unwrap()
    };
    assert!(bytes("a", "4") == bytes("b", "4"));
    assert!(bytes("c", "5") != bytes("d", "4"));
}

#[test]
fn without_a_display_the_window_says_so_and_names_the_commands() {
    for arguments in [vec![], vec!["open".to_owned(), run("vae")]] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let text = failure(&arguments, 1);
        for word in ["display", "train", "eval", "strip", "grid", "encode"] {
            assert!(text.contains(word), "{text}");
        }
    }
}

#[test]
fn a_device_that_is_not_there_is_refused_by_name() {
    for (device, built) in [("cuda", cfg!(feature = "cuda")), ("metal", cfg!(feature = "metal"))] {
        if !built {
            let text = failure(&["eval", &run("vae"), "--device", device], 1);
            assert!(text.contains(&format!("--features {device}")), "{text}");
        }
    }
}

#[test]
fn a_convolutional_run_is_saved_and_read_again() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let (out, data) = (folder.path().join("conv"), text(data.path()));
    let common = ["train", "--model", "vae", "--arch", "conv", "--batch", "16", "--epochs", "2"];
    stdout(&[&common[..], &["--data", data, "--out", text(&out)]].concat());
    let lines = fs::read_to_string(out.join("metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let eval: Value = serde_json::from_str(&stdout(&["eval", text(&out), "--json"])).unwrap();
    assert_eq!(eval["recon"], last["test_recon"]);
}

#[test]
fn what_is_not_a_run_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    assert!(failure(&["eval", text(folder.path())], 1).contains(text(folder.path())));
    fs::write(folder.path().join("model.safetensors"), b"not a model").unwrap();
    assert!(failure(&["eval", text(folder.path())], 1).contains("safetensors"));
    let whole = fs::read(trained().join("vae/model.safetensors")).unwrap();
    fs::write(folder.path().join("model.safetensors"), &whole[..whole.len() - 9]).unwrap();
    assert!(failure(&["encode", text(folder.path()), "--out", "x.csv"], 1).contains("cut short"));
}

#[test]
fn images_of_another_size_are_refused() {
    let text = failure(&["eval", &run("vae"), "--data", "mnist", "--size", "28"], 1);
    assert!(text.contains("8 x 8") && text.contains("28 x 28"), "{text}");
}

#[test]
fn an_output_that_cannot_be_written_leaves_no_part_of_it() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing/file");
    failure(&["encode", &run("vae"), "--out", text(&missing)], 1);
    failure(&["grid", &run("vae"), "--out", text(&missing.with_extension("png"))], 1);
    fs::write(folder.path().join("file"), b"in the way").unwrap();
    let below = folder.path().join("file/run");
    failure(&["train", "--model", "ae", "--out", text(&below)], 1);
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"in the way");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_run_that_diverges_says_at_which_step_and_keeps_what_was_there() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let common = ["train", "--model", "vae", "--hidden", "8", "--epochs", "1", "--data", text(data.path())];
    let out = ["--out", text(folder.path())];
    stdout(&[&common[..], &out].concat());
    let before = fs::read(folder.path().join("model.safetensors")).unwrap();
    let text = failure(&[&common[..], &out, &["--force", "--lr", "10", "--beta", "1e6"]].concat(), 1);
    assert!(text.contains("at step"), "{text}");
    assert_eq!(fs::read(folder.path().join("model.safetensors")).unwrap(), before);
}

#[test]
fn unknown_data_are_refused_with_the_choices() {
    let folder = TempDir::new().unwrap();
    let said = failure(&["train", "--model", "ae", "--data", "cifar", "--out", text(folder.path())], 1);
    assert!(said.contains("cifar") && said.contains("fashion-mnist"), "{said}");
}

#[test]
fn a_figure_of_two_runs_has_the_size_that_was_asked_for() {
    let folder = TempDir::new().unwrap();
    let (png, svg) = (folder.path().join("figure.png"), folder.path().join("figure.svg"));
    let common = ["figure", &run("ae"), &run("vae"), "--size", "800x500", "--show", "manifold,rings,posteriors,means"];
    stdout(&[&common[..], &["--out", text(&png)]].concat());
    assert_eq!(image::image_dimensions(&png).unwrap(), (800, 500));
    stdout(&[&common[..], &["--out", text(&svg)]].concat());
    let written = fs::read_to_string(&svg).unwrap();
    let document = roxmltree::Document::parse(&written).unwrap();
    assert_eq!(document.descendants().filter(|n| n.has_tag_name("image")).count(), 2, "a manifold in each plane");
    let outlines = document.descendants().filter(|n| n.has_tag_name("ellipse")).count();
    assert_eq!(
        outlines,
        2 * 6 + 4 * 3,
        "rings in both planes and one and two σ of three posteriors, each with its halo"
    );
    failure(&[&common[..3], &["--out", text(&folder.path().join("figure.docx"))]].concat(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    failure(&["figure", &run("ae"), "--size", "10x10", "--out", "x.png"], 2);
}

#[test]
fn a_figure_of_fields_and_of_losses_is_what_was_asked_for() {
    let folder = TempDir::new().unwrap();
    for (what, expected) in [
        (["--show", "difference,rings"], "q(z) − p(z)"),
        (["--show", "class"], "decoded class"),
        (["--losses", "elbo"], "−ELBO, nats per image"),
    ] {
        let svg = folder.path().join("figure.svg");
        stdout(&[&["figure", &run("vae"), "--out", text(&svg)][..], &what].concat());
        let written = fs::read_to_string(&svg).unwrap();
        let document = roxmltree::Document::parse(&written).unwrap();
        assert!(document.descendants().any(|n| n.text() == Some(expected)), "{expected}");
    }
    failure(&["figure", &run("ae"), "--losses", "kl", "--show", "means", "--out", "x.png"], 2);
}

#[test]
fn an_output_of_an_unknown_kind_is_refused_before_anything_is_read() {
    for (code, arguments) in [
        (2, &["strip", "no run", "--from", "0,0", "--to", "1,1", "--out", "f.jpg"][..]),
        (2, &["grid", "no run", "--out", "f.svg"]),
        (1, &["figure", "no run", "--out", "f.docx"]),
        (2, &["infer", "no run", "--image", "0", "--out", "f.gif"]),
    ] {
        let text = failure(arguments, code);
        assert!(text.contains("name a file .") && !text.contains("no run"), "{text}");
    }
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(&[arguments, &["--json"]].concat())).expect("JSON")
}

#[test]
fn infer_says_of_an_image_what_its_parts_add_up_to() {
    let result = json(&["infer", &run("vae"), "--image", "3", "--samples", "100", "--repetitions", "4"]);
    let number =
        |path: &str| result.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path}: {result}"));
    let gap = number("/log_evidence") - number("/elbo");
    assert!((gap - number("/gap/approximation") - number("/gap/amortisation")).abs() < 1e-3);
    assert_eq!(number("/gap/objective"), 0.0, "β is 1");
    assert!((number("/check/mass") - 1.0).abs() < 1e-2 && number("/check/identity").abs() < 1e-2);
    assert!(result["converged"].as_bool().unwrap());
    assert_eq!(result["estimates"]["importance"].as_array().unwrap().len(), 7, "K = 1, 2, 5, … 100");
    assert!(number("/gradients/score_variance/0") > number("/gradients/reparameterised_variance/0"));
}

#[test]
fn infer_averages_over_all_images_and_an_ae_has_no_gap() {
    let vae = json(&["infer", &run("vae"), "--gaps", "5"]);
    assert!(vae["log_evidence"].as_f64().unwrap() > vae["elbo"].as_f64().unwrap());
    assert_eq!(vae["gap"]["images"], 5);
    let ae = json(&["infer", &run("ae")]);
    assert!(ae["log_evidence"].is_number() && ae["elbo"].is_null() && ae["gap"].is_null());
}

#[test]
fn infer_refuses_an_image_that_is_not_there_and_draws_its_estimates() {
    let folder = TempDir::new().unwrap();
    let said = failure(&["infer", &run("vae"), "--image", "100000"], 1);
    assert!(said.contains("counted from 0"), "{said}");
    let svg = folder.path().join("estimates.svg");
    stdout(&["infer", &run("vae"), "--image", "0", "--samples", "50", "--out", text(&svg)]);
    let written = fs::read_to_string(&svg).unwrap();
    let document = roxmltree::Document::parse(&written).unwrap();
    for name in ["quadrature", "naive, from the prior", "importance sampling from q(z|x)"] {
        assert!(document.descendants().any(|n| n.text() == Some(name)), "{name}");
    }
}
