//! Agreement with float64 JAX; `oracle/make_oracle.py` wrote the values.

use candle_core::{DType, Tensor};
use latent_explorer::config::{Likelihood, ModelKind};
use latent_explorer::model::layout;
use latent_explorer::train::Adam;
use serde_json::Value;

use crate::support::oracle::{Oracle, numbers, parameter};

const RELATIVE: f64 = 1e-5;
const LEARNING_RATE: f64 = 1e-2;

fn assert_close(what: &str, ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert!((a - b).abs() <= RELATIVE * b.abs() + 1e-12, "{what}[{i}]: {a} instead of {b}");
    }
}

fn flat(tensor: &Tensor) -> Vec<f64> {
    tensor.to_dtype(DType::F64).and_then(|t| t.flatten_all()?.to_vec1()).expect("numbers")
}

const BERNOULLI: Likelihood = Likelihood::Bernoulli;
const GAUSSIAN: Likelihood = Likelihood::Gaussian { c: 0.1, learned: false };

/// (case, beta, model, likelihood)
const CASES: [(&str, f64, ModelKind, Likelihood); 6] = [
    ("bernoulli_beta_1", 1.0, ModelKind::Vae, BERNOULLI),
    ("bernoulli_beta_0.25", 0.25, ModelKind::Vae, BERNOULLI),
    ("bernoulli_beta_0", 0.0, ModelKind::Vae, BERNOULLI),
    ("gaussian_c_0.1_beta_1", 1.0, ModelKind::Vae, GAUSSIAN),
    ("ae_bernoulli", 0.0, ModelKind::Ae, BERNOULLI),
    ("ae_gaussian_c_0.1", 0.0, ModelKind::Ae, GAUSSIAN),
];

#[test]
fn posteriors_and_logits_agree() {
    let oracle = Oracle::load();
    let model = oracle.model(ModelKind::Vae, BERNOULLI);
    let posterior = model.encode(&oracle.tensor("x")).unwrap();
    assert_close("mu", &flat(&posterior.mu), &numbers(&oracle.0["mu"]));
    assert_close("logvar", &flat(&posterior.logvar.unwrap()), &numbers(&oracle.0["logvar"]));
    assert_close("logits", &flat(&model.decode(&posterior.mu).unwrap()), &numbers(&oracle.0["logits_at_mu"]));
}

#[test]
fn losses_and_their_terms_agree() {
    let oracle = Oracle::load();
    for (name, beta, kind, likelihood) in CASES {
        let loss =
            oracle.model(kind, likelihood).loss(&oracle.tensor("x"), &oracle.tensor("eps"), beta.into()).unwrap();
        let case = oracle.case(name);
        assert_close(name, &[loss.terms.loss(beta.into())], &numbers(&case["loss"]));
        assert_close(name, &flat(&loss.total), &numbers(&case["loss"]));
        if let Some(kl) = loss.terms.kl {
            let terms = ["recon", "kl_mean", "kl_variance"].map(|term| numbers(&case["terms"][term])[0]);
            assert_close(name, &[loss.terms.recon, kl.mean().unwrap(), kl.variance().unwrap()], &terms);
        }
    }
}

/// Compares flat numbers with the tree of a case, parameter by parameter.
fn assert_parameters_close(name: &str, kind: ModelKind, ours: &[f64], tree: &Value) {
    let mut rest = ours;
    for (parameter_name, shape) in layout(&Oracle::config(kind, BERNOULLI)) {
        let (values, after) = rest.split_at(shape.iter().product());
        rest = after;
        assert_close(&format!("{name} {parameter_name}"), values, &parameter(tree, &parameter_name));
    }
    assert!(rest.is_empty());
}

#[test]
fn gradients_agree() {
    let oracle = Oracle::load();
    for (name, beta, kind, likelihood) in CASES {
        let model = oracle.model(kind, likelihood);
        let loss = model.loss(&oracle.tensor("x"), &oracle.tensor("eps"), beta.into()).unwrap();
        let gradients = loss.total.backward().unwrap();
        let ours = flat(gradients.get(model.variable().as_tensor()).unwrap());
        assert_parameters_close(name, kind, &ours, &oracle.case(name)["gradients"]);
    }
}

#[test]
fn three_adam_steps_agree() {
    let oracle = Oracle::load();
    for (name, beta, kind, likelihood) in CASES.into_iter().filter(|(_, _, kind, _)| *kind == ModelKind::Vae) {
        let model = oracle.model(kind, likelihood);
        let mut adam = Adam::new(model.variable()).unwrap();
        for _ in 0..3 {
            let loss = model.loss(&oracle.tensor("x"), &oracle.tensor("eps"), beta.into()).unwrap();
            let gradients = loss.total.backward().unwrap();
            let gradient = gradients.get(model.variable().as_tensor()).unwrap();
            adam.step(model.variable(), gradient, LEARNING_RATE).unwrap();
        }
        let after = &oracle.case(name)["after_3_adam_steps_lr_0.01"];
        assert_parameters_close(name, kind, &flat(model.variable().as_tensor()), after);
    }
}
