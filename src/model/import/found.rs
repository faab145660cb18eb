//! The tensors that a state dict holds, and the layers that they make.

use std::collections::HashMap;

/// Tensors that an error lists at most.
const LISTED: usize = 40;

/// A tensor under the name that its file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// A weight and its bias, of which there may be none.
#[derive(Clone, Debug)]
pub struct Layer {
    pub name: String,
    pub weight: Found,
    pub bias: Option<Found>,
}

impl Layer {
    pub fn is_dense(&self) -> bool {
        self.weight.shape.len() == 2
    }

    /// Of a dense layer.
    pub fn inputs(&self) -> usize {
        self.weight.shape[1]
    }

    pub fn outputs(&self) -> usize {
        self.weight.shape[0]
    }

    /// The half of its outputs that begins at `from`, under another name.
    pub fn half(&self, from: usize, name: &str) -> Self {
        let count = self.outputs() / 2;
        let half = |found: &Found, width: usize| Found {
            name: found.name.clone(),
            shape: [&[count], &found.shape[1..]].concat(),
            values: found.values[from * width..(from + count) * width].to_vec(),
        };
        let bias = self.bias.as_ref().map(|bias| half(bias, 1));
        Self { name: name.to_owned(), weight: half(&self.weight, self.inputs()), bias }
    }

    /// All its numbers twice as large.
    pub fn doubled(mut self) -> Self {
        let bias = self.bias.iter_mut().flat_map(|bias| &mut bias.values);
        self.weight.values.iter_mut().chain(bias).for_each(|v| *v *= 2.0);
        self
    }
}

/// The tensors with the names that all of them share in front cut off, as `module.` or `model.`.
pub fn unwrapped(mut tensors: Vec<Found>) -> Vec<Found> {
    while let Some(first) =
        tensors.first().and_then(|found| found.name.split_once('.')).map(|(first, _)| first.to_owned())
    {
        let prefix = format!("{first}.");
        // The last part tells a weight from a bias.
        let is_shared = |found: &Found| found.name.strip_prefix(&prefix).is_some_and(|rest| rest.contains('.'));
        if !tensors.iter().all(is_shared) {
            break;
        }
        tensors.iter_mut().for_each(|found| found.name = found.name[prefix.len()..].to_owned());
    }
    tensors
}

/// The tensors that `names` names, under our names.
pub fn renamed(tensors: Vec<Found>, names: &HashMap<String, String>) -> Result<Vec<Found>, String> {
    let mut all = Vec::new();
    for (ours, theirs) in names {
        let of = |found: &Found| match found.name.strip_prefix(theirs.as_str())? {
            "" => Some(ours.clone()),
            part @ (".weight" | ".bias") => Some(format!("{ours}{part}")),
            _ => None,
        };
        let before = all.len();
        all.extend(tensors.iter().filter_map(|found| Some(Found { name: of(found)?, ..found.clone() })));
        if all.len() == before {
            return Err(format!(
                "--map names `{theirs}` for `{ours}`, which it does not hold; it holds {}",
                list(&tensors)
            ));
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Weights and biases as layers, and what is neither.
pub fn layers(tensors: Vec<Found>) -> (Vec<Layer>, Vec<Found>) {
    let (weights, others): (Vec<Found>, Vec<Found>) =
        tensors.into_iter().partition(|found| found.name.ends_with(".weight") && [2, 4].contains(&found.shape.len()));
    let mut biases: HashMap<String, Found> = HashMap::new();
    let mut rest = Vec::new();
    for found in others {
        match found.name.strip_suffix(".bias").map(str::to_owned) {
            Some(name) if found.shape.len() == 1 => drop(biases.insert(name, found)),
            _ => rest.push(found),
        }
    }
    let layer = |weight: Found| {
        let name = weight.name.trim_end_matches(".weight").to_owned();
        Layer { bias: biases.remove(&name), name, weight }
    };
    let layers = weights.into_iter().map(layer).collect();
    rest.extend(biases.into_values());
    rest.sort_by(|a, b| a.name.cmp(&b.name));
    (layers, rest)
}

/// Names and shapes, for an error.
pub fn list<'a>(tensors: impl IntoIterator<Item = &'a Found>) -> String {
    let mut all: Vec<String> = tensors.into_iter().map(|found| format!("{} {:?}", found.name, found.shape)).collect();
    all.sort();
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    let all = if all.is_empty() { "no tensors".to_owned() } else { all.join(", ") };
    if more > 0 { format!("{all} and {more} more") } else { all }
}
