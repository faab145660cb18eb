//! What a person sets in the window; saved when it closes.

use std::path::PathBuf;

use egui::ThemePreference;
use serde::{Deserialize, Serialize};

use crate::config::{Arch, Code, ConfigError, Likelihood, ModelKind, TrainConfig, parse_hidden};
use crate::data::MNIST;
use crate::explore::{FieldKind, Interpolation, Route, Spacing};
use crate::figure::Quantity;
use crate::train::RunSettings;

/// Where the logarithmic β slider ends.
pub const LARGEST_BETA: f64 = 100.0;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub data: String,
    /// Whether the layers are convolutions.
    pub conv: bool,
    /// Otherwise the sizes of the hidden layers, as typed.
    pub hidden: String,
    pub likelihood: Likelihood,
    pub train: TrainConfig,
    /// Off trains with a KL weight of 0 and keeps β for later.
    pub kl_on: bool,
    pub train_at_start: bool,
    /// Test images whose codes are shown.
    pub probe: usize,
    pub overlays: Overlays,
    pub link: Link,
    pub tool: Tool,
    pub path: PathSettings,
    pub losses: LossSettings,
    pub samples: SampleSettings,
    pub figure: FigureSettings,
    /// How far a drawing is followed on its way through the models.
    pub way: usize,
    /// Whether inference is about the drawing rather than the image at the cursor.
    pub infer_drawing: bool,
    pub tab: Tab,
    pub theme: ThemePreference,
    pub frame_rate: bool,
    /// Whether the hint for newcomers is still to be shown.
    pub hint: bool,
    /// Megabytes that the kept states of all runs may take.
    pub budget: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: MNIST.to_owned(),
            conv: false,
            hidden: Arch::default().to_string(),
            likelihood: Likelihood::default(),
            train: TrainConfig::default(),
            kl_on: true,
            train_at_start: true,
            probe: 5_000,
            overlays: Overlays::default(),
            link: Link::default(),
            tool: Tool::default(),
            path: PathSettings::default(),
            losses: LossSettings::default(),
            samples: SampleSettings::default(),
            figure: FigureSettings::default(),
            way: 3,
            infer_drawing: false,
            tab: Tab::default(),
            theme: ThemePreference::System,
            frame_rate: false,
            hint: true,
            budget: 256,
        }
    }
}

impl Settings {
    /// The KL weight in force.
    pub fn beta(&self) -> f64 {
        if self.kl_on { self.train.beta } else { 0.0 }
    }

    /// The layers chosen.
    pub fn arch(&self) -> Result<Arch, ConfigError> {
        if self.conv { Ok(Arch::Conv) } else { parse_hidden(&self.hidden).map(Arch::Mlp) }
    }

    /// The runs of a fresh session: an AE and a VAE from the same seed.
    pub fn runs(&self) -> Result<Vec<RunSettings>, ConfigError> {
        let arch = self.arch()?;
        let train = TrainConfig { beta: self.beta(), ..self.train.clone() };
        train.validate()?;
        Ok([ModelKind::Ae, ModelKind::Vae]
            .map(|kind| RunSettings { kind, arch: arch.clone(), likelihood: self.likelihood, train: train.clone() })
            .to_vec())
    }
}

/// What is drawn over a latent plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overlays {
    pub points: bool,
    pub means: bool,
    pub posteriors: bool,
    pub rings: bool,
    pub manifold: bool,
    pub trails: bool,
    /// What is behind the points.
    pub field: Option<FieldKind>,
}

impl Default for Overlays {
    fn default() -> Self {
        Self { points: true, means: true, posteriors: true, rings: true, manifold: false, trails: false, field: None }
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
    pub points: Vec<Code>,
    pub steps: usize,
    pub interpolation: Interpolation,
    pub spacing: Spacing,
    /// What strips are written as.
    pub format: StripFormat,
    /// Side of a pixel in the exported picture.
    pub scale: usize,
    /// Where to export without asking; empty asks.
    pub file: PathBuf,
}

impl Default for PathSettings {
    fn default() -> Self {
        Self {
            points: vec![[-2.0, -1.0], [2.0, 1.0]],
            steps: 15,
            interpolation: Interpolation::default(),
            spacing: Spacing::default(),
            format: StripFormat::default(),
            scale: 4,
            file: PathBuf::new(),
        }
    }
}

impl PathSettings {
    pub fn route(&self) -> Route {
        let Self { points, steps, interpolation, spacing, .. } = self.clone();
        Route { points, steps, interpolation, spacing }
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

    pub fn file_name(self) -> &'static str {
        match self {
            Self::Png => "strip.png",
            Self::Svg => "strip.svg",
            Self::Gif => "strip.gif",
            Self::Apng => "strip.apng",
            Self::Csv => "strip.csv",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LossSettings {
    pub quantity: Quantity,
    pub logarithmic: bool,
}

/// How figures are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FigureSettings {
    /// In pixels.
    pub width: usize,
    pub height: usize,
    pub dark: bool,
    pub png: bool,
    /// Where to write without asking; empty asks.
    pub file: PathBuf,
}

impl Default for FigureSettings {
    fn default() -> Self {
        Self { width: 1600, height: 800, dark: false, png: false, file: PathBuf::new() }
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

/// What the lower panel shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tab {
    #[default]
    Losses,
    Path,
    Samples,
    Draw,
    Selection,
    Inference,
    Measures,
}

impl Tab {
    pub const ALL: [Self; 7] =
        [Self::Losses, Self::Path, Self::Samples, Self::Draw, Self::Selection, Self::Inference, Self::Measures];

    pub fn name(self) -> &'static str {
        match self {
            Self::Losses => "Losses",
            Self::Path => "Path",
            Self::Samples => "Samples",
            Self::Draw => "Draw",
            Self::Selection => "Selection",
            Self::Inference => "Inference",
            Self::Measures => "Measures",
        }
    }

    /// Whether it needs much height.
    pub fn is_tall(self) -> bool {
        matches!(self, Self::Inference | Self::Measures)
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Losses => "The terms of the loss over steps",
            Self::Path => "Images decoded on the way from one code to another",
            Self::Samples => "Images decoded from codes that are drawn at random",
            Self::Draw => "An image of your own on its way through every model",
            Self::Inference => {
                "Exactly, by quadrature over the plane: log p(x), the true posterior, and the encoder's gap"
            }
            Self::Measures => "What regular means, in numbers: continuity, completeness, and what they cost",
            Self::Selection => {
                "The images picked out with a rectangle or a lasso, and the neighbours of the one at the cursor"
            }
        }
    }
}
