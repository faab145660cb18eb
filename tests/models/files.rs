//! Every model as a file: names that PyTorch users expect, exact round trips, files of before, and damage.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use latent_explorer::config::ImageShape;
use latent_explorer::config::{
    Arch, Beta, Codebook, Likelihood, ModelConfig, ModelKind, ModelSpec, PriorKind, TrainConfig,
};
use latent_explorer::model::{Checkpoint, Compute, Moments, Progress, fit, initial_parameters};
use latent_explorer::progress;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{SIDE, spec, split};

const PIXELS: usize = SIDE * SIDE;

fn config(kind: ModelKind, change: impl FnOnce(&mut ModelSpec)) -> ModelConfig {
    let mut spec = spec(kind);
    change(&mut spec);
    ModelConfig { shape: ImageShape::grey(SIDE, SIDE), spec }
}

/// A model of every part.
fn all() -> Vec<ModelConfig> {
    let words = |tokens, decay, latent: usize| {
        config(ModelKind::VqVae, |spec| {
            spec.latent = latent;
            spec.codebook = Codebook { words: 6, tokens, decay, ..Codebook::default() };
        })
    };
    vec![
        config(ModelKind::Pca, |_| ()),
        config(ModelKind::Pca, |spec| {
            (spec.latent, spec.likelihood) = (3, Likelihood::Gaussian { c: 0.013, learned: false })
        }),
        config(ModelKind::Ae, |spec| spec.latent = 1),
        config(ModelKind::Vae, |spec| spec.latent = 5),
        config(ModelKind::Vae, |spec| spec.prior = PriorKind::Mixture { components: 4 }),
        config(ModelKind::Vae, |spec| spec.prior = PriorKind::Vamp { components: 3 }),
        config(ModelKind::Vae, |spec| (spec.arch, spec.likelihood) = (Arch::Mlp(Vec::new()), Likelihood::LEARNED)),
        config(ModelKind::Vae, |spec| (spec.arch, spec.prior) = (Arch::Conv, PriorKind::Vamp { components: 3 })),
        words(1, Some(0.99), 2),
        words(2, None, 4),
    ]
}

fn checkpoint(model: ModelConfig, beta: Beta) -> Checkpoint {
    let train = TrainConfig { beta, ..TrainConfig::default() };
    let (model, parameters) = match model.is_closed_form() {
        true => {
            let model = fit(&model, beta, &split(60), Compute::cpu(1), &progress::Progress::silent()).unwrap();
            (model.config().clone(), model.parameters().unwrap())
        }
        false => {
            let parameters = initial_parameters(&model, 3);
            (model, parameters)
        }
    };
    let progress = Progress { step: 7, epoch: 1, data: "bars".into(), train };
    let plane = std::sync::Arc::new(latent_explorer::model::Plane::of(model.latent));
    Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane }
}

fn saved(checkpoint: &Checkpoint) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    checkpoint.save(&path).unwrap();
    (folder, path)
}

/// Names and shapes in the file of a model, less those of the layers of the network.
fn beside_the_network(model: ModelConfig) -> BTreeMap<String, Vec<usize>> {
    let (_folder, path) = saved(&checkpoint(model, Beta::both(1.0)));
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let shapes = file.tensors().into_iter().map(|(name, tensor)| (name, tensor.shape().to_vec()));
    shapes.filter(|(name, _)| !name.starts_with("encoder.") && !name.starts_with("decoder.")).collect()
}

#[test]
fn parts_have_the_names_and_shapes_that_others_expect() {
    let shapes = |expected: &[(&str, &[usize])]| -> BTreeMap<String, Vec<usize>> {
        expected.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect()
    };
    let mixture = config(ModelKind::Vae, |spec| (spec.latent, spec.prior) = (5, PriorKind::Mixture { components: 4 }));
    let expected = shapes(&[("prior.logits", &[4]), ("prior.mean", &[4, 5]), ("prior.log_scale", &[4, 5])]);
    assert_eq!(beside_the_network(mixture), expected);
    let vamp = config(ModelKind::Vae, |spec| spec.prior = PriorKind::Vamp { components: 3 });
    assert_eq!(beside_the_network(vamp), shapes(&[("prior.pseudo_logits", &[3, PIXELS])]));
    let words = config(ModelKind::VqVae, |spec| {
        spec.latent = 6;
        spec.codebook = Codebook { words: 7, tokens: 2, ..Codebook::default() };
    });
    let found = beside_the_network(words);
    assert_eq!(found["codebook.weight"], [7, 3]);
    let means = shapes(&[
        ("codebook.weight", &[7, 3]),
        ("codebook.cluster_size", &[7]),
        ("codebook.embed_avg", &[7, 3]),
        ("codebook.unused", &[7]),
    ]);
    assert_eq!(found, means);
}

