//! The layers of a network, from the pixels of the input to the pixels of the output.

use std::ops::Range;

use crate::config::{Arch, Codebook, ImageShape, Link, ModelConfig, Posterior, PriorKind};

/// Rows and columns of a convolution's window.
pub const WINDOW: usize = 3;
/// Channels after each strided convolution of the encoder and the width of the dense layer after them: the network of the
/// example "Variational AutoEncoder" of Keras (Chollet, 2020).
const CHANNELS: [usize; 2] = [32, 64];
const CONV_HIDDEN: usize = 16;

/// An image, or a stack of maps: in memory row by row, the channels of a place side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maps {
    pub rows: usize,
    pub cols: usize,
    pub channels: usize,
}

impl Maps {
    pub fn places(&self) -> usize {
        self.rows * self.cols
    }

    pub fn len(&self) -> usize {
        self.places() * self.channels
    }

    /// After a window of 3 x 3 with padding 1.
    fn strided(self, stride: usize, channels: usize) -> Self {
        Self { rows: self.rows.div_ceil(stride), cols: self.cols.div_ceil(stride), channels }
    }
}

/// A window of 3 x 3 that moves over the large maps by `stride` (with padding 1) for every place of the small ones. A
/// convolution goes from the large to the small, a transposed convolution back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    pub large: Maps,
    pub small: Maps,
    pub stride: usize,
}

impl Convolution {
    /// Numbers of the large maps in one window.
    pub fn window(&self) -> usize {
        WINDOW * WINDOW * self.large.channels
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Weight (outputs, inputs).
    Dense { inputs: usize, outputs: usize },
    /// Weight (3, 3, input channels, output channels).
    Conv(Convolution),
    /// Weight (3, 3, output channels, input channels).
    Transposed(Convolution),
}

impl Layer {
    pub fn outputs(&self) -> usize {
        match self {
            Self::Dense { outputs, .. } => *outputs,
            Self::Conv(c) => c.small.len(),
            Self::Transposed(c) => c.large.len(),
        }
    }

    pub fn weight_shape(&self) -> Vec<usize> {
        match self {
            Self::Dense { inputs, outputs } => vec![*outputs, *inputs],
            Self::Conv(c) | Self::Transposed(c) => vec![WINDOW, WINDOW, c.large.channels, c.small.channels],
        }
    }

    /// Biases: one an output, or one an output channel.
    pub fn biases(&self) -> usize {
        match self {
            Self::Dense { outputs, .. } => *outputs,
            Self::Conv(c) => c.small.channels,
            Self::Transposed(c) => c.large.channels,
        }
    }

    /// Inputs that one output is a sum over.
    pub fn fan_in(&self) -> usize {
        match self {
            Self::Dense { inputs, .. } => *inputs,
            Self::Conv(c) => c.window(),
            Self::Transposed(c) => WINDOW * WINDOW * c.small.channels,
        }
    }

