//! The states of a run as entries: its weights with their moments, the codes of the probe, and what it measured.

use std::io::{Read, Seek, Write};
use std::sync::Arc;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::ArchiveError;
use super::entries::{Entries, Packer};
use crate::engine::State;
use crate::model::{Checkpoint, Codes, Plane, Terms};
use crate::train::{History, Opened};

const MU: &str = "mu";
const LOGVAR: &str = "logvar";

/// What a state is besides numbers in bulk.
#[derive(Serialize, Deserialize)]
struct Small {
    plane: Plane,
    terms: Option<Terms>,
    history: Arc<History>,
}

fn weights_in(folder: &str) -> String {
    format!("{folder}/weights.safetensors")
}

fn codes_in(folder: &str) -> String {
    format!("{folder}/codes.safetensors")
}

fn small_in(folder: &str) -> String {
    format!("{folder}/state.json")
}

pub fn pack(packer: &mut Packer<impl Write + Seek>, folder: &str, state: &State) -> Result<(), ArchiveError> {
    pack_numbers(packer, folder, state)?;
    pack_small(packer, folder, state)
}

/// The state in `folder`, with codes of `probe` images.
pub fn unpack(entries: &mut Entries<impl Read + Seek>, folder: &str, probe: usize) -> Result<State, ArchiveError> {
    let numbers = unpack_numbers(entries, folder, probe)?;
    unpack_small(entries, folder, numbers)
}

/// What of a state never changes, and is long.
pub fn pack_numbers(packer: &mut Packer<impl Write + Seek>, folder: &str, state: &State) -> Result<(), ArchiveError> {
    let State { checkpoint, codes, .. } = state;
    pack_weights(packer, folder, checkpoint)?;
    packer.bytes(&codes_in(folder), &codes_to_bytes(codes, checkpoint.model.latent)?)
}

/// The numbers of a state, with codes of `probe` images.
pub fn unpack_numbers(
    entries: &mut Entries<impl Read + Seek>,
    folder: &str,
    probe: usize,
) -> Result<(Checkpoint, Codes), ArchiveError> {
    let checkpoint = unpack_weights(entries, folder)?;
    let part = codes_in(folder);
    let wrong = |what: String| ArchiveError::Part { part: part.clone(), what };
    let codes = codes_from_bytes(&entries.bytes(&part)?, [probe, checkpoint.model.latent]).map_err(wrong)?;
    Ok((checkpoint, codes))
}

/// The rest of it.
pub fn pack_small(packer: &mut Packer<impl Write + Seek>, folder: &str, state: &State) -> Result<(), ArchiveError> {
    let State { checkpoint, terms, history, .. } = state;
    // JSON has no number for what is not finite; such a plane is laid anew.
    let (plane, latent) = ((*checkpoint.plane).clone(), checkpoint.model.latent);
    let plane = if is_sound(&plane, latent) { plane } else { Plane::of(latent) };
    packer.json(&small_in(folder), &Small { plane, terms: *terms, history: history.clone() })
}

/// A whole state, whose numbers have been read.
pub fn unpack_small(
    entries: &mut Entries<impl Read + Seek>,
    folder: &str,
    (mut checkpoint, codes): (Checkpoint, Codes),
) -> Result<State, ArchiveError> {
    let latent = checkpoint.model.latent;
    let Small { plane, terms, history } = entries.json(&small_in(folder))?;
    if !is_sound(&plane, latent) {
        let what = format!("its plane does not lie in the {latent} dimensions of its codes");
        return Err(ArchiveError::Part { part: small_in(folder), what });
    }
    checkpoint.plane = Arc::new(plane);
    Ok(State { checkpoint: Arc::new(checkpoint), codes: Arc::new(codes), terms, history })
}

pub fn pack_opened(packer: &mut Packer<impl Write + Seek>, folder: &str, run: &Opened) -> Result<(), ArchiveError> {
    pack_weights(packer, folder, &run.checkpoint)?;
    packer.json(&small_in(folder), &run.history)
}

pub fn unpack_opened(entries: &mut Entries<impl Read + Seek>, folder: &str) -> Result<Opened, ArchiveError> {
    let checkpoint = Arc::new(unpack_weights(entries, folder)?);
    Ok(Opened { checkpoint, history: entries.json(&small_in(folder))? })
}

fn pack_weights(
    packer: &mut Packer<impl Write + Seek>,
    folder: &str,
    checkpoint: &Checkpoint,
) -> Result<(), ArchiveError> {
    let weights = checkpoint.serialized(None).map_err(|error| ArchiveError::Unwritable(error.to_string()))?;
    packer.numbers(&weights_in(folder), &weights)
}

fn unpack_weights(entries: &mut Entries<impl Read + Seek>, folder: &str) -> Result<Checkpoint, ArchiveError> {
    let part = weights_in(folder);
    Checkpoint::from_bytes(&entries.bytes(&part)?, &part).map_err(|error| ArchiveError::of_model(&part, &error))
}

/// Whether it is a plane of so many dimensions.
fn is_sound(plane: &Plane, latent: usize) -> bool {
    let [first, second] = &plane.axes;
    [&plane.origin, first, second].iter().all(|part| part.len() == latent && part.iter().all(|v| v.is_finite()))
}

fn codes_to_bytes(codes: &Codes, latent: usize) -> Result<Vec<u8>, ArchiveError> {
    let unwritable = |error: safetensors::SafeTensorError| ArchiveError::Unwritable(error.to_string());
    let numbers = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|v| v.to_le_bytes()).collect() };
    let tensors = [(MU, Some(numbers(&codes.mu))), (LOGVAR, codes.logvar.as_deref().map(numbers))];
    let shape = || vec![codes.len(), latent];
    let views = tensors.iter().filter_map(|(name, bytes)| {
        let bytes = bytes.as_ref()?;
        Some(TensorView::new(Dtype::F32, shape(), bytes).map(|view| (name, view)))
    });
    serialize(views.collect::<Result<Vec<_>, _>>().map_err(unwritable)?, None).map_err(unwritable)
}

/// Codes of this shape, or none at all.
fn codes_from_bytes(bytes: &[u8], shape: [usize; 2]) -> Result<Codes, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let numbers = |name: &str| {
        let tensor = file.tensor(name).ok()?;
        let is_expected = tensor.dtype() == Dtype::F32 && (tensor.shape() == shape || tensor.shape() == [0, shape[1]]);
        let values = tensor.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect::<Vec<f32>>();
        Some(if is_expected {
            Ok(values)
        } else {
            Err(format!("the codes {name} are {:?}, not {shape:?}", tensor.shape()))
        })
    };
    let mu = numbers(MU).ok_or("it has no codes")??;
    let logvar = numbers(LOGVAR).transpose()?;
    match logvar.as_ref().is_none_or(|logvar| logvar.len() == mu.len()) {
        true => Ok(Codes { latent: shape[1], mu, logvar }),
        false => Err("there are not as many variances as codes".to_owned()),
    }
}