#[test]
fn a_file_of_principal_components_holds_what_they_are_and_nothing_that_follows() {
    let (_folder, path) = saved(&checkpoint(config(ModelKind::Pca, |spec| spec.latent = 3), Beta::both(1.0)));
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let shapes: BTreeMap<String, Vec<usize>> =
        file.tensors().into_iter().map(|(name, tensor)| (name, tensor.shape().to_vec())).collect();
    let expected = [
        ("components", vec![3, PIXELS]),
        ("eigenvalues", vec![3]),
        ("mean", vec![PIXELS]),
        ("noise_variance", vec![1]),
    ];
    assert_eq!(shapes, expected.map(|(name, shape)| (name.to_owned(), shape)).into());
}

#[test]
fn every_model_loads_as_it_was_saved_bit_for_bit() {
    for model in all() {
        for beta in [Beta::both(1.0), Beta { mean: 0.3, variance: 2.5 }] {
            let before = checkpoint(model.clone(), beta);
            let (_folder, path) = saved(&before);
            let after = Checkpoint::load(&path).unwrap();
            let bits = |c: &Checkpoint| c.parameters.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert!(bits(&before) == bits(&after), "{}", model.describe());
            assert_eq!(before, after);
            // And so does what is saved of that.
            let (_other, second) = saved(&after);
            assert_eq!(fs::read(&path).unwrap(), fs::read(second).unwrap());
        }
    }
}

#[test]
fn a_learned_variance_loads_as_it_was_saved_to_the_last_digit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut c = 0.05f64;
    for _ in 0..200 {
        c = (c + 0.02 * ((1e4 * c).fract() * 0.1 - c)).clamp(1e-4, 10.0);
        let likelihood = Likelihood::Gaussian { c, learned: true };
        let model = config(ModelKind::Ae, |spec| (spec.arch, spec.likelihood) = (Arch::Mlp(vec![1]), likelihood));
        let before = checkpoint(model, Beta::both(1.0));
        before.save(&path).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap().model, before.model);
    }
}

#[test]
fn the_variance_left_out_is_still_known_after_another_was_given() {
    let given = checkpoint(
        config(ModelKind::Pca, |spec| spec.likelihood = Likelihood::Gaussian { c: 0.2, learned: false }),
        Beta::both(1.0),
    );
    let learned = checkpoint(config(ModelKind::Pca, |_| ()), Beta::both(1.0)).model.likelihood.c().unwrap();
    let (_folder, path) = saved(&given);
    let mut trainer =
        latent_explorer::train::Trainer::resume(&Checkpoint::load(&path).unwrap(), Compute::cpu(1)).unwrap();
    trainer.set_likelihood(Likelihood::LEARNED).unwrap();
    assert_eq!(trainer.model().config().likelihood.c(), Some(learned));
}

/// Writes a checkpoint's file again as one of before there were versions, with its configuration and its tensors changed.
fn change(
    checkpoint: &Checkpoint,
    change: impl FnOnce(&mut Value, &mut BTreeMap<String, (Vec<usize>, Vec<u8>)>),
) -> (TempDir, PathBuf) {
    let (folder, path) = saved(checkpoint);
    let bytes = fs::read(&path).unwrap();
    let metadata = SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone().unwrap();
    let mut config: Value = serde_json::from_str(&metadata["config"]).unwrap();
    for key in ["version", "checksum"] {
        assert!(config.as_object_mut().unwrap().remove(key).is_some());
    }
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors = file.tensors().into_iter().map(|(n, t)| (n, (t.shape().to_vec(), t.data().to_vec()))).collect();
    change(&mut config, &mut tensors);
    let views = tensors.iter().map(|(n, (s, d))| (n.clone(), TensorView::new(Dtype::F32, s.clone(), d).unwrap()));
    let metadata = [("config".to_owned(), config.to_string())].into();
    fs::write(&path, serialize(views, Some(metadata)).unwrap()).unwrap();
    (folder, path)
}

