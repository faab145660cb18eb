//! The network of another program as candle operations, which give its gradients too.

use std::f64::consts::FRAC_2_SQRT_PI;
use std::sync::Arc;

use candle_core::{Result, Tensor};
use candle_nn::ops;

use crate::config::{Function, Graph, Operation, Window};

pub struct PlainGraph {
    graph: Arc<Graph>,
    /// Of each operation.
    parameters: Vec<Vec<Tensor>>,
}

impl PlainGraph {
    /// A view of its parameters: (parameters).
    pub fn new(graph: Arc<Graph>, parameters: &Tensor) -> Result<Self> {
        let mut start = 0;
        let mut part = |shape: Vec<usize>| {
            let count = shape.iter().product();
            let part = parameters.narrow(0, start, count)?.reshape(shape);
            start += count;
            part
        };
        let mut all = Vec::new();
        for shapes in graph.parameters() {
            all.push(shapes.into_iter().map(&mut part).collect::<Result<_>>()?);
        }
        Ok(Self { graph, parameters: all })
    }

    /// x: (batch, inputs) -> (batch, outputs)
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut values = vec![x.clone()];
        for (node, parameters) in self.graph.nodes.iter().zip(&self.parameters) {
            let of: Vec<&Tensor> = node.of.iter().filter_map(|&at| values.get(at)).collect();
            values.push(apply(&node.operation, &of, parameters)?);
        }
        values.pop().map_or_else(|| Ok(x.clone()), Ok)
    }
}

fn apply(operation: &Operation, of: &[&Tensor], parameters: &[Tensor]) -> Result<Tensor> {
    Ok(match (operation, of, parameters) {
        (Operation::Dense { .. }, [x], [weight, bias]) => x.matmul(&weight.t()?)?.broadcast_add(bias)?,
        (Operation::Conv(window), [x], [weight, bias]) => with_bias(&convolved(window, x, weight)?, bias)?,
        (Operation::Transposed(window, more), [x], [weight, bias]) => {
            with_bias(&transposed(window, *more, x, weight)?, bias)?
        }
        (Operation::Scale(_), [x], [by]) => x.broadcast_mul(by)?,
        (Operation::Shift(_), [x], [by]) => x.broadcast_add(by)?,
        (Operation::Apply(function), [x], _) => function_of(*function, x)?,
        (Operation::Add, [a, b], _) => (*a + *b)?,
        (Operation::Subtract, [a, b], _) => (*a - *b)?,
        (Operation::Multiply, [a, b], _) => (*a * *b)?,
        (Operation::Divide, [a, b], _) => (*a / *b)?,
        (Operation::Reshape(to), [x], _) => x.reshape([&[x.dim(0)?], &to[..]].concat())?,
        (Operation::Permute(order), [x], _) => {
            let order: Vec<usize> = std::iter::once(0).chain(order.iter().map(|axis| axis + 1)).collect();
            x.permute(order)?.contiguous()?
        }
        (Operation::MaxPool([down, across]), [x], _) => x.max_pool2d((*down, *across))?,
        (Operation::MeanPool([down, across]), [x], _) => x.avg_pool2d((*down, *across))?,
        (Operation::Enlarge([down, across]), [x], _) => {
            let (n, channels, rows, cols) = x.dims4()?;
            let x = x.reshape((n, channels, rows, 1, cols, 1))?;
            let x = x.broadcast_as((n, channels, rows, *down, cols, *across))?;
            x.contiguous()?.reshape((n, channels, rows * down, cols * across))?
        }
        (Operation::Join(axis), of, _) => Tensor::cat(of, axis + 1)?,
        (Operation::Cut { axis, from, count }, [x], _) => x.narrow(axis + 1, *from, *count)?.contiguous()?,
        _ => candle_core::bail!("{operation:?} does not fit its {} values", of.len()),
    })
}

/// A bias a channel.
fn with_bias(maps: &Tensor, bias: &Tensor) -> Result<Tensor> {
    maps.broadcast_add(&bias.reshape((1, (), 1, 1))?)
}

fn convolved(window: &Window, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let mut x = (*x).clone();
    for axis in [0, 1] {
        x = x.pad_with_zeros(axis + 2, window.pads[axis], window.pads[axis + 2])?;
        // What no window reaches is cut off: the gradient then has one way to go back.
        let reach = (window.size[axis] - 1) * window.dilation + 1;
        let side = x.dim(axis + 2)?;
        x = x.narrow(axis + 2, 0, side - (side - reach) % window.stride)?;
    }
    x.contiguous()?.conv2d(&weight.contiguous()?, 0, window.stride, window.dilation, window.groups)
}

fn transposed(window: &Window, more: [usize; 2], x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let x = x.contiguous()?;
    let mut y = x.conv_transpose2d(&weight.contiguous()?, 0, 0, window.stride, window.dilation)?;
    for axis in [0, 1] {
        let (before, after) = (window.pads[axis], window.pads[axis + 2]);
        let y_more = y.pad_with_zeros(axis + 2, 0, more[axis])?;
        y = y_more.narrow(axis + 2, before, y_more.dim(axis + 2)? - before - after)?;
    }
    Ok(y)
}

fn function_of(function: Function, x: &Tensor) -> Result<Tensor> {
    match function {
        Function::Relu => x.relu(),
        Function::LeakyRelu(slope) => x.relu()? - (x.neg()?.relu()? * slope)?,
        Function::Elu(alpha) => x.elu(alpha),
        Function::Sigmoid => ops::sigmoid(x),
        Function::Tanh => x.tanh(),
        Function::Softplus => x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?,
        Function::Exp => x.exp(),
        Function::Erf => x.erf(),
        Function::Gelu => (x * 0.5)? * ((x * std::f64::consts::FRAC_1_SQRT_2)?.erf()? + 1.0)?,
        Function::GeluTanh => {
            let inner = ((x + (x.powf(3.0)? * 0.044715)?)? * (FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2))?;
            (x * 0.5)? * (inner.tanh()? + 1.0)?
        }
        Function::Clip(low, high) => {
            let x = low.map_or_else(|| Ok(x.clone()), |low| x.maximum(low))?;
            high.map_or_else(|| Ok(x.clone()), |high| x.minimum(high))
        }
    }
}
