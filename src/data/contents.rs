//! What was found where images were looked for, and what became of it: what a person reads before training.

use serde::Serialize;

use crate::config::ImageShape;

/// Names of files left out that are kept at most; all are counted.
const MOST_NAMED: usize = 200;

/// The report of a reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contents {
    /// In what form they came, e.g. `a folder of images`.
    pub form: String,
    /// Images there were, those left out among them.
    pub found: usize,
    pub train: usize,
    pub test: usize,
    pub divided: Divided,
    /// Sizes as they came.
    pub before: Sizes,
    /// The shape that all have now.
    pub shape: ImageShape,
    /// None where the images have no classes.
    pub classes: Vec<ClassCount>,
    pub left_out: LeftOut,
    /// What was decided on the way, a sentence each.
    pub notes: Vec<String>,
}

/// Who divided the images into those to learn from and those held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Divided {
    /// The set came so.
    Given,
    /// The reading, by its seed and share.
    BySeed,
}

/// The smallest and the largest of each side, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    pub rows: [usize; 2],
    pub cols: [usize; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    pub name: String,
    pub train: usize,
    pub test: usize,
}

/// What could not be read or was not wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub count: usize,
    /// The first of them, each with the reason.
    pub files: Vec<(String, String)>,
}

impl Contents {
    /// Images that are in the set.
    pub fn kept(&self) -> usize {
        self.train + self.test
    }
}

impl LeftOut {
    pub fn push(&mut self, file: impl Into<String>, why: impl Into<String>) {
        self.count += 1;
        if self.files.len() < MOST_NAMED {
            self.files.push((file.into(), why.into()));
        }
    }

    pub fn add(&mut self, other: Self) {
        let unnamed = other.count - other.files.len();
        other.files.into_iter().for_each(|(file, why)| self.push(file, why));
        self.count += unnamed;
    }
}

impl Sizes {
    pub fn of(rows: usize, cols: usize) -> Self {
        Self { rows: [rows; 2], cols: [cols; 2] }
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        let both = |[a, b]: [usize; 2], [c, d]: [usize; 2]| [a.min(c), b.max(d)];
        Self { rows: both(self.rows, other.rows), cols: both(self.cols, other.cols) }
    }

    pub fn is_one(&self) -> bool {
        self.rows[0] == self.rows[1] && self.cols[0] == self.cols[1]
    }
}

impl std::fmt::Display for Sizes {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let side = |[least, most]: [usize; 2]| match least == most {
            true => least.to_string(),
            false => format!("{least}–{most}"),
        };
        write!(f, "{} x {} pixels", side(self.rows), side(self.cols))
    }
}
