//! Images in: formats, sets, batches. Plain numbers; knows nothing of tensors, models or screens.

mod archive;
mod axes;
mod batches;
mod binarise;
mod classes;
mod contents;
mod error;
mod folder;
mod found;
mod idx;
mod layout;
mod npy;
mod numbers;
mod numpy;
mod picture_files;
mod raw;
mod sets;
mod shapes;
mod split;
mod table;

pub use batches::{Batch, Batches};
pub use contents::{ClassCount, Contents, Divided, LeftOut, Sizes};
pub use error::DataError;
pub use found::MOST_CLASSES;
pub use idx::{Idx, read_idx};
pub use layout::{Layout, layout};
pub use sets::load;

use std::borrow::Cow;
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::config::{DataSource, ImageShape};

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

    /// All images as numbers in [0, 1], so many at a time: the first of each part, and (images, pixels).
    pub fn parts(&self, size: usize) -> impl ExactSizeIterator<Item = (usize, Vec<f32>)> + '_ {
        let size = size.max(1);
        (0..self.len().div_ceil(size)).map(move |i| {
            let start = i * size;
            (start, self.gather(start..(start + size).min(self.len())))
        })
    }

    /// `count` images at even distances, or all.
    pub fn spread(&self, count: usize) -> Self {
        self.subset(&spread(self.len(), count).collect::<Vec<_>>())
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

/// Images that are read as numbers, some at a time.
pub trait Images {
    fn count(&self) -> usize;

    /// The numbers of an image.
    fn width(&self) -> usize;

    /// These images: (images, width).
    fn read(&self, images: Range<usize>) -> Cow<'_, [f32]>;
}

impl Images for Split {
    fn count(&self) -> usize {
        self.len()
    }

    fn width(&self) -> usize {
        self.pixels()
    }

    fn read(&self, images: Range<usize>) -> Cow<'_, [f32]> {
        self.gather(images).into()
    }
}

/// Images that are numbers already: (n, width).
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    pub values: &'a [f32],
    pub width: usize,
}

impl Images for Numbers<'_> {
    fn count(&self) -> usize {
        self.values.len() / self.width
    }

    fn width(&self) -> usize {
        self.width
    }

    fn read(&self, images: Range<usize>) -> Cow<'_, [f32]> {
        self.values[images.start * self.width..images.end * self.width].into()
    }
}

/// `count` indices at even distances below `len`, or all.
pub fn spread(len: usize, count: usize) -> impl Iterator<Item = usize> {
    let count = count.min(len);
    (0..count).map(move |i| i * len / count)
}

/// Images to learn from and images held out.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What finds it again.
    pub source: DataSource,
    /// None where the images have no classes.
    pub class_names: Vec<String>,
    pub train: Split,
    pub test: Split,
    /// What the images were drawn from, where that is known.
    pub factors: Option<Factors>,
}

/// The numbers that an image was drawn from.
pub const FACTORS: usize = 2;

/// What the factors are called, and from where to where they go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorNames {
    pub names: [&'static str; FACTORS],
    pub ranges: [[f32; 2]; FACTORS],
}

/// The factors of each image.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    pub about: FactorNames,
    pub train: Vec<[f32; FACTORS]>,
    pub test: Vec<[f32; FACTORS]>,
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

    /// The share of each class among the test images.
    pub fn class_shares(&self) -> Vec<f64> {
        let labels = &self.test.labels;
        let count = |class: usize| labels.iter().filter(|&&label| usize::from(label) == class).count();
        (0..self.class_names.len()).map(|class| count(class) as f64 / labels.len().max(1) as f64).collect()
    }

    /// Whether the images have classes.
    pub fn has_classes(&self) -> bool {
        !self.class_names.is_empty()
    }

    /// The factors of the images of the probe.
    pub fn probe_factors(&self, count: usize) -> Option<Vec<[f32; FACTORS]>> {
        let Factors { train, test, .. } = self.factors.as_ref()?;
        let of_test = spread(test.len(), count).map(|i| test[i]);
        let of_train = spread(train.len(), count.saturating_sub(test.len())).map(|i| train[i]);
        Some(of_test.chain(of_train).collect())
    }

    /// SHA-256 of shapes, images and classes: the same for the same images, whatever they are called and wherever they lie.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for split in [&self.train, &self.test] {
            let ImageShape { rows, cols, channels } = split.shape;
            [split.len(), rows, cols, channels].iter().for_each(|&n| hasher.update((n as u64).to_le_bytes()));
            hasher.update(&split.images);
            split.labels.iter().for_each(|label| hasher.update(label.to_le_bytes()));
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Images in all.
    pub fn len(&self) -> usize {
        self.train.len() + self.test.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A set, and the report of how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub dataset: Dataset,
    pub contents: Contents,
}
