//! What can be said of a network and how it learns on the command line.

use clap::{Args, ValueEnum};

use crate::config::{
    self, Arch, Beta, Codebook, DEFAULT_C, Likelihood, MOST_COMPONENTS, MOST_LATENT, MOST_TOKENS, MOST_WORDS,
    ModelKind, ModelSpec, PriorKind, TrainConfig,
};
use crate::train::RunSettings;

#[derive(Clone, Debug, Args)]
pub struct NetworkArguments {
    /// Images a step
    #[arg(long, default_value = "128", value_parser = batch)]
    pub batch: usize,
    /// Adam's step size
    #[arg(long, default_value = "0.001", value_parser = learning_rate)]
    pub lr: f64,
    /// The layers of the network
    #[arg(long, value_enum, default_value = "mlp")]
    pub arch: ArchName,
    /// Sizes of the encoder's hidden layers in an mlp, which the decoder mirrors, or `none` for a linear network [default:
    /// 512,256; of pca none]
    #[arg(long, value_parser = hidden)]
    pub hidden: Option<Hidden>,
    /// p(x|z): Bernoulli, or Gaussian about the decoded pixels with the variance --c [default: bernoulli; of pca gaussian]
    #[arg(long, value_enum)]
    pub likelihood: Option<LikelihoodName>,
    /// The variance of a pixel, or `learned`: it then follows the mean squared error [default: 0.05; of pca learned]
    #[arg(long, value_parser = variance)]
    pub c: Option<Variance>,
    /// Dimensions of a code
    #[arg(long, value_name = "D", default_value_t = 2, value_parser = count(MOST_LATENT))]
    pub latent: usize,
    /// p(z) of a VAE
    #[arg(long, value_enum, default_value = "normal")]
    pub prior: PriorName,
    /// Components of a mixture, pseudo-inputs of a VampPrior [default: 10 and 100]
    #[arg(long, value_name = "K", value_parser = count(MOST_COMPONENTS))]
    pub components: Option<usize>,
    /// Words in the list of a VQ-VAE [default: 64]
    #[arg(long, value_name = "K", value_parser = count(MOST_WORDS))]
    pub codes: Option<usize>,
    /// Words that make up a code of a VQ-VAE, each of D / M dimensions [default: 1]
    #[arg(long, value_name = "M", value_parser = count(MOST_TOKENS))]
    pub tokens: Option<usize>,
}

/// The weights of the KL term.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct BetaArguments {
    /// The KL weight of a VAE; an AE has no KL term [default: 1]
    #[arg(long, value_parser = beta)]
    pub beta: Option<f64>,
    /// The weight of the KL's half ½ Σ μ² alone, which pulls the means to 0 [default: --beta]
    #[arg(long, value_parser = beta)]
    pub beta_mean: Option<f64>,
    /// The weight of its half ½ Σ (σ² − 1 − ln σ²) alone, which keeps the variances at 1 [default: --beta]
    #[arg(long, value_parser = beta)]
    pub beta_variance: Option<f64>,
}

impl BetaArguments {
    /// The weights of a model as they were asked for.
    pub fn of(&self, model: &ModelSpec) -> Result<Beta, String> {
        let weights = [self.beta, self.beta_mean, self.beta_variance];
        if !model.has_gaussian() && weights.iter().any(Option::is_some) {
            return Err(format!("--beta weights the KL term, and {} has none to weigh; leave it out", model.kind));
        }
        let whole = self.beta.unwrap_or(1.0);
        let beta = Beta { mean: self.beta_mean.unwrap_or(whole), variance: self.beta_variance.unwrap_or(whole) };
        if model.prior != PriorKind::Normal && beta.whole().is_none() {
            return Err("only the KL from N(0, I) has halves; give one --beta, or take --prior normal".to_owned());
        }
        Ok(beta)
    }
}

/// A number from 1 to `most`.
pub fn count(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| match text.parse() {
        Ok(count) if (1..=most).contains(&count) => Ok(count),
        _ => Err(format!("give a number from 1 to {most}")),
    }
}

/// p(z).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PriorName {
    /// N(0, I)
    Normal,
    /// Diagonal Gaussians with learned weights, means and scales
    Mixture,
    /// The mean of the posteriors of learned pseudo-inputs
    Vamp,
}

impl NetworkArguments {
    /// All that a run is started with.
    pub fn settings(&self, kind: ModelKind, beta: &BetaArguments, seed: u64) -> Result<RunSettings, String> {
        let model = self.spec(kind)?;
        let beta = beta.of(&model)?;
        Ok(RunSettings { model, train: TrainConfig { batch: self.batch, learning_rate: self.lr, beta, seed } })
    }

