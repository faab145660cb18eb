//! A folder of images in one file.

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{GrayImage, ImageFormat, Luma};
use latent_explorer::data::{DataError, Dataset, Loaded};
use tempfile::TempDir;

use super::load;

fn png(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    GrayImage::from_pixel(4, 4, Luma([shade])).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// What each archive below holds: two classes, divided, in a folder; a broken file, and what a Mac leaves.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("faces/train/a/10.png", png(10)),
        ("faces/train/a/2.png", png(2)),
        ("faces/train/b/1.png", png(1)),
        ("faces/test/b/3.png", png(3)),
        ("faces/test/b/broken.png", b"no image".to_vec()),
        ("__MACOSX/faces/train/a/._10.png", b"x".to_vec()),
        ("faces/readme.txt", b"hello".to_vec()),
    ]
}

/// The files as a zip.
pub fn zip_bytes() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files() {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The files as a tar.
pub fn tar_bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    tarred(&mut bytes);
    bytes
}

/// The same, compressed.
pub fn tar_gz_bytes() -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    tarred(&mut gzip);
    gzip.finish().unwrap()
}

fn tarred(to: impl Write) {
    let mut archive = tar::Builder::new(to);
    for (name, bytes) in files() {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    archive.into_inner().unwrap();
}

/// The files as an archive of each kind.
fn archives() -> (TempDir, Vec<PathBuf>) {
    let folder = TempDir::new().unwrap();
    let paths = ["a.zip", "a.tar", "a.tar.gz", "a.tgz"].map(|name| folder.path().join(name)).to_vec();
    fs::write(&paths[0], zip_bytes()).unwrap();
    fs::write(&paths[1], tar_bytes()).unwrap();
    fs::write(&paths[2], tar_gz_bytes()).unwrap();
    fs::write(&paths[3], tar_gz_bytes()).unwrap();
    (folder, paths)
}

/// The set without what names its file.
fn set(loaded: &Loaded) -> Dataset {
    Dataset { source: "faces".into(), ..loaded.dataset.clone() }
}

#[test]
fn an_archive_is_the_folder_that_it_holds() {
    let (folder, paths) = archives();
    let unpacked = folder.path().join("unpacked");
    for (name, bytes) in files() {
        fs::create_dir_all(unpacked.join(name).parent().unwrap()).unwrap();
        fs::write(unpacked.join(name), bytes).unwrap();
    }
    let expected = load(&unpacked).unwrap();
    assert_eq!(expected.dataset.train.labels, [0, 0, 1]);
    assert_eq!(expected.contents.left_out.count, 1);
    for path in paths {
        let loaded = load(&path).unwrap();
        assert_eq!(set(&loaded), set(&expected), "{}", path.display());
        assert_eq!(loaded.contents.left_out, expected.contents.left_out, "{}", path.display());
    }
}

#[test]
fn a_damaged_archive_is_refused_or_its_damaged_files_left_out() {
    let (_folder, paths) = archives();
    for path in paths {
        let whole = fs::read(&path).unwrap();
        for len in [0, 1, whole.len() / 3, whole.len() / 2] {
            fs::write(&path, &whole[..len]).unwrap();
            match load(&path) {
                Ok(loaded) => assert!(loaded.contents.kept() <= 4, "{} cut to {len}", path.display()),
                Err(error) => assert!(error.to_string().contains("/a."), "{error}"),
            }
        }
    }
}

#[test]
fn another_form_of_file_is_refused_with_those_that_are_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.rar");
    fs::write(&path, "x").unwrap();
    let error = load(&path).unwrap_err();
    assert!(matches!(error, DataError::Form(_)) && error.to_string().contains(".npz"), "{error}");
}
