//! Both ends of a graph: how an image lies in it, and what it ends in.

use super::builder::Builder;
use crate::config::{Function, ImageShape, Operation};
use crate::model::import::network::{Facts, square};
use crate::model::onnx_format::{Graph, ValueInfo};

/// Images of this shape, and whether their channels come first there. In memory they come last.
#[derive(Clone, Copy)]
pub struct Layout {
    pub shape: ImageShape,
    channels_last: bool,
    rank: usize,
}

/// What a graph takes: the one input that is no weight.
pub fn input_of(graph: &Graph) -> Result<&ValueInfo, String> {
    let is_weight = |input: &&ValueInfo| graph.initializer.iter().any(|tensor| tensor.name == input.name);
    let inputs: Vec<&ValueInfo> = graph.input.iter().filter(|input| !is_weight(input)).collect();
    match inputs[..] {
        [input] => Ok(input),
        _ => Err(format!(
            "it takes {} inputs; an encoder takes the images alone, a decoder the codes alone",
            inputs.len()
        )),
    }
}

/// The sizes of a value without that of the batch; none where they are known only when it runs.
pub fn dims(value: &ValueInfo) -> Vec<Option<usize>> {
    let shape = value.r#type.as_ref().and_then(|of| of.tensor_type.as_ref()).and_then(|of| of.shape.as_ref());
    let size = |size: Option<i64>| size.and_then(|size| usize::try_from(size).ok()).filter(|&size| size > 0);
    shape.into_iter().flat_map(|shape| shape.dim.iter().skip(1)).map(|dim| size(dim.dim_value)).collect()
}

/// How images lie in what an encoder takes.
pub fn read_images(dims: &[Option<usize>], facts: &Facts) -> Result<Layout, String> {
    let is_channels = |size: Option<usize>| matches!(size, Some(1 | 3));
    let said = facts.shape;
    let (shape, channels_last) = match *dims {
        [all] => (said.or_else(|| square(all?)), false),
        [rows, cols] => (said.or_else(|| Some(ImageShape::grey(rows?, cols?))), false),
        [channels, rows, cols] if is_channels(channels) => {
            (said.or_else(|| Some(ImageShape { rows: rows?, cols: cols?, channels: channels? })), false)
        }
        [rows, cols, channels] if is_channels(channels) => {
            (said.or_else(|| Some(ImageShape { rows: rows?, cols: cols?, channels: channels? })), true)
        }
        _ => (None, false),
    };
    let shown: Vec<String> = dims.iter().map(|size| size.map_or("?".to_owned(), |size| size.to_string())).collect();
    let shown = shown.join(" x ");
    let shape = shape.ok_or_else(|| {
        format!("its input of {shown} is no image whose size is known; say it with --size-of ROWSxCOLS[x3]")
    })?;
    shape.validate().map_err(|e| e.to_string())?;
    let ImageShape { rows, cols, channels } = shape;
    let expected = match (dims.len(), channels_last) {
        (1, _) => vec![shape.len()],
        (2, _) if channels == 1 => vec![rows, cols],
        (3, true) => vec![rows, cols, channels],
        (3, false) => vec![channels, rows, cols],
        _ => Vec::new(),
    };
    let fits = expected.len() == dims.len() && dims.iter().zip(&expected).all(|(a, b)| a.is_none_or(|a| a == *b));
    if !fits {
        return Err(format!("its input is {shown}, and images of {shape} do not fit; give another --size-of"));
    }
    Ok(Layout { shape, channels_last, rank: dims.len() })
}

impl Layout {
    /// From numbers as they lie in memory to those that the graph takes.
    pub fn unpacked(self, builder: &mut Builder, at: usize) -> Result<usize, String> {
        let ImageShape { rows, cols, channels } = self.shape;
        if self.rank == 2 {
            return builder.reshape(at, vec![rows, cols]);
        }
        if self.channels_last || channels == 1 {
            let whole = if self.channels_last { vec![rows, cols, channels] } else { vec![channels, rows, cols] };
            return builder.reshape(at, if self.rank == 1 { vec![self.shape.len()] } else { whole });
        }
        let at = builder.reshape(at, vec![rows, cols, channels])?;
        let at = builder.push(Operation::Permute(vec![2, 0, 1]), &[at], &[])?;
        if self.rank == 1 { builder.reshape(at, vec![self.shape.len()]) } else { Ok(at) }
    }

    /// From an image that the graph makes to numbers as they lie in memory.
    pub fn packed(self, builder: &mut Builder, at: usize) -> Result<usize, String> {
        let ImageShape { rows, cols, channels } = self.shape;
        let found = builder.shape(at).to_vec();
        let is_first = match found[..] {
            [all] if all == self.shape.len() => !self.channels_last,
            [a, b] if (a, b, 1) == (rows, cols, channels) => false,
            [a, b, c] if (a, b, c) == (channels, rows, cols) => true,
            [a, b, c] if (a, b, c) == (rows, cols, channels) => false,
            _ => return Err(format!("it makes {found:?} numbers an image, and images of {} are encoded", self.shape)),
        };
        if !is_first || channels == 1 {
            return builder.reshape(at, vec![self.shape.len()]);
        }
        let at = builder.reshape(at, vec![channels, rows, cols])?;
        let at = builder.push(Operation::Permute(vec![1, 2, 0]), &[at], &[])?;
        builder.reshape(at, vec![self.shape.len()])
    }
}

/// The function that a value ends in, and its node, where nothing else takes what it makes.
pub fn end_of(builder: &Builder, mut at: usize) -> Option<(usize, Function)> {
    let takers = |value: usize| builder.nodes.iter().flat_map(|node| &node.of).filter(|&&of| of == value).count();
    let mut is_end = takers(at) == 0;
    while is_end {
        let index = at.checked_sub(1)?;
        let node = &builder.nodes[index];
        match (&node.operation, &node.of[..]) {
            (Operation::Apply(function), _) => return Some((index, *function)),
            (Operation::Reshape(_) | Operation::Permute(_), &[before]) => at = before,
            _ => return None,
        }
        is_end = takers(at) == 1;
    }
    None
}

impl Builder<'_> {
    /// Has this value be the last one, as numbers one after the other.
    pub fn finish(&mut self, at: usize) -> Result<(), String> {
        let size = self.size(at);
        if at != self.last() || self.shape(at) != [size] {
            self.push(Operation::Reshape(vec![size]), &[at], &[])?;
        }
        Ok(())
    }
}
