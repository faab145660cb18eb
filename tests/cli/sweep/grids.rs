//! What a sweep varies, and its means over seeds.

use std::collections::BTreeMap;
use std::fs;

use latent_explorer::config::{Arch, Beta, ModelKind, PriorKind};
use latent_explorer::train::{RunFolder, RunSettings};

use super::*;
use crate::cli::program;

/// Sweeps into `out` as it is told.
fn swept(data: &Path, out: &Path, more: &[&str]) -> serde_json::Value {
    let common = ["sweep", "--epochs", "1", "--data", text(data), "--out", text(out)];
    json(&[&common[..], more].concat())
}

/// The settings of each run of a folder, by the name of its own folder.
fn settings(out: &Path) -> BTreeMap<String, RunSettings> {
    let runs = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    runs.map(|run| {
        let record = RunFolder::new(&run).read().unwrap().1.unwrap();
        (run.file_name().unwrap().to_str().unwrap().to_owned(), record.started.settings)
    })
    .collect()
}

/// The columns of a table by their names.
fn columns(file: &Path) -> BTreeMap<String, Vec<String>> {
    let written = fs::read_to_string(file).unwrap();
    let mut lines = written.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let lines: Vec<Vec<String>> = lines.collect();
    assert!(lines.iter().all(|line| line.len() == head.len()), "{written}");
    head.into_iter().enumerate().map(|(i, name)| (name, lines.iter().map(|line| line[i].clone()).collect())).collect()
}

fn numbers(column: &[String]) -> Vec<f64> {
    column.iter().map(|value| value.parse().unwrap()).collect()
}

#[test]
fn means_over_seeds_have_students_intervals_and_each_run_has_its_line() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let out = folder.path();
    let result =
        swept(data.path(), out, &["--hidden", "16,8", "--beta", "0.5,8", "--seeds", "3", "--plot", "elbo,gap"]);
    assert_eq!(result["runs"], 6);
    let (cells, runs) = (columns(&out.join("sweep.csv")), columns(&out.join("runs.csv")));
    assert_eq!(cells["beta"], ["0.5", "8"]);
    assert_eq!(runs["beta"], ["0.5", "0.5", "0.5", "8", "8", "8"]);
    assert_eq!(runs["seed"], ["0", "1", "2", "0", "1", "2"]);
    for id in ["recon", "kl", "coverage", "gap", "approximation_gap"] {
        let of_runs = numbers(&runs[id]);
        for (i, values) in of_runs.chunks(3).enumerate() {
            let mean = values.iter().sum::<f64>() / 3.0;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 2.0;
            // The 97.5 % quantile of Student's t of two degrees of freedom.
            let half = 4.302_652_729_749_464 * (variance / 3.0).sqrt();
            for (name, expected) in [("", mean), ("_low", mean - half), ("_high", mean + half), ("_n", 3.0)] {
                let found = numbers(&cells[&format!("{id}{name}")])[i];
                assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{id}{name}: {found}, {expected}");
            }
        }
    }
    for file in ["rate.svg", "frontier.svg", "elbo.svg", "gap.svg"] {
        let written = fs::read_to_string(out.join(file)).unwrap();
        let document = roxmltree::Document::parse(&written).unwrap();
        let texts = document.descendants().filter_map(|node| node.text());
        assert!(texts.into_iter().any(|text| text.contains("3 seeds") && text.contains("Student's t")), "{file}");
    }
    assert!(!runs.contains_key("precision_noise"), "controls are of no run");
}

