//! What a person sets, a struct a concern; plain data that is saved.

use serde::{Deserialize, Serialize};

use super::overlays::Overlays;
use super::roster::{self, Member, Recipe};
use crate::config::{
    Arch, Beta, ConfigError, DataSource, Likelihood, MNIST, ModelKind, ModelSpec, Reading, TrainConfig, parse_hidden,
};
use crate::explore::{Interpolation, Spacing, Waypoint};
use crate::train::RunSettings;

/// Where the logarithmic β slider ends.
pub const LARGEST_BETA: f64 = 100.0;
/// Limits of the learning rate that the controls offer.
pub const LEARNING_RATES: std::ops::RangeInclusive<f64> = 1e-5..=1e-1;

/// What runs are made of and what is shown of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The images.
    pub data: DataSource,
    /// The models that a session begins with, in their order.
    pub roster: Vec<Member>,
    /// Whether the layers are convolutions.
    pub conv: bool,
    /// Otherwise the sizes of the hidden layers, as typed.
    pub hidden: String,
    pub likelihood: Likelihood,
    pub train: TrainConfig,
    /// Which halves of the KL are in force; those that are not keep their β for later.
    pub kl: KlHalves,
    /// Whether both halves have one β, which moves them together.
    pub is_chained: bool,
    pub train_at_start: bool,
    /// Test images whose codes are shown.
    pub probe: usize,
    /// Megabytes that the kept states of all runs may take.
    pub budget: usize,
    pub overlays: Overlays,
    pub coloring: Coloring,
    pub link: Link,
    pub tool: Tool,
    pub path: PathSettings,
    pub samples: SampleSettings,
    pub words: WordSettings,
    /// Whether traversals go through 0 rather than the code of the image at the cursor.
    pub traverse_from_zero: bool,
    /// How far a drawing is followed on its way through the models.
    pub stage: DrawingStage,
    /// Whether inference is about the drawing rather than the image at the cursor.
    pub infer_drawing: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: MNIST.into(),
            roster: roster::usual(),
            conv: false,
            hidden: Arch::default().to_string(),
            likelihood: Likelihood::default(),
            train: TrainConfig::default(),
            kl: KlHalves::Both,
            is_chained: true,
            train_at_start: true,
            probe: 5_000,
            budget: 256,
            overlays: Overlays::default(),
            coloring: Coloring::default(),
            link: Link::default(),
            tool: Tool::default(),
            path: PathSettings::default(),
            samples: SampleSettings::default(),
            words: WordSettings::default(),
            traverse_from_zero: false,
            stage: DrawingStage::default(),
            infer_drawing: false,
        }
    }
}

impl Settings {
    /// The KL weights in force.
    pub fn beta(&self) -> Beta {
        let Beta { mean, variance } = self.train.beta;
        Beta {
            mean: if self.kl.has_mean() { mean } else { 0.0 },
            variance: if self.kl.has_variance() { variance } else { 0.0 },
        }
    }

    /// The layers chosen.
    pub fn arch(&self) -> Result<Arch, ConfigError> {
        if self.conv { Ok(Arch::Conv) } else { parse_hidden(&self.hidden).map(Arch::Mlp) }
    }

    /// What a run of this kind is started with.
    pub fn run(&self, kind: ModelKind) -> Result<RunSettings, ConfigError> {
        let train = TrainConfig { beta: self.beta(), ..self.train.clone() };
        train.validate()?;
        let plain = ModelSpec::new(kind);
        let model = match plain.is_closed_form() {
            true => plain,
            false => ModelSpec { arch: self.arch()?, likelihood: self.likelihood, ..plain },
        };
        Ok(RunSettings { model, train })
    }

    /// What a model is started with.
    pub fn run_of(&self, recipe: &Recipe) -> Result<RunSettings, ConfigError> {
        match recipe {
            Recipe::AsSet(kind) => self.run(*kind),
            Recipe::Own(own) => {
                let train = TrainConfig { batch: self.train.batch, ..own.train.clone() };
                train.validate()?;
                own.model.validate()?;
                Ok(RunSettings { model: own.model.clone(), train })
            }
        }
    }

    /// The runs of a fresh session: those of the list, an AE and a VAE if it is empty.
    pub fn runs(&self) -> Result<Vec<RunSettings>, ConfigError> {
        let usual = if self.roster.is_empty() { roster::usual() } else { Vec::new() };
        self.roster.iter().chain(&usual).map(|member| self.run_of(&member.recipe)).collect()
    }

