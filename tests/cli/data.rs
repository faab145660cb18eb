//! Own images, from the first look to a run that finds them again.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

use super::{failure, stdout, text};

/// Coloured images of 40 x 30 in two class folders, and a file that is none.
fn own_images() -> TempDir {
    let folder = TempDir::new().unwrap();
    for i in 0..40u8 {
        let class = folder.path().join(["blue", "red"][usize::from(i % 2)]);
        fs::create_dir_all(&class).unwrap();
        let colour = if i % 2 == 0 { [i, 0, 200] } else { [200, i, 0] };
        RgbImage::from_pixel(30, 40, Rgb(colour)).save(class.join(format!("{i}.png"))).unwrap();
    }
    fs::write(folder.path().join("red/broken.png"), "no image").unwrap();
    folder
}

fn survey(path: &Path, rest: &[&str]) -> Value {
    serde_json::from_str(&stdout(&[&["data", text(path), "--json"], rest].concat())).unwrap()
}

#[test]
fn a_survey_says_what_there_is_and_what_was_left_out() {
    let images = own_images();
    let said = stdout(&["data", text(images.path())]);
    for part in
        ["41 images found: 34 to learn from, 6 held out", "40 x 30 pixels", "2 classes: blue 20, red 20", "broken.png"]
    {
        assert!(said.contains(part), "{said}");
    }
    let contents = &survey(images.path(), &["--size", "16", "--test-share", "0.25"])["contents"];
    assert_eq!((&contents["test"], &contents["shape"]["rows"]), (&10.into(), &16.into()));
}

#[test]
fn a_survey_writes_a_sheet_of_the_images_as_they_will_be_learned() {
    let images = own_images();
    let sheet = images.path().join("sheet.png");
    survey(images.path(), &["--size", "16", "--sheet", text(&sheet)]);
    let sheet = image::open(&sheet).unwrap();
    // 34 images of 16 x 12, ten in a row.
    assert_eq!((sheet.width(), sheet.height()), (120, 64));
}

#[test]
fn a_run_finds_its_images_again_and_reads_them_as_it_did() {
    let images = own_images();
    let run = images.path().join("run");
    let arguments = ["train", "--model", "ae", "--hidden", "8", "--epochs", "1", "--size", "12", "--crop", "--grey"];
    stdout(&[&arguments[..], &["--data", text(images.path()), "--out", text(&run)]].concat());
    let said = stdout(&["eval", text(&run)]);
    assert!(said.contains("6 test images"), "{said}");
    let said = stdout(&["eval", text(&run), "--data", "shapes"]);
    assert!(said.contains("1000 test images of Shapes (12 px, grey, cropped)"), "{said}");
}

#[test]
fn sizes_and_shares_that_cannot_be_are_usage_errors() {
    for arguments in [["--size", "0"], ["--size", "1025"], ["--test-share", "1"], ["--test-share", "nan"]] {
        failure(&[&["data", "mnist"], &arguments[..]].concat(), 2);
    }
}

#[test]
fn data_that_cannot_be_read_are_one_sentence() {
    let folder = TempDir::new().unwrap();
    assert!(failure(&["data", text(folder.path())], 1).contains("no images"));
    let file = folder.path().join("a.npz");
    fs::write(&file, "no archive").unwrap();
    assert!(failure(&["data", text(&file)], 1).contains("a.npz"));
}
