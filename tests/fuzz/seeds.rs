//! The seeds: small files of every format, as the program or another one writes them.

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use image::{DynamicImage, ImageFormat, RgbImage};
use latent_explorer::config::{Arch, ImageShape, ModelConfig, ModelKind, ModelSpec, PriorKind};
use latent_explorer::model::{Checkpoint, Moments, initial_parameters, layout};
use latent_explorer::session::Preferences;
use latent_explorer::session::archive::Archive;

use crate::data::archives::{tar_bytes, tar_gz_bytes};
use crate::models::imported::small_torch_file;
use crate::session::archive::small_archive;
use crate::support::{fixed_checkpoint, idx};

/// What writes them again once a format has changed.
pub const HOW: &str = "cargo test --release -- --ignored fuzz::seeds::write";

#[test]
#[ignore = "writes the seeds into the sources"]
fn write() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
    for (target, name, bytes) in seeds() {
        let folder = root.join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let file = |name: &str| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)).unwrap();
    let first = |byte: u8, bytes: &[u8]| [&[byte], bytes].concat();
    let numbers: Vec<u8> = (0..36).map(|i| (i * 7) as u8).collect();
    let row = |i: usize| format!("{}{}\n", i % 3, (0..16).map(|p| format!(",{}", (p * i) % 256)).collect::<String>());
    let rows: String = (0..8).map(row).collect();
    let names: String = (0..16).map(|i| format!(",pixel{i}")).collect();
    vec![
        ("idx", "images", first(2, &idx(&[4, 3, 3], &numbers))),
        ("idx", "labels", first(0, &idx(&[36], &numbers))),
        ("npy", "big_endian", file("data/arrays/big_endian.npy")),
        ("npy", "channels_first", file("data/arrays/channels_first.npy")),
        ("npy", "fortran", file("data/arrays/fortran.npy")),
        ("npz", "keras", parted(&file("data/arrays/keras.npz"))),
        ("npz", "images", file("data/arrays/images.npz")),
        ("csv", "kaggle", format!("label{names}\n{rows}").into_bytes()),
        ("csv", "bare", rows.into_bytes()),
        ("images", "folder", first(b'f', &pictures())),
        ("images", "zip", first(b'z', &pictures())),
        ("images", "tar", first(b't', &tar_bytes())),
        ("images", "tar_gz", first(b'g', &tar_gz_bytes())),
        ("checkpoint", "vae", small(ModelKind::Vae, |_| ()).to_bytes().unwrap()),
        (
            "checkpoint",
            "mixture",
            small(ModelKind::Vae, |spec| spec.prior = PriorKind::Mixture { components: 2 }).to_bytes().unwrap(),
        ),
        ("checkpoint", "words", small(ModelKind::VqVae, |spec| spec.codebook.words = 3).to_bytes().unwrap()),
        ("checkpoint", "unchecked", unchecked(&small(ModelKind::Ae, |_| ()).to_bytes().unwrap())),
        ("checkpoint", "pair", crate::models::onnx::pair("dense").unwrap().checkpoint.to_bytes().unwrap()),
        ("session", "one_run", parted(&session().to_bytes().unwrap())),
        ("settings", "usual", serde_json::to_vec(&Preferences::default()).unwrap()),
        (
            "settings",
            "some",
            br#"{"settings":{"hidden":"16,8","probe":100},"screen":{"zoom":1.5,"theme":"Light"}}"#.to_vec(),
        ),
        ("torch", "dense", parted(&small_torch_file())),
        ("onnx", "dense_encoder", first(b'e', &file("models/onnx/dense_encoder.onnx"))),
        ("onnx", "dense_decoder", first(b'd', &file("models/onnx/dense_decoder.onnx"))),
    ]
}

/// A zip as text and its parts.
fn parted(zip: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut all = Vec::new();
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).unwrap();
        all.extend(format!("=={}\n", entry.name().unwrap()).into_bytes());
        entry.read_to_end(&mut all).unwrap();
        all.push(b'\n');
    }
    all
}

/// A picture of each format in two classes.
fn pictures() -> Vec<u8> {
    let formats = [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Jpeg, ImageFormat::WebP];
    let mut all = Vec::new();
    for (i, format) in formats.into_iter().enumerate() {
        let image = RgbImage::from_fn(4, 3, |x, y| image::Rgb([(x * 60) as u8, (y * 80) as u8, i as u8 * 50]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(image).write_to(&mut bytes, format).unwrap();
        let ending = format.extensions_str()[0];
        all.extend(format!("=={}/{i}.{ending}\n", ["a", "b"][i % 2]).into_bytes());
        all.extend(bytes.into_inner());
        all.push(b'\n');
    }
    all
}

fn small(kind: ModelKind, change: impl FnOnce(&mut ModelSpec)) -> Checkpoint {
    let mut spec = ModelSpec { arch: Arch::Mlp(vec![3]), ..ModelSpec::new(kind) };
    change(&mut spec);
    let model = ModelConfig { shape: ImageShape::grey(5, 4), spec };
    let parameters = initial_parameters(&model, 5);
    let count = layout(&model).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    let moments = Moments { steps: 3, mean: vec![0.1; count], square: vec![0.2; count] };
    Checkpoint { model, parameters: parameters.into(), moments: Some(Arc::new(moments)), ..fixed_checkpoint("shapes") }
}

/// A file whose numbers may be any, for nothing says what they were.
fn unchecked(file: &[u8]) -> Vec<u8> {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
    let metadata = header["__metadata__"].as_object_mut().unwrap();
    let mut config: serde_json::Value = serde_json::from_str(metadata["config"].as_str().unwrap()).unwrap();
    for key in ["version", "checksum"] {
        config.as_object_mut().unwrap().remove(key).unwrap();
    }
    metadata.insert("config".to_owned(), config.to_string().into());
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &file[8 + length..]].concat()
}

fn session() -> Archive {
    small_archive(small(ModelKind::Vae, |_| ()))
}