    /// The parts of a model of this kind as they were asked for.
    pub fn spec(&self, kind: ModelKind) -> Result<ModelSpec, String> {
        let plain = ModelSpec::new(kind);
        let quantised = kind == ModelKind::VqVae;
        if !quantised && (self.codes.is_some() || self.tokens.is_some()) {
            return Err(format!(
                "--codes and --tokens are of a list of words, and a {kind} has none; take --model vqvae"
            ));
        }
        if self.prior == PriorName::Normal && self.components.is_some() {
            return Err("--components are of --prior mixture or vamp".to_owned());
        }
        let prior = match self.prior {
            PriorName::Normal => PriorKind::Normal,
            PriorName::Mixture => PriorKind::Mixture { components: self.components.unwrap_or(10) },
            PriorName::Vamp => PriorKind::Vamp { components: self.components.unwrap_or(100) },
        };
        let tokens = self.tokens.unwrap_or(1);
        // A word has two dimensions unless it is said otherwise.
        let latent = if tokens > 1 && self.latent == 2 { 2 * tokens } else { self.latent };
        let codebook = Codebook { words: self.codes.unwrap_or(plain.codebook.words), tokens, ..plain.codebook };
        let spec = ModelSpec {
            arch: self.arch(plain.arch)?,
            likelihood: self.likelihood(plain.likelihood)?,
            latent,
            prior,
            codebook,
            kind,
        };
        spec.validate().map_err(|error| error.to_string())?;
        Ok(spec)
    }

    fn arch(&self, plain: Arch) -> Result<Arch, String> {
        match (self.arch, &self.hidden) {
            (ArchName::Conv, Some(_)) => Err("--hidden is for --arch mlp; the layers of conv are fixed".to_owned()),
            (ArchName::Conv, None) => Ok(Arch::Conv),
            (ArchName::Mlp, Some(Hidden(hidden))) => Ok(Arch::Mlp(hidden.clone())),
            (ArchName::Mlp, None) => Ok(plain),
        }
    }

    fn likelihood(&self, plain: Likelihood) -> Result<Likelihood, String> {
        let given = self.c.map(|Variance { c, learned }| Likelihood::Gaussian { c, learned });
        match (self.likelihood, given) {
            (None, None) => Ok(plain),
            (None, Some(_)) if plain == Likelihood::Bernoulli => Err("--c is for --likelihood gaussian".to_owned()),
            (Some(LikelihoodName::Bernoulli), Some(_)) => Err("--c is for --likelihood gaussian".to_owned()),
            (Some(LikelihoodName::Bernoulli), None) => Ok(Likelihood::Bernoulli),
            (Some(LikelihoodName::Gaussian), None) if plain == Likelihood::Bernoulli => {
                Ok(Likelihood::Gaussian { c: DEFAULT_C, learned: false })
            }
            (Some(LikelihoodName::Gaussian), None) => Ok(plain),
            (_, Some(given)) => Ok(given),
        }
    }
}

/// The layers of a network.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ArchName {
    /// Fully connected
    Mlp,
    /// Two strided convolutions and a dense layer, mirrored by the decoder
    Conv,
}

/// p(x|z).
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LikelihoodName {
    /// The decoded pixels are probabilities
    Bernoulli,
    /// The decoded pixels are the means of Gaussians with the variance --c
    Gaussian,
}

/// The variance of a pixel, and whether it is learned from there on.
#[derive(Clone, Copy, Debug)]
pub struct Variance {
    pub c: f64,
    pub learned: bool,
}

pub fn variance(text: &str) -> Result<Variance, String> {
    match text {
        "learned" => Ok(Variance { c: DEFAULT_C, learned: true }),
        number => checked(number, config::validate_c).map(|c| Variance { c, learned: false }),
    }
}

/// Hidden layer sizes; a type of its own, for clap reads a bare `Vec` as an option given several times.
#[derive(Clone, Debug)]
pub struct Hidden(pub Vec<usize>);

pub fn hidden(text: &str) -> Result<Hidden, String> {
    config::parse_hidden(text).map(Hidden).map_err(|e| e.to_string())
}

pub fn checked(text: &str, validate: fn(f64) -> Result<(), config::ConfigError>) -> Result<f64, String> {
    let value = text.parse().map_err(|_| "not a number".to_owned())?;
    validate(value).map(|()| value).map_err(|e| e.to_string())
}

pub fn batch(text: &str) -> Result<usize, String> {
    let batch = text.parse().map_err(|_| "not a whole number".to_owned())?;
    config::validate_batch(batch).map(|()| batch).map_err(|e| e.to_string())
}

pub fn beta(text: &str) -> Result<f64, String> {
    checked(text, config::validate_beta)
}

pub fn learning_rate(text: &str) -> Result<f64, String> {
    checked(text, config::validate_learning_rate)
}
