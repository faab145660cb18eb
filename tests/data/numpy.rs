//! Arrays of NumPy: those that NumPy itself wrote (tests/data/arrays/make.py), and damaged ones.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use latent_explorer::config::{ImageShape, Reading};
use latent_explorer::data::{DataError, Divided, Loaded};
use tempfile::TempDir;

use super::{load, load_as};

/// An array that NumPy wrote.
fn array(name: &str) -> Loaded {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/arrays").join(name)).unwrap()
}

/// The six images of 3 x 4 that most of those hold.
fn expected() -> Vec<u8> {
    (0..72).collect()
}

/// All images in the order of the file.
fn all(loaded: &Loaded) -> Vec<u8> {
    let mut images: Vec<&[u8]> = [&loaded.dataset.train, &loaded.dataset.test]
        .into_iter()
        .flat_map(|split| (0..split.len()).map(|i| split.image(i)))
        .collect();
    images.sort_unstable();
    images.concat()
}

/// A .npy of this header and these bytes.
fn npy(descr: &str, fortran: bool, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({shape}), }}\n");
    let start = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    [start, bytes.to_vec()].concat()
}

fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("images.npy");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn loaded(bytes: &[u8]) -> Result<Loaded, DataError> {
    let (_folder, path) = written(bytes);
    load(&path)
}

fn error(bytes: &[u8]) -> String {
    loaded(bytes).unwrap_err().to_string()
}

/// An .npz of these arrays.
fn npz(arrays: &[(&str, Vec<u8>)]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("set.npz");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, bytes) in arrays {
        archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
    (folder, path)
}

#[test]
fn the_parts_of_keras_are_the_splits() {
    let loaded = array("keras.npz");
    assert_eq!(loaded.contents.divided, Divided::Given);
    assert_eq!([loaded.dataset.train.images, loaded.dataset.test.images].concat(), expected());
    assert_eq!((loaded.dataset.train.labels, loaded.dataset.test.labels), (vec![1, 0, 1, 0], vec![0, 1]));
    assert_eq!(loaded.dataset.class_names, ["1", "3"]);
}

#[test]
fn compressed_images_and_labels_of_a_column_are_read() {
    let loaded = array("images.npz");
    assert_eq!((loaded.contents.shape, all(&loaded)), (ImageShape::grey(3, 4), expected()));
    assert_eq!(loaded.contents.divided, Divided::BySeed);
    assert_eq!(loaded.dataset.class_names, ["1", "3"]);
}

#[test]
fn an_array_in_the_order_of_fortran_has_the_same_images() {
    assert_eq!(all(&array("fortran.npy")), expected());
}

#[test]
fn big_endian_numbers_are_read() {
    assert_eq!(all(&array("big_endian.npy")), expected());
}

#[test]
fn channels_may_come_first() {
    let loaded = array("channels_first.npy");
    assert_eq!(loaded.contents.shape, ImageShape::rgb(3, 4));
    assert_eq!(all(&loaded), (0..216).map(|i| (i % 253) as u8).collect::<Vec<_>>());
}

#[test]
fn a_lone_array_has_no_classes() {
    assert!(array("fortran.npy").dataset.class_names.is_empty());
}

#[test]
fn numbers_up_to_1_are_shares_and_that_is_said() {
    let loaded = loaded(&npy("<f4", false, "2, 1, 2", &f32s(&[0.0, 0.5, 1.0, 0.2]))).unwrap();
    assert_eq!(all(&loaded), [0, 128, 255, 51]);
    assert!(loaded.contents.notes[0].contains("[0, 1]"), "{:?}", loaded.contents.notes);
}

#[test]
fn numbers_up_to_255_are_bytes() {
    let loaded = loaded(&npy("<f4", false, "2, 1, 2", &f32s(&[0.0, 1.0, 255.0, 127.6]))).unwrap();
    assert_eq!(all(&loaded), [0, 1, 255, 128]);
}

#[test]
fn numbers_from_minus_1_to_1_have_grey_at_0() {
    let loaded = loaded(&npy("<f4", false, "2, 1, 2", &f32s(&[-1.0, 0.0, 0.5, 1.0]))).unwrap();
    assert_eq!(all(&loaded), [0, 128, 191, 255]);
}

#[test]
fn numbers_that_are_no_pixels_are_refused_with_their_range() {
    let text = error(&npy("<f4", false, "2, 1, 2", &f32s(&[-7.5, 0.0, 0.5, 1.0])));
    assert!(text.contains("from -7.5 to 1"), "{text}");
}

