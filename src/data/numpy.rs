//! Arrays of NumPy: a .npy of images, or an .npz with labels and parts under the names that are usual.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::DataError;
use super::archive::open_zip;
use super::axes::Axes;
use super::classes::Labels;
use super::contents::Sizes;
use super::found::{Found, MOST_CLASSES};
use super::npy::Header;
use super::numbers::{Range, Scale};
use super::raw::{RawImages, over_black};
use crate::config::{ImageShape, Memory};
use crate::progress::Progress;

/// The names of all images and of their labels, in small letters.
const IMAGES: [&str; 6] = ["images", "imgs", "image", "x", "data", "arr_0"];
const LABELS: [&str; 6] = ["labels", "label", "y", "targets", "target", "arr_1"];
/// What images for validation are called.
const VALIDATION: [&str; 3] = ["val", "valid", "validation"];

/// A file of arrays.
struct Arrays<'a> {
    path: &'a Path,
    /// Names without `.npy`, and what their headers say.
    headers: Vec<(String, Header)>,
    is_archive: bool,
}

/// Images that belong together: the array, its labels, and whether they are held out.
struct Part {
    images: usize,
    labels: Option<usize>,
    held_out: bool,
}

pub fn read(path: &Path, is_archive: bool, memory: Memory, progress: &Progress) -> Result<Found, DataError> {
    let arrays = Arrays::open(path, is_archive)?;
    let parts = arrays.parts()?;
    let axes = parts.iter().map(|part| arrays.axes(part.images)).collect::<Result<Vec<_>, _>>()?;
    let shape = axes[0].shape;
    if let Some(other) = axes.iter().find(|other| other.shape != shape) {
        return Err(DataError::Size { name: path.display().to_string(), train: shape, test: other.shape });
    }
    let total: u64 = axes.iter().map(|axes| (axes.count as u64).saturating_mul(shape.len() as u64)).sum();
    if total > memory.of_images() {
        let fewer = memory.of_images() / (shape.len() as u64).max(1);
        let remedy = format!("save {fewer} images or fewer, or smaller ones");
        return Err(DataError::TooLarge { name: path.display().to_string(), estimate: total, memory, remedy });
    }
    let mut range = Range::default();
    for (i, part) in parts.iter().enumerate() {
        arrays.range(part.images, &mut range, &progress.part(0.0, 0.5).part_of(i, parts.len()))?;
    }
    let (scale, note) = range.scale().map_err(|what| arrays.wrong(parts[0].images, what))?;
    let (mut bytes, mut labels, mut held_out) = (Vec::new(), Labels::default(), Vec::new());
    let has_labels = parts.iter().all(|part| part.labels.is_some());
    for (i, (part, axes)) in parts.iter().zip(&axes).enumerate() {
        arrays.pixels(part.images, axes, scale, &mut bytes, &progress.part(0.5, 1.0).part_of(i, parts.len()))?;
        arrays.labels(part.labels.filter(|_| has_labels), axes.count, &mut labels)?;
        held_out.extend(std::iter::repeat_n(part.held_out, axes.count));
    }
    let (class_names, labels) = labels.into_classes();
    let mut notes: Vec<String> = note.into_iter().collect();
    if !has_labels && parts.iter().any(|part| part.labels.is_some()) {
        notes.push("Only some of the arrays have labels, so that no image has a class.".to_owned());
    }
    Ok(Found {
        form: "NumPy arrays".to_owned(),
        images: RawImages::uniform(colours(shape), without_alpha(shape, bytes)),
        labels,
        class_names,
        held_out: (parts.len() > 1).then_some(held_out),
        before: Some(Sizes::of(shape.rows, shape.cols)),
        notes,
        ..Found::default()
    })
}

