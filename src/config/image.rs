//! What the numbers of an image are.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Pixels along a side at most.
pub const MOST_SIDE: usize = 1_024;
/// Numbers of an image at most: 1,024 x 1,024 grey, 591 x 591 in colour.
pub const MOST_NUMBERS: usize = 1 << 20;

/// The size of an image. In memory it lies row by row, the colours of a pixel side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageShape {
    pub rows: usize,
    pub cols: usize,
    /// 1: grey; 3: red, green and blue. Files from before there was colour have none.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub channels: usize,
}

fn one() -> usize {
    1
}

fn is_one(channels: &usize) -> bool {
    *channels == 1
}

impl ImageShape {
    pub const fn grey(rows: usize, cols: usize) -> Self {
        Self { rows, cols, channels: 1 }
    }

    pub const fn rgb(rows: usize, cols: usize) -> Self {
        Self { rows, cols, channels: 3 }
    }

    /// The numbers of an image: one a grey pixel, three a coloured one.
    pub const fn len(&self) -> usize {
        self.rows * self.cols * self.channels
    }

    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn is_grey(&self) -> bool {
        self.channels == 1
    }

    pub fn validate(&self) -> Result<(), ConfigError> {
        let is_side = |side: usize| (1..=MOST_SIDE).contains(&side);
        let sound = is_side(self.rows) && is_side(self.cols) && [1, 3].contains(&self.channels);
        if sound && self.len() <= MOST_NUMBERS { Ok(()) } else { Err(ConfigError::Image(*self)) }
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { rows, cols, channels } = self;
        match channels {
            1 => write!(f, "{rows} x {cols} pixels"),
            3 => write!(f, "{rows} x {cols} pixels in colour"),
            other => write!(f, "{rows} x {cols} pixels of {other} channels"),
        }
    }
}
