//! What several tests build on: a small set of images, and waiting.

pub mod contrast;
pub mod folders;
pub mod gates;
pub mod oracle;
pub mod renderer;
pub mod window;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use latent_explorer::config::{Arch, ImageShape, ModelConfig, ModelKind, ModelSpec, TrainConfig};
use latent_explorer::data::{Dataset, Split};
use latent_explorer::model::{Autoencoder, Checkpoint, Compute, Progress, initial_parameters};
use latent_explorer::train::RunSettings;
use tempfile::TempDir;

pub const SIDE: usize = 8;
pub const CLASSES: usize = 3;

/// Images of `SIDE` x `SIDE` in three classes: a bar at the left, in the middle or at the right, each with its own shade.
pub fn split(count: usize) -> Split {
    let mut images = vec![0; count * SIDE * SIDE];
    for (i, image) in images.chunks_exact_mut(SIDE * SIDE).enumerate() {
        for row in image.chunks_exact_mut(SIDE) {
            let column = [1, 3, 6][i % CLASSES];
            row[column] = 120 + (i * 37 % 130) as u8;
        }
    }
    Split { shape: ImageShape::grey(SIDE, SIDE), images, labels: (0..count).map(|i| (i % CLASSES) as u16).collect() }
}

pub fn dataset() -> Dataset {
    let class_names = (0..CLASSES).map(|c| c.to_string()).collect();
    Dataset { source: "bars".into(), class_names, train: split(300), test: split(90), factors: None }
}

/// Images in colour of 6 rows and 5 columns in three classes: a red, a green or a blue bar on a ground of another colour.
pub fn colour_split(count: usize) -> Split {
    let shape = ImageShape::rgb(6, 5);
    let mut images = Vec::with_capacity(count * shape.len());
    for i in 0..count {
        let (class, shade) = (i % CLASSES, 150 + (i * 37 % 100) as u8);
        for pixel in 0..shape.rows * shape.cols {
            let mut color = [60, 60, 60];
            color[(class + 1) % 3] = 90;
            if pixel % shape.cols == class + 1 {
                color[class] = shade;
            }
            images.extend(color);
        }
    }
    Split { shape, images, labels: (0..count).map(|i| (i % CLASSES) as u16).collect() }
}

pub fn colour_dataset() -> Dataset {
    let class_names = ["red", "green", "blue"].map(str::to_owned).to_vec();
    Dataset {
        source: "coloured bars".into(),
        factors: None,
        class_names,
        train: colour_split(300),
        test: colour_split(90),
    }
}

/// The set of bars without classes.
pub fn unlabelled(dataset: Dataset) -> Dataset {
    let bare = |split: Split| Split { labels: vec![0; split.len()], ..split };
    Dataset { class_names: Vec::new(), train: bare(dataset.train), test: bare(dataset.test), ..dataset }
}

/// The same set as four IDX files in a folder.
pub fn dataset_folder() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    write_split(folder.path(), "train", &split(300));
    write_split(folder.path(), "t10k", &split(90));
    folder
}

pub fn write_split(folder: &Path, prefix: &str, split: &Split) {
    let dims = [split.len(), split.shape.rows, split.shape.cols];
    fs::write(folder.join(format!("{prefix}-images-idx3-ubyte")), idx(&dims, &split.images)).expect("written");
    let bytes: Vec<u8> = split.labels.iter().map(|&label| label as u8).collect();
    fs::write(folder.join(format!("{prefix}-labels-idx1-ubyte")), idx(&dims[..1], &bytes)).expect("written");
}

/// An IDX file of bytes.
pub fn idx(dims: &[usize], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dims.len() as u8];
    dims.iter().for_each(|&d| file.extend((d as u32).to_be_bytes()));
    file.extend(bytes);
    file
}

/// A small model of this kind.
pub fn spec(kind: ModelKind) -> ModelSpec {
    let plain = ModelSpec::new(kind);
    let arch = if plain.is_closed_form() { plain.arch.clone() } else { Arch::Mlp(vec![16, 8]) };
    ModelSpec { arch, ..plain }
}

pub fn model_config(kind: ModelKind) -> ModelConfig {
    ModelConfig { shape: ImageShape::grey(SIDE, SIDE), spec: spec(kind) }
}

/// With random weights.
pub fn model(kind: ModelKind) -> Autoencoder {
    let config = model_config(kind);
    Autoencoder::new(&config, &initial_parameters(&config, 3), Compute::cpu(2)).expect("a model")
}

pub fn run_settings(kind: ModelKind) -> RunSettings {
    let train = TrainConfig { batch: 32, learning_rate: 5e-3, ..TrainConfig::default() };
    RunSettings { model: spec(kind), train }
}

/// The same with another model.
pub fn with(kind: ModelKind, change: impl FnOnce(&mut ModelSpec)) -> RunSettings {
    let mut settings = run_settings(kind);
    change(&mut settings.model);
    settings
}

/// Polls until `ready` gives something; three minutes are far more than anything here takes.
pub fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < Duration::from_secs(180), "waited for three minutes in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A VAE of fixed weights, larger than they begin, so that its plane has something to show.
pub fn fixed_checkpoint(data: &str) -> Checkpoint {
    let model = model_config(ModelKind::Vae);
    let parameters: Vec<f32> = initial_parameters(&model, 5).into_iter().map(|v| 3.0 * v).collect();
    let progress = Progress { step: 100, epoch: 1, data: data.into(), train: TrainConfig::default() };
    Checkpoint { model, progress, parameters: parameters.into(), moments: None, plane: Default::default() }
}
