//! Exported models: what their files hold, and (where Python is at hand) that they do what the program does.

use std::fs;
use std::path::Path;
use std::process::Command;

use latent_explorer::config::{
    Arch, Codebook, ImageShape, Likelihood, Memory, ModelConfig, ModelKind, ModelSpec, PriorKind,
};
use latent_explorer::data;
use latent_explorer::model::{
    Checkpoint, Compute, ExportedFile, Facts, Frozen, Plane, Progress, Runner, export, fit, import, initial_parameters,
};
use latent_explorer::progress;
use latent_explorer::random::{Purpose, standard_normal, stream};
use latent_explorer::train::RunFolder;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{spec, split};

const MNIST: ImageShape = ImageShape::grey(28, 28);
const RUNNERS: [(&str, Runner); 3] = [("pytorch", Runner::PyTorch), ("numpy", Runner::Numpy), ("onnx", Runner::Onnx)];

fn config(kind: ModelKind, shape: ImageShape, change: impl FnOnce(&mut ModelSpec)) -> ModelConfig {
    let mut spec = spec(kind);
    change(&mut spec);
    ModelConfig { shape, spec }
}

/// A model of every part, under a name.
pub fn models(shape: ImageShape) -> Vec<(&'static str, ModelConfig)> {
    let words = |tokens| Codebook { words: 9, tokens, ..Codebook::default() };
    vec![
        ("pca", config(ModelKind::Pca, ImageShape::grey(8, 8), |spec| spec.latent = 3)),
        ("ae", config(ModelKind::Ae, shape, |spec| spec.latent = 1)),
        ("ae_conv", config(ModelKind::Ae, shape, |spec| spec.arch = Arch::Conv)),
        ("vae", config(ModelKind::Vae, shape, |_| ())),
        ("vae_conv", config(ModelKind::Vae, shape, |spec| (spec.arch, spec.latent) = (Arch::Conv, 5))),
        ("vae_gaussian", config(ModelKind::Vae, shape, |spec| spec.likelihood = Likelihood::LEARNED)),
        (
            "vae_linear",
            config(ModelKind::Vae, shape, |spec| {
                (spec.arch, spec.likelihood) = (Arch::Mlp(Vec::new()), Likelihood::LEARNED);
            }),
        ),
        ("vae_mixture", config(ModelKind::Vae, shape, |spec| spec.prior = PriorKind::Mixture { components: 4 })),
        (
            "vae_vamp_conv",
            config(ModelKind::Vae, shape, |spec| {
                (spec.arch, spec.prior) = (Arch::Conv, PriorKind::Vamp { components: 3 });
            }),
        ),
        ("vqvae", config(ModelKind::VqVae, shape, |spec| spec.codebook = words(1))),
        (
            "vqvae_tokens_conv",
            config(ModelKind::VqVae, shape, |spec| {
                (spec.arch, spec.latent, spec.codebook) = (Arch::Conv, 4, words(2));
            }),
        ),
    ]
}

pub fn checkpoint(model: &ModelConfig) -> Checkpoint {
    let train = Default::default();
    let (model, parameters) = match model.is_closed_form() {
        true => {
            let model = fit(
                model,
                latent_explorer::config::Beta::both(1.0),
                &split(60),
                Compute::cpu(1),
                &progress::Progress::silent(),
            );
            let model = model.unwrap();
            (model.config().clone(), model.parameters().unwrap())
        }
        // Larger than they begin, so that codes and images differ.
        false => (model.clone(), initial_parameters(model, 3).into_iter().map(|v| 1.5 * v).collect()),
    };
    let plane = std::sync::Arc::new(Plane::of(model.latent));
    let progress = Progress { step: 7, epoch: 1, data: "bars".into(), train };
    Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane }
}

fn names(files: &[ExportedFile]) -> Vec<&'static str> {
    files.iter().map(|file| file.name).collect()
}

fn file<'a>(files: &'a [ExportedFile], name: &str) -> &'a [u8] {
    &files.iter().find(|file| file.name == name).unwrap().bytes
}

#[test]
fn each_runner_has_its_files_and_onnx_a_prior_beside_them_where_it_is_learned() {
    for (name, model) in models(MNIST) {
        let files = |runner| names(&export(&checkpoint(&model), runner).unwrap());
        assert_eq!(files(Runner::PyTorch), ["model.py", "model.safetensors"], "{name}");
        assert_eq!(files(Runner::Numpy), ["model.py", "weights.npz"], "{name}");
        let graphs = ["encoder.onnx", "decoder.onnx"];
        let with_prior = [&graphs[..], &["prior.npz"]].concat();
        let is_learned = model.prior != PriorKind::Normal;
        assert_eq!(files(Runner::Onnx), if is_learned { with_prior } else { graphs.to_vec() }, "{name}");
    }
}

