//! A network as PyTorch has it: two chains of modules and the heads between them, under names that its users expect, and where
//! each number of a weight in PyTorch's order is among our parameters. An image is (channels, rows, cols) there, and row by row
//! with the colours of a pixel side by side here; a convolution's weight is (output, input, 3, 3) there, and (3, 3, large, small)
//! here.

use super::architecture::{Architecture, Layer, Maps, Slot, WINDOW};
use crate::config::ModelConfig;

/// A module of a chain. A layer's name is that of its chain and its place in it, as of `nn.Sequential`.
pub enum Module {
    Layer(Named),
    Relu,
    /// From maps to units.
    Flatten,
    /// From units to maps.
    Unflatten(Maps),
}

impl Module {
    fn layer(&self) -> Option<&Named> {
        if let Self::Layer(named) = self { Some(named) } else { None }
    }
}

/// A layer under its name in PyTorch.
pub struct Named {
    pub name: String,
    pub slot: Slot,
    /// Of a dense layer: the maps that its units come from or make.
    inputs: Option<Maps>,
    outputs: Option<Maps>,
}

/// The whole network.
pub struct Sequence {
    pub image: Maps,
    pub encoder: Vec<Module>,
    pub mu: Named,
    pub logvar: Option<Named>,
    pub decoder: Vec<Module>,
}

impl Sequence {
    /// None of a network that another program made.
    pub fn new(config: &ModelConfig) -> Option<Self> {
        let architecture = Architecture::new(config)?;
        let shape = config.shape;
        let image = Maps { rows: shape.rows, cols: shape.cols, channels: shape.channels };
        // The maps that the chain holds at this place, as long as they are not units.
        let (mut encoder, mut maps) = (Vec::new(), Some(image));
        for slot in &architecture.encoder {
            let inputs = flattened(&mut encoder, slot.layer, &mut maps);
            let name = format!("encoder.{}", encoder.len());
            encoder.extend([Module::Layer(Named { name, slot: slot.clone(), inputs, outputs: None }), Module::Relu]);
        }
        let inputs = flattened(&mut encoder, architecture.mu.layer, &mut maps);
        let head = |name: &str, slot: &Slot| Named { name: name.to_owned(), slot: slot.clone(), inputs, outputs: None };
        let mut decoder = Vec::new();
        let slots: Vec<&Slot> = architecture.decoder.iter().chain([&architecture.out]).collect();
        for (i, slot) in slots.iter().enumerate() {
            let next = slots.get(i + 1).map(|next| next.layer);
            let outputs = match (slot.layer, next) {
                (Layer::Dense { .. }, None) => Some(image),
                (Layer::Dense { .. }, Some(Layer::Transposed(convolution))) => Some(convolution.small),
                _ => None,
            };
            let name = format!("decoder.{}", decoder.len());
            decoder.push(Module::Layer(Named { name, slot: (*slot).clone(), inputs: None, outputs }));
            if next.is_some() {
                decoder.push(Module::Relu);
            }
            decoder.extend(outputs.map(Module::Unflatten));
        }
        let logvar = architecture.logvar.as_ref().map(|slot| head("fc_logvar", slot));
        Some(Self { image, encoder, mu: head("fc_mu", &architecture.mu), logvar, decoder })
    }

    /// Every layer, in the order of our parameters.
    pub fn layers(&self) -> impl Iterator<Item = &Named> {
        let encoder = self.encoder.iter().filter_map(Module::layer);
        encoder.chain([&self.mu]).chain(&self.logvar).chain(self.decoder.iter().filter_map(Module::layer))
    }
}

/// The maps that a dense layer's units come from; they are flattened before it.
fn flattened(chain: &mut Vec<Module>, layer: Layer, maps: &mut Option<Maps>) -> Option<Maps> {
    if let Layer::Conv(convolution) = layer {
        *maps = Some(convolution.small);
        return None;
    }
    let inputs = maps.take();
    chain.extend(inputs.map(|_| Module::Flatten));
    inputs
}

impl Named {
    /// PyTorch's shape of the weight: (outputs, inputs), (output, input, 3, 3), and transposed (input, output, 3, 3).
    pub fn weight_shape(&self) -> Vec<usize> {
        match self.slot.layer {
            Layer::Dense { inputs, outputs } => vec![outputs, inputs],
            Layer::Conv(c) | Layer::Transposed(c) => vec![c.small.channels, c.large.channels, WINDOW, WINDOW],
        }
    }

    /// Where each number of PyTorch's weight is among our parameters.
    pub fn weight(&self) -> Vec<usize> {
        let start = self.slot.weight.start;
        match self.slot.layer {
            Layer::Dense { inputs, outputs } => {
                let (from, to) = (units(self.inputs, inputs), units(self.outputs, outputs));
                to.iter().flat_map(|&o| from.iter().map(move |&i| start + o * inputs + i)).collect()
            }
            Layer::Conv(c) | Layer::Transposed(c) => {
                let (small, large, window) = (c.small.channels, c.large.channels, WINDOW * WINDOW);
                let at = |i: usize| {
                    let (s, l, place) = (i / (large * window), i / window % large, i % window);
                    start + (place * large + l) * small + s
                };
                (0..small * large * window).map(at).collect()
            }
        }
    }

    /// The same of the bias.
    pub fn bias(&self) -> Vec<usize> {
        let start = self.slot.bias.start;
        units(self.outputs, self.slot.bias.len()).into_iter().map(|o| start + o).collect()
    }
}

/// Our number of each of PyTorch's units: those of maps come map after map there.
fn units(maps: Option<Maps>, count: usize) -> Vec<usize> {
    match maps {
        None => (0..count).collect(),
        Some(maps) => {
            let at = |i: usize| i % maps.places() * maps.channels + i / maps.places();
            (0..maps.len()).map(at).collect()
        }
    }
}
