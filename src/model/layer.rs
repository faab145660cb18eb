//! A layer as plain candle tensors. Units of an image are always one row, (batch, units), with the channels of a place
//! side by side.

use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module};

use super::architecture::{Convolution, Layer, Maps, Slot};

pub enum PlainLayer {
    Dense(Linear),
    Conv(Convolution, Kernel),
    Transposed(Convolution, Kernel),
}

/// The window's weights, (small channels, large channels, 3, 3), and the bias of each output channel.
pub struct Kernel {
    weight: Tensor,
    bias: Tensor,
}

impl PlainLayer {
    /// A view of the flat parameters.
    pub fn new(place: &Slot, parameters: &Tensor) -> Result<Self> {
        let part = |range: &std::ops::Range<usize>| parameters.narrow(0, range.start, range.len());
        let weight = part(&place.weight)?.reshape(place.layer.weight_shape())?;
        let bias = part(&place.bias)?;
        let kernel =
            |weight: Tensor| Ok::<_, candle_core::Error>(Kernel { weight: weight.permute((3, 2, 0, 1))?, bias });
        Ok(match place.layer {
            Layer::Dense { .. } => Self::Dense(Linear::new(weight, Some(part(&place.bias)?))),
            Layer::Conv(convolution) => Self::Conv(convolution, kernel(weight)?),
            Layer::Transposed(convolution) => Self::Transposed(convolution, kernel(weight)?),
        })
    }

    /// x: (batch, inputs) -> (batch, outputs), before any activation.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(linear) => linear.forward(x),
            Self::Conv(c, kernel) => {
                // An even number of rows and columns leaves the gradient one way to go back.
                let x = maps(x, c.large)?;
                let x =
                    x.pad_with_zeros(2, 0, c.large.rows % c.stride)?.pad_with_zeros(3, 0, c.large.cols % c.stride)?;
                units(&x.contiguous()?.conv2d(&kernel.weight.contiguous()?, 1, c.stride, 1, 1)?, kernel)
            }
            Self::Transposed(c, kernel) => {
                let x = maps(x, c.small)?.contiguous()?;
                let y = x.conv_transpose2d(&kernel.weight.contiguous()?, 1, c.stride - 1, c.stride, 1)?;
                units(&y.narrow(2, 0, c.large.rows)?.narrow(3, 0, c.large.cols)?, kernel)
            }
        }
    }
}

/// (batch, units) -> (batch, channels, rows, cols)
fn maps(x: &Tensor, maps: Maps) -> Result<Tensor> {
    x.reshape(((), maps.rows, maps.cols, maps.channels))?.permute((0, 3, 1, 2))
}

/// (batch, channels, rows, cols) -> (batch, units), with the bias.
fn units(y: &Tensor, kernel: &Kernel) -> Result<Tensor> {
    y.permute((0, 2, 3, 1))?.broadcast_add(&kernel.bias)?.flatten_from(1)
}
