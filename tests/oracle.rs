//! Agreement with float64 JAX; `oracle/make_oracle.py` wrote the values.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use latent_explorer::config::{ModelConfig, ModelKind};
use latent_explorer::model::{Autoencoder, layout};
use latent_explorer::train::Adam;
use serde_json::Value;

const RELATIVE: f64 = 1e-5;
const LEARNING_RATE: f64 = 1e-2;

struct Oracle(Value);

impl Oracle {
    fn load() -> Self {
        Self(serde_json::from_str(include_str!("oracle/vae_oracle.json")).expect("the oracle is JSON"))
    }

    fn config(kind: ModelKind) -> ModelConfig {
        ModelConfig { kind, rows: 3, cols: 4, hidden: vec![8, 5] }
    }

    fn model(&self, kind: ModelKind) -> Autoencoder {
        let config = Self::config(kind);
        let tensors = layout(&config).into_iter().map(|(name, shape)| {
            Tensor::from_vec(parameter(&self.0["params"], &name), shape, &Device::Cpu).expect("a parameter")
        });
        Autoencoder::from_tensors(&config, tensors.collect()).expect("a model")
    }

    fn tensor(&self, name: &str) -> Tensor {
        let values = numbers(&self.0[name]);
        let rows = self.0[name].as_array().expect("rows").len();
        let width = values.len() / rows;
        Tensor::from_vec(values, (rows, width), &Device::Cpu).expect("a matrix")
    }

    fn case(&self, name: &str) -> &Value {
        &self.0["cases"][name]
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().expect("a number")],
    }
}

/// `encoder.0.weight` of a tree whose keys are `encoder.0` and `weight`.
fn parameter(tree: &Value, name: &str) -> Vec<f64> {
    let (layer, part) = name.rsplit_once('.').expect("a layer and a part");
    numbers(&tree[layer][part])
}

fn assert_close(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= RELATIVE * b.abs() + 1e-12, "{what}[{i}]: {a} instead of {b}");
    }
}

fn flat(tensor: &Tensor) -> Vec<f64> {
    tensor.to_dtype(DType::F64).and_then(|t| t.flatten_all()?.to_vec1()).expect("numbers")
}

/// (case, beta, model)
const CASES: [(&str, f64, ModelKind); 4] = [
    ("bernoulli_beta_1", 1.0, ModelKind::Vae),
    ("bernoulli_beta_0.25", 0.25, ModelKind::Vae),
    ("bernoulli_beta_0", 0.0, ModelKind::Vae),
    ("ae_bernoulli", 0.0, ModelKind::Ae),
];

#[test]
fn posteriors_and_logits_agree() {
    let oracle = Oracle::load();
    let model = oracle.model(ModelKind::Vae);
    let posterior = model.encode(&oracle.tensor("x")).unwrap();
    assert_close("mu", &flat(&posterior.mu), &numbers(&oracle.0["mu"]));
    assert_close("logvar", &flat(&posterior.logvar.unwrap()), &numbers(&oracle.0["logvar"]));
    assert_close("logits", &flat(&model.decode(&posterior.mu).unwrap()), &numbers(&oracle.0["logits_at_mu"]));
}

#[test]
fn losses_and_their_terms_agree() {
    let oracle = Oracle::load();
    for (name, beta, kind) in CASES {
        let loss = oracle.model(kind).loss(&oracle.tensor("x"), &oracle.tensor("eps"), beta).unwrap();
        let case = oracle.case(name);
        assert_close(name, &[loss.terms.loss(beta)], &numbers(&case["loss"]));
        assert_close(name, &flat(&loss.total), &numbers(&case["loss"]));
        if let Some(kl) = loss.terms.kl {
            let terms = ["recon", "kl_mean", "kl_variance"].map(|term| numbers(&case["terms"][term])[0]);
            assert_close(name, &[loss.terms.recon, kl.mean, kl.variance], &terms);
        }
    }
}

#[test]
fn gradients_agree() {
    let oracle = Oracle::load();
    for (name, beta, kind) in CASES {
        let model = oracle.model(kind);
        let loss = model.loss(&oracle.tensor("x"), &oracle.tensor("eps"), beta).unwrap();
        let gradients = loss.total.backward().unwrap();
        for (parameter_name, var) in model.variables() {
            let theirs = parameter(&oracle.case(name)["gradients"], parameter_name);
            let ours = gradients.get(var.as_tensor()).map_or(vec![0.0; theirs.len()], flat);
            assert_close(&format!("{name} {parameter_name}"), &ours, &theirs);
        }
    }
}

#[test]
fn three_adam_steps_agree() {
    let oracle = Oracle::load();
    for (name, beta, kind) in &CASES[..3] {
        let model = oracle.model(*kind);
        let mut adam = Adam::new(model.variables().iter().map(|(_, var)| var.clone())).unwrap();
        for _ in 0..3 {
            let loss = model.loss(&oracle.tensor("x"), &oracle.tensor("eps"), *beta).unwrap();
            adam.step(&loss.total.backward().unwrap(), LEARNING_RATE).unwrap();
        }
        let after: HashMap<_, _> =
            model.variables().iter().map(|(n, var)| (n.clone(), flat(var.as_tensor()))).collect();
        for (parameter_name, ours) in after {
            let theirs = parameter(&oracle.case(name)["after_3_adam_steps_lr_0.01"], &parameter_name);
            assert_close(&format!("{name} {parameter_name}"), &ours, &theirs);
        }
    }
}
