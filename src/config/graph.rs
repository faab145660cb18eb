//! The network of another program, as operations one after the other. It is read from files, so that all of it is checked before
//! anything is made of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ConfigError;

pub const MOST_OPERATIONS: usize = 2_000;
/// Numbers of one image that any of the values may have, and all of its dimensions.
const MOST_NUMBERS: usize = 1 << 26;
const MOST_AXES: usize = 6;

/// Encoder and decoder of a network that is explored as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Graphs {
    /// From the pixels, as they lie in memory, to μ and, of a VAE, ln σ² behind it.
    pub encoder: Arc<Graph>,
    /// From the code to what makes pixels, as they lie in memory.
    pub decoder: Arc<Graph>,
    /// Whether pixels are the sigmoid of what the decoder gives, or that itself.
    pub sigmoid: bool,
}

/// Operations on values, of which the first is the input and each operation makes one more; the last is what comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Numbers of the input.
    pub inputs: usize,
    pub nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub operation: Operation,
    /// The values that it takes.
    pub of: Vec<usize>,
}

/// An operation on the values of one image, which are maps (channels, rows, cols) where it is one on maps. Axes are counted without
/// that of the images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Weight (outputs, inputs), bias (outputs).
    Dense {
        outputs: usize,
    },
    /// Weight (outputs, inputs / groups, window), bias (outputs).
    Conv(Window),
    /// Weight (inputs, outputs, window), bias (outputs); so many rows and columns are added at the end.
    Transposed(Window, [usize; 2]),
    /// x · w and x + b, of a parameter of this shape, in which 1 stands for all.
    Scale(Vec<usize>),
    Shift(Vec<usize>),
    Apply(Function),
    Add,
    Subtract,
    Multiply,
    Divide,
    Reshape(Vec<usize>),
    Permute(Vec<usize>),
    /// Of windows side by side.
    MaxPool([usize; 2]),
    MeanPool([usize; 2]),
    /// Each place becomes so many rows and columns.
    Enlarge([usize; 2]),
    Join(usize),
    Cut {
        axis: usize,
        from: usize,
        count: usize,
    },
}

/// A window that moves over maps. Zeros are put around these: above, to the left, below, to the right; around what comes out of a
/// transposed convolution so much is taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    pub outputs: usize,
    pub size: [usize; 2],
    pub stride: usize,
    pub dilation: usize,
    pub pads: [usize; 4],
    pub groups: usize,
}

/// A function of each number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    Relu,
    LeakyRelu(f64),
    Elu(f64),
    Sigmoid,
    Tanh,
    Softplus,
    Exp,
    Erf,
    Gelu,
    GeluTanh,
    Clip(Option<f64>, Option<f64>),
}

impl Graph {
    /// The shape of each value, or what does not fit.
    pub fn shapes(&self) -> Result<Vec<Vec<usize>>, ConfigError> {
        let mut shapes = vec![vec![self.inputs]];
        if self.nodes.len() > MOST_OPERATIONS {
            return Err(ConfigError::Graph(format!("{} operations are more than {MOST_OPERATIONS}", self.nodes.len())));
        }
        for (i, node) in self.nodes.iter().enumerate() {
            let wrong =
                || ConfigError::Graph(format!("operation {i} ({:?}) does not fit what it takes", node.operation));
            let of: Option<Vec<&[usize]>> = node.of.iter().map(|&at| shapes.get(at).map(Vec::as_slice)).collect();
            shapes.push(of.and_then(|of| node.operation.shape(&of)).ok_or_else(wrong)?);
        }
        Ok(shapes)
    }

    /// The shapes of the parameters of each operation: in memory they lie one after the other.
    pub fn parameters(&self) -> Vec<Vec<Vec<usize>>> {
        let shapes = self.shapes().unwrap_or_default();
        let of = |node: &Node| {
            let input = node.of.first().and_then(|&at| shapes.get(at));
            input.map_or_else(Vec::new, |input| node.operation.parameters(input))
        };
        self.nodes.iter().map(of).collect()
    }

