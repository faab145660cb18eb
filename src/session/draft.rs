//! A run that is described before it is started, and the usual ones to begin from.

use super::settings::Settings;
use crate::config::{Arch, Beta, ConfigError, Likelihood, ModelKind, ModelSpec, PriorKind, TrainConfig, parse_hidden};
use crate::train::RunSettings;

/// Components of a mixture and pseudo-inputs of a VampPrior, unless others are chosen.
const COMPONENTS: usize = 10;
const PSEUDO_INPUTS: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// All parts but the sizes of the hidden layers.
    pub model: ModelSpec,
    /// Those as typed, unless the layers are convolutions.
    pub hidden: String,
    pub train: TrainConfig,
    /// Whether both halves of the KL have one β.
    pub is_chained: bool,
}

/// A usual choice of all parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    Pca,
    Ae,
    Vae,
    BetaVae,
    Mixture,
    Vamp,
    VqVae,
}

impl Preset {
    /// In the order in which the story tells of them.
    pub const ALL: [Self; 7] = [Self::Pca, Self::Ae, Self::Vae, Self::BetaVae, Self::Mixture, Self::Vamp, Self::VqVae];

    pub fn name(self) -> &'static str {
        match self {
            Self::Pca => "PCA",
            Self::Ae => "AE",
            Self::Vae => "VAE",
            Self::BetaVae => "β-VAE",
            Self::Mixture => "Mixture",
            Self::Vamp => "VampPrior",
            Self::VqVae => "VQ-VAE",
        }
    }

    /// What it is and what is seen in it.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Pca => "Principal components: the linear autoencoder, known at once without a step.",
            Self::Ae => "Autoencoder: a code is a point, and nothing orders the codes.",
            Self::Vae => "Variational autoencoder: a code is a Gaussian that pays its KL from the prior N(0, I).",
            Self::BetaVae => "VAE with β = 4: the codes are drawn more strongly into the prior, and images blur.",
            Self::Mixture => "VAE whose prior is a mixture of Gaussians that learns where the codes lie.",
            Self::Vamp => "VAE whose prior is the mean of the posteriors of learned pseudo-inputs.",
            Self::VqVae => "A code is the nearest word of a learned list, so that an integer becomes an image.",
        }
    }

    fn kind(self) -> ModelKind {
        match self {
            Self::Pca => ModelKind::Pca,
            Self::Ae => ModelKind::Ae,
            Self::VqVae => ModelKind::VqVae,
            Self::Vae | Self::BetaVae | Self::Mixture | Self::Vamp => ModelKind::Vae,
        }
    }
}

impl Draft {
    /// With the layers, p(x|z), learning rate and seed that are set, where the model has a choice of them.
    pub fn new(preset: Preset, settings: &Settings) -> Self {
        let kind = preset.kind();
        let mut model = ModelSpec::new(kind);
        model.prior = match preset {
            Preset::Mixture => PriorKind::Mixture { components: COMPONENTS },
            Preset::Vamp => PriorKind::Vamp { components: PSEUDO_INPUTS },
            _ => model.prior,
        };
        let beta = Beta::both(if preset == Preset::BetaVae { 4.0 } else { 1.0 });
        let train = TrainConfig { beta, ..settings.train.clone() };
        let draft = Self { model, hidden: String::new(), train, is_chained: true };
        draft.with_network(settings)
    }

    /// The same of another kind: what that has no use for is put back.
    pub fn of_kind(mut self, kind: ModelKind, settings: &Settings) -> Self {
        let was_closed_form = self.model.is_closed_form();
        let plain = ModelSpec::new(kind);
        self.model.kind = kind;
        if kind != ModelKind::Vae {
            self.model.prior = plain.prior;
        }
        if !plain.is_quantised() {
            self.model.codebook = plain.codebook;
        }
        if was_closed_form != plain.is_closed_form() { self.with_network(settings) } else { self }
    }

    /// The same with the usual network and p(x|z) of its kind.
    fn with_network(mut self, settings: &Settings) -> Self {
        let plain = ModelSpec::new(self.model.kind);
        let is_fixed = plain.is_closed_form();
        self.model.arch = if settings.conv && !is_fixed { Arch::Conv } else { plain.arch.clone() };
        self.hidden = if is_fixed { plain.arch.to_string() } else { settings.hidden.clone() };
        self.model.likelihood = match settings.likelihood {
            Likelihood::Bernoulli => plain.likelihood,
            gaussian => gaussian,
        };
        self
    }

    /// The same with one of the priors, which has as many components as before or as is usual.
    pub fn with_prior(mut self, prior: PriorKind) -> Self {
        let had = self.model.prior;
        let components = |usual| if had == PriorKind::Normal { usual } else { had.components() };
        self.model.prior = match prior {
            PriorKind::Normal => PriorKind::Normal,
            PriorKind::Mixture { .. } => PriorKind::Mixture { components: components(COMPONENTS) },
            PriorKind::Vamp { .. } => PriorKind::Vamp { components: components(PSEUDO_INPUTS) },
        };
        if prior != PriorKind::Normal {
            // It has no halves.
            (self.train.beta, self.is_chained) = (Beta::both(self.train.beta.mean), true);
        }
        self
    }

    /// What the run would be started with, or why it cannot be.
    pub fn run(&self) -> Result<RunSettings, ConfigError> {
        let mut model = self.model.clone();
        if let Arch::Mlp(hidden) = &mut model.arch {
            *hidden = parse_hidden(&self.hidden)?;
        }
        model.validate()?;
        self.train.validate()?;
        Ok(RunSettings { model, train: self.train.clone() })
    }

    /// The usual choice that this is, if it is one.
    pub fn preset(&self, settings: &Settings) -> Option<Preset> {
        Preset::ALL.into_iter().find(|&preset| Self::new(preset, settings) == *self)
    }
}
