//! How many bytes the work may take, and into what parts it is cut to fit.

use std::fmt;
use std::str::FromStr;

use sysinfo::System;

use super::ConfigError;

/// What is allowed where nobody says otherwise: this share of the machine's memory.
const SHARE: u64 = 4;
/// Several stages work at once, each with a few tables: a table takes this share of what is allowed.
const TABLES: usize = 16;
/// What is taken for a machine that does not say what it has.
const UNKNOWN: u64 = 8 << 30;
const SMALLEST: usize = 1 << 20;
const UNITS: [(char, u64); 3] = [('K', 1 << 10), ('M', 1 << 20), ('G', 1 << 30)];

/// Bytes that the work may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(usize);

impl Default for Memory {
    /// A quarter of what the machine has, or of what its control group allows.
    fn default() -> Self {
        let all = System::new().map_or(0, |mut system| {
            system.refresh_memory();
            let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
            system.total_memory().min(limit)
        });
        let all = if all == 0 { UNKNOWN } else { all };
        Self::of((all / SHARE) as usize)
    }
}

impl Memory {
    /// No stage cuts its work.
    pub const UNLIMITED: Self = Self(usize::MAX);

    pub const fn of(bytes: usize) -> Self {
        Self(bytes)
    }

    pub const fn bytes(self) -> usize {
        self.0
    }

    /// What the images of a set may take.
    pub const fn of_images(self) -> u64 {
        (self.0 / 2) as u64
    }

    /// How many things of so many bytes go through a stage together; at least one.
    pub fn chunk(self, bytes_each: usize) -> usize {
        (self.0 / TABLES / bytes_each.max(1)).max(1)
    }

    /// The same for rows of so many single-precision numbers, and at most `most` of them.
    pub fn rows(self, numbers: usize, most: usize) -> usize {
        self.chunk(size_of::<f32>() * numbers).min(most)
    }
}

impl FromStr for Memory {
    type Err = ConfigError;

    /// `4G`, `1.5G`, `512M`.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError::Memory(text.to_owned());
        let upper = text.trim().to_uppercase();
        let upper = upper.strip_suffix("IB").or_else(|| upper.strip_suffix('B')).unwrap_or(&upper);
        let (number, unit) =
            UNITS.iter().find_map(|&(c, unit)| Some((upper.strip_suffix(c)?, unit))).ok_or_else(wrong)?;
        let bytes = number.trim().parse::<f64>().map_err(|_| wrong())? * unit as f64;
        // What is not a number is no size either.
        let fits = (SMALLEST as f64..=usize::MAX as f64 / 2.0).contains(&bytes);
        if fits { Ok(Self(bytes as usize)) } else { Err(wrong()) }
    }
}

/// With two digits that say something, in the units that `--memory` takes: 1.5G, 512M.
impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let bytes = self.0 as f64;
        let (unit, size) = UNITS.iter().rev().find(|(_, size)| bytes >= *size as f64).unwrap_or(&UNITS[0]);
        match bytes / *size as f64 {
            few if few < 9.95 => write!(f, "{few:.1}{unit}"),
            many => write!(f, "{many:.0}{unit}"),
        }
    }
}