impl<'a> Arrays<'a> {
    fn open(path: &'a Path, is_archive: bool) -> Result<Self, DataError> {
        let wrong = |name: &str, what: String| DataError::File {
            file: if name.is_empty() {
                path.display().to_string()
            } else {
                format!("{}, {}", path.display(), name.escape_debug())
            },
            what,
        };
        let names = match is_archive {
            true => {
                let archive = open_zip(path)?;
                let names = archive.file_names().filter_map(Result::ok);
                names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned)).collect()
            }
            false => vec![String::new()],
        };
        let mut arrays = Self { path, headers: Vec::new(), is_archive };
        for name in names {
            let header = arrays.with(&name, |mut source| Header::read(&mut source));
            arrays.headers.push((name.clone(), header.map_err(|what| wrong(&name, what))?));
        }
        Ok(arrays)
    }

    /// Opens an array at its header.
    fn with<T>(&self, name: &str, then: impl FnOnce(&mut dyn Read) -> Result<T, String>) -> Result<T, String> {
        if !self.is_archive {
            let file = File::open(self.path).map_err(|e| e.to_string())?;
            return then(&mut BufReader::new(file));
        }
        let mut archive = open_zip(self.path).map_err(|e| e.to_string())?;
        let entry = archive.by_name(&format!("{name}.npy")).map_err(|e| e.to_string())?;
        then(&mut BufReader::with_capacity(1 << 16, entry))
    }

    /// All numbers of an array, a block at a time.
    fn numbers(&self, array: usize, with: impl FnMut(&[f64]) -> Result<(), String>) -> Result<(), DataError> {
        let (name, _) = &self.headers[array];
        let read = |mut source: &mut dyn Read| Header::read(&mut source)?.numbers(&mut source, with);
        self.with(name, read).map_err(|what| self.wrong(array, what))
    }

    fn wrong(&self, array: usize, what: String) -> DataError {
        let (name, path) = (&self.headers[array].0, self.path.display());
        DataError::File {
            file: if name.is_empty() { path.to_string() } else { format!("{path}, {}", name.escape_debug()) },
            what,
        }
    }

    /// Which arrays are images, which their labels: by name; a lone array is images. As with folders, images for validation are
    /// held out where there are none for tests, and learned from otherwise.
    fn parts(&self) -> Result<Vec<Part>, DataError> {
        let of = |part: &str, held_out: bool| {
            let named = |kinds: &[&str]| {
                let spelt = |kind: &&str| [format!("{kind}_{part}"), format!("{part}_{kind}"), format!("{kind}{part}")];
                self.find(kinds.iter().flat_map(spelt))
            };
            named(&IMAGES).map(|images| Part { images, labels: named(&LABELS), held_out })
        };
        if let Some(train) = of("train", false) {
            let test = of("test", true);
            let validation = VALIDATION.iter().find_map(|name| of(name, test.is_none()));
            return Ok([Some(train), validation, test].into_iter().flatten().collect());
        }
        let named = |names: &[&str]| self.find(names.iter().map(|&name| name.to_owned()));
        let what = match (named(&IMAGES), &self.headers[..]) {
            (Some(images), _) => return Ok(vec![Part { images, labels: named(&LABELS), held_out: false }]),
            (None, [_]) => return Ok(vec![Part { images: 0, labels: None, held_out: false }]),
            (None, []) => "holds no arrays".to_owned(),
            (None, all) => {
                let known: Vec<String> =
                    all.iter().map(|(name, header)| format!("{} {:?}", name.escape_debug(), header.shape)).collect();
                let known = known.join(", ");
                format!("holds {known}, of which none is named as images are: x_train and x_test, or images")
            }
        };
        Err(DataError::File { file: self.path.display().to_string(), what })
    }

    /// The array of the first of these names that there is.
    fn find(&self, names: impl IntoIterator<Item = String>) -> Option<usize> {
        let of = |name: String| self.headers.iter().position(|(other, _)| other.to_lowercase() == name);
        names.into_iter().find_map(of)
    }

    fn axes(&self, array: usize) -> Result<Axes, DataError> {
        let header = &self.headers[array].1;
        Axes::of(&header.shape, header.is_fortran).map_err(|what| self.wrong(array, what))
    }

    /// Widens `range` by the numbers of an array, and finds out whether they are all there.
    fn range(&self, array: usize, range: &mut Range, progress: &Progress) -> Result<(), DataError> {
        let axes = self.axes(array)?;
        let (mut places, mut done, all) = (axes.places(), 0, axes.count.saturating_mul(axes.shape.len()));
        let mut cancelled = None;
        let read = self.numbers(array, |values| {
            if let Err(end) = progress.done(done, all) {
                cancelled = Some(end);
                return Err(end.to_string());
            }
            for &value in values {
                let place = places.next_place();
                if !value.is_finite() {
                    let (image, pixel) = (place / axes.shape.len(), place % axes.shape.len() / axes.shape.channels);
                    let (row, col) = (pixel / axes.shape.cols, pixel % axes.shape.cols);
                    return Err(format!("holds {value} in image {image}, row {row}, column {col}, counted from 0"));
                }
                range.take(value);
            }
            done += values.len();
            Ok(())
        });
        cancelled.map_or(read, |end| Err(end.into()))
    }

    /// Appends the images of an array, whose numbers are known to be there, to `bytes`.
    fn pixels(
        &self,
        array: usize,
        axes: &Axes,
        scale: Scale,
        bytes: &mut Vec<u8>,
        progress: &Progress,
    ) -> Result<(), DataError> {
        let (start, all) = (bytes.len(), axes.count * axes.shape.len());
        bytes.resize(start + all, 0);
        let (mut places, mut done, into) = (axes.places(), 0, &mut bytes[start..]);
        let mut cancelled = None;
        let read = self.numbers(array, |values| {
            if let Err(end) = progress.done(done, all) {
                cancelled = Some(end);
                return Err(end.to_string());
            }
            values.iter().for_each(|&value| into[places.next_place()] = scale.byte(value));
            done += values.len();
            Ok(())
        });
        cancelled.map_or(read, |end| Err(end.into()))
    }

    /// Appends the labels of `count` images.
    fn labels(&self, array: Option<usize>, count: usize, labels: &mut Labels) -> Result<(), DataError> {
        let Some(array) = array else {
            (0..count).for_each(|_| labels.push(""));
            return Ok(());
        };
        let shape = &self.headers[array].1.shape;
        if !matches!(shape[..], [n] | [n, 1] if n == count) {
            let what =
                format!("labels of shape {shape:?} do not belong to {count} images; one number an image is needed");
            return Err(self.wrong(array, what));
        }
        self.numbers(array, |values| {
            for value in values {
                if value.fract() != 0.0 {
                    return Err(format!("the label {value} is no whole number"));
                }
                labels.push(&value.to_string());
                if labels.classes() > MOST_CLASSES {
                    return Err(format!("has more than {MOST_CLASSES} classes"));
                }
            }
            Ok(())
        })
    }
}

/// The shape without an alpha.
fn colours(shape: ImageShape) -> ImageShape {
    ImageShape { channels: shape.channels.min(3), ..shape }
}

/// The bytes without their alphas.
fn without_alpha(shape: ImageShape, bytes: Vec<u8>) -> Vec<u8> {
    if shape.channels != 4 {
        return bytes;
    }
    let pixels = bytes.as_chunks::<4>().0;
    pixels
        .iter()
        .flat_map(|&[red, green, blue, alpha]| [red, green, blue].map(|value| over_black(value, alpha)))
        .collect()
}
