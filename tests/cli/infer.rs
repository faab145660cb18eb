//! `infer` of every model: what it has, null for what it has not, and a sentence about why.

use latent_explorer::catalogue;
use serde_json::Value;
use tempfile::TempDir;

use super::{json, stdout, text};
use crate::support::dataset_folder;

/// What `infer` says of image 2 and of all images of a run trained with these options, and its text of both.
fn said_of(options: &[&str]) -> ([Value; 2], String) {
    let (folder, data) = (TempDir::new().unwrap(), dataset_folder());
    let run = folder.path().join("run");
    let common = ["--data", text(data.path()), "--epochs", "1", "--batch", "32", "--out", text(&run)];
    stdout(&[&["train"], options, &common].concat());
    let of_image = ["infer", text(&run), "--image", "2", "--samples", "20", "--repetitions", "2"];
    let of_all = ["infer", text(&run), "--gaps", "4"];
    ([json(&of_image), json(&of_all)], [&of_image[..], &of_all].map(stdout).concat())
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path}: {value}"))
}

#[test]
fn under_another_prior_evidence_posterior_and_elbo_hold_together() {
    for prior in ["mixture", "vamp"] {
        let options = ["--model", "vae", "--hidden", "16,8", "--prior", prior, "--components", "4"];
        let ([image, all], text) = said_of(&options);
        assert!((number(&image, "/check/mass") - 1.0).abs() < 1e-2, "{image}");
        assert!(number(&image, "/check/identity").abs() < 1e-2, "{image}");
        assert!(image["words"].is_null() && image["annealed"].is_null(), "{image}");
        assert!(number(&all, "/log_evidence") > number(&all, "/elbo") - 0.1, "{all}");
        assert!(!text.contains("null"), "{text}");
    }
}

#[test]
fn principal_components_have_no_gap_in_any_number_of_dimensions() {
    for latent in ["2", "4"] {
        let ([image, all], text) = said_of(&["--model", "pca", "--latent", latent]);
        assert!(number(&image, "/gap/whole").abs() < 0.1, "{image}");
        assert_eq!(all["converged"], 90, "{all}");
        assert!((number(&all, "/log_evidence") - number(&all, "/elbo")).abs() < 1.0, "{all}");
        assert!(latent == "2" || text.contains("closed form"), "{text}");
    }
}

#[test]
fn a_list_of_words_is_added_up() {
    let ([image, all], text) = said_of(&["--model", "vqvae", "--hidden", "16,8", "--codes", "8"]);
    let gap = number(&image, "/log_evidence") - number(&image, "/elbo");
    assert!((gap - number(&image, "/gap/whole")).abs() < 1e-9 && gap >= 0.0, "{image}");
    assert_eq!(image["words"]["codes"], 8);
    assert!(image["words"]["posterior"].as_array().unwrap().len() == 8 && image["posterior"].is_null(), "{image}");
    assert!(number(&all, "/words/learned_prior/log_evidence") > number(&all, "/log_evidence") - 0.5, "{all}");
    let elbo = number(&all, "/log_evidence") - number(&all, "/gap/whole");
    assert!((elbo - number(&all, "/elbo")).abs() < 1e-2, "{all}");
    assert!(text.contains("the sum over all words") && text.contains("posterior, word "), "{text}");
}

#[test]
fn too_many_combinations_of_words_are_said_to_be() {
    let options = ["--model", "vqvae", "--hidden", "16,8", "--codes", "65", "--tokens", "2", "--latent", "4"];
    let ([image, all], text) = said_of(&options);
    assert!(image["log_evidence"].is_null() && all["log_evidence"].is_null() && all["elbo"].is_number(), "{all}");
    assert!(text.contains("4,096"), "{text}");
}

#[test]
fn beyond_two_dimensions_log_p_is_sampled_and_an_ae_has_none() {
    let ([image, all], text) = said_of(&["--model", "vae", "--hidden", "16,8", "--latent", "4"]);
    let [importance, annealed] = ["/importance", "/annealed"].map(|way| number(&image, &format!("{way}/log_evidence")));
    assert!((importance - annealed).abs() < 0.5, "{image}");
    for about in catalogue::INFERENCE.iter().filter(|about| about.id.starts_with("importance.")) {
        assert!(number(&image, &format!("/{}", about.id.replace('.', "/"))).is_finite(), "{image}");
    }
    assert!(image["importance"]["reliable"].is_boolean() && image["posterior"].is_null(), "{image}");
    assert!(number(&all, "/log_evidence").is_finite() && all["sampled_images"] == 4, "{all}");
    assert!(text.contains("importance sampling"), "{text}");
    let ([image, all], text) = said_of(&["--model", "ae", "--hidden", "16,8", "--latent", "4"]);
    assert!(image["log_evidence"].is_null() && image["gap"].is_null() && all["elbo"].is_null(), "{image} {all}");
    assert!(text.contains("no Gaussian to draw samples from"), "{text}");
}

#[test]
fn a_gap_of_a_few_images_has_its_standard_error_in_any_number_of_dimensions() {
    for options in [
        &["--model", "vae", "--hidden", "16,8", "--latent", "3"][..],
        &["--model", "vae", "--hidden", "16,8"],
        &["--model", "pca", "--latent", "3"],
        &["--model", "vqvae", "--hidden", "16,8", "--codes", "8"],
    ] {
        let ([_, all], text) = said_of(options);
        let (images, error) = (number(&all, "/gap/images"), number(&all, "/gap/standard_error"));
        assert!(images == 4.0 || images == 90.0, "{all}");
        assert!(error > 0.0 && error < 10.0, "{options:?}: {all}");
        assert!(text.contains("gap.standard_error"), "{text}");
    }
}
