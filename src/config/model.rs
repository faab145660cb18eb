//! What a model is made of: posterior, prior, likelihood, network, and how many latent dimensions.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::graph::Graphs;
use super::likelihood::Likelihood;
use super::{ConfigError, ImageShape};

pub(super) const WIDEST_LAYER: usize = 16_384;
pub(super) const MOST_LAYERS: usize = 8;
pub const MOST_LATENT: usize = 64;
/// Weights of a network at most. A convolutional one for the largest images has some fewer.
pub const MOST_PARAMETERS: u64 = 150_000_000;
/// While it is trained: the weight, its gradient and the two moments of it, four bytes each.
pub(super) const BYTES_A_PARAMETER: f64 = 16.0;
pub const MOST_COMPONENTS: usize = 1_024;
pub const MOST_WORDS: usize = 4_096;
pub const MOST_TOKENS: usize = 4;

/// What a model is called: a usual choice of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    /// Probabilistic principal components: linear, and known in closed form (Tipping and Bishop 1999).
    Pca,
    /// Deterministic: a code is a point.
    Ae,
    /// Variational: a code is drawn from a Gaussian posterior that pays its KL divergence from the prior.
    Vae,
    /// A code is the nearest word of a codebook (van den Oord et al. 2017).
    VqVae,
}

impl ModelKind {
    /// In the order in which the story tells of them.
    pub const ALL: [Self; 4] = [Self::Pca, Self::Ae, Self::Vae, Self::VqVae];

    /// What its name stands for.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Pca => "Principal component analysis",
            Self::Ae => "Autoencoder",
            Self::Vae => "Variational autoencoder",
            Self::VqVae => "Vector-quantised autoencoder",
        }
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Pca => "PCA",
            Self::Ae => "AE",
            Self::Vae => "VAE",
            Self::VqVae => "VQ-VAE",
        })
    }
}

/// q(z|x): what an encoder says of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posterior {
    Point,
    /// N(μ, diag σ²).
    Gaussian,
    /// A word of a codebook.
    Quantised,
}

/// p(z), where the code is continuous.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriorKind {
    /// N(0, I).
    #[default]
    Normal,
    /// Diagonal Gaussians with learned weights, means and scales.
    Mixture { components: usize },
    /// The mean of the posteriors of learned pseudo-inputs (Tomczak and Welling 2018).
    Vamp { components: usize },
}

impl PriorKind {
    pub fn components(self) -> usize {
        match self {
            Self::Normal => 1,
            Self::Mixture { components } | Self::Vamp { components } => components,
        }
    }
}

impl fmt::Display for PriorKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("N(0, I)"),
            Self::Mixture { components } => write!(f, "mixture of {components}"),
            Self::Vamp { components } => write!(f, "VampPrior of {components}"),
        }
    }
}

/// The list of words of a quantised code, and how it is learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Codebook {
    pub words: usize,
    /// Words that make up a code, all from one list.
    pub tokens: usize,
    /// Weight of the commitment ‖z_e − sg(e_k)‖².
    pub gamma: f64,
    /// ρ of the running means that move the words; 0 is a step of k-means. Without one they follow the gradient of
    /// ‖sg(z_e) − e_k‖².
    pub decay: Option<f64>,
}

impl Default for Codebook {
    fn default() -> Self {
        Self { words: 64, tokens: 1, gamma: 0.25, decay: Some(0.99) }
    }
}

/// What makes pixels of the decoder's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Sigmoid,
    Identity,
}

/// What the layers of a network are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// Fully connected: the sizes of the encoder's hidden layers, which the decoder mirrors. Without any it is linear.
    Mlp(Vec<usize>),
    /// Two strided convolutions and a dense layer, which the decoder mirrors.
    Conv,
    /// What another program made; it does not learn.
    Graph(Arc<Graphs>),
}

impl Default for Arch {
    fn default() -> Self {
        Self::Mlp(vec![512, 256])
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Mlp(hidden) if hidden.is_empty() => f.write_str("none"),
            Self::Mlp(hidden) => f.write_str(&hidden.iter().map(usize::to_string).collect::<Vec<_>>().join(",")),
            Self::Conv => f.write_str("conv"),
            Self::Graph(_) => f.write_str("ONNX"),
        }
    }
}

