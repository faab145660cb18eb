//! The tensors of a file of `torch.save`: a zip of a pickle, which says what there is, and of the numbers. Candle reads the pickle
//! and runs nothing in it. What it copies and how long it works are bounded here, for a few bytes can ask for very much.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use candle_core::DType;
use candle_core::pickle::{Object, Stack};
use zip::ZipArchive;

use super::found::Found;
use super::state_dict::{numbers, open};

/// Bytes of a pickle, and instructions in it.
const LONGEST: u64 = 16 << 20;
const INSTRUCTIONS: usize = 200_000;
/// Objects that its instructions may copy in all.
const COPIES: usize = 1_000_000;
/// Objects within objects are walked and dropped call within call.
const STACK: usize = 512 << 20;
/// Dictionaries within dictionaries in which tensors are looked for.
const DEEPEST: usize = 4;
const MOST_TENSORS: usize = 4_096;

/// Where a tensor's numbers are.
struct Stored {
    name: String,
    kind: DType,
    /// The file in the zip.
    key: String,
    /// Of the first number, and from one to the next along each dimension.
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

pub fn state_dict(path: &Path) -> Result<Vec<Found>, String> {
    let (file, size) = open(path)?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| {
        format!("not a file that torch.save writes since PyTorch 1.6 ({e}); it is cut short, damaged or older")
    })?;
    let pickle =
        zip.file_names().filter_map(Result::ok).find(|name| *name == "data.pkl" || name.ends_with("/data.pkl"));
    let pickle = pickle.map(|name| name.into_owned()).ok_or("a zip without the data.pkl that torch.save writes")?;
    let folder = pickle.trim_end_matches("data.pkl").to_owned();
    let bytes = read(&mut zip, &pickle, LONGEST)?;
    let work = move || stored(&bytes);
    let thread = std::thread::Builder::new().name("unpickle".to_owned()).stack_size(STACK).spawn(work);
    let thread = thread.map_err(|e| format!("its pickle cannot be read: {e}"))?;
    let all = thread.join().map_err(|_| "its pickle is damaged".to_owned())??;
    if all.len() > MOST_TENSORS {
        return Err(format!("its {} tensors are more than a model of ours may have", all.len()));
    }
    let bytes = |stored: &Stored| stored.shape.iter().try_fold(stored.kind.size_in_bytes(), |a, &b| a.checked_mul(b));
    // Several names may share their numbers.
    let total = all.iter().try_fold(0usize, |sum, stored| sum.checked_add(bytes(stored)?));
    if total.is_none_or(|total| total as u64 > 4 * size) {
        return Err("its pickle names more numbers than the file holds; it is damaged".to_owned());
    }
    all.into_iter().map(|stored| found(&mut zip, &folder, stored, size)).collect()
}

fn read(zip: &mut ZipArchive<BufReader<File>>, name: &str, most: u64) -> Result<Vec<u8>, String> {
    let entry = zip.by_name(name).map_err(|e| format!("`{name}` in it cannot be read: {e}"))?;
    if entry.size() > most {
        return Err(format!("`{name}` in it says that it has {} bytes, which cannot be", entry.size()));
    }
    let mut bytes = Vec::new();
    entry.take(most).read_to_end(&mut bytes).map_err(|e| format!("`{name}` in it cannot be read: {e}"))?;
    Ok(bytes)
}

fn found(zip: &mut ZipArchive<BufReader<File>>, folder: &str, stored: Stored, size: u64) -> Result<Found, String> {
    let Stored { name, kind, key, offset, shape, strides } = stored;
    let bytes = read(zip, &format!("{folder}data/{key}"), size)?;
    let all = numbers(&bytes[..bytes.len() / kind.size_in_bytes() * kind.size_in_bytes()], kind);
    let all = all.map_err(|_| format!("tensor `{name}` cannot be read; the file is damaged"))?;
    let count: usize = shape.iter().product();
    let mut values = Vec::with_capacity(count);
    for i in 0..count {
        let (mut rest, mut at) = (i, Some(offset));
        for (&size, &stride) in shape.iter().zip(&strides).rev() {
            at = at.and_then(|at| at.checked_add((rest % size).checked_mul(stride)?));
            rest /= size;
        }
        let value = at.and_then(|at| all.get(at));
        values
            .push(*value.ok_or_else(|| {
                format!("tensor `{name}` of {shape:?} reaches past its numbers; the file is damaged")
            })?);
    }
    Ok(Found { name, shape, values })
}

