//! Reference values from float64 JAX.

use candle_core::{Device, Tensor};
use latent_explorer::config::{Arch, ImageShape, Likelihood, ModelConfig, ModelKind, ModelSpec};
use latent_explorer::model::{Autoencoder, Compute, layout};
use serde_json::Value;

pub struct Oracle(pub Value);

impl Oracle {
    pub fn load() -> Self {
        Self(serde_json::from_str(include_str!("../oracle/vae_oracle.json")).expect("the oracle is JSON"))
    }

    pub fn config(kind: ModelKind, likelihood: Likelihood) -> ModelConfig {
        let spec = ModelSpec { arch: Arch::Mlp(vec![8, 5]), likelihood, ..ModelSpec::new(kind) };
        ModelConfig { shape: ImageShape::grey(3, 4), spec }
    }

    pub fn model(&self, kind: ModelKind, likelihood: Likelihood) -> Autoencoder {
        let config = Self::config(kind, likelihood);
        let flat: Vec<f64> = layout(&config).iter().flat_map(|(name, _)| parameter(&self.0["params"], name)).collect();
        let flat = Tensor::new(flat, &Device::Cpu).expect("parameters");
        Autoencoder::from_flat(&config, &flat, Compute::cpu(1)).expect("a model")
    }

    /// The same in single precision, as the program computes.
    pub fn single_precision(&self, kind: ModelKind, likelihood: Likelihood) -> Autoencoder {
        let config = Self::config(kind, likelihood);
        let flat = layout(&config).into_iter().flat_map(|(name, _)| parameter(&self.0["params"], &name));
        let flat: Vec<f32> = flat.map(|v| v as f32).collect();
        Autoencoder::new(&config, &flat, Compute::cpu(1)).expect("a model")
    }

    pub fn images(&self) -> Vec<f32> {
        numbers(&self.0["x"]).into_iter().map(|v| v as f32).collect()
    }

    pub fn log_evidence(&self, case: &str) -> Vec<f64> {
        numbers(&self.0["cases"][case]["log_evidence"])
    }

    pub fn tensor(&self, name: &str) -> Tensor {
        let values = numbers(&self.0[name]);
        let rows = self.0[name].as_array().expect("rows").len();
        let width = values.len() / rows;
        Tensor::from_vec(values, (rows, width), &Device::Cpu).expect("a matrix")
    }

    pub fn case(&self, name: &str) -> &Value {
        &self.0["cases"][name]
    }
}

pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().expect("a number")],
    }
}

/// `encoder.0.weight` of a tree whose keys are `encoder.0` and `weight`.
pub fn parameter(tree: &Value, name: &str) -> Vec<f64> {
    let (layer, part) = name.rsplit_once('.').expect("a layer and a part");
    numbers(&tree[layer][part])
}