#[test]
fn a_dense_layer_of_grey_images_is_exported_as_it_is() {
    let checkpoint = checkpoint(&models(MNIST)[3].1);
    let files = export(&checkpoint, Runner::PyTorch).unwrap();
    let tensors = SafeTensors::deserialize(file(&files, "model.safetensors")).unwrap();
    let first = tensors.tensor("encoder.1.weight").unwrap();
    assert_eq!(first.shape(), [16, 784]);
    let values: Vec<f32> = first.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    assert_eq!(values, checkpoint.parameters[..16 * 784]);
}

#[test]
fn a_dense_layer_of_coloured_images_takes_map_after_map() {
    let model = config(ModelKind::Ae, ImageShape::rgb(2, 3), |spec| spec.arch = Arch::Mlp(Vec::new()));
    let mut checkpoint = checkpoint(&model);
    std::sync::Arc::make_mut(&mut checkpoint.parameters).iter_mut().enumerate().for_each(|(i, v)| *v = i as f32);
    let files = export(&checkpoint, Runner::PyTorch).unwrap();
    let tensors = SafeTensors::deserialize(file(&files, "model.safetensors")).unwrap();
    let data = tensors.tensor("fc_mu.weight").unwrap().data().to_vec();
    let row: Vec<f32> = data.as_chunks::<4>().0[..18].iter().map(|&b| f32::from_le_bytes(b)).collect();
    assert_eq!(row, [0, 3, 6, 9, 12, 15, 1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17].map(|v| v as f32));
}

#[test]
fn a_python_file_names_what_the_weights_are_called_and_no_gap_is_left_in_it() {
    for (name, model) in models(MNIST) {
        for runner in [Runner::PyTorch, Runner::Numpy] {
            let files = export(&checkpoint(&model), runner).unwrap();
            let text = String::from_utf8(file(&files, "model.py").to_vec()).unwrap();
            assert!(!text.contains("{{") && !text.contains("#if") && !text.contains("#end"), "{name}: {text}");
            assert_eq!(text.contains("sample_prior"), model.has_prior(), "{name}");
            assert_eq!(text.contains("sigmoid"), model.link() == latent_explorer::config::Link::Sigmoid, "{name}");
        }
    }
}

