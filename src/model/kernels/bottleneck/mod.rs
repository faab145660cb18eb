//! Between encoder and decoder, for a few images at a time: from the heads to the code, and back. Every array is
//! (latent, images), a row a dimension.

mod gaussian;
mod mixture;
mod words;

pub use mixture::Components;
pub use words::{Choice, nearest_words};

use super::{AdamStep, Sums, math};
use crate::model::architecture::{self, Prior};

/// The weights of the loss's terms beside the likelihood, each over the images of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weights {
    pub mean: f32,
    pub variance: f32,
}

/// What the heads say of some images, and the noise, which is (images, latent).
pub struct Heads<'a> {
    pub mu: &'a [f32],
    pub logvar: &'a [f32],
    pub noise: &'a [f32],
    pub latent: usize,
    pub images: usize,
}

/// A bottleneck at the parameters of a step.
pub enum Bottleneck {
    Point,
    /// The prior is N(0, I).
    Normal,
    /// The prior is a mixture, or the mean of the posteriors of pseudo-inputs.
    Mixture(Components),
    Quantised(Choice),
}

impl Bottleneck {
    /// None where the components are the posteriors of pseudo-inputs, which are yet to be encoded.
    pub fn new(part: &architecture::Bottleneck, latent: usize, parameters: &[f32]) -> Option<Self> {
        Some(match part {
            architecture::Bottleneck::Point => Self::Point,
            architecture::Bottleneck::Gaussian(Prior::Normal) => Self::Normal,
            architecture::Bottleneck::Gaussian(Prior::Mixture { logits, mean, log_scale, .. }) => {
                let of = |part: &architecture::Part| &parameters[part.at.clone()];
                Self::Mixture(Components::new(of(logits), of(mean), of(log_scale), latent))
            }
            architecture::Bottleneck::Gaussian(Prior::Vamp { .. }) => return None,
            architecture::Bottleneck::Quantised(words) => {
                Self::Quantised(Choice::new(words, &parameters[words.weight.at.clone()]))
            }
        })
    }

    /// Numbers that `forward` adds up for the parameters of the bottleneck itself.
    pub fn own(part: &architecture::Bottleneck, latent: usize) -> usize {
        match part {
            architecture::Bottleneck::Gaussian(Prior::Mixture { components, .. } | Prior::Vamp { components, .. }) => {
                components * (1 + 2 * latent)
            }
            architecture::Bottleneck::Quantised(words) => words.size.at.len() + words.sum.at.len(),
            _ => 0,
        }
    }

    /// z; `kept` is what `backward` needs, `own` the gradient of a mixture's parameters, or which words were chosen by what.
    /// The terms are sums over the images.
    pub fn forward(&self, heads: &Heads, weights: Weights, z: &mut [f32], kept: &mut [f32], own: &mut [f32]) -> Sums {
        match self {
            Self::Point => {
                z.copy_from_slice(heads.mu);
                Sums::default()
            }
            Self::Normal => gaussian::forward(heads, z),
            Self::Mixture(components) => components.forward(heads, weights, z, kept, own),
            Self::Quantised(choice) => choice.forward(heads, z, kept, own),
        }
    }

    /// The gradients of μ and ln σ² from that of z.
    pub fn backward(
        &self,
        heads: &Heads,
        weights: Weights,
        (dz, kept): (&[f32], &[f32]),
        dmu: &mut [f32],
        dlogvar: &mut [f32],
    ) {
        match self {
            Self::Point => dmu.copy_from_slice(dz),
            Self::Normal => gaussian::backward(heads, weights, dz, dmu, dlogvar),
            Self::Mixture(_) => mixture::backward(heads, weights, (dz, kept), dmu, dlogvar),
            Self::Quantised(choice) => choice.backward(heads, weights, (dz, kept), dmu),
        }
    }
}

/// Where ln s of a mixture may be.
const LOG_SCALES: (f32, f32) = (-3.0, 2.0);

/// A step of the bottleneck's own parameters from what the images of a batch added up, `own`. The pseudo-inputs of a prior
/// learn with the network.
pub fn learn(part: &architecture::Bottleneck, own: &[f32], weights: Weights, learned: &mut Learned) {
    match part {
        architecture::Bottleneck::Gaussian(Prior::Mixture { logits, log_scale, .. }) => {
            learned.adam(logits.at.start..log_scale.at.end, own);
        }
        architecture::Bottleneck::Quantised(words) if words.choice.decay.is_none() => {
            let gradient = words::gradient(words, learned.parameters, own, weights);
            learned.adam(words.weight.at.clone(), &gradient);
        }
        _ => {}
    }
    settle(part, learned.parameters, own);
}

/// What follows a gradient step: the scales of a mixture are kept where they may be, words move to the codes that chose them.
pub fn settle(part: &architecture::Bottleneck, parameters: &mut [f32], own: &[f32]) {
    match part {
        architecture::Bottleneck::Gaussian(Prior::Mixture { log_scale, .. }) => {
            let scales = &mut parameters[log_scale.at.clone()];
            scales.iter_mut().for_each(|s| *s = s.clamp(LOG_SCALES.0, LOG_SCALES.1));
        }
        architecture::Bottleneck::Quantised(words) => words::update_words(words, parameters, own),
        _ => {}
    }
}

/// Flat parameters, their moments, and Adam's constants.
pub struct Learned<'a> {
    pub parameters: &'a mut [f32],
    pub mean: &'a mut [f32],
    pub square: &'a mut [f32],
    pub step: AdamStep,
}

impl Learned<'_> {
    fn adam(&mut self, at: std::ops::Range<usize>, gradient: &[f32]) {
        let (mean, square) = (&mut self.mean[at.clone()], &mut self.square[at.clone()]);
        math::adam(&self.step, &mut self.parameters[at], gradient, mean, square);
    }
}
