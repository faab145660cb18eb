//! Pairs of ONNX files as PyTorch's two exporters write them: what they say is what onnx's own evaluation says, and what is not
//! read is refused by its name.

use std::fs;
use std::path::{Path, PathBuf};

use latent_explorer::config::{ImageShape, Likelihood, ModelKind};
use latent_explorer::model::{Checkpoint, Compute, Facts, Frozen, Imported, Runner, evaluate, export, import_onnx};
use latent_explorer::progress::Progress;
use latent_explorer::train::{LockStep, Opened, RunSettings};
use serde_json::Value;
use tempfile::TempDir;

use crate::exported::{checkpoint, models};
use crate::support::{SIDE, dataset, split};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/onnx")
}

pub fn pair(name: &str) -> Result<Imported, String> {
    pair_in(&folder(), name, &Facts::default())
}

fn pair_in(folder: &Path, name: &str, facts: &Facts) -> Result<Imported, String> {
    let [encoder, decoder] = ["encoder", "decoder"].map(|side| folder.join(format!("{name}_{side}.onnx")));
    import_onnx(&encoder, &decoder, facts).map_err(|e| e.to_string())
}

fn reference(name: &str, what: &str) -> Vec<f32> {
    let all: Value = serde_json::from_slice(&fs::read(folder().join("reference.json")).unwrap()).unwrap();
    all[name][what].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

/// Images whose channels come first, as they lie in memory here.
fn in_memory(images: &[f32], shape: ImageShape) -> Vec<f32> {
    let ImageShape { rows, cols, channels } = shape;
    let places = rows * cols;
    let of = |image: &[f32]| (0..shape.len()).map(|i| image[i % channels * places + i / channels]).collect::<Vec<_>>();
    images.chunks_exact(shape.len()).flat_map(of).collect()
}

#[track_caller]
fn assert_near(a: &[f32], b: &[f32], tolerance: f32) {
    assert_eq!(a.len(), b.len());
    let worst = a.iter().zip(b).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f32::max);
    assert!(worst <= tolerance, "off by {worst}");
}

const PAIRS: [(&str, ImageShape, usize); 3] =
    [("dense", ImageShape::grey(4, 6), 2), ("conv", ImageShape::rgb(8, 8), 3), ("dynamo", ImageShape::rgb(8, 8), 3)];

#[test]
fn codes_and_images_of_a_pair_are_those_of_onnx_itself() {
    for (name, shape, latent) in PAIRS {
        let checkpoint = pair(name).unwrap().checkpoint;
        let config = &checkpoint.model;
        assert_eq!((config.kind, config.shape, config.latent), (ModelKind::Vae, shape, latent), "{name}");
        let (model, quiet) = (checkpoint.restore(Compute::cpu(1)).unwrap(), Progress::silent());
        let codes = model.codes_of(&in_memory(&reference(name, "x"), shape), &quiet).unwrap();
        assert_near(&codes.mu, &reference(name, "mu"), 1e-5);
        assert_near(&codes.logvar.unwrap(), &reference(name, "logvar"), 1e-5);
        let images = model.decoded(&reference(name, "z"), &quiet).unwrap();
        assert_near(&images, &in_memory(&reference(name, "images"), shape), 1e-5);
    }
}

#[test]
fn the_gradient_of_the_likelihood_is_that_of_pytorch() {
    for (name, shape, latent) in PAIRS {
        let model = pair(name).unwrap().checkpoint.restore(Compute::cpu(1)).unwrap();
        let image = &in_memory(&reference(name, "x"), shape)[..shape.len()];
        let slopes = model.gradients_of(image, &reference(name, "z"), &Progress::silent()).unwrap();
        assert_eq!(slopes.len(), 2 * latent);
        assert_near(&slopes, &reference(name, "slopes"), 1e-4);
    }
}

#[test]
fn what_was_assumed_is_said() {
    let said = |name: &str| pair(name).unwrap().notice;
    assert!(said("dense").contains("Bernoulli") && said("dense").contains("from 0 to 1"), "{}", said("dense"));
    assert!(said("conv").contains("tanh") && said("conv").contains("Gaussian"), "{}", said("conv"));
    let facts = Facts { likelihood: Some(Likelihood::Bernoulli), ..Facts::default() };
    assert!(!pair_in(&folder(), "dense", &facts).unwrap().notice.contains("--likelihood"));
}