#[test]
fn any_setting_varies_alone_or_in_a_grid() {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let of = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        swept(data.path(), &out, more);
        (settings(&out), columns(&out.join("sweep.csv")))
    };
    let small = ["--hidden", "8"];
    let (runs, table) = of(
        "halves",
        &[&["--vary", "beta-mean=0.5,2", "--vary", "beta-variance=1", "--vary", "latent=1,3"], &small[..]].concat(),
    );
    assert_eq!(runs.len(), 4);
    assert_eq!(runs["beta-mean-2-variance-1-seed-0-latent-3"].train.beta, Beta { mean: 2.0, variance: 1.0 });
    assert_eq!(table["latent"], ["1", "3", "1", "3"]);
    let (runs, _) = of("hidden", &["--vary", "hidden=16x8,4,none"]);
    assert_eq!(runs["beta-1-seed-0-hidden-16x8"].model.arch, Arch::Mlp(vec![16, 8]));
    assert_eq!(runs["beta-1-seed-0-hidden-none"].model.arch, Arch::Mlp(Vec::new()));
    let (runs, _) = of("prior", &[&["--vary", "prior=normal,mixture,vamp"], &small[..]].concat());
    let priors: Vec<PriorKind> = runs.values().map(|settings| settings.model.prior).collect();
    let mixture = PriorKind::Mixture { components: 10 };
    assert_eq!(priors, [PriorKind::Normal, mixture, PriorKind::Vamp { components: 100 }]);
    let (runs, table) =
        of("c", &[&["--likelihood", "gaussian", "--vary", "c=0.02,learned", "--beta", "2"], &small[..]].concat());
    assert_eq!(runs.keys().collect::<Vec<_>>(), ["beta-2-seed-0-c-0.02", "beta-2-seed-0-c-learned"]);
    assert_eq!(table["c"], ["0.02", "learned"]);
    let words = ["--model", "vqvae", "--vary", "codes=4,8", "--plot", "perplexity"];
    let (runs, table) = of("words", &[&words, &small[..]].concat());
    let words: Vec<usize> = runs.values().map(|settings| settings.model.codebook.words).collect();
    assert_eq!(words, [4, 8]);
    assert!(table.contains_key("perplexity") && !table.contains_key("kl_mean"));
    assert!(folder.path().join("words/perplexity.svg").exists() && !folder.path().join("words/frontier.svg").exists());
    let (runs, _) = of("components", &[&["--prior", "mixture", "--vary", "components=2,3"], &small[..]].concat());
    assert!(runs.keys().eq(["beta-1-seed-0-mixture-2", "beta-1-seed-0-mixture-3"]));
    let (runs, table) = of("ae", &[&["--model", "ae", "--vary", "latent=2,3"], &small[..]].concat());
    assert!(runs.values().all(|settings| settings.model.kind == ModelKind::Ae));
    assert!(table.contains_key("coverage_fitted"), "an AE's own measures are there");
}

#[test]
fn values_that_make_no_sense_are_refused_before_anything_is_read() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("never");
    for (arguments, said) in [
        (&["--vary", "colour=red"][..], "`colour` cannot vary"),
        (&["--vary", "latent"], "give a setting and its values"),
        (&["--vary", "latent=2,0"], "latent `0`: give a number from 1 to 64"),
        (&["--vary", "hidden=16x,8"], "hidden `16x`"),
        (&["--vary", "prior=flat"], "prior `flat`: give one of normal, mixture, vamp"),
        (&["--beta", "1,-1"], "beta `-1`"),
        (&["--beta", "1", "--vary", "beta=2"], "beta varies twice"),
        (&["--vary", "c=0.1"], "c 0.1: --c is for --likelihood gaussian"),
        (&["--beta", "1,1.0"], "beta 1.0: the grid has these settings twice"),
        (&["--model", "ae", "--beta", "1"], "--beta weights the KL term"),
        (&["--prior", "vamp", "--vary", "beta-mean=1,2"], "only the KL from N(0, I) has halves"),
        (
            &["--vary", "batch=1,2,3,4,5,6,7,8,9,10,11,12", "--beta", "1,2,3,4,5,6,7,8,9", "--seeds", "100"],
            "a grid of 10800 runs",
        ),
        (&["--plot", "beauty"], "it is no measure"),
        (&["--plan", "--collect"], "cannot be used with"),
    ] {
        let more = ["--data", "no images", "--out", text(&out)];
        let output = program(&[&["sweep"], arguments, &more].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
    assert!(!out.exists());
}
