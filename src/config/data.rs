//! Which images, and how they are read: what finds the same images again.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ConfigError, MOST_SIDE};

pub const MNIST: &str = "mnist";
pub const FASHION_MNIST: &str = "fashion-mnist";
pub const SHAPES: &str = "shapes";

/// The longer side that larger images get unless another is asked for.
pub const USUAL_SIDE: usize = 64;
/// The share of images that is held out unless another is asked for.
pub const TEST_SHARE: f64 = 0.15;

/// Images and how they are read. Written as the path alone where they are read as usual, and so read from files that know
/// nothing of any other reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct DataSource {
    /// `mnist`, `fashion-mnist`, `shapes`, or the absolute path of a file or folder.
    pub path: String,
    pub reading: Reading,
}

/// How images become numbers of one shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Pixels of the longer side; without it images up to 64 keep theirs, and larger ones get 64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Whether colours become grey.
    pub grey: bool,
    pub fit: Fit,
    /// The share of images that is held out where they are not divided already.
    pub test_share: f64,
    /// Decides which.
    pub seed: u64,
    #[serde(skip_serializing_if = "Binarise::is_none")]
    pub binarise: Binarise,
}

/// What becomes of an image that is longer or wider than the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// All of it, within black borders.
    #[default]
    Pad,
    /// Its middle, without borders.
    Crop,
}

/// What becomes of values between black and white. A Bernoulli likelihood is a probability of black and white images alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binarise {
    /// They stay.
    #[default]
    None,
    /// White with a probability of its value, drawn once for each pixel (Salakhutdinov and Murray 2008).
    Static,
    /// The same, of training images drawn anew in every epoch, from the seed of the run (Burda et al. 2016).
    Dynamic,
    /// White where the value is more than a half.
    Threshold,
}

impl Binarise {
    pub const ALL: [Self; 4] = [Self::None, Self::Static, Self::Dynamic, Self::Threshold];

    fn is_none(&self) -> bool {
        *self == Self::None
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Static => "static",
            Self::Dynamic => "dynamic",
            Self::Threshold => "threshold",
        }
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self { size: None, grey: false, fit: Fit::Pad, test_share: TEST_SHARE, seed: 0, binarise: Binarise::None }
    }
}

impl Reading {
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let Some(size) = self.size {
            validate_size(size)?;
        }
        validate_test_share(self.test_share)
    }
}

pub fn validate_size(size: usize) -> Result<(), ConfigError> {
    if (1..=MOST_SIDE).contains(&size) { Ok(()) } else { Err(ConfigError::Size(size)) }
}

pub fn validate_test_share(share: f64) -> Result<(), ConfigError> {
    if (0.001..=0.999).contains(&share) { Ok(()) } else { Err(ConfigError::TestShare(share)) }
}

impl DataSource {
    /// What a person named: a set of the program by its name, anything else by its absolute path, so that it is found again
    /// from another folder.
    pub fn named(name: &str, reading: Reading) -> Self {
        let is_own = [MNIST, FASHION_MNIST, SHAPES].contains(&name);
        let absolute = std::path::absolute(name).ok().filter(|_| !is_own);
        let path = absolute.map_or_else(|| name.to_owned(), |path| path.to_string_lossy().into_owned());
        Self { path, reading }
    }

    /// Whether the program itself has the images.
    pub fn is_built_in(&self) -> bool {
        [MNIST, FASHION_MNIST, SHAPES].contains(&self.path.as_str())
    }

    /// In a few words: the last part of the path, and what is unusual about the reading.
    pub fn title(&self) -> String {
        let name = match self.path.as_str() {
            MNIST => "MNIST".into(),
            FASHION_MNIST => "Fashion-MNIST".into(),
            SHAPES => "Shapes".into(),
            path => std::path::Path::new(path).file_name().map_or(path.into(), |name| name.to_string_lossy()),
        };
        let Reading { size, grey, fit, binarise, .. } = &self.reading;
        let size = size.map(|size| format!("{size} px"));
        let grey = grey.then(|| "grey".to_owned());
        let crop = (*fit == Fit::Crop).then(|| "cropped".to_owned());
        let binary = (!binarise.is_none()).then(|| format!("{} binary", binarise.name()));
        let unusual: Vec<String> = [size, grey, crop, binary].into_iter().flatten().collect();
        if unusual.is_empty() { name.into_owned() } else { format!("{name} ({})", unusual.join(", ")) }
    }
}

impl Default for DataSource {
    fn default() -> Self {
        MNIST.into()
    }
}

/// Read as usual.
impl From<&str> for DataSource {
    fn from(path: &str) -> Self {
        Self { path: path.to_owned(), reading: Reading::default() }
    }
}

impl From<String> for DataSource {
    fn from(path: String) -> Self {
        Self { path, reading: Reading::default() }
    }
}

/// The path.
impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.path)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Path(String),
    Whole {
        path: String,
        #[serde(flatten)]
        reading: Reading,
    },
}

impl From<Written> for DataSource {
    fn from(written: Written) -> Self {
        match written {
            Written::Path(path) => path.into(),
            Written::Whole { path, reading } => Self { path, reading },
        }
    }
}

impl From<DataSource> for Written {
    fn from(DataSource { path, reading }: DataSource) -> Self {
        if reading == Reading::default() { Self::Path(path) } else { Self::Whole { path, reading } }
    }
}
