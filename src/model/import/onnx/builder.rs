//! A graph of ours that grows by what the nodes of an ONNX graph say.

use std::collections::{HashMap, HashSet};

use super::file::{Constant, OnnxFile};
use crate::config;
use crate::config::{MOST_OPERATIONS, Operation};
use crate::model::onnx_format::{Node, Tensor};

/// Shape and numbers.
pub type Weights = (Vec<usize>, Vec<f32>);

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Value {
    /// Where it is in our graph, for it depends on the images.
    Made(usize),
    Constant(Constant),
}

pub struct Builder<'a> {
    file: &'a OnnxFile,
    named: HashMap<String, Value>,
    pub nodes: Vec<config::Node>,
    /// The shape of each value, without the number of images.
    shapes: Vec<Vec<usize>>,
    /// Those of the operations, one after the other.
    pub parameters: Vec<f32>,
}

impl<'a> Builder<'a> {
    /// Of so many numbers.
    pub fn new(file: &'a OnnxFile, inputs: usize) -> Self {
        let (named, nodes, parameters) = (HashMap::new(), Vec::new(), Vec::new());
        Self { file, named, nodes, shapes: vec![vec![inputs]], parameters }
    }

    /// Goes through the nodes that `outputs` need; `input` stands for what the graph takes.
    pub fn run(&mut self, input: (&str, usize), outputs: &[&str]) -> Result<(), String> {
        self.named.insert(input.0.to_owned(), Value::Made(input.1));
        let file = self.file;
        let mut needed: HashSet<&str> = outputs.iter().copied().collect();
        let mut live: Vec<&Node> = Vec::new();
        for node in file.graph.node.iter().rev() {
            if node.output.iter().any(|output| needed.contains(output.as_str())) {
                needed.extend(node.input.iter().map(String::as_str));
                live.push(node);
            }
        }
        for node in live.into_iter().rev() {
            let values = self.convert(node).map_err(|what| format!("{} (`{}`) {what}", node.op_type, node.name))?;
            self.named.extend(node.output.iter().cloned().zip(values));
        }
        Ok(())
    }

    /// What a name stands for.
    pub fn value(&self, name: &str) -> Result<Value, String> {
        if let Some(value) = self.named.get(name) {
            return Ok(value.clone());
        }
        let tensor = self.file.graph.initializer.iter().find(|tensor| tensor.name == name);
        let tensor = tensor.ok_or_else(|| format!("takes `{name}`, which nothing makes; the file is damaged"))?;
        self.file.constant(tensor).map(Value::Constant)
    }

    pub fn tensor(&self, tensor: &Tensor) -> Result<Constant, String> {
        self.file.constant(tensor)
    }

    /// What a node takes, if it is there.
    pub fn input(&self, node: &Node, index: usize) -> Result<Option<Value>, String> {
        let name = node.input.get(index).filter(|name| !name.is_empty());
        name.map(|name| self.value(name)).transpose()
    }

    /// The value that a node takes and that depends on the images.
    pub fn made(&self, node: &Node, index: usize) -> Result<usize, String> {
        match self.input(node, index)? {
            Some(Value::Made(at)) => Ok(at),
            _ => Err("works on numbers that do not depend on the images, which is not read".to_owned()),
        }
    }

    /// Numbers that a node takes: its weights.
    pub fn floats(&self, node: &Node, index: usize) -> Result<Option<Weights>, String> {
        match self.input(node, index)? {
            Some(Value::Constant(Constant::Floats { shape, values })) => Ok(Some((shape, values))),
            None => Ok(None),
            Some(_) => Err("has weights that depend on the images, which is not read".to_owned()),
        }
    }

    pub fn weights(&self, node: &Node, index: usize) -> Result<Weights, String> {
        self.floats(node, index)?.ok_or_else(|| "lacks its weights; the file is damaged".to_owned())
    }

    /// Whole numbers that a node takes.
    pub fn ints(&self, node: &Node, index: usize) -> Result<Option<Vec<i64>>, String> {
        match self.input(node, index)? {
            Some(Value::Constant(Constant::Ints(all))) => Ok(Some(all)),
            None => Ok(None),
            Some(_) => Err("takes sizes that depend on the images, which is not read".to_owned()),
        }
    }

    /// Without the number of images.
    pub fn shape(&self, at: usize) -> &[usize] {
        &self.shapes[at]
    }

    pub fn size(&self, at: usize) -> usize {
        self.shapes[at].iter().product()
    }

    /// The last value.
    pub fn last(&self) -> usize {
        self.nodes.len()
    }

    /// One operation more, and its parameters; where what it makes is.
    pub fn push(&mut self, operation: Operation, of: &[usize], parameters: &[&[f32]]) -> Result<usize, String> {
        let shapes: Vec<&[usize]> = of.iter().map(|&at| self.shape(at)).collect();
        let made = operation.shape(&shapes);
        let made = made.ok_or_else(|| format!("does not fit what it is given: {} an image", listed(&shapes)))?;
        if self.nodes.len() >= MOST_OPERATIONS {
            return Err(format!("is one more than the {MOST_OPERATIONS} operations that are read"));
        }
        let wanted: usize = operation.parameters(shapes[0]).iter().map(|shape| shape.iter().product::<usize>()).sum();
        if parameters.iter().map(|part| part.len()).sum::<usize>() != wanted {
            return Err(format!("has weights that do not fit what it is given: {} an image", listed(&shapes)));
        }
        self.shapes.push(made);
        self.nodes.push(config::Node { operation, of: of.to_vec() });
        parameters.iter().for_each(|part| self.parameters.extend_from_slice(part));
        Ok(self.last())
    }

    pub fn reshape(&mut self, at: usize, to: Vec<usize>) -> Result<usize, String> {
        if self.shape(at) == to { Ok(at) } else { self.push(Operation::Reshape(to), &[at], &[]) }
    }

    /// The same value times a number, plus a number.
    pub fn affine(&mut self, at: usize, by: f32, plus: f32) -> Result<usize, String> {
        let ones = vec![1; self.shape(at).len()];
        let at = if by == 1.0 { at } else { self.push(Operation::Scale(ones.clone()), &[at], &[&[by]])? };
        if plus == 0.0 { Ok(at) } else { self.push(Operation::Shift(ones), &[at], &[&[plus]]) }
    }
}

fn listed(shapes: &[&[usize]]) -> String {
    let one = |shape: &&[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
    shapes.iter().map(one).collect::<Vec<_>>().join(" and ")
}
