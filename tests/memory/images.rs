//! Sets of images that do not fit are refused before they are read.

use std::fs;
use std::path::Path;

use image::GrayImage;
use latent_explorer::config::{DataSource, Memory, Reading};
use latent_explorer::data::{DataError, Loaded, load};
use latent_explorer::progress::Progress;
use tempfile::TempDir;

const COUNT: usize = 40;
const BYTES: usize = COUNT * 8 * 8;

fn within(path: &Path, memory: Memory) -> Result<Loaded, DataError> {
    let source = DataSource { path: path.display().to_string(), reading: Reading::default() };
    load(&source, memory, &Progress::silent())
}

/// That 40 images of 8 x 8 need twice what they fill, and a sentence says so.
fn takes_twice_its_bytes(path: &Path, wanted: &str) {
    let said = within(path, Memory::of(BYTES)).unwrap_err().to_string();
    assert!(said.contains(wanted), "{said}");
    assert!(within(path, Memory::of(2 * BYTES + BYTES / 10)).is_ok());
}

#[test]
fn a_folder_that_does_not_fit_is_refused_with_the_size_that_would() {
    let folder = TempDir::new().unwrap();
    for i in 0..COUNT {
        let grey = GrayImage::from_fn(8, 8, |x, y| image::Luma([(i as u32 + x + y) as u8]));
        grey.save(folder.path().join(format!("{i}.png"))).unwrap();
    }
    takes_twice_its_bytes(
        folder.path(),
        "more than half of the 2.5K allowed; --size 5 would fit, or 20 of the 40 images",
    );
    let source = DataSource {
        path: folder.path().display().to_string(),
        reading: Reading { size: Some(5), ..Reading::default() },
    };
    assert!(load(&source, Memory::of(BYTES), &Progress::silent()).is_ok());
}

#[test]
fn an_array_that_does_not_fit_is_refused_with_the_number_that_would() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("images.npy");
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({COUNT}, 8, 8), }}\n");
    let start = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    let pixels: Vec<u8> = (0..BYTES).map(|i| i as u8).collect();
    fs::write(&path, [start, pixels].concat()).unwrap();
    takes_twice_its_bytes(&path, "allowed; save 20 images or fewer, or smaller ones, or --memory 5.2K");
}

#[test]
fn a_table_that_does_not_fit_is_refused_with_the_rows_that_would() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("train.csv");
    let row = |i: usize| (0..64).map(|p| ((i + p) % 256).to_string()).collect::<Vec<_>>().join(",") + "\n";
    fs::write(&path, (0..COUNT).map(row).collect::<String>()).unwrap();
    takes_twice_its_bytes(&path, "allowed; keep 20 rows or fewer, or --memory 5.2K");
}

#[test]
fn an_idx_file_that_does_not_fit_is_refused_by_its_header() {
    let folder = crate::support::dataset_folder();
    let said = within(folder.path(), Memory::of(BYTES)).unwrap_err().to_string();
    assert!(said.contains("more bytes than half of the 2.5K allowed"), "{said}");
}
