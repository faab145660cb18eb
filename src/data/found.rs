//! From what a reader found to a set: one shape, two splits, a report.

use super::contents::{ClassCount, Contents, Divided, LeftOut, Sizes};
use super::raw::RawImages;
use super::split::held_out;
use super::{DataError, Dataset, FACTORS, FactorNames, Factors, Loaded, Split};
use crate::config::{DataSource, ImageShape};
use crate::progress::Progress;

/// Classes at most.
pub const MOST_CLASSES: usize = 1_000;

/// What a reader found.
#[derive(Debug, Default)]
pub struct Found {
    /// In what form, e.g. `a folder of images`.
    pub form: String,
    pub images: RawImages,
    /// The class of each image; all 0 without classes.
    pub labels: Vec<u16>,
    pub class_names: Vec<String>,
    /// Whether each image is held out, where the set came divided.
    pub held_out: Option<Vec<bool>>,
    /// As they came, before any was scaled.
    pub before: Option<Sizes>,
    /// What each image was drawn from.
    pub factors: Option<(FactorNames, Vec<[f32; FACTORS]>)>,
    pub left_out: LeftOut,
    pub notes: Vec<String>,
}

impl Found {
    /// The set that they make as `source` has them read.
    pub fn into_set(mut self, source: &DataSource, progress: &Progress) -> Result<Loaded, DataError> {
        let name = source.to_string();
        let count = self.images.len();
        if self.class_names.len() > MOST_CLASSES {
            return Err(DataError::Classes { name, classes: self.class_names.len() });
        }
        let given = self.held_out.take().filter(|held| held.contains(&true) && held.contains(&false));
        let divided = if given.is_some() { Divided::Given } else { Divided::BySeed };
        let held = given.unwrap_or_else(|| held_out(&self.labels, &source.reading));
        if count < 2 {
            return Err(DataError::Empty { name, count });
        }
        let before = self.before.unwrap_or_default();
        let (shape, bytes) = self.images.into_one_shape(&source.reading, progress)?;
        let [train, test] = divide(shape, bytes, &self.labels, &held);
        let classes = self.class_names.iter().enumerate().map(|(class, name)| {
            let of = |split: &Split| split.labels.iter().filter(|&&label| usize::from(label) == class).count();
            ClassCount { name: name.clone(), train: of(&train), test: of(&test) }
        });
        let contents = Contents {
            form: self.form,
            found: count + self.left_out.count,
            train: train.len(),
            test: test.len(),
            divided,
            before,
            shape,
            classes: classes.collect(),
            left_out: self.left_out,
            notes: self.notes,
        };
        let factors = self.factors.map(|(about, all)| {
            let of =
                |part: bool| all.iter().zip(&held).filter(move |(_, held)| **held == part).map(|(&factors, _)| factors);
            Factors { about, train: of(false).collect(), test: of(true).collect() }
        });
        let dataset = Dataset { source: source.clone(), class_names: self.class_names, train, test, factors };
        Ok(Loaded { dataset, contents })
    }
}

/// The images to learn from and those held out, each in the order in which they came.
fn divide(shape: ImageShape, mut bytes: Vec<u8>, labels: &[u16], held: &[bool]) -> [Split; 2] {
    let len = shape.len();
    let mut test = Split { shape, images: Vec::new(), labels: Vec::new() };
    let mut train_labels = Vec::new();
    // In place: what is learned from moves to the front, so that the set is never there twice.
    let mut end = 0;
    for (i, (&label, &held)) in labels.iter().zip(held).enumerate() {
        if held {
            test.images.extend(&bytes[i * len..][..len]);
            test.labels.push(label);
        } else {
            bytes.copy_within(i * len..(i + 1) * len, end);
            end += len;
            train_labels.push(label);
        }
    }
    bytes.truncate(end);
    bytes.shrink_to_fit();
    [Split { shape, images: bytes, labels: train_labels }, test]
}