/// The parts of a model, whatever the size of the images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    pub kind: ModelKind,
    pub arch: Arch,
    // Files from before there was a choice have none of the following.
    #[serde(default)]
    pub likelihood: Likelihood,
    /// Dimensions of a code.
    #[serde(default = "two")]
    pub latent: usize,
    #[serde(default)]
    pub prior: PriorKind,
    #[serde(default)]
    pub codebook: Codebook,
}

fn two() -> usize {
    2
}

impl ModelSpec {
    /// Of this kind, with two latent dimensions and all else as it comes.
    pub fn new(kind: ModelKind) -> Self {
        let pca = kind == ModelKind::Pca;
        Self {
            kind,
            arch: if pca { Arch::Mlp(Vec::new()) } else { Arch::default() },
            likelihood: if pca { Likelihood::LEARNED } else { Likelihood::default() },
            latent: 2,
            prior: PriorKind::default(),
            codebook: Codebook::default(),
        }
    }

    pub fn posterior(&self) -> Posterior {
        match self.kind {
            ModelKind::Ae => Posterior::Point,
            ModelKind::Pca | ModelKind::Vae => Posterior::Gaussian,
            ModelKind::VqVae => Posterior::Quantised,
        }
    }

    /// Whether the encoder says how sure it is: whether there is a KL to the prior.
    pub fn has_gaussian(&self) -> bool {
        self.posterior() == Posterior::Gaussian
    }

    /// Whether a code is a word of a list.
    pub fn is_quantised(&self) -> bool {
        self.posterior() == Posterior::Quantised
    }

    /// Whether there is a p(z) that codes can be drawn from.
    pub fn has_prior(&self) -> bool {
        self.posterior() != Posterior::Point
    }

    /// Whether the codes are all that the plane shows: then integrals over it are exact.
    pub fn is_plane(&self) -> bool {
        self.latent == 2
    }

    /// Whether its parameters are known at once, without a step.
    pub fn is_closed_form(&self) -> bool {
        self.kind == ModelKind::Pca
    }

    /// Whether its parameters stay as they are.
    pub fn is_frozen(&self) -> bool {
        matches!(self.arch, Arch::Graph(_))
    }

    /// Whether its parameters are learned by steps.
    pub fn learns(&self) -> bool {
        !self.is_closed_form() && !self.is_frozen()
    }

    pub fn link(&self) -> Link {
        if let Arch::Graph(graphs) = &self.arch {
            return if graphs.sigmoid { Link::Sigmoid } else { Link::Identity };
        }
        let is_linear = matches!(&self.arch, Arch::Mlp(hidden) if hidden.is_empty());
        match self.likelihood {
            Likelihood::Gaussian { .. } if is_linear => Link::Identity,
            _ => Link::Sigmoid,
        }
    }

    /// Latent dimensions of one word.
    pub fn word_size(&self) -> usize {
        self.latent / self.codebook.tokens
    }

    /// The kind and what of its parts is not as it comes.
    pub fn describe(&self) -> String {
        let mut parts = vec![self.kind.to_string()];
        if self.prior != PriorKind::Normal {
            parts.push(self.prior.to_string());
        }
        if self.is_quantised() {
            let Codebook { words, tokens, .. } = self.codebook;
            parts.push(if tokens == 1 { format!("{words} words") } else { format!("{tokens} × {words} words") });
        }
        if self.latent != 2 {
            parts.push(format!("{} dimensions", self.latent));
        }
        parts.join(", ")
    }

    pub fn validate(&self) -> Result<(), ConfigError> {
        self.likelihood.validate()?;
        if let Arch::Mlp(hidden) = &self.arch {
            validate_hidden(hidden)?;
        }
        if !(1..=MOST_LATENT).contains(&self.latent) {
            return Err(ConfigError::Latent(self.latent));
        }
        let unused = |option, remedy| Err(ConfigError::Unused { what: self.kind.to_string(), option, remedy });
        let components = self.prior.components();
        if !(1..=MOST_COMPONENTS).contains(&components) {
            return Err(ConfigError::Components(components));
        }
        if self.prior != PriorKind::Normal && self.kind != ModelKind::Vae {
            return unused("a prior of its own", "choose it for a VAE");
        }
        let is_linear = matches!(&self.arch, Arch::Mlp(hidden) if hidden.is_empty());
        if is_linear && matches!(self.prior, PriorKind::Vamp { .. }) {
            return unused("pseudo-inputs without a hidden layer", "give it one, e.g. 512,256");
        }
        if self.is_closed_form() && !(is_linear && self.likelihood.c().is_some()) {
            return unused("hidden layers or a Bernoulli likelihood", "it is linear and Gaussian");
        }
        if self.is_quantised() {
            self.codebook.validate(self.latent)?;
        }
        if let Arch::Graph(graphs) = &self.arch {
            if ![ModelKind::Ae, ModelKind::Vae].contains(&self.kind) || self.prior != PriorKind::Normal {
                return unused("the network of another program", "it is an AE, or a VAE with the prior N(0, I)");
            }
            if !graphs.sigmoid && self.likelihood == Likelihood::Bernoulli {
                return unused("a Bernoulli likelihood without a sigmoid", "take a Gaussian one");
            }
        }
        Ok(())
    }
}