    /// How many parameters there are in all.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().flatten().map(|shape| product(shape)).fold(0, usize::saturating_add)
    }

    /// Numbers that come out.
    pub fn outputs(&self) -> usize {
        self.shapes().ok().and_then(|shapes| size(shapes.last()?)).unwrap_or(0)
    }

    /// Numbers that one image takes on its way, windows laid out included.
    pub fn numbers(&self) -> usize {
        let shapes = self.shapes().unwrap_or_default();
        let values: usize = shapes.iter().filter_map(|shape| size(shape)).sum();
        let windows = self.nodes.iter().zip(shapes.iter().skip(1)).map(|(node, made)| {
            let taken = node.of.first().and_then(|&at| shapes.get(at)).map_or(&[][..], |taken| taken);
            match (&node.operation, taken, &made[..]) {
                (Operation::Conv(w), &[channels, ..], &[_, rows, cols])
                | (Operation::Transposed(w, _), &[_, rows, cols], &[channels, ..]) => {
                    product(&[w.size[0], w.size[1], channels, rows, cols])
                }
                _ => 0,
            }
        });
        windows.max().unwrap_or(0).saturating_add(values)
    }
}

impl Window {
    /// Rows or columns that a window reaches over.
    fn reach(&self, axis: usize) -> Option<usize> {
        self.size[axis].checked_sub(1)?.checked_mul(self.dilation)?.checked_add(1)
    }

    fn is_sound(&self, channels: usize) -> bool {
        let counts = [self.outputs, self.stride, self.dilation, self.groups];
        let all = counts.iter().chain(&self.size).all(|&n| (1..=MOST_NUMBERS).contains(&n));
        all && self.pads.iter().all(|&pad| pad <= MOST_NUMBERS)
            && channels.is_multiple_of(self.groups)
            && self.outputs.is_multiple_of(self.groups)
    }

    fn convolved(&self, channels: usize, sides: [usize; 2]) -> Option<Vec<usize>> {
        let side = |axis: usize| {
            let padded = sides[axis].checked_add(self.pads[axis])?.checked_add(self.pads[axis + 2])?;
            Some(padded.checked_sub(self.reach(axis)?)? / self.stride + 1)
        };
        self.is_sound(channels).then(|| Some(vec![self.outputs, side(0)?, side(1)?]))?
    }

    fn transposed(&self, channels: usize, sides: [usize; 2], more: [usize; 2]) -> Option<Vec<usize>> {
        let side = |axis: usize| {
            let whole = sides[axis].checked_sub(1)?.checked_mul(self.stride)?.checked_add(self.reach(axis)?)?;
            let whole = whole.checked_add(more[axis])?;
            whole.checked_sub(self.pads[axis])?.checked_sub(self.pads[axis + 2]).filter(|&side| side > 0)
        };
        (self.is_sound(channels) && self.groups == 1).then(|| Some(vec![self.outputs, side(0)?, side(1)?]))?
    }
}

impl Operation {
    /// The shape of what it makes of values of these shapes; none if it does not fit them, or makes no numbers or too many.
    pub fn shape(&self, of: &[&[usize]]) -> Option<Vec<usize>> {
        self.made(of).filter(|shape| size(shape).is_some())
    }

