//! The sets that have a name, and how four IDX files become one.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::idx::{Idx, read_idx};
use super::{DataError, Dataset, Split};
use crate::config::ImageShape;

pub const MNIST: &str = "mnist";
pub const FASHION_MNIST: &str = "fashion-mnist";

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

/// `mnist` (embedded), `fashion-mnist` (where it is installed) or a folder with the four IDX files of a set.
pub fn load(name: &str) -> Result<Dataset, DataError> {
    match name {
        MNIST => {
            let [a, b, c, d] = EMBEDDED_MNIST;
            assemble(name, FILES.map(str::to_owned), [a, b, c, d])
        }
        FASHION_MNIST => {
            let folder = Path::new(FASHION_MNIST_FOLDER);
            if !folder.is_dir() {
                return Err(DataError::NoFashionMnist(FASHION_MNIST_FOLDER.to_owned()));
            }
            let mut set = load_folder(name, folder)?;
            set.class_names = FASHION_MNIST_CLASSES.map(str::to_owned).to_vec();
            Ok(set)
        }
        folder if Path::new(folder).is_dir() => load_folder(name, Path::new(folder)),
        _ => Err(DataError::Unknown(name.to_owned())),
    }
}

fn load_folder(name: &str, folder: &Path) -> Result<Dataset, DataError> {
    let mut opened = Vec::with_capacity(FILES.len());
    for file in FILES {
        let path = [folder.join(file), folder.join(format!("{file}.gz"))].into_iter().find(|p| p.is_file());
        let path = path.ok_or_else(|| DataError::Missing { folder: folder.to_owned(), name: file.to_owned() })?;
        let source = File::open(&path).map_err(|error| DataError::Read { path: path.clone(), error })?;
        opened.push((path.display().to_string(), source));
    }
    let [a, b, c, d]: [(String, File); 4] =
        opened.try_into().map_err(|_| DataError::Missing { folder: folder.to_owned(), name: FILES[0].to_owned() })?;
    assemble(name, [a.0, b.0, c.0, d.0], [a.1, b.1, c.1, d.1])
}

fn assemble<R: Read>(name: &str, files: [String; 4], sources: [R; 4]) -> Result<Dataset, DataError> {
    let [train_images, train_labels, test_images, test_labels] = sources;
    let train = pair(&files[0], train_images, &files[1], train_labels)?;
    let test = pair(&files[2], test_images, &files[3], test_labels)?;
    if train.is_empty() || test.is_empty() {
        return Err(DataError::Empty { name: name.to_owned() });
    }
    if train.shape != test.shape {
        return Err(DataError::Size { name: name.to_owned(), train: train.shape, test: test.shape });
    }
    let classes = train.labels.iter().chain(&test.labels).max().map_or(0, |&label| usize::from(label) + 1);
    Ok(Dataset { name: name.to_owned(), class_names: (0..classes).map(|c| c.to_string()).collect(), train, test })
}

fn pair(image_file: &str, images: impl Read, label_file: &str, labels: impl Read) -> Result<Split, DataError> {
    let Idx { dims, bytes: images } = read_idx(image_file, images, 3)?;
    let labels = read_idx(label_file, labels, 1)?.bytes;
    if dims[0] != labels.len() {
        return Err(DataError::Count {
            images: image_file.to_owned(),
            image_count: dims[0],
            labels: label_file.to_owned(),
            label_count: labels.len(),
        });
    }
    let shape = ImageShape::grey(dims[1], dims[2]);
    shape.validate().map_err(|error| DataError::Shape { file: image_file.to_owned(), error })?;
    Ok(Split { shape, images, labels: labels.into_iter().map(u16::from).collect() })
}
