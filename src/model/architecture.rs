//! The layers of a network, from the pixels of the input to the pixels of the output.

use std::ops::Range;

use crate::config::{Arch, LATENT, ModelConfig, ModelKind};

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
pub struct Place {
    pub name: String,
    pub layer: Layer,
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

/// A network.
#[derive(Clone, Debug)]
pub struct Architecture {
    pub encoder: Vec<Place>,
    pub mu: Place,
    /// An AE has none.
    pub logvar: Option<Place>,
    pub decoder: Vec<Place>,
    pub out: Place,
    /// How many parameters there are in all.
    pub parameters: usize,
}

impl Architecture {
    pub fn new(config: &ModelConfig) -> Self {
        let pixels = Maps { rows: config.rows, cols: config.cols, channels: 1 };
        let (encoder, decoder, out) = match &config.arch {
            Arch::Mlp(hidden) => {
                let widths: Vec<usize> = std::iter::once(pixels.len()).chain(hidden.iter().copied()).collect();
                let dense = |pair: &[usize]| Layer::Dense { inputs: pair[0], outputs: pair[1] };
                let back: Vec<usize> = std::iter::once(LATENT).chain(widths.iter().skip(1).rev().copied()).collect();
                let out = Layer::Dense { inputs: widths[1], outputs: pixels.len() };
                (widths.windows(2).map(dense).collect(), back.windows(2).map(dense).collect(), out)
            }
            Arch::Conv => conv(pixels),
        };
        let mut end = 0;
        let mut place = |name: String, layer: Layer| {
            let weight = end..end + layer.weight_shape().iter().product::<usize>();
            let bias = weight.end..weight.end + layer.biases();
            end = bias.end;
            Place { name, layer, weight, bias }
        };
        let head = Layer::Dense { inputs: encoder.last().map_or(pixels.len(), Layer::outputs), outputs: LATENT };
        let mut places = |side: &str, layers: Vec<Layer>| -> Vec<Place> {
            layers.into_iter().enumerate().map(|(i, layer)| place(format!("{side}.{i}"), layer)).collect()
        };
        let encoder = places("encoder", encoder);
        let mu = place("encoder.mu".to_owned(), head);
        let logvar = (config.kind == ModelKind::Vae).then(|| place("encoder.logvar".to_owned(), head));
        let decoder = decoder.into_iter().enumerate().map(|(i, l)| place(format!("decoder.{i}"), l)).collect();
        let out = place("decoder.out".to_owned(), out);
        Self { encoder, mu, logvar, decoder, out, parameters: end }
    }

    /// Every layer, in the order of the parameters.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.encoder.iter().chain([&self.mu]).chain(&self.logvar).chain(&self.decoder).chain([&self.out])
    }

    /// Multiplications and additions in the products of one step: forward, weight gradients, and the gradients of all
    /// inputs but the pixels.
    pub fn flops_an_image(&self) -> f64 {
        let products: usize = self.places().map(|place| place.layer.products()).sum();
        (6 * products - 2 * self.encoder[0].layer.products()) as f64
    }
}

fn conv(pixels: Maps) -> (Vec<Layer>, Vec<Layer>, Layer) {
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
        Layer::Dense { inputs: LATENT, outputs: quarter.len() },
        Layer::Transposed(step(upper, quarter)),
        Layer::Transposed(step(full, upper)),
    ];
    (encoder, decoder, Layer::Transposed(Convolution { large: pixels, small: full, stride: 1 }))
}
