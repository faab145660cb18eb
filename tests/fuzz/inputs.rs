//! What is done with bytes of any kind where the program reads a file: shared by the targets of cargo-fuzz and by the tests that
//! mutate the seeds. Each says whether it took them; what is looked for is a panic, a hang, or memory without bound.
//!
//! Where a file is a zip, its parts may be given as text instead, each after a line `==name`: mutations then reach what is inside,
//! which the checksums of a zip would keep them from.

#![allow(dead_code, reason = "each target uses one of these")]

use std::cell::OnceCell;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Component, Path};

use latent_explorer::config::{Arch, Memory};
use latent_explorer::data::{self, Dataset, Split, read_idx};
use latent_explorer::model::{Checkpoint, Compute, Facts, Frozen, import, import_onnx};
use latent_explorer::progress::Progress;
use latent_explorer::session::archive::Archive;
use latent_explorer::session::{Preferences, Session, Start};
use tempfile::TempDir;

pub type Target = fn(&[u8]) -> bool;

pub const TARGETS: [(&str, Target); 10] = [
    ("idx", idx),
    ("npy", npy),
    ("npz", npz),
    ("csv", csv),
    ("images", images),
    ("checkpoint", checkpoint),
    ("session", session),
    ("settings", settings),
    ("torch", torch),
    ("onnx", onnx),
];

/// Images may take half of this here.
const MEMORY: Memory = Memory::of(64 << 20);
/// Numbers of an image that networks are still run on here.
const MOST_RUN: usize = 1 << 16;

/// The first byte says how many dimensions are asked for.
pub fn idx(bytes: &[u8]) -> bool {
    let Some((&dimensions, file)) = bytes.split_first() else { return false };
    let dimensions = usize::from(dimensions % 4) + 1;
    let Ok(idx) = read_idx("file", file, dimensions, MEMORY) else { return false };
    assert_eq!(idx.dims.len(), dimensions);
    assert_eq!(idx.dims.iter().product::<usize>(), idx.bytes.len());
    true
}

pub fn npy(bytes: &[u8]) -> bool {
    loaded("images.npy", bytes)
}

pub fn npz(bytes: &[u8]) -> bool {
    loaded("images.npz", &zipped(bytes))
}

pub fn csv(bytes: &[u8]) -> bool {
    loaded("images.csv", bytes)
}

/// The first byte says whether they are files of a folder, the same in a zip, or the bytes of a zip or of a tar.
pub fn images(bytes: &[u8]) -> bool {
    let Some((&kind, bytes)) = bytes.split_first() else { return false };
    match kind {
        b'f' => in_folder(|folder| {
            let root = folder.join("images");
            // What the one before has left.
            let _ = fs::remove_dir_all(&root);
            for (name, bytes) in parts(bytes) {
                let path = root.join(name);
                let is_inside =
                    path.components().all(|part| !matches!(part, Component::ParentDir)) && path.starts_with(&root);
                if let Some(parent) = path.parent().filter(|_| is_inside && name.len() < 200) {
                    // A name that is a file and a folder, or none at all, is left out.
                    let _ = fs::create_dir_all(parent).and_then(|()| fs::write(&path, bytes));
                }
            }
            load(&root)
        }),
        b'z' => loaded("images.zip", &zipped(bytes)),
        b't' => loaded("images.tar", bytes),
        _ => loaded("images.tar.gz", bytes),
    }
}

pub fn checkpoint(bytes: &[u8]) -> bool {
    let Ok(checkpoint) = Checkpoint::from_bytes(bytes, "model.safetensors") else { return false };
    let again = Checkpoint::from_bytes(&checkpoint.to_bytes().unwrap(), "model.safetensors").unwrap();
    assert!(again == checkpoint || !checkpoint.is_finite());
    checkpoint.restore(Compute::cpu(1)).unwrap();
    true
}

pub fn session(bytes: &[u8]) -> bool {
    let Ok(archive) = Archive::from_bytes(&zipped(bytes)) else { return false };
    Archive::from_bytes(&archive.to_bytes().unwrap()).unwrap();
    opened(Preferences::default(), Start::Saved { file: "kept.latent".into(), archive: Box::new(archive) });
    true
}

