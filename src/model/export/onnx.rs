//! The encoder and the decoder as ONNX graphs of operator set 17: images (N, channels, rows, cols) -> mu, logvar (N, latent), and
//! z (N, latent) -> images.

use prost::Message;

use super::arrays::{Array, bytes};
use super::python::output_padding;
use crate::config::Link;
use crate::model::Checkpoint;
use crate::model::architecture::{Convolution, Layer, Maps};
use crate::model::onnx_format::{
    ATTRIBUTE_INT, ATTRIBUTE_INTS, Attribute, DOUBLE, Dimension, FLOAT, Graph, INT64, Model, Node, OperatorSet, Shape,
    Tensor, TensorType, Type, ValueInfo,
};
use crate::model::sequence::{Module, Named, Sequence};

/// The version of the format that operator set 17 came with.
const IR_VERSION: i64 = 8;
const OPERATORS: i64 = 17;

pub fn encoder(checkpoint: &Checkpoint, sequence: &Sequence, arrays: &[Array]) -> Vec<u8> {
    let (latent, image) = (checkpoint.model.latent, sequence.image);
    let mut graph = Builder::new("encoder", &maps(image), arrays);
    graph.chain(&sequence.encoder);
    let h = graph.last.clone();
    let heads = [(Some(&sequence.mu), "mu"), (sequence.logvar.as_ref(), "logvar")];
    for (head, output) in heads.into_iter().filter_map(|(head, output)| Some((head?, output))) {
        graph.last = h.clone();
        graph.layer(head);
        graph.output(output, &[latent]);
    }
    graph.finish(checkpoint)
}

pub fn decoder(checkpoint: &Checkpoint, sequence: &Sequence, arrays: &[Array]) -> Vec<u8> {
    let model = &checkpoint.model;
    let mut graph = Builder::new("decoder", &[model.latent], arrays);
    if model.is_quantised() {
        graph.nearest_words(model.word_size(), model.latent);
    }
    graph.chain(&sequence.decoder);
    if model.link() == Link::Sigmoid {
        graph.push("Sigmoid", &[], Vec::new());
    }
    graph.output("images", &maps(sequence.image));
    graph.finish(checkpoint)
}

fn maps(maps: Maps) -> [usize; 3] {
    [maps.channels, maps.rows, maps.cols]
}

/// A graph that grows at its end.
struct Builder<'a> {
    graph: Graph,
    arrays: &'a [Array],
    /// The value that the next node takes.
    last: String,
}

impl<'a> Builder<'a> {
    fn new(name: &str, input: &[usize], arrays: &'a [Array]) -> Self {
        let last = if name == "encoder" { "images" } else { "z" }.to_owned();
        let graph = Graph { name: name.to_owned(), input: vec![value(&last, input)], ..Graph::default() };
        Self { graph, arrays, last }
    }

