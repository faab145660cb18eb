//! What can be wrong with images on their way in.

use std::path::PathBuf;

use super::found::MOST_CLASSES;
use crate::config::{ConfigError, ImageShape, Memory};
use crate::progress::Cancelled;

#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{file}, byte {offset}: {what}")]
    Idx { file: String, offset: u64, what: String },
    #[error("{file}: {what}")]
    File { file: String, what: String },
    #[error("{}: no file `{name}` or `{name}.gz` in this folder, which holds others of the four IDX files of a set", folder.display())]
    Missing { folder: PathBuf, name: String },
    #[error(
        "{labels}, byte 4: declares {label_count} labels, but {images} declares {image_count} images at its byte 4; they do not belong together"
    )]
    Count { images: String, image_count: usize, labels: String, label_count: usize },
    #[error("{name}: training images are {train}, but test images {test}; they must have one size")]
    Size { name: String, train: ImageShape, test: ImageShape },
    #[error("{file}: {error}")]
    Shape { file: String, error: ConfigError },
    #[error("{name}: {count} images; a set needs at least two, one to learn from and one that is held out")]
    Empty { name: String, count: usize },
    #[error(
        "{name}: {classes} classes are more than the {MOST_CLASSES} that can be told apart; name a folder with fewer, or one without class folders"
    )]
    Classes { name: String, classes: usize },
    #[error(
        "{name}: its images would take {}, more than half of the {memory} allowed; {remedy}, or --memory {}",
        Memory::of(*estimate as usize),
        Memory::of((*estimate as usize).saturating_mul(21) / 10)
    )]
    TooLarge { name: String, estimate: u64, memory: Memory, remedy: String },
    #[error("{name}: none of its {count} images can be read; the first, {file}: {why}")]
    AllBroken { name: String, count: usize, file: String, why: String },
    #[error("{name}: no images; a folder or archive must hold some, .png, .jpg, .webp, .bmp or .gif")]
    NoImages { name: String },
    #[error(
        "no Fashion-MNIST in {0}: install Debian's package dataset-fashion-mnist, or name a folder with its four IDX files"
    )]
    NoFashionMnist(String),
    #[error(
        "no images at `{0}`: give mnist, fashion-mnist, shapes, a folder of images, or a file .npz, .npy, .csv, .zip or .tar"
    )]
    Unknown(String),
    #[error("{}: not a form of images that is read; give a folder of images, or a file .npz, .npy, .csv, .zip, .tar or .tar.gz", .0.display())]
    Form(PathBuf),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
