//! `data`: what there is to learn, before any of it is learned.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::data::{self, DataArguments, ReadingArguments};
use super::output;
use crate::config::{DataSource, Memory};
use crate::data::{Contents, Divided, Loaded};
use crate::explore::tile;
use crate::figure::{PictureKind, encode_picture};
use crate::files::{check_file, write_or_spare};
use crate::format::grouped;

/// Images on the sheet, and in one of its rows.
const ON_SHEET: usize = 100;
const ACROSS: usize = 10;
/// Classes and files left out that are named to a person; JSON has all of the classes and more of the files.
const NAMED: usize = 10;

#[derive(Debug, Args)]
pub struct SurveyArguments {
    /// mnist, fashion-mnist, shapes, a folder of images, or a file .npz, .npy, .csv, .zip, .tar or .tar.gz
    #[arg(value_name = "PATH")]
    pub path: String,
    /// Pixels of the longer side of an image [default: images up to 64 keep theirs, larger ones get 64]
    #[arg(long, value_name = "N", value_parser = data::size)]
    pub size: Option<usize>,
    #[command(flatten)]
    pub reading: ReadingArguments,
    /// Write some of the images as they will be learned, side by side
    #[arg(long, value_name = "FILE.png", value_parser = super::file_names::png_file)]
    pub sheet: Option<PathBuf>,
}

pub fn run(arguments: &SurveyArguments, memory: Memory, json: bool) -> Result<()> {
    if let Some(sheet) = &arguments.sheet {
        check_file(sheet)?;
    }
    let SurveyArguments { path, size, reading, .. } = arguments;
    let source = DataArguments { data: Some(path.clone()), size: *size, reading: reading.clone() }.source();
    let Loaded { dataset, contents } = data::load(&source, memory)?;
    if let Some(sheet) = &arguments.sheet {
        let some = dataset.train.spread(ON_SHEET);
        let picture = tile(&some.gather(0..some.len()), some.shape, ACROSS.min(some.len()));
        write_or_spare(sheet, &encode_picture(&picture, 1, "", PictureKind::Png)?)?;
    }
    let value = json!({ "data": source, "sheet": arguments.sheet, "contents": contents });
    output::print(json, &value, || describe(&source, &contents))
}

/// What a person wants to know before training.
fn describe(source: &DataSource, contents: &Contents) -> String {
    let Contents { form, found, train, test, divided, before, shape, classes, left_out, notes } = contents;
    let number = |count: &usize| grouped(*count as u64);
    let by = match divided {
        Divided::Given => "as the set has it".to_owned(),
        Divided::BySeed => format!("{} % by seed", 100.0 * source.reading.test_share),
    };
    let stays = before.is_one() && (before.rows[0], before.cols[0]) == (shape.rows, shape.cols);
    let size = if stays { shape.to_string() } else { format!("{before} become {shape}") };
    let mut text = format!(
        "{source}: {form}\n  {} images found: {} to learn from, {} held out ({by})\n  {size}",
        number(found),
        number(train),
        number(test),
    );
    // Writing to a string cannot fail.
    let _ = match classes.len() {
        0 => write!(text, "\n  no classes"),
        count => {
            let named = classes
                .iter()
                .take(NAMED)
                .map(|class| format!("{} {}", class.name, number(&(class.train + class.test))));
            let more = if count > NAMED { ", …" } else { "" };
            write!(text, "\n  {count} classes: {}{more}", named.collect::<Vec<_>>().join(", "))
        }
    };
    notes.iter().for_each(|note| _ = write!(text, "\n  {note}"));
    if left_out.count > 0 {
        let _ = write!(text, "\n  {} left out:", number(&left_out.count));
        left_out.files.iter().take(NAMED).for_each(|(file, why)| _ = write!(text, "\n    {file}: {why}"));
        if left_out.count > NAMED {
            text.push_str("\n    …");
        }
    }
    text
}
