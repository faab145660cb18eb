//! Images in: formats, sets, batches. Plain numbers; knows nothing of tensors, models or screens.

mod batches;
mod idx;
mod sets;

pub use batches::{Batch, Batches};
pub use idx::{Idx, read_idx};
pub use sets::{FASHION_MNIST, MNIST, load};

use std::path::PathBuf;

use crate::config::{ConfigError, ImageShape};

/// Images of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    pub shape: ImageShape,
    /// A byte a number, image after image.
    pub images: Vec<u8>,
    /// The class of each image, an index into the set's class names; 0 for all where the set has no classes.
    pub labels: Vec<u16>,
}

impl Split {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The numbers of an image.
    pub fn pixels(&self) -> usize {
        self.shape.len()
    }

    /// The bytes of image `index`.
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * self.pixels()..(index + 1) * self.pixels()]
    }

    /// The named images as numbers in [0, 1]: (indices, pixels), row by row.
    pub fn gather(&self, indices: impl IntoIterator<Item = usize>) -> Vec<f32> {
        let mut numbers = Vec::new();
        self.gather_into(indices, &mut numbers);
        numbers
    }

    /// The same in place of what `numbers` holds.
    pub fn gather_into(&self, indices: impl IntoIterator<Item = usize>, numbers: &mut Vec<f32>) {
        numbers.clear();
        for index in indices {
            // An image at a time, which becomes vector instructions.
            numbers.extend(self.image(index).iter().map(|&byte| f32::from(byte) / 255.0));
        }
    }

    /// `count` images at even distances, or all.
    pub fn spread(&self, count: usize) -> Self {
        let count = count.min(self.len());
        let indices: Vec<usize> = (0..count).map(|i| i * self.len() / count).collect();
        self.subset(&indices)
    }

    /// A part of the set: the images at `indices`, in that order.
    pub fn subset(&self, indices: &[usize]) -> Self {
        Self {
            shape: self.shape,
            images: indices.iter().flat_map(|&i| self.image(i)).copied().collect(),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
        }
    }
}

/// Images to learn from and images held out.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What a person calls it, and what finds it again: `mnist`, `fashion-mnist` or a folder.
    pub name: String,
    /// None where the images have no classes.
    pub class_names: Vec<String>,
    pub train: Split,
    pub test: Split,
}

impl Dataset {
    /// `count` images (or all there are): the images whose codes are shown. Spread evenly over the test set; those that
    /// it does not have, spread evenly over the training set.
    pub fn probe(&self, count: usize) -> Split {
        let mut probe = self.test.spread(count);
        if count > probe.len() {
            let more = self.train.spread(count - probe.len());
            probe.images.extend(more.images);
            probe.labels.extend(more.labels);
        }
        probe
    }

    /// Images in all.
    pub fn len(&self) -> usize {
        self.train.len() + self.test.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{file}, byte {offset}: {what}")]
    Idx { file: String, offset: u64, what: String },
    #[error("{}: no file `{name}` or `{name}.gz` in this folder; it must hold the four IDX files of a set, named as MNIST's", folder.display())]
    Missing { folder: PathBuf, name: String },
    #[error(
        "{labels}, byte 4: declares {label_count} labels, but {images} declares {image_count} images at its byte 4; they do not belong together"
    )]
    Count { images: String, image_count: usize, labels: String, label_count: usize },
    #[error("{name}: training images are {train}, but test images {test}; they must have one size")]
    Size { name: String, train: ImageShape, test: ImageShape },
    #[error("{file}: {error}")]
    Shape { file: String, error: ConfigError },
    #[error("{name}: a set needs at least one training image and one test image")]
    Empty { name: String },
    #[error(
        "no Fashion-MNIST in {0}: install Debian's package dataset-fashion-mnist, or name a folder with its four IDX files"
    )]
    NoFashionMnist(String),
    #[error("no data set `{0}`: give mnist, fashion-mnist or a folder that holds the four IDX files of a set")]
    Unknown(String),
}
