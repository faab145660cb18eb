//! What finds the same images again.

use latent_explorer::config::{Binarise, DataSource, Fit, Reading};
use serde_json::json;

#[test]
fn a_plain_string_of_an_older_file_is_a_source_read_as_usual() {
    let source: DataSource = serde_json::from_value(json!("/some/folder")).unwrap();
    assert_eq!(source, DataSource::from("/some/folder"));
    assert_eq!(serde_json::to_value(&source).unwrap(), json!("/some/folder"));
}

#[test]
fn a_reading_of_its_own_is_kept_with_the_path() {
    let reading =
        Reading { size: Some(32), grey: true, fit: Fit::Crop, test_share: 0.3, seed: 7, binarise: Binarise::Static };
    let source = DataSource { path: "/some/folder".to_owned(), reading };
    let text = serde_json::to_string(&source).unwrap();
    assert_eq!(serde_json::from_str::<DataSource>(&text).unwrap(), source);
}

#[test]
fn a_relative_path_is_kept_as_an_absolute_one_and_a_set_of_the_program_by_its_name() {
    let folder = DataSource::named("some/folder", Reading::default());
    assert_eq!(std::path::Path::new(&folder.path), std::env::current_dir().unwrap().join("some/folder"));
    assert_eq!(DataSource::named("mnist", Reading::default()).path, "mnist");
}

#[test]
fn a_title_has_the_last_part_of_the_path_and_what_is_unusual() {
    let reading = Reading { size: Some(32), grey: true, ..Reading::default() };
    let source = DataSource { path: "/some/faces".to_owned(), reading };
    assert_eq!(source.title(), "faces (32 px, grey)");
    assert_eq!(DataSource::from("mnist").title(), "MNIST");
}
