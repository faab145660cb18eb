pub mod archives;
mod binarise;
mod folder;
mod numpy;
mod shapes;
mod source;
mod table;

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use latent_explorer::config::{DataSource, FASHION_MNIST, ImageShape, MNIST, Memory, Reading};
use latent_explorer::data::{self, Batches, DataError, Loaded, read_idx};
use latent_explorer::progress::Progress;
use latent_explorer::random::{Purpose, stream};
use md5::{Digest, Md5};
use rand::RngExt;
use tempfile::TempDir;

use crate::support::{SIDE, dataset, dataset_folder, idx, split, write_split};

/// The images at `path`, read as usual.
fn load(path: &Path) -> Result<Loaded, DataError> {
    load_as(path, Reading::default())
}

fn load_as(path: &Path, reading: Reading) -> Result<Loaded, DataError> {
    data::load(&DataSource { path: path.display().to_string(), reading }, Memory::default(), &Progress::silent())
}

fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(bytes: &[u8], dimensions: usize) -> Result<data::Idx, DataError> {
    read_idx("some-file", bytes, dimensions, Memory::default())
}

/// The offset and the sentence of the error that reading gives.
fn error(bytes: &[u8], dimensions: usize) -> (u64, String) {
    match read(bytes, dimensions) {
        Err(error @ DataError::Idx { offset, .. }) => (offset, error.to_string()),
        other => panic!("expected an error with an offset, got {other:?}"),
    }
}

#[test]
fn embedded_mnist_is_the_canonical_set() {
    let set = data::load(&MNIST.into(), Memory::default(), &Progress::silent()).unwrap().dataset;
    let images = |split: &data::Split| md5(&idx(&[split.len(), split.shape.rows, split.shape.cols], &split.images));
    let bytes = |split: &data::Split| split.labels.iter().map(|&label| label as u8).collect::<Vec<_>>();
    let labels = |split: &data::Split| md5(&idx(&[split.len()], &bytes(split)));
    assert_eq!(images(&set.train), "6bbc9ace898e44ae57da46a324031adb");
    assert_eq!(labels(&set.train), "a25bea736e30d166cdddb491f175f624");
    assert_eq!(images(&set.test), "2646ac647ad5339dbf082846283269ea");
    assert_eq!(labels(&set.test), "27ae3e4e09519cfbb04c329615203637");
}

#[test]
fn idx_reads_plain_and_compressed_files_of_any_image_size() {
    let file = idx(&[2, 3, 5], &(0..30).collect::<Vec<u8>>());
    for bytes in [file.clone(), gzip(&file)] {
        let array = read(&bytes, 3).unwrap();
        assert_eq!((array.dims, array.bytes), (vec![2, 3, 5], (0..30).collect()));
    }
}

#[test]
fn a_truncated_file_is_named_with_the_byte_where_it_ends() {
    let whole = idx(&[2, 3, 5], &[7; 30]);
    let (offset, text) = error(&whole[..26], 3);
    assert_eq!(offset, 26);
    assert!(text.contains("some-file, byte 26") && text.contains("20 bytes early"), "{text}");
    assert_eq!(error(&whole[..9], 3).0, 9);
}

#[test]
fn a_truncated_gzip_is_an_error_with_an_offset() {
    let compressed = gzip(&idx(&[100, 28, 28], &(0..78_400u64).map(|i| (i * i % 251) as u8).collect::<Vec<_>>()));
    let (offset, text) = error(&compressed[..compressed.len() / 2], 3);
    assert!(offset > 16 && text.contains("ends early"), "{text}");
}

#[test]
fn a_damaged_gzip_is_an_error() {
    let mut compressed = gzip(&idx(&[4, 8, 8], &split(4).images));
    let middle = compressed.len() / 2;
    compressed[middle] ^= 0xff;
    assert!(read(&compressed, 3).is_err());
}

#[test]
fn bytes_after_the_declared_ones_are_an_error_where_they_begin() {
    let mut file = idx(&[2, 3, 5], &[7; 30]);
    file.push(0);
    assert_eq!(error(&file, 3).0, 46);
}

#[test]
fn a_wrong_magic_number_is_an_error_at_byte_0() {
    for start in [[0, 0, 13, 3], [0, 0, 8, 1], [1, 0, 8, 3], *b"\x89PNG"] {
        let mut file = idx(&[2, 3, 5], &[7; 30]);
        file[..4].copy_from_slice(&start);
        let (offset, text) = error(&file, 3);
        assert_eq!(offset, 0);
        assert!(text.contains("00 00 08 03"), "{text}");
    }
    assert_eq!(error(b"", 3).0, 0);
}

#[test]
fn a_header_that_declares_too_much_is_refused_before_anything_is_read() {
    let (offset, text) = error(&idx(&[u32::MAX as usize, u32::MAX as usize, 9], &[]), 3);
    assert_eq!(offset, 4);
    assert!(text.contains("more bytes than half"), "{text}");
}

#[test]
fn a_gzip_bomb_is_read_no_further_than_its_header_declares() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    bomb.write_all(&idx(&[1, 28, 28], &[])).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..256).for_each(|_| bomb.write_all(&zeros).unwrap());
    let (offset, text) = error(&bomb.finish().unwrap(), 3);
    assert_eq!(offset, 16 + 784);
    assert!(text.contains("goes on"), "{text}");
}

#[test]
fn a_folder_of_idx_files_is_a_set() {
    let folder = dataset_folder();
    let set = load(folder.path()).unwrap().dataset;
    assert_eq!((set.train.len(), set.test.len(), set.train.shape.rows), (300, 90, SIDE));
    assert_eq!(set.class_names, ["0", "1", "2"]);
}