    fn made(&self, of: &[&[usize]]) -> Option<Vec<usize>> {
        match (self, of) {
            (Self::Dense { outputs }, [[_]]) => (1..=MOST_NUMBERS).contains(outputs).then(|| vec![*outputs]),
            (Self::Conv(window), [[channels, rows, cols]]) => window.convolved(*channels, [*rows, *cols]),
            (Self::Transposed(window, more), [[channels, rows, cols]]) => {
                window.transposed(*channels, [*rows, *cols], *more)
            }
            (Self::Scale(by) | Self::Shift(by), [x]) => {
                let fits = by.len() == x.len() && by.iter().zip(*x).all(|(&by, &x)| by == 1 || by == x);
                fits.then(|| x.to_vec())
            }
            (Self::Apply(_), [x]) => Some(x.to_vec()),
            (Self::Add | Self::Subtract | Self::Multiply | Self::Divide, [a, b]) => (a == b).then(|| a.to_vec()),
            (Self::Reshape(to), [x]) => (size(to)? == size(x)?).then(|| to.clone()),
            (Self::Permute(order), [x]) => {
                let mut sorted = order.clone();
                sorted.sort_unstable();
                sorted.iter().copied().eq(0..x.len()).then(|| order.iter().map(|&axis| x[axis]).collect())
            }
            (Self::MaxPool(by) | Self::MeanPool(by), [[channels, rows, cols]]) => {
                Some(vec![*channels, rows.checked_div(by[0])?, cols.checked_div(by[1])?])
            }
            (Self::Enlarge(by), [[channels, rows, cols]]) => {
                Some(vec![*channels, rows.checked_mul(by[0])?, cols.checked_mul(by[1])?])
            }
            (Self::Join(axis), [first, rest @ ..]) => {
                let mut whole = first.to_vec();
                for other in rest {
                    let fits = (0..whole.len().max(other.len())).all(|d| d == *axis || whole.get(d) == other.get(d));
                    let total = whole.get(*axis)?.checked_add(*other.get(*axis)?)?;
                    *whole.get_mut(*axis).filter(|_| fits)? = total;
                }
                Some(whole)
            }
            (Self::Cut { axis, from, count }, [x]) => {
                let mut part = x.to_vec();
                let fits = from.checked_add(*count)? <= *part.get(*axis)?;
                *part.get_mut(*axis).filter(|_| fits)? = *count;
                Some(part)
            }
            _ => None,
        }
    }

    /// The shapes of its parameters, where it takes a value of the shape `input`.
    pub fn parameters(&self, input: &[usize]) -> Vec<Vec<usize>> {
        let first = input.first().copied().unwrap_or(0);
        match self {
            Self::Dense { outputs } => vec![vec![*outputs, first], vec![*outputs]],
            Self::Conv(w) => vec![vec![w.outputs, first / w.groups, w.size[0], w.size[1]], vec![w.outputs]],
            Self::Transposed(w, _) => vec![vec![first, w.outputs, w.size[0], w.size[1]], vec![w.outputs]],
            Self::Scale(shape) | Self::Shift(shape) => vec![shape.clone()],
            _ => Vec::new(),
        }
    }
}

/// Numbers of a shape; more than can be counted stay at the most that can.
fn product(shape: &[usize]) -> usize {
    shape.iter().fold(1, |all, &n| all.saturating_mul(n))
}

/// The same; none if they are none or too many.
fn size(shape: &[usize]) -> Option<usize> {
    let count = shape.iter().try_fold(1usize, |all, &n| all.checked_mul(n))?;
    (shape.len() <= MOST_AXES && (1..=MOST_NUMBERS).contains(&count)).then_some(count)
}

impl Graphs {
    /// From images of so many numbers to codes of so many and back; `heads` of these there are.
    pub fn validate(&self, pixels: usize, latent: usize, heads: usize) -> Result<(), ConfigError> {
        let sides = [("encoder", &self.encoder, pixels, heads * latent), ("decoder", &self.decoder, latent, pixels)];
        for (name, graph, inputs, outputs) in sides {
            graph.shapes()?;
            let found = (graph.inputs, graph.outputs());
            if found != (inputs, outputs) {
                let (from, to) = found;
                let what = format!("its {name} makes {to} numbers of {from}, where {outputs} of {inputs} are needed");
                return Err(ConfigError::Graph(what));
            }
        }
        Ok(())
    }

    /// How many parameters there are.
    pub fn parameter_count(&self) -> u64 {
        self.encoder.parameter_count().saturating_add(self.decoder.parameter_count()) as u64
    }
}
