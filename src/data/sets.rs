//! Where images are found: the sets that have a name, and what a path may name.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::binarise::binarise;
use super::contents::Sizes;
use super::folder::Folder;
use super::found::Found;
use super::idx::{Idx, read_idx};
use super::raw::RawImages;
use super::shapes::shapes;
use super::{DataError, Loaded, Split, numpy, picture_files, table};
use crate::config::{ConfigError, DataSource, FASHION_MNIST, ImageShape, MNIST, Memory, Reading, SHAPES};
use crate::progress::Progress;

/// Where Debian's package dataset-fashion-mnist puts its files.
const FASHION_MNIST_FOLDER: &str = "/usr/share/datasets/fashion-mnist";
const FASHION_MNIST_CLASSES: [&str; 10] =
    ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"];

const FILES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

const EMBEDDED_MNIST: [&[u8]; 4] = [
    include_bytes!("../../assets/mnist/train-images-idx3-ubyte.gz"),
    include_bytes!("../../assets/mnist/train-labels-idx1-ubyte.gz"),
    include_bytes!("../../assets/mnist/t10k-images-idx3-ubyte.gz"),
    include_bytes!("../../assets/mnist/t10k-labels-idx1-ubyte.gz"),
];

/// The images that `source` names, read as it says. Whatever is wrong is said in one sentence; a file of a folder or an archive
/// that cannot be read is left out instead. Images that would take more than half of `memory` are refused.
pub fn load(source: &DataSource, memory: Memory, progress: &Progress) -> Result<Loaded, DataError> {
    source.reading.validate()?;
    let found = find(source, memory, &progress.part(0.0, 0.9))?;
    let mut loaded = found.into_set(source, &progress.part(0.9, 1.0))?;
    binarise(&mut loaded.dataset, source.reading.binarise, source.reading.seed);
    Ok(loaded)
}

fn find(source: &DataSource, memory: Memory, progress: &Progress) -> Result<Found, DataError> {
    let name = source.path.as_str();
    match name {
        MNIST => {
            let [a, b, c, d] = EMBEDDED_MNIST;
            four(name, FILES.map(str::to_owned), [a, b, c, d], memory, progress)
        }
        FASHION_MNIST => {
            let folder = Path::new(FASHION_MNIST_FOLDER);
            if !folder.is_dir() {
                return Err(DataError::NoFashionMnist(FASHION_MNIST_FOLDER.to_owned()));
            }
            let mut found = four_of(name, folder, memory, progress)?;
            found.class_names = FASHION_MNIST_CLASSES.map(str::to_owned).to_vec();
            Ok(found)
        }
        SHAPES => Ok(shapes(source.reading.seed)),
        folder if Path::new(folder).is_dir() => {
            let folder = Path::new(folder);
            if FILES.iter().any(|file| idx_file(folder, file).is_some()) {
                return four_of(name, folder, memory, progress);
            }
            let (files, listing) = Folder::search(folder, progress)?;
            picture_files::read(name, files, listing, &source.reading, memory, progress)
        }
        file if Path::new(file).is_file() => file_of(Path::new(file), &source.reading, memory, progress),
        _ => Err(DataError::Unknown(name.to_owned())),
    }
}

/// A file, by its ending.
fn file_of(path: &Path, reading: &Reading, memory: Memory, progress: &Progress) -> Result<Found, DataError> {
    let name = path.to_string_lossy().to_lowercase();
    let is_one_of = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if is_one_of(&[".npy", ".npz"]) {
        return numpy::read(path, is_one_of(&[".npz"]), memory, progress);
    }
    if is_one_of(&[".csv"]) {
        return table::read(path, memory, progress);
    }
    let (searching, reading_them) = (&progress.part(0.0, 0.2), &progress.part(0.2, 1.0));
    let (archive, listing) = match () {
        () if is_one_of(&[".zip"]) => Archive::zip(path, searching)?,
        () if is_one_of(&[".tar"]) => Archive::tar(path, false, searching)?,
        () if is_one_of(&[".tar.gz", ".tgz"]) => Archive::tar(path, true, searching)?,
        () => return Err(DataError::Form(path.to_owned())),
    };
    picture_files::read(&path.to_string_lossy(), archive, listing, reading, memory, reading_them)
}

/// The file of this name in the folder, plain or gzip.
fn idx_file(folder: &Path, file: &str) -> Option<PathBuf> {
    [folder.join(file), folder.join(format!("{file}.gz"))].into_iter().find(|path| path.is_file())
}

/// The four IDX files in a folder.
fn four_of(name: &str, folder: &Path, memory: Memory, progress: &Progress) -> Result<Found, DataError> {
    let mut opened = Vec::with_capacity(FILES.len());
    for file in FILES {
        let missing = || DataError::Missing { folder: folder.to_owned(), name: file.to_owned() };
        let path = idx_file(folder, file).ok_or_else(missing)?;
        let source = File::open(&path).map_err(|error| DataError::Read { path: path.clone(), error })?;
        opened.push((path.display().to_string(), source));
    }
    let [a, b, c, d]: [(String, File); 4] =
        opened.try_into().map_err(|_| DataError::Missing { folder: folder.to_owned(), name: FILES[0].to_owned() })?;
    four(name, [a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1], memory, progress)
}

fn four<R: Read>(
    name: &str,
    files: [String; 4],
    sources: [R; 4],
    memory: Memory,
    progress: &Progress,
) -> Result<Found, DataError> {
    let [train_images, train_labels, test_images, test_labels] = sources;
    progress.at(0.0)?;
    let train = pair(&files[0], train_images, &files[1], train_labels, memory)?;
    progress.at(0.8)?;
    let test = pair(&files[2], test_images, &files[3], test_labels, memory)?;
    if train.shape != test.shape {
        return Err(DataError::Size { name: name.to_owned(), train: train.shape, test: test.shape });
    }
    let Split { shape, images: mut bytes, mut labels } = train;
    let held_out = [vec![false; labels.len()], vec![true; test.labels.len()]].concat();
    bytes.extend(test.images);
    labels.extend(test.labels);
    let classes = labels.iter().max().map_or(0, |&label| usize::from(label) + 1);
    Ok(Found {
        form: "four IDX files".to_owned(),
        images: RawImages::uniform(shape, bytes),
        labels,
        class_names: (0..classes).map(|class| class.to_string()).collect(),
        held_out: Some(held_out),
        before: Some(Sizes::of(shape.rows, shape.cols)),
        ..Found::default()
    })
}

fn pair(
    image_file: &str,
    images: impl Read,
    label_file: &str,
    labels: impl Read,
    memory: Memory,
) -> Result<Split, DataError> {
    let Idx { dims, bytes: images } = read_idx(image_file, images, 3, memory)?;
    let labels = read_idx(label_file, labels, 1, memory)?.bytes;
    if dims[0] != labels.len() {
        return Err(DataError::Count {
            images: image_file.to_owned(),
            image_count: dims[0],
            labels: label_file.to_owned(),
            label_count: labels.len(),
        });
    }
    let shape = ImageShape::grey(dims[1], dims[2]);
    if shape.is_empty() {
        return Err(DataError::Shape { file: image_file.to_owned(), error: ConfigError::Image(shape) });
    }
    Ok(Split { shape, images, labels: labels.into_iter().map(u16::from).collect() })
}
