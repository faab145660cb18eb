//! `reproduce`, each result on a few small images.

use serde_json::Value;
use tempfile::TempDir;

use super::{stdout, text};
use crate::support::dataset_folder;

/// The numbers of a result, whose figure is there.
fn reproduced(name: &str, epochs: &str) -> Value {
    let (data, out) = (dataset_folder(), TempDir::new().unwrap());
    let said = stdout(&[
        "reproduce",
        name,
        "--data",
        text(data.path()),
        "--out",
        text(out.path()),
        "--epochs",
        epochs,
        "--images",
        "6",
        "--seed",
        "3",
        "--json",
    ]);
    let [svg, png] = ["svg", "png"].map(|ending| out.path().join(format!("{name}.{ending}")));
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg"));
    assert!(image::open(png).is_ok());
    let written: Value =
        serde_json::from_slice(&std::fs::read(out.path().join(format!("{name}.json"))).unwrap()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(&said).unwrap());
    assert_eq!((&written["seed"], &written["name"]), (&3.into(), &name.into()));
    written["points"].clone()
}

fn numbers(points: &Value, field: &str) -> Vec<f64> {
    points.as_array().unwrap().iter().map(|point| point[field].as_f64().unwrap()).collect()
}

#[test]
fn the_bound_of_burda_rises_with_k_towards_the_evidence() {
    let points = reproduced("burda-2016", "2");
    let (bounds, exact) = (numbers(&points["bounds"], "bound"), points["log_evidence"].as_f64().unwrap());
    assert!(bounds[0] < bounds[bounds.len() - 1] && (bounds[bounds.len() - 1] - exact).abs() < 0.1, "{points}");
}

#[test]
fn the_linear_vae_of_lucas_is_no_likelier_than_probabilistic_pca() {
    let points = reproduced("lucas-2019", "40");
    // Of held-out images that holds but for what the two have learned of them.
    for (elbo, exact) in numbers(&points, "elbo").into_iter().zip(numbers(&points, "log_likelihood")) {
        assert!(elbo < exact + 0.5, "{points}");
    }
}

#[test]
fn rate_and_distortion_of_alemi_are_there_for_each_beta() {
    let points = reproduced("alemi-2018", "2");
    assert_eq!(numbers(&points, "beta").len(), 7);
    assert!(numbers(&points, "rate")[0] > numbers(&points, "rate")[6]);
}

#[test]
fn gaps_of_cremer_are_of_all_images_and_networks() {
    let points = reproduced("cremer-2018", "1");
    assert_eq!(numbers(&points, "n"), [6.0; 4]);
    assert!(numbers(&points, "amortisation_gap").iter().all(|&gap| gap > -1e-3));
}

#[test]
fn the_parts_of_hoffman_are_those_of_each_epoch() {
    assert_eq!(numbers(&reproduced("hoffman-2016", "3"), "epoch"), [1.0, 2.0, 3.0]);
}

#[test]
fn words_of_oord_are_used_no_more_than_there_are() {
    let points = reproduced("oord-2017", "1");
    let (words, used) = (numbers(&points, "words"), numbers(&points, "codes_used"));
    assert!(words.iter().zip(&used).all(|(words, used)| used <= words), "{points}");
}

#[test]
fn priors_of_tomczak_each_have_an_evidence_above_their_elbo() {
    let points = reproduced("tomczak-2018", "2");
    assert_eq!(numbers(&points, "log_evidence").len(), 3);
}

#[test]
fn the_manifold_of_kingma_is_a_picture() {
    assert_eq!(reproduced("kingma-2014-fig4", "1")["across"], 20);
}