/// As much of the format as the tests look at, written down a second time.
mod onnx {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Model {
        #[prost(message, optional, tag = "7")]
        pub graph: Option<Graph>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Graph {
        #[prost(message, repeated, tag = "1")]
        pub nodes: Vec<Node>,
        #[prost(message, repeated, tag = "5")]
        pub tensors: Vec<Tensor>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Node {
        #[prost(string, tag = "4")]
        pub operator: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Tensor {
        #[prost(int64, repeated, packed = "false", tag = "1")]
        pub dims: Vec<i64>,
        #[prost(int32, tag = "2")]
        pub kind: i32,
        #[prost(string, tag = "8")]
        pub name: String,
        #[prost(bytes = "vec", tag = "9")]
        pub bytes: Vec<u8>,
    }
}

#[test]
fn the_graphs_hold_the_tensors_of_the_pytorch_file_under_the_same_names() {
    const FLOAT: i32 = 1;
    for (name, model) in models(MNIST) {
        let checkpoint = checkpoint(&model);
        let (torch, graphs) =
            (export(&checkpoint, Runner::PyTorch).unwrap(), export(&checkpoint, Runner::Onnx).unwrap());
        let torch = SafeTensors::deserialize(file(&torch, "model.safetensors")).unwrap();
        let graphs = ["encoder.onnx", "decoder.onnx"].map(|part| {
            let model: onnx::Model = prost::Message::decode(file(&graphs, part)).unwrap();
            model.graph.unwrap()
        });
        let tensors = graphs.iter().flat_map(|graph| &graph.tensors).filter(|tensor| tensor.kind == FLOAT);
        let mut found = 0;
        for onnx::Tensor { dims, name: tensor, bytes, .. } in tensors {
            let other = torch.tensor(tensor).unwrap();
            assert_eq!(dims, &other.shape().iter().map(|&size| size as i64).collect::<Vec<_>>(), "{name} {tensor}");
            assert_eq!(bytes, other.data(), "{name} {tensor}");
            found += 1;
        }
        let of_graphs = torch.names().into_iter().filter(|tensor| !tensor.starts_with("prior.")).count();
        assert_eq!(found, of_graphs, "{name}");
        let operators: Vec<&str> = graphs[1].nodes.iter().map(|node| node.operator.as_str()).collect();
        assert_eq!(operators.contains(&"ArgMin"), model.is_quantised(), "{name}");
    }
}

fn write(path: &Path, values: &[f32]) {
    fs::write(path, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
}

/// Writes what the program computes of a model, and its exports, for the script that compares them.
fn prepare(folder: &Path, checkpoint: &Checkpoint, images: &[f32]) {
    let (model, quiet) = (checkpoint.restore(Compute::cpu(2)).unwrap(), progress::Progress::silent());
    let codes = model.codes_of(images, &quiet).unwrap();
    fs::create_dir(folder).unwrap();
    write(&folder.join("images.f32"), images);
    write(&folder.join("mu.f32"), &codes.mu);
    write(&folder.join("logvar.f32"), codes.logvar.as_deref().unwrap_or_default());
    write(&folder.join("decoded.f32"), &model.decoded(&codes.mu, &quiet).unwrap());
    let ImageShape { rows, cols, channels } = checkpoint.model.shape;
    let shape = json!({ "image": [rows, cols, channels], "latent": checkpoint.model.latent });
    fs::write(folder.join("shape.json"), shape.to_string()).unwrap();
    for (name, runner) in RUNNERS {
        fs::create_dir(folder.join(name)).unwrap();
        for ExportedFile { name: file, bytes } in export(checkpoint, runner).unwrap() {
            fs::write(folder.join(name).join(file), bytes).unwrap();
        }
    }
}

/// What PyTorch saved of an exported model is read as the model that was exported.
#[track_caller]
fn assert_comes_back(folder: &Path) {
    let shape: Value = serde_json::from_slice(&fs::read(folder.join("shape.json")).unwrap()).unwrap();
    let sides: [usize; 3] = serde_json::from_value(shape["image"].clone()).unwrap();
    let facts =
        Facts { shape: Some(ImageShape { rows: sides[0], cols: sides[1], channels: sides[2] }), ..Facts::default() };
    let of = |file: &str| import(&folder.join(file), &facts).unwrap().checkpoint;
    assert_eq!(of("torch.pt").parameters, of("pytorch/model.safetensors").parameters, "{}", folder.display());
}

/// Needs `PYTHON` (or else `python3`) with torch, numpy, onnx and onnxruntime. Compares the trained runs in the folder `RUNS` too,
/// which take digits.
#[test]
#[ignore = "runs Python; .ci/run installs what it needs"]
fn exported_models_do_in_python_what_the_program_does() {
    let folder = TempDir::new().unwrap();
    let digits = data::load(&"mnist".into(), Memory::default(), &progress::Progress::silent()).unwrap().dataset.test;
    let random = |shape: ImageShape| -> Vec<f32> {
        let normal = standard_normal(&mut stream(1, Purpose::Samples, 0), 100 * shape.len());
        normal.into_iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect()
    };
    for (kind, shape) in [("grey", MNIST), ("colour", ImageShape::rgb(9, 7))] {
        for (name, model) in models(shape) {
            let images = if model.shape == MNIST { digits.gather(0..100) } else { random(model.shape) };
            prepare(&folder.path().join(format!("{name}_{kind}")), &checkpoint(&model), &images);
        }
    }
    for run in std::env::var("RUNS").iter().flat_map(|runs| fs::read_dir(runs).unwrap()) {
        let run = run.unwrap();
        let checkpoint = RunFolder::new(&run.path()).checkpoint().unwrap();
        prepare(&folder.path().join(run.file_name()), &checkpoint, &digits.gather(0..100));
    }
    let python = std::env::var("PYTHON").unwrap_or("python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exported/compare.py");
    let output = Command::new(&python).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    println!("{lines}");
    let found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), fs::read_dir(folder.path()).unwrap().count() * RUNNERS.len());
    for entry in fs::read_dir(folder.path()).unwrap() {
        let folder = entry.unwrap().path();
        assert_comes_back(&folder);
    }
    for line in found {
        for what in ["codes", "images"] {
            assert!(line[what].as_f64().unwrap() < 1e-5, "{line}");
        }
    }
}