    fn finish(self, checkpoint: &Checkpoint) -> Vec<u8> {
        let model = Model {
            ir_version: IR_VERSION,
            producer_name: "latent-explorer".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: format!("{}, p(x|z) {}", checkpoint.model.describe(), checkpoint.model.likelihood),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet { domain: String::new(), version: OPERATORS }],
        };
        model.encode_to_vec()
    }

    /// A node that takes the last value and these.
    fn push(&mut self, operator: &str, others: &[&str], attribute: Vec<Attribute>) {
        let output = format!("{}_{}", operator.to_lowercase(), self.graph.node.len());
        let input = std::iter::once(self.last.as_str()).chain(others.iter().copied()).map(str::to_owned).collect();
        let (name, op_type) = (output.clone(), operator.to_owned());
        let output_name = vec![output.clone()];
        self.graph.node.push(Node { input, output: output_name, name, op_type, attribute, ..Node::default() });
        self.last = output;
    }

    /// Calls the last value so, and hands it out.
    fn output(&mut self, name: &str, shape: &[usize]) {
        if let Some(node) = self.graph.node.last_mut() {
            node.output = vec![name.to_owned()];
        }
        self.graph.output.push(value(name, shape));
    }

    fn chain(&mut self, modules: &[Module]) {
        for module in modules {
            match module {
                Module::Relu => self.push("Relu", &[], Vec::new()),
                Module::Flatten => self.push("Flatten", &[], vec![int("axis", 1)]),
                Module::Unflatten(to) => self.reshape(&[&[-1], &maps(*to).map(|size| size as i64)[..]].concat()),
                Module::Layer(layer) => self.layer(layer),
            }
        }
    }

    fn layer(&mut self, layer: &Named) {
        let names = ["weight", "bias"].map(|what| self.parameter(&format!("{}.{what}", layer.name)));
        let inputs = names.each_ref().map(String::as_str);
        match layer.slot.layer {
            Layer::Dense { .. } => self.push("Gemm", &inputs, vec![int("transB", 1)]),
            Layer::Conv(c) => self.push("Conv", &inputs, window(c)),
            Layer::Transposed(c) => {
                let mut attributes = window(c);
                attributes.push(ints("output_padding", &output_padding(c).map(|v| v as i64)));
                self.push("ConvTranspose", &inputs, attributes);
            }
        }
    }

    /// The words that codes stand for: the nearest, the first of several; in double precision, as we find them.
    fn nearest_words(&mut self, size: usize, latent: usize) {
        let (size, latent) = (size as i64, latent as i64);
        let words = self.parameter("codebook.weight");
        let codes = std::mem::replace(&mut self.last, words.clone());
        self.push("Cast", &[], vec![int("to", i64::from(DOUBLE))]);
        let precise = std::mem::replace(&mut self.last, codes);
        self.push("Cast", &[], vec![int("to", i64::from(DOUBLE))]);
        self.reshape(&[-1, 1, size]);
        self.push("Sub", &[&precise], Vec::new());
        let difference = self.last.clone();
        self.push("Mul", &[&difference], Vec::new());
        let axes = self.constant("axes", &[2]);
        self.push("ReduceSum", &[&axes], vec![int("keepdims", 0)]);
        self.push("ArgMin", &[], vec![int("axis", 1), int("keepdims", 0)]);
        let chosen = std::mem::replace(&mut self.last, words);
        self.push("Gather", &[&chosen], vec![int("axis", 0)]);
        self.reshape(&[-1, latent]);
    }

    fn reshape(&mut self, shape: &[i64]) {
        let shape = self.constant("shape", shape);
        self.push("Reshape", &[&shape], Vec::new());
    }

    fn constant(&mut self, what: &str, values: &[i64]) -> String {
        let name = format!("{what}_{}", self.graph.node.len());
        let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let dims = vec![values.len() as i64];
        self.graph.initializer.push(Tensor {
            dims,
            data_type: INT64,
            name: name.clone(),
            raw_data,
            ..Tensor::default()
        });
        name
    }

    fn parameter(&mut self, name: &str) -> String {
        if let Some(array) = self.arrays.iter().find(|array| array.name == name) {
            let dims = array.shape.iter().map(|&size| size as i64).collect();
            let raw_data = bytes(&array.values);
            self.graph.initializer.push(Tensor {
                dims,
                data_type: FLOAT,
                name: name.to_owned(),
                raw_data,
                ..Tensor::default()
            });
        }
        name.to_owned()
    }
}

fn window(c: Convolution) -> Vec<Attribute> {
    vec![ints("kernel_shape", &[3, 3]), ints("pads", &[1; 4]), ints("strides", &[c.stride as i64; 2])]
}

fn int(name: &str, i: i64) -> Attribute {
    Attribute { name: name.to_owned(), i, r#type: ATTRIBUTE_INT, ..Attribute::default() }
}

fn ints(name: &str, ints: &[i64]) -> Attribute {
    Attribute { name: name.to_owned(), ints: ints.to_vec(), r#type: ATTRIBUTE_INTS, ..Attribute::default() }
}

/// A value of single precision, (N, …).
fn value(name: &str, shape: &[usize]) -> ValueInfo {
    let many = Dimension { dim_param: Some("N".to_owned()), ..Dimension::default() };
    let size = |&size: &usize| Dimension { dim_value: Some(size as i64), ..Dimension::default() };
    let shape = Shape { dim: std::iter::once(many).chain(shape.iter().map(size)).collect() };
    let tensor_type = TensorType { elem_type: FLOAT, shape: Some(shape) };
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type: Some(tensor_type) }) }
}