pub fn settings(bytes: &[u8]) -> bool {
    let Ok(preferences) = serde_json::from_slice(bytes) else { return false };
    opened(preferences, Start::Fresh { data: None });
    true
}

/// A window that starts with these shows something, and keeps what can be read again.
fn opened(preferences: Preferences, start: Start) {
    let (session, _) = Session::new(preferences, start);
    let zoom = session.screen().zoom;
    assert!(zoom.is_finite() && zoom > 0.0);
    let kept = serde_json::to_vec(&session.preferences()).unwrap();
    serde_json::from_slice::<Preferences>(&kept).unwrap();
}

pub fn torch(bytes: &[u8]) -> bool {
    in_file("theirs.pt", &zipped(bytes), |path| {
        let Ok(imported) = import(path, &Facts::default()) else { return false };
        imported.checkpoint.restore(Compute::cpu(1)).unwrap();
        true
    })
}

/// The first byte says whether they are an encoder or a decoder, whose other half is sound.
pub fn onnx(bytes: &[u8]) -> bool {
    const ENCODER: &[u8] = include_bytes!("../models/onnx/dense_encoder.onnx");
    const DECODER: &[u8] = include_bytes!("../models/onnx/dense_decoder.onnx");
    let Some((&side, bytes)) = bytes.split_first() else { return false };
    let (encoder, decoder) = if side == b'e' { (bytes, DECODER) } else { (ENCODER, bytes) };
    in_file("encoder.onnx", encoder, |encoder| {
        in_file("decoder.onnx", decoder, |decoder| {
            let Ok(imported) = import_onnx(encoder, decoder, &Facts::default()) else { return false };
            let (model, config) = (imported.checkpoint.restore(Compute::cpu(1)).unwrap(), imported.checkpoint.model);
            let Arch::Graph(graphs) = &config.arch else { panic!("a pair is {}", config.arch) };
            if graphs.encoder.numbers().max(graphs.decoder.numbers()) < MOST_RUN {
                model.codes_of(&vec![0.5; config.pixels()], &Progress::silent()).unwrap();
                model.decoded(&vec![0.5; config.latent], &Progress::silent()).unwrap();
            }
            true
        })
    })
}

fn loaded(name: &str, bytes: &[u8]) -> bool {
    in_file(name, bytes, load)
}

fn load(path: &Path) -> bool {
    let source = path.to_string_lossy().into_owned().into();
    let Ok(loaded) = data::load(&source, MEMORY, &Progress::silent()) else { return false };
    let Dataset { train, test, class_names, .. } = &loaded.dataset;
    let is_sound = |split: &Split| {
        let has_class = split.labels.iter().all(|&label| usize::from(label) < class_names.len().max(1));
        split.images.len() == split.len() * split.pixels() && split.shape == train.shape && has_class
    };
    assert!(is_sound(train) && is_sound(test) && !train.is_empty());
    true
}

fn in_file(name: &str, bytes: &[u8], work: impl FnOnce(&Path) -> bool) -> bool {
    in_folder(|folder| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        work(&path)
    })
}

/// A folder of this thread's own.
fn in_folder(work: impl FnOnce(&Path) -> bool) -> bool {
    thread_local!(static FOLDER: OnceCell<TempDir> = const { OnceCell::new() });
    FOLDER.with(|folder| work(folder.get_or_init(|| TempDir::new().unwrap()).path()))
}

/// The bytes, or the parts that they describe as a zip.
fn zipped(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"==") {
        return bytes.to_owned();
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts(bytes) {
        // A name that stands twice is left out.
        if zip.start_file(name, stored).is_ok() {
            zip.write_all(bytes).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// What stands after each line `==name`.
fn parts(bytes: &[u8]) -> Vec<(&str, &[u8])> {
    let starts = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"==") && (at == 0 || bytes[at - 1] == b'\n'));
    let starts: Vec<usize> = starts.collect();
    let ends = starts.iter().skip(1).map(|&next| next - 1).chain([bytes.len()]);
    let part = |(&start, end): (&usize, usize)| {
        let bytes = &bytes[start + 2..end.max(start + 2)];
        let line = bytes.iter().position(|&byte| byte == b'\n')?;
        Some((std::str::from_utf8(&bytes[..line]).ok()?, &bytes[line + 1..]))
    };
    starts.iter().zip(ends).filter_map(part).collect()
}
