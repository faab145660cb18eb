//! A table of images, a row each: the pixels of a square row by row, perhaps with a label first or under a heading.

use std::fs::File;
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord, Trim};

use super::DataError;
use super::classes::Labels;
use super::contents::Sizes;
use super::found::{Found, MOST_CLASSES};
use super::numbers::{Range, Scale};
use super::raw::RawImages;
use crate::config::{ImageShape, Memory};
use crate::progress::Progress;

/// Rows between two reports.
const REPORT: u64 = 256;
/// Headings of labels, in small letters.
const LABELS: [&str; 6] = ["label", "labels", "class", "target", "y", "digit"];

/// What the columns are.
#[derive(Clone, Copy, Debug)]
struct Columns {
    has_header: bool,
    label: Option<usize>,
    shape: ImageShape,
}

pub fn read(path: &Path, memory: Memory, progress: &Progress) -> Result<Found, DataError> {
    let wrong = |what: String| DataError::File { file: path.display().to_string(), what };
    let columns = Columns::of(path).map_err(wrong)?;
    let (mut range, mut labels) = (Range::default(), Labels::default());
    each(path, columns, &progress.part(0.0, 0.5), |label, values| {
        labels.push(label);
        if labels.classes() > MOST_CLASSES {
            return Err(format!("more than {MOST_CLASSES} classes in its labels"));
        }
        values.iter().for_each(|&value| range.take(value));
        Ok(())
    })?;
    let count = labels.len();
    let (scale, note) = match count {
        0 => (Scale::default(), None),
        _ => range.scale().map_err(wrong)?,
    };
    let total = count as u64 * columns.shape.len() as u64;
    if total > memory.of_images() {
        let remedy = format!("keep {} rows or fewer", memory.of_images() / columns.shape.len() as u64);
        return Err(DataError::TooLarge { name: path.display().to_string(), estimate: total, memory, remedy });
    }
    let mut bytes = Vec::with_capacity(total as usize);
    each(path, columns, &progress.part(0.5, 1.0), |_, values| {
        bytes.extend(values.iter().map(|&value| scale.byte(value)));
        Ok(())
    })?;
    let (class_names, labels) = labels.into_classes();
    let said = match columns.label {
        Some(column) => format!("Column {} is taken for the label.", column + 1),
        None => "No column is taken for a label.".to_owned(),
    };
    Ok(Found {
        form: "a table, a row an image".to_owned(),
        images: RawImages::uniform(columns.shape, bytes),
        labels,
        class_names,
        before: Some(Sizes::of(columns.shape.rows, columns.shape.cols)),
        notes: std::iter::once(said).chain(note).collect(),
        ..Found::default()
    })
}

impl Columns {
    /// Told from the first row: a heading has something that is no number. The label is under its heading, or else first if
    /// the other columns make a square and all do not.
    fn of(path: &Path) -> Result<Self, String> {
        let mut first = StringRecord::new();
        open(path)?.read_record(&mut first).map_err(|e| describe(&e))?;
        let count = first.len();
        let is_text = |cell: &str| cell.parse::<f64>().is_err();
        // A label may be a word: a heading has several.
        let has_header = count > 1 && first.iter().skip(1).any(is_text);
        let named = first.iter().position(|cell| LABELS.contains(&cell.to_lowercase().as_str()));
        let (label, shape) = match (named.filter(|_| has_header), square(count)) {
            (Some(label), _) => (Some(label), square(count - 1)),
            (None, Some(shape)) => (None, Some(shape)),
            (None, None) => (Some(0), square(count.saturating_sub(1))),
        };
        let shape = shape.ok_or_else(|| {
            format!("its rows have {count} columns; the pixels of a square image are needed, grey or red, green and blue in turn, and perhaps a label")
        })?;
        Ok(Self { has_header, label, shape })
    }
}

/// The square that so many numbers make, grey or in colour.
fn square(numbers: usize) -> Option<ImageShape> {
    let of = |pixels: usize| Some(pixels.isqrt()).filter(|side| *side > 0 && side * side == pixels);
    let grey = of(numbers).map(|side| ImageShape::grey(side, side));
    grey.or_else(|| of(numbers / 3).filter(|_| numbers.is_multiple_of(3)).map(|side| ImageShape::rgb(side, side)))
}

fn open(path: &Path) -> Result<Reader<File>, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    Ok(ReaderBuilder::new().has_headers(false).trim(Trim::All).buffer_capacity(1 << 16).from_reader(file))
}

/// Calls `with` for the label and the numbers of every row.
fn each(
    path: &Path,
    columns: Columns,
    progress: &Progress,
    mut with: impl FnMut(&str, &[f64]) -> Result<(), String>,
) -> Result<(), DataError> {
    let wrong = |what: String| DataError::File { file: path.display().to_string(), what };
    let len = std::fs::metadata(path).map_or(1, |metadata| metadata.len().max(1));
    let mut rows = open(path).map_err(wrong)?;
    let (mut record, mut values) = (StringRecord::new(), Vec::with_capacity(columns.shape.len()));
    while rows.read_record(&mut record).map_err(|e| wrong(describe(&e)))? {
        let line = record.position().map_or(0, csv::Position::line);
        if line % REPORT == 1 {
            progress.at(rows.position().byte() as f64 / len as f64)?;
        }
        if line == 1 && columns.has_header {
            continue;
        }
        values.clear();
        for (column, cell) in record.iter().enumerate().filter(|(column, _)| columns.label != Some(*column)) {
            let value: f64 =
                cell.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| {
                    wrong(format!("line {line}, column {}: {cell:?} is no finite number", column + 1))
                })?;
            values.push(value);
        }
        let label = columns.label.and_then(|column| record.get(column)).unwrap_or_default();
        with(label, &values).map_err(|what| wrong(format!("line {line}: {what}")))?;
    }
    Ok(())
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line}: {len} columns, but those above have {expected_len}")
        }
        _ => error.to_string(),
    }
}
