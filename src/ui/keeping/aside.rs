//! Sessions that have been put aside, as they are listed: newest first, each in a line.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::folder;
use crate::format::grouped;
use crate::session::archive::{About, cover};

/// As many as a list shows.
const MOST: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    pub file: PathBuf,
    /// What it is and how old.
    pub line: String,
}

/// The newest below `root`; what cannot be opened is not listed.
pub fn list(root: &Path) -> Vec<Aside> {
    let about = |file: PathBuf| {
        let (about, _) = cover(File::open(&file).ok()?).ok()?;
        Some(Aside { file, line: line(&about, folder::seconds()) })
    };
    folder::put_aside(root).into_iter().rev().filter_map(about).take(MOST).collect()
}

/// What a session learnt, how far it came, how long ago it was kept.
pub fn line(about: &About, now: u64) -> String {
    let About { data, epoch, step, saved, .. } = about;
    let age = ago(now.saturating_sub(*saved));
    format!("{data}  ·  epoch {}  ·  step {}  ·  {age}", grouped(*epoch), grouped(*step))
}

/// How long ago something was.
fn ago(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => return "a moment ago".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{} {unit}{} ago", grouped(count), if count == 1 { "" } else { "s" })
}