#[test]
fn a_pair_is_kept_as_a_run_and_comes_back_the_same() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    for (name, ..) in PAIRS {
        let before = pair(name).unwrap().checkpoint;
        before.save(&path).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), before, "{name}");
    }
}

fn written(model: &Checkpoint) -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in export(model, Runner::Onnx).unwrap() {
        fs::write(folder.path().join(format!("own_{}", file.name)), file.bytes).unwrap();
    }
    folder
}

/// A VAE on the bars that was written as ONNX and read again.
pub fn own_pair() -> Checkpoint {
    let all = models(ImageShape::grey(SIDE, SIDE));
    let (_, model) = all.into_iter().find(|(name, _)| *name == "vae_conv").unwrap();
    pair_in(written(&checkpoint(&model)).path(), "own", &Facts::default()).unwrap().checkpoint
}

#[test]
fn what_we_export_as_onnx_says_the_same_as_a_pair() {
    let quiet = Progress::silent();
    for shape in [ImageShape::grey(28, 28), ImageShape::rgb(9, 7)] {
        for (name, model) in models(shape).into_iter().filter(|(_, model)| !model.is_quantised()) {
            let before = checkpoint(&model);
            let facts = Facts { likelihood: Some(before.model.likelihood), ..Facts::default() };
            let after = pair_in(written(&before).path(), "own", &facts).unwrap().checkpoint;
            let [ours, theirs] = [before, after].map(|checkpoint| checkpoint.restore(Compute::cpu(1)).unwrap());
            let images: Vec<f32> = (0..3 * model.pixels()).map(|i| (i * 29 % 83) as f32 / 83.0).collect();
            let [a, b] = [&ours, &theirs].map(|model| model.codes_of(&images, &quiet).unwrap());
            assert_near(&b.mu, &a.mu, 1e-5);
            assert_near(&b.logvar.unwrap_or_default(), &a.logvar.unwrap_or_default(), 1e-5);
            let [of_ours, of_theirs] = [ours, theirs].map(|model| model.decoded(&a.mu, &quiet).unwrap());
            assert_near(&of_theirs, &of_ours, 1e-5);
            assert!(!name.is_empty());
        }
    }
}

/// The dense pair, and in its decoder other bytes of the same length wherever these are.
fn changed(from: &[u8], to: &[u8]) -> TempDir {
    let elsewhere = TempDir::new().unwrap();
    for name in ["dense_encoder.onnx", "dense_decoder.onnx"] {
        fs::copy(folder().join(name), elsewhere.path().join(name)).unwrap();
    }
    let path = elsewhere.path().join("dense_decoder.onnx");
    let mut bytes = fs::read(&path).unwrap();
    let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert!(!places.is_empty() && from.len() == to.len());
    places.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
    fs::write(path, bytes).unwrap();
    elsewhere
}

#[test]
fn an_operator_that_is_not_read_is_named() {
    let said = pair_in(changed(b"Elu", b"STF").path(), "dense", &Facts::default()).err().unwrap();
    assert!(said.contains("dense_decoder.onnx") && said.contains("STF") && said.contains("Gemm, MatMul"), "{said}");
    let (_, model) = models(ImageShape::grey(28, 28)).into_iter().find(|(name, _)| *name == "vqvae").unwrap();
    let said = pair_in(written(&checkpoint(&model)).path(), "own", &Facts::default()).err().unwrap();
    assert!(said.contains("own_decoder.onnx") && said.contains("Sub"), "{said}");
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let whole = fs::read(folder().join("dense_decoder.onnx")).unwrap();
    let name = b"net.2.weight";
    let at = (0..whole.len()).rfind(|&at| whole[at..].starts_with(name)).unwrap() + name.len();
    // The name is followed by the key and the length of the numbers.
    let weight: [u8; 4] = whole[at + 3..at + 7].try_into().unwrap();
    assert!(f32::from_le_bytes(weight).abs() < 1.0);
    let elsewhere = changed(&weight, &f32::NAN.to_le_bytes());
    let said = pair_in(elsewhere.path(), "dense", &Facts::default()).err().unwrap();
    assert!(said.contains("dense_decoder.onnx") && said.contains("`net.2.weight` holds NaN"), "{said}");
}