#[test]
fn a_number_that_is_none_is_refused_with_its_place() {
    let text = error(&npy("<f4", false, "2, 2, 2", &f32s(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, f32::NAN, 0.0])));
    assert!(text.contains("NaN in image 1, row 1, column 0"), "{text}");
    let text = error(&npy("<f4", true, "2, 2, 2", &f32s(&[0.0, 0.0, 0.0, f32::INFINITY, 0.0, 0.0, 0.0, 0.0])));
    assert!(text.contains("inf in image 1, row 1, column 0"), "{text}");
}

#[test]
fn a_truncated_array_is_refused() {
    let whole = npy("|u1", false, "2, 3, 4", &[7; 24]);
    for (len, what) in [(whole.len() - 1, "ends early"), (40, "inside its header"), (3, "no header")] {
        let text = error(&whole[..len]);
        assert!(text.contains(what), "{text}");
    }
}

#[test]
fn a_header_that_lies_costs_no_memory() {
    for shape in ["1000000, 1000, 1000", "18446744073709551615, 2, 2", "99999999999999999999999, 2, 2"] {
        let text = error(&npy("|u1", false, shape, &[7; 24]));
        assert!(!text.is_empty(), "{shape}");
    }
}

#[test]
fn a_header_of_brackets_within_brackets_is_refused_at_once() {
    let text = error(&npy("|u1", false, &"[".repeat(60), &[7; 24]));
    assert!(text.contains("not one of NumPy's"), "{text}");
}

#[test]
fn arrays_that_are_no_images_are_refused_with_their_shape() {
    for (shape, len) in [("24,", 24), ("2, 12", 24), ("1, 2, 3, 2, 2", 24), ("2, 0, 4", 0)] {
        let text = error(&npy("|u1", false, shape, &vec![7; len]));
        assert!(text.contains("images"), "{text}");
    }
}

#[test]
fn numbers_of_another_type_are_refused_by_name() {
    for descr in ["<c8", "|O", "<U3", "<f2"] {
        let text = error(&npy(descr, false, "2, 1, 1", &[0; 64]));
        assert!(text.contains(descr), "{text}");
    }
}

#[test]
fn a_size_is_obeyed() {
    let (_folder, path) = written(&npy("|u1", false, "2, 8, 8", &[9; 128]));
    let loaded = load_as(&path, Reading { size: Some(4), ..Reading::default() }).unwrap();
    assert_eq!(loaded.contents.shape, ImageShape::grey(4, 4));
}

#[test]
fn labels_of_another_number_than_images_are_refused() {
    let images = npy("|u1", false, "3, 2, 2", &[1; 12]);
    let (_folder, path) = npz(&[("images", images), ("labels", npy("|u1", false, "2,", &[0, 1]))]);
    let text = load(&path).unwrap_err().to_string();
    assert!(text.contains("labels") && text.contains("3 images"), "{text}");
}

#[test]
fn arrays_of_unknown_names_are_listed() {
    let array = || npy("|u1", false, "3, 2, 2", &[1; 12]);
    let (_folder, path) = npz(&[("one", array()), ("two", array())]);
    let text = load(&path).unwrap_err().to_string();
    assert!(text.contains("one [3, 2, 2], two [3, 2, 2]"), "{text}");
}

#[test]
fn images_for_validation_are_learned_from_beside_those_for_tests() {
    let one = |shade: u8| npy("|u1", false, "1, 2, 2", &[shade, 255, 0, 0]);
    let (_folder, path) = npz(&[("train_images", one(1)), ("test_images", one(2)), ("val_images", one(3))]);
    let dataset = load(&path).unwrap().dataset;
    assert_eq!((dataset.train.images, dataset.test.images), (vec![1, 255, 0, 0, 3, 255, 0, 0], vec![2, 255, 0, 0]));
}

#[test]
fn an_alpha_is_laid_over_black() {
    let rgba = [[200, 100, 0, 255], [200, 100, 0, 51], [9, 9, 9, 0], [1, 2, 3, 255]].concat();
    let loaded = loaded(&npy("|u1", false, "2, 2, 1, 4", &rgba)).unwrap();
    assert_eq!(all(&loaded), [0, 0, 0, 1, 2, 3, 200, 100, 0, 40, 20, 0]);
}

#[test]
fn parts_of_two_sizes_are_refused() {
    let (_folder, path) =
        npz(&[("x_train", npy("|u1", false, "3, 2, 2", &[1; 12])), ("x_test", npy("|u1", false, "1, 3, 4", &[1; 12]))]);
    assert!(matches!(load(&path), Err(DataError::Size { .. })));
}