#[test]
fn images_and_labels_that_differ_in_number_are_an_error_that_names_both_files() {
    let folder = dataset_folder();
    fs::write(folder.path().join("train-labels-idx1-ubyte"), idx(&[299], &[0; 299])).unwrap();
    let text = load(folder.path()).unwrap_err().to_string();
    assert!(text.contains("train-images") && text.contains("300") && text.contains("train-labels"), "{text}");
}

#[test]
fn training_and_test_images_must_have_one_size() {
    let folder = dataset_folder();
    let mut other = split(90);
    other.shape = ImageShape::grey(SIDE * 2, SIDE / 2);
    write_split(folder.path(), "t10k", &other);
    assert!(matches!(load(folder.path()), Err(DataError::Size { .. })));
}

/// Four IDX files of two images each.
fn idx_of(rows: usize, cols: usize) -> Result<Loaded, DataError> {
    let folder = TempDir::new().unwrap();
    let shape = ImageShape::grey(rows, cols);
    let two = data::Split { shape, images: vec![9; 2 * shape.len()], labels: vec![0, 1] };
    ["train", "t10k"].iter().for_each(|prefix| write_split(folder.path(), prefix, &two));
    load(folder.path())
}

#[test]
fn idx_images_are_of_any_size_but_none_and_large_ones_are_scaled() {
    assert_eq!(idx_of(1, 1).unwrap().contents.shape, ImageShape::grey(1, 1));
    assert_eq!(idx_of(1_025, 1_025).unwrap().contents.shape, ImageShape::grey(64, 64));
    for (rows, cols) in [(0, 0), (0, 5), (5, 0)] {
        let error = idx_of(rows, cols).unwrap_err();
        assert!(error.to_string().contains(&format!("{rows} x {cols}")), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let folder = dataset_folder();
    fs::remove_file(folder.path().join("t10k-images-idx3-ubyte")).unwrap();
    let text = load(folder.path()).unwrap_err().to_string();
    assert!(text.contains("t10k-images-idx3-ubyte"), "{text}");
}

#[test]
fn fashion_mnist_is_found_where_its_package_is_and_asked_for_where_it_is_not() {
    match data::load(&FASHION_MNIST.into(), Memory::default(), &Progress::silent()) {
        Ok(Loaded { dataset: set, .. }) => {
            assert_eq!((set.train.len(), set.class_names[9].as_str()), (60_000, "Boot"));
        }
        Err(error) => assert!(error.to_string().contains("dataset-fashion-mnist"), "{error}"),
    }
}

#[test]
fn pixels_are_numbers_from_0_to_1() {
    let set = dataset();
    let images = set.train.gather([0, 1]);
    assert_eq!(images.len(), 2 * SIDE * SIDE);
    assert_eq!(images[1], f32::from(set.train.image(0)[1]) / 255.0);
}

#[test]
fn an_epoch_shows_every_image_once_in_an_order_of_its_own() {
    // Each image is its own index, so that a batch says which images it holds.
    let split = data::Split { shape: ImageShape::grey(1, 1), images: (0..100).collect(), labels: vec![0; 100] };
    let mut batches = Batches::new(100, 32, 1);
    let mut epoch = || -> Vec<u8> {
        (0..batches.steps_an_epoch())
            .flat_map(|_| batches.next(&split).images.clone())
            .map(|pixel| (pixel * 255.0).round() as u8)
            .collect()
    };
    let (first, second) = (epoch(), epoch());
    assert_ne!(first, second);
    for mut seen in [first, second] {
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<u8>>());
    }
}

#[test]
fn seeking_finds_the_batch_that_stepping_comes_to() {
    let split = split(100);
    let mut stepped = Batches::new(100, 32, 1);
    (0..6).for_each(|_| _ = stepped.next(&split));
    let mut sought = Batches::new(100, 32, 1);
    sought.seek(6);
    assert_eq!(stepped.next(&split).images, sought.next(&split).images);
    assert_eq!(stepped.epoch(), sought.epoch());
}

#[test]
fn the_probe_is_spread_over_the_test_set() {
    let set = dataset();
    assert_eq!(set.probe(30).image(1), set.test.image(3));
    assert_eq!(set.probe(90), set.test);
}

#[test]
fn a_probe_larger_than_the_test_set_goes_on_with_training_images() {
    let set = dataset();
    let probe = set.probe(190);
    assert_eq!(probe.len(), 190);
    assert_eq!(probe.image(91), set.train.image(3));
    assert_eq!(set.probe(10_000).len(), 390);
}

#[test]
fn a_file_with_damaged_bytes_is_a_set_or_a_sentence() {
    let arrays = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/arrays");
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(arrays)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "py"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect();
    files.push(("a.csv".to_owned(), b"label,a,b,c,d\n1,2,3,4,5\n6,7,8,9,10\n".to_vec()));
    files.push(("a.zip".to_owned(), archives::zip_bytes()));
    files.push(("a.tar".to_owned(), archives::tar_bytes()));
    let folder = TempDir::new().unwrap();
    let mut rng = stream(0, Purpose::Samples, 0);
    for (name, whole) in files {
        let path = folder.path().join(&name);
        for _ in 0..300 {
            let mut bytes = whole.clone();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random_range(0..=u8::MAX);
            }
            fs::write(&path, bytes).unwrap();
            if let Err(error) = load(&path) {
                assert!(!error.to_string().is_empty() && !error.to_string().contains('\n'), "{name}: {error}");
            }
        }
    }
}