impl Codebook {
    fn validate(&self, latent: usize) -> Result<(), ConfigError> {
        let Self { words, tokens, gamma, decay } = *self;
        if !(1..=MOST_WORDS).contains(&words) {
            return Err(ConfigError::Words(words));
        }
        if !(1..=MOST_TOKENS).contains(&tokens) || !latent.is_multiple_of(tokens) {
            return Err(ConfigError::Tokens { tokens, latent });
        }
        let decay = decay.unwrap_or(0.0);
        if !gamma.is_finite() || gamma < 0.0 || !(0.0..1.0).contains(&decay) {
            return Err(ConfigError::Codebook { gamma, decay });
        }
        Ok(())
    }
}

/// A model of images of one shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    #[serde(flatten)]
    pub shape: ImageShape,
    #[serde(flatten)]
    pub spec: ModelSpec,
}

impl std::ops::Deref for ModelConfig {
    type Target = ModelSpec;

    fn deref(&self) -> &ModelSpec {
        &self.spec
    }
}

impl ModelConfig {
    /// The numbers of an image.
    pub fn pixels(&self) -> usize {
        self.shape.len()
    }

    pub fn validate(&self) -> Result<(), ConfigError> {
        self.shape.validate()?;
        self.spec.validate()?;
        let (pixels, latent) = (self.pixels() as u64, self.latent as u64);
        let weights = match &self.arch {
            Arch::Mlp(hidden) => {
                let ends = (hidden.first(), hidden.last());
                let (first, last) = (*ends.0.unwrap_or(&0) as u64, *ends.1.unwrap_or(&0) as u64);
                let linear = if hidden.is_empty() { pixels * latent } else { 0 };
                2 * (linear + pixels * first + last * latent) + between(hidden)
            }
            // A dense layer of 16 on each side of 64 channels at a quarter of the size.
            Arch::Conv => 2 * 64 * 16 * (self.shape.rows.div_ceil(4) * self.shape.cols.div_ceil(4)) as u64,
            Arch::Graph(graphs) => {
                graphs.validate(self.pixels(), self.latent, if self.has_gaussian() { 2 } else { 1 })?;
                graphs.parameter_count()
            }
        };
        let pseudo_inputs =
            if let PriorKind::Vamp { components } = self.prior { components as u64 * pixels } else { 0 };
        validate_parameters(weights + pseudo_inputs)
    }
}

pub fn validate_hidden(hidden: &[usize]) -> Result<(), ConfigError> {
    let wrong = hidden.len() > MOST_LAYERS || hidden.iter().any(|&n| n == 0 || n > WIDEST_LAYER);
    if wrong { Err(ConfigError::Hidden(hidden.to_vec())) } else { validate_parameters(between(hidden)) }
}

/// The weights between the hidden layers of the encoder, and of the decoder.
fn between(hidden: &[usize]) -> u64 {
    hidden.windows(2).map(|pair| 2 * (pair[0] * pair[1]) as u64).sum()
}

fn validate_parameters(count: u64) -> Result<(), ConfigError> {
    if count <= MOST_PARAMETERS { Ok(()) } else { Err(ConfigError::Parameters(count)) }
}

/// Reads `512,256` as the sizes of hidden layers, and `none` as a linear network.
pub fn parse_hidden(text: &str) -> Result<Vec<usize>, ConfigError> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    let sizes: Result<Vec<usize>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    let sizes = sizes.map_err(|_| ConfigError::HiddenText(text.to_owned()))?;
    validate_hidden(&sizes)?;
    Ok(sizes)
}