    /// Multiplications of one image on its way forward.
    pub fn products(&self) -> usize {
        match self {
            Self::Dense { inputs, outputs } => inputs * outputs,
            Self::Conv(c) | Self::Transposed(c) => c.small.len() * c.window(),
        }
    }
}

/// A layer and where its parameters are in the flat ones: the weight, then the bias.
#[derive(Clone, Debug)]
pub struct Slot {
    pub name: String,
    pub layer: Layer,
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

/// Parameters of what is between encoder and decoder, and where they are in the flat ones.
#[derive(Clone, Debug)]
pub struct Part {
    pub name: &'static str,
    pub shape: Vec<usize>,
    pub at: Range<usize>,
}

/// What makes a code of what the encoder says.
#[derive(Clone, Debug)]
pub enum Bottleneck {
    /// The code is μ.
    Point,
    /// z = μ + σ·ε, at the price of its KL from the prior.
    Gaussian(Prior),
    /// The nearest word of a list.
    Quantised(Words),
}

/// The parameters of p(z).
#[derive(Clone, Debug)]
pub enum Prior {
    /// N(0, I) has none.
    Normal,
    /// `prior.logits` (K), `prior.mean` (K, latent), `prior.log_scale` (K, latent), one after the other.
    Mixture { components: usize, logits: Part, mean: Part, log_scale: Part },
    /// `prior.pseudo_logits` (K, pixels).
    Vamp { components: usize, pseudo: Part },
}

/// The list of words and the running means that move it.
#[derive(Clone, Debug)]
pub struct Words {
    pub choice: Codebook,
    /// `codebook.weight` (K, size of a word)
    pub weight: Part,
    /// `codebook.cluster_size` (K) and `codebook.embed_avg` (K, size of a word): the codes that chose each word, and their sum.
    pub size: Part,
    pub sum: Part,
    /// `codebook.unused` (K): steps since each word was last chosen.
    pub unused: Part,
}

impl Bottleneck {
    pub fn parts(&self) -> Vec<&Part> {
        match self {
            Self::Point | Self::Gaussian(Prior::Normal) => Vec::new(),
            Self::Gaussian(Prior::Mixture { logits, mean, log_scale, .. }) => vec![logits, mean, log_scale],
            Self::Gaussian(Prior::Vamp { pseudo, .. }) => vec![pseudo],
            Self::Quantised(Words { weight, size, sum, unused, .. }) => vec![weight, size, sum, unused],
        }
    }

    /// Pseudo-inputs that are encoded with every batch.
    pub fn pseudo_inputs(&self) -> Option<(usize, &Part)> {
        match self {
            Self::Gaussian(Prior::Vamp { components, pseudo }) => Some((*components, pseudo)),
            _ => None,
        }
    }
}

/// The principal components that a linear network is made of.
#[derive(Clone, Debug)]
pub struct Spectrum {
    /// `components` (latent, pixels)
    pub components: Part,
    /// `eigenvalues` (latent)
    pub eigenvalues: Part,
    /// `noise_variance` (1): what the directions left out have on average.
    pub noise_variance: Part,
}

/// A network.
#[derive(Clone, Debug)]
pub struct Architecture {
    pub latent: usize,
    pub link: Link,
    pub bottleneck: Bottleneck,
    /// What a closed form is made of.
    pub spectrum: Option<Spectrum>,
    pub encoder: Vec<Slot>,
    pub mu: Slot,
    /// An AE has none.
    pub logvar: Option<Slot>,
    pub decoder: Vec<Slot>,
    pub out: Slot,
    /// How many parameters there are in all.
    pub parameters: usize,
}

impl Architecture {
    /// None of a network that another program made.
    pub fn new(config: &ModelConfig) -> Option<Self> {
        let latent = config.latent;
        let ImageShape { rows, cols, channels } = config.shape;
        let pixels = Maps { rows, cols, channels };
        let (encoder, decoder, out) = match &config.arch {
            Arch::Mlp(hidden) => {
                let widths: Vec<usize> = std::iter::once(pixels.len()).chain(hidden.iter().copied()).collect();
                let dense = |pair: &[usize]| Layer::Dense { inputs: pair[0], outputs: pair[1] };
                let back: Vec<usize> = std::iter::once(latent).chain(widths.iter().skip(1).rev().copied()).collect();
                let out = Layer::Dense { inputs: hidden.first().copied().unwrap_or(latent), outputs: pixels.len() };
                (widths.windows(2).map(dense).collect(), back.windows(2).map(dense).collect(), out)
            }
            Arch::Conv => conv(pixels, latent),
            Arch::Graph(_) => return None,
        };
        let mut end = 0;
        let mut place = |name: String, layer: Layer| {
            let weight = end..end + layer.weight_shape().iter().product::<usize>();
            let bias = weight.end..weight.end + layer.biases();
            end = bias.end;
            Slot { name, layer, weight, bias }
        };
        let head = Layer::Dense { inputs: encoder.last().map_or(pixels.len(), Layer::outputs), outputs: latent };
        let mut places = |side: &str, layers: Vec<Layer>| -> Vec<Slot> {
            layers.into_iter().enumerate().map(|(i, layer)| place(format!("{side}.{i}"), layer)).collect()
        };
        let encoder = places("encoder", encoder);
        let mu = place("encoder.mu".to_owned(), head);
        let logvar = config.has_gaussian().then(|| place("encoder.logvar".to_owned(), head));
        let decoder = decoder.into_iter().enumerate().map(|(i, l)| place(format!("decoder.{i}"), l)).collect();
        let out = place("decoder.out".to_owned(), out);
        let mut part = |name: &'static str, shape: Vec<usize>| {
            let at = end..end + shape.iter().product::<usize>();
            end = at.end;
            Part { name, shape, at }
        };
        let bottleneck = match (config.posterior(), config.prior) {
            (Posterior::Point, _) => Bottleneck::Point,
            (Posterior::Gaussian, PriorKind::Normal) => Bottleneck::Gaussian(Prior::Normal),
            (Posterior::Gaussian, PriorKind::Mixture { components }) => Bottleneck::Gaussian(Prior::Mixture {
                components,
                logits: part("prior.logits", vec![components]),
                mean: part("prior.mean", vec![components, latent]),
                log_scale: part("prior.log_scale", vec![components, latent]),
            }),
            (Posterior::Gaussian, PriorKind::Vamp { components }) => Bottleneck::Gaussian(Prior::Vamp {
                components,
                pseudo: part("prior.pseudo_logits", vec![components, pixels.len()]),
            }),
            (Posterior::Quantised, _) => {
                let (words, size) = (config.codebook.words, config.word_size());
                Bottleneck::Quantised(Words {
                    choice: config.codebook,
                    weight: part("codebook.weight", vec![words, size]),
                    size: part("codebook.cluster_size", vec![words]),
                    sum: part("codebook.embed_avg", vec![words, size]),
                    unused: part("codebook.unused", vec![words]),
                })
            }
        };
        let spectrum = config.is_closed_form().then(|| Spectrum {
            components: part("components", vec![latent, pixels.len()]),
            eigenvalues: part("eigenvalues", vec![latent]),
            noise_variance: part("noise_variance", vec![1]),
        });
        let link = config.link();
        Some(Self { latent, link, bottleneck, spectrum, encoder, mu, logvar, decoder, out, parameters: end })
    }

