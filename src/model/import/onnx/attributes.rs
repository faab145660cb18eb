//! The attributes of a node, and what they say of windows.

use crate::model::onnx_format::{Attribute, Node};

pub fn attribute<'a>(node: &'a Node, name: &str) -> Option<&'a Attribute> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

pub fn int(node: &Node, name: &str, usual: i64) -> i64 {
    attribute(node, name).map_or(usual, |attribute| attribute.i)
}

pub fn float(node: &Node, name: &str, usual: f32) -> f32 {
    attribute(node, name).map_or(usual, |attribute| attribute.f)
}

pub fn text(node: &Node, name: &str) -> String {
    attribute(node, name).map(|attribute| String::from_utf8_lossy(&attribute.s).into_owned()).unwrap_or_default()
}

pub fn ints(node: &Node, name: &str) -> Option<Vec<i64>> {
    attribute(node, name).map(|attribute| attribute.ints.clone())
}

/// Two sizes, of rows and of columns.
pub fn pair(node: &Node, name: &str, usual: usize) -> Option<[usize; 2]> {
    match ints(node, name) {
        None => Some([usual; 2]),
        Some(all) => sizes(&all)?.try_into().ok(),
    }
}

pub fn sizes(all: &[i64]) -> Option<Vec<usize>> {
    all.iter().map(|&v| usize::try_from(v).ok()).collect()
}

/// What is padded above, to the left, below and to the right, of windows that reach over so many of `sides`.
pub fn pads(node: &Node, sides: [usize; 2], reach: [usize; 2], stride: [usize; 2]) -> Option<[usize; 4]> {
    match text(node, "auto_pad").as_str() {
        "" | "NOTSET" => match ints(node, "pads") {
            None => Some([0; 4]),
            Some(pads) => sizes(&pads)?.try_into().ok(),
        },
        "VALID" => Some([0; 4]),
        same @ ("SAME_UPPER" | "SAME_LOWER") => {
            let missing = |axis: usize| {
                let windows = sides[axis].div_ceil(stride[axis]).checked_sub(1)?;
                Some((windows * stride[axis] + reach[axis]).saturating_sub(sides[axis]))
            };
            let [down, across] = [missing(0)?, missing(1)?];
            let upper = [down / 2, across / 2, down.div_ceil(2), across.div_ceil(2)];
            let lower = [upper[2], upper[3], upper[0], upper[1]];
            Some(if same == "SAME_UPPER" { upper } else { lower })
        }
        _ => None,
    }
}
