//! What can be wrong with images on their way in.

use std::path::PathBuf;

use super::found::MOST_CLASSES;
use crate::config::{ConfigError, ImageShape};
use crate::progress::Cancelled;

/// What a set may fill in memory, whatever a file's header or its compression says.
pub const MOST_BYTES: u64 = 2 << 30;

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
        "{name}: its images would take {}, more than the {} that are read at most; {remedy}", bytes(*estimate), bytes(MOST_BYTES)
    )]
    TooLarge { name: String, estimate: u64, remedy: String },
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

/// In words, e.g. `1.5 GiB`.
fn bytes(count: u64) -> String {
    let count = count as f64;
    match count / f64::from(1 << 30) {
        gib if gib >= 1.0 => format!("{gib:.1} GiB"),
        gib => format!("{:.0} MiB", 1024.0 * gib),
    }
}