#[test]
fn a_file_from_before_there_were_parts_opens() {
    let before = checkpoint(config(ModelKind::Vae, |_| ()), Beta::both(4.0));
    let (_folder, path) = change(&before, |config, _| {
        let model = config["model"].as_object_mut().unwrap();
        for key in ["latent", "prior", "codebook", "likelihood"] {
            assert!(model.remove(key).is_some(), "{key}");
        }
        config["progress"]["train"]["beta"] = json!(4.0);
    });
    assert_eq!(Checkpoint::load(&path).unwrap(), before);
}

fn refusal(path: &std::path::Path) -> String {
    let text = Checkpoint::load(path).unwrap_err().to_string();
    assert!(text.contains("model.safetensors") && text.lines().count() == 1, "{text}");
    text
}

#[test]
fn a_damaged_file_of_any_model_is_refused_in_one_sentence() {
    for model in all() {
        let before = checkpoint(model, Beta::both(1.0));
        let (_folder, path) = saved(&before);
        let whole = fs::read(&path).unwrap();
        for length in [7, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            refusal(&path);
        }
        let (_other, path) = change(&before, |_, tensors| drop(tensors.pop_last()));
        refusal(&path);
    }
}

#[test]
fn numbers_that_no_model_can_have_are_refused() {
    let pca = checkpoint(config(ModelKind::Pca, |_| ()), Beta::both(1.0));
    let words = checkpoint(config(ModelKind::VqVae, |_| ()), Beta::both(1.0));
    let mixture =
        checkpoint(config(ModelKind::Vae, |spec| spec.prior = PriorKind::Mixture { components: 4 }), Beta::both(1.0));
    let set = |name: &'static str, value: f32| {
        move |_: &mut Value, tensors: &mut BTreeMap<String, (Vec<usize>, Vec<u8>)>| {
            tensors.get_mut(name).unwrap().1[..4].copy_from_slice(&value.to_le_bytes());
        }
    };
    for (checkpoint, name) in [(&pca, "eigenvalues"), (&words, "codebook.weight"), (&mixture, "prior.log_scale")] {
        let (_folder, path) = change(checkpoint, set(name, f32::NAN));
        assert!(refusal(&path).contains(name));
    }
    for (key, value) in [("tokens", json!(3)), ("words", json!(0)), ("decay", json!(1.0)), ("gamma", json!(-1.0))] {
        let (_folder, path) = change(&words, |config, _| config["model"]["codebook"][key] = value);
        refusal(&path);
    }
    for (key, value) in [("latent", json!(0)), ("latent", json!(65)), ("prior", json!({"mixture": {"components": 0}}))]
    {
        let (_folder, path) = change(&mixture, |config, _| config["model"][key] = value);
        refusal(&path);
    }
}

/// With moments that differ from one another.
fn with_moments(model: ModelConfig) -> Checkpoint {
    let mut checkpoint = checkpoint(model, Beta::both(1.0));
    let count = if checkpoint.model.is_closed_form() { 0 } else { checkpoint.parameters.len() };
    let numbers = |scale: f32| (0..count).map(|i| scale * (i as f32).sin()).collect();
    checkpoint.moments = Some(Moments { steps: 7, mean: numbers(1e-3), square: numbers(1e-9) }.into());
    checkpoint
}

#[test]
fn the_moments_of_the_optimiser_load_as_they_were_saved() {
    for model in all() {
        let before = with_moments(model);
        let bytes = before.to_bytes().unwrap();
        assert_eq!(Checkpoint::from_bytes(&bytes, "a file").unwrap(), before);
        assert_eq!(before.to_bytes().unwrap(), bytes);
    }
}

