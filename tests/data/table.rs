//! Tables, a row an image.

use std::fs;

use latent_explorer::config::ImageShape;
use latent_explorer::data::{DataError, Loaded};
use tempfile::TempDir;

use super::load;

fn table(text: &str) -> Result<Loaded, DataError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("train.csv");
    fs::write(&path, text).unwrap();
    load(&path)
}

fn error(text: &str) -> String {
    table(text).unwrap_err().to_string()
}

/// The images, sorted.
fn images(loaded: &Loaded) -> Vec<Vec<u8>> {
    let splits = [&loaded.dataset.train, &loaded.dataset.test].into_iter();
    let mut all: Vec<Vec<u8>> = splits.flat_map(|split| (0..split.len()).map(|i| split.image(i).to_vec())).collect();
    all.sort_unstable();
    all
}

#[test]
fn a_label_comes_first_with_a_heading_or_without() {
    let rows = "5,0,1,2,3\n7,4,5,6,255\n";
    for text in [rows.to_owned(), format!("label,pixel0,pixel1,pixel2,pixel3\n{rows}")] {
        let loaded = table(&text).unwrap();
        assert_eq!(images(&loaded), [[0, 1, 2, 3], [4, 5, 6, 255]]);
        assert_eq!(loaded.dataset.class_names, ["5", "7"]);
        assert!(loaded.contents.notes[0].contains("Column 1"), "{:?}", loaded.contents.notes);
    }
}

#[test]
fn a_label_may_stand_elsewhere_under_its_heading_and_be_a_word() {
    let loaded = table("a,b,c,d,Class\n0,1,2,3,dog\n4,5,6,255,cat\n").unwrap();
    assert_eq!(images(&loaded), [[0, 1, 2, 3], [4, 5, 6, 255]]);
    assert_eq!(loaded.dataset.class_names, ["cat", "dog"]);
}

#[test]
fn rows_of_a_square_have_no_label() {
    let loaded = table("0,1,2,3\n4,5,6,255\n").unwrap();
    assert!(loaded.dataset.class_names.is_empty());
    assert_eq!(images(&loaded), [[0, 1, 2, 3], [4, 5, 6, 255]]);
}

#[test]
fn three_squares_are_colours_side_by_side() {
    let row = |from: u8| (from..from + 12).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    let loaded = table(&format!("1,{}\n2,{}\n", row(0), row(200))).unwrap();
    assert_eq!(loaded.contents.shape, ImageShape::rgb(2, 2));
    assert_eq!(images(&loaded)[0], (0..12).collect::<Vec<u8>>());
}

#[test]
fn rows_that_are_no_square_are_refused() {
    let text = error("1,2,3,4,5,6,7\n1,2,3,4,5,6,7\n");
    assert!(text.contains("7 columns"), "{text}");
}

#[test]
fn a_cell_that_is_no_number_is_named_by_line_and_column() {
    for cell in ["x", "nan", ""] {
        let text = error(&format!("1,2,3,4\n5,6,{cell},8\n"));
        assert!(text.contains("line 2, column 3"), "{text}");
    }
}

#[test]
fn a_row_of_another_length_is_named() {
    let text = error("1,2,3,4\n5,6,7\n");
    assert!(text.contains("line 2: 3 columns"), "{text}");
}

#[test]
fn an_empty_table_is_refused() {
    assert!(error("").contains("0 columns"));
    assert!(matches!(table("label,a,b,c,d\n"), Err(DataError::Empty { count: 0, .. })));
}
