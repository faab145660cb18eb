//! The words of terms and measures: one entry each, the same in the program and in the README.

use std::collections::BTreeSet;

use latent_explorer::catalogue::{self, About};
use latent_explorer::figure::Quantity;
use latent_explorer::model::{Kl, TERMS, Terms};

const README: &str = include_str!("../README.md");

/// The rows of the README's table under this header.
fn readme_rows(header: &str) -> Vec<&'static str> {
    let (_, below) = README.split_once(header).expect("the header of the table");
    below.lines().skip(2).take_while(|line| line.starts_with('|')).collect()
}

/// An entry as a row of the README's tables.
fn row(about: &About) -> String {
    let or_dash = |text: &str| if text.is_empty() { "–".to_owned() } else { text.replace('|', "\\|") };
    let cells =
        [about.id, about.formula.unwrap_or_default(), about.definition, about.source.unwrap_or_default(), about.unit];
    format!("| {} | {} |", cells.map(or_dash).join(" | "), about.better)
}

#[test]
fn the_readme_has_every_entry_row_by_row_and_no_other() {
    for (header, entries) in [
        ("| measure | formula | what it is | source | unit | better |", catalogue::measures().collect::<Vec<_>>()),
        ("| of one image | formula | what it is | source | unit | better |", catalogue::INFERENCE.iter().collect()),
    ] {
        let expected: Vec<String> = entries.into_iter().map(row).collect();
        assert!(readme_rows(header) == expected, "the table should be:\n{}\n", expected.join("\n"));
    }
}

#[test]
fn an_id_is_given_once() {
    let ids: BTreeSet<&str> = catalogue::all().map(|about| about.id).collect();
    assert_eq!(ids.len(), catalogue::all().count());
    assert!(catalogue::all().all(|about| std::ptr::eq(catalogue::about(about.id).unwrap(), about)));
    assert!(catalogue::about("no such measure").is_none());
}

#[test]
fn a_tooltip_says_formula_definition_unit_which_way_is_better_and_source() {
    assert_eq!(
        catalogue::KL_MEAN.tooltip(),
        "½ Σ μ²\nThe part of the kl that the posteriors' means pay (global). It pulls them to 0.\nUnit: nats per image. \
         Neither way is better by itself.\nSource: Kingma and Welling 2014, appendix B"
    );
}

#[test]
fn every_term_of_the_catalogue_is_read_off_a_measurement() {
    let terms = Terms { recon: 100.0, kl: Some(Kl::Halves { mean: 3.0, variance: 4.0 }), quantisation: Some(0.5) };
    let read: Vec<(&str, Option<f64>)> = TERMS.iter().map(|term| (term.about.id, (term.read)(&terms))).collect();
    let expected = [100.0, 3.0, 4.0, 7.0, 0.5, -107.0, 107.0].map(Some);
    let ids = catalogue::TERMS.into_iter().chain([&catalogue::NEGATIVE_ELBO]).map(|about| about.id);
    assert_eq!(read, ids.zip(expected).collect::<Vec<_>>());
}

#[test]
fn what_a_model_has_no_term_for_is_none() {
    let of_an_ae = Terms { recon: 100.0, kl: None, quantisation: None };
    let read: Vec<&str> = TERMS.iter().filter(|t| (t.read)(&of_an_ae).is_some()).map(|t| t.about.id).collect();
    assert_eq!(read, ["recon"]);
}

#[test]
fn every_curve_of_the_losses_is_a_term() {
    let terms = Terms { recon: 100.0, kl: Some(Kl::Halves { mean: 3.0, variance: 4.0 }), quantisation: None };
    assert!(Quantity::ALL.into_iter().all(|quantity| quantity.of(&terms).is_some()));
}
