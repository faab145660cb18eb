//! Operators that arrange numbers, and those on the sizes by which exporters say how.

use super::attributes::{int, ints, sizes};
use super::builder::{Builder, Value};
use super::file::Constant;
use super::nodes::transposed;
use crate::config::Operation;
use crate::model::onnx_format::Node;

/// Stands for the number of images.
const IMAGES: i64 = -1;
/// Of the shapes that exporters put together.
const MOST_AXES: usize = 64;

impl Builder<'_> {
    /// What such an operator makes; none of another.
    pub fn rearranged(&mut self, node: &Node) -> Result<Option<Vec<Value>>, String> {
        let first = self.input(node, 0)?;
        let value = match (node.op_type.as_str(), first) {
            ("Shape", Some(Value::Made(x))) => {
                let shape = self.shape(x).iter().map(|&side| side as i64);
                let whole: Vec<i64> = std::iter::once(IMAGES).chain(shape).collect();
                let rank = whole.len() as i64;
                let at = |name, usual| {
                    let at = int(node, name, usual);
                    (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize
                };
                let (start, end) = (at("start", 0), at("end", rank));
                Value::Constant(Constant::Ints(whole[start..end.max(start)].to_vec()))
            }
            (_, Some(Value::Constant(constant))) => match self.of_constant(node, constant)? {
                Some(constant) => Value::Constant(constant),
                None => return Ok(None),
            },
            ("Split", Some(Value::Made(x))) => return self.split(node, x).map(Some),
            (_, Some(Value::Made(x))) => match self.of_made(node, x)? {
                Some(at) => Value::Made(at),
                None => return Ok(None),
            },
            (_, None) => return Ok(None),
        };
        Ok(Some(vec![value]))
    }

    fn of_made(&mut self, node: &Node, x: usize) -> Result<Option<usize>, String> {
        let shape = self.shape(x).to_vec();
        Ok(Some(match node.op_type.as_str() {
            "Flatten" if [1, -(shape.len() as i64)].contains(&int(node, "axis", 1)) => {
                self.reshape(x, vec![shape.iter().product()])?
            }
            "Reshape" => {
                let to = self.sizes(node, "shape", 1)?.ok_or("lacks its shape; the file is damaged")?;
                let to = reshaped(&shape, &to, int(node, "allowzero", 0) != 0)?;
                self.reshape(x, to)?
            }
            "Squeeze" | "Unsqueeze" => {
                let axes = self.sizes(node, "axes", 1)?.ok_or("lacks its axes, which is not read")?;
                let is_more = node.op_type == "Unsqueeze";
                let rank = shape.len() + if is_more { axes.len() } else { 0 };
                let axes = axes.iter().map(|&a| axis(a, rank)).collect::<Result<Vec<_>, _>>()?;
                let mut rest = shape.iter().copied();
                let to = match is_more {
                    true => (0..rank).map(|d| if axes.contains(&d) { 1 } else { rest.next().unwrap_or(1) }).collect(),
                    false => (0..rank).filter(|d| !axes.contains(d)).map(|d| shape[d]).collect(),
                };
                self.reshape(x, to)?
            }
            "Transpose" => {
                let order = ints(node, "perm").unwrap_or_default();
                let Some((0, rest)) = order.split_first() else { return Err(MIXED.to_owned()) };
                let order = rest.iter().map(|&a| axis(a, shape.len())).collect::<Result<_, _>>()?;
                self.push(Operation::Permute(order), &[x], &[])?
            }
            "Concat" => {
                let all = (0..node.input.len()).map(|i| self.made(node, i)).collect::<Result<Vec<_>, _>>()?;
                self.push(Operation::Join(axis(int(node, "axis", 1), shape.len())?), &all, &[])?
            }
            "Slice" => self.slice(node, x)?,
            _ => return Ok(None),
        }))
    }

    fn split(&mut self, node: &Node, x: usize) -> Result<Vec<Value>, String> {
        let shape = self.shape(x).to_vec();
        let axis = axis(int(node, "axis", 0), shape.len())?;
        let count = node.output.len().max(1);
        let equal = || Some(vec![shape[axis].div_ceil(count) as i64; count]);
        let counts = self.sizes(node, "split", 1)?.or_else(equal).and_then(|counts| sizes(&counts));
        let mut from = 0;
        let mut all = Vec::new();
        for count in counts.ok_or("has sizes that cannot be; the file is damaged")? {
            all.push(Value::Made(self.push(Operation::Cut { axis, from, count }, &[x], &[])?));
            from = from.saturating_add(count);
        }
        Ok(all)
    }

    fn slice(&mut self, node: &Node, mut x: usize) -> Result<usize, String> {
        let of = |name, index| self.sizes(node, name, index);
        let (starts, ends, axes, steps) = (of("starts", 1)?, of("ends", 2)?, of("axes", 3)?, of("steps", 4)?);
        let (starts, ends) = starts.zip(ends).ok_or("lacks where it starts and ends; the file is damaged")?;
        if steps.is_some_and(|steps| steps.iter().any(|&step| step != 1)) {
            return Err("leaves some out between, which is not read".to_owned());
        }
        let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
        for ((start, end), along) in starts.into_iter().zip(ends).zip(axes) {
            let shape = self.shape(x);
            let axis = axis(along, shape.len())?;
            let range = within(start, end, shape[axis]);
            x = self.push(Operation::Cut { axis, from: range.start, count: range.len() }, &[x], &[])?;
        }
        Ok(x)
    }

    /// What an operator makes of numbers that do not depend on the images; none of one that also takes those that do.
    fn of_constant(&self, node: &Node, constant: Constant) -> Result<Option<Constant>, String> {
        let constant = match (node.op_type.as_str(), constant) {
            ("Squeeze" | "Unsqueeze", Constant::Ints(all)) => Constant::Ints(all),
            ("Gather", Constant::Ints(all)) => {
                let picked = self.ints(node, 1)?.unwrap_or_default();
                let at = |&i: &i64| all.get(if i < 0 { i + all.len() as i64 } else { i } as usize).copied();
                Constant::Ints(picked.iter().map(at).collect::<Option<_>>().ok_or("picks what is not there")?)
            }
            ("Slice", Constant::Ints(all)) => {
                let at =
                    |name, index| Ok::<_, String>(self.sizes(node, name, index)?.and_then(|all| all.first().copied()));
                let range = within(at("starts", 1)?.unwrap_or(0), at("ends", 2)?.unwrap_or(i64::MAX), all.len());
                Constant::Ints(all[range].to_vec())
            }
            ("Concat", Constant::Ints(_)) => {
                let all = (0..node.input.len()).map(|i| self.ints(node, i)).collect::<Result<Vec<_>, _>>()?;
                let all: Vec<i64> = all.into_iter().flatten().flatten().collect();
                let is_shape = all.len() <= MOST_AXES;
                Constant::Ints(is_shape.then_some(all).ok_or("puts more sizes together than values have axes")?)
            }
            ("Reshape", Constant::Ints(all)) => Constant::Ints(all),
            ("Add" | "Sub" | "Mul" | "Div", Constant::Ints(a)) => {
                let b = self.ints(node, 1)?.unwrap_or_default();
                Constant::Ints(
                    computed(&node.op_type, &a, &b).ok_or("computes with the number of images, which is not read")?,
                )
            }
            ("Transpose", Constant::Floats { shape, values }) => match shape[..] {
                [rows, cols] if values.len() == rows * cols => {
                    Constant::Floats { shape: vec![cols, rows], values: transposed(&values, rows, cols) }
                }
                _ => return Err("turns weights that are no matrix, which is not read".to_owned()),
            },
            _ => return Ok(None),
        };
        Ok(Some(constant))
    }
}