#[test]
fn files_that_make_no_pair_are_refused() {
    let wrong = |encoder: &str, decoder: &str| {
        let path = |name: &str| folder().join(format!("{name}.onnx"));
        import_onnx(&path(encoder), &path(decoder), &Facts::default()).err().unwrap().to_string()
    };
    let said = wrong("dense_encoder", "conv_decoder");
    assert!(said.contains("conv_decoder.onnx") && said.contains("[3, 8, 8]") && said.contains("4 x 6"), "{said}");
    let said = wrong("dense_decoder", "dense_encoder");
    assert!(said.contains("dense_decoder.onnx") && said.contains("is no image"), "{said}");
    assert!(wrong("no such", "dense_decoder").contains("cannot be read"));
    let facts = Facts { shape: Some(ImageShape::grey(5, 5)), ..Facts::default() };
    assert!(pair_in(&folder(), "dense", &facts).err().unwrap().contains("--size-of"));
}

#[test]
fn numbers_beside_a_file_must_be_there_and_nowhere_else() {
    let elsewhere = TempDir::new().unwrap();
    for side in ["encoder", "decoder"] {
        let name = format!("dynamo_{side}.onnx");
        fs::copy(folder().join(&name), elsewhere.path().join(&name)).unwrap();
    }
    let said = pair_in(elsewhere.path(), "dynamo", &Facts::default()).err().unwrap();
    assert!(said.contains("`dynamo_decoder.onnx.data`"), "{said}");
    // A name of the same length that leads out of the folder.
    let path = elsewhere.path().join("dynamo_decoder.onnx");
    let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).contains("dynamo_decoder.onnx.data");
    assert!(text);
    let (from, to) = (b"dynamo_decoder.onnx.data", b"../namo_decoder.onnx.data");
    let bytes = fs::read(&path).unwrap();
    let to = &to[..from.len()];
    let mut changed = bytes.clone();
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            changed[at..at + from.len()].copy_from_slice(to);
        }
    }
    fs::write(&path, changed).unwrap();
    let said = pair_in(elsewhere.path(), "dynamo", &Facts::default()).err().unwrap();
    assert!(said.contains("not beside it"), "{said}");
}

#[test]
fn a_damaged_file_is_refused_or_read_and_never_fatal() {
    let elsewhere = changed(b"Elu", b"Elu");
    let path = elsewhere.path().join("dense_decoder.onnx");
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(pair_in(elsewhere.path(), "dense", &Facts::default()).is_err(), "{length} bytes");
    }
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, damaged).unwrap();
        let _ = pair_in(elsewhere.path(), "dense", &Facts::default());
    }
}

#[test]
fn a_pair_is_measured_and_does_not_train() {
    let (_, model) = models(ImageShape::grey(SIDE, SIDE)).into_iter().find(|(name, _)| *name == "vae_conv").unwrap();
    let before = checkpoint(&model);
    let pair = pair_in(written(&before).path(), "own", &Facts::default()).unwrap().checkpoint;
    let terms = |checkpoint: &Checkpoint| {
        evaluate(&checkpoint.restore(Compute::cpu(1)).unwrap(), &split(40), 0, &Progress::silent()).unwrap()
    };
    let (ours, theirs) = (terms(&before), terms(&pair));
    assert!((ours.elbo.unwrap() - theirs.elbo.unwrap()).abs() < 1e-2, "{ours:?} {theirs:?}");
    let mut lockstep = LockStep::resume(dataset().into(), &[Opened::from(pair.clone())], Compute::cpu(1)).unwrap();
    assert!(lockstep.is_over() && lockstep.step() == 0);
    assert_eq!(lockstep.runs[0].trainer.state(0, &"bars".into()).unwrap().parameters, pair.parameters);
    let settings = RunSettings { model: pair.model.spec.clone(), train: Default::default() };
    assert!(lockstep.add(&settings).err().unwrap().to_string().contains("cannot be trained"));
}