/// What a pickle names.
fn stored(pickle: &[u8]) -> Result<Vec<Stored>, String> {
    let mut all = Vec::new();
    match unpickle(pickle)? {
        Object::Dict(entries) => collect(entries, "", DEEPEST, &mut all)?,
        _ => return Err("holds a whole module and not its state dict; save model.state_dict() instead".to_owned()),
    }
    Ok(all)
}

fn unpickle(mut rest: &[u8]) -> Result<Object, String> {
    // What candle says of it may be as long as the pickle.
    let damaged = |_: candle_core::Error| "its pickle is damaged, or of another kind than torch.save writes".to_owned();
    let (mut stack, mut copies) = (Stack::empty(), COPIES);
    for _ in 0..INSTRUCTIONS {
        // What an instruction asks for is made before it is read.
        let length = match *rest {
            [b'X', a, b, c, d, ..] => u32::from_le_bytes([a, b, c, d]) as usize,
            [0x8a, length, ..] if length > 8 => usize::MAX,
            _ => 0,
        };
        if length > rest.len() {
            return Err("its pickle is cut short or damaged".to_owned());
        }
        let is_copied = matches!(rest, [b'q' | b'r' | b'h' | b'j', ..]);
        if stack.read(&mut rest).map_err(damaged)? {
            return stack.finalize().map_err(damaged);
        }
        if is_copied {
            let size = stack.stack().last().map_or(0, size);
            copies = copies.checked_sub(size).ok_or("its pickle is larger than that of a model may be")?;
        }
    }
    Err("its pickle is longer than that of a model may be".to_owned())
}

/// Objects that an object is made of.
fn size(object: &Object) -> usize {
    1 + match object {
        Object::Tuple(all) | Object::List(all) => all.iter().map(size).sum(),
        Object::Dict(all) => all.iter().map(|(key, value)| size(key) + size(value)).sum(),
        Object::Reduce { callable, args } | Object::Build { callable, args } => size(callable) + size(args),
        Object::PersistentLoad(id) => size(id),
        _ => 0,
    }
}

/// The tensors of a dictionary and of those in it, less what an optimiser keeps.
fn collect(entries: Vec<(Object, Object)>, prefix: &str, deepest: usize, all: &mut Vec<Stored>) -> Result<(), String> {
    for (key, value) in entries {
        let Object::Unicode(key) = key else { continue };
        let name = format!("{prefix}{key}");
        match value {
            Object::Dict(entries) if deepest > 0 && !key.starts_with("optim") => {
                collect(entries, &format!("{name}."), deepest - 1, all)?;
            }
            value => {
                let tensor = tensor(&name, value);
                all.extend(tensor.ok_or_else(|| format!("tensor {name:.100?} is of a kind that is not read"))?);
            }
        }
    }
    Ok(())
}

/// Nothing of what is no tensor, and none of a tensor that is damaged or of a kind that is not read.
fn tensor(name: &str, value: Object) -> Option<Option<Stored>> {
    let Object::Reduce { callable, args } = value else { return Some(None) };
    let (Object::Class { class_name, .. }, Object::Tuple(args)) = (*callable, *args) else { return Some(None) };
    match class_name.as_str() {
        "_rebuild_parameter" => tensor(name, args.into_iter().next()?),
        "_rebuild_tensor_v2" => {
            let [storage, offset, shape, strides, ..] = <[Object; 6]>::try_from(args).ok()?;
            let Object::PersistentLoad(storage) = storage else { return None };
            let [_, class, key, ..] = <[Object; 5]>::try_from(storage.tuple().ok()?).ok()?;
            let kind = match class.class().ok()?.1.as_str() {
                "FloatStorage" => DType::F32,
                "DoubleStorage" => DType::F64,
                "HalfStorage" => DType::F16,
                "BFloat16Storage" => DType::BF16,
                "LongStorage" => DType::I64,
                _ => return None,
            };
            let sizes = |object: Object| -> Option<Vec<usize>> {
                let sizes = object.tuple().ok()?.into_iter();
                sizes.map(|size| usize::try_from(size.int_or_long().ok()?).ok()).collect()
            };
            let (shape, strides) = (sizes(shape)?, sizes(strides)?);
            let offset = usize::try_from(offset.int_or_long().ok()?).ok()?;
            let is_sound = shape.len() == strides.len();
            let stored = Stored { name: name.to_owned(), kind, key: key.unicode().ok()?, offset, shape, strides };
            is_sound.then_some(Some(stored))
        }
        name if name.starts_with("_rebuild_") => None,
        _ => Some(None),
    }
}