#[test]
fn what_belongs_to_a_checkpoint_comes_back_with_it() {
    let before = with_moments(config(ModelKind::Vae, |_| ()));
    let attached = json!({ "epochs": [1, 0.1, null], "name": "bars" });
    let bytes = before.serialized(Some(attached.clone())).unwrap().to_bytes();
    assert_eq!(Checkpoint::from_bytes_with(&bytes, "a file").unwrap(), (before.clone(), Some(attached)));
    assert_eq!(Checkpoint::from_bytes_with(&before.to_bytes().unwrap(), "a file").unwrap().1, None);
}

#[test]
fn one_flipped_bit_anywhere_is_found() {
    let likelihood = Likelihood::Gaussian { c: 0.07, learned: false };
    let model = config(ModelKind::Vae, |spec| (spec.arch, spec.likelihood) = (Arch::Mlp(vec![2]), likelihood));
    let mut bytes = with_moments(model).serialized(Some(json!({ "data": "bars" }))).unwrap().to_bytes();
    for i in 0..8 * bytes.len() {
        bytes[i / 8] ^= 1 << (i % 8);
        assert!(Checkpoint::from_bytes(&bytes, "a file").is_err(), "bit {} of byte {}", i % 8, i / 8);
        bytes[i / 8] ^= 1 << (i % 8);
    }
    assert!(Checkpoint::from_bytes(&bytes, "a file").is_ok());
}

/// A checkpoint's file with the text of its configuration changed.
fn reworded(change: impl FnOnce(&mut Value)) -> String {
    let bytes = checkpoint(config(ModelKind::Vae, |_| ()), Beta::both(1.0)).to_bytes().unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut config: Value =
        serde_json::from_str(&SafeTensors::read_metadata(&bytes).unwrap().1.metadata().as_ref().unwrap()["config"])
            .unwrap();
    change(&mut config);
    let bytes = serialize(file.tensors(), Some([("config".to_owned(), config.to_string())].into())).unwrap();
    Checkpoint::from_bytes(&bytes, "a file").map_or_else(|error| error.to_string(), |_| "well".to_owned())
}

#[test]
fn a_field_too_many_or_too_few_is_named() {
    assert_eq!(reworded(|_| ()), "well");
    let said = reworded(|config| config["progress"]["train"]["momentum"] = json!(0.5));
    assert!(said.contains("a field `progress.train.momentum` that is not known"), "{said}");
    let said = reworded(|config| _ = config["model"].as_object_mut().unwrap().remove("likelihood"));
    assert!(said.contains("lacks the field `model.likelihood`"), "{said}");
    let said = reworded(|config| config["progress"]["step"] = json!(8));
    assert!(said.contains("checksum"), "{said}");
    let said = reworded(|config| config["version"] = json!(2));
    assert!(said.contains("another version"), "{said}");
}

#[test]
fn weights_that_another_program_changed_are_refused_and_open_without_the_checksum() {
    let before = checkpoint(config(ModelKind::Vae, |_| ()), Beta::both(1.0));
    let (_folder, path) = change(&before, |_, tensors| tensors.get_mut("decoder.0.bias").unwrap().1[0] ^= 1);
    assert_ne!(Checkpoint::load(&path).unwrap(), before);
    let bytes = before.to_bytes().unwrap();
    let (n, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let at = 8 + n + metadata.info("decoder.0.bias").unwrap().data_offsets.0;
    let mut bytes = bytes.clone();
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(refusal(&path).contains("remove `version` and `checksum`"));
}

#[test]
fn a_file_of_ten_gigabytes_is_refused_by_its_header_alone() {
    let (_folder, path) = saved(&checkpoint(config(ModelKind::Vae, |_| ()), Beta::both(1.0)));
    let grow = |path: &std::path::Path| {
        fs::OpenOptions::new().write(true).open(path).unwrap().set_len(10_000_000_000).unwrap();
        let start = std::time::Instant::now();
        let said = refusal(path);
        assert!(start.elapsed().as_secs_f64() < 1.0);
        said
    };
    assert!(grow(&path).contains("10000000000"));
    fs::write(&path, b"").unwrap();
    grow(&path);
}
