//! Convolutions, pools and enlarged maps.

use super::attributes::{int, ints, pads, pair, text};
use super::builder::Builder;
use crate::config::{Operation, Window};
use crate::model::onnx_format::Node;

impl Builder<'_> {
    pub fn convolution(&mut self, node: &Node) -> Result<usize, String> {
        let (x, (shape, weight)) = (self.made(node, 0)?, self.weights(node, 1)?);
        let (&[_, rows, cols], &[first, second, down, across]) = (self.shape(x), &shape[..]) else {
            let found = self.shape(x);
            return Err(format!("is no convolution of images in two dimensions (weights {shape:?}, values {found:?})"));
        };
        let wrong = || "has attributes that cannot be; the file is damaged".to_owned();
        let (strides, dilations) = (pair(node, "strides", 1), pair(node, "dilations", 1));
        let (strides, dilations) = (strides.ok_or_else(wrong)?, dilations.ok_or_else(wrong)?);
        let groups = usize::try_from(int(node, "group", 1)).map_err(|_| wrong())?;
        if strides[0] != strides[1] || dilations[0] != dilations[1] {
            return Err("strides or dilates rows and columns differently, which is not read".to_owned());
        }
        let (stride, dilation) = (strides[0], dilations[0]);
        let reach = [down, across].map(|size| size.saturating_sub(1).saturating_mul(dilation).saturating_add(1));
        if weight.is_empty() {
            return Err("has no weights; the file is damaged".to_owned());
        }
        let is_transposed = node.op_type == "ConvTranspose";
        let (outputs, pads, more) = if is_transposed {
            let automatic = !["", "NOTSET", "VALID"].contains(&text(node, "auto_pad").as_str());
            if groups != 1 || automatic || ints(node, "output_shape").is_some() {
                return Err("has groups, padding or a size that is found as it runs, which is not read".to_owned());
            }
            let more = pair(node, "output_padding", 0).ok_or_else(wrong)?;
            (second, pads(node, [rows, cols], reach, [1; 2]).ok_or_else(wrong)?, more)
        } else {
            if stride == 0 {
                return Err(wrong());
            }
            (first, pads(node, [rows, cols], reach, strides).ok_or_else(wrong)?, [0; 2])
        };
        let window = Window { outputs, size: [down, across], stride, dilation, pads, groups };
        let bias = self.floats(node, 2)?.map_or_else(|| vec![0.0; outputs], |(_, bias)| bias);
        let operation = if is_transposed { Operation::Transposed(window, more) } else { Operation::Conv(window) };
        self.push(operation, &[x], &[&weight, &bias])
    }

    pub fn pool(&mut self, node: &Node) -> Result<usize, String> {
        let x = self.made(node, 0)?;
        let &[_, rows, cols] = self.shape(x) else { return Err("is no pool of images in two dimensions".to_owned()) };
        if node.op_type == "GlobalAveragePool" {
            return self.push(Operation::MeanPool([rows, cols]), &[x], &[]);
        }
        let window = pair(node, "kernel_shape", 1).ok_or("has a window that cannot be; the file is damaged")?;
        let is_plain = pair(node, "strides", 1) == Some(window)
            && ints(node, "pads").is_none_or(|pads| pads.iter().all(|&pad| pad == 0))
            && ["", "NOTSET", "VALID"].contains(&text(node, "auto_pad").as_str())
            && int(node, "ceil_mode", 0) == 0
            && ints(node, "dilations").is_none_or(|all| all.iter().all(|&v| v == 1));
        if !is_plain {
            return Err("has windows that overlap or are padded; only windows side by side are read".to_owned());
        }
        let of = if node.op_type == "MaxPool" { Operation::MaxPool } else { Operation::MeanPool };
        self.push(of(window), &[x], &[])
    }

    /// Of the nearest place, by whole factors.
    pub fn resize(&mut self, node: &Node) -> Result<usize, String> {
        let x = self.made(node, 0)?;
        let &[channels, rows, cols] = self.shape(x) else { return Err("is no resize of images".to_owned()) };
        let mode = text(node, "mode");
        if !["", "nearest"].contains(&mode.as_str()) || text(node, "coordinate_transformation_mode") == "align_corners"
        {
            return Err(format!("is of the mode `{mode}`; only nearest places by whole factors are read"));
        }
        let scales = if node.op_type == "Resize" { 2 } else { 1 };
        let scales = self.floats(node, scales)?.map(|(_, scales)| scales).filter(|scales| !scales.is_empty());
        let by = match (scales.as_deref(), self.ints(node, 3)?.as_deref()) {
            (Some(&[_, 1.0, down, across]), _) => [down, across].map(f64::from),
            (None, Some(&[_, c, down, across])) if c == channels as i64 => {
                [down as f64 / rows as f64, across as f64 / cols as f64]
            }
            _ => return Err("has scales that are not read".to_owned()),
        };
        if by.iter().any(|by| by.fract() != 0.0 || !(1.0..=1024.0).contains(by)) {
            return Err(format!("enlarges by {by:?}; only whole factors are read"));
        }
        self.push(Operation::Enlarge(by.map(|by| by as usize)), &[x], &[])
    }
}