    /// The parameters beside those of the layers, in their order.
    pub fn parts(&self) -> Vec<&Part> {
        let mut parts = self.bottleneck.parts();
        if let Some(Spectrum { components, eigenvalues, noise_variance }) = &self.spectrum {
            parts.extend([components, eigenvalues, noise_variance]);
        }
        parts
    }

    /// Every layer, in the order of the parameters; what is between encoder and decoder comes after them.
    pub fn layers(&self) -> impl Iterator<Item = &Slot> {
        self.encoder.iter().chain([&self.mu]).chain(&self.logvar).chain(&self.decoder).chain([&self.out])
    }

    /// Multiplications and additions in the products of one step: forward, weight gradients, and the gradients of all
    /// inputs but the pixels.
    pub fn flops_an_image(&self) -> f64 {
        let products: usize = self.layers().map(|slot| slot.layer.products()).sum();
        (6 * products - 2 * self.layers().next().map_or(0, |first| first.layer.products())) as f64
    }
}

fn conv(pixels: Maps, latent: usize) -> (Vec<Layer>, Vec<Layer>, Layer) {
    let half = pixels.strided(2, CHANNELS[0]);
    let quarter = half.strided(2, CHANNELS[1]);
    let step = |large: Maps, small: Maps| Convolution { large, small, stride: 2 };
    let encoder = vec![
        Layer::Conv(step(pixels, half)),
        Layer::Conv(step(half, quarter)),
        Layer::Dense { inputs: quarter.len(), outputs: CONV_HIDDEN },
    ];
    let (upper, full) = (Maps { channels: CHANNELS[1], ..half }, Maps { channels: CHANNELS[0], ..pixels });
    let decoder = vec![
        Layer::Dense { inputs: latent, outputs: quarter.len() },
        Layer::Transposed(step(upper, quarter)),
        Layer::Transposed(step(full, upper)),
    ];
    (encoder, decoder, Layer::Transposed(Convolution { large: pixels, small: full, stride: 1 }))
}