    /// The same with every value that no run can be started with put back to its default: a saved file may hold anything.
    pub fn sanitised(mut self) -> Self {
        let default = Self::default();
        if self.train.validate().is_err() {
            self.train = default.train;
        }
        if self.data.reading.validate().is_err() {
            self.data.reading = Reading::default();
        }
        if self.likelihood.validate().is_err() {
            self.likelihood = default.likelihood;
        }
        if parse_hidden(&self.hidden).is_err() {
            self.hidden = default.hidden;
        }
        self.roster = roster::sanitised(self.roster);
        self.probe = self.probe.clamp(1, 1 << 24);
        self.budget = self.budget.clamp(16, 1 << 16);
        self.path.steps = self.path.steps.clamp(2, 100);
        self.path.scale = self.path.scale.clamp(1, 32);
        self.samples.count = self.samples.count.clamp(1, 1_024);
        if self.path.points.len() < 2 {
            self.path.points = default.path.points;
        }
        self
    }
}

/// Which halves of the KL a VAE pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KlHalves {
    Off,
    /// ½ Σ (σ² − 1 − ln σ²): the variances stay near 1.
    Variance,
    /// ½ Σ μ²: the means stay near 0.
    Mean,
    #[default]
    Both,
}

impl KlHalves {
    pub const ALL: [Self; 4] = [Self::Off, Self::Variance, Self::Mean, Self::Both];

    pub fn has_mean(self) -> bool {
        matches!(self, Self::Mean | Self::Both)
    }

    pub fn has_variance(self) -> bool {
        matches!(self, Self::Variance | Self::Both)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Variance => "only variance",
            Self::Mean => "only mean",
            Self::Both => "both",
        }
    }

    /// What comes of it.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Off => {
                "No KL: the reconstruction alone counts, posteriors shrink to points and codes scatter like those of an AE."
            }
            Self::Variance => {
                "Local only: variances stay near 1, but nothing holds the means, which run away from each other until posteriors no \
                 longer overlap."
            }
            Self::Mean => {
                "Global only: means stay near 0, but nothing holds the variances, which shrink until each posterior is a point."
            }
            Self::Both => {
                "The KL of the textbooks: variances near 1, means near 0; posteriors overlap and the plane is regular."
            }
        }
    }
}

/// What the colours of points tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coloring {
    /// The class of each image.
    Classes,
    /// One of the factors that images were drawn from, where these are known; else the class.
    Factor(usize),
}

impl Default for Coloring {
    fn default() -> Self {
        Self::Factor(0)
    }
}

/// What the cursors of the panes have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The same point of every plane.
    #[default]
    SameCode,
    /// The same test image, wherever each model puts it.
    SameImage,
}

/// What a drag in a plane does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tool {
    /// Moves the cursor.
    #[default]
    Cursor,
    /// Selects what is within a rectangle.
    Rectangle,
    /// Selects what is within a line drawn freely.
    Lasso,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PathSettings {
    /// The waypoints, two at least.
    pub points: Vec<Waypoint>,
    pub steps: usize,
    pub interpolation: Interpolation,
    pub spacing: Spacing,
    /// What strips are written as.
    pub format: StripFormat,
    /// Side of a pixel in the exported picture.
    pub scale: usize,
}

impl Default for PathSettings {
    fn default() -> Self {
        Self {
            // Of the test images of MNIST a 7 and a 2; another set has others there.
            points: vec![Waypoint::Image(0), Waypoint::Image(1)],
            steps: 15,
            interpolation: Interpolation::default(),
            spacing: Spacing::default(),
            format: StripFormat::default(),
            scale: 4,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StripFormat {
    #[default]
    Png,
    Svg,
    Gif,
    Apng,
    Csv,
}

impl StripFormat {
    pub const ALL: [Self; 5] = [Self::Png, Self::Svg, Self::Gif, Self::Apng, Self::Csv];

    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Svg => "SVG",
            Self::Gif => "GIF",
            Self::Apng => "APNG",
            Self::Csv => "CSV",
        }
    }
}

/// What is drawn and decoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SampleSettings {
    /// Codes in each pane.
    pub count: usize,
    /// Which draw: each number is another.
    pub draw: u64,
    /// Whether an AE's codes are drawn from a Gaussian fitted to those of the probe.
    pub fitted: bool,
}

impl Default for SampleSettings {
    fn default() -> Self {
        Self { count: 32, draw: 0, fitted: false }
    }
}

/// How the list of words of a quantised code is shown, and what is drawn from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WordSettings {
    /// Whether those come first that are chosen most, rather than in the order of their numbers.
    pub by_usage: bool,
    /// Whether cells are shaded by p(k|x) of the image at the cursor rather than by usage.
    pub posterior: bool,
    /// How many integers have been drawn.
    pub drawn: u64,
    /// Whether they come from the prior that was learned rather than from the uniform one.
    pub learned: bool,
}

/// How far an image is followed through a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DrawingStage {
    Image,
    Posterior,
    Code,
    #[default]
    Reconstruction,
}

impl DrawingStage {
    pub const ALL: [Self; 4] = [Self::Image, Self::Posterior, Self::Code, Self::Reconstruction];

    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "x",
            Self::Posterior => "μ, σ",
            Self::Code => "z = μ + σ·ε",
            Self::Reconstruction => "reconstruction",
        }
    }
}
