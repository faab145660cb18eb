//! `model.py`, for PyTorch and for numpy alone.

use super::template::Filling;
use crate::config::{Arch, Codebook, Likelihood, Link, ModelKind, Posterior, PriorKind};
use crate::model::Checkpoint;
use crate::model::architecture::{Convolution, Layer, Maps};
use crate::model::sequence::{Module, Named, Sequence};

pub fn pytorch(checkpoint: &Checkpoint, sequence: &Sequence) -> String {
    let chain = |modules: &[Module]| -> String {
        modules.iter().map(|module| format!("            {},", torch_module(module))).collect::<Vec<_>>().join("\n")
    };
    filling(checkpoint, sequence, chain).fill(include_str!("pytorch.py"))
}

pub fn numpy(checkpoint: &Checkpoint, sequence: &Sequence) -> String {
    let chain = |modules: &[Module]| -> String {
        modules.iter().map(|module| format!("    h = {}", numpy_call(module))).collect::<Vec<_>>().join("\n")
    };
    filling(checkpoint, sequence, chain).fill(include_str!("numpy.py"))
}

fn filling(checkpoint: &Checkpoint, sequence: &Sequence, chain: impl Fn(&[Module]) -> String) -> Filling<'static> {
    let (model, progress) = (&checkpoint.model, &checkpoint.progress);
    let Maps { rows, cols, channels } = sequence.image;
    let Codebook { words, tokens, .. } = model.codebook;
    let class = match model.kind {
        ModelKind::Pca => "PrincipalComponents",
        ModelKind::Ae => "Autoencoder",
        ModelKind::Vae => "VariationalAutoencoder",
        ModelKind::VqVae => "VectorQuantisedAutoencoder",
    };
    let likelihood = match model.likelihood {
        Likelihood::Bernoulli => "Bernoulli, the decoded pixels are probabilities".to_owned(),
        Likelihood::Gaussian { c, .. } => format!("Gaussian about the decoded pixels, each of variance {c:.6}"),
    };
    let width = match sequence.mu.slot.layer {
        Layer::Dense { inputs, .. } => inputs,
        Layer::Conv(_) | Layer::Transposed(_) => 0,
    };
    let (data, epoch, step) = (&progress.data, progress.epoch, progress.step);
    let trained = format!("{}, trained on {data}, epoch {epoch}, step {step}", model.describe());
    let mut names = vec![
        ("title", format!("{} of images of {}.", model.kind.in_words(), model.shape)),
        // What a person typed stays within its string.
        ("trained", trained.replace(['\\', '"'], "'").replace('\n', " ")),
        ("likelihood", likelihood),
        ("class", class.to_owned()),
        ("encoder", chain(&sequence.encoder)),
        ("decoder", chain(&sequence.decoder)),
    ];
    let numbers = [
        ("rows", rows),
        ("cols", cols),
        ("channels", channels),
        ("latent", model.latent),
        ("width", width),
        ("words", words),
        ("tokens", tokens),
        ("word_size", model.word_size()),
        ("components", model.prior.components()),
    ];
    names.extend(numbers.map(|(name, number)| (name, number.to_string())));
    let mut holds = vec![match model.posterior() {
        Posterior::Point => "point",
        Posterior::Gaussian => "gaussian",
        Posterior::Quantised => "quantised",
    }];
    if model.has_gaussian() {
        holds.push(if model.prior == PriorKind::Normal { "normal" } else { "mixture" });
    }
    if model.link() == Link::Sigmoid {
        holds.push("sigmoid");
    }
    if model.arch == Arch::Conv {
        holds.push("conv");
    }
    Filling { names, holds }
}

fn torch_module(module: &Module) -> String {
    match module {
        Module::Relu => "nn.ReLU()".to_owned(),
        Module::Flatten => "nn.Flatten()".to_owned(),
        Module::Unflatten(Maps { rows, cols, channels }) => format!("nn.Unflatten(1, ({channels}, {rows}, {cols}))"),
        Module::Layer(Named { slot, .. }) => match slot.layer {
            Layer::Dense { inputs, outputs } => format!("nn.Linear({inputs}, {outputs})"),
            Layer::Conv(Convolution { large, small, stride }) => {
                format!("nn.Conv2d({}, {}, 3, stride={stride}, padding=1)", large.channels, small.channels)
            }
            Layer::Transposed(c) => {
                let [down, across] = output_padding(c);
                format!(
                    "nn.ConvTranspose2d({}, {}, 3, stride={}, padding=1, output_padding=({down}, {across}))",
                    c.small.channels, c.large.channels, c.stride
                )
            }
        },
    }
}

fn numpy_call(module: &Module) -> String {
    match module {
        Module::Relu => "relu(h)".to_owned(),
        Module::Flatten => "h.reshape(len(h), -1)".to_owned(),
        Module::Unflatten(Maps { rows, cols, channels }) => format!("h.reshape(-1, {channels}, {rows}, {cols})"),
        Module::Layer(Named { name, slot, .. }) => match slot.layer {
            Layer::Dense { .. } => format!("dense(h, \"{name}\")"),
            Layer::Conv(c) => format!("conv(h, \"{name}\", {})", c.stride),
            Layer::Transposed(Convolution { large, stride, .. }) => {
                format!("conv_transposed(h, \"{name}\", {stride}, ({}, {}))", large.rows, large.cols)
            }
        },
    }
}

/// Rows and columns of the large maps that the windows over the small ones do not reach.
pub fn output_padding(c: Convolution) -> [usize; 2] {
    let rest = |large: usize, small: usize| (large + 1).saturating_sub((small - 1) * c.stride + 2);
    [rest(c.large.rows, c.small.rows), rest(c.large.cols, c.small.cols)]
}
