//! Models of every part.

use latent_explorer::config::{Arch, Codebook, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec, PriorKind};

use super::config;

const GAUSSIAN: Likelihood = Likelihood::Gaussian { c: 0.3, learned: false };

/// Models of other parts: latent dimensions, linear networks, priors and words, dense and convolutional.
pub fn parts() -> Vec<ModelConfig> {
    let dense = |kind, hidden: &[usize], latent| {
        let config = config(kind, (3, 5, hidden));
        ModelConfig { spec: ModelSpec { latent, ..config.spec }, ..config }
    };
    let with_prior = |config: ModelConfig, prior| ModelConfig { spec: ModelSpec { prior, ..config.spec }, ..config };
    let quantised = |hidden: &[usize], latent, words, tokens, decay| {
        let config = dense(ModelKind::VqVae, hidden, latent);
        let codebook = Codebook { words, tokens, decay, ..Codebook::default() };
        ModelConfig { spec: ModelSpec { codebook, ..config.spec }, ..config }
    };
    let mut all = Vec::new();
    for latent in [1, 3, 32] {
        all.extend([ModelKind::Ae, ModelKind::Vae].map(|kind| dense(kind, &[7, 3], latent)));
    }
    for (kind, latent) in [(ModelKind::Ae, 3), (ModelKind::Vae, 1), (ModelKind::Vae, 2), (ModelKind::Vae, 3)] {
        let mut linear = dense(kind, &[], latent);
        all.push(linear.clone());
        // With the identity as its link.
        linear.spec.likelihood = GAUSSIAN;
        all.push(linear);
    }
    for (components, latent) in [(1, 2), (7, 1), (7, 2), (7, 3), (7, 32)] {
        all.push(with_prior(dense(ModelKind::Vae, &[7, 3], latent), PriorKind::Mixture { components }));
        all.push(with_prior(dense(ModelKind::Vae, &[7, 3], latent), PriorKind::Vamp { components }));
    }
    all.push(with_prior(dense(ModelKind::Vae, &[], 2), PriorKind::Mixture { components: 7 }));
    // Pseudo-inputs in several strips and blocks, and through one hidden layer only.
    all.push(with_prior(dense(ModelKind::Vae, &[7], 2), PriorKind::Vamp { components: 150 }));
    for decay in [Some(0.99), None] {
        for (words, latent, tokens) in [(1, 2, 1), (5, 2, 1), (5, 3, 1), (5, 4, 2), (5, 2, 2)] {
            all.push(quantised(&[7, 3], latent, words, tokens, decay));
        }
        let mut linear = quantised(&[], 2, 5, 1, decay);
        linear.spec.likelihood = GAUSSIAN;
        all.push(linear);
    }
    let conv = |config: ModelConfig| ModelConfig {
        shape: ImageShape::grey(7, 6),
        spec: ModelSpec { arch: Arch::Conv, ..config.spec },
    };
    all.push(conv(dense(ModelKind::Vae, &[], 1)));
    all.push(conv(dense(ModelKind::Vae, &[], 5)));
    all.push(conv(with_prior(dense(ModelKind::Vae, &[], 3), PriorKind::Mixture { components: 7 })));
    for components in [1, 7, 20] {
        all.push(conv(with_prior(dense(ModelKind::Vae, &[], 2), PriorKind::Vamp { components })));
    }
    all.push(conv(quantised(&[], 2, 5, 1, Some(0.99))));
    all.push(conv(quantised(&[], 4, 5, 2, None)));
    all
}
