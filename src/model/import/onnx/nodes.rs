//! What the operators of ONNX are among our operations.

use super::attributes::{attribute, float, int, ints, text};
use super::builder::{Builder, Value, Weights};
use super::file::Constant;
use crate::config::{Function, Operation};
use crate::model::onnx_format::Node;

/// For an error.
const READ: &str = "Gemm, MatMul, Conv, ConvTranspose, BatchNormalization, MaxPool, AveragePool, GlobalAveragePool, Resize, Relu, \
                    LeakyRelu, Elu, Selu, Gelu, Sigmoid, Tanh, Softplus, Exp, Erf, Clip, Add, Sub, Mul, Div, Neg, Flatten, \
                    Reshape, Transpose, Squeeze, Unsqueeze, Concat, Split and Slice";

impl Builder<'_> {
    /// What a node makes, in the order of its outputs.
    pub fn convert(&mut self, node: &Node) -> Result<Vec<Value>, String> {
        if !["", "ai.onnx"].contains(&node.domain.as_str()) {
            return Err(format!("is of the domain `{}`, whose operators are not read", node.domain));
        }
        if let Some(values) = self.rearranged(node)? {
            return Ok(values);
        }
        let made = match node.op_type.as_str() {
            "Constant" => return Ok(vec![Value::Constant(self.constant(node)?)]),
            "Identity" | "Dropout" | "Cast" => {
                return Ok(vec![self.input(node, 0)?.ok_or("takes nothing; the file is damaged")?]);
            }
            "Gemm" => self.gemm(node)?,
            "MatMul" => self.matmul(node)?,
            "BatchNormalization" => self.batch_normalization(node)?,
            "Conv" | "ConvTranspose" => self.convolution(node)?,
            "MaxPool" | "AveragePool" | "GlobalAveragePool" => self.pool(node)?,
            "Resize" | "Upsample" => self.resize(node)?,
            "Add" | "Sub" | "Mul" | "Div" => self.binary(node)?,
            "Neg" => {
                let x = self.made(node, 0)?;
                self.affine(x, -1.0, 0.0)?
            }
            "Selu" => {
                let (alpha, gamma) = (float(node, "alpha", 1.673_263_2), float(node, "gamma", 1.050_701));
                let x = self.made(node, 0)?;
                let x = self.push(Operation::Apply(Function::Elu(alpha.into())), &[x], &[])?;
                self.affine(x, gamma, 0.0)?
            }
            _ => {
                let function = self.function(node)?;
                let function = function.ok_or_else(|| format!("is no operator that is read; those are {READ}"))?;
                let x = self.made(node, 0)?;
                self.push(Operation::Apply(function), &[x], &[])?
            }
        };
        Ok(vec![Value::Made(made)])
    }

    fn function(&self, node: &Node) -> Result<Option<Function>, String> {
        Ok(Some(match node.op_type.as_str() {
            "Relu" => Function::Relu,
            "LeakyRelu" => Function::LeakyRelu(float(node, "alpha", 0.01).into()),
            "Elu" => Function::Elu(float(node, "alpha", 1.0).into()),
            "Sigmoid" => Function::Sigmoid,
            "Tanh" => Function::Tanh,
            "Softplus" => Function::Softplus,
            "Exp" => Function::Exp,
            "Erf" => Function::Erf,
            "Gelu" if text(node, "approximate") == "tanh" => Function::GeluTanh,
            "Gelu" => Function::Gelu,
            "Clip" => {
                let bound = |index, name: &str| -> Result<Option<f64>, String> {
                    let given = self.floats(node, index)?.and_then(|(_, values)| values.first().copied());
                    Ok(given.or_else(|| attribute(node, name).map(|attribute| attribute.f)).map(f64::from))
                };
                Function::Clip(bound(1, "min")?, bound(2, "max")?)
            }
            _ => return Ok(None),
        }))
    }

    fn constant(&self, node: &Node) -> Result<Constant, String> {
        let scalar = |values: &[f32], shape: Vec<usize>| Constant::Floats { shape, values: values.to_vec() };
        match node.attribute.first() {
            Some(of) if of.name == "value_float" => Ok(scalar(&[of.f], Vec::new())),
            Some(of) if of.name == "value_floats" => Ok(scalar(&of.floats, vec![of.floats.len()])),
            Some(of) if of.name == "value_int" => Ok(Constant::Ints(vec![of.i])),
            Some(of) if of.name == "value_ints" => Ok(Constant::Ints(of.ints.clone())),
            Some(of) => match &of.t {
                Some(tensor) => self.tensor(tensor),
                None => Err(format!("holds `{}`, which is not read", of.name)),
            },
            None => Err("holds nothing; the file is damaged".to_owned()),
        }
    }

    /// A dense layer of weights (inputs, outputs), or transposed (outputs, inputs).
    fn dense(&mut self, x: usize, weight: Weights, is_transposed: bool) -> Result<usize, String> {
        let (shape, mut values) = weight;
        let [a, b] = shape[..] else { return Err(format!("has weights of {shape:?}, which are no matrix")) };
        if !is_transposed {
            values = transposed(&values, a, b);
        }
        let (inputs, outputs) = if is_transposed { (b, a) } else { (a, b) };
        if self.shape(x) != [inputs] {
            let found = self.shape(x);
            return Err(format!(
                "takes {inputs} numbers an image and is given {found:?}; only whole images are read so"
            ));
        }
        self.push(Operation::Dense { outputs }, &[x], &[&values, &vec![0.0; outputs]])
    }

    fn gemm(&mut self, node: &Node) -> Result<usize, String> {
        if int(node, "transA", 0) != 0 {
            return Err("has images as columns, which is not read".to_owned());
        }
        let (x, (shape, mut values)) = (self.made(node, 0)?, self.weights(node, 1)?);
        values.iter_mut().for_each(|v| *v *= float(node, "alpha", 1.0));
        let made = self.dense(x, (shape, values), int(node, "transB", 0) != 0)?;
        match self.floats(node, 2)? {
            None => Ok(made),
            Some((shape, mut bias)) => {
                bias.iter_mut().for_each(|v| *v *= float(node, "beta", 1.0));
                self.with(made, &shape, &bias, Operation::Shift)
            }
        }
    }

    fn matmul(&mut self, node: &Node) -> Result<usize, String> {
        let (x, weight) = (self.made(node, 0)?, self.weights(node, 1)?);
        self.dense(x, weight, false)
    }

    /// The value and numbers that are the same for all images.
    fn with(
        &mut self,
        x: usize,
        shape: &[usize],
        values: &[f32],
        operation: fn(Vec<usize>) -> Operation,
    ) -> Result<usize, String> {
        let rank = self.shape(x).len();
        let own = if shape.len() > rank && shape[0] == 1 { &shape[1..] } else { shape };
        let ones = rank.checked_sub(own.len()).ok_or_else(|| format!("has numbers of {shape:?}, which do not fit"))?;
        let shape = [&vec![1; ones], own].concat();
        self.push(operation(shape), &[x], &[values])
    }

    fn binary(&mut self, node: &Node) -> Result<usize, String> {
        let [a, b] = [0, 1].map(|index| self.input(node, index));
        let operator = node.op_type.as_str();
        match (a?, b?) {
            (Some(Value::Made(a)), Some(Value::Made(b))) => {
                let operation = match operator {
                    "Add" => Operation::Add,
                    "Sub" => Operation::Subtract,
                    "Mul" => Operation::Multiply,
                    _ => Operation::Divide,
                };
                self.push(operation, &[a, b], &[])
            }
            (Some(Value::Made(x)), Some(Value::Constant(Constant::Floats { shape, mut values }))) => {
                match operator {
                    "Sub" => values.iter_mut().for_each(|v| *v = -*v),
                    "Div" => values.iter_mut().for_each(|v| *v = 1.0 / *v),
                    _ => {}
                }
                let is_sum = ["Add", "Sub"].contains(&operator);
                self.with(x, &shape, &values, if is_sum { Operation::Shift } else { Operation::Scale })
            }
            (Some(Value::Constant(Constant::Floats { shape, values })), Some(Value::Made(x))) => match operator {
                "Add" => self.with(x, &shape, &values, Operation::Shift),
                "Mul" => self.with(x, &shape, &values, Operation::Scale),
                "Sub" => {
                    let x = self.affine(x, -1.0, 0.0)?;
                    self.with(x, &shape, &values, Operation::Shift)
                }
                _ => Err("divides by what depends on the images, which is not read".to_owned()),
            },
            _ => Err("takes other values than images and weights, which is not read".to_owned()),
        }
    }

    /// (x − mean) / √(var + ε) · scale + bias, as a factor and a term a channel.
    fn batch_normalization(&mut self, node: &Node) -> Result<usize, String> {
        if int(node, "training_mode", 0) != 0 {
            return Err("is in training mode; export the model in evaluation mode".to_owned());
        }
        let x = self.made(node, 0)?;
        let of = |index| self.weights(node, index).map(|(_, values)| values);
        let (scale, bias, mean, variance) = (of(1)?, of(2)?, of(3)?, of(4)?);
        let epsilon = float(node, "epsilon", 1e-5);
        let factors: Vec<f32> = scale.iter().zip(&variance).map(|(s, v)| s / (v + epsilon).sqrt()).collect();
        let terms: Vec<f32> = factors.iter().zip(&mean).zip(&bias).map(|((f, m), b)| b - f * m).collect();
        let mut shape = vec![1; self.shape(x).len()];
        *shape.first_mut().ok_or("has no channels")? = factors.len();
        let x = self.push(Operation::Scale(shape.clone()), &[x], &[&factors])?;
        self.push(Operation::Shift(shape), &[x], &[&terms])
    }

    /// Whole numbers that a node has as an attribute, or takes as an input since an operator set.
    pub fn sizes(&self, node: &Node, name: &str, index: usize) -> Result<Option<Vec<i64>>, String> {
        ints(node, name).map_or_else(|| self.ints(node, index), |all| Ok(Some(all)))
    }
}

/// (rows, cols) -> (cols, rows)
pub fn transposed(values: &[f32], rows: usize, cols: usize) -> Vec<f32> {
    (0..cols).flat_map(|col| (0..rows).map(move |row| values[row * cols + col])).collect()
}