const MIXED: &str = "puts the numbers of several images together, or images elsewhere than first, which is not read";

/// Counted without that of the images.
fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let whole = rank as i64 + 1;
    let axis = if axis < 0 { axis.saturating_add(whole) } else { axis };
    if (1..whole).contains(&axis) { Ok(axis as usize - 1) } else { Err(MIXED.to_owned()) }
}

/// What lies between two places of so many, counted from the end where they are negative.
fn within(start: i64, end: i64, count: usize) -> std::ops::Range<usize> {
    let place = |at: i64| (if at < 0 { at.saturating_add(count as i64) } else { at }).clamp(0, count as i64) as usize;
    place(start)..place(end).max(place(start))
}

/// The shape of an image's numbers that a shape of all numbers stands for.
fn reshaped(from: &[usize], to: &[i64], keeps_zero: bool) -> Result<Vec<usize>, String> {
    let Some((_, rest)) = to.split_first() else { return Err(MIXED.to_owned()) };
    let count: usize = from.iter().product();
    let kept = |(d, &side): (usize, &i64)| match side {
        0 if !keeps_zero => from.get(d).map(|&side| side as i64),
        side => Some(side),
    };
    let rest: Vec<i64> = rest.iter().enumerate().map(kept).collect::<Option<_>>().ok_or(MIXED)?;
    let mut known = rest.iter().filter(|&&side| side != -1).map(|&side| usize::try_from(side).ok());
    let known = known.try_fold(1usize, |all, side| all.checked_mul(side?)).filter(|&all| all > 0);
    let known = known.ok_or("has a shape that cannot be; the file is damaged")?;
    let is_open = rest.iter().filter(|&&side| side == -1).count();
    if is_open > 1 || !count.is_multiple_of(known) || (is_open == 0 && known != count) {
        return Err(MIXED.to_owned());
    }
    Ok(rest.iter().map(|&side| if side == -1 { count / known } else { side as usize }).collect())
}

/// Sizes computed of sizes; none where the number of images is among them.
fn computed(operator: &str, a: &[i64], b: &[i64]) -> Option<Vec<i64>> {
    let one = |a: i64, b: i64| match operator {
        "Add" => a.checked_add(b),
        "Sub" => a.checked_sub(b),
        "Mul" => a.checked_mul(b),
        _ => a.checked_div(b),
    };
    let is_known = |all: &[i64]| !all.is_empty() && all.iter().all(|&v| v >= 0);
    let count = a.len().max(b.len());
    let at = |all: &[i64], i: usize| all.get(if all.len() == 1 { 0 } else { i }).copied();
    (is_known(a) && is_known(b)).then(|| (0..count).map(|i| one(at(a, i)?, at(b, i)?)).collect())?
}
